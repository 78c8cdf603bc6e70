//! Rules files → what they ask for, and everything that is wrong with them.
//!
//! Files become one list of lines as augenrules makes it (see `oyez_rules::file`); the lines become a [`Plan`]. Nothing of
//! the kernel is looked at here. What asks only to be shown something (`-l`, `-s`, `-v`, `-h`), or concerns no rule (`-m`,
//! `--signal`), is no part of a plan, and said so.

use std::path::{Path, PathBuf};

use oyez_rules::file::{self, FileLine, Source};
use oyez_rules::model::{Command, Rule};
use oyez_rules::text::{Code, Level, Problem, Target};
use std::os::unix::ffi::OsStrExt as _;

use super::files::RulesFile;
use crate::daemon::tune::Setting;

/// A problem with the file it is in, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) file: PathBuf,
    pub(crate) problem: Problem,
    /// The text of the line.
    pub(crate) text: Vec<u8>,
}

/// Where something was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub(crate) file: PathBuf,
    /// From 1.
    pub(crate) line: usize,
}

/// What is asked for of the list of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// That it be there.
    Add(Rule),
    /// That it not be there.
    Delete(Rule),
    /// That none be there, or none with a key that holds this text.
    Clear(Option<Vec<u8>>),
}

/// What is asked for besides, each time anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    ResetLost,
    ResetBacklogWaitTimeActual,
    Trim,
    MakeEquivalent { mount: Vec<u8>, subtree: Vec<u8> },
}

/// What an error means for the rest (`-c`, `-i`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OnError {
    /// Nothing is done.
    #[default]
    Stop,
    /// The line is left out, and the end says so.
    Continue,
    /// The line is left out, and the end is a good one.
    Ignore,
}

/// What files ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// In order.
    pub(crate) acts: Vec<(Act, Origin)>,
    /// The last value of each setting, in the order in which they are to be set.
    pub(crate) settings: Vec<(Setting, u32)>,
    pub(crate) loginuid_immutable: bool,
    pub(crate) requests: Vec<Request>,
    pub(crate) on_error: OnError,
    /// Lines with errors, that are not in it.
    pub(crate) lines_left_out: usize,
}

/// A plan, and what is wrong with the files; the plan is without the lines that have errors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Compiled {
    pub(crate) plan: Plan,
    pub(crate) problems: Vec<Placed>,
}

impl Compiled {
    /// How many errors there are; the other problems are warnings.
    pub(crate) fn errors(&self) -> usize {
        self.problems.iter().filter(|placed| placed.problem.level == Level::Error).count()
    }
}

/// Reads the files' texts.
pub(crate) fn compile(files: &[RulesFile], target: &Target<'_>) -> Compiled {
    let names: Vec<_> = files.iter().map(|file| file.path.as_os_str().as_bytes()).collect();
    let sources: Vec<_> = files.iter().zip(names).map(|(file, name)| Source { name, text: &file.text }).collect();
    let merged = file::merge(&sources, target);
    let mut compiled = Compiled::default();
    let errors = merged.problems.iter().filter(|(_, problem)| problem.level == Level::Error);
    let mut lines: Vec<_> = errors.map(|(source, problem)| (*source, problem.line)).collect();
    lines.dedup();
    compiled.plan.lines_left_out = lines.len();
    for (source, problem) in merged.problems {
        compiled.problems.push(placed(&files[source], helped(problem)));
    }
    let mut values = Vec::new();
    for FileLine { source, line } in merged.lines {
        let origin = Origin { file: files[source].path.clone(), line: line.number };
        for command in line.commands {
            if let Some(problem) = compiled.plan.take(command, &origin, &mut values) {
                compiled.problems.push(placed(&files[source], problem));
            }
        }
    }
    compiled.plan.settings = in_order(&values);
    compiled
}

fn placed(file: &RulesFile, problem: Problem) -> Placed {
    let line = file.text.split(|byte| *byte == b'\n').nth(problem.line.saturating_sub(1)).unwrap_or_default();
    Placed { file: file.path.clone(), problem, text: line.to_vec() }
}

/// A problem with the help that this host can give.
pub(crate) fn helped(mut problem: Problem) -> Problem {
    if problem.code == Code::UnknownUser && problem.hint.is_none() {
        problem.hint =
            Some("no source of names of this host knows it (getent shows them); a number is always taken".into());
    }
    problem
}

impl Plan {
    /// This plan, then another: what clears the list goes first, whichever it is of, as in files that are merged.
    pub(crate) fn and(mut self, later: Self) -> Self {
        let clears = |(act, _): &(Act, Origin)| *act == Act::Clear(None);
        let (mut acts, rest): (Vec<_>, Vec<_>) = later.acts.into_iter().partition(clears);
        acts.append(&mut self.acts);
        acts.extend(rest);
        let values: Vec<_> = self.settings.into_iter().chain(later.settings).collect();
        self.requests.extend(later.requests);
        let on_error = if later.on_error == OnError::Stop { self.on_error } else { later.on_error };
        Self {
            acts,
            settings: in_order(&values),
            loginuid_immutable: self.loginuid_immutable || later.loginuid_immutable,
            requests: self.requests,
            on_error,
            lines_left_out: self.lines_left_out + later.lines_left_out,
        }
    }

    /// Takes one command up; a warning if it has no place in a plan.
    fn take(&mut self, command: Command, origin: &Origin, values: &mut Vec<(Setting, u32)>) -> Option<Problem> {
        let mut act = |act| self.acts.push((act, origin.clone()));
        match command {
            Command::AddRule { rule, .. } => act(Act::Add(rule)),
            Command::DeleteRule { rule, .. } => act(Act::Delete(rule)),
            Command::DeleteAll { key } => act(Act::Clear(key)),
            Command::SetEnabled(switch) => values.push((Setting::Enabled, switch.number())),
            Command::SetFailure(value) => values.push((Setting::Failure, value)),
            Command::SetBacklogLimit(value) => values.push((Setting::BacklogLimit, value)),
            Command::SetRateLimit(value) => values.push((Setting::RateLimit, value)),
            Command::SetBacklogWaitTime(value) => values.push((Setting::BacklogWaitTime, value)),
            Command::LoginuidImmutable => self.loginuid_immutable = true,
            Command::ResetLost => self.requests.push(Request::ResetLost),
            Command::ResetBacklogWaitTimeActual => self.requests.push(Request::ResetBacklogWaitTimeActual),
            Command::Trim => self.requests.push(Request::Trim),
            Command::MakeEquivalent { mount, subtree } => {
                self.requests.push(Request::MakeEquivalent { mount, subtree });
            }
            Command::Continue => self.on_error = OnError::Continue,
            Command::Ignore => self.on_error = OnError::Ignore,
            other => return Some(without_place(&other, origin.line)),
        }
        None
    }
}

fn without_place(command: &Command, line: usize) -> Problem {
    let option = match command {
        Command::Status { .. } => "-s",
        Command::List { .. } => "-l",
        Command::UserMessage(_) => "-m",
        Command::Signal(_) => "--signal",
        Command::Version => "-v",
        _ => "this option",
    };
    let what = format!("{option} asks for no rule and no setting, and is left out");
    Problem { level: Level::Warning, code: Code::OptionConflict, line, column: 1, what, hint: None }
}

/// The last value of each, room for records first and what locks everything last.
fn in_order(values: &[(Setting, u32)]) -> Vec<(Setting, u32)> {
    let order =
        [Setting::BacklogLimit, Setting::Failure, Setting::RateLimit, Setting::BacklogWaitTime, Setting::Enabled];
    let last = |setting| values.iter().rfind(|(known, _)| *known == setting).copied();
    order.into_iter().filter_map(last).collect()
}

/// How a plan's place is shown.
pub(crate) fn show_origin(file: &Path, line: usize) -> String {
    format!("{}:{line}", file.display())
}
