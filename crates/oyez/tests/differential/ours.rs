//! What oyez makes of a log: for each event id its records, and its objects as JSON.

use std::collections::BTreeMap;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::{GroupCounts, Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;
use oyez_format::json::{JsonFormat, JsonOptions};
use serde_json::Value;

use crate::line::{Id, Line};

/// One event, late parts merged into it.
#[derive(Debug, Default)]
pub(crate) struct Ours {
    pub(crate) lines: Vec<Line>,
    pub(crate) json: Value,
}

/// All that was read.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) events: BTreeMap<Id, Ours>,
    pub(crate) counts: GroupCounts,
    /// All objects, a line each, in the order in which they came out.
    pub(crate) text: Vec<u8>,
}

/// Reads a log as `oyez parse` does.
pub(crate) fn read(text: &[u8]) -> Reading {
    let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    let mut format = JsonFormat::new(JsonOptions::default());
    let mut reading = Reading::default();
    let mut next_tick = 0;
    for line in text.split(|byte| *byte == b'\n') {
        let Ok(record) = parser.line(line) else { continue };
        let now = clock.read(record.id);
        if now >= next_tick {
            grouper.tick(now, &mut |event| reading.take(event, &mut format));
            next_tick = now + 250;
        }
        grouper.push(&record, now, &mut |event| reading.take(event, &mut format));
    }
    grouper.finish(&mut |event| reading.take(event, &mut format));
    reading.counts = grouper.counts();
    reading
}

impl Reading {
    fn take(&mut self, event: &Event, format: &mut JsonFormat) {
        let start = self.text.len();
        format.event(event, &Context::default(), &mut self.text);
        let line = &self.text[start..];
        let object =
            serde_json::from_slice(line).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(line)));
        let ours = self.events.entry(Id::of(event)).or_default();
        ours.lines.extend(event.records().map(|record| Line::of(event, &record)));
        merge(&mut ours.json, object);
    }
}

/// Puts what a late part says beside what was said before: lists follow one another, what was said first stays.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (into @ Value::Null, from) => *into = from,
        (Value::Array(into), Value::Array(from)) => into.extend(from),
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        _ => {}
    }
}
