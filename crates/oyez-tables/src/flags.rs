//! Named numbers in the arguments of system calls: flags (`O_CREAT`), values (`SIGKILL`), requests (`TCGETS`).
//!
//! A [`Set`] is what one argument is made of. Some of its bits, [`Set::mask`], hold one of several values, every other bit
//! is a flag of its own: of `open`'s flags the last two bits are `O_RDONLY`, `O_WRONLY` or `O_RDWR`. An enumeration is a set
//! whose mask is everything. Numbers differ between architectures, so a name is asked for in a [`Group`] of them.

#[rustfmt::skip]
mod generated;

pub use generated::Set;
use generated::{ALL, NAMES};

use crate::arch::Arch;

/// Architectures whose kernel headers have the same numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Group {
    /// 64-bit ARM.
    Aarch64,
    /// 32-bit ARM.
    Arm,
    /// PowerPC, 32 and 64 bits, either end first.
    Powerpc,
    /// RISC-V.
    Riscv,
    /// s390 and s390x.
    S390,
    /// x86, 32 and 64 bits, and x32.
    X86,
}

impl Group {
    /// The group of `arch`; only architectures with a table of system calls (see [`crate::syscall`]) have one.
    #[inline]
    pub const fn of(arch: Arch) -> Option<Self> {
        match arch {
            Arch::Aarch64 => Some(Self::Aarch64),
            Arch::Arm => Some(Self::Arm),
            Arch::Ppc | Arch::Ppc64 | Arch::Ppc64le => Some(Self::Powerpc),
            Arch::Riscv64 => Some(Self::Riscv),
            Arch::S390 | Arch::S390x => Some(Self::S390),
            Arch::X86_64 | Arch::I386 => Some(Self::X86),
            _ => None,
        }
    }
}

/// One set's facts.
struct Names {
    name: &'static str,
    mask: u64,
    /// Whether the kernel looks at 64 bits, not 32.
    wide: bool,
    /// By group: which of `rows`.
    which: [u8; 6],
    rows: &'static [Rows],
}

/// The names of one set in some groups.
struct Rows {
    /// Sorted by number.
    values: &'static [(u64, &'static str)],
    /// Ascending, but a number of several bits before its parts.
    bits: &'static [(u64, &'static str)],
}

impl Set {
    /// The bits that hold one of several values; the others are flags.
    #[inline]
    pub fn mask(self) -> u64 {
        NAMES[self as usize].mask
    }

    /// What the kernel looks at of an argument: all of it, or its lower 32 bits where it takes an `int`.
    #[inline]
    pub fn seen(self, argument: u64) -> u64 {
        if NAMES[self as usize].wide { argument } else { argument & 0xffff_ffff }
    }

    /// The name of exactly `value`, which is within [`Set::mask`], or 0 where that is empty.
    #[inline]
    pub fn value(self, group: Group, value: u64) -> Option<&'static str> {
        let values = self.rows(group).values;
        values.binary_search_by_key(&value, |(number, _)| *number).ok().and_then(|at| values.get(at)).map(|row| row.1)
    }

    /// The flags and their names, in the order they are told; a flag of several bits comes before its parts.
    #[inline]
    pub fn bits(self, group: Group) -> &'static [(u64, &'static str)] {
        self.rows(group).bits
    }

    /// Its values and their names, sorted by number.
    #[inline]
    pub fn values(self, group: Group) -> &'static [(u64, &'static str)] {
        self.rows(group).values
    }

    /// What the sources of the tables call it.
    pub fn name(self) -> &'static str {
        NAMES[self as usize].name
    }

    /// Every set.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().copied()
    }

    #[inline]
    fn rows(self, group: Group) -> &'static Rows {
        let names = &NAMES[self as usize];
        &names.rows[usize::from(names.which[group as usize])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUPS: [Group; 6] = [Group::Aarch64, Group::Arm, Group::Powerpc, Group::Riscv, Group::S390, Group::X86];

    fn bit(set: Set, group: Group, name: &str) -> Option<u64> {
        set.bits(group).iter().find(|row| row.1 == name).map(|row| row.0)
    }

    #[test]
    fn every_value_is_found_and_within_the_mask() {
        for (set, group) in Set::all().flat_map(|set| GROUPS.map(|group| (set, group))) {
            for (value, name) in set.values(group) {
                assert_eq!(set.value(group, *value), Some(*name), "{set:?} {group:?}");
                assert!(value & !set.mask() == 0 || (set.mask() == 0 && *value == 0), "{set:?} {name}");
            }
        }
    }

    #[test]
    fn no_flag_hides_another() {
        for (set, group) in Set::all().flat_map(|set| GROUPS.map(|group| (set, group))) {
            let bits = set.bits(group);
            for (at, (number, name)) in bits.iter().enumerate() {
                assert!(*number != 0 && number & set.mask() == 0, "{set:?} {name}");
                let hidden = bits[..at].iter().any(|(before, _)| before & number == *before);
                assert!(!hidden, "{set:?} {group:?} {name}");
            }
        }
    }

    #[test]
    fn architectures_differ_where_their_headers_do() {
        assert_eq!(bit(Set::Open, Group::X86, "O_DIRECTORY"), Some(0o200_000));
        assert_eq!(bit(Set::Open, Group::Arm, "O_DIRECTORY"), Some(0o40_000));
        assert_eq!(bit(Set::Open, Group::Aarch64, "O_DIRECT"), Some(0o200_000));
        assert_eq!(bit(Set::Open, Group::Powerpc, "O_DIRECT"), Some(0o400_000));
        assert_eq!(bit(Set::Prot, Group::Aarch64, "PROT_BTI"), Some(0x10));
        assert_eq!(bit(Set::Mmap, Group::X86, "MAP_32BIT"), Some(0x40));
        assert_eq!(Set::SocketOption.value(Group::Powerpc, 16), Some("SO_RCVLOWAT"));
        assert_eq!(Set::SocketOption.value(Group::X86, 16), Some("SO_PASSCRED"));
        assert_eq!(Set::Ioctl.value(Group::Powerpc, 0x402c_7413), Some("TCGETS"));
    }

    #[test]
    fn every_group_has_known_values() {
        for group in GROUPS {
            assert_eq!(Set::Signal.value(group, 9), Some("SIGKILL"));
            assert_eq!(Set::Prctl.value(group, 22), Some("PR_SET_SECCOMP"));
            assert_eq!(Set::Fcntl.value(group, 1033), Some("F_ADD_SEALS"));
            assert_eq!(Set::Open.value(group, 0), Some("O_RDONLY"));
            assert_eq!(bit(Set::Mount, group, "MS_BIND"), Some(0x1000));
            assert_eq!(Set::Signal.values(group).len(), 31);
            assert_eq!(Set::Rlimit.values(group).len(), 16);
        }
    }

    #[test]
    fn only_architectures_with_calls_have_a_group() {
        for arch in Arch::all() {
            let calls = crate::syscall::number(arch, b"read").is_some();
            assert_eq!(Group::of(arch).is_some(), calls, "{arch:?}");
        }
    }
}
