//! How often programs make a call: what a rule about it costs depends on little else. By hand; the reason stands at each.

/// How often a call is made on a busy host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Heat {
    /// Now and then: by administrators, at the start of services.
    Cold,
    /// With each command or job: hundreds a second where many are started.
    Warm,
    /// In every loop of every program: thousands a second and more.
    Hot,
}

/// Calls of one heat, and why they have it.
struct Group {
    heat: Heat,
    why: &'static str,
    names: &'static [&'static str],
}

const GROUPS: [Group; 9] = [
    Group {
        heat: Heat::Hot,
        why: "every byte read or written goes through it",
        names: &[
            "read",
            "readv",
            "pread64",
            "preadv",
            "preadv2",
            "write",
            "writev",
            "pwrite64",
            "pwritev",
            "pwritev2",
            "sendfile",
            "sendfile64",
            "splice",
            "lseek",
            "_llseek",
        ],
    },
    Group {
        heat: Heat::Hot,
        why: "servers make it for each message or connection",
        names: &[
            "recvfrom",
            "recvmsg",
            "recvmmsg",
            "recvmmsg_time64",
            "recv",
            "sendto",
            "sendmsg",
            "sendmmsg",
            "send",
            "accept",
            "accept4",
            "shutdown",
            "getsockopt",
            "setsockopt",
            "getsockname",
            "getpeername",
            "socketcall",
        ],
    },
    Group {
        heat: Heat::Hot,
        why: "programs that wait make it in a loop",
        names: &[
            "futex",
            "futex_time64",
            "poll",
            "ppoll",
            "ppoll_time64",
            "select",
            "_newselect",
            "pselect6",
            "pselect6_time64",
            "epoll_wait",
            "epoll_pwait",
            "epoll_pwait2",
            "epoll_ctl",
            "nanosleep",
            "clock_nanosleep",
            "clock_nanosleep_time64",
            "sched_yield",
            "io_uring_enter",
            "restart_syscall",
            "rt_sigreturn",
            "sigreturn",
        ],
    },
    Group {
        heat: Heat::Hot,
        why: "the allocator and the loader make it many times for each program",
        names: &["mmap", "mmap2", "munmap", "mprotect", "brk", "madvise", "mremap"],
    },
    Group {
        heat: Heat::Hot,
        why: "the C library makes it all the time",
        names: &[
            "close",
            "ioctl",
            "fcntl",
            "fcntl64",
            "dup",
            "dup2",
            "dup3",
            "pipe",
            "pipe2",
            "rt_sigaction",
            "rt_sigprocmask",
            "gettid",
            "getpid",
            "getppid",
            "getuid",
            "geteuid",
            "getgid",
            "getegid",
            "clock_gettime",
            "clock_gettime64",
            "gettimeofday",
            "getrandom",
            "sysinfo",
            "uname",
        ],
    },
    Group {
        heat: Heat::Hot,
        why: "every look-up of a file makes it, most of them in vain",
        names: &[
            "open",
            "openat",
            "openat2",
            "stat",
            "lstat",
            "fstat",
            "newfstatat",
            "stat64",
            "lstat64",
            "fstat64",
            "fstatat64",
            "statx",
            "access",
            "faccessat",
            "faccessat2",
            "readlink",
            "readlinkat",
            "getdents",
            "getdents64",
            "getxattr",
            "lgetxattr",
            "fgetxattr",
        ],
    },
    Group {
        heat: Heat::Warm,
        why: "each process that is started and ended makes it",
        names: &["execve", "execveat", "fork", "vfork", "clone", "clone3", "exit", "exit_group", "wait4", "waitid"],
    },
    Group { heat: Heat::Warm, why: "services change files all the time, for themselves", names: CHANGES },
    Group {
        heat: Heat::Warm,
        why: "each connection of each program makes it",
        names: &["socket", "connect", "bind", "listen", "socketpair", "kill", "tgkill", "chdir", "fchdir", "umask"],
    },
];

/// Calls that change files.
const CHANGES: &[&str] = &[
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "mkdir",
    "mkdirat",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "creat",
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "chown32",
    "fchown32",
    "lchown32",
    "truncate",
    "ftruncate",
    "truncate64",
    "ftruncate64",
    "utimensat",
    "utime",
    "utimes",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "fallocate",
];

/// Operations of an `io_uring` that its programs make in a loop.
const HOT_OPERATIONS: &[&str] = &[
    "nop",
    "readv",
    "writev",
    "read_fixed",
    "write_fixed",
    "poll_add",
    "poll_remove",
    "sendmsg",
    "recvmsg",
    "timeout",
    "accept",
    "close",
    "statx",
    "read",
    "write",
    "send",
    "recv",
    "openat",
    "openat2",
    "epoll_ctl",
    "splice",
];

/// How often the call is made, and why.
pub(super) fn heat(name: &str) -> (Heat, &'static str) {
    let group = GROUPS.iter().find(|group| group.names.contains(&name));
    group.map_or((Heat::Cold, "few programs make it"), |group| (group.heat, group.why))
}

/// How often an operation of an `io_uring` is asked for.
pub(super) fn operation_heat(name: &str) -> (Heat, &'static str) {
    if HOT_OPERATIONS.contains(&name) {
        (Heat::Hot, "a ring exists to do this often")
    } else {
        (Heat::Cold, "few rings do it")
    }
}

/// Whether the call changes files.
pub(super) fn changes_files(name: &str) -> bool {
    CHANGES.contains(&name)
}

#[cfg(test)]
mod tests {
    use oyez_tables::arch::Arch;
    use oyez_tables::syscall;

    use super::*;

    #[test]
    fn every_name_is_a_call_and_stands_once() {
        let names: Vec<_> = GROUPS.iter().flat_map(|group| group.names).collect();
        for (at, name) in names.iter().enumerate() {
            assert!(Arch::all().any(|arch| syscall::number(arch, name.as_bytes()).is_some()), "{name}");
            assert!(!names[at + 1..].contains(name), "{name} twice");
        }
        for name in HOT_OPERATIONS {
            assert!(crate::values::uring_op(name.as_bytes()).is_some(), "{name}");
        }
    }

    #[test]
    fn heat_is_that_of_the_group() {
        assert_eq!((heat("futex").0, heat("execve").0, heat("swapon").0), (Heat::Hot, Heat::Warm, Heat::Cold));
        assert_eq!((operation_heat("read").0, operation_heat("renameat").0), (Heat::Hot, Heat::Cold));
    }
}
