//! Hashes of texts for the memo: seeded, sixteen bytes at a time, all parts independent of each other.
//!
//! Texts with the same hash take one another's place in the memo, which costs time and never a wrong answer: there texts are
//! compared in full.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

/// How many parts have seeds of their own; those behind them have the same again, and are told apart by their place.
const PARTS: usize = 6;

/// Hashes texts.
#[derive(Debug)]
pub(super) struct Hasher {
    short: RandomState,
    seeds: [[u64; 2]; PARTS],
}

impl Default for Hasher {
    fn default() -> Self {
        let short = RandomState::default();
        let seeds = std::array::from_fn(|part| [0, 1].map(|half| short.hash_one((part, half))));
        Hasher { short, seeds }
    }
}

impl Hasher {
    /// The hash of a text of a record of this type.
    #[inline]
    pub(super) fn hash(&self, record_type: u16, text: &[u8]) -> u64 {
        let kind = u64::from(record_type) << 32 ^ text.len() as u64;
        let Some(last) = text.last_chunk::<16>() else { return self.short.hash_one((kind, text)) };
        let parts = text.as_chunks::<16>().0.chunks(PARTS);
        let mixed = parts.fold(kind, |mixed, parts| self.mixed(mixed, parts));
        self.mixed(mixed, std::slice::from_ref(last))
    }

    /// Up to [`PARTS`] parts.
    #[inline]
    fn mixed(&self, mixed: u64, parts: &[[u8; 16]]) -> u64 {
        let parts = parts.iter().zip(&self.seeds);
        parts.fold(mixed, |mixed, (part, seeds)| mixed.rotate_left(5).wrapping_add(folded(*part, *seeds)))
    }
}

/// Both halves, each with its seed, multiplied with each other, and the halves of that.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "folding keeps the halves")]
fn folded(part: [u8; 16], [first, last]: [u64; 2]) -> u64 {
    let part = u128::from_le_bytes(part);
    let product = u128::from(part as u64 ^ first) * u128::from((part >> 64) as u64 ^ last);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_byte_counts() {
        let hasher = Hasher::default();
        for len in [1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 95, 96, 200] {
            let mut text = vec![b'x'; len];
            let mut hashes = HashSet::from([hasher.hash(1300, &text)]);
            for place in 0..len {
                text[place] = b'y';
                hashes.insert(hasher.hash(1300, &text));
                text[place] = b'x';
            }
            assert_eq!(hashes.len(), len + 1, "{len}");
        }
    }

    #[test]
    fn type_and_length_count() {
        let (hasher, text) = (Hasher::default(), [b'x'; 300]);
        let hashes: HashSet<_> =
            (0..=300).flat_map(|len| [1300, 1307].map(|number| hasher.hash(number, &text[..len]))).collect();
        assert_eq!(hashes.len(), 602);
    }
}
