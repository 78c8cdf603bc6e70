//! The records of a drain, packed to be handed on.
//!
//! Records in, the same records out in order, in one allocation that is reused: `clear` keeps it, and nothing is
//! allocated below the bound. Refuses a record that would exceed the bound (an empty batch takes one of any size).

use std::time::Duration;

use crate::message::Message;

/// Before each record: its type (2 bytes), then its length (4 bytes) with the top bit for "truncated".
const HEAD_BYTES: usize = 6;
const TRUNCATED: u32 = 1 << 31;

/// Records packed one after the other, up to a bound in bytes.
#[derive(Debug)]
pub struct Batch {
    bytes: Vec<u8>,
    bound: usize,
    records: usize,
    received: Duration,
}

/// One record of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed<'a> {
    /// Its type, as 1300 for SYSCALL.
    pub kind: u16,
    /// Its text, any bytes.
    pub payload: &'a [u8],
    /// Its end is missing: it did not fit the slab.
    pub truncated: bool,
}

impl Batch {
    /// An empty batch that holds up to `bytes`, six of which go to each record beside its text. The memory is
    /// reserved now, and touched as it fills.
    pub fn with_bound(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), bound: bytes, records: 0, received: Duration::ZERO }
    }

    /// Adds a record; `false` if it does not fit, and was not taken.
    #[must_use = "a record that was not taken must be counted, or offered to the next batch"]
    pub fn push(&mut self, kind: u16, payload: &[u8], truncated: bool) -> bool {
        let needed = HEAD_BYTES + payload.len();
        let Some(length) = u32::try_from(payload.len()).ok().filter(|length| length & TRUNCATED == 0) else {
            return false;
        };
        if self.bytes.len() + needed > self.bound && self.records > 0 {
            return false;
        }
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend((length | if truncated { TRUNCATED } else { 0 }).to_ne_bytes());
        self.bytes.extend(payload);
        self.records += 1;
        true
    }

    /// Adds a message if it is a record; other messages are none of a batch's business, and `true`.
    #[must_use = "a record that was not taken must be counted, or offered to the next batch"]
    pub fn push_message(&mut self, message: &Message<'_>) -> bool {
        match *message {
            Message::Record { kind, payload, truncated } => self.push(kind, payload, truncated),
            _ => true,
        }
    }

    /// Sets when its records were received, by the caller's clock.
    pub fn set_received(&mut self, now: Duration) {
        self.received = now;
    }

    /// When its records were received, as it was told.
    pub fn received(&self) -> Duration {
        self.received
    }

    /// Records in it.
    pub fn len(&self) -> usize {
        self.records
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Bytes in use, the heads of the records included.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Empties it and keeps its memory, but for what one oversized record took beyond the bound.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(self.bound);
        self.records = 0;
    }

    /// Its records, in the order they came.
    pub fn iter(&self) -> Records<'_> {
        Records { rest: &self.bytes }
    }
}

impl<'a> IntoIterator for &'a Batch {
    type Item = Packed<'a>;
    type IntoIter = Records<'a>;

    fn into_iter(self) -> Records<'a> {
        self.iter()
    }
}

/// The records of a batch.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = Packed<'a>;

    fn next(&mut self) -> Option<Packed<'a>> {
        let (kind, rest) = self.rest.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_ne_bytes(*length);
        let (payload, rest) = rest.split_at_checked((length & !TRUNCATED) as usize)?;
        self.rest = rest;
        Some(Packed { kind: u16::from_ne_bytes(*kind), payload, truncated: length & TRUNCATED != 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_out_as_they_went_in() {
        let mut batch = Batch::with_bound(1 << 16);
        let records = [(1300, &b"audit(1.2:3): a=1"[..], false), (1320, b"", false), (u16::MAX, &[0; 9000], true)];
        for (kind, payload, truncated) in records {
            assert!(batch.push(kind, payload, truncated));
        }
        let out: Vec<_> = batch.iter().map(|record| (record.kind, record.payload, record.truncated)).collect();
        assert_eq!(out, records);
        assert_eq!((batch.len(), batch.bytes()), (3, 17 + 9000 + 18));
    }

    #[test]
    fn a_record_beyond_the_bound_is_not_taken() {
        let mut batch = Batch::with_bound(32);
        assert!(batch.push(1300, &[1; 20], false));
        assert!(batch.push(1300, b"", false), "exactly at the bound");
        assert!(!batch.push(1320, b"", false));
        assert_eq!((batch.len(), batch.bytes()), (2, 32));
    }

    #[test]
    fn an_empty_batch_takes_a_record_of_any_size() {
        let mut batch = Batch::with_bound(8);
        assert!(batch.push(1300, &[1; 500], false));
        assert!(!batch.push(1300, b"", false));
        batch.clear();
        assert!(batch.is_empty() && batch.iter().next().is_none());
        assert!(batch.bytes.capacity() < 500);
    }

    #[test]
    fn a_batch_in_use_keeps_its_one_allocation() {
        let mut batch = Batch::with_bound(4096);
        let (memory, capacity) = (batch.bytes.as_ptr(), batch.bytes.capacity());
        for round in 0..100u16 {
            while batch.push(round, &[7; 100], false) {}
            batch.clear();
        }
        assert_eq!((batch.bytes.as_ptr(), batch.bytes.capacity()), (memory, capacity));
    }

    #[test]
    fn messages_that_are_no_records_leave_no_trace() {
        let mut batch = Batch::with_bound(64);
        assert!(batch.push_message(&Message::Ack { sequence: 1, code: 0 }));
        assert!(batch.push_message(&Message::Replace { pid: Some(1) }));
        assert!(batch.push_message(&Message::Record { kind: 1320, payload: b"x", truncated: true }));
        let only = Packed { kind: 1320, payload: b"x", truncated: true };
        assert_eq!(batch.iter().collect::<Vec<_>>(), [only]);
    }
}
