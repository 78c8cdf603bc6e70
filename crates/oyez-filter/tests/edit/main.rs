//! The way back from a table to an event.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

mod any;
mod corpus;
mod hostile;
mod known;
mod log;
mod members;
