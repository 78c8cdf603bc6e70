//! What NSS answered: ids with a name, without one, or asked and not answered yet, each with the time until which that holds.
//!
//! At most [`Cache::capacity`] ids. When it is full, those that nobody looked up since they came, or since the last time it
//! was full, go, and at least a sixteenth: paid once per sixteenth of the table, and what is used stays.

use std::cell::Cell;
use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::Id;

/// Answers by id.
#[derive(Debug)]
pub(super) struct Cache {
    entries: HashMap<Id, Entry, RandomState>,
    capacity: usize,
}

#[derive(Debug)]
struct Entry {
    name: Option<Box<str>>,
    until_ms: u64,
    is_used: Cell<bool>,
}

/// What is known of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    /// Its name, if it has one.
    pub(super) name: Option<&'a str>,
    /// Whether it is time to ask again.
    pub(super) is_stale: bool,
}

impl Cache {
    /// An empty one for `capacity` ids, at least one.
    pub(super) fn new(capacity: usize) -> Self {
        Cache { entries: HashMap::default(), capacity: capacity.max(1) }
    }

    /// What is known of `id` at `now_ms`; an id that was never asked for is stale.
    #[inline]
    pub(super) fn get(&self, id: Id, now_ms: u64) -> Found<'_> {
        let Some(entry) = self.entries.get(&id) else { return Found { name: None, is_stale: true } };
        entry.is_used.set(true);
        Found { name: entry.name.as_deref(), is_stale: entry.until_ms <= now_ms }
    }

    /// Holds what is known of `id` until `until_ms`, or that nothing is. Returns whether a name had to go to make room.
    pub(super) fn hold(&mut self, id: Id, until_ms: u64) -> bool {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.until_ms = until_ms;
            return false;
        }
        let lost_name = self.entries.len() >= self.capacity && self.make_room();
        self.entries.insert(id, Entry { name: None, until_ms, is_used: Cell::new(false) });
        lost_name
    }

    /// Takes an answer that holds until `until_ms`. Returns whether any look-up has another result now.
    pub(super) fn answer(&mut self, id: Id, name: Option<Box<str>>, until_ms: u64) -> bool {
        let lost_name = self.hold(id, until_ms);
        let Some(entry) = self.entries.get_mut(&id) else { return lost_name };
        let is_new = entry.name != name;
        entry.name = name;
        is_new || lost_name
    }

    /// Has every id asked for again when it is next looked up; until then its old answer stands.
    pub(super) fn doubt_all(&mut self) {
        for entry in self.entries.values_mut() {
            entry.until_ms = 0;
        }
    }

    fn make_room(&mut self) -> bool {
        let (before, mut lost_name) = (self.entries.len(), false);
        let mut to_go = (self.capacity / 16).max(1);
        self.entries.retain(|_, entry| {
            let stays = entry.is_used.replace(false);
            lost_name |= !stays && entry.name.is_some();
            stays
        });
        to_go = to_go.saturating_sub(before - self.entries.len());
        self.entries.retain(|_, entry| {
            let stays = to_go == 0;
            to_go = to_go.saturating_sub(1);
            lost_name |= !stays && entry.name.is_some();
            stays
        });
        lost_name
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::Kind;

    fn id(number: u32) -> Id {
        Id { kind: Kind::User, number }
    }

    #[test]
    fn what_is_looked_up_stays_when_the_table_is_full() {
        let mut cache = Cache::new(64);
        assert!(cache.answer(id(7), Some("alice".into()), 100));
        for number in 1000..3000 {
            assert_eq!(cache.get(id(7), 0).name, Some("alice"), "{number}");
            cache.hold(id(number), 100);
            assert!(cache.len() <= 64);
        }
    }

    #[test]
    fn where_all_are_looked_up_some_go_all_the_same() {
        let mut cache = Cache::new(64);
        for number in 0..1000 {
            cache.hold(id(number), 100);
            for number in 0..1000 {
                cache.get(id(number), 0);
            }
            assert!(cache.len() <= 64);
        }
        assert!(cache.len() > 48, "{}", cache.len());
    }

    #[test]
    fn an_answer_that_goes_counts_as_a_change_only_if_it_was_a_name() {
        let mut cache = Cache::new(1);
        assert!(!cache.answer(id(1), None, 9));
        assert!(cache.answer(id(2), Some("b".into()), 9));
        assert!(!cache.answer(id(2), Some("b".into()), 10));
        assert!(cache.hold(id(3), 9), "b had to go");
    }

    #[test]
    fn doubt_keeps_the_name() {
        let mut cache = Cache::new(4);
        cache.answer(id(1), Some("a".into()), 50);
        assert_eq!(cache.get(id(1), 49), Found { name: Some("a"), is_stale: false });
        cache.doubt_all();
        assert_eq!(cache.get(id(1), 1), Found { name: Some("a"), is_stale: true });
    }
}
