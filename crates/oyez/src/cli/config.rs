//! `oyez config`: shows what can be configured and what is.

mod report;

use super::args::{ConfigCommand, ShowArgs};
use super::{configuration, stdio};
use crate::config::docs;
use crate::exit::Exit;

/// Prints the defaults, the values in force, or the documentation.
///
/// # Errors
/// A configuration that is wrong; standard output can't be written.
pub(super) fn run(command: &ConfigCommand) -> anyhow::Result<Exit> {
    let text = match command {
        ConfigCommand::Default => docs::default_toml(),
        ConfigCommand::Show(args) => show(args)?,
        ConfigCommand::Docs => docs::markdown(),
    };
    stdio::answer(text.as_bytes())?;
    Ok(Exit::Done)
}

fn show(args: &ShowArgs) -> anyhow::Result<String> {
    let loaded = configuration(args.flags.source(), &args.flags.overrides())?;
    if args.json {
        return Ok(serde_json::to_string(&report::Report::of(&loaded))? + "\n");
    }
    Ok(docs::effective_toml(&loaded))
}
