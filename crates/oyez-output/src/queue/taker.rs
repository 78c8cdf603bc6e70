//! The queue as the thread of an output sees it.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Queue;
use super::state::{NOTHING, Phase, State};
use crate::parcel::Parcel;
use crate::stats::{Numbers, Reason};

/// A parcel that was taken out.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The position of its first message.
    pub(crate) start: u64,
    /// It.
    pub(crate) parcel: Parcel,
}

/// How much has to wait before the taker is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// So many messages, or so many bytes of lines.
    Parcels(usize, usize),
    /// Whatever there is, it is not looked at now.
    Nothing,
}

impl Queue {
    /// Takes the oldest parcel out, if one waits.
    pub(crate) fn take(&self) -> Option<Taken> {
        let item = self.lock().pop()?;
        Some(Taken { start: item.start, parcel: item.parcel })
    }

    /// Waits until as much is there as is `wanted`, something else is to be looked at, nothing more comes and that is wanted,
    /// or the time is over.
    pub(crate) fn wait_for(&self, wanted: Wanted, time: Duration) {
        let mut state = self.lock();
        state.wanted = match wanted {
            Wanted::Parcels(messages, bytes) => (messages, bytes),
            Wanted::Nothing => NOTHING,
        };
        let over = |state: &State| {
            state.is_poked || state.is_enough() || (state.phase > Phase::Open && wanted != Wanted::Nothing)
        };
        if !over(&state) {
            let waited = self.for_taker.wait_timeout_while(state, time, |state| !over(state));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.wanted = NOTHING;
        state.is_poked = false;
    }

    /// Whether nothing waits and nothing more comes.
    pub(crate) fn is_over(&self) -> bool {
        let state = self.lock();
        state.phase > Phase::Open && state.waiting.is_empty()
    }

    /// Of what was taken out so many bytes (as [`Parcel::size`] counts) are done with; with `upto`, all before that position
    /// is, and with the highest there is, all that was taken out.
    pub(crate) fn release(&self, bytes: u64, upto: Option<u64>) {
        self.done.fetch_add(bytes, Ordering::Release);
        let mut state = self.lock();
        if let Some(upto) = upto {
            let upto = upto.min(state.front());
            self.settle(&mut state, upto);
        }
        if state.is_waited_for {
            self.for_giver.notify_all();
        }
    }

    fn settle(&self, state: &mut State, upto: u64) {
        if let Some(mark) = state.settle(upto) {
            self.settled.store(mark, Ordering::Release);
        }
    }

    /// Gives back a parcel that is done with, to be filled again.
    pub(crate) fn recycle(&self, parcel: Parcel) {
        self.lock().keep(parcel);
    }

    /// These messages were lost.
    pub(crate) fn lose_tickets(&self, tickets: impl Iterator<Item = u32>) {
        let mut tickets = tickets.peekable();
        if tickets.peek().is_some() {
            let mut state = self.lock();
            self.drop_tickets(&mut state, tickets);
        }
    }

    /// Nobody takes any more: what waits is dropped for this reason. What it comes to.
    pub(crate) fn leave(&self, reason: Reason) -> Numbers {
        let mut state = self.lock();
        state.phase = Phase::Gone;
        let mut lost = Numbers::default();
        while let Some(item) = state.pop() {
            let parcel = item.parcel;
            lost += Numbers::of(parcel.len(), parcel.worth(), parcel.lines().len());
            self.drop_tickets(&mut state, parcel.tickets());
            self.done.fetch_add(parcel.size() as u64, Ordering::Release);
        }
        self.stats.queued.minus(lost);
        self.stats.dropped(reason).plus(lost);
        let handed = state.handed;
        self.settle(&mut state, handed);
        drop(state);
        self.for_giver.notify_all();
        lost
    }
}
