//! Matchers, from the table that is written to what becomes of an event.

mod actions;
mod allocations;
mod bounds;
mod faults;
mod naive;
mod operators;
mod repeats;
mod support;
