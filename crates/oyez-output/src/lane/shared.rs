//! What a lane's threads and its owner have in common.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::settings::{OnFull, Settings, Spooling};
use super::watcher::{Change, Watcher};
use super::{Error, Setup};
use crate::clock::Clock;
use crate::queue::Queue;
use crate::sink::{Kind, Patience, Sink, Site};
use crate::spool;
use crate::stats::{Reason, State, Stats};

/// What the courier is to do beside delivering.
pub(crate) enum Order {
    /// Have the sink open its target anew.
    Reopen,
    /// Go on with these settings, and with this sink if there is one.
    Change(Box<Settings>, Option<Box<dyn Sink>>),
}

/// Of one lane.
pub(crate) struct Shared {
    pub(crate) name: Arc<str>,
    pub(crate) host: Arc<str>,
    pub(crate) queue: Queue,
    pub(crate) stats: Arc<Stats>,
    pub(crate) watcher: Arc<dyn Watcher>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The end is to come at once: also breaks off a sink's waiting.
    pub(crate) hurry: Arc<AtomicBool>,
    settings: Mutex<Settings>,
    /// Where the courier waits for what is spooled, while there is a spool.
    store: Mutex<Option<Arc<dyn Shelf>>>,
    /// Each with the position all before which is to be done with first.
    orders: Mutex<VecDeque<(u64, Order)>>,
    /// Until when what waits may be delivered, once the end has begun.
    until: Arc<OnceLock<Instant>>,
    /// Whether nobody counts any more.
    abandoned: Mutex<bool>,
    /// Threads that work.
    running: Mutex<usize>,
    has_ended: Condvar,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Settings of the queue that belong to settings of the lane: its bound, and whether it drops the oldest.
fn of_queue(settings: &Settings) -> (u64, bool) {
    (settings.queue, settings.on_full == OnFull::DropOldest)
}

/// The spool of a lane, whatever disk it is on.
pub(crate) trait Shelf: Send + Sync {
    /// Who waits there is to look at something else.
    fn poke(&self);

    /// It has other bounds and habits.
    fn change(&self, spooling: &Spooling) -> Result<(), spool::Error>;
}

impl Shared {
    /// Makes what threads and owner have in common, and the sink.
    pub(crate) fn new(setup: Setup, store: Option<Arc<dyn Shelf>>, stats: Arc<Stats>) -> Self {
        let (bound, drops_oldest) = of_queue(&setup.settings);
        Self {
            name: setup.name,
            host: setup.host,
            queue: Queue::new(bound, drops_oldest, Arc::clone(&stats)),
            stats,
            watcher: setup.watcher,
            clock: setup.clock,
            hurry: Arc::default(),
            settings: Mutex::new(setup.settings),
            store: Mutex::new(store),
            orders: Mutex::default(),
            until: Arc::default(),
            abandoned: Mutex::default(),
            running: Mutex::default(),
            has_ended: Condvar::new(),
        }
    }

    /// The settings it goes by.
    pub(crate) fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    fn site(&self) -> Site {
        Site { name: Arc::clone(&self.name), host: Arc::clone(&self.host), stats: Arc::clone(&self.stats) }
    }

    pub(crate) fn reopen(&self) {
        self.order(Order::Reopen);
    }

    pub(crate) fn change(&self, settings: Settings, kind: Option<&dyn Kind>) -> Result<(), Error> {
        if self.has_ended() {
            return Err(Error::Ended);
        }
        let mut present = lock(&self.settings);
        let place = |settings: &Settings| settings.spool.as_ref().map(|spooling| spooling.path.clone());
        if place(&present) != place(&settings) {
            return Err(Error::OtherSpool);
        }
        let sink = kind.map(|kind| kind.open(&self.site())).transpose().map_err(Error::Sink)?;
        let store = lock(&self.store).clone();
        if let (Some(store), Some(spooling)) = (store, &settings.spool) {
            store.change(spooling).map_err(Error::Spool)?;
        }
        present.clone_from(&settings);
        drop(present);
        let (bound, drops_oldest) = of_queue(&settings);
        self.queue.set(bound, drops_oldest);
        self.order(Order::Change(Box::new(settings), sink));
        Ok(())
    }

    fn order(&self, order: Order) {
        // What is spooled is brought out in its own time.
        let position = if lock(&self.store).is_some() { 0 } else { self.queue.fence() };
        lock(&self.orders).push_back((position, order));
        self.poke();
    }

    /// The next order, if its time has come, or all that was handed over before is not to be waited for.
    pub(crate) fn next_order(&self, at_once: bool) -> Option<Order> {
        let mut orders = lock(&self.orders);
        let (position, _) = orders.front()?;
        if !at_once && !self.queue.is_safe(*position) {
            return None;
        }
        orders.pop_front().map(|(_, order)| order)
    }

    /// Has all threads look at what is new beside messages.
    pub(crate) fn poke(&self) {
        self.queue.poke();
        let store = lock(&self.store).clone();
        if let Some(store) = store {
            store.poke();
        }
    }

    pub(crate) fn hurry(&self) {
        self.hurry.store(true, Ordering::Relaxed);
        self.poke();
    }

    pub(crate) fn begin_end(&self, until: Instant) {
        // The first word counts.
        let _ = self.until.set(until);
        self.queue.close();
        self.poke();
    }

    pub(crate) fn begin_end_unless_begun(&self) {
        if self.until.get().is_none() {
            let now = self.clock.now();
            self.begin_end(now.checked_add(self.settings().timeout).unwrap_or(now));
        }
    }

    /// Until when what waits may be delivered: `None` while there is no end.
    pub(crate) fn until(&self) -> Option<Instant> {
        self.until.get().copied()
    }

    /// Whether the end has begun and is to come now.
    pub(crate) fn is_too_late(&self) -> bool {
        self.until().is_some_and(|until| self.hurry.load(Ordering::Relaxed) || self.clock.now() >= until)
    }

    /// How long a sink may take for one call.
    pub(crate) fn patience(&self, timeout: Duration) -> Patience {
        let now = self.clock.now();
        let until = now.checked_add(timeout).unwrap_or(now);
        Patience::new(until, Arc::clone(&self.hurry)).before(Arc::clone(&self.until))
    }

    /// Held while something is counted; `None` if nothing is to be counted any more.
    pub(crate) fn books(&self) -> Option<MutexGuard<'_, bool>> {
        Some(lock(&self.abandoned)).filter(|abandoned| !**abandoned)
    }

    /// Nobody takes from the queue any more: what is left in memory is lost for this reason.
    pub(crate) fn lose_rest(&self, reason: Reason) {
        let Some(books) = self.books() else { return };
        let lost = self.drop_queued(reason);
        drop(books);
        if lost {
            self.watcher.see(Change::Lost(reason));
        }
    }

    /// Drops what waits in the queue or was taken from it. Whether there was anything.
    fn drop_queued(&self, reason: Reason) -> bool {
        let waited = self.queue.leave(reason);
        let at_hand = self.stats.queued.get();
        self.stats.queued.minus(at_hand);
        self.stats.dropped(reason).plus(at_hand);
        !waited.is_zero() || !at_hand.is_zero()
    }

    /// Has the threads that still work count no more, and counts what they have.
    pub(crate) fn abandon(&self) {
        self.hurry();
        let mut abandoned = lock(&self.abandoned);
        if *abandoned || self.has_ended() {
            return;
        }
        *abandoned = true;
        let lost = self.drop_queued(Reason::End);
        drop(abandoned);
        if lost {
            self.watcher.see(Change::Lost(Reason::End));
        }
    }

    /// One more thread works.
    pub(crate) fn enter(&self) {
        *lock(&self.running) += 1;
    }

    /// A thread has ended. With the last one the spool is free for another lane.
    pub(crate) fn leave(&self) {
        let mut running = lock(&self.running);
        if *running == 1 {
            *lock(&self.store) = None;
            self.stats.health.set(State::Ended);
            self.watcher.see(Change::Ended);
            self.has_ended.notify_all();
        }
        *running = running.saturating_sub(1);
    }

    pub(crate) fn has_ended(&self) -> bool {
        *lock(&self.running) == 0
    }

    /// Waits for so long that all threads have ended; whether they have.
    pub(crate) fn wait_ended(&self, time: Duration) -> bool {
        let running = lock(&self.running);
        let waited = self.has_ended.wait_timeout_while(running, time, |running| *running > 0);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
