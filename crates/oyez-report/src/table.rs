//! Keys → how often each came, in bounded memory.
//!
//! Totals are exact whatever comes. A table that is full forgets the rarer half of its keys, and those that came as rarely as
//! the last of them: their counts move to what is not named, and a key that comes back begins anew. So what is named may be too low, by at most [`Table::shortfall`], and a key
//! that came more often than that is never missing (the idea of Misra and Gries, 1982, and of lossy counting).

use std::collections::HashMap;

/// The most rows of a table.
pub const MAX_KEYS: usize = 100_000;
/// The most bytes that the keys of a table have together.
pub const MAX_KEY_BYTES: usize = 8 << 20;
/// What is kept of one key, in bytes: a path's greatest length (`PATH_MAX`, linux/limits.h). Longer keys that begin alike are
/// one.
pub const MAX_KEY: usize = 4096;

/// How often something came, and how often of that it failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All of it.
    pub total: u64,
    /// What failed.
    pub failed: u64,
}

impl Count {
    pub(crate) fn add(&mut self, other: Self) {
        self.total += other.total;
        self.failed += other.failed;
    }

    pub(crate) fn one(failed: bool) -> Self {
        Self { total: 1, failed: u64::from(failed) }
    }
}

/// A key and its count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) count: Count,
    /// What the log calls it, where that says more than the key.
    pub(crate) name: Option<Box<[u8]>>,
}

/// How often each key came.
#[derive(Clone, Debug)]
pub struct Table {
    rows: HashMap<Box<[u8]>, Row>,
    bytes: usize,
    all: Count,
    unnamed: Count,
    shortfall: u64,
    /// The most rows there were at once.
    most: usize,
    max_keys: usize,
    max_bytes: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self::bounded(MAX_KEYS, MAX_KEY_BYTES)
    }
}

impl Table {
    /// A table of other bounds, both at least one.
    pub fn bounded(max_keys: usize, max_bytes: usize) -> Self {
        Table {
            rows: HashMap::new(),
            bytes: 0,
            all: Count::default(),
            unnamed: Count::default(),
            shortfall: 0,
            most: 0,
            max_keys: max_keys.max(1),
            max_bytes: max_bytes.max(1),
        }
    }

    /// Counts `key` once.
    pub fn count(&mut self, key: &[u8], failed: bool) {
        self.count_named(key, None, failed);
    }

    /// Counts `key`, which the log calls `name`.
    pub(crate) fn count_named(&mut self, key: &[u8], name: Option<&[u8]>, failed: bool) {
        let one = Count::one(failed);
        self.all.add(one);
        let key = key.get(..MAX_KEY).unwrap_or(key);
        if !self.rows.contains_key(key) {
            self.open(key);
        }
        let Some(row) = self.rows.get_mut(key) else { return };
        row.count.add(one);
        if row.name.is_none()
            && let Some(name) = name.map(|name| name.get(..MAX_KEY).unwrap_or(name))
            && self.bytes + name.len() <= self.max_bytes
        {
            row.name = Some(name.into());
            self.bytes += name.len();
        }
    }

    /// How often anything was counted: exact.
    pub fn all(&self) -> Count {
        self.all
    }

    /// How many keys there were; at least so many where [`Table::is_exact`] is false.
    pub fn keys(&self) -> usize {
        self.most.max(self.rows.len())
    }

    /// Whether every key that came has its row, with its exact count.
    pub fn is_exact(&self) -> bool {
        self.shortfall == 0
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// What is in no row.
    pub fn unnamed(&self) -> Count {
        self.unnamed
    }

    /// By how much the count of a row may be too low, and the most that a key without a row may have come.
    pub fn shortfall(&self) -> u64 {
        self.shortfall
    }

    /// The count of `key`, as far as it is known.
    pub fn of(&self, key: &[u8]) -> Count {
        self.rows.get(key.get(..MAX_KEY).unwrap_or(key)).map(|row| row.count).unwrap_or_default()
    }

    /// The `top` rows that came most often, the first of equals by key first.
    pub(crate) fn top(&self, top: usize) -> Vec<(&[u8], &Row)> {
        let mut rows: Vec<_> = self.rows.iter().map(|(key, row)| (&**key, row)).collect();
        let order = |a: &(&[u8], &Row), b: &(&[u8], &Row)| b.1.count.total.cmp(&a.1.count.total).then(a.0.cmp(b.0));
        if top < rows.len() {
            rows.select_nth_unstable_by(top, order);
            rows.truncate(top);
        }
        rows.sort_unstable_by(order);
        rows
    }

    fn open(&mut self, key: &[u8]) {
        while self.rows.len() >= self.max_keys || (self.bytes + key.len() > self.max_bytes && !self.rows.is_empty()) {
            self.forget();
        }
        self.bytes += key.len();
        self.rows.insert(key.into(), Row::default());
    }

    /// Drops the rarer half of the rows, and all that came as often as its most frequent.
    fn forget(&mut self) {
        self.most = self.keys();
        let mut counts: Vec<u64> = self.rows.values().map(|row| row.count.total).collect();
        let middle = counts.len() / 2;
        if counts.is_empty() {
            return;
        }
        let limit = *counts.select_nth_unstable(middle).1;
        let (unnamed, bytes) = (&mut self.unnamed, &mut self.bytes);
        self.rows.retain(|key, row| {
            let stays = row.count.total > limit;
            if !stays {
                unnamed.add(row.count);
                *bytes -= key.len() + row.name.as_ref().map_or(0, |name| name.len());
            }
            stays
        });
        self.shortfall += limit;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(keys: &[u8], max_keys: usize, max_bytes: usize) -> Table {
        let mut table = Table::bounded(max_keys, max_bytes);
        for key in keys {
            table.count(&vec![*key; usize::from(*key % 7) + 1], key % 2 == 0);
        }
        table
    }

    #[test]
    fn rows_come_by_count_and_equals_by_key() {
        let mut table = Table::default();
        for key in ["b", "a", "c", "c"] {
            table.count(key.as_bytes(), key == "c");
        }
        let rows = |top| table.top(top).iter().map(|(key, row)| (key[0], row.count.total)).collect::<Vec<_>>();
        assert_eq!(rows(9), [(b'c', 2), (b'a', 1), (b'b', 1)]);
        assert_eq!(rows(2), [(b'c', 2), (b'a', 1)]);
        assert_eq!(rows(0), []);
        assert_eq!((table.all(), table.keys()), (Count { total: 4, failed: 2 }, 3));
        assert!(table.is_exact());
    }

    #[test]
    fn what_comes_often_survives_a_flood_of_what_comes_once() {
        let mut table = Table::bounded(100, 1 << 20);
        for number in 0..50_000_u32 {
            table.count(&number.to_le_bytes(), false);
            if number % 10 == 0 {
                table.count(b"often", true);
            }
        }
        let often = table.of(b"often");
        assert!(!table.is_exact() && table.rows.len() <= 100);
        assert_eq!(table.all().total, 55_000);
        assert!(often.total <= 5_000 && often.total + table.shortfall() >= 5_000, "{often:?} {}", table.shortfall());
        assert_eq!(table.top(1)[0].0, b"often");
    }

    #[test]
    fn a_key_is_kept_up_to_its_bound() {
        let mut table = Table::default();
        for len in [MAX_KEY, MAX_KEY + 1, 1 << 20] {
            table.count(&vec![b'x'; len], false);
        }
        assert_eq!((table.keys(), table.bytes), (1, MAX_KEY));
    }

    proptest! {
        #[test]
        fn rows_and_what_is_not_named_make_the_total_within_the_bounds(
            keys in prop::collection::vec(any::<u8>(), 0..600), max_keys in 1usize..40, max_bytes in 8usize..200
        ) {
            let table = filled(&keys, max_keys, max_bytes);
            let mut sum = table.unnamed();
            for (key, row) in table.top(usize::MAX) {
                sum.add(row.count);
                let true_count = keys.iter().map(|other| u64::from(*other == key[0])).sum::<u64>();
                prop_assert!(row.count.total <= true_count && true_count <= row.count.total + table.shortfall());
            }
            prop_assert_eq!(sum, table.all());
            prop_assert_eq!(table.all().total, keys.len() as u64);
            prop_assert!(table.rows.len() <= max_keys && table.bytes <= max_bytes);
            prop_assert_eq!(table.bytes, table.rows.keys().map(|key| key.len()).sum::<usize>());
        }
    }
}
