//! A story that is played on disks that fail or lose power, and what must be true of its spool afterwards.

use std::collections::VecDeque;

use super::super::{Batch, Count, Losses, Recovered, Simulated, Spool, Sync};
use super::{append, id, worth};

/// What happened in the story, as those saw it who used the spool.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// Numbers that were appended without an error, in order.
    pub(super) appended: Vec<u64>,
    /// Of these the first so many were said to be on disk for good.
    pub(super) durable: usize,
    /// All up to this number were acknowledged, or it was tried.
    pub(super) acked: u64,
    pub(super) told: Losses,
    /// Appended, neither acknowledged nor told as evicted.
    held: VecDeque<u64>,
    /// The process ends at the first error, and tells nobody anything after it.
    is_mortal: bool,
    /// A sync failed, after which none says anything about what was written before.
    is_doubtful: bool,
    next: u64,
}

impl Story {
    pub(super) fn mortal() -> Self {
        Self { is_mortal: true, ..Self::default() }
    }

    /// Plays everything, errors or not: fills the spool, falls behind, catches up, fails deliveries, ends half acknowledged.
    pub(super) fn play(&mut self, spool: &mut Spool<Simulated>, sync: Sync) {
        for round in 0..6 {
            for _ in 0..[9, 3, 40, 6, 2, 11][round] {
                self.append(spool, sync);
            }
            self.deliver(spool, [400, 1200, 300, 6000, 0, 900][round], round % 2 == 0);
            if round % 3 == 1 {
                spool.rewind();
            }
            self.sync(spool, sync);
            self.deliver(spool, 200, true);
        }
        self.append(spool, sync);
    }

    fn append(&mut self, spool: &mut Spool<Simulated>, sync: Sync) {
        self.next += 1;
        let appended = append(spool, self.next);
        self.is_doubtful |= appended.is_err();
        if appended.is_ok() {
            self.appended.push(self.next);
            self.held.push_back(self.next);
            self.durable = if sync == Sync::Each { self.appended.len() } else { self.durable };
        }
        if appended.is_ok() || !self.is_mortal {
            self.told(spool);
        }
    }

    fn sync(&mut self, spool: &mut Spool<Simulated>, sync: Sync) {
        self.is_doubtful |= spool.sync().is_err();
        if sync == Sync::Interval && !self.is_doubtful {
            self.durable = self.appended.len();
        }
    }

    fn deliver(&mut self, spool: &mut Spool<Simulated>, most: usize, is_received: bool) {
        let mut batch = Batch::default();
        if spool.read(most, &mut batch).is_err() {
            let _again = spool.read(most, &mut batch);
        }
        let ids: Vec<u64> = batch.entries().map(|entry| id(&entry)).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        if let (Some(last), true) = (ids.last(), is_received) {
            self.acked = self.acked.max(*last);
            self.held.retain(|id| id > last);
            let _tried = spool.ack(batch.position().unwrap());
        }
        self.told(spool);
    }

    fn told(&mut self, spool: &mut Spool<Simulated>) {
        let Losses { evicted, damaged } = spool.losses();
        self.told.evicted += evicted;
        let mut gone = Count::default();
        while gone.entries < evicted.entries {
            gone += Count::one(worth(self.held.pop_front().expect("something to evict")));
        }
        assert_eq!(gone, evicted);
        self.told.damaged += damaged;
    }

    /// Everything that must come out after a restart does: what is for good on disk and not acknowledged, but for the oldest
    /// as far as these are counted as lost; in order; and nothing that was never appended ([`id`] sees to that).
    pub(super) fn comes_out(&self, handed_out: &[u64], recovered: &Recovered) {
        assert!(handed_out.is_sorted_by(|one, other| one < other), "out of order: {handed_out:?}");
        let durable = &self.appended[..self.durable];
        let due: Vec<u64> = self.held.iter().copied().filter(|id| durable.contains(id) && *id > self.acked).collect();
        let missing: Vec<u64> = due.iter().copied().filter(|id| handed_out.binary_search(id).is_err()).collect();
        assert!(due.starts_with(&missing), "not the oldest: {missing:?} of {due:?}");
        let mut gone = Count::default();
        for id in &missing {
            gone += Count::one(worth(*id));
        }
        let counted = recovered.missing;
        let is_counted =
            gone.entries <= counted.entries && gone.events <= counted.events && gone.records <= counted.records;
        assert!(is_counted, "{missing:?} missing, {gone:?} of {counted:?}");
    }
}
