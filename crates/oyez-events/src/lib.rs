//! The heart of oyez: audit records in, events out.
//!
//! Input are bytes: lines of an audit log ([`parse::LineParser`]) or messages of the kernel ([`parse::MessageParser`]).
//! Output are [`Event`]s, one per (node, time, serial), whose records are split into fields on demand
//! ([`fields::Fields`]) and whose encoded values can be decoded ([`decode`]).
//!
//! Everything here is pure and bounded: no file, no socket, no clock, no thread. Any bytes are accepted; what cannot be
//! understood is kept as text and counted, never dropped in silence.

pub mod context;
pub mod decode;
mod draft;
pub mod fields;
pub mod gaps;
pub mod group;
pub mod loss;
mod model;
pub mod notice;
pub mod parse;
mod scan;

pub use draft::{Draft, TooLarge};
pub use model::{End, Event, EventId, Record};
