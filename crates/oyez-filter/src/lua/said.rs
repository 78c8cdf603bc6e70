//! What a script says beside its answers: events of its own (`emit`), lines of a log (`oyez.log`), counts (`oyez.counter`).
//!
//! Collected while the script runs, fetched by whoever called it. All of it is bounded, and what goes beyond is counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use oyez_events::EventId;
use oyez_events::group::Millis;

use super::Counts;
use super::clean::clean;
use crate::Tree;
use crate::tell::{Said, Told};

/// Events of its own that a script may make in one call.
pub const MAX_EMITTED: usize = 16;

/// Fields of such an event.
pub const MAX_FIELDS: usize = 32;

/// A text in it, in bytes.
pub const MAX_TEXT: usize = 8 << 10;

/// Names of counters that a script may have.
pub const MAX_COUNTERS: usize = 64;

/// A name of a field or counter, in bytes.
const MAX_NAME: usize = 64;

/// Bytes of such events that may come at once, each with [`EVENT_BYTES`] besides what it says.
const EMIT_BURST: u64 = 1 << 20;

/// Bytes of them that come back in a millisecond: a quarter of a MiB in a second.
const EMIT_EVERY_MS: u64 = 256;

/// What an event takes besides what it says, about.
const EVENT_BYTES: usize = 256;

/// What may wait to be fetched.
const MAX_WAITING: usize = 256;

/// Lines of the log that may come at once; each comes back after [`LOG_EVERY`].
const LOG_BURST: u64 = 10;

/// Milliseconds in which one more line may be logged.
const LOG_EVERY: Millis = 1000;

/// A line of the log, in bytes.
const MAX_LINE: usize = 1024;

/// Levels of the log.
const LEVELS: &[&str] = &["error", "warn", "info", "debug"];

/// What a script said and nobody has fetched yet.
pub(super) struct Sayings {
    name: Box<str>,
    waiting: Vec<Told>,
    /// Of the event at hand, or the last one.
    pub(super) at: EventId,
    pub(super) now: Millis,
    emitted_in_call: usize,
    /// Bytes of events of its own that may be made now, and until when they are counted.
    bytes: u64,
    bytes_since: Millis,
    /// Lines that may be logged now, and until when they are counted.
    lines: u64,
    lines_since: Millis,
    /// Lines that were not let through since the last that was.
    held_back: u64,
    pub(super) counts: Counts,
    pub(super) counters: BTreeMap<Arc<str>, i64>,
}

/// Why something is not told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is more than may be told.
    TooMuch(&'static str),
    /// It cannot be told: a fault of the script.
    Wrong(String),
}

impl Sayings {
    /// Those of the script called `name`.
    pub(super) fn new(name: &str) -> Self {
        Sayings {
            name: name.into(),
            waiting: Vec::new(),
            at: EventId::default(),
            now: 0,
            emitted_in_call: 0,
            bytes: EMIT_BURST,
            bytes_since: 0,
            lines: LOG_BURST,
            lines_since: 0,
            held_back: 0,
            counts: Counts::default(),
            counters: BTreeMap::new(),
        }
    }

    /// Begins a call.
    pub(super) fn begin(&mut self, now: Millis) {
        self.now = now;
        self.emitted_in_call = 0;
    }

    /// Hands over what waits, in its order.
    pub(super) fn fetch(&mut self, tell: &mut dyn FnMut(Told)) {
        self.waiting.drain(..).for_each(tell);
    }

    /// Takes an event of the script's own.
    pub(super) fn emit(&mut self, fields: Tree) -> Result<(), Refused> {
        let result = self.emitted(fields);
        match result {
            Ok(()) => self.counts.emitted += 1,
            Err(_) => self.counts.refused += 1,
        }
        result
    }

    fn emitted(&mut self, fields: Tree) -> Result<(), Refused> {
        let Tree::Object(mut members) = fields else {
            return Err(Refused::Wrong("emit takes a table with names for keys".to_owned()));
        };
        if members.len() > MAX_FIELDS {
            return Err(Refused::TooMuch("more than 32 fields"));
        }
        if self.emitted_in_call >= MAX_EMITTED {
            return Err(Refused::TooMuch("more than 16 events from one call"));
        }
        self.has_room()?;
        members.sort_by(|(name, _), (other, _)| name.cmp(other));
        let mut told = Told::new("OYEZ_EMIT", self.at).with("filter", &*self.name);
        for (name, tree) in members {
            told.fields.push((name_of(&name)?, said(&name, tree)?));
        }
        self.pay(size(&told))?;
        self.emitted_in_call += 1;
        self.waiting.push(told);
        Ok(())
    }

    /// Takes `bytes` off what may be told now.
    fn pay(&mut self, bytes: u64) -> Result<(), Refused> {
        let more = self.now.saturating_sub(self.bytes_since).saturating_mul(EMIT_EVERY_MS);
        (self.bytes, self.bytes_since) = (self.bytes.saturating_add(more).min(EMIT_BURST), self.now);
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Refused::TooMuch("more than 256 KiB a second"))?;
        Ok(())
    }

    fn has_room(&self) -> Result<(), Refused> {
        if self.waiting.len() < MAX_WAITING { Ok(()) } else { Err(Refused::TooMuch("too much waits to be told")) }
    }

    /// Takes a line for the log, or counts it.
    pub(super) fn log(&mut self, level: &str, text: &[u8]) -> Result<(), Refused> {
        let Some(level) = LEVELS.iter().find(|known| **known == level) else {
            return Err(Refused::Wrong(format!(
                "no level is called {:?}: use error, warn, info or debug",
                clean(level.as_bytes(), 32)
            )));
        };
        let more = self.now.saturating_sub(self.lines_since) / LOG_EVERY;
        self.lines = (self.lines + more).min(LOG_BURST);
        self.lines_since = if self.lines == LOG_BURST { self.now } else { self.lines_since + more * LOG_EVERY };
        if self.lines == 0 || self.has_room().is_err() {
            self.held_back += 1;
            self.counts.held_back += 1;
            return Ok(());
        }
        self.lines -= 1;
        let mut told = Told::new("OYEZ_FILTER_LOG", self.at)
            .with("filter", &*self.name)
            .with("level", *level)
            .with("text", clean(text, MAX_LINE).as_str());
        if self.held_back > 0 {
            told = told.with("held_back", std::mem::take(&mut self.held_back));
        }
        self.waiting.push(told);
        Ok(())
    }

    /// Adds to the counter called `name`, and says what it is now.
    pub(super) fn count(&mut self, name: &[u8], add: i64) -> Result<i64, Refused> {
        let name = name_of(name)?;
        if let Some(counter) = self.counters.get_mut(&*name) {
            *counter = counter.saturating_add(add);
            return Ok(*counter);
        }
        if self.counters.len() >= MAX_COUNTERS {
            return Err(Refused::Wrong(format!("a filter may have {MAX_COUNTERS} counters")));
        }
        self.counters.insert(name.into(), add);
        Ok(add)
    }
}

/// A name of a field or counter: ASCII letters, digits and `_`, not beginning with a digit; `filter` is oyez's own.
fn name_of(name: &[u8]) -> Result<Box<str>, Refused> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_right = (1..=MAX_NAME).contains(&name.len())
        && name.iter().all(is_name)
        && !name.first().is_some_and(u8::is_ascii_digit)
        && name != b"filter";
    match str::from_utf8(name) {
        Ok(name) if is_right => Ok(name.into()),
        _ => Err(Refused::Wrong(format!(
            "{:?} is no name that can be told: use letters, digits and _, no digit in front, at most {MAX_NAME}{}",
            clean(name, MAX_NAME),
            if name == b"filter" { "; \"filter\" is oyez's own" } else { "" }
        ))),
    }
}

/// About how long it is when it is written.
fn size(told: &Told) -> u64 {
    let of = |(name, said): &(Box<str>, Said)| name.len() + if let Said::Text(text) = said { text.len() } else { 8 };
    (EVENT_BYTES + told.fields.iter().map(of).sum::<usize>()) as u64
}

fn said(name: &[u8], tree: Tree) -> Result<Said, Refused> {
    match tree {
        Tree::Flag(flag) => Ok(Said::Flag(flag)),
        Tree::Number(number) => Ok(Said::Number(number)),
        Tree::Text(text) if text.len() <= MAX_TEXT => Ok(Said::Text(text.into())),
        Tree::Text(_) => Err(Refused::TooMuch("a text of more than 8 KiB")),
        _ => Err(Refused::Wrong(format!("{:?} is no text, number, true or false", clean(name, MAX_NAME)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(fields: usize) -> Tree {
        Tree::Object((0..fields).map(|number| (format!("f{number}").into_bytes(), Tree::Number(1))).collect())
    }

    fn told(sayings: &mut Sayings) -> Vec<Told> {
        let mut told = Vec::new();
        sayings.fetch(&mut |it| told.push(it));
        told
    }

    #[test]
    fn lines_beyond_the_rate_are_counted_and_told_with_the_next() {
        let mut sayings = Sayings::new("x");
        for _ in 0..LOG_BURST + 5 {
            sayings.log("info", b"a\nb").unwrap();
        }
        assert_eq!(told(&mut sayings).len(), usize::try_from(LOG_BURST).unwrap());
        sayings.begin(LOG_EVERY);
        sayings.log("warn", b"c").unwrap();
        let last = told(&mut sayings).pop().unwrap();
        assert_eq!(last.get("held_back"), Some(&Said::Number(5)));
        assert_eq!(last.get("text"), Some(&Said::from("c")));
        assert_eq!(sayings.counts.held_back, 5);
    }

    #[test]
    fn events_beyond_the_bounds_are_refused_and_counted() {
        let mut sayings = Sayings::new("x");
        for _ in 0..MAX_EMITTED {
            assert_eq!(sayings.emit(object(MAX_FIELDS)), Ok(()));
        }
        assert!(matches!(sayings.emit(object(1)), Err(Refused::TooMuch(_))));
        sayings.begin(0);
        assert!(matches!(sayings.emit(object(MAX_FIELDS + 1)), Err(Refused::TooMuch(_))));
        let long = Tree::Object(vec![(b"a".to_vec(), Tree::Text(vec![0; MAX_TEXT + 1]))]);
        assert!(matches!(sayings.emit(long), Err(Refused::TooMuch(_))));
        for wrong in [Tree::Null, Tree::Object(vec![(b"filter".to_vec(), Tree::Number(1))])] {
            assert!(matches!(sayings.emit(wrong), Err(Refused::Wrong(_))));
        }
        assert_eq!((sayings.counts.emitted, sayings.counts.refused), (16, 5));
    }

    #[test]
    fn what_nobody_fetches_is_bounded() {
        let mut sayings = Sayings::new("x");
        for now in 0..1000 {
            sayings.begin(now * LOG_EVERY);
            let _ = sayings.emit(object(1));
            sayings.log("info", b"a").unwrap();
        }
        assert_eq!(told(&mut sayings).len(), MAX_WAITING);
    }

    #[test]
    fn counters_have_names_and_are_bounded() {
        let mut sayings = Sayings::new("x");
        assert_eq!(sayings.count(b"a", 2), Ok(2));
        assert_eq!(sayings.count(b"a", i64::MAX), Ok(i64::MAX));
        let Err(Refused::Wrong(why)) = sayings.count(b"a b", 1) else { panic!("a name with a space") };
        assert!(
            why.starts_with("\"a b\" is no name")
                && why.ends_with("use letters, digits and _, no digit in front, at most 64"),
            "{why}"
        );
        for number in 0..MAX_COUNTERS - 1 {
            assert!(sayings.count(format!("c{number}").as_bytes(), 1).is_ok());
        }
        assert!(sayings.count(b"one_more", 1).is_err());
    }
}
