//! `oyez completions`: prints completions for a shell.

use clap::CommandFactory as _;

use super::args::{Cli, CompletionsArgs};
use super::stdio;
use crate::exit::Exit;

/// Prints the completions.
///
/// # Errors
/// Standard output can't be written.
pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "oyez", &mut text);
    stdio::answer(&text)?;
    Ok(Exit::Done)
}
