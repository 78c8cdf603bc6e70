//! Stamps one after the other, each read by comparison with the one before: the records of an event mostly follow one another,
//! and events of the same clock tick differ in their serials alone.

use super::id;
use crate::EventId;

/// Reads stamps; remembers the last one.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    text: Vec<u8>,
    /// How much of it is the time, up to and with the colon.
    time_len: usize,
    id: EventId,
}

impl Stamps {
    /// The id of the stamp at the start of `text`, and its length up to and without the `)`.
    #[inline]
    pub(super) fn read(&mut self, text: &[u8]) -> Option<(EventId, usize)> {
        let len = self.text.len();
        if len > 0 && text.get(len) == Some(&b')') && text.get(..len) == Some(self.text.as_slice()) {
            return Some((self.id, len));
        }
        self.read_other(text)
    }

    fn read_other(&mut self, text: &[u8]) -> Option<(EventId, usize)> {
        if let Some((serial, len)) = self.same_time(text) {
            self.text.truncate(self.time_len);
            self.text.extend_from_slice(text.get(self.time_len..len)?);
            self.id.serial = serial;
            return Some((self.id, len));
        }
        let (id, len) = id::read(text)?;
        self.text.clear();
        self.text.extend_from_slice(text.get(..len)?);
        self.time_len = self.text.iter().rposition(|byte| *byte == b':').map_or(0, |at| at + 1);
        self.id = id;
        Some((id, len))
    }

    /// The serial of a stamp that differs from the last one only in that, and the stamp's length.
    fn same_time(&self, text: &[u8]) -> Option<(u32, usize)> {
        let time = self.text.get(..self.time_len).filter(|time| !time.is_empty())?;
        let (serial, len) = id::serial(text.strip_prefix(time)?)?;
        Some((serial, self.time_len + len))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_read_before_changes_nothing(texts in prop::collection::vec("[01]{1,2}[.:]1{1,3}[:.][0-2]{1,3}[):][ )0-9]{0,3}", 1..40)) {
            let mut stamps = Stamps::default();
            for text in texts {
                prop_assert_eq!(stamps.read(text.as_bytes()), id::read(text.as_bytes()), "{}", text);
            }
        }
    }
}
