//! `oyez config`: shows what can be configured and what is.

use super::args::ConfigCommand;
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
        ConfigCommand::Show(flags) => docs::effective_toml(&configuration(flags.source(), &flags.overrides())?),
        ConfigCommand::Docs => docs::markdown(),
    };
    stdio::answer(text.as_bytes())?;
    Ok(Exit::Done)
}
