//! The spool as where messages come from: what is delivered from it is acknowledged, entry by entry, in order.
//!
//! What became of an entry's messages is counted when all of them are done with. An entry that is done with only in part at the
//! end stays, and comes again.

use std::time::Duration;

use super::lots::Lots;
use super::source::Source;
use super::work::Batch;
use crate::lane::Batching;
use crate::lane::shared::Shared;
use crate::lane::store::{Fate, Store, at_least};
use crate::parcel::{Parcel, encode};
use crate::queue::Wanted;
use crate::sink::Done;
use crate::spool::{self, Disk, Position};
use crate::stats::Numbers;

/// The spool of a lane, and which of its entries are at hand.
pub(super) struct Spooled<'a, D: Disk> {
    shared: &'a Shared,
    store: &'a Store<D>,
    lots: Lots<(Position, Fate)>,
    read: spool::Batch,
}

impl<'a, D: Disk> Spooled<'a, D> {
    pub(super) fn new(shared: &'a Shared, store: &'a Store<D>) -> Self {
        Self { shared, store, lots: Lots::new(), read: spool::Batch::default() }
    }

    /// Puts the messages of all entries that were read into `stock`. What are none is damaged.
    fn unpack(&mut self, stock: &mut Parcel) {
        for entry in self.read.entries() {
            let before = stock.len();
            let mut fate = Fate::default();
            if encode::decode(entry.payload, stock).is_err() {
                fate.damaged = at_least(entry.worth);
            }
            let numbers = stock.sum(before..stock.len()).0 + fate.damaged;
            self.store.learn(entry.position.sequence(), entry.worth, numbers);
            self.lots.push((entry.position, fate), stock.len() - before);
        }
    }

    /// Acknowledges the entries that are done with.
    fn ack(&mut self) {
        if let Some(books) = self.shared.books() {
            self.store.ack(std::iter::from_fn(|| self.lots.pop_done()));
            drop(books);
        }
    }
}

impl<D: Disk> Source for Spooled<'_, D> {
    fn take(&mut self, stock: &mut Parcel, limits: &Batching) -> bool {
        while self.store.read(limits.bytes, &mut self.read) {
            self.unpack(stock);
            if !stock.is_empty() {
                return true;
            }
            self.ack();
        }
        false
    }

    fn wait(&mut self, wanted: Wanted, time: Duration) {
        self.store.wait(wanted, time);
    }

    fn is_over(&self) -> bool {
        self.store.is_over()
    }

    fn settle(&mut self, batch: &Batch, done: &Done) {
        let mut at = 0;
        for (index, message) in batch.parcel.messages().enumerate().filter(|(index, _)| done.is_done(*index)) {
            let numbers = Numbers::of(1, message.label.worth, message.lines.len());
            let Some((found, lot)) = self.lots.find(batch.number(index), at) else { continue };
            lot.close_one();
            let fate = &mut lot.key.1;
            if done.is_acked(index) {
                fate.acked += numbers;
            } else {
                fate.refused += numbers;
            }
            at = found;
        }
        self.ack();
    }
}
