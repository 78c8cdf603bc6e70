//! The formats of others: every event keeps to the committed description of its schema, whatever its records are.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where its setting fails")]

mod agree;
mod any_bytes;
mod corpus;
mod ecs;
mod goldens;
mod known;
mod log;
mod lost;
mod notices;
mod ocsf;
mod tails;
