//! Matchers, from the table that is written to what becomes of an event.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its setting fails")]

mod actions;
mod allocations;
mod bounds;
mod faults;
mod naive;
mod operators;
mod repeats;
mod support;
