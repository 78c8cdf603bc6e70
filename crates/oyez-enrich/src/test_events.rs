//! Events for tests, from the lines of a log.

use oyez_events::Event;
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;

/// Hands the events of a log to `out`, in the order in which they are over.
pub(crate) fn each(log: &str, mut out: impl FnMut(&Event)) {
    let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    for line in log.lines() {
        let Ok(record) = parser.line(line.trim_start().as_bytes()) else { continue };
        let now = clock.read(record.id);
        grouper.push(&record, now, &mut out);
    }
    grouper.finish(&mut out);
}
