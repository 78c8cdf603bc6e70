//! The parts of the `oyez` command: what the user says ([`cli`], [`config`]), logs read ([`input`], [`parse`]) and counted
//! (`report`), rules (`rules`), the running daemon ([`daemon`]), and what the process answers ([`exit`]).
//! A library so that tests and tools reach the parts without starting a process; its API is not stable.

pub mod cli;
pub mod config;
pub mod daemon;
pub mod exit;
pub(crate) mod filters;
mod form;
mod import;
pub mod input;
pub mod parse;
mod report;
mod rules;
