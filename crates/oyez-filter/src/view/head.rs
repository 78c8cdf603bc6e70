//! What the kernel's stamp and the list of records say, whatever is in them.

use std::io::Write as _;

use oyez_events::{End, Event, Record};

use super::value::{Value, Visit};

pub(super) fn time(event: &Event, text: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    text.clear();
    oyez_format::rfc3339(text, event.id().sec, event.id().ms);
    visit(Value::Text(text))
}

/// The number of a late part.
pub(super) fn part(event: &Event, visit: &mut Visit<'_>) -> bool {
    event.part() > 0 && visit(Value::Number(event.part().into()))
}

/// The type of the first record.
pub(super) fn kind(event: &Event, text: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    event.record(0).is_some_and(|first| type_name(&first, text, visit))
}

/// Who wrote that record: the kernel passes on 1200–1299 for auditd (linux/audit.h, `AUDIT_DAEMON_START` and on).
pub(super) fn origin(event: &Event, visit: &mut Visit<'_>) -> bool {
    let Some(first) = event.record(0) else { return false };
    visit(Value::Text(match first.number() {
        1200..=1299 => b"auditd",
        _ if first.is_user_space() => b"user",
        _ => b"kernel",
    }))
}

/// The types of all records.
pub(super) fn records(event: &Event, text: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    event.records().any(|record| type_name(&record, text, visit))
}

fn type_name(record: &Record<'_>, text: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    if !record.name().is_empty() {
        return visit(Value::Text(record.name()));
    }
    text.clear();
    // Writing to a vector cannot fail.
    let _ = write!(text, "UNKNOWN[{}]", record.number());
    visit(Value::Text(text))
}

pub(super) fn marks(event: &Event, visit: &mut Visit<'_>) -> bool {
    let is_late = event.part() > 0;
    let marks: [(bool, &[u8]); 4] = [
        (is_late, b"late"),
        (event.end().is_early(), b"early"),
        (!is_late && event.end() == End::Incomplete, b"incomplete"),
        (event.is_redacted(), b"redacted"),
    ];
    marks.into_iter().any(|(has, mark)| has && visit(Value::Text(mark)))
}
