//! `oyez run`: attaches to the kernel and writes events as they happen.

use super::args::RunFlags;
use super::stdio;
use crate::config::load;
use crate::daemon;
use crate::exit::Exit;

/// Runs until a signal ends it.
///
/// # Errors
/// A configuration that is wrong, a kernel that refuses, an output that can't be written.
pub(super) fn run(flags: &RunFlags) -> anyhow::Result<Exit> {
    let loaded = super::configuration(flags.source(), &flags.overrides())?;
    let flags = flags.clone();
    daemon::run(&loaded, move || load(flags.source(), &flags.overrides()), stdio::note)
}
