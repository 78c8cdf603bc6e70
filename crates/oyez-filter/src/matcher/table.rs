//! A bounded table of what is remembered by the values of events, in an order: the latest in front, the oldest behind.
//!
//! Keys are bytes that whoever acts on the host may have chosen: their hash is seeded, and there are never more than
//! [`MAX_KEPT`]. The memory of those that went is used again.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// Values that one rule remembers.
pub(crate) const MAX_KEPT: usize = 4096;

const NONE: u32 = u32::MAX;

#[derive(Debug)]
struct Slot<V> {
    key: Vec<u8>,
    hash: u64,
    value: V,
    /// The slot before it, and the one behind it.
    newer: u32,
    older: u32,
}

/// What is remembered, by key.
#[derive(Debug)]
pub(crate) struct Table<V> {
    places: HashTable<u32>,
    slots: Vec<Slot<V>>,
    spare: Vec<u32>,
    newest: u32,
    oldest: u32,
    state: RandomState,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Table {
            places: HashTable::new(),
            slots: Vec::new(),
            spare: Vec::new(),
            newest: NONE,
            oldest: NONE,
            state: RandomState::default(),
        }
    }
}

impl<V> Table<V> {
    /// The place of `key`, and its value.
    pub(crate) fn find(&mut self, key: &[u8]) -> Option<(u32, &mut V)> {
        let hash = self.state.hash_one(key);
        let slots = &self.slots;
        let is_it = |place: &u32| slots.get(*place as usize).is_some_and(|slot| slot.key == key);
        let place = *self.places.find(hash, is_it)?;
        self.slots.get_mut(place as usize).map(|slot| (place, &mut slot.value))
    }

    /// The one that was in front longest ago.
    pub(crate) fn oldest(&mut self) -> Option<(&[u8], &mut V)> {
        self.slots.get_mut(self.oldest as usize).map(|slot| (slot.key.as_slice(), &mut slot.value))
    }

    /// Whether one has to go before another can come.
    pub(crate) fn is_full(&self) -> bool {
        self.places.len() >= MAX_KEPT
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Puts `key` in front, which is not there; the oldest goes where there is no room.
    pub(crate) fn insert(&mut self, key: &[u8], value: V) {
        if self.is_full() {
            self.remove_oldest();
        }
        let hash = self.state.hash_one(key);
        let place = self.spare.pop().unwrap_or_else(|| u32::try_from(self.slots.len()).unwrap_or(NONE));
        match self.slots.get_mut(place as usize) {
            Some(slot) => {
                slot.key.clear();
                slot.key.extend_from_slice(key);
                (slot.hash, slot.value) = (hash, value);
            }
            None => self.slots.push(Slot { key: key.to_vec(), hash, value, newer: NONE, older: NONE }),
        }
        let slots = &self.slots;
        let hash_of = |place: &u32| slots.get(*place as usize).map_or(0, |slot| slot.hash);
        if slots.len() == MAX_KEPT {
            // With half of it free it is put in order where it is, and never grows again.
            self.places.reserve(2 * MAX_KEPT - self.places.len(), hash_of);
        }
        self.places.insert_unique(hash, place, hash_of);
        self.put_in_front(place);
    }

    /// Puts the one at `place` in front.
    pub(crate) fn renew(&mut self, place: u32) {
        if place != self.newest {
            self.take_out(place);
            self.put_in_front(place);
        }
    }

    /// Forgets the oldest.
    pub(crate) fn remove_oldest(&mut self) {
        let place = self.oldest;
        let Some(slot) = self.slots.get(place as usize) else { return };
        if let Ok(entry) = self.places.find_entry(slot.hash, |other| *other == place) {
            entry.remove();
        }
        self.take_out(place);
        self.spare.push(place);
    }

    fn put_in_front(&mut self, place: u32) {
        let behind = std::mem::replace(&mut self.newest, place);
        if let Some(slot) = self.slots.get_mut(place as usize) {
            (slot.newer, slot.older) = (NONE, behind);
        }
        match self.slots.get_mut(behind as usize) {
            Some(slot) => slot.newer = place,
            None => self.oldest = place,
        }
    }

    fn take_out(&mut self, place: u32) {
        let Some(slot) = self.slots.get(place as usize) else { return };
        let (newer, older) = (slot.newer, slot.older);
        match self.slots.get_mut(newer as usize) {
            Some(slot) => slot.older = older,
            None => self.newest = older,
        }
        match self.slots.get_mut(older as usize) {
            Some(slot) => slot.newer = newer,
            None => self.oldest = newer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(table: &mut Table<u32>) -> Vec<Vec<u8>> {
        let mut keys = Vec::new();
        while let Some((key, _)) = table.oldest() {
            keys.push(key.to_vec());
            table.remove_oldest();
        }
        keys
    }

    #[test]
    fn the_oldest_goes_first_and_the_renewed_last() {
        let mut table = Table::default();
        for (number, key) in [b"a", b"b", b"c", b"d"].into_iter().enumerate() {
            table.insert(key, u32::try_from(number).unwrap());
        }
        let (place, value) = table.find(b"b").unwrap();
        assert_eq!(*value, 1);
        table.renew(place);
        table.renew(place);
        let (place, _) = table.find(b"a").unwrap();
        table.renew(place);
        assert_eq!(keys(&mut table), [b"c", b"d", b"b", b"a"]);
        assert!(table.find(b"a").is_none());
        table.insert(b"e", 9);
        assert_eq!(keys(&mut table), [b"e"]);
    }

    #[test]
    fn there_are_never_more_than_the_bound_and_the_steady_state_allocates_nothing() {
        let mut table = Table::default();
        for number in 0..20_000_u32 {
            table.insert(&number.to_le_bytes(), number);
        }
        let allocated = allocation_counter::measure(|| {
            for number in 20_000..40_000_u32 {
                table.insert(&number.to_le_bytes(), number);
            }
        });
        assert_eq!(allocated.count_total, 0);
        assert_eq!((table.slots.len(), table.places.len()), (MAX_KEPT, MAX_KEPT));
        assert_eq!(table.find(&39_999_u32.to_le_bytes()).map(|(_, value)| *value), Some(39_999));
        assert!(table.find(&(39_999 - 4096_u32).to_le_bytes()).is_none());
    }
}
