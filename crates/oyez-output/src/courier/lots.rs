//! What was taken at once is done with at once: lots of messages, in order, and how many of each are still open.
//!
//! Messages are numbered as they are taken; these numbers go in, keys of lots that are done with come out, oldest first.

use std::collections::VecDeque;

/// Messages that were taken together.
#[derive(Debug)]
pub(super) struct Lot<K> {
    pub(super) key: K,
    /// The number behind its last message.
    end: u64,
    open: u64,
}

/// Lots that are not done with.
#[derive(Debug)]
pub(super) struct Lots<K> {
    lots: VecDeque<Lot<K>>,
    taken: u64,
}

impl<K> Lots<K> {
    pub(super) fn new() -> Self {
        Self { lots: VecDeque::new(), taken: 0 }
    }

    /// So many messages were taken; none may be.
    pub(super) fn push(&mut self, key: K, messages: usize) {
        self.taken += messages as u64;
        self.lots.push_back(Lot { key, end: self.taken, open: messages as u64 });
    }

    /// The lot that the message of this number is in, from the lot at `from` on, and where it is: for numbers that rise.
    pub(super) fn find(&mut self, number: u64, from: usize) -> Option<(usize, &mut Lot<K>)> {
        let index = (from..self.lots.len()).find(|index| self.lots.get(*index).is_some_and(|lot| number < lot.end))?;
        self.lots.get_mut(index).map(|lot| (index, lot))
    }

    /// All messages from one number up to another are done with.
    pub(super) fn close_range(&mut self, from: u64, to: u64) {
        let mut start = from;
        for lot in &mut self.lots {
            if start >= to {
                break;
            }
            if lot.end > start {
                let end = lot.end.min(to);
                lot.open = lot.open.saturating_sub(end - start);
                start = end;
            }
        }
    }

    /// Takes out the oldest lot if it is done with.
    pub(super) fn pop_done(&mut self) -> Option<K> {
        self.lots.pop_front_if(|lot| lot.open == 0).map(|lot| lot.key)
    }

    /// The oldest lot.
    pub(super) fn front(&self) -> Option<&K> {
        self.lots.front().map(|lot| &lot.key)
    }
}

impl<K> Lot<K> {
    /// One of its messages is done with.
    pub(super) fn close_one(&mut self) {
        self.open = self.open.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_come_out_in_order_once_all_of_them_is_done() {
        let mut lots = Lots::new();
        for (key, messages) in [('a', 3), ('b', 0), ('c', 2)] {
            lots.push(key, messages);
        }
        for number in [3, 4] {
            let (index, lot) = lots.find(number, 0).unwrap();
            assert_eq!((index, lot.key), (2, 'c'));
            lot.close_one();
        }
        assert!(lots.pop_done().is_none() && lots.find(5, 0).is_none());
        lots.close_range(0, 2);
        assert!(lots.pop_done().is_none() && lots.front() == Some(&'a'));
        lots.close_range(2, 3);
        let keys: Vec<char> = std::iter::from_fn(|| lots.pop_done()).collect();
        assert_eq!(keys, ['a', 'b', 'c']);
    }
}
