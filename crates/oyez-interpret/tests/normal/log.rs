//! Logs → events, and an event's meaning as text.

use oyez_events::context::Context;
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;
use oyez_events::{End, Event};
use oyez_interpret::normal::{Normal, Scratch, normalise, sentence};

/// Hands each event of `log` to `out`; lines that are no record are left out.
pub(crate) fn events(log: &[u8], mut out: impl FnMut(&Event)) {
    let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    for line in log.split(|byte| *byte == b'\n') {
        if let Ok(record) = parser.line(line) {
            let now = clock.read(record.id);
            grouper.push(&record, now, &mut out);
        }
    }
    grouper.finish(&mut out);
}

/// Hands the meaning of each event to `out`, beside the event.
pub(crate) fn meanings(log: &[u8], mut out: impl FnMut(&Event, &Normal<'_>)) {
    let mut scratch = Scratch::new();
    events(log, |event| {
        assert!(event.end() != End::TooLarge, "the log is larger than a test means it to be");
        out(event, &normalise(event, &Context::default(), &mut scratch));
    });
}

/// The sentence of an event.
pub(crate) fn said(event: &Event) -> String {
    let mut out = Vec::new();
    sentence(event, &Context::default(), &mut Scratch::new(), &mut out);
    String::from_utf8(out).expect("always UTF-8")
}

/// Bytes as text.
pub(crate) fn text(bytes: Option<&[u8]>) -> String {
    bytes.map_or_else(String::new, |bytes| String::from_utf8_lossy(bytes).into_owned())
}
