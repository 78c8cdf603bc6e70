//! What other daemons' configurations come to in oyez's: the text of auditd's files in; the text of an `oyez.toml`, and what has
//! no counterpart in it, out.
//!
//! Nothing here does I/O; `cli/import.rs` reads and writes. Whatever cannot be had is said and never left out in silence; no text
//! is refused.

mod actions;
mod auditd;
mod entries;
mod keys;
mod log;
mod plugins;
mod remarks;
#[cfg(test)]
mod tests;
mod toml;

pub(crate) use auditd::{Files, auditd, plugins_dir};
pub(crate) use entries::Entries;
pub(crate) use plugins::is_plugin;
