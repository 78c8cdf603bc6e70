//! Whether all that the records say is in an object.

use oyez_events::Event;
use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Field, FieldKey, Fields};
use oyez_tables::key::Key;
use oyez_testkit::json;
use serde_json::Value;

/// What either format says in other words, or leaves out because it is nothing.
fn is_said_otherwise(field: &Field, value: &[u8]) -> bool {
    let known = |key| {
        matches!(
            key,
            Key::Arch | Key::Syscall | Key::Exit | Key::Success | Key::Res | Key::Result | Key::Saddr | Key::Argc
        )
    };
    let is_nothing = matches!(value, b"" | b"?" | b"(null)" | b"(none)" | b"4294967295");
    is_nothing || matches!(field.key, FieldKey::Known(key) if known(key)) || matches!(field.key, FieldKey::ArgLen(_))
}

/// Every value of every record stands somewhere: as it was written, or decoded.
pub(crate) fn lost(event: &Event, told: &Value) -> Vec<String> {
    let values = json::values(&told.to_string()).unwrap();
    let has = |text: &str| values.iter().any(|value| value.contains(text));
    let (mut fields, mut scratch, mut lost) = (Fields::new(), Vec::new(), Vec::new());
    for record in event.records() {
        fields.split(&record);
        for field in fields.own().iter().chain(fields.claimed()) {
            let value = field.value.of(record.body());
            let mut is_there = is_said_otherwise(field, value) || has(&String::from_utf8_lossy(value));
            // A security context is told in its parts.
            is_there |= matches!(field.key, FieldKey::Known(Key::Subj | Key::Obj))
                && value.split(|byte| *byte == b':').all(|part| has(&String::from_utf8_lossy(part)));
            if let Text::Bytes(bytes) = untrusted(value, field.form, &mut scratch) {
                let pieces = bytes.split(|byte| matches!(byte, 0 | 1));
                is_there |= pieces.clone().all(|piece| has(&String::from_utf8_lossy(piece)));
            }
            if !is_there {
                lost.push(format!("{:?} of {:?}", value.escape_ascii().to_string(), record.number()));
            }
        }
    }
    if !lost.is_empty() {
        lost.push(format!("in {told}"));
    }
    lost
}
