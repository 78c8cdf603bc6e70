//! Reports of whole logs: what they look like, and what holds for every one.

#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

mod goldens;
mod properties;

use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;
use oyez_report::{Options, Report};

/// The report on a log, its lines grouped as `oyez report` does.
fn report(log: &[u8], options: Options) -> Report {
    let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    let mut report = Report::new(options);
    for line in log.split(|byte| *byte == b'\n') {
        let Ok(record) = parser.line(line) else { continue };
        let now = clock.read(record.id);
        grouper.tick(now, &mut |event| report.event(event));
        grouper.push(&record, now, &mut |event| report.event(event));
    }
    grouper.finish(&mut |event| report.event(event));
    report
}
