//! Records that have no place of their own on the line: `AVC seresult=denied …`, `USER_LOGIN claims op=login …`.

use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_events::{Event, Record};
use oyez_tables::key::{Key, Kind};

use super::deed::decoded;
use super::facts::{Facts, Value, value};
use super::line::{Line, Paint};
use super::plain::{put, word};

/// Records shown of one event.
const MAX_RECORDS: usize = 4;
/// Fields shown of one record.
const MAX_FIELDS: usize = 24;
/// Longest name and longest value shown, in bytes.
const NAME_LIMIT: usize = 48;
const VALUE_LIMIT: usize = 192;

/// Writes the records that [`Facts::details`] lists, without what the line says elsewhere.
pub(super) fn write(line: &mut Line<'_>, event: &Event, facts: &Facts<'_>, fields: &mut Fields) {
    for record in facts.details.iter().take(MAX_RECORDS).filter_map(|index| event.record(*index)) {
        fields.split(&record);
        let paint = if facts.has_syscall || facts.has_execve { Paint::Context } else { Paint::Deed };
        line.group(Some(paint), |out| record_name(out, &record));
        own(line, &record, facts, fields.own());
        if record.is_user_space() {
            claims(line, &record, fields.claimed());
        }
    }
    if facts.details.len() > MAX_RECORDS {
        line.group(Some(Paint::Context), |out| {
            put(out, format_args!("… +{} records", facts.details.len() - MAX_RECORDS));
        });
    }
}

/// A record type's name or number.
pub(super) fn record_name(out: &mut Vec<u8>, record: &Record<'_>) {
    match record.name() {
        b"" => put(out, format_args!("type {}", record.number())),
        name => word(out, name, 64),
    }
}

fn own(line: &mut Line<'_>, record: &Record<'_>, facts: &Facts<'_>, fields: &[Field]) {
    let body = record.body();
    let is_told = |field: &&Field| match field.key {
        FieldKey::Known(key) => facts.tells(key, value(field, body)),
        _ => false,
    };
    list(line, record, fields.iter().filter(|field| !is_told(field)));
}

fn claims(line: &mut Line<'_>, record: &Record<'_>, fields: &[Field]) {
    if fields.is_empty() {
        return;
    }
    line.more(Some(Paint::Caution), |out| out.extend_from_slice(b"claims"));
    list(line, record, fields.iter());
}

fn list<'f>(line: &mut Line<'_>, record: &Record<'_>, fields: impl Iterator<Item = &'f Field>) {
    let mut scratch = Vec::new();
    let mut count = 0usize;
    for field in fields {
        let raw = value(field, record.body());
        let Some(text) = shown(record, field, raw, &mut scratch) else { continue };
        count += 1;
        if count > MAX_FIELDS {
            continue;
        }
        let is_failure =
            matches!(field.key, FieldKey::Known(Key::Res | Key::Result)) && matches!(text, b"failed" | b"0");
        line.more(is_failure.then_some(Paint::Failed), |out| pair(out, field, record, text));
    }
    if let Some(hidden) = count.checked_sub(MAX_FIELDS).filter(|hidden| *hidden > 0) {
        line.more(None, |out| put(out, format_args!("… +{hidden} fields")));
    }
}

/// The value's bytes; `None` where it stands for nothing.
fn shown<'a>(record: &Record<'_>, field: &Field, raw: Value<'a>, scratch: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let is_encoded = match field.key {
        FieldKey::Known(key) => key.kind(record.number()) == Kind::Encoded,
        FieldKey::Arg(_) | FieldKey::ArgPiece(..) => false,
        _ => return (!raw.bytes.is_empty()).then_some(raw.bytes),
    };
    if is_encoded {
        decoded(Some(raw), scratch)
    } else {
        Some(raw.bytes).filter(|bytes| !matches!(*bytes, b"" | b"?" | b"(null)"))
    }
}

fn pair(out: &mut Vec<u8>, field: &Field, record: &Record<'_>, text: &[u8]) {
    let name = field.name.of(record.body());
    match field.key {
        FieldKey::Words => {}
        FieldKey::Known(key) => put(out, format_args!("{}=", key.name())),
        _ => {
            word(out, name, NAME_LIMIT);
            out.push(b'=');
        }
    }
    word(out, text, VALUE_LIMIT);
    if field.form == Form::Torn {
        out.extend_from_slice("…".as_bytes());
    }
}
