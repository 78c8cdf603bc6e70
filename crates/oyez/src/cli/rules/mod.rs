//! `oyez rules`: audit rules in files and in the kernel. One file per command; what they share is in [`crate::rules`].

mod add;
pub mod args;
mod check;
mod clear;
mod delete;
mod diff;
mod lint;
mod list;
mod load;
mod named;
mod save;
#[cfg(test)]
mod tests;

use std::io::IsTerminal as _;
use std::path::Path;

use oyez_netlink::environment::explain;
use oyez_netlink::{Attempt, Control, Error, Facts};

use super::stdio;
use crate::exit::Exit;
use args::RulesCommand;

/// What a command has to say, and how it ends.
#[derive(Debug)]
struct Answer {
    /// For people, on standard output.
    text: String,
    /// For programs, as it is; it follows the text.
    data: Vec<u8>,
    /// For standard error, one by one.
    notes: Vec<String>,
    exit: Exit,
}

impl Answer {
    fn done(text: String) -> Self {
        Self { text, data: Vec::new(), notes: Vec::new(), exit: Exit::Done }
    }

    /// One JSON object, or anything else that is to be read back.
    fn data(data: Vec<u8>) -> Self {
        Self { data, ..Self::done(String::new()) }
    }

    fn json(object: &serde_json::Value) -> Self {
        Self::data(format!("{object}\n").into_bytes())
    }
}

/// Runs one of the commands.
///
/// # Errors
/// Files that can't be read or are wrong, a kernel that refuses or is not there, standard output that can't be written.
pub(super) fn run(command: &RulesCommand) -> anyhow::Result<Exit> {
    let answer = match command {
        RulesCommand::Check(args) => check::run(args),
        RulesCommand::Lint(args) => lint::run(args),
        RulesCommand::Load(args) => load::run(args, open),
        RulesCommand::List(args) => list::run(args, &mut open()?),
        RulesCommand::Add(args) => add::run(args, open),
        RulesCommand::Delete(args) => delete::run(args, open),
        RulesCommand::Clear(args) => clear::run(args, &mut open()?),
        RulesCommand::Diff(args) => diff::run(args, open),
        RulesCommand::Save(args) => save::run(args, &mut open()?),
        RulesCommand::Docs => Ok(Answer::done(oyez_rules::lint::markdown())),
    }?;
    stdio::answer(stdio::defuse(&answer.text).as_bytes())?;
    // What is to be read back is written as it is, but for a terminal.
    if std::io::stdout().is_terminal() {
        stdio::answer(stdio::defuse(&String::from_utf8_lossy(&answer.data)).as_bytes())?;
    } else {
        stdio::answer(&answer.data)?;
    }
    answer.notes.iter().for_each(|note| stdio::note(note));
    Ok(answer.exit)
}

/// Opens the control socket.
fn open() -> anyhow::Result<Control> {
    Control::open().map_err(|error| refusal(Attempt::Open, error))
}

/// A kernel that does not answer, with the cause and the way out.
fn unavailable(error: Error) -> anyhow::Error {
    refusal(Attempt::Control, error)
}

fn refusal(attempt: Attempt, error: Error) -> anyhow::Error {
    let context = Exit::Unavailable.because("cannot reach the kernel's rules");
    match error.errno() {
        None => anyhow::Error::new(error).context(context),
        Some(errno) => anyhow::Error::new(explain(attempt, errno, &Facts::read(Path::new("/proc")))).context(context),
    }
}

/// So many things, in words.
fn count(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}
