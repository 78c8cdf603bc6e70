//! How far along a spool something is, and how much lies between two places.

use std::ops::AddAssign;

/// What one entry is worth: what is lost if it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Worth {
    /// Events in it.
    pub events: u32,
    /// Records in these.
    pub records: u32,
}

/// So many entries, and what they are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Entries.
    pub entries: u64,
    /// Events in them.
    pub events: u64,
    /// Records in these.
    pub records: u64,
}

impl Count {
    /// Whether there is nothing.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// One entry.
    #[cfg(test)]
    pub(super) fn one(worth: Worth) -> Self {
        Self { entries: 1, events: worth.events.into(), records: worth.records.into() }
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, more: Self) {
        self.entries = self.entries.saturating_add(more.entries);
        self.events = self.events.saturating_add(more.events);
        self.records = self.records.saturating_add(more.records);
    }
}

/// What is gone without having been acknowledged, since this was last asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Losses {
    /// Removed with the oldest segment, because the spool was full. Some of it may have been delivered: what was handed out
    /// and not acknowledged yet counts too.
    pub evicted: Count,
    /// Unreadable on disk: bytes changed, cut off, or gone with their sector.
    pub damaged: Count,
}

impl Losses {
    /// Whether nothing is lost.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

/// The sequence number of an entry, and how much was appended before it since the spool began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) sequence: u64,
    pub(super) events: u64,
    pub(super) records: u64,
}

impl Point {
    /// Where a new spool begins.
    pub(super) const START: Self = Self { sequence: 1, events: 0, records: 0 };
    /// More than this is in no spool: what says so is damaged. Nothing that adds to it overflows.
    const MAX: u64 = 1 << 62;

    /// What lies between `earlier` and here; where that is not earlier, nothing, whatever else files say.
    pub(super) fn since(self, earlier: Self) -> Count {
        if self.sequence <= earlier.sequence {
            return Count::default();
        }
        Count {
            entries: self.sequence - earlier.sequence,
            events: self.events.saturating_sub(earlier.events),
            records: self.records.saturating_sub(earlier.records),
        }
    }

    /// Behind one more entry.
    pub(super) fn after(self, worth: Worth) -> Self {
        Self {
            sequence: self.sequence.saturating_add(1),
            events: self.events.saturating_add(worth.events.into()),
            records: self.records.saturating_add(worth.records.into()),
        }
    }

    /// The later of two.
    pub(super) fn later(self, other: Self) -> Self {
        if other.sequence > self.sequence { other } else { self }
    }

    pub(super) fn is_plausible(self) -> bool {
        let is_numbered = (Self::START.sequence..Self::MAX).contains(&self.sequence);
        is_numbered && self.events < Self::MAX && self.records < Self::MAX
    }
}

/// A place behind an entry: what [`ack`](super::Spool::ack) takes.
///
/// It is good for the [`Spool`](super::Spool) that handed it out, until that is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The entry behind this place.
    pub(super) next: Point,
    /// Where that is, if it is there: the segment's number and the offset in it.
    pub(super) segment: u64,
    pub(super) offset: u64,
}

impl Position {
    pub(super) const START: Self = Self { next: Point::START, segment: 0, offset: 0 };

    /// The sequence number of the entry before this place. Entries are numbered from 1 without gaps; after a power failure
    /// that lost unsynced entries their numbers are given again, so they do not tell a receiver which entries are doubles.
    pub fn sequence(&self) -> u64 {
        self.next.sequence.saturating_sub(1)
    }
}
