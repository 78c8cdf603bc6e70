//! Which system calls a `perm` is about: the classes of the kernel.
//!
//! A rule with `perm` and no call is asked about at the end of every call, and the kernel then looks whether the call is
//! of the class (kernel/auditsc.c, `audit_match_perm`). With the calls named, the others pay nothing. The match is the
//! same, since these are all the calls that the kernel looks for.
//!
//! Sources: `include/asm-generic/audit_{read,write,dir_write,change_attr}.h` of Linux 6.17 and, for what is told by its
//! arguments (`open`, `socketcall` for `bind`, `execve`), `audit_match_perm`. auditctl 4.x has a list of its own for
//! 64-bit calls (lib/permtab.h): on 32-bit architectures it lacks the variants that end in `32` and `64`, and
//! `socketcall`, so that what the kernel would find is lost there.

use oyez_tables::arch::Arch;
use oyez_tables::syscall;

use crate::model::Syscalls;

/// `AUDIT_PERM_*`, letter, calls; in the order in which auditctl writes the letters.
const CLASSES: [(u32, char, &[&str]); 4] = [
    (
        4,
        'r',
        &[
            "readlink",
            "quotactl",
            "listxattr",
            "listxattrat",
            "llistxattr",
            "flistxattr",
            "getxattr",
            "getxattrat",
            "lgetxattr",
            "fgetxattr",
            "readlinkat",
            "file_getattr",
            "open",
            "openat",
            "openat2",
        ],
    ),
    (
        2,
        'w',
        &[
            "rename",
            "mkdir",
            "rmdir",
            "creat",
            "link",
            "unlink",
            "symlink",
            "mknod",
            "mkdirat",
            "mknodat",
            "unlinkat",
            "renameat",
            "linkat",
            "symlinkat",
            "renameat2",
            "acct",
            "swapon",
            "quotactl",
            "quotactl_fd",
            "truncate",
            "truncate64",
            "ftruncate",
            "ftruncate64",
            "bind",
            "fallocate",
            "open",
            "openat",
            "openat2",
            "socketcall",
        ],
    ),
    (1, 'x', &["execve", "execveat"]),
    (
        8,
        'a',
        &[
            "chmod",
            "fchmod",
            "chown",
            "lchown",
            "fchown",
            "setxattr",
            "setxattrat",
            "lsetxattr",
            "fsetxattr",
            "removexattr",
            "removexattrat",
            "lremovexattr",
            "fremovexattr",
            "fchownat",
            "fchmodat",
            "fchmodat2",
            "chown32",
            "lchown32",
            "fchown32",
            "link",
            "linkat",
            "file_setattr",
        ],
    ),
];

/// The bits of `perm` that letters of `rwxa` say, either case; the first letter that is none of them otherwise.
pub(crate) fn bits(letters: &[u8]) -> Result<u32, u8> {
    letters.iter().try_fold(0, |bits, letter| {
        let lower = char::from(letter.to_ascii_lowercase());
        CLASSES.iter().find(|(_, known, _)| *known == lower).map(|(bit, _, _)| bits | bit).ok_or(*letter)
    })
}

/// The letters for the bits of `perm`; those that have none are left out.
pub(crate) fn letters(bits: u32) -> String {
    CLASSES.iter().filter(|(bit, _, _)| bits & bit != 0).map(|(_, letter, _)| letter).collect()
}

/// The calls of `arch` that the kernel matches with these bits of `perm`. `None` where the architecture's calls are not
/// known.
pub(crate) fn syscalls(bits: u32, arch: Arch) -> Option<Syscalls> {
    let names = CLASSES.iter().filter(|(bit, _, _)| bits & bit != 0).flat_map(|(_, _, names)| *names);
    let set: Syscalls = names.filter_map(|name| syscall::number(arch, name.as_bytes())).collect();
    (!set.is_empty()).then_some(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_lead_to_bits_and_back() {
        assert_eq!(bits(b"rwxa"), Ok(15));
        assert_eq!(bits(b"WA"), Ok(10));
        assert_eq!(bits(b"wz"), Err(b'z'));
        assert_eq!((letters(15), letters(10), letters(0)), ("rwxa".into(), "wa".into(), String::new()));
    }

    #[test]
    fn every_call_of_a_class_is_a_call_somewhere() {
        for name in CLASSES.iter().flat_map(|(_, _, names)| *names) {
            let known = [Arch::X86_64, Arch::I386].iter().any(|arch| syscall::number(*arch, name.as_bytes()).is_some());
            assert!(known, "{name}");
        }
    }

    #[test]
    fn calls_are_those_of_the_architecture() {
        let call = |arch, name: &str| syscall::number(arch, name.as_bytes()).unwrap();
        assert_eq!(syscalls(1, Arch::X86_64), Some([59, 322].into_iter().collect()));
        let write = syscalls(2, Arch::I386).unwrap();
        assert!(write.contains(call(Arch::I386, "truncate64")) && write.contains(call(Arch::I386, "socketcall")));
        let write = syscalls(2, Arch::Aarch64).unwrap();
        assert!(write.contains(call(Arch::Aarch64, "renameat2")) && !write.is_all());
        assert_eq!(syscalls(0, Arch::X86_64), None);
        assert_eq!(syscalls(2, Arch::Loongarch64), None);
    }
}
