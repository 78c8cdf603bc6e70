//! Finding a name in a generated perfect table: bytes in, position in the list of names out; a few nanoseconds, no
//! allocation, nothing but exact matches.

use crate::hash::Words;

/// Names up to this length are equal exactly when their words are.
const EXACT: usize = 16;

/// A perfect hash over a fixed list of names; a slot without one holds `u16::MAX`, which is no position.
pub(crate) struct NameIndex<const NAMES: usize, const BUCKETS: usize, const SLOTS: usize> {
    names: &'static [&'static str; NAMES],
    words: [Words; NAMES],
    multiplier: u64,
    displacements: [u16; BUCKETS],
    slots: [u16; SLOTS],
}

impl<const NAMES: usize, const BUCKETS: usize, const SLOTS: usize> NameIndex<NAMES, BUCKETS, SLOTS> {
    /// Joins the generated parts; the words of all names are computed at compile time.
    pub(crate) const fn new(
        names: &'static [&'static str; NAMES],
        multiplier: u64,
        displacements: [u16; BUCKETS],
        slots: [u16; SLOTS],
    ) -> Self {
        let mut words = [Words::of(b""); NAMES];
        let mut at = 0;
        while at < NAMES {
            words[at] = Words::of(names[at].as_bytes());
            at += 1;
        }
        Self { names, words, multiplier, displacements, slots }
    }

    /// The position of `name` in the list of names.
    #[inline]
    pub(crate) fn find(&self, name: &[u8]) -> Option<usize> {
        let words = Words::of(name);
        let mixed = words.mix(self.multiplier);
        let displacement = self.displacements[Words::bucket(mixed, BUCKETS)];
        let at = usize::from(self.slots[Words::slot(mixed, displacement, SLOTS)]);
        if *self.words.get(at)? != words {
            return None;
        }
        (name.len() <= EXACT || self.names[at].as_bytes() == name).then_some(at)
    }
}
