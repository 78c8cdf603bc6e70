//! The hash behind the perfect name tables: name → three words → bucket and slot.
//!
//! Shared by source with the generator, which searches a multiplier and displacements that leave no two names in one
//! slot. A name of up to 16 bytes is told from any other by its words alone, so a hit needs no string comparison.

/// A name's first eight bytes, last eight bytes and length; shorter names are packed so that no two share all three.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words {
    first: u64,
    last: u64,
    len: usize,
}

impl Words {
    /// The words of any name, the empty one included.
    #[inline]
    pub(crate) const fn of(name: &[u8]) -> Self {
        let len = name.len();
        let (first, last) = match (name.first_chunk::<8>(), name.last_chunk::<8>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => (short(name), 0),
        };
        Self { first, last, len }
    }

    /// All bits of the name, mixed: one wide multiplication, its halves folded, so that every byte reaches every bit.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "folding keeps the halves")]
    pub(crate) const fn mix(self, multiplier: u64) -> u64 {
        let first = self.first ^ multiplier;
        let last = self.last ^ self.len as u64 ^ multiplier.rotate_left(32);
        let product = first as u128 * last as u128;
        product as u64 ^ (product >> 64) as u64
    }

    /// Which of `buckets` (a power of two) displacements applies: taken from the high half.
    #[inline]
    pub(crate) const fn bucket(mixed: u64, buckets: usize) -> usize {
        (mixed >> 40) as usize & (buckets - 1)
    }

    /// Which of `slots` (a power of two) holds the name: taken from the low half.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "only the low bits are kept")]
    pub(crate) const fn slot(mixed: u64, displacement: u16, slots: usize) -> usize {
        (mixed as usize ^ displacement as usize) & (slots - 1)
    }
}

/// Up to seven bytes in one word, each position kept.
const fn short(name: &[u8]) -> u64 {
    match (name.first_chunk::<4>(), name.last_chunk::<4>(), name) {
        (Some(first), Some(last), _) => u32::from_le_bytes(*first) as u64 | (u32::from_le_bytes(*last) as u64) << 32,
        (_, _, [a]) => *a as u64,
        (_, _, [a, b]) => u16::from_le_bytes([*a, *b]) as u64,
        (_, _, [a, b, c]) => u32::from_le_bytes([*a, *b, *c, 0]) as u64,
        _ => 0,
    }
}
