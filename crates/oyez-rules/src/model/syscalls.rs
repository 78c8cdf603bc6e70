//! The set of system calls that a rule is about.

use std::fmt;

/// Words of the kernel's mask (`AUDIT_BITMASK_SIZE`).
const WORDS: usize = 64;

/// A set of call numbers from 0 to 2047: the kernel's mask. For rules of [`super::List::IoUring`], of operations.
///
/// The uppermost 16 numbers are none: a rule that holds them asks the kernel to fill in a class of calls
/// (`AUDIT_CLASS_*`), and does not have them any more when it is listed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Syscalls([u32; WORDS]);

impl Syscalls {
    /// No call.
    pub const NONE: Self = Self([0; WORDS]);
    /// One more than the highest number in a set.
    pub const LIMIT: u32 = 2048;

    /// Every call, those to come included: what a rule without `-S` and one with `-S all` has.
    pub const fn all() -> Self {
        Self([u32::MAX; WORDS])
    }

    /// The set that the kernel's mask says. A mask that is full but for the last word is [`Syscalls::all`]: the kernel
    /// takes the classes out of it.
    pub fn from_mask(mask: [u32; WORDS]) -> Self {
        let all = mask[..WORDS - 1].iter().all(|word| *word == u32::MAX);
        if all { Self::all() } else { Self(mask) }
    }

    /// The kernel's mask.
    pub const fn mask(&self) -> &[u32; WORDS] {
        &self.0
    }

    /// Whether it is every call.
    pub fn is_all(&self) -> bool {
        *self == Self::all()
    }

    /// Whether it is no call.
    pub fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    /// How many.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Adds a call. `false` if the number is too high for a rule ([`Syscalls::LIMIT`]): the set is unchanged then.
    pub fn insert(&mut self, number: u32) -> bool {
        let Some(word) = self.0.get_mut(number as usize / 32) else { return false };
        *word |= 1 << (number % 32);
        *self = Self::from_mask(self.0);
        true
    }

    /// Whether the call is in it.
    pub fn contains(&self, number: u32) -> bool {
        self.0.get(number as usize / 32).is_some_and(|word| word & 1 << (number % 32) != 0)
    }

    /// The numbers, rising.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        (0..Self::LIMIT).filter(|number| self.contains(*number))
    }

    /// What is in this set or in the other.
    #[must_use]
    pub fn union(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, more)| *word |= more);
        Self::from_mask(self.0)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, more)| *word &= more);
        Self::from_mask(self.0)
    }

    /// Whether all of this set is in the other.
    pub fn is_subset(&self, of: &Self) -> bool {
        self.0.iter().zip(of.0).all(|(word, more)| word & !more == 0)
    }
}

impl fmt::Debug for Syscalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() { f.write_str("all") } else { f.debug_set().entries(self.numbers()).finish() }
    }
}

impl FromIterator<u32> for Syscalls {
    /// Numbers that are too high are left out.
    fn from_iter<T: IntoIterator<Item = u32>>(numbers: T) -> Self {
        let mut set = Self::NONE;
        numbers.into_iter().for_each(|number| {
            set.insert(number);
        });
        set
    }
}
