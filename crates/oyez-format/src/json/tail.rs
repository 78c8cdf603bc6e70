//! The ENRICHED tail of a record: what it says of a key, and what of it no object has told.
//!
//! auditd explains ids, the syscall, the architecture and the socket address of a record behind it (auditd.conf(5),
//! `log_format`). An id's name stands beside the id; what oyez decodes itself needs no explanation; all else is left, for the
//! object's `more` and `rest`. Linear in the tail, however often a key comes.

use oyez_events::fields::{Field, FieldKey, Fields};
use oyez_interpret::explained::explained;
use oyez_tables::key::Key;

use super::names::Names;

/// The tail, as one object of its record sees it.
#[derive(Clone, Copy)]
pub(super) struct Tail<'a> {
    pub(super) text: &'a [u8],
    /// Its fields, and what they explain: the kernel's own in the first place, and only then claims with the same keys.
    pub(super) record: &'a Fields,
    /// Whether the object is that of the claims.
    pub(super) is_of_claims: bool,
}

impl<'a> Tail<'a> {
    /// What the tail says of `key`, decoded.
    pub(super) fn of<'s>(self, key: Key, scratch: &'s mut Vec<u8>) -> Option<&'s [u8]>
    where
        'a: 's,
    {
        let is_it = |field: &Field| field.key == FieldKey::Known(key);
        let is_meant = !self.is_of_claims || !self.record.own().iter().any(is_it);
        explained(self.record, self.text, key, scratch).filter(|_| is_meant)
    }

    /// The fields that are this object's to tell and are not, the tail having `explained` these keys. Words are none.
    pub(super) fn left<'s>(self, names: &'s Names, explained: &[Key]) -> impl Iterator<Item = &'a Field> + use<'a, 's> {
        let (own, claimed) = (KeySet::of(self.record.own()), KeySet::of(self.record.claimed()));
        let mut explained: KeySet = explained.iter().copied().collect();
        self.record.tail().iter().filter(move |field| {
            let (is_told, is_for_claims) = match field.key {
                // The first field of a key is the one that was told.
                FieldKey::Known(key) => (explained.remove(key) || names.omits(key), claimed.has(key) && !own.has(key)),
                FieldKey::Words => (true, false),
                _ => (false, false),
            };
            !is_told && is_for_claims == self.is_of_claims && !field.value.is_empty()
        })
    }

    /// Its words that are no field; they go to the record, not to its claims.
    pub(super) fn words(self) -> impl Iterator<Item = &'a [u8]> {
        let words = self.record.tail().iter().filter(move |field| field.key == FieldKey::Words && !self.is_of_claims);
        words.map(move |field| field.value.of(self.text))
    }

    /// Whether there is anything that is not told.
    pub(super) fn has_left(self, names: &Names, explained: &[Key]) -> bool {
        self.words().next().is_some() || self.left(names, explained).next().is_some()
    }
}

/// A set of known keys, one bit each.
#[derive(Clone, Copy, Default)]
struct KeySet([u64; Key::COUNT.div_ceil(64)]);

impl KeySet {
    fn of(fields: &[Field]) -> Self {
        let known = |field: &Field| if let FieldKey::Known(key) = field.key { Some(key) } else { None };
        fields.iter().filter_map(known).collect()
    }

    fn has(&self, key: Key) -> bool {
        self.0[key as usize / 64] & bit(key) != 0
    }

    /// Returns whether it was there.
    fn remove(&mut self, key: Key) -> bool {
        let had = self.has(key);
        self.0[key as usize / 64] &= !bit(key);
        had
    }
}

impl FromIterator<Key> for KeySet {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        let mut set = KeySet::default();
        for key in keys {
            set.0[key as usize / 64] |= bit(key);
        }
        set
    }
}

fn bit(key: Key) -> u64 {
    1 << (key as usize % 64)
}
