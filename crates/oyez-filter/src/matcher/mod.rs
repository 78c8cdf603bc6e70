//! Filters without code: which events, and what is done with them.
//!
//! A `match` table ([`Condition::parse`]) and an action ([`Action::parse`]) make a [`Rule`]; rules that stand one behind the other
//! are compiled to [`Matchers`], which judge events. What rules cost depends on what an event has in common with them, not on
//! how many there are: most are found by a hash of a value, or by a piece of text that has to be in it, and the rest is never
//! asked. What is asked is evaluated in full, in the order of the rules. No event costs an allocation once buffers have grown.
//!
//! Refuses conditions that are wrong or cannot hold ([`Fault`]), and more than it can hold in bounded memory ([`TooMany`]).
//! docs/filters.md says what all of it means.

mod action;
mod address;
mod block;
mod condition;
mod cover;
mod elapsed;
mod fault;
mod glob;
mod index;
mod limit;
mod parse;
mod pattern;
mod per;
mod range;
mod repeats;
mod table;
mod values;

pub use action::Action;
pub use block::{Counts, Judgement, MAX_PATTERNS, MAX_REMEMBERING, MAX_RULES, Matchers, Rule, TooMany};
pub use condition::Condition;
pub use fault::{Fault, Step};
