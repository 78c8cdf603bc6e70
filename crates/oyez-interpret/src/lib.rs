//! What values mean: flags, modes, arguments of syscalls, labels, addresses; and what an event says in words.
//!
//! Input are the records of an [`oyez_events::Event`] and their fields; output is text appended to a buffer of the caller's.
//! Pure and bounded: tables and bytes, no file, no clock. What has no meaning that is known gets none; nothing is guessed.

pub mod args;
pub mod explained;
pub mod fields;
pub mod normal;
pub mod plain;
