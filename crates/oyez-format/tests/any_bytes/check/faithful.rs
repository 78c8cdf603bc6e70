//! Whether a line of JSON still says all that its event said.

use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_events::{Event, Record};
use oyez_tables::key::Key;
use oyez_tables::record_type::{EXECVE, SOCKADDR};

/// # Panics
/// If the value of a field, or a word that is no field, is not among `values`, the strings and numbers of the JSON: neither
/// as it was written nor decoded. The same for what an ENRICHED tail says.
pub(super) fn to(event: &Event, values: &[String]) {
    let (mut fields, mut scratch) = (Fields::new(), Vec::new());
    for record in event.records() {
        fields.split(&record);
        for field in fields.own().iter().chain(fields.claimed()) {
            let value = field.value.of(record.body());
            let has = |text: &str| values.iter().any(|value| value.contains(text));
            let decoded = untrusted(value, field.form, &mut scratch);
            let is_there = is_said_otherwise(&record, field, value)
                || has(&String::from_utf8_lossy(value))
                || matches!(decoded, Text::Bytes(bytes) if pieces(bytes).all(|piece| has(&piece)));
            assert!(is_there, "\"{}\" of {field:?} in {record:?} is not in {values:?}", value.escape_ascii());
        }
        for field in fields.tail().iter().filter(|field| !is_decoded(field)) {
            let value = field.value.of(record.tail());
            let has = |text: &[u8]| values.iter().any(|other| other.contains(&*String::from_utf8_lossy(text)));
            let decoded = untrusted(value, field.form, &mut scratch);
            let is_there = has(value) || matches!(decoded, Text::Bytes(name) if has(name));
            let value = value.escape_ascii();
            assert!(is_there, "\"{value}\" of {field:?} in the tail of {record:?} is not in {values:?}");
        }
    }
}

/// Whether the schema leaves the value out (there is none) or tells it in other words.
fn is_said_otherwise(record: &Record<'_>, field: &Field, value: &[u8]) -> bool {
    let is_absent = value.is_empty() || (field.form == Form::Bare && matches!(value, b"?" | b"(null)" | b"(none)"));
    is_absent
        || match field.key {
            FieldKey::ArgLen(_) | FieldKey::Known(Key::Argc) => record.number() == EXECVE,
            FieldKey::Known(Key::Arch | Key::Success | Key::Res | Key::Result) => true,
            FieldKey::Known(Key::Saddr) => record.number() == SOCKADDR,
            _ => false,
        }
}

/// Whether oyez may say itself what the tail says.
fn is_decoded(field: &Field) -> bool {
    matches!(field.key, FieldKey::Known(Key::Arch | Key::Syscall | Key::Saddr))
}

/// Lists are told item by item: titles are split at NUL, rule keys at byte 1. A piece of an argument may end within a
/// character, so only those that are text can be looked for.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = String> {
    let pieces = bytes.split(|byte| matches!(byte, 0 | 1));
    pieces.filter_map(|piece| Some(str::from_utf8(piece).ok()?.to_owned()))
}
