//! The queue as the pipeline sees it.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::state::{Item, Phase, State};
use super::{MARKS, MERGED, Queue, TICKETS};
use crate::parcel::Parcel;
use crate::stats::{Numbers, Reason};

/// What became of a parcel that was handed over.
#[must_use = "a parcel that was not taken is still the caller's"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handed {
    /// It was taken: the parcel is empty now.
    Taken,
    /// There is no room: the parcel is as it was, and not counted anywhere.
    Full,
    /// Nobody takes any more: the parcel is as it was, and not counted anywhere.
    Gone,
}

/// How long a wait without end lasts before it is gone on with.
const A_LONG_TIME: Duration = Duration::from_hours(1);

impl Queue {
    /// Hands over the messages of a parcel, which is empty then. It never waits. Says whether older ones were dropped.
    pub(crate) fn hand(&self, parcel: &mut Parcel) -> (Handed, bool) {
        if parcel.is_empty() {
            return (Handed::Taken, false);
        }
        let mut state = self.lock();
        if state.phase == Phase::Gone {
            return (Handed::Gone, false);
        }
        let size = parcel.size() as u64;
        let dropped = self.drops_oldest.load(Ordering::Relaxed) && self.make_room(&mut state, size);
        if self.fill() >= self.bound() {
            return (Handed::Full, dropped);
        }
        let numbers = Numbers::of(parcel.len(), parcel.worth(), parcel.lines().len());
        self.stats.taken.plus(numbers);
        self.stats.queued.plus(numbers);
        self.handed.fetch_add(size, Ordering::Relaxed);
        put(&mut state, parcel);
        self.wake_taker(state);
        (Handed::Taken, dropped)
    }

    /// Drops parcels from the oldest on until there is room for so many bytes, or none waits.
    fn make_room(&self, state: &mut State, size: u64) -> bool {
        let mut dropped = false;
        while self.fill() + size > self.bound() {
            let Some(item) = state.pop() else { break };
            let parcel = item.parcel;
            let numbers = Numbers::of(parcel.len(), parcel.worth(), parcel.lines().len());
            self.drop_tickets(state, parcel.tickets());
            self.stats.queued.minus(numbers);
            self.stats.dropped(Reason::Queue).plus(numbers);
            self.done.fetch_add(parcel.size() as u64, Ordering::Release);
            state.keep(parcel);
            dropped = true;
        }
        dropped
    }

    /// Keeps the tickets of lost messages for who asks.
    pub(super) fn drop_tickets(&self, state: &mut State, tickets: impl Iterator<Item = u32>) {
        let room = TICKETS.saturating_sub(state.tickets.len());
        state.tickets.extend(tickets.take(room));
        self.has_tickets.store(!state.tickets.is_empty(), Ordering::Release);
    }

    pub(super) fn wake_taker(&self, state: MutexGuard<'_, State>) {
        let wakes = state.is_poked || state.phase > Phase::Open || state.is_enough();
        drop(state);
        if wakes {
            self.for_taker.notify_all();
        }
    }

    /// Has the taker look at something else than parcels.
    pub(crate) fn poke(&self) {
        let mut state = self.lock();
        state.is_poked = true;
        self.wake_taker(state);
    }

    /// Nothing more comes.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.phase = state.phase.max(Phase::Closed);
        self.wake_taker(state);
    }

    /// The position of the next message.
    pub(crate) fn handed(&self) -> u64 {
        self.lock().handed
    }

    /// The position of the next message, before which and from which on parcels stay apart.
    pub(crate) fn fence(&self) -> u64 {
        let mut state = self.lock();
        state.fence = state.handed;
        state.handed
    }

    /// Whether all before this position is safe.
    pub(crate) fn is_safe(&self, position: u64) -> bool {
        self.lock().safe >= position
    }

    /// Once all that was handed over so far is safe, so is what this number stands for.
    pub(crate) fn note(&self, mark: u64) {
        let mut state = self.lock();
        let handed = state.handed;
        if state.safe >= handed {
            return self.settled.store(mark, Ordering::Release);
        }
        let is_full = state.marks.len() >= MARKS;
        match state.marks.back_mut() {
            Some(last) if is_full || last.0 == handed => *last = (handed, mark),
            _ => state.marks.push_back((handed, mark)),
        }
    }

    /// The tickets of messages that were lost since the last call.
    pub(crate) fn lost_tickets(&self) -> Vec<u32> {
        if !self.has_tickets.swap(false, Ordering::AcqRel) {
            return Vec::new();
        }
        std::mem::take(&mut self.lock().tickets)
    }

    /// Waits until less than so many bytes are held, for so long at most if there is a `time`; whether it is so.
    pub(crate) fn wait_below(&self, bytes: u64, time: Option<Duration>) -> bool {
        self.wait(time, |_| self.fill() < bytes)
    }

    /// Waits until all before this position is safe, for so long at most if there is a `time`; whether it is so.
    pub(crate) fn wait_safe(&self, position: u64, time: Option<Duration>) -> bool {
        self.wait(time, |state| state.safe >= position)
    }

    /// Waits until it is `so`, or nobody takes any more.
    fn wait(&self, time: Option<Duration>, so: impl Fn(&State) -> bool) -> bool {
        let end = time.and_then(|time| Instant::now().checked_add(time));
        let mut state = self.lock();
        while !so(&state) && state.phase < Phase::Gone {
            let left = end.map_or(A_LONG_TIME, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                break;
            }
            state.is_waited_for = true;
            let waited = self.for_giver.wait_timeout(state, left);
            state = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        state.is_waited_for = false;
        so(&state)
    }
}

/// Puts a parcel behind the others, or its messages into the last of them; it is empty then.
fn put(state: &mut State, parcel: &mut Parcel) {
    let (messages, bytes) = (parcel.len(), parcel.lines().len());
    let is_fenced = state.fence == state.handed;
    match state.waiting.back_mut() {
        Some(last) if !is_fenced && last.parcel.lines().len() + bytes <= MERGED => {
            last.parcel.append(parcel);
            parcel.clear(super::FULL + super::LINE);
        }
        _ => {
            let empty = state.spare.pop().unwrap_or_else(super::parcel);
            let (start, parcel) = (state.handed, std::mem::replace(parcel, empty));
            state.waiting.push_back(Item { start, parcel });
        }
    }
    state.handed += messages as u64;
    state.waiting_messages += messages;
    state.waiting_bytes += bytes;
}
