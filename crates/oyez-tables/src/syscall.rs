//! System calls: number ↔ name, for each architecture Debian has headers of that servers run on.
//!
//! Numbers above 1023 (arm's private calls) are in a short list of their own. On `x86_64` the bit [`X32_BIT`] marks an
//! x32 call: it is taken off, and the few calls that have x32 numbers of their own (512 to 547) have their names.

use crate::arch::Arch;

#[rustfmt::skip]
mod generated;

/// The bit in an `x86_64` number that marks a call made by the x32 ABI (`__X32_SYSCALL_BIT`, `asm/unistd.h`).
pub const X32_BIT: u32 = 0x4000_0000;

/// One architecture's system calls.
struct Table {
    /// By number, `""` where there is none.
    names: &'static [&'static str],
    /// Those too far out for the array.
    far: &'static [(u32, &'static str)],
    /// Numbers in the order of their names.
    by_name: &'static [u32],
}

impl Table {
    fn name(&self, number: u32) -> Option<&'static str> {
        match self.names.get(usize::try_from(number).ok()?) {
            Some(&"") => None,
            Some(name) => Some(name),
            None => self.far.iter().find(|(far, _)| *far == number).map(|(_, name)| *name),
        }
    }

    fn number(&self, name: &[u8]) -> Option<u32> {
        let known = |number: &u32| self.name(*number).unwrap_or_default().as_bytes();
        self.by_name.binary_search_by(|number| known(number).cmp(name)).ok().map(|at| self.by_name[at])
    }
}

/// The name of system call `number` of `arch`; an array look-up.
#[inline]
pub fn name(arch: Arch, number: u32) -> Option<&'static str> {
    if arch == Arch::X86_64 && number & X32_BIT != 0 {
        return generated::X32.name(number & !X32_BIT);
    }
    table(arch)?.name(number)
}

/// The number of the system call `name` of `arch`; for `x86_64` never an x32 one. Where an architecture has two numbers
/// for a name, one of them.
pub fn number(arch: Arch, name: &[u8]) -> Option<u32> {
    table(arch)?.number(name)
}

fn table(arch: Arch) -> Option<&'static Table> {
    match arch {
        Arch::X86_64 => Some(&generated::X86_64),
        Arch::I386 => Some(&generated::I386),
        Arch::Aarch64 => Some(&generated::AARCH64),
        Arch::Arm => Some(&generated::ARM),
        Arch::Riscv64 => Some(&generated::RISCV64),
        Arch::Ppc => Some(&generated::PPC),
        Arch::Ppc64 => Some(&generated::PPC64),
        Arch::Ppc64le => Some(&generated::PPC64LE),
        Arch::S390 => Some(&generated::S390),
        Arch::S390x => Some(&generated::S390X),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITH_TABLE: [Arch; 10] = [
        Arch::X86_64,
        Arch::I386,
        Arch::Aarch64,
        Arch::Arm,
        Arch::Riscv64,
        Arch::Ppc,
        Arch::Ppc64,
        Arch::Ppc64le,
        Arch::S390,
        Arch::S390x,
    ];

    #[test]
    fn every_name_leads_back_to_its_number() {
        for arch in WITH_TABLE {
            let numbers = (0..1024).chain(0xf_0000..0xf_0010);
            let named: Vec<_> = numbers.filter_map(|number_| Some((number_, name(arch, number_)?))).collect();
            assert!(named.len() > 300, "{arch:?}: {}", named.len());
            for (number_, name) in named {
                assert_eq!(number(arch, name.as_bytes()), Some(number_), "{arch:?} {name}");
            }
        }
    }

    #[test]
    fn execve_has_its_number_everywhere() {
        let known = [
            (Arch::X86_64, 59),
            (Arch::I386, 11),
            (Arch::Aarch64, 221),
            (Arch::Arm, 11),
            (Arch::Riscv64, 221),
            (Arch::Ppc, 11),
            (Arch::Ppc64, 11),
            (Arch::Ppc64le, 11),
            (Arch::S390, 11),
            (Arch::S390x, 11),
        ];
        for (arch, number_) in known {
            assert_eq!(name(arch, number_), Some("execve"), "{arch:?}");
            assert_eq!(number(arch, b"execve"), Some(number_), "{arch:?}");
        }
    }

    #[test]
    fn calls_newer_than_the_headers_are_known() {
        for arch in WITH_TABLE {
            assert_eq!(name(arch, 462), Some("mseal"), "{arch:?}");
            assert_eq!(name(arch, 469), Some("file_setattr"), "{arch:?}");
        }
        assert_eq!(name(Arch::X86_64, 335), Some("uretprobe"));
        assert_eq!(name(Arch::Riscv64, 258), Some("riscv_hwprobe"));
        assert_eq!(name(Arch::Riscv64, 259), Some("riscv_flush_icache"));
    }

    #[test]
    fn x32_calls_lose_their_bit() {
        assert_eq!(name(Arch::X86_64, X32_BIT), Some("read"));
        assert_eq!(name(Arch::X86_64, X32_BIT | 0x208), Some("execve"));
        assert_eq!(name(Arch::X86_64, 520), None);
        assert_eq!(number(Arch::X86_64, b"execve"), Some(59));
    }

    #[test]
    fn private_calls_of_arm_are_known() {
        assert_eq!(name(Arch::Arm, 0x000f_0005), Some("set_tls"));
        assert_eq!(number(Arch::Arm, b"set_tls"), Some(0x000f_0005));
    }

    #[test]
    fn what_is_no_call_has_no_name() {
        assert_eq!(name(Arch::X86_64, 400), None);
        assert_eq!(name(Arch::X86_64, 100_000), None);
        assert_eq!(name(Arch::X86_64, u32::MAX), None);
        assert_eq!(name(Arch::Loongarch64, 221), None);
        for near in ["", "execv", "execvex", "EXECVE"] {
            assert_eq!(number(Arch::X86_64, near.as_bytes()), None, "{near}");
        }
    }
}
