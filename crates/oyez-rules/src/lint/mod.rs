//! The linter: what is wrong with rules that the language and the kernel take, and what each costs.
//!
//! Rules with their place, in the order in which they are loaded, and what is known of the host → [`Finding`]s and
//! [`cost`]s. It refuses nothing: what cannot be loaded at all is said by [`crate::text`]. A rule is judged as the kernel
//! works it: lists are walked from the front, the first rule that matches decides, and a test with a path sits beside the
//! file and not in the list (kernel/auditsc.c, kernel/auditfilter.c).
//!
//! [`codes`] is the one definition of all that can be found; docs/lint.md is made of it. Each family of checks has a file.
//! Rules are compared in pairs, so time grows with the square of their number.

mod arches;
mod blind;
mod calls;
pub mod codes;
pub mod cost;
mod docs;
mod files;
mod keys;
mod logic;
mod reach;
mod scope;
mod seen;
mod settings;
mod weight;

use std::collections::{HashMap, HashSet};
use std::fmt;

use oyez_tables::arch::Arch;

pub use codes::{Code, Level};
pub use docs::markdown;

use crate::file::{Merged, Source};
use crate::model::{Command, Rule};
use seen::Seen;

/// Where a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place<'a> {
    /// The file's name, as the caller calls it.
    pub file: &'a str,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place<'_> {
    /// `FILE:LINE`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One command, where it stands, and how it is written there.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Where.
    pub place: Place<'a>,
    /// The line, as it is written.
    pub text: &'a [u8],
    /// What it asks for.
    pub command: &'a Command,
    /// The line above it, where `# lint: allow CODE…` says what is not to be told of this one.
    pub above: &'a [u8],
}

impl Entry<'_> {
    /// Whether the line above says that this is meant so.
    fn allows(&self, code: Code) -> bool {
        let words = self.above.strip_prefix(b"# lint: allow ").unwrap_or_default();
        words.split(|byte| matches!(byte, b' ' | b',' | b'\r')).any(|word| word == code.name().as_bytes())
    }
}

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Found {
    /// Nobody looked, as for rules of another machine.
    Unknown,
    /// Nothing, and no folder that it could come to be in.
    NoParent,
    /// Nothing, but the folder it would be in is there.
    Nothing,
    /// A folder.
    Folder,
    /// Something that is no folder.
    File,
    /// A link to such.
    Link,
}

/// What is known of the host that the rules are for.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// Its architecture.
    pub machine: Arch,
    /// What lies at an absolute path, links to folders followed.
    pub path: &'a dyn Fn(&[u8]) -> Found,
    /// The kernel's features (`audit_status.feature_bitmap`), if known.
    pub features: Option<u32>,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<'a> {
    /// What.
    pub code: Code,
    /// The command it is about; `None` if it is about all of them together.
    pub place: Option<Place<'a>>,
    /// The line, as it is written; empty where there is no place.
    pub rule: String,
    /// What is wrong, in lower case and without a stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl<'a> Finding<'a> {
    /// How bad it is.
    pub const fn level(&self) -> Level {
        self.code.level()
    }

    fn at(code: Code, entry: &Entry<'a>, message: impl Into<String>) -> Self {
        let rule = shown(entry.text.trim_ascii());
        Self { code, place: Some(entry.place), rule, message: message.into(), hint: None }
    }

    fn of_all(code: Code, message: impl Into<String>) -> Self {
        Self { code, place: None, rule: String::new(), message: message.into(), hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Finding<'_> {
    /// `FILE:LINE: LEVEL[CODE]: MESSAGE (HINT)`; the place is left out where there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}[{}]: {}", self.level().name(), self.code.name(), self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, " ({hint})"))
    }
}

/// What to look at, from files that were read: the commands in the order in which they are applied. `names` has the name
/// of each source, and `sources` its text.
pub fn entries<'a>(merged: &'a Merged, sources: &[Source<'a>], names: &'a [String]) -> Vec<Entry<'a>> {
    let lines: Vec<Vec<&[u8]>> =
        sources.iter().map(|source| source.text.split(|byte| *byte == b'\n').collect()).collect();
    let mut entries = Vec::new();
    for line in &merged.lines {
        let number = line.line.number;
        let file = names.get(line.source).map_or("", String::as_str);
        let text = |number: Option<usize>| {
            let of_file = lines.get(line.source).zip(number);
            of_file.and_then(|(lines, number)| lines.get(number)).copied().unwrap_or_default()
        };
        let (place, above) = (Place { file, line: number }, text(number.checked_sub(2)));
        let text = text(number.checked_sub(1));
        entries.extend(line.line.commands.iter().map(|command| Entry { place, text, command, above }));
    }
    entries
}

/// All that is to be found, in the order of the commands; what is about all of them comes last. What a comment above a line
/// allows is left out, and of a rule that does nothing only that is told.
pub fn lint<'a>(entries: &[Entry<'a>], facts: &Facts<'_>) -> Vec<Finding<'a>> {
    let rules = seen::rules(entries, facts.machine);
    let mut found = Vec::new();
    settings::look(entries, facts, &mut found);
    blind::look(&rules, &mut found);
    reach::look(&rules, &mut found);
    arches::look(&rules, facts, &mut found);
    scope::look(&rules, &mut found);
    weight::look(&rules, &mut found);
    files::look(&rules, facts, &mut found);
    keys::look(&rules, &mut found);
    settle(entries, &mut found);
    found
}

/// Leaves out what is meant so, and what does not matter, and puts the rest in the order of the entries, whatever the names
/// of their files are.
fn settle<'a>(entries: &[Entry<'a>], found: &mut Vec<Finding<'a>>) {
    let mut by_place: HashMap<Place<'a>, usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        by_place.entry(entry.place).or_insert(at);
    }
    let at = |finding: &Finding<'a>| finding.place.and_then(|place| by_place.get(&place).copied());
    let dead: HashSet<_> = found.iter().filter(|finding| finding.code.is_dead()).map(|finding| finding.place).collect();
    found.retain(|finding| {
        let meant = at(finding).is_some_and(|at| entries[at].allows(finding.code));
        !meant && (finding.code.is_dead() || !dead.contains(&finding.place))
    });
    found.sort_by_cached_key(|finding| (at(finding).unwrap_or(entries.len()), finding.code));
}

/// The cost of every rule that is added, with its place.
pub fn costs<'a>(entries: &[Entry<'a>], facts: &Facts<'_>) -> Vec<(Place<'a>, &'a Rule, cost::Cost)> {
    let rules = seen::rules(entries, facts.machine);
    rules.iter().map(|seen| (seen.entry.place, seen.rule, cost::estimate(seen))).collect()
}

/// Text of a rule as a message can show it: one line, and no control characters.
fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// How one finding speaks of another rule.
fn other(of: &Seen<'_>, from: &Seen<'_>) -> String {
    let (place, here) = (of.entry.place, from.entry.place);
    if place.file == here.file { format!("line {}", place.line) } else { place.to_string() }
}

#[cfg(test)]
mod tests;
