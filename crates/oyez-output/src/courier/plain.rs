//! The queue as where messages come from: what is delivered from it is gone.

use std::time::Duration;

use super::lots::Lots;
use super::source::Source;
use super::work::Batch;
use crate::lane::Batching;
use crate::lane::shared::Shared;
use crate::parcel::Parcel;
use crate::queue::Wanted;
use crate::sink::Done;
use crate::stats::{Numbers, Reason};

/// The queue of a lane, and which of its parcels are at hand.
pub(super) struct Plain<'a> {
    shared: &'a Shared,
    /// By the position of their first message.
    lots: Lots<u64>,
}

impl<'a> Plain<'a> {
    pub(super) fn new(shared: &'a Shared) -> Self {
        Self { shared, lots: Lots::new() }
    }

    /// Counts what is done with; returns what that frees, in bytes.
    fn count(&self, parcel: &Parcel, done: &Done) -> u64 {
        let (acked, refused, size) = tally(parcel, done);
        let stats = &self.shared.stats;
        stats.queued.minus(acked + refused);
        stats.acked.plus(acked);
        stats.dropped(Reason::Refused).plus(refused);
        size as u64
    }

    fn close(&mut self, batch: &Batch, done: &Done) {
        if let Some((from, to)) = batch.range().filter(|_| done.is_complete()) {
            return self.lots.close_range(from, to);
        }
        let mut at = 0;
        for index in (0..batch.parcel.len()).filter(|index| done.is_done(*index)) {
            if let Some((found, lot)) = self.lots.find(batch.number(index), at) {
                lot.close_one();
                at = found;
            }
        }
    }
}

impl Source for Plain<'_> {
    fn take(&mut self, stock: &mut Parcel, _: &Batching) -> bool {
        let Some(taken) = self.shared.queue.take() else { return false };
        self.lots.push(taken.start, taken.parcel.len());
        self.shared.queue.recycle(std::mem::replace(stock, taken.parcel));
        true
    }

    fn wait(&mut self, wanted: Wanted, time: Duration) {
        self.shared.queue.wait_for(wanted, time);
    }

    fn is_over(&self) -> bool {
        self.shared.queue.is_over()
    }

    fn settle(&mut self, batch: &Batch, done: &Done) {
        let Some(books) = self.shared.books() else { return };
        let freed = self.count(&batch.parcel, done);
        self.close(batch, done);
        let mut upto = None;
        while self.lots.pop_done().is_some() {
            upto = Some(self.lots.front().copied().unwrap_or(u64::MAX));
        }
        self.shared.queue.release(freed, upto);
        drop(books);
    }
}

/// What was acknowledged and what refused, and the size of both.
fn tally(parcel: &Parcel, done: &Done) -> (Numbers, Numbers, usize) {
    if done.is_all_acked() {
        let numbers = Numbers::of(parcel.len(), parcel.worth(), parcel.lines().len());
        return (numbers, Numbers::default(), parcel.size());
    }
    let (mut acked, mut refused, mut size) = (Numbers::default(), Numbers::default(), 0);
    for (index, message) in parcel.messages().enumerate().filter(|(index, _)| done.is_done(*index)) {
        let numbers = Numbers::of(1, message.label.worth, message.lines.len());
        size += message.size();
        if done.is_acked(index) {
            acked += numbers;
        } else {
            refused += numbers;
        }
    }
    (acked, refused, size)
}
