//! The output of type `file`, on a real file system, with a clock of the test's own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod access;
mod full;
mod help;
mod killed;
mod logrotate;
mod moved;
mod numbered;
mod packing;
mod rotation;
