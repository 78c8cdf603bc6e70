//! Architectures: the `arch=` of SYSCALL and SECCOMP records (`AUDIT_ARCH_*`, include/uapi/linux/audit.h) → [`Arch`].
//!
//! Only some have a table of system calls: see [`crate::syscall`].

#[rustfmt::skip]
mod generated;

use generated::ALL;
pub use generated::Arch;

impl Arch {
    /// The architecture whose `AUDIT_ARCH_*` number is `audit`, as records write it in hex.
    #[inline]
    pub fn from_audit(audit: u32) -> Option<Self> {
        // Nearly every record of a host has the same one; the rest are few enough to walk.
        if audit == ALL[Self::X86_64 as usize].1 {
            return Some(Self::X86_64);
        }
        ALL.iter().find(|(_, number, _)| *number == audit).map(|(arch, _, _)| *arch)
    }

    /// Its `AUDIT_ARCH_*` number.
    #[inline]
    pub fn audit(self) -> u32 {
        ALL[self as usize].1
    }

    /// Its name: the kernel's, in lower case (`x86_64`, `i386`, `aarch64`, `ppc64le`).
    #[inline]
    pub fn name(self) -> &'static str {
        ALL[self as usize].2
    }

    /// Every architecture.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|(arch, _, _)| *arch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_leads_back_to_its_architecture() {
        for arch in Arch::all() {
            assert_eq!(Arch::from_audit(arch.audit()), Some(arch));
        }
    }

    #[test]
    fn known_numbers_have_their_names() {
        let known = [
            (0xc000_003e, Arch::X86_64, "x86_64"),
            (0x4000_0003, Arch::I386, "i386"),
            (0xc000_00b7, Arch::Aarch64, "aarch64"),
            (0x4000_0028, Arch::Arm, "arm"),
            (0xc000_00f3, Arch::Riscv64, "riscv64"),
            (0x8000_0015, Arch::Ppc64, "ppc64"),
            (0xc000_0015, Arch::Ppc64le, "ppc64le"),
            (0x14, Arch::Ppc, "ppc"),
            (0x8000_0016, Arch::S390x, "s390x"),
            (0x16, Arch::S390, "s390"),
            (0xc000_0102, Arch::Loongarch64, "loongarch64"),
        ];
        for (number, arch, name) in known {
            assert_eq!(Arch::from_audit(number), Some(arch), "{number:x}");
            assert_eq!(arch.name(), name);
        }
    }

    #[test]
    fn unknown_numbers_have_no_architecture() {
        for number in [0, 0x3e, 0x8000_003e, 0xc000_003f, u32::MAX] {
            assert_eq!(Arch::from_audit(number), None, "{number:x}");
        }
    }
}
