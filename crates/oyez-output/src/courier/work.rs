//! What the courier has at hand: a stock that it took, and the batch that it delivers.
//!
//! A stock that fits goes as it is, without being copied; a larger one is cut, smaller ones are put together where a batch
//! waits for more. What a delivery left open is delivered again, alone. Messages are numbered in the order they are taken.

use super::pace::Gathered;
use super::source::Source;
use crate::lane::Batching;
use crate::parcel::Parcel;
use crate::queue::{self, FULL, LINE};
use crate::sink::Done;

/// Messages that are given to the sink together.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) parcel: Parcel,
    /// The number of the first message, while they follow each other.
    first: u64,
    /// The number of each, once some of them are done with.
    numbers: Vec<u64>,
    /// Whether it was given to the sink before.
    pub(super) was_given: bool,
}

impl Batch {
    /// The number of the message at this place.
    pub(super) fn number(&self, index: usize) -> u64 {
        self.numbers.get(index).copied().unwrap_or(self.first + index as u64)
    }

    /// The numbers of all, if they follow each other.
    pub(super) fn range(&self) -> Option<(u64, u64)> {
        self.numbers.is_empty().then_some((self.first, self.first + self.parcel.len() as u64))
    }
}

/// Stock and batch.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) batch: Batch,
    stock: Parcel,
    /// So many messages of the stock are in the batch, or done with.
    used: usize,
    /// The number of the next message that goes into the batch.
    next: u64,
    /// Nothing more goes into the batch.
    is_full: bool,
}

impl Work {
    pub(super) fn new() -> Self {
        let batch = Batch { parcel: queue::parcel(), first: 0, numbers: Vec::new(), was_given: false };
        Self { batch, stock: queue::parcel(), used: 0, next: 0, is_full: false }
    }

    /// Whether nothing is at hand.
    pub(super) fn is_empty(&self) -> bool {
        self.batch.parcel.is_empty() && self.used >= self.stock.len()
    }

    /// What is gathered.
    pub(super) fn gathered(&self) -> Gathered {
        let (messages, bytes) = (self.batch.parcel.len(), self.batch.parcel.lines().len());
        Gathered { messages, bytes, is_full: self.is_full }
    }

    /// Fills the batch from the source, as far as it goes.
    pub(super) fn fill(&mut self, source: &mut impl Source, limits: &Batching) {
        while !self.is_full && !self.batch.was_given {
            if self.used >= self.stock.len() {
                self.stock.clear(FULL + LINE);
                self.used = 0;
                if (limits.time.is_zero() && !self.batch.parcel.is_empty()) || !source.take(&mut self.stock, limits) {
                    return;
                }
            }
            self.load(limits);
        }
    }

    /// Brings messages from the stock to the batch, as many as fit.
    fn load(&mut self, limits: &Batching) {
        let fits = self.fitting(limits);
        if self.batch.parcel.is_empty() {
            self.batch.first = self.next;
            if self.used == 0 && fits == self.stock.len() {
                std::mem::swap(&mut self.batch.parcel, &mut self.stock);
                self.next += fits as u64;
                return self.see_limits(limits);
            }
        }
        self.batch.parcel.append_some(&self.stock, self.used..self.used + fits);
        self.used += fits;
        self.next += fits as u64;
        self.is_full = self.used < self.stock.len();
        self.see_limits(limits);
    }

    fn see_limits(&mut self, limits: &Batching) {
        let parcel = &self.batch.parcel;
        self.is_full |= parcel.len() >= limits.events || parcel.lines().len() >= limits.bytes;
    }

    /// How many of the messages that are left in the stock fit into the batch: one at least if that is empty.
    fn fitting(&self, limits: &Batching) -> usize {
        let batch = &self.batch.parcel;
        let (room, mut bytes) = (limits.events.saturating_sub(batch.len()), batch.lines().len());
        let left = self.stock.len() - self.used;
        if batch.is_empty() && self.used == 0 && left <= room && self.stock.lines().len() <= limits.bytes {
            return left;
        }
        let fits = |index: &usize| {
            bytes += self.stock.get(self.used + index).map_or(0, |message| message.lines.len());
            bytes <= limits.bytes
        };
        let count = (0..left.min(room)).take_while(fits).count();
        if batch.is_empty() { count.max(1).min(left) } else { count }
    }

    /// Takes what is done with out of the batch. Whether nothing is left of it.
    pub(super) fn strip(&mut self, done: &Done) -> bool {
        self.batch.was_given = true;
        if done.is_complete() {
            self.batch.parcel.clear(FULL + LINE);
            self.batch.numbers.clear();
            (self.batch.was_given, self.is_full) = (false, false);
            return true;
        }
        let batch = &mut self.batch;
        let messages = batch.parcel.len();
        if done.is_begun() {
            let open: Vec<usize> = (0..messages).filter(|index| !done.is_done(*index)).collect();
            let mut rest = queue::parcel();
            for &index in &open {
                rest.append_some(&batch.parcel, index..index + 1);
            }
            batch.numbers = open.iter().map(|index| batch.number(*index)).collect();
            batch.parcel = rest;
        }
        self.is_full = true;
        false
    }

    /// The tickets of all that is at hand.
    pub(super) fn tickets(&self) -> impl Iterator<Item = u32> {
        self.batch.parcel.tickets().chain(self.stock.tickets_from(self.used))
    }
}
