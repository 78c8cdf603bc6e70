//! Logs and records → lines of both formats.

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;
use oyez_format::Formatter;
use oyez_format::ecs::{EcsFormat, EcsOptions};
use oyez_format::ocsf::{OcsfFormat, OcsfOptions};
use oyez_testkit::json;
use serde_json::Value;

use crate::lost::lost;
use crate::{ecs, ocsf};

/// How many events of one log are looked at: the rest of a recorded log says nothing new.
const EVENTS_PER_LOG: usize = 2000;
pub(crate) const BOOT: &str = "0123456789abcdef0123456789abcdef";

pub(crate) fn ecs() -> Formatter {
    let options = EcsOptions { boot: Some(BOOT.to_owned()), ids: None, node: b"web-1".to_vec() };
    Formatter::Ecs(Box::new(EcsFormat::new(options)))
}

pub(crate) fn ocsf() -> Formatter {
    let options = OcsfOptions { boot: Some(BOOT.to_owned()), ids: None, node: b"web-1".to_vec() };
    Formatter::Ocsf(Box::new(OcsfFormat::new(options)))
}

/// Hands each event of `log` to `out`; lines that are no record are left out.
pub(crate) fn events(log: &[u8], mut out: impl FnMut(&Event)) {
    let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    for line in log.split(|byte| *byte == b'\n') {
        if let Ok(record) = parser.line(line) {
            let now = clock.read(record.id);
            grouper.tick(now, &mut out);
            grouper.push(&record, now, &mut out);
        }
    }
    grouper.finish(&mut out);
}

/// One event as `format` writes it; strictly one line, one object, no member twice.
pub(crate) fn object(format: &mut Formatter, event: &Event, context: &Context<'_>) -> Value {
    let mut line = Vec::new();
    format.event(event, context, &mut line);
    read(&line)
}

/// A line as JSON.
pub(crate) fn read(line: &[u8]) -> Value {
    let text = str::from_utf8(line).expect("UTF-8");
    let text = text.strip_suffix('\n').expect("a line");
    assert!(!text.chars().any(char::is_control), "a control character: {text:?}");
    let strict = json::values(text);
    assert!(strict.is_ok(), "{strict:?} in {text}");
    serde_json::from_str(text).unwrap()
}

/// Everything that is wrong with both formats' lines of all events of `log`, at most a few; and how many events there are.
pub(crate) fn problems(log: &[u8]) -> (Vec<String>, usize) {
    let (mut elastic, mut open) = (ecs(), ocsf());
    let (mut found, mut count) = (Vec::new(), 0);
    events(log, |event| {
        count += 1;
        if found.len() > 8 || count > EVENTS_PER_LOG {
            return;
        }
        let context = Context::default();
        let told = [object(&mut elastic, event, &context), object(&mut open, event, &context)];
        found.extend(ecs::problems(&told[0]));
        found.extend(ocsf::problems(&told[1]));
        found.extend(told.iter().flat_map(|told| lost(event, told)));
    });
    (found, count)
}
