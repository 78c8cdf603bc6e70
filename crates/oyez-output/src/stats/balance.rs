//! The books of one output, at one moment.

use std::ops::{Add, AddAssign};

use super::Reason;
use crate::spool::{Count, Worth};

/// Messages, what they are worth, and bytes: a [`Sum`](super::Sum) as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Messages.
    pub messages: u64,
    /// Events among them.
    pub events: u64,
    /// Records in these events.
    pub records: u64,
    /// Bytes of their lines.
    pub bytes: u64,
}

impl Numbers {
    /// Of messages that are at hand.
    pub(crate) fn of(messages: usize, worth: Worth, bytes: usize) -> Self {
        let (events, records) = (worth.events.into(), worth.records.into());
        Self { messages: messages as u64, events, records, bytes: bytes as u64 }
    }

    /// Of entries of a spool that nobody has read: no more messages than there certainly are.
    pub(crate) fn at_least(count: Count) -> Self {
        Self { messages: count.events, events: count.events, records: count.records, bytes: 0 }
    }

    /// Whether there is nothing.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// What there is more than in the other.
    #[must_use]
    pub fn beyond(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_sub(other.messages),
            events: self.events.saturating_sub(other.events),
            records: self.records.saturating_sub(other.records),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

impl Add for Numbers {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(other.messages),
            events: self.events.saturating_add(other.events),
            records: self.records.saturating_add(other.records),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

impl AddAssign for Numbers {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// What one output was given, and where it is. Read while the output works, numbers may be on their way from one to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// What it was given.
    pub taken: Numbers,
    /// What its spool held when it was opened.
    pub carried: Numbers,
    /// What its receiver has.
    pub acked: Numbers,
    /// What was dropped, in the order of [`Reason::ALL`].
    pub dropped: [Numbers; Reason::ALL.len()],
    /// What waits in memory.
    pub queued: Numbers,
    /// What waits in its spool.
    pub spooled: Numbers,
}

impl Balance {
    /// What was dropped, for whatever reason.
    pub fn lost(&self) -> Numbers {
        self.dropped.iter().fold(Numbers::default(), |sum, one| sum + *one)
    }

    /// What waits, in memory or in the spool.
    pub fn held(&self) -> Numbers {
        self.queued + self.spooled
    }

    /// Whether everything that came in is somewhere.
    pub fn is_even(&self) -> bool {
        self.taken + self.carried == self.acked + self.lost() + self.held()
    }
}
