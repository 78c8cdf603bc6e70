//! The buffers that finding an object needs, kept from one event to the next.

use std::io::Write;
use std::ops::Range;

use memchr::memmem::Finder;
use oyez_events::decode::{Decimal, Text, untrusted};
use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_events::{Event, Record};
use oyez_tables::key::{Key, Kind as KeyKind};

use super::who::NameBuffers;

/// Buffers; made to be used again for the next event. They grow to the longest text of an event and stay so.
#[derive(Debug)]
pub struct Scratch {
    /// Texts that were put together: names with their directories, decoded values.
    pub(super) text: Vec<u8>,
    /// Hex that is being decoded.
    pub(super) hex: Vec<u8>,
    /// The fields of the record that decides.
    pub(super) deciding: Fields,
    /// The fields of the record that says who.
    pub(super) who: Fields,
    /// Names of users that were written in hex.
    pub(super) names: NameBuffers,
    pub(super) nametype: Finder<'static>,
}

impl Default for Scratch {
    fn default() -> Self {
        let (text, hex) = (Vec::new(), Vec::new());
        let nametype = Finder::new(b" nametype=");
        Scratch { text, hex, deciding: Fields::new(), who: Fields::new(), names: NameBuffers::default(), nametype }
    }
}

impl Scratch {
    /// Empty buffers.
    pub fn new() -> Self {
        Scratch::default()
    }

    /// Splits record `index`, which decides.
    pub(super) fn split<'e>(&mut self, event: &'e Event, index: usize) -> Option<Record<'e>> {
        let record = event.record(index)?;
        self.deciding.split(&record);
        Some(record)
    }

    /// Appends the value of the first of `keys` that has one in the deciding record: where a program wrote that, what the
    /// program says.
    pub(super) fn push_first(&mut self, record: &Record<'_>, keys: &[Key]) -> Range<usize> {
        for key in keys {
            let range = self.push_key(record, *key);
            if !range.is_empty() {
                return range;
            }
        }
        0..0
    }

    /// Appends the value of `key`; nothing where it has none.
    fn push_key(&mut self, record: &Record<'_>, key: Key) -> Range<usize> {
        // `USER_TTY` has no message: the kernel writes all of it.
        let claimed = get(self.deciding.claimed(), key).filter(|_| record.is_user_space());
        let Some(field) = claimed.or_else(|| get(self.deciding.own(), key)) else { return 0..0 };
        let (value, form) = (field.value.of(record.body()), field.form);
        if is_unset(key, value) {
            return 0..0;
        }
        let is_encoded = matches!(key.kind(record.number()), KeyKind::Encoded);
        self.push_value(value, if is_encoded { form } else { Form::Quoted })
    }

    /// Appends an untrusted string, decoded; nothing where it stands for nothing.
    pub(super) fn push_value(&mut self, value: &[u8], form: Form) -> Range<usize> {
        let start = self.text.len();
        if matches!(value, b"?" | b"(null)" | b"(none)") {
            return start..start;
        }
        if let Text::Bytes(bytes) = untrusted(value, form, &mut self.hex) {
            self.text.extend_from_slice(bytes);
        }
        start..self.text.len()
    }

    /// Appends what `args` print.
    pub(super) fn push_args(&mut self, args: std::fmt::Arguments<'_>) -> Range<usize> {
        let start = self.text.len();
        // Writing to a Vec cannot fail.
        let _ = self.text.write_fmt(args);
        start..self.text.len()
    }

    /// Appends a number in decimal, as `Display` does, without the machinery of formatting.
    pub(super) fn push_decimal(&mut self, value: u64) -> Range<usize> {
        self.push_bytes(Decimal::new(value).as_bytes())
    }

    /// Appends bytes as they are.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.text.len();
        self.text.extend_from_slice(bytes);
        start..self.text.len()
    }
}

/// What stands in `range` of `text`; `None` for an empty one.
pub(super) fn at(text: &[u8], range: Range<usize>) -> Option<&[u8]> {
    text.get(range).filter(|text| !text.is_empty())
}

/// The first field with this key.
pub(super) fn get(fields: &[Field], key: Key) -> Option<&Field> {
    fields.iter().find(|field| field.key == FieldKey::Known(key))
}

/// Ids that mean nobody (linux/audit.h, `AUDIT_UID_UNSET`).
fn is_unset(key: Key, value: &[u8]) -> bool {
    matches!(key, Key::Id | Key::Auid) && matches!(value, b"4294967295" | b"-1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_display_writes_them() {
        for value in [0, 9, 10, 80, 65_535, u64::MAX] {
            let mut scratch = Scratch::new();
            let range = scratch.push_decimal(value);
            assert_eq!(at(&scratch.text, range), Some(value.to_string().as_bytes()));
        }
    }
}
