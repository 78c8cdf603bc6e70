//! Names of system calls that are auditctl's own: where its tables spell a call otherwise than the kernel's headers.
//!
//! By hand, from `ausyscall ARCH --dump` of auditd 3.0.9 beside the headers that `oyez-tables` is made of. Rules files have
//! them, so they are read; they are written only for those who expect auditctl's own words.

use oyez_tables::arch::Arch;
use oyez_tables::syscall;

/// auditctl's name, the kernel's, and the architectures on which auditctl calls it so.
const TABLE: [(&str, &str, &[Arch]); 14] = [
    ("pread", "pread64", WIDE),
    ("pwrite", "pwrite64", WIDE),
    ("sys_kexec_load", "kexec_load", &[Arch::I386]),
    ("sched_rr_get_interval64", "sched_rr_get_interval_time64", &[Arch::I386, Arch::Arm]),
    ("getdents", "getdents64", &[Arch::Aarch64]),
    ("newfstat", "fstat", &[Arch::Aarch64]),
    ("llseek", "_llseek", &[Arch::Arm]),
    ("newselect", "_newselect", &[Arch::Arm]),
    ("sysctl", "_sysctl", &[Arch::Arm]),
    ("fadvise64_64", "arm_fadvise64_64", &[Arch::Arm]),
    ("sync_file_range", "sync_file_range2", &[Arch::Arm]),
    ("timerfd", "timerfd_create", POWER),
    ("perf_counter_open", "perf_event_open", POWER),
    ("fstatat64", "newfstatat", &[Arch::Ppc64, Arch::Ppc64le]),
];
const POWER: &[Arch] = &[Arch::Ppc, Arch::Ppc64, Arch::Ppc64le];
const WIDE: &[Arch] = &[Arch::X86_64, Arch::Aarch64, Arch::Ppc, Arch::Ppc64, Arch::Ppc64le, Arch::S390, Arch::S390x];

/// The number of a call by the kernel's name or auditctl's.
pub(crate) fn number(arch: Arch, name: &[u8]) -> Option<u32> {
    syscall::number(arch, name).or_else(|| {
        let known = TABLE.iter().find(|(alias, _, arches)| alias.as_bytes() == name && arches.contains(&arch));
        known.and_then(|(_, kernel, _)| syscall::number(arch, kernel.as_bytes()))
    })
}

/// auditctl's name of a call that the kernel has this name for.
pub(crate) fn name(arch: Arch, kernel: &'static str) -> &'static str {
    let known = TABLE.iter().find(|(_, known, arches)| *known == kernel && arches.contains(&arch));
    known.map_or(kernel, |(alias, _, _)| alias)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_stands_for_a_call_and_hides_none() {
        for (alias, kernel, arches) in TABLE {
            for arch in arches {
                assert_eq!(syscall::number(*arch, alias.as_bytes()), None, "{alias}");
                let number = number(*arch, alias.as_bytes());
                assert!(number.is_some() && number == syscall::number(*arch, kernel.as_bytes()), "{alias}");
                assert_eq!(name(*arch, kernel), alias);
            }
        }
        assert_eq!(number(Arch::I386, b"pread"), None);
        assert_eq!(name(Arch::I386, "pread64"), "pread64");
    }
}
