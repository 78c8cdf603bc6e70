//! Names of values that have no table in `oyez-tables`: types of files and file systems, operations of an `io_uring`,
//! architectures as auditctl names them. By hand; the source stands at each.

use oyez_tables::arch::Arch;
use oyez_tables::errno;

/// `filetype`: `S_IF*` (include/uapi/linux/stat.h), names of auditctl(8).
const FILE_TYPES: [(u32, &str); 7] = [
    (0o014_0000, "socket"),
    (0o012_0000, "link"),
    (0o010_0000, "file"),
    (0o006_0000, "block"),
    (0o004_0000, "dir"),
    (0o002_0000, "character"),
    (0o001_0000, "fifo"),
];

/// `fstype`: `*_MAGIC` (include/uapi/linux/magic.h), names of auditctl.
const FS_TYPES: [(u32, &str); 4] =
    [(0x7472_6163, "tracefs"), (0x6462_6720, "debugfs"), (0x0027_e0eb, "cgroup"), (0x6367_7270, "cgroup2")];

/// Operations of an `io_uring` by number: `IORING_OP_*` (`include/uapi/linux/io_uring.h`, Linux 6.17) in lower case.
const URING_OPS: [&str; 63] = [
    "nop",
    "readv",
    "writev",
    "fsync",
    "read_fixed",
    "write_fixed",
    "poll_add",
    "poll_remove",
    "sync_file_range",
    "sendmsg",
    "recvmsg",
    "timeout",
    "timeout_remove",
    "accept",
    "async_cancel",
    "link_timeout",
    "connect",
    "fallocate",
    "openat",
    "close",
    "files_update",
    "statx",
    "read",
    "write",
    "fadvise",
    "madvise",
    "send",
    "recv",
    "openat2",
    "epoll_ctl",
    "splice",
    "provide_buffers",
    "remove_buffers",
    "tee",
    "shutdown",
    "renameat",
    "unlinkat",
    "mkdirat",
    "symlinkat",
    "linkat",
    "msg_ring",
    "fsetxattr",
    "setxattr",
    "fgetxattr",
    "getxattr",
    "socket",
    "uring_cmd",
    "send_zc",
    "sendmsg_zc",
    "read_multishot",
    "waitid",
    "futex_wait",
    "futex_wake",
    "futex_waitv",
    "fixed_fd_install",
    "ftruncate",
    "bind",
    "listen",
    "recv_zc",
    "epoll_wait",
    "readv_fixed",
    "writev_fixed",
    "pipe",
];

/// Names of architectures beside their own (`uname -m`, names of auditctl).
const ARCH_ALIASES: [(&str, Arch); 9] = [
    ("i486", Arch::I386),
    ("i586", Arch::I386),
    ("i686", Arch::I386),
    ("armv5tejl", Arch::Arm),
    ("armv5tel", Arch::Arm),
    ("armv6l", Arch::Arm),
    ("armv7l", Arch::Arm),
    ("armv8l", Arch::Arm),
    ("ppcle", Arch::Ppc),
];

/// Names of errors beside their own (include/uapi/asm-generic/errno.h, glibc's errno.h).
const ERRNO_ALIASES: [(&str, u32); 3] = [("EWOULDBLOCK", 11), ("EDEADLOCK", 35), ("ENOTSUP", 95)];

fn by_name(table: &[(u32, &str)], name: &[u8]) -> Option<u32> {
    table.iter().find(|(_, known)| known.as_bytes() == name).map(|(number, _)| *number)
}

fn by_number(table: &[(u32, &'static str)], number: u32) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

pub(crate) fn file_type(name: &[u8]) -> Option<u32> {
    by_name(&FILE_TYPES, name)
}

pub(crate) fn file_type_name(number: u32) -> Option<&'static str> {
    by_number(&FILE_TYPES, number)
}

pub(crate) fn file_type_names() -> impl Iterator<Item = &'static str> {
    FILE_TYPES.into_iter().map(|(_, name)| name)
}

pub(crate) fn fs_type(name: &[u8]) -> Option<u32> {
    by_name(&FS_TYPES, name)
}

pub(crate) fn fs_type_name(number: u32) -> Option<&'static str> {
    by_number(&FS_TYPES, number)
}

pub(crate) fn fs_type_names() -> impl Iterator<Item = &'static str> {
    FS_TYPES.into_iter().map(|(_, name)| name)
}

pub(crate) fn uring_op(name: &[u8]) -> Option<u32> {
    (0..).zip(URING_OPS).find(|(_, known)| known.as_bytes() == name).map(|(number, _)| number)
}

pub(crate) fn uring_op_name(number: u32) -> Option<&'static str> {
    URING_OPS.get(usize::try_from(number).ok()?).copied()
}

pub(crate) fn uring_op_names() -> impl Iterator<Item = &'static str> {
    URING_OPS.into_iter()
}

/// The architecture named so, case aside for `b32` and `b64` only, which are not looked up here.
pub(crate) fn arch(name: &[u8]) -> Option<Arch> {
    let alias = ARCH_ALIASES.into_iter().find(|(known, _)| known.as_bytes() == name).map(|(_, arch)| arch);
    alias.or_else(|| Arch::all().find(|arch| arch.name().as_bytes() == name))
}

pub(crate) fn arch_names() -> impl Iterator<Item = &'static str> {
    ["b32", "b64"].into_iter().chain(Arch::all().map(Arch::name)).chain(ARCH_ALIASES.into_iter().map(|(name, _)| name))
}

/// The 32-bit architecture whose programs `machine` runs besides its own; `machine` itself where it has 32 bits.
pub(crate) fn b32(machine: Arch) -> Option<Arch> {
    match machine {
        Arch::X86_64 => Some(Arch::I386),
        Arch::Ppc64 => Some(Arch::Ppc),
        Arch::S390x => Some(Arch::S390),
        Arch::Aarch64 => Some(Arch::Arm),
        _ if !is_64_bit(machine) => Some(machine),
        _ => None,
    }
}

/// Whether its numbers say 64 bits (`__AUDIT_ARCH_64BIT`).
pub(crate) fn is_64_bit(arch: Arch) -> bool {
    arch.audit() & 0x8000_0000 != 0
}

/// The positive number of an error's name.
pub(crate) fn errno(name: &[u8]) -> Option<u32> {
    let alias = ERRNO_ALIASES.into_iter().find(|(known, _)| known.as_bytes() == name).map(|(_, number)| number);
    alias.or_else(|| errno::number(name))
}

pub(crate) fn errno_names() -> impl Iterator<Item = &'static str> {
    (1..1024).filter_map(errno::name).chain(ERRNO_ALIASES.into_iter().map(|(name, _)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_kernels_headers() {
        assert_eq!(file_type(b"file"), Some(32768));
        assert_eq!(file_type_name(16384), Some("dir"));
        assert_eq!(fs_type(b"tracefs"), Some(0x7472_6163));
        assert_eq!(fs_type_name(0x6462_6720), Some("debugfs"));
        for (number, name) in [(9, "sendmsg"), (18, "openat"), (28, "openat2"), (44, "getxattr"), (46, "uring_cmd")] {
            assert_eq!((uring_op(name.as_bytes()), uring_op_name(number)), (Some(number), Some(name)));
        }
        assert_eq!(uring_op_name(63), None);
        assert_eq!(errno(b"EWOULDBLOCK"), errno(b"EAGAIN"));
        assert_eq!(arch(b"i686"), Some(Arch::I386));
        assert_eq!((b32(Arch::X86_64), b32(Arch::Ppc64le), b32(Arch::Arm)), (Some(Arch::I386), None, Some(Arch::Arm)));
    }
}
