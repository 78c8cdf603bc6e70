//! What stands between receiving and the rest: a bounded queue of batches that never makes its feeder wait.
//!
//! Batches in at the [`Feeder`], the same batches out at the [`Drainer`], emptied batches back. Full: the feeder gets its
//! batch back and decides. Bounded in bytes: as many batches as fit, each of a fixed bound. While the drainer is behind
//! the feeder holds on to a batch until it is full, so that few large batches stand in the queue and not many small ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, SendTimeoutError, Sender, TrySendError, bounded};
use oyez_netlink::Batch;

/// Bytes of the largest batch; smaller queues have smaller ones.
const BATCH_BYTES: usize = 1 << 20;
/// Batches into which the smallest queues are divided.
const MIN_BATCHES: usize = 16;
/// Emptied batches kept to be filled again; more are given back to the system.
const SPARE: usize = 4;
/// Batches outside the queue: spare ones, one being filled, one being worked on.
const OUTSIDE: usize = SPARE + 2;

/// A queue that, with the batches being filled and emptied, holds up to `bytes`.
pub(crate) fn new(bytes: u64) -> (Feeder, Drainer) {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let batch_bytes = (bytes / MIN_BATCHES).min(BATCH_BYTES);
    let batches = (bytes / batch_bytes.max(1)).saturating_sub(OUTSIDE).max(1);
    let (full_in, full_out) = bounded(batches);
    let (spare_in, spare_out) = bounded(SPARE);
    let ending = Ending::default();
    let drainer = Drainer { full: full_out, spare: spare_in, ending: ending.clone() };
    (Feeder { full: full_in, spare: spare_out, batch_bytes, batches, ending }, drainer)
}

/// Whether the end has come: the last records are on their way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ending(Arc<AtomicBool>);

impl Ending {
    /// From here on it has.
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has.
    pub(crate) fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The receiving side. Dropping it ends the queue once it is empty.
#[derive(Debug)]
pub(crate) struct Feeder {
    full: Sender<Batch>,
    spare: Receiver<Batch>,
    batch_bytes: usize,
    batches: usize,
    pub(crate) ending: Ending,
}

impl Feeder {
    /// An empty batch, used before if there is one.
    pub(crate) fn empty(&self) -> Batch {
        self.spare.try_recv().unwrap_or_else(|_| Batch::with_bound(self.batch_bytes))
    }

    /// Whether the other side has fallen behind.
    pub(crate) fn is_behind(&self) -> bool {
        self.full.len() * 2 >= self.batches
    }

    /// Whether there is no room for another batch.
    pub(crate) fn is_full(&self) -> bool {
        self.full.is_full()
    }

    /// Hands on a batch without waiting; a full queue, or one whose other side is gone, gives it back.
    pub(crate) fn offer(&self, batch: Batch) -> Result<(), Batch> {
        self.full.try_send(batch).map_err(|error| match error {
            TrySendError::Full(batch) | TrySendError::Disconnected(batch) => batch,
        })
    }

    /// Hands on a batch, waiting for room: for the end, when nothing more comes in.
    pub(crate) fn offer_within(&self, batch: Batch, time: Duration) -> Result<(), Batch> {
        self.full.send_timeout(batch, time).map_err(|error| match error {
            SendTimeoutError::Timeout(batch) | SendTimeoutError::Disconnected(batch) => batch,
        })
    }
}

/// The working side.
#[derive(Debug)]
pub(crate) struct Drainer {
    /// Batches in the order they were offered; disconnected when no more will come.
    pub(crate) full: Receiver<Batch>,
    spare: Sender<Batch>,
    pub(crate) ending: Ending,
}

impl Drainer {
    /// Gives a batch back to be filled again.
    pub(crate) fn give_back(&self, mut batch: Batch) {
        batch.clear();
        // Enough spare ones: let it go.
        let _ = self.spare.try_send(batch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(feeder: &Feeder, kind: u16) -> Batch {
        let mut batch = feeder.empty();
        assert!(batch.push(kind, b"audit(1.2:3): x", false));
        batch
    }

    #[test]
    fn a_full_queue_gives_the_batch_back_and_never_waits() {
        let (feeder, drainer) = new(1 << 20);
        let mut taken = 0;
        while feeder.offer(filled(&feeder, taken)).is_ok() {
            taken += 1;
        }
        assert_eq!(usize::from(taken), MIN_BATCHES - OUTSIDE);
        assert!(feeder.is_behind());
        let first = drainer.full.try_recv().unwrap();
        assert_eq!(first.iter().next().unwrap().kind, 0, "the oldest comes first");
        assert!(feeder.offer(filled(&feeder, 99)).is_ok());
    }

    #[test]
    fn an_emptied_batch_is_filled_again() {
        let (feeder, drainer) = new(32 << 20);
        let batch = filled(&feeder, 1);
        let memory = batch.iter().next().unwrap().payload.as_ptr();
        feeder.offer(batch).unwrap();
        drainer.give_back(drainer.full.try_recv().unwrap());
        let again = filled(&feeder, 2);
        assert_eq!(again.len(), 1);
        assert_eq!(again.iter().next().unwrap().payload.as_ptr(), memory);
    }

    #[test]
    fn all_batches_together_stay_within_the_bound() {
        for bytes in [1u64 << 20, 32 << 20, 4 << 30] {
            let (feeder, _drainer) = new(bytes);
            assert!((feeder.batches + OUTSIDE) as u64 * feeder.batch_bytes as u64 <= bytes, "{bytes}");
        }
    }

    #[test]
    fn a_queue_without_a_working_side_takes_nothing() {
        let (feeder, drainer) = new(1 << 20);
        drop(drainer);
        assert!(feeder.offer(filled(&feeder, 1)).is_err());
        assert!(feeder.offer_within(filled(&feeder, 1), Duration::from_secs(9)).is_err());
    }
}
