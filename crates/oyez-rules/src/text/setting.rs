//! Options that are no part of a rule: the kernel's settings, and questions to it.

use super::lex::Token;
use super::number::{self, NoNumber};
use super::options::{Given, Opt};
use super::problem::{Code, Problem, show};
use crate::model::{Command, DaemonSignal, Switch};

/// Whether a line is of one option and those that belong to it, such as `-l -k KEY`.
pub(super) fn stands_alone(given: &[Given]) -> bool {
    let of_rule =
        |given: &&Given| matches!(given.opt, Opt::Short(b'a' | b'A' | b'd' | b'w' | b'W' | b'S' | b'F' | b'C' | b'p'));
    let main = |given: &&Given| rank(given.opt) > 0;
    given.iter().any(|option| main(&option)) && !given.iter().any(|option| of_rule(&option))
}

/// What a line is about, if several options that stand alone are in it: the one of the highest rank. 0 for all others.
pub(super) fn rank(opt: Opt) -> u8 {
    match opt {
        Opt::Short(b'l' | b's' | b'D') => 2,
        Opt::Short(b'h' | b'i' | b'c' | b'v' | b't' | b'm' | b'R' | b'q') => 1,
        Opt::Long(name) => u8::from(name != "backlog_wait_time"),
        Opt::Short(_) => 0,
    }
}

/// The command of a line that [`stands_alone`].
pub(super) fn alone(given: &[Given], in_file: bool, problems: &mut Vec<Problem>) -> Vec<Command> {
    let Some(main) = given.iter().rev().max_by_key(|option| rank(option.opt)) else { return Vec::new() };
    let belongs = |option: &&Given| {
        let pair = (main.opt, option.opt);
        matches!(pair, (Opt::Short(b'l' | b's'), Opt::Short(b'i')) | (Opt::Short(b'l' | b'D'), Opt::Short(b'k')))
    };
    for stranger in given.iter().filter(|option| *option != main && !belongs(option)) {
        let what = format!("{} cannot stand beside {}", stranger.opt.name(), main.opt.name());
        problems.push(Problem::error(Code::OptionConflict, stranger.column, what));
    }
    let interpret = given.iter().any(|option| option.opt == Opt::Short(b'i'));
    let key = given.iter().find(|option| option.opt == Opt::Short(b'k')).map(|option| option.value.text.clone());
    let command = match main.opt {
        Opt::Short(b'l') => Ok(Command::List { interpret, key }),
        Opt::Short(b's') => Ok(Command::Status { interpret }),
        Opt::Short(b'D') => Ok(Command::DeleteAll { key }),
        Opt::Short(b'R') if in_file => {
            Err(Problem::error(Code::OptionConflict, main.column, "a rules file cannot read another one"))
        }
        opt => read(opt, &main.value),
    };
    command.map_err(|problem| problems.push(problem)).into_iter().collect()
}

/// The command of an option that needs no other.
pub(super) fn read(opt: Opt, value: &Token) -> Result<Command, Problem> {
    Ok(match opt {
        Opt::Short(b'e') => Command::SetEnabled(switch(value)?),
        Opt::Short(b'f') => Command::SetFailure(switch(value)?.number()),
        Opt::Short(b'b') => Command::SetBacklogLimit(amount(value)?),
        Opt::Short(b'r') => Command::SetRateLimit(amount(value)?),
        Opt::Long("backlog_wait_time") => Command::SetBacklogWaitTime(amount(value)?),
        Opt::Long("loginuid-immutable") => Command::LoginuidImmutable,
        Opt::Long("reset-lost") => Command::ResetLost,
        Opt::Long("reset_backlog_wait_time_actual") => Command::ResetBacklogWaitTimeActual,
        Opt::Long("signal") => Command::Signal(signal(value)?),
        Opt::Short(b't') => Command::Trim,
        Opt::Short(b'q') => equivalent(value)?,
        Opt::Short(b'm') => message(value)?,
        Opt::Short(b'R') => Command::ReadFile(value.text.clone()),
        Opt::Short(b'c') => Command::Continue,
        Opt::Short(b'i') => Command::Ignore,
        Opt::Short(b'v') => Command::Version,
        Opt::Short(b'h') | Opt::Long("help") => Command::Help,
        _ => {
            let what = format!("{} cannot stand in a rule", opt.name());
            return Err(Problem::error(Code::OptionConflict, value.column, what));
        }
    })
}

fn switch(value: &Token) -> Result<Switch, Problem> {
    match value.text.as_slice() {
        b"0" => Ok(Switch::Off),
        b"1" => Ok(Switch::On),
        b"2" => Ok(Switch::Locked),
        other => {
            let what = format!("\"{}\" is not 0, 1 or 2", show(other));
            Err(Problem::error(Code::BadNumber, value.column, what))
        }
    }
}

fn amount(value: &Token) -> Result<u32, Problem> {
    let bad = |why: &str| Problem::error(Code::BadNumber, value.column, format!("\"{}\" {why}", show(&value.text)));
    match number::parse(&value.text) {
        Ok(number) if number.whole && value.text.first() != Some(&b'-') => Ok(number.value),
        Ok(_) | Err(NoNumber::NotANumber) => Err(bad("is no number")),
        Err(NoNumber::TooLarge) => Err(bad("is too large")),
    }
}

fn signal(value: &Token) -> Result<DaemonSignal, Problem> {
    let is = |name: &str| name.as_bytes().eq_ignore_ascii_case(&value.text);
    let found = DaemonSignal::NAMES.into_iter().find(|(_, name, purpose)| is(name) || is(purpose));
    found.map(|(signal, _, _)| signal).ok_or_else(|| {
        let names = DaemonSignal::NAMES.into_iter().flat_map(|(_, name, purpose)| [name, purpose]);
        let what = format!("unknown signal \"{}\"", show(&value.text));
        Problem::error(Code::UnknownName, value.column, what).meant(&value.text, names)
    })
}

fn equivalent(value: &Token) -> Result<Command, Problem> {
    match value.text.split(|byte| *byte == b',').collect::<Vec<_>>()[..] {
        [mount, subtree] if !subtree.is_empty() => {
            Ok(Command::MakeEquivalent { mount: mount.to_vec(), subtree: subtree.to_vec() })
        }
        _ => {
            let what = format!("\"{}\" is not a mount point and a folder with a comma between", show(&value.text));
            Err(Problem::error(Code::BadPath, value.column, what))
        }
    }
}

fn message(value: &Token) -> Result<Command, Problem> {
    if value.text.iter().any(|byte| *byte < b' ') {
        let what = "a message cannot hold control characters";
        return Err(Problem::error(Code::BadByte, value.column, what));
    }
    Ok(Command::UserMessage(value.text.clone()))
}
