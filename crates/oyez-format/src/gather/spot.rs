//! Where a value stands in an event.

use std::ops::Range;

use oyez_events::Event;
use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_interpret::explained::explained;
use oyez_tables::key::Key;

use super::value::Value;

/// One field of one record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    /// The record's index.
    pub(crate) record: usize,
    pub(crate) field: Field,
    /// What the record's ENRICHED tail says of it.
    explained: Name,
}

/// Where a name stands in [`Names`]; of length 0 for none.
#[derive(Clone, Copy, Debug, Default)]
struct Name {
    start: usize,
    len: usize,
}

/// What the ENRICHED tails of an event's records say, decoded, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: Vec<u8>,
    scratch: Vec<u8>,
}

impl Names {
    pub(super) fn clear(&mut self) {
        self.text.clear();
    }
}

/// A `PATH` record.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Its number; the highest where it has none.
    pub(crate) number: u32,
    pub(super) fields: Range<usize>,
}

impl Spot {
    pub(super) fn new(record: usize, field: Field) -> Self {
        Spot { record, field, explained: Name::default() }
    }

    /// The same, with what the record's ENRICHED tail says of it. To be asked of few fields: it walks the tail.
    pub(super) fn explained_by(self, fields: &Fields, tail: &[u8], names: &mut Names) -> Self {
        let FieldKey::Known(key) = self.field.key else { return self };
        let Some(name) = explained(fields, tail, key, &mut names.scratch) else { return self };
        let place = Name { start: names.text.len(), len: name.len() };
        names.text.extend_from_slice(name);
        Spot { explained: place, ..self }
    }

    /// The key, where a table knows it. auditd's upper-case keys are none: readers may not tell `SYSCALL` from `syscall`.
    pub(crate) fn key(&self) -> Option<Key> {
        let FieldKey::Known(key) = self.field.key else { return None };
        (!key.name().bytes().any(|byte| byte.is_ascii_uppercase())).then_some(key)
    }

    /// The value as it stands there.
    pub(crate) fn bytes<'e>(&self, event: &'e Event) -> &'e [u8] {
        event.record(self.record).map_or(b"", |record| self.field.value.of(record.body()))
    }

    /// The key as it stands there; empty for words.
    pub(crate) fn name<'e>(&self, event: &'e Event) -> &'e [u8] {
        event.record(self.record).map_or(b"", |record| self.field.name.of(record.body()))
    }

    /// The name that an ENRICHED tail gives to an id; `None` where it has none for it.
    pub(super) fn explained<'n>(&self, names: &'n Names) -> Option<&'n [u8]> {
        let Name { start, len } = self.explained;
        let name = names.text.get(start..start + len)?;
        // auditd writes "unknown(1234)" for what has no name.
        (!name.is_empty() && !name.starts_with(b"unknown(") && name != b"unset").then_some(name)
    }

    /// The value, ready to be decoded.
    pub(crate) fn value<'e>(&self, event: &'e Event) -> Value<'e> {
        let number = event.record(self.record).map_or(0, |record| record.number());
        let kind = self.key().map(|key| key.kind(number));
        Value { bytes: self.bytes(event), form: self.field.form, kind }
    }

    /// The number that it is: any decimal one of 32 bits.
    pub(crate) fn id(&self, event: &Event) -> Option<u32> {
        crate::number::id(self.bytes(event))
    }

    /// By this, fields of one key are neighbours, and equal ones of those.
    pub(super) fn order<'e>(&self, event: &'e Event) -> (Option<&'static str>, &'e [u8], &'e [u8]) {
        let key = self.key().filter(|_| self.field.form != Form::Torn).map(Key::name);
        (key, if key.is_none() { self.name(event) } else { b"" }, self.bytes(event))
    }
}
