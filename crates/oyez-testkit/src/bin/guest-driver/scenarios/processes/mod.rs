//! Processes whose numbers come again, and many that are gone at once: each event is told of its own process.
//!
//! The guest's kernel has no process connector (`CONFIG_PROC_EVENTS` wants `CONFIG_CONNECTOR=y`, Debian's has it as a module):
//! what is known of forks and exits comes from rules, from /proc, or is not known.

mod lines;
mod pids;
mod short;

pub(super) use pids::{with_rules_for_forks_and_exits, without_the_connector};
pub(super) use short::come_out_once;
