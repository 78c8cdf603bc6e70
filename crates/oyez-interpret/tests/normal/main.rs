//! What events say: every word has an event that gives it, and other tools' opinions are either shared or known to differ.

#![expect(clippy::expect_used, reason = "a test's helpers fail it")]

mod any_bytes;
mod ausearch;
mod cost;
mod docs;
mod elastic;
mod goldens;
mod log;
