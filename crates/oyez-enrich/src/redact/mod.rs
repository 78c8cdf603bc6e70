//! Secrets in command lines and paths → `*`, in the event's own text, before anything is made of it.
//!
//! Input is an [`Event`]; output is the same one where nothing was found, else a copy with each byte of what was found
//! replaced by `*` (`2A` where the record is hexadecimal; a quote inside a value that is malformed stays), marked
//! [`Event::is_redacted`]. Every format is made from that text, so none can tell what another hides. Looked at are the
//! arguments of `EXECVE`, however they are split and encoded, the title of `PROCTITLE`, `cmd=` of `USER_CMD`, and `data=` of
//! `TTY` and `USER_TTY`; where there are patterns for paths, also every text that the kernel encodes. Nothing else is.
//!
//! What this does *not* do: lengths stay, so they are told. A secret that no pattern knows is told. Arguments of one command
//! that came in two parts of an event are looked at by themselves. auditd's ENRICHED tails and socket addresses are left.
//! Whoever takes texts from elsewhere (a process table fed from /proc) has [`Redactor::arguments`] and [`Redactor::path`], and
//! a table fed by events is to be fed by those that come out here.
//!
//! Whoever may choose arguments may have them hidden, by calling them `--password`; what was run still stands in `exe` and
//! `PATH`.
//!
//! Time: one pass over a text for all patterns (`regex` never goes back), and for each that matches at most a thousand more, or
//! 8 MiB of them (eight, if those are more). Memory: the compiled patterns, one event, and 256 command
//! lines of 1 KiB at most with what was found in them.

mod defaults;
mod line;
mod memo;
mod patterns;

use std::ops::Range;

use oyez_events::fields::{self, Field, FieldKey, Fields};
use oyez_events::{Event, Record};
use oyez_tables::key::{Key, Kind};
use oyez_tables::record_type::{EXECVE, PROCTITLE, TTY, USER_CMD, USER_TTY};

pub use defaults::{BuiltIn, DEFAULTS};
pub use patterns::{Pattern, PatternError, Target};

use line::{Line, Secret};
use memo::Memo;
use patterns::Patterns;

/// Bytes of a title that the kernel tells (kernel/auditsc.c, `MAX_PROCTITLE_AUDIT_LEN`): one as long may have been cut.
const MAX_TITLE: usize = 128;

/// Finds secrets and replaces them.
#[derive(Debug)]
pub struct Redactor {
    search: Search,
    fields: Fields,
    /// The arguments of `EXECVE`, and what is secret in them.
    argv: Line,
    argv_secrets: Vec<Range<usize>>,
    /// Any other text, and what is secret in it.
    line: Line,
    ranges: Vec<Range<usize>>,
    secrets: Vec<Secret>,
    copy: Event,
    redacted: u64,
}

impl Redactor {
    /// One with the [`DEFAULTS`], if `defaults` says so, and these patterns.
    ///
    /// # Errors
    /// [`PatternError`] for a pattern that is no regular expression, too large a one, or has no group.
    pub fn new(defaults: bool, own: &[Pattern]) -> Result<Self, PatternError> {
        let (commands, paths) = Patterns::both(defaults, own)?;
        Ok(Self::with(commands, paths))
    }

    /// One more with the same patterns, which the two share.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::with(self.search.commands.clone(), self.search.paths.clone())
    }

    fn with(commands: Patterns, paths: Patterns) -> Self {
        Redactor {
            search: Search { commands, paths, memo: Memo::default() },
            fields: Fields::new(),
            argv: Line::default(),
            argv_secrets: Vec::new(),
            line: Line::default(),
            ranges: Vec::new(),
            secrets: Vec::new(),
            copy: Event::default(),
            redacted: 0,
        }
    }

    /// `event`, or a copy of it without the secrets it had.
    pub fn event<'a>(&'a mut self, event: &'a Event) -> &'a Event {
        self.secrets.clear();
        self.arguments_of(event);
        let all = !self.search.paths.is_empty();
        for (at, record) in event.records().enumerate().filter(|(_, record)| all || is_command(record.number())) {
            self.record(at, &record);
        }
        if self.secrets.is_empty() {
            return event;
        }
        self.copy.copy_from(event);
        for secret in self.secrets.drain(..) {
            secret.replace(&mut self.copy);
        }
        self.copy.mark_redacted();
        self.redacted += 1;
        &self.copy
    }

    /// Replaces the secrets of arguments that end in zero bytes, as `/proc/PID/cmdline` has them, or were cut. Returns
    /// whether there were.
    pub fn arguments(&mut self, argv: &mut [u8], is_cut: bool) -> bool {
        self.text(Target::Command, argv, is_cut)
    }

    /// The same of one text of the kinds that patterns for paths are for: a file's name, a directory, a process's name.
    pub fn path(&mut self, text: &mut [u8]) -> bool {
        self.text(Target::Path, text, false)
    }

    fn text(&mut self, target: Target, text: &mut [u8], is_cut: bool) -> bool {
        self.search.find(target, text, &mut self.ranges);
        if is_cut {
            self.search.commands.find_at_cut(text, &mut self.ranges);
        }
        for range in &self.ranges {
            text.get_mut(range.clone()).unwrap_or_default().fill(b'*');
        }
        !self.ranges.is_empty()
    }

    /// Whether there are patterns for paths: then any event may have secrets, else only those with a command line.
    pub fn looks_at_paths(&self) -> bool {
        !self.search.paths.is_empty()
    }

    /// How many events had secrets.
    pub fn redacted(&self) -> u64 {
        self.redacted
    }

    /// Looks at all `EXECVE` records together.
    fn arguments_of(&mut self, event: &Event) {
        self.argv.clear();
        self.argv_secrets.clear();
        if !event.numbers().any(|number| number == EXECVE) {
            return;
        }
        for (at, record) in event.records().enumerate().filter(|(_, record)| record.number() == EXECVE) {
            self.fields.split(&record);
            let is_argument = |field: &&Field| matches!(field.key, FieldKey::Arg(_) | FieldKey::ArgPiece(..));
            for field in self.fields.own().iter().filter(is_argument) {
                self.argv.add(at, record.body(), field);
            }
        }
        self.argv.join();
        self.search.find(Target::Command, self.argv.text(), &mut self.argv_secrets);
        self.argv.secrets(&self.argv_secrets, &mut self.secrets);
    }

    /// Looks at one record of another type.
    fn record(&mut self, at: usize, record: &Record<'_>) {
        let title = (record.number() == PROCTITLE).then(|| fields::only(record, Key::Proctitle)).flatten();
        if let Some(field) = title {
            return self.field(at, record, &field);
        }
        self.fields.split(record);
        let fields = std::mem::take(&mut self.fields);
        for field in fields.own().iter().chain(fields.claimed()) {
            self.field(at, record, field);
        }
        self.fields = fields;
    }

    fn field(&mut self, at: usize, record: &Record<'_>, field: &Field) {
        let FieldKey::Known(key) = field.key else { return };
        let number = record.number();
        let target = match (number, key) {
            (PROCTITLE, Key::Proctitle) | (USER_CMD, Key::Cmd | Key::Data) | (TTY | USER_TTY, Key::Data) => {
                Target::Command
            }
            _ if key.kind(number) == Kind::Encoded && !self.search.paths.is_empty() => Target::Path,
            _ => return,
        };
        self.line.clear();
        self.line.add(at, record.body(), field);
        self.search.find(target, self.line.text(), &mut self.ranges);
        if number == PROCTITLE && self.line.text().len() >= MAX_TITLE {
            self.search.commands.find_at_cut(self.line.text(), &mut self.ranges);
        }
        self.line.secrets(&self.ranges, &mut self.secrets);
        if number == PROCTITLE {
            self.title();
        }
    }

    /// A title is cut at [`MAX_TITLE`] bytes, and what is secret in it perhaps only half there, unknown to the patterns. Where
    /// it is how the arguments begin, what is secret in them is secret in it.
    fn title(&mut self) {
        let text = self.line.text();
        let len = text.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if self.argv_secrets.is_empty() || !self.argv.text().starts_with(text.get(..len).unwrap_or(text)) {
            return;
        }
        let clipped = self.argv_secrets.iter().map(|range| range.start..range.end.min(len));
        self.ranges.clear();
        self.ranges.extend(clipped.filter(|range| range.start < range.end));
        self.line.secrets(&self.ranges, &mut self.secrets);
    }
}

/// Whether records of this type hold a command line, beside `EXECVE`.
fn is_command(number: u16) -> bool {
    matches!(number, PROCTITLE | USER_CMD | TTY | USER_TTY)
}

/// The patterns, and what they found lately.
#[derive(Debug)]
struct Search {
    commands: Patterns,
    paths: Patterns,
    memo: Memo,
}

impl Search {
    fn find(&mut self, target: Target, text: &[u8], out: &mut Vec<Range<usize>>) {
        let patterns = match target {
            Target::Command => &self.commands,
            Target::Path => &self.paths,
        };
        self.memo.find(target, text, out, |out| patterns.find(text, out));
    }
}

#[cfg(test)]
mod tests;
