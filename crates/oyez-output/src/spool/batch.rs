//! What a spool hands out at once.

use super::count::{Position, Worth};

/// Entries in the order in which they were appended. It is filled again and again, and keeps its memory.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    kept: Vec<Kept>,
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    /// Where its payload ends in `bytes`.
    end: usize,
    worth: Worth,
    position: Position,
}

/// One entry of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What was appended, byte for byte.
    pub payload: &'a [u8],
    /// What it is worth.
    pub worth: Worth,
    /// Acknowledges it, and all before it.
    pub position: Position,
}

/// What an entry counts for beside its payload, in bytes.
pub(super) const OVERHEAD: usize = size_of::<Kept>();

impl Batch {
    /// The entries.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut start = 0;
        self.kept.iter().map(move |kept| {
            let payload = self.bytes.get(start..kept.end).unwrap_or_default();
            start = kept.end;
            Entry { payload, worth: kept.worth, position: kept.position }
        })
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// All payloads, one behind the other.
    pub fn payloads(&self) -> &[u8] {
        &self.bytes
    }

    /// Acknowledges all of it, and all before it; `None` if it is empty.
    pub fn position(&self) -> Option<Position> {
        self.kept.last().map(|kept| kept.position)
    }

    /// What it takes in memory, in bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + self.kept.len() * OVERHEAD
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.kept.clear();
    }

    /// Adds an entry whose payload `fill` appends; takes that back if `fill` fails.
    pub(super) fn push(&mut self, worth: Worth, position: Position, fill: impl FnOnce(&mut Vec<u8>) -> bool) -> bool {
        let start = self.bytes.len();
        if fill(&mut self.bytes) {
            self.kept.push(Kept { end: self.bytes.len(), worth, position });
            return true;
        }
        self.bytes.truncate(start);
        false
    }
}
