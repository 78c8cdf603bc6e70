//! The thread that moves a queue to its spool, at once, so that nothing that happens at the receiver fills the queue.
//!
//! Parcels in, entries out: a parcel is one, or several where it is large beside the spool. While the disk is full or fails it
//! keeps the parcel it has and tries again; what is left at the end then is lost.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::settings::Retry;
use super::shared::Shared;
use super::store::Store;
use crate::courier::{Backoff, seed};
use crate::parcel::{Parcel, encode};
use crate::queue::{FULL, Taken, Wanted};
use crate::spool::{Disk, Error};
use crate::stats::{Numbers, Reason};

/// How long a disk that fails is left alone.
const RETRY: Retry = Retry { first: Duration::from_millis(200), most: Duration::from_secs(10) };
/// How long a wait without reason lasts.
const A_LONG_TIME: Duration = Duration::from_hours(1);

/// The body of the thread.
pub(crate) struct Mover<D: Disk> {
    shared: Arc<Shared>,
    store: Arc<Store<D>>,
    /// The parcel that is being moved, and how many of its messages are.
    hand: Option<(Taken, usize)>,
    backoff: Backoff,
    synced: Instant,
    entry: Vec<u8>,
}

impl<D: Disk> Mover<D> {
    /// Moves what is in the queue of `shared` to `store`.
    pub(crate) fn new(shared: Arc<Shared>, store: Arc<Store<D>>) -> Self {
        let (backoff, synced) = (Backoff::new(RETRY, seed()), shared.clock.now());
        Self { shared, store, hand: None, backoff, synced, entry: Vec::new() }
    }

    /// Works until the queue is over.
    pub(crate) fn run(mut self) {
        loop {
            let failed = self.move_all();
            self.sync_if_due();
            self.shared.stats.mover_cpu_ns.store(self.shared.clock.thread_cpu_ns(), Relaxed);
            if (self.hand.is_none() && self.shared.queue.is_over()) || (failed.is_some() && self.shared.is_too_late()) {
                break;
            }
            match failed {
                Some(time) => self.shared.queue.wait_for(Wanted::Nothing, self.until_end(time)),
                None => self.shared.queue.wait_for(Wanted::Parcels(1, usize::MAX), self.until_sync()),
            }
        }
        self.end();
    }

    /// Moves what there is. If that fails, how long to wait.
    pub(crate) fn move_all(&mut self) -> Option<Duration> {
        loop {
            if self.hand.is_none() {
                self.hand = Some((self.shared.queue.take()?, 0));
            }
            if self.move_one().is_err() {
                return Some(self.backoff.after_failure(None));
            }
            self.backoff.reset();
        }
    }

    /// Moves what is left of the parcel at hand.
    fn move_one(&mut self) -> Result<(), Error> {
        let Some((taken, mut from)) = self.hand.take() else { return Ok(()) };
        let most = self.store.habits().most;
        while from < taken.parcel.len() {
            let range = from..cut(&taken.parcel, from, most);
            let end = range.end;
            if let Err(error) = self.append(&taken, range) {
                self.hand = Some((taken, from));
                return Err(error);
            }
            from = end;
        }
        self.shared.queue.recycle(taken.parcel);
        Ok(())
    }

    /// Appends an entry. A message that is too large for the spool by itself is lost.
    fn append(&mut self, taken: &Taken, range: Range<usize>) -> Result<(), Error> {
        self.entry.clear();
        encode::encode(&taken.parcel, range.clone(), &mut self.entry);
        let (numbers, worth, size) = taken.parcel.sum(range.clone());
        let Some(books) = self.shared.books() else { return Ok(()) };
        match self.store.append(&self.entry, worth, numbers) {
            Ok(()) => {}
            Err(Error::TooLarge { .. }) => self.lose(&taken.parcel, &range, numbers),
            Err(error) => return Err(error),
        }
        self.shared.queue.release(size as u64, Some(taken.start + range.end as u64));
        drop(books);
        self.entry.shrink_to(2 * FULL);
        Ok(())
    }

    fn lose(&self, parcel: &Parcel, range: &Range<usize>, numbers: Numbers) {
        self.shared.stats.queued.minus(numbers);
        self.shared.stats.dropped(Reason::Failed).plus(numbers);
        self.shared.queue.lose_tickets(parcel.tickets_from(range.start).take(range.len()));
        self.shared.watcher.see(super::Change::Lost(Reason::Failed));
    }

    fn sync_if_due(&mut self) {
        let now = self.shared.clock.now();
        let every = self.store.sync_every();
        if every.is_some_and(|every| now.saturating_duration_since(self.synced) >= every) {
            self.store.sync();
            self.synced = now;
        }
    }

    /// How long to wait where nothing is to be done but to sync.
    fn until_sync(&self) -> Duration {
        let Some(every) = self.store.sync_every() else { return A_LONG_TIME };
        every
            .saturating_sub(self.shared.clock.now().saturating_duration_since(self.synced))
            .max(Duration::from_millis(1))
    }

    /// A wait that does not go beyond the end.
    fn until_end(&self, time: Duration) -> Duration {
        let left = self.shared.until().map(|until| until.saturating_duration_since(self.shared.clock.now()));
        left.map_or(time, |left| left.min(time))
    }

    /// Nothing more is moved: what is left is lost.
    fn end(&mut self) {
        self.store.sync();
        if let Some((taken, from)) = self.hand.take() {
            self.shared.queue.lose_tickets(taken.parcel.tickets_from(from));
        }
    }
}

/// Up to where messages from here on go into one entry of so many bytes at most: one at least.
fn cut(parcel: &Parcel, from: usize, most: usize) -> usize {
    if encode::encoded_len(parcel, from..parcel.len()) <= most {
        return parcel.len();
    }
    let fits = |end: &usize| encode::encoded_len(parcel, from..*end) <= most;
    (from + 2..=parcel.len()).take_while(fits).last().unwrap_or(from + 1)
}

impl<D: Disk> Drop for Mover<D> {
    fn drop(&mut self) {
        self.shared.lose_rest(Reason::End);
        self.store.close();
    }
}
