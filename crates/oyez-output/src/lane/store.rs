//! The spool of a lane, between the thread that fills it and the thread that delivers from it.
//!
//! Encoded parcels in, entries and their positions out; what the spool says it lost is counted here, at once, for its reason.
//! An error costs nothing but time: what could not be appended is the caller's still.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::settings::Spooling;
use super::shared::Shelf;
use super::watcher::{Change, Watcher};
use crate::queue::{FULL, Wanted};
use crate::spool::{Batch, Count, Disk, Error, Position, Recovered, Spool, Sync, Worth};
use crate::stats::{Numbers, Reason, Stats};

/// A spool that two threads share.
pub(crate) struct Store<D: Disk> {
    state: Mutex<State<D>>,
    for_courier: Condvar,
    stats: Arc<Stats>,
    watcher: Arc<dyn Watcher>,
}

struct State<D: Disk> {
    spool: Spool<D>,
    /// The last entry of a run before.
    carried: u64,
    /// The last entry that was read.
    seen: u64,
    /// Bytes of lines that were appended in this run and not read, roughly.
    unread_bytes: usize,
    /// What was lost last.
    last_loss: Reason,
    habits: Habits,
    /// What fails, by [`Deed`].
    fails: [bool; 4],
    is_dirty: bool,
    is_poked: bool,
    /// Nothing more is appended.
    is_closed: bool,
}

/// What the mover goes by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// Bytes of an entry above which a parcel is cut.
    pub(crate) most: usize,
    /// How often it is synced while something is appended, if it is to be.
    pub(crate) sync_every: Option<Duration>,
}

/// An entry takes at most this part of the spool.
const SHARE: u64 = 16;

impl Habits {
    fn of(spooling: &Spooling) -> Self {
        let share = usize::try_from(spooling.settings.bytes / SHARE).unwrap_or(usize::MAX);
        let sync_every = (spooling.settings.sync == Sync::Interval).then_some(spooling.sync_every);
        Self { most: share.clamp(1, 2 * FULL), sync_every }
    }
}

/// What is done to a spool and may fail.
#[derive(Clone, Copy)]
enum Deed {
    Append,
    Sync,
    Read,
    Ack,
}

/// What became of an entry's messages.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fate {
    /// What the receiver has.
    pub(crate) acked: Numbers,
    /// What it will never take.
    pub(crate) refused: Numbers,
    /// What could not be decoded.
    pub(crate) damaged: Numbers,
}

impl<D: Disk> Store<D> {
    /// Takes over a spool that was just opened; counts what it holds and what it does not any more.
    pub(crate) fn new(
        (spool, recovered): (Spool<D>, Recovered),
        spooling: &Spooling,
        stats: Arc<Stats>,
        watcher: Arc<dyn Watcher>,
    ) -> Self {
        let (held, missing) = (Numbers::at_least(recovered.held), Numbers::at_least(recovered.missing));
        stats.carried.plus(held + missing);
        stats.spooled.plus(held);
        stats.dropped(Reason::Missing).plus(missing);
        stats.spool_bytes.store(spool.bytes(), Relaxed);
        if !recovered.missing.is_zero() {
            watcher.see(Change::Lost(Reason::Missing));
        }
        let carried = spool.oldest().map_or(0, |oldest| oldest + recovered.held.entries - 1);
        let state = State {
            spool,
            carried,
            seen: 0,
            unread_bytes: 0,
            last_loss: Reason::Missing,
            habits: Habits::of(spooling),
            fails: [false; 4],
            is_dirty: false,
            is_poked: false,
            is_closed: false,
        };
        Self { state: Mutex::new(state), for_courier: Condvar::new(), stats, watcher }
    }

    /// Appends an entry: messages of the queue, which are in the spool then.
    ///
    /// # Errors
    /// Those of [`Spool::append`]; nothing changed then but what was evicted.
    pub(crate) fn append(&self, payload: &[u8], worth: Worth, numbers: Numbers) -> Result<(), Error> {
        let mut state = self.lock();
        let result = state.spool.append(payload, worth);
        if !matches!(result, Err(Error::TooLarge { .. })) {
            self.note(&mut state, Deed::Append, result.as_ref().err());
        }
        if result.is_ok() {
            self.stats.queued.minus(numbers);
            self.stats.spooled.plus(numbers);
            state.is_dirty = true;
            state.unread_bytes = state.unread_bytes.saturating_add(payload.len());
        }
        self.count(&mut state);
        drop(state);
        if result.is_ok() {
            self.for_courier.notify_all();
        }
        result.map(drop)
    }

    /// What the mover goes by.
    pub(crate) fn habits(&self) -> Habits {
        self.lock().habits
    }

    /// How often it is to be synced, if something was appended since that was last done.
    pub(crate) fn sync_every(&self) -> Option<Duration> {
        let state = self.lock();
        state.habits.sync_every.filter(|_| state.is_dirty)
    }

    /// Makes sure that all is on disk for good. Whether it is.
    pub(crate) fn sync(&self) -> bool {
        let mut state = self.lock();
        let result = state.spool.sync();
        self.note(&mut state, Deed::Sync, result.as_ref().err());
        state.is_dirty &= result.is_err();
        self.count(&mut state);
        result.is_ok()
    }

    /// Nothing more is appended.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.for_courier.notify_all();
    }

    /// Whether nothing more is appended and all was read.
    pub(crate) fn is_over(&self) -> bool {
        let state = self.lock();
        state.is_closed && state.spool.unread().entries == 0
    }

    /// Reads the next entries, of about so many bytes together. Whether there are any.
    pub(crate) fn read(&self, bytes: usize, batch: &mut Batch) -> bool {
        let mut state = self.lock();
        let result = state.spool.read(bytes, batch);
        self.note(&mut state, Deed::Read, result.as_ref().err());
        let read = batch.payloads().len();
        state.unread_bytes = state.unread_bytes.saturating_sub(read);
        self.count(&mut state);
        result.unwrap_or(false)
    }

    /// An entry was read and held this: if it is of a run before it becomes known only now.
    pub(crate) fn learn(&self, sequence: u64, worth: Worth, numbers: Numbers) {
        let mut state = self.lock();
        if sequence > state.seen {
            state.seen = sequence;
            if sequence <= state.carried {
                let more = numbers.beyond(at_least(worth));
                self.stats.carried.plus(more);
                self.stats.spooled.plus(more);
            }
        }
    }

    /// All entries up to the last of these are done with. One that was evicted meanwhile is counted as that already.
    pub(crate) fn ack(&self, entries: impl Iterator<Item = (Position, Fate)>) {
        let mut state = self.lock();
        let oldest = state.spool.oldest();
        let mut last = None;
        for (position, fate) in entries {
            last = Some(position);
            if oldest.is_some_and(|oldest| position.sequence() >= oldest) {
                self.stats.spooled.minus(fate.acked + fate.refused + fate.damaged);
                self.stats.acked.plus(fate.acked);
                self.stats.dropped(Reason::Refused).plus(fate.refused);
                self.stats.dropped(Reason::Damaged).plus(fate.damaged);
            }
        }
        let Some(last) = last else { return };
        let result = state.spool.ack(last);
        self.note(&mut state, Deed::Ack, result.as_ref().err());
        self.count(&mut state);
    }

    /// Waits until as much was appended as is `wanted`, roughly, something else is to be looked at, nothing more comes and that is
    /// wanted, or the time is over.
    pub(crate) fn wait(&self, wanted: Wanted, time: Duration) {
        let state = self.lock();
        let over = |state: &State<D>| state.is_poked || state.is_enough(wanted);
        let waited = self.for_courier.wait_timeout_while(state, time, |state| !over(state));
        waited.unwrap_or_else(PoisonError::into_inner).0.is_poked = false;
    }

    /// Counts what the spool says it lost. When it is empty, what it still should hold is in that.
    fn count(&self, state: &mut State<D>) {
        let losses = state.spool.losses();
        for (reason, count) in [(Reason::Evicted, losses.evicted), (Reason::Damaged, losses.damaged)] {
            if !count.is_zero() {
                self.lose(reason, Numbers::at_least(count));
                state.last_loss = reason;
            }
        }
        self.stats.spool_bytes.store(state.spool.bytes(), Relaxed);
        if state.spool.held().is_zero() {
            let rest = self.stats.spooled.get();
            if !rest.is_zero() {
                self.lose(state.last_loss, rest);
            }
        }
    }

    fn lose(&self, reason: Reason, numbers: Numbers) {
        self.stats.spooled.minus(numbers);
        self.stats.dropped(reason).plus(numbers);
        self.watcher.see(Change::Lost(reason));
    }

    /// Tells when the first of its deeds fails, and when none does any more.
    fn note(&self, state: &mut State<D>, deed: Deed, error: Option<&Error>) {
        let failed = state.fails.contains(&true);
        state.fails[deed as usize] = error.is_some();
        if let Some(error) = error {
            self.stats.spool_failures.fetch_add(1, Relaxed);
            if !failed {
                self.watcher.see(Change::SpoolFails(&told(error)));
            }
        } else if failed && !state.fails.contains(&true) {
            self.watcher.see(Change::SpoolWorks);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<D>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: Disk> State<D> {
    fn is_enough(&self, wanted: Wanted) -> bool {
        // What cannot be read now is tried again in a while.
        let Wanted::Parcels(messages, bytes) = wanted else { return false };
        if self.fails[Deed::Read as usize] {
            return false;
        }
        let unread = self.spool.unread();
        self.is_closed
            || (messages <= 1 && unread.entries > 0)
            || is_more(unread, messages)
            || self.unread_bytes >= bytes
    }
}

fn is_more(unread: Count, messages: usize) -> bool {
    unread.events >= messages as u64 && unread.entries > 0
}

/// What an entry certainly is, from what it is worth.
pub(crate) fn at_least(worth: Worth) -> Numbers {
    Numbers::at_least(Count { entries: 1, events: worth.events.into(), records: worth.records.into() })
}

fn told(error: &Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

impl<D: Disk + Send> Shelf for Store<D>
where
    D::File: Send,
{
    fn poke(&self) {
        self.lock().is_poked = true;
        self.for_courier.notify_all();
    }

    fn change(&self, spooling: &Spooling) -> Result<(), Error> {
        let mut state = self.lock();
        state.spool.change(spooling.settings)?;
        state.habits = Habits::of(spooling);
        Ok(())
    }
}
