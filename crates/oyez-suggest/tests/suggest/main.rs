//! Advice on whole logs: what it looks like, that it keeps its word, and what it never suggests.

#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

mod goldens;
mod hostile;
mod judge;
mod logs;
mod matchers;
mod promises;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;
use oyez_suggest::{Advice, Advisor, Options};

/// Hands each event of a log to `take`, its lines grouped as `oyez suggest` does.
fn each(log: &[u8], mut take: impl FnMut(&Event)) {
    let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    for line in log.split(|byte| *byte == b'\n') {
        let Ok(record) = parser.line(line) else { continue };
        let now = clock.read(record.id);
        grouper.tick(now, &mut take);
        grouper.push(&record, now, &mut take);
    }
    grouper.finish(&mut take);
}

/// What is advised of a log.
fn advice(log: &[u8], options: Options) -> Advice {
    let mut advisor = Advisor::new(options);
    each(log, |event| advisor.event(event, &Context::default()));
    advisor.advice()
}
