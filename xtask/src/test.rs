//! `cargo xtask test`: everything CI runs, one part after the other, and a table of how each ended.
//!
//! A part that cannot run here (a tool is missing, the kernel has no audit) is skipped, says why, and is counted; one that
//! fails does not keep the others from running. Ends with an error when any part failed.

mod packages;
mod parts;
mod report;

use anyhow::{Result, bail, ensure};

pub(crate) use report::Outcome;
use report::Report;

/// How much is run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    /// Without installing anything, documentation and the live kernel: for between two edits.
    Quick,
    /// What CI runs.
    Usual,
    /// And what takes longer: very many processes, guests, fuzzing and benchmarks.
    Full,
}

/// Runs the command with the arguments after `test`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let depth = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Depth::Usual,
        ["--quick"] => Depth::Quick,
        ["--full"] => Depth::Full,
        _ => bail!("unknown argument; usage: cargo xtask test [--quick | --full]"),
    };
    let mut report = Report::default();
    for part in parts::ALL.iter().filter(|part| part.from <= depth) {
        report.run(part)?;
    }
    report.print()?;
    ensure!(!report.has_failed(), "not everything passed");
    Ok(())
}
