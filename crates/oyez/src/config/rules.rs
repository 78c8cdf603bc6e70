//! Audit rules in the configuration: the lines of `rules`, and the files of `rules_dir`, in; one plan for the kernel and
//! everything that is wrong with them, each with its place, out.
//!
//! The language is `oyez_rules`'s, reading and merging are [`crate::rules`]'s. Users and folders that a rule names are
//! looked up on this host. Refused besides what the language refuses: files that others than root could have written.

use std::path::{Path, PathBuf};

use oyez_rules::text::{Level, PermSyscalls, parse_line};

use super::Loaded;
use super::given::{Given, Value};
use super::kind::{Refusal, quoted};
use super::problem::{Place, Problem, Problems};
use super::settings::Settings;
use crate::rules::compile::{Compiled, OnError, Placed, Plan, compile as compile_files};
use crate::rules::files::{self, RulesFile, Trust};
use crate::rules::host::{HostNames, machine, target};
use crate::rules::{problems, starter};

/// What the configuration asks for of the kernel's rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfiguredRules {
    pub(crate) plan: Plan,
    /// What is doubtful about it, for the user.
    pub(crate) warnings: Vec<String>,
    /// They are the starter rules, which go at the end whatever `on_exit` says.
    pub(crate) starter: bool,
}

impl ConfiguredRules {
    fn take(&mut self, compiled: Compiled) -> Vec<Problem> {
        let (bad, doubtful): (Vec<_>, Vec<_>) = compiled
            .problems
            .into_iter()
            .partition(|placed| placed.problem.level == Level::Error && compiled.plan.on_error == OnError::Stop);
        self.warnings.extend(doubtful.iter().map(|placed| problems::render(placed).trim_end().to_owned()));
        self.plan = std::mem::take(&mut self.plan).and(compiled.plan);
        bad.into_iter().map(problem).collect()
    }
}

/// Checks a list of rules and stores it; gives it back as TOML.
///
/// # Errors
/// What is wrong with each of them; none when it is not a list of strings at all.
pub(super) fn apply(given: &Given<'_>, place: &mut Vec<String>) -> Result<String, Vec<Refusal>> {
    let Value::List(items) = &given.value else { return Err(Vec::new()) };
    let names = HostNames::default();
    let target = target(machine(), &names, PermSyscalls::Missing);
    let (mut lines, mut refusals) = (Vec::new(), Vec::new());
    for item in items {
        let Value::Text(line) = &item.value else { return Err(Vec::new()) };
        if line.contains('\n') {
            let hint = Some("make it several strings".to_owned());
            refusals.push(Refusal { message: "a rule is one line".to_owned(), hint, span: item.span.clone() });
            continue;
        }
        let found = parse_line(line.as_bytes(), 1, &target).problems;
        let errors = found.into_iter().filter(|problem| problem.level == Level::Error);
        refusals.extend(errors.map(|problem| refusal(problem, item, line)));
        lines.push(line.to_string());
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let shown: Vec<_> = lines.iter().map(|line| quoted(line)).collect();
    *place = lines;
    Ok(format!("[{}]", shown.join(", ")))
}

/// A problem of one line at its column, where the file has the line as it is.
fn refusal(found: oyez_rules::text::Problem, item: &Given<'_>, line: &str) -> Refusal {
    let quotes = item.span.len().checked_sub(line.len()).filter(|both| matches!(both, 2 | 6)).map(|both| both / 2);
    let before = quotes.map_or(0, |quotes| quotes + found.column.saturating_sub(1).min(line.len()));
    let found = crate::rules::compile::helped(found);
    Refusal { message: found.what, hint: found.hint, span: item.span.start + before..item.span.end }
}

/// One plan of the files in `rules_dir`, then the `rules`. `lines` and `dir` are where the two keys were set.
pub(super) fn compile(settings: &Settings, lines: &Place, dir: Place) -> (ConfiguredRules, Vec<Problem>) {
    let (mut rules, mut problems) = (ConfiguredRules::default(), Vec::new());
    if let Some(path) = &settings.rules_dir {
        match files::read(std::slice::from_ref(path), Trust::Root) {
            Ok(read) => problems.extend(rules.take(compiled(&read))),
            Err(error) => {
                let key = Some("rules_dir".to_owned());
                problems.push(Problem { place: dir, key, message: format!("{error:#}"), hint: None });
            }
        }
    }
    if !settings.rules.is_empty() {
        let text = settings.rules.join("\n").into_bytes();
        let mut compiled = compiled(&[RulesFile { path: file_of(lines), text }]);
        at_key(&mut compiled, lines);
        problems.extend(rules.take(compiled));
    }
    (rules, problems)
}

fn compiled(files: &[RulesFile]) -> Compiled {
    let names = HostNames::default();
    compile_files(files, &target(machine(), &names, PermSyscalls::Missing))
}

fn file_of(place: &Place) -> PathBuf {
    match place {
        Place::At { file, .. } | Place::File(file) => file.clone(),
        Place::Flag(flag) => PathBuf::from(flag),
    }
}

/// Lines of the list are at the line of its key.
fn at_key(compiled: &mut Compiled, place: &Place) {
    let Place::At { line: at, .. } = place else { return };
    compiled.plan.acts.iter_mut().for_each(|(_, origin)| origin.line = *at);
    compiled.problems.iter_mut().for_each(|placed| placed.problem.line = *at);
}

fn problem(Placed { file, problem, .. }: Placed) -> Problem {
    let place = Place::At { file, line: problem.line, column: problem.column };
    Problem { place, key: None, message: problem.what, hint: problem.hint }
}

/// The same configuration with the starter rules.
///
/// # Errors
/// It has rules of its own, or the starter rules are none on this host.
pub(crate) fn with_starter(mut loaded: Loaded) -> Result<Loaded, Problems> {
    const FLAG: &str = "--starter-rules";
    if !loaded.settings.rules.is_empty() || loaded.settings.rules_dir.is_some() {
        let message = "the configuration has rules of its own".to_owned();
        let hint = Some("leave the flag out, and they are loaded".to_owned());
        return Err(Problems(vec![Problem { place: Place::Flag(FLAG), key: None, message, hint }]));
    }
    let text = starter::TEXT.as_bytes().to_vec();
    let problems = loaded.rules.take(compiled(&[RulesFile { path: Path::new(starter::NAME).to_owned(), text }]));
    loaded.rules.starter = true;
    if problems.is_empty() { Ok(loaded) } else { Err(Problems(problems)) }
}

#[cfg(test)]
mod tests;
