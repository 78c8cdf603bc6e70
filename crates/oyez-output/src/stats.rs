//! What became of the messages of one output, as numbers that anybody may read while it works.
//!
//! `taken = acked + dropped + held`: every message an output was given is with its receiver, dropped for a stated
//! [`Reason`], or still held (in its queue or its spool). Written by the threads of one output, read by whoever shows them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Why an output dropped messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Its queue was full.
    Queue,
    /// Its receiver will never take them.
    Refused,
    /// It failed, and could not keep them: a file on a full disk.
    Failed,
    /// Its spool was full: the oldest went.
    Evicted,
    /// Its spool was damaged on disk.
    Damaged,
    /// The end came before they were delivered, and there is no spool.
    End,
}

impl Reason {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 6] = [Self::Queue, Self::Refused, Self::Failed, Self::Evicted, Self::Damaged, Self::End];

    /// Its name in status, metrics and loss events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Evicted => "evicted",
            Self::Damaged => "damaged",
            Self::End => "end",
        }
    }
}

/// Messages, the events and records in them, and bytes.
#[derive(Debug, Default)]
pub struct Sum {
    /// Messages.
    pub messages: AtomicU64,
    /// Events among them; the rest are oyez's own.
    pub events: AtomicU64,
    /// Records in these events.
    pub records: AtomicU64,
    /// Bytes of their lines.
    pub bytes: AtomicU64,
}

impl Sum {
    /// Adds to it.
    pub fn add(&self, messages: u64, worth: crate::spool::Worth, bytes: u64) {
        self.messages.fetch_add(messages, Relaxed);
        self.events.fetch_add(worth.events.into(), Relaxed);
        self.records.fetch_add(worth.records.into(), Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
    }
}

/// The numbers of one output.
#[derive(Debug, Default)]
pub struct Stats {
    /// What it was given.
    pub taken: Sum,
    /// What its receiver has.
    pub acked: Sum,
    /// What was dropped, by [`Reason`].
    pub dropped: [Sum; Reason::ALL.len()],
    /// What waits in memory.
    pub queued: Sum,
    /// What waits in its spool.
    pub spooled: Sum,
    /// Messages that were handed to the receiver more than once, for they were not confirmed.
    pub again: AtomicU64,
    /// Deliveries that failed.
    pub failures: AtomicU64,
    /// Connections that were made.
    pub connects: AtomicU64,
    /// Receivers connected now, where there can be several.
    pub readers: AtomicU64,
}

impl Stats {
    /// What was dropped for this reason.
    pub fn dropped(&self, reason: Reason) -> &Sum {
        &self.dropped[reason as usize]
    }
}
