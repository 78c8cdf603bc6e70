//! A pattern, and the records of an event: what a pattern captures is nowhere left, and nothing else is lost.
//!
//! The first line is a pattern for command lines, or with `/` in front of it for all texts; an empty one stands for the
//! defaults. Each further line is a letter for the record's type, and its body; one without such a letter is a text alone.
#![no_main]

#[path = "../../crates/oyez-enrich/src/redact/tests/unseen.rs"]
mod unseen;

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use oyez_enrich::redact::{BuiltIn, DEFAULTS, Pattern, Redactor, Target};
use oyez_events::decode::hex as hex_to;
use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::LineParser;
use oyez_events::{Event, Record};
use oyez_tables::key::{Key, Kind};

/// Longer patterns take most of the time to be made.
const MAX_PATTERN: usize = 64;
/// A pattern for all texts that the defaults have beside them.
const PATH: &str = "/home/([^/\\x00]+)";

thread_local! {
    /// Making these takes a while.
    static DEFAULT: RefCell<(Redactor, unseen::Known)> = RefCell::new({
        let builtin: Vec<_> = DEFAULTS.iter().map(BuiltIn::regex).collect();
        let commands = builtin.iter().map(String::as_str).chain([PATH]);
        let redactor = Redactor::new(true, &[pattern(PATH, Target::Path)]).expect("known patterns");
        (redactor, unseen::Known::new(commands, [PATH].into_iter()))
    });
}

fuzz_target!(|data: &[u8]| {
    let (first, lines) = data.split_at(data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len()));
    let Ok(text) = str::from_utf8(first) else { return };
    if text.is_empty() {
        return DEFAULT.with_borrow_mut(|(redactor, known)| check(redactor, known, lines));
    }
    if text.len() > MAX_PATTERN {
        return;
    }
    let (text, target) = text.strip_prefix('/').map_or((text, Target::Command), |text| (text, Target::Path));
    let Ok(mut redactor) = Redactor::new(false, &[pattern(text, target)]) else { return };
    let paths = [text].into_iter().filter(|_| target == Target::Path);
    check(&mut redactor, &unseen::Known::new([text].into_iter(), paths), lines);
});

fn pattern(regex: &str, target: Target) -> Pattern {
    Pattern { name: "own".to_owned(), regex: regex.to_owned(), target }
}

fn check(redactor: &mut Redactor, known: &unseen::Known, lines: &[u8]) {
    let mut parser = LineParser::new();
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 1000 }, Limits::default());
    let mut events = Vec::new();
    let mut keep = |event: &Event| {
        let mut copy = Event::default();
        copy.copy_from(event);
        events.push(copy);
    };
    for line in lines.split(|byte| *byte == b'\n') {
        let name: &[u8] = match line.first() {
            Some(b'E') => b"EXECVE",
            Some(b'P') => b"PROCTITLE",
            Some(b'C') => b"USER_CMD",
            Some(b'T') => b"TTY",
            Some(b'U') => b"USER_TTY",
            Some(b'N') => b"PATH",
            Some(b'D') => b"CWD",
            Some(b'S') => b"SYSCALL",
            Some(b'L') => b"USER_LOGIN",
            _ => {
                known.text(redactor, line);
                continue;
            }
        };
        let line = [b"type=", name, b" msg=audit(1.0:7): ", &line[1..]].concat();
        if let Ok(record) = parser.line(&line) {
            grouper.push(&record, 1, &mut keep);
        }
    }
    grouper.finish(&mut keep);
    for event in &events {
        known.event(redactor, event);
    }
}
