//! What must hold for any bytes, from input to output; shared by the tests and the fuzzers.

mod auditd;
mod faithful;

use std::cell::RefCell;
use std::fmt::Debug;

use oyez_events::context::Context;
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::{LineParser, RawRecord, kernel_message};
use oyez_events::{Event, EventId};
use oyez_format::ecs::EcsFormat;
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_format::laurel::{LaurelFormat, LaurelOptions};
use oyez_format::ocsf::OcsfFormat;
use oyez_format::text::{TextFormat, TextOptions};
use oyez_testkit::json;

/// The formats to check; made once, since what they keep from event to event must change nothing.
struct Formats {
    json: JsonFormat,
    text: TextFormat,
    laurel: LaurelFormat,
    ecs: EcsFormat,
    ocsf: OcsfFormat,
    auditd: auditd::Formats,
    out: Vec<u8>,
    again: Vec<u8>,
    events: usize,
}

/// Every so many events a format that has seen none is asked too; making it takes a while.
const COLD: usize = 16;

thread_local! {
    static FORMATS: RefCell<Formats> = RefCell::new(Formats {
        json: JsonFormat::new(JsonOptions::default()),
        text: TextFormat::new(TextOptions::default()),
        laurel: LaurelFormat::new(LaurelOptions::default()),
        ecs: EcsFormat::default(),
        ocsf: OcsfFormat::default(),
        auditd: auditd::Formats::default(),
        out: Vec::new(),
        again: Vec::new(),
        events: 0,
    });
}

/// Checks a log: whatever its lines are, each event comes out as a good line, and every record in an event.
pub(crate) fn log(bytes: &[u8]) {
    let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
    let limits = Limits { max_events: 8, max_event_bytes: 1 << 16, max_event_records: 50 };
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, limits);
    let mut records = 0;
    let mut out = |event: &Event| drop(self::event(event));
    for line in bytes.split(|byte| *byte == b'\n') {
        let Ok(record) = parser.line(line) else { continue };
        records += 1;
        let now = clock.read(record.id);
        grouper.tick(now, &mut out);
        grouper.push(&record, now, &mut out);
    }
    grouper.finish(&mut out);
    let counts = grouper.counts();
    assert_eq!((counts.records, counts.records_out, grouper.open_events()), (records, records, 0));
}

/// Checks a message of the kernel.
pub(crate) fn kernel(record_type: u16, payload: &[u8]) {
    if let Ok(record) = kernel_message(record_type, payload) {
        records(&[record]);
    }
}

/// Checks the event that these bodies make; returns its line of JSON.
pub(crate) fn bodies(bodies: &[(u16, &[u8])]) -> String {
    let id = EventId { sec: 1_626_611_363, ms: 720, serial: 348_501 };
    let raw = bodies.iter().map(|(number, body)| RawRecord {
        record_type: *number,
        name: b"",
        node: b"",
        id,
        body,
        tail: b"",
    });
    records(&raw.collect::<Vec<_>>())
}

fn records(records: &[RawRecord<'_>]) -> String {
    let timing = Timing::Live { quiet_ms: 100, incomplete_ms: 1000, title_ends: false };
    let mut grouper = Grouper::new(timing, Limits::default());
    let mut line = String::new();
    let mut out = |event: &Event| line = self::event(event);
    for record in records {
        grouper.push(record, 0, &mut out);
    }
    grouper.finish(&mut out);
    line
}

/// Checks what all formats make of one event; returns its line of JSON.
fn event(event: &Event) -> String {
    FORMATS.with_borrow_mut(|Formats { json, text, laurel, ecs, ocsf, auditd, out, again, events }| {
        auditd.check(event);
        out.clear();
        laurel.event(event, &Context::default(), out);
        object(out, json::values_by_case);
        out.clear();
        ecs.event(event, &Context::default(), out);
        object(out, json::values);
        out.clear();
        ocsf.event(event, &Context::default(), out);
        object(out, json::values);
        out.clear();
        json.event(event, &Context::default(), out);
        faithful::to(event, &object(out, json::values));
        for _ in 0..3 {
            again.clear();
            json.event(event, &Context::default(), again);
            assert_eq!(shown(out), shown(again), "the same event, another line");
        }
        *events += 1;
        if events.is_multiple_of(COLD) {
            again.clear();
            JsonFormat::new(JsonOptions::default()).event(event, &Context::default(), again);
            assert_eq!(shown(out), shown(again), "another line by what came before");
        }
        again.clear();
        text.event(event, &Context::default(), again);
        printable_line(again);
        shown(out)
    })
}

fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

/// All strings and numbers of a line of JSON.
///
/// # Panics
/// If it is not one line with one object that everyone reads alike.
fn object<E: Debug>(line: &[u8], values: fn(&str) -> Result<Vec<String>, E>) -> Vec<String> {
    let text = printable_line(line);
    assert!(text.starts_with('{'), "not an object: {text}");
    let read = values(text);
    assert!(read.is_ok(), "{read:?} in {text}");
    read.unwrap_or_default()
}

/// The line without its end.
///
/// # Panics
/// If it is not exactly one line, not valid UTF-8, or holds a character that can move a cursor.
fn printable_line(line: &[u8]) -> &str {
    let text = str::from_utf8(line);
    assert!(text.is_ok(), "not UTF-8: {}", line.escape_ascii());
    let text = text.unwrap_or_default();
    let body = text.strip_suffix('\n');
    assert!(body.is_some(), "no end of line: {text:?}");
    let body = body.unwrap_or_default();
    assert!(!body.chars().any(char::is_control), "a control character: {body:?}");
    body
}
