//! What stands between the pipeline and the thread of an output: parcels, bounded in bytes.
//!
//! [`Parcel`](crate::Parcel)s in at one end, in order and without waiting; the same messages out at the other. Small ones that
//! have to wait are put together, so that a slow receiver does not make many small buffers of them. Emptied ones come back to be
//! filled again. How many bytes wait is known without the lock. It refuses parcels while it is full, or has itself room made by
//! dropping the oldest.
//!
//! Each message has a position: how many were handed over before it. Any number can be noted at a position; once all before it is
//! safe (brought to its receiver, spooled, or counted as lost), that number is what is settled. Used by way of a
//! [`Lane`](crate::Lane).

mod giver;
mod state;
mod taker;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::stats::Stats;
use state::State;

pub use giver::Handed;
pub(crate) use taker::{Taken, Wanted};

/// Bytes of lines above which a parcel is best handed over though more is to come: a thread is rather woken once per batch.
pub const FULL: usize = 512 << 10;
/// Room for the line that fills a parcel. Memory is reserved for it at once, and touched as it fills: a buffer that grows is
/// copied, and memory that is given back and asked for again costs a page fault for every 4 KiB.
pub(crate) const LINE: usize = 64 << 10;
/// As many messages as mostly fill a parcel.
const MESSAGES: usize = 1024;
/// Bytes of lines up to which waiting parcels are put together.
const MERGED: usize = 256 << 10;
/// Emptied parcels kept to be filled again: one is being delivered while two more are made of a large batch.
const SPARE: usize = 2;
/// Tickets of lost messages that are kept for who asks; those of later ones are forgotten.
const TICKETS: usize = 4096;
/// Marks that are kept; where there are more, the latest stands for those before it.
const MARKS: usize = 64;
/// What [`Queue::settled`] holds before anything is.
const NONE: u64 = u64::MAX;

/// A parcel with room for as much as is mostly handed over at once.
pub fn parcel() -> crate::Parcel {
    crate::Parcel::with_capacity(FULL + LINE, MESSAGES)
}

/// A queue of parcels from one thread to another.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    for_taker: Condvar,
    for_giver: Condvar,
    /// Sizes of all that was handed over, since the start.
    handed: AtomicU64,
    /// Sizes of what is done with, since the start.
    done: AtomicU64,
    /// What may wait, in bytes.
    bound: AtomicU64,
    drops_oldest: AtomicBool,
    /// The highest number noted all before which is safe, or [`NONE`].
    settled: AtomicU64,
    /// There are tickets in the state.
    has_tickets: AtomicBool,
    stats: Arc<Stats>,
}

impl Queue {
    /// An empty one, which may hold so many bytes.
    pub(crate) fn new(bound: u64, drops_oldest: bool, stats: Arc<Stats>) -> Self {
        Self {
            state: Mutex::default(),
            for_taker: Condvar::new(),
            for_giver: Condvar::new(),
            handed: AtomicU64::new(0),
            done: AtomicU64::new(0),
            bound: AtomicU64::new(bound),
            drops_oldest: AtomicBool::new(drops_oldest),
            settled: AtomicU64::new(NONE),
            has_tickets: AtomicBool::new(false),
            stats,
        }
    }

    /// From here on it may hold so many bytes, and is full in this way.
    pub(crate) fn set(&self, bound: u64, drops_oldest: bool) {
        self.bound.store(bound, Ordering::Relaxed);
        self.drops_oldest.store(drops_oldest, Ordering::Relaxed);
    }

    /// What it may hold, in bytes.
    pub(crate) fn bound(&self) -> u64 {
        self.bound.load(Ordering::Relaxed)
    }

    /// What was handed over and is not done with, in bytes.
    pub(crate) fn fill(&self) -> u64 {
        // Read first, so that it is never less than what the other says.
        let done = self.done.load(Ordering::Acquire);
        self.handed.load(Ordering::Relaxed).saturating_sub(done)
    }

    /// The latest number that was noted where all before is safe now.
    pub(crate) fn settled(&self) -> Option<u64> {
        Some(self.settled.load(Ordering::Acquire)).filter(|mark| *mark != NONE)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
