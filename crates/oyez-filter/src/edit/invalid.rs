//! Why a table is no event, and which of its members is to blame.

use std::fmt::{self, Write as _};

use crate::field::Field;

/// The longest name of a member told, in bytes; and the longest path to it.
const MAX_NAME: usize = 64;
const MAX_PATH: usize = 256;

/// A table that cannot take an event's place. Both texts are of printable ASCII and of at most a few hundred bytes, whatever
/// the table holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Which member: `paths[1].name`, places counted from 1; `event` for the table itself.
    pub member: String,
    /// What is wrong with it, and what to do instead.
    pub what: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.member, self.what)
    }
}

impl std::error::Error for Invalid {}

/// A place in a table, put into words only where something is wrong with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    above: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Event,
    Name(&'a [u8]),
    /// From 0.
    Place(usize),
}

impl<'a> At<'a> {
    /// The table itself.
    pub(super) const EVENT: At<'static> = At { above: None, step: Step::Event };

    /// Its member `name`.
    pub(super) fn name(&'a self, name: &'a [u8]) -> At<'a> {
        At { above: Some(self), step: Step::Name(name) }
    }

    /// Its element at `place`, from 0.
    pub(super) fn place(&'a self, place: usize) -> At<'a> {
        At { above: Some(self), step: Step::Place(place) }
    }

    /// Something is wrong with it.
    pub(super) fn invalid(&self, what: impl Into<String>) -> Invalid {
        Invalid { member: self.path(), what: what.into() }
    }

    /// It is not of the right type.
    pub(super) fn expected(&self, wanted: &str) -> Invalid {
        self.invalid(format!("expected {wanted}"))
    }

    /// No event has it.
    pub(super) fn unknown(&self) -> Invalid {
        let name = match self.step {
            Step::Name(name) if is_name(name) => shown(name),
            _ => "NAME".to_owned(),
        };
        let path = self.path();
        let is_dotted = matches!(self.step, Step::Name(name) if name.contains(&b'.'));
        let what = match Field::find(&path).map(|field| field.def().name) {
            Ok(full) if full != path || is_dotted => {
                return self.invalid(format!("no event has it by this name: set {}", nested(full)));
            }
            Ok(_) => String::new(),
            Err(unknown) => {
                unknown.nearest.map_or_else(String::new, |near| format!(" (did you mean {}?)", nested(&near)))
            }
        };
        self.invalid(format!("this event has no such member that could be set{what}; what is new goes to added.{name}"))
    }

    /// Its name in full.
    pub(super) fn path(&self) -> String {
        let mut path = self
            .above
            .map_or_else(String::new, |above| if above.above.is_none() { String::new() } else { above.path() });
        match self.step {
            Step::Event => path.push_str("event"),
            Step::Name(name) => {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(&shown(name));
            }
            // Writing to a String cannot fail.
            Step::Place(place) => drop(write!(path, "[{}]", place + 1)),
        }
        path.truncate(MAX_PATH);
        path
    }
}

/// Whether it could be a name below `added`.
fn is_name(name: &[u8]) -> bool {
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// A field as a script sets it: `process = { exe = ... }`.
fn nested(field: &str) -> String {
    let mut steps = field.rsplit('.');
    let last = steps.next().unwrap_or(field);
    steps.fold(format!("{last} = ..."), |inner, step| format!("{step} = {{ {inner} }}"))
}

/// A name that somebody chose, as printable ASCII.
fn shown(name: &[u8]) -> String {
    let cut = name.get(..name.len().min(MAX_NAME)).unwrap_or_default();
    format!("{}{}", cut.escape_ascii(), if cut.len() < name.len() { "..." } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_told_by_its_path() {
        let paths = At::EVENT.name(b"paths");
        let first = paths.place(0);
        assert_eq!(first.name(b"name").path(), "paths[1].name");
        assert_eq!(At::EVENT.path(), "event");
        assert_eq!(first.expected("text").to_string(), "paths[1]: expected text");
    }

    #[test]
    fn a_name_of_matchers_or_a_typo_is_told_what_is_to_be_set() {
        let what = |name: &[u8]| At::EVENT.name(name).unknown().what;
        assert_eq!(what(b"exe"), "no event has it by this name: set process = { exe = ... }");
        assert_eq!(what(b"tag"), "no event has it by this name: set tags = ...");
        let dotted = what(b"process.exe");
        assert!(dotted.contains("process = { exe = ... }"), "{dotted}");
        assert!(
            what(b"proces.exe").ends_with("(did you mean process = { exe = ... }?); what is new goes to added.NAME")
        );
        assert!(what(b"team").ends_with("what is new goes to added.team"), "{}", what(b"team"));
    }

    #[test]
    fn names_of_any_bytes_are_told_in_a_few_plain_letters() {
        let name = [b"\x1b[2J\xff\n".repeat(100), b"x".to_vec()].concat();
        let at = At::EVENT.name(&name);
        let invalid = at.name(&name).name(&name).unknown();
        let text = invalid.to_string();
        assert!(text.len() < 1000 && text.chars().all(|letter| (' '..='~').contains(&letter)), "{text}");
    }
}
