//! What became of the messages of one output, as numbers that anybody may read while it works.
//!
//! `taken + carried = acked + dropped + held`: every message an output was given, in this run or left in its spool by one
//! before, is with its receiver, dropped for a stated [`Reason`], or still held (in its queue or its spool). Written by the
//! threads of one output, read by whoever shows them; [`Stats::balance`] says whether it adds up.
//!
//! Events and records are always exact. What goes from a spool without being read (evicted, damaged, missing) is not known by
//! messages and bytes: it counts as one message for each event, and no bytes, until the spool is empty; then what is
//! left over of both goes to the reason it was lost for last. Oyez's own notices in it are counted only then.

mod balance;
mod health;
mod latency;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub use balance::{Balance, Numbers};
pub use health::{Health, State, Trouble};
pub use latency::{BOUNDS_MS, Latency};

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
    /// Its spool did not hold them any more when it was opened: evicted just before a crash, or removed by someone.
    Missing,
    /// The end came before they were delivered, and there is no spool.
    End,
}

impl Reason {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 7] =
        [Self::Queue, Self::Refused, Self::Failed, Self::Evicted, Self::Damaged, Self::Missing, Self::End];

    /// Its name in status, metrics and loss events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Evicted => "evicted",
            Self::Damaged => "damaged",
            Self::Missing => "missing",
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
        let (events, records) = (worth.events.into(), worth.records.into());
        self.plus(Numbers { messages, events, records, bytes });
    }

    /// Adds to it.
    pub fn plus(&self, more: Numbers) {
        self.messages.fetch_add(more.messages, Relaxed);
        self.events.fetch_add(more.events, Relaxed);
        self.records.fetch_add(more.records, Relaxed);
        self.bytes.fetch_add(more.bytes, Relaxed);
    }

    /// Takes from it.
    pub(crate) fn minus(&self, less: Numbers) {
        self.messages.fetch_sub(less.messages, Relaxed);
        self.events.fetch_sub(less.events, Relaxed);
        self.records.fetch_sub(less.records, Relaxed);
        self.bytes.fetch_sub(less.bytes, Relaxed);
    }

    /// What it comes to now.
    pub fn get(&self) -> Numbers {
        Numbers {
            messages: self.messages.load(Relaxed),
            events: self.events.load(Relaxed),
            records: self.records.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
        }
    }
}

/// The numbers of one output.
#[derive(Debug, Default)]
pub struct Stats {
    /// What it was given.
    pub taken: Sum,
    /// What its spool held, or should have, when it was opened: from a run before.
    pub carried: Sum,
    /// What its receiver has.
    pub acked: Sum,
    /// What was dropped, by [`Reason`].
    pub dropped: [Sum; Reason::ALL.len()],
    /// What waits in memory.
    pub queued: Sum,
    /// What waits in its spool.
    pub spooled: Sum,
    /// What its spool takes on disk, in bytes.
    pub spool_bytes: AtomicU64,
    /// Messages that were handed to the receiver more than once, for they were not confirmed.
    pub again: AtomicU64,
    /// Deliveries and connections that failed.
    pub failures: AtomicU64,
    /// Times that the spool could not be written or read.
    pub spool_failures: AtomicU64,
    /// Connections that were made.
    pub connects: AtomicU64,
    /// Receivers connected now, where there can be several.
    pub readers: AtomicU64,
    /// From receipt to acknowledgement.
    pub latency: Latency,
    /// How it does.
    pub health: Health,
    /// CPU time of the thread that delivers, in nanoseconds, as it last said.
    pub courier_cpu_ns: AtomicU64,
    /// CPU time of the thread that moves the queue to the spool, in nanoseconds, as it last said.
    pub mover_cpu_ns: AtomicU64,
}

impl Stats {
    /// What was dropped for this reason.
    pub fn dropped(&self, reason: Reason) -> &Sum {
        &self.dropped[reason as usize]
    }

    /// All there is to add up.
    pub fn balance(&self) -> Balance {
        Balance {
            taken: self.taken.get(),
            carried: self.carried.get(),
            acked: self.acked.get(),
            dropped: Reason::ALL.map(|reason| self.dropped(reason).get()),
            queued: self.queued.get(),
            spooled: self.spooled.get(),
        }
    }
}
