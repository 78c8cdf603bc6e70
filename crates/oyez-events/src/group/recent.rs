//! Which events were over lately, so that what still comes for them is known to be late.

use super::Key;

/// How many serials back an event is remembered. Serials rise by one, so a table indexed by their low bits is a ring.
const WINDOW: usize = 4096;

/// The last [`WINDOW`] events that were over, one per low bits of the serial.
#[derive(Debug)]
pub(super) struct Recent {
    ring: Box<[(Key, u32)]>,
}

impl Default for Recent {
    fn default() -> Self {
        Recent { ring: vec![(Key::default(), u32::MAX); WINDOW].into_boxed_slice() }
    }
}

impl Recent {
    /// The part number that a new record of `key` opens: 0 where the event was not over before.
    pub(super) fn part_after(&self, key: &Key) -> u32 {
        match self.ring.get(place(key)) {
            Some((seen, part)) if *part != u32::MAX && seen == key => part.saturating_add(1),
            _ => 0,
        }
    }

    /// Part `part` of `key` is over.
    pub(super) fn insert(&mut self, key: Key, part: u32) {
        if let Some(entry) = self.ring.get_mut(place(&key)) {
            *entry = (key, part.min(u32::MAX - 1));
        }
    }
}

fn place(key: &Key) -> usize {
    key.id.serial as usize % WINDOW
}
