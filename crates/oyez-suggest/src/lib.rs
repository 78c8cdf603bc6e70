//! Events → what makes their volume, and how to take it out: matchers of `[[filter]]`, and rules of the kernel.
//!
//! Input are [`Event`](oyez_events::Event)s, each looked at once by an [`Advisor`]; output is [`Advice`], as text for people or
//! as JSON. Each suggestion is counted on what those before it leave, so their shares add up. Never suggested is to take out
//! what must stay ([`Stays`]): logins, accounts, audit's own settings, refusals of privileged acts, oyez's own events.
//!
//! Bounded, whatever comes: events are told apart by their shape (`shape.rs`), of which a table keeps 20,000; one that is full keeps less
//! of the rarer ones, and says so ([`Advice::coarse`]). What is counted there is a lower bound. Values that could not be written
//! down safely are in no suggestion. Pure: no file, no clock but the log's own.

mod advice;
mod advisor;
mod choose;
mod condition;
mod fields;
mod files;
mod filter;
mod kernel;
mod lineage;
mod often;
mod rows;
mod seen;
mod shape;
mod stays;
mod table;
mod text;
mod volume;
mod words;

pub use advice::{Action, Advice, Kernel, Left, Narrowing, Suggestion, What};
pub use advisor::{Advisor, Options};
pub use stays::Stays;
pub use volume::Volume;
