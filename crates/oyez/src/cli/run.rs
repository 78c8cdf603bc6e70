//! `oyez run`: attaches to the kernel and writes events as they happen.

use super::args::RunArgs;
use super::stdio;
use crate::config::{Loaded, Problems, load, rules};
use crate::daemon;
use crate::exit::Exit;

/// Runs until a signal ends it.
///
/// # Errors
/// A configuration that is wrong, a kernel that refuses, an output that can't be written.
pub(super) fn run(args: &RunArgs) -> anyhow::Result<Exit> {
    let loaded = configuration(args).map_err(|problems| Exit::Usage.because(problems.to_string()))?;
    let args = args.clone();
    daemon::run(&loaded, move || configuration(&args), stdio::note)
}

fn configuration(args: &RunArgs) -> Result<Loaded, Problems> {
    let loaded = load(args.flags.source(), &args.flags.overrides())?;
    if args.starter_rules { rules::with_starter(loaded) } else { Ok(loaded) }
}
