//! auditd's own formats: what is written reads back as the records that were written.

use oyez_events::context::Context;
use oyez_events::parse::LineParser;
use oyez_events::{Event, Record};
use oyez_format::enriched::EnrichedFormat;
use oyez_format::raw::RawFormat;

/// Made once, since what they keep from event to event must change nothing.
#[derive(Debug, Default)]
pub(super) struct Formats {
    raw: RawFormat,
    enriched: EnrichedFormat,
    out: Vec<u8>,
}

impl Formats {
    /// # Panics
    /// If there is not one line per record, or a line reads as another record.
    pub(super) fn check(&mut self, event: &Event) {
        self.out.clear();
        self.raw.event(event, &mut self.out);
        same(event, &self.out, false);
        self.out.clear();
        self.enriched.event(event, &Context::default(), &mut self.out);
        same(event, &self.out, true);
    }
}

fn same(event: &Event, lines: &[u8], has_tails: bool) {
    let text = lines.strip_suffix(b"\n").unwrap_or(lines);
    let lines: Vec<_> = if event.is_empty() { Vec::new() } else { text.split(|byte| *byte == b'\n').collect() };
    assert_eq!(lines.len(), event.len(), "{}", text.escape_ascii());
    for (line, record) in lines.into_iter().zip(event.records()) {
        line_is(event, &record, line, has_tails);
    }
}

fn line_is(event: &Event, record: &Record<'_>, line: &[u8], has_tails: bool) {
    assert!(!line.contains(&0), "a NUL in {}", line.escape_ascii());
    // A NUL in a node's name is a space, which ends it; the mark of a tail in a body may make one of what follows it.
    if event.node().contains(&0) || record.body().contains(&0x1d) {
        return;
    }
    let read = LineParser::new().line(line);
    assert!(read.is_ok(), "{read:?} for {}", line.escape_ascii());
    let Ok(read) = read else { return };
    assert_eq!((read.id, read.record_type, read.node), (event.id(), record.number(), event.node()));
    assert_eq!(spaced(read.body), spaced(record.body()));
    assert_eq!(read.name, if read.record_type == 0 { record.name() } else { b"" });
    if !has_tails {
        assert!(read.tail.is_empty(), "{read:?}");
    } else if !record.tail().is_empty() && !record.tail().contains(&0x1d) {
        assert_eq!(spaced(read.tail), spaced(record.tail()));
    }
}

/// With the spaces that are written for what would end a line or a string, and none at the ends.
fn spaced(text: &[u8]) -> String {
    let spaced: Vec<_> = text.iter().map(|byte| if matches!(byte, b'\n' | 0) { b' ' } else { *byte }).collect();
    spaced.trim_ascii().escape_ascii().to_string()
}
