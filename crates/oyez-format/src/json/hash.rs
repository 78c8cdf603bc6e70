//! Hashes of texts for the memo: seeded, and of long texts only of both ends.
//!
//! The ends are where texts of a process or a file differ: its numbers and kind in front, its program and key behind. Others
//! that differ only between take one another's place in the memo, which costs time and never a wrong answer: there texts are
//! compared in full.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

/// How many halves of sixteen bytes are mixed at most.
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
        if let (Some(first), Some(last)) = (text.first_chunk::<64>(), text.last_chunk::<32>()) {
            return self.mixed(kind, first, last);
        }
        if let (Some(first), Some(last)) = (text.first_chunk::<32>(), text.last_chunk::<32>()) {
            return self.mixed(kind, first, last);
        }
        if let (Some(first), Some(last)) = (text.first_chunk::<16>(), text.last_chunk::<16>()) {
            return self.mixed(kind, first, last);
        }
        self.short.hash_one((kind, text))
    }

    #[inline]
    fn mixed<const N: usize, const M: usize>(&self, kind: u64, first: &[u8; N], last: &[u8; M]) -> u64 {
        let parts = first.as_chunks::<16>().0.iter().chain(last.as_chunks::<16>().0);
        parts
            .zip(&self.seeds)
            .fold(kind, |mixed, (part, seeds)| mixed.rotate_left(5).wrapping_add(folded(*part, *seeds)))
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
    fn every_byte_of_either_end_counts() {
        let hasher = Hasher::default();
        for len in [1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 95, 96, 200] {
            let mut text = vec![b'x'; len];
            let mut hashes = HashSet::from([hasher.hash(1300, &text)]);
            let places: Vec<_> = (0..len).filter(|place| *place < 64 || *place + 32 >= len).collect();
            for place in &places {
                text[*place] = b'y';
                hashes.insert(hasher.hash(1300, &text));
                text[*place] = b'x';
            }
            assert_eq!(hashes.len(), places.len() + 1, "{len}");
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
