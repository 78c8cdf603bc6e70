//! A map that holds what was asked for lately, and no more than its bound.
//!
//! Two generations: what is asked for or added goes to the young one; when that holds half of the bound, it becomes the old
//! one, and what was in the old one and not asked for since is gone. So each answer is a look-up or two, nothing is ever
//! moved in a list, and what is asked for at least once per half a bound of others stays.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;

/// At most `bound` values by their keys, the least recently asked for going first.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    young: HashMap<K, V, RandomState>,
    old: HashMap<K, V, RandomState>,
    half: usize,
}

impl<K: Hash + Eq, V> Recent<K, V> {
    /// An empty map for `bound` values, two at least.
    pub(crate) fn new(bound: usize) -> Self {
        Recent { young: HashMap::default(), old: HashMap::default(), half: (bound / 2).max(1) }
    }

    /// The value of `key`, which counts as asked for.
    pub(crate) fn get<Q>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if !self.young.contains_key(key) {
            let (key, value) = self.old.remove_entry(key)?;
            self.insert(key, value);
        }
        self.young.get(key)
    }

    /// Takes a value, in place of the one that `key` had.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.old.remove(&key);
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old.clear();
            std::mem::swap(&mut self.young, &mut self.old);
        }
        self.young.insert(key, value);
    }

    /// Forgets `key`.
    pub(crate) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_held_than_the_bound_and_what_is_asked_for_stays() {
        let mut recent = Recent::new(10);
        recent.insert(u32::MAX, "kept");
        for key in 0..1000 {
            recent.insert(key, "passing");
            assert!(recent.young.len() + recent.old.len() <= 10);
            assert_eq!(recent.get(&u32::MAX), Some(&"kept"));
            assert_eq!(recent.get(&key), Some(&"passing"));
        }
        assert_eq!(recent.get(&1), None);
    }

    #[test]
    fn a_key_has_one_value() {
        let mut recent = Recent::new(4);
        recent.insert(1, "first");
        recent.insert(2, "x");
        recent.insert(3, "x");
        recent.insert(1, "second");
        assert_eq!(recent.get(&1), Some(&"second"));
        recent.remove(&1);
        assert_eq!(recent.get(&1), None);
    }
}
