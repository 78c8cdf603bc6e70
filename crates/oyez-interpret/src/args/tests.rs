//! Arguments of calls by name, over architectures; and what any numbers give.

use oyez_tables::argument;
use oyez_tables::syscall;
use proptest::prelude::*;

use super::*;

mod harmless;

fn call(arch: Arch, name: &str, args: [u64; 4]) -> Call {
    let number = syscall::number(arch, name.as_bytes()).unwrap_or_else(|| panic!("{arch:?} has no {name}"));
    Call::new(arch, number, args.map(Some))
}

fn said(arch: Arch, name: &str, args: [u64; 4], index: usize) -> Option<String> {
    let mut out = Vec::new();
    arg(&call(arch, name, args), index, &mut out).then(|| String::from_utf8(out).unwrap())
}

fn result(arch: Arch, name: &str, args: [u64; 4], value: i64) -> Option<String> {
    let mut out = Vec::new();
    exit(&call(arch, name, args), value, &mut out).then(|| String::from_utf8(out).unwrap())
}

#[test]
fn arguments_mean_what_the_call_makes_of_them() {
    #[rustfmt::skip]
    let known: &[(&str, [u64; 4], usize, &str)] = &[
        ("openat", [0xffff_ff9c, 1, 0x80241, 0o644], 0, "AT_FDCWD"),
        ("openat", [u64::MAX - 99, 1, 0x80241, 0o644], 0, "AT_FDCWD"),
        ("openat", [3, 1, 0x80241, 0o644], 2, "O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC"),
        ("openat", [3, 1, 0x80241, 0o644], 3, "0644"),
        ("clone", [0x120_0011, 0, 0, 0], 0, "CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD"),
        ("mount", [0, 0, 0, 0xc0ed_1001], 3, "MS_RDONLY|MS_BIND"),
        ("unshare", [0x1002_0080, 0, 0, 0], 0, "CLONE_NEWTIME|CLONE_NEWNS|CLONE_NEWUSER"),
        ("prctl", [1, 9, 0, 0], 1, "SIGKILL"),
        ("prctl", [22, 2, 0, 0], 1, "SECCOMP_MODE_FILTER"),
        ("prctl", [47, 2, 21, 0], 2, "sys_admin"),
        ("prctl", [28, 0x2f, 0, 0], 1, "SECBIT_NOROOT|SECBIT_NOROOT_LOCKED|SECBIT_NO_SETUID_FIXUP|SECBIT_NO_SETUID_FIXUP_LOCKED|SECBIT_KEEP_CAPS_LOCKED"),
        ("ptrace", [0x4200, 5, 0, 0x10_0001], 3, "PTRACE_O_TRACESYSGOOD|PTRACE_O_EXITKILL"),
        ("ptrace", [12, 5, 0, 0], 0, "PTRACE_GETREGS"),
        ("fcntl", [3, 4, 0x800, 0], 2, "O_RDONLY|O_NONBLOCK"),
        ("fcntl", [3, 8, 0xffff_fffe, 0], 2, "-2"),
        ("socket", [16, 0x80003, 9, 0], 2, "NETLINK_AUDIT"),
        ("socket", [16, 0x80003, 9, 0], 1, "SOCK_RAW|SOCK_CLOEXEC"),
        ("socket", [2, 1, 6, 0], 2, "tcp"),
        ("setsockopt", [3, 1, 2, 0], 2, "SO_REUSEADDR"),
        ("setsockopt", [3, 41, 26, 0], 2, "IPV6_V6ONLY"),
        ("setsockopt", [3, 270, 1, 0], 2, "NETLINK_ADD_MEMBERSHIP"),
        ("shmget", [0, 4096, 0o3600, 0], 2, "IPC_CREAT|IPC_EXCL|0600"),
        ("shmget", [0, 4096, 0o3600, 0], 0, "IPC_PRIVATE"),
        ("keyctl", [4, 0xffff_fffd, u64::MAX, 1000], 1, "KEY_SPEC_SESSION_KEYRING"),
        ("futex", [0, 0x81, 1, 0], 1, "FUTEX_WAKE|FUTEX_PRIVATE_FLAG"),
        ("mknod", [0, 0o20644, 0x103, 0], 1, "character,644"),
        ("tgkill", [1, 2, 34, 0], 2, "SIGRT_2"),
        ("ioctl", [1, 0x5412, 0, 0], 1, "TIOCSTI"),
        ("quotactl", [0x8000_0700, 0, 0, 0], 0, "Q_GETQUOTA|USRQUOTA"),
        ("bpf", [5, 0, 0, 0], 0, "BPF_PROG_LOAD"),
        ("io_uring_register", [3, 9, 0, 0], 1, "IORING_REGISTER_PERSONALITY"),
        ("landlock_add_rule", [3, 2, 0, 0], 1, "LANDLOCK_RULE_NET_PORT"),
        ("unlinkat", [3, 0, 0x200, 0], 2, "AT_REMOVEDIR"),
        ("faccessat2", [3, 0, 4, 0x200], 3, "AT_EACCESS"),
        ("kill", [u64::MAX, 15, 0, 0], 0, "-1"),
        ("kill", [1, 0, 0, 0], 1, "SIG0"),
        ("ioprio_set", [1, 0, 0x4004, 0], 2, "IOPRIO_CLASS_BE|0x4"),
        ("swapon", [0, 0x8005, 0, 0], 1, "SWAP_FLAG_PREFER|0x5"),
        ("reboot", [0xfee1_dead, 672_274_793, 0x123_4567, 0], 2, "LINUX_REBOOT_CMD_RESTART"),
        ("arch_prctl", [0x1002, 0, 0, 0], 0, "ARCH_SET_FS"),
        ("fanotify_mark", [3, 0x101, 0x1000_0000_0000_0020 & 0xffff_ffff, 0xffff_ff9c], 3, "AT_FDCWD"),
        ("syslog", [3, 0, 0, 0], 0, "SYSLOG_ACTION_READ_ALL"),
    ];
    for (name, args, index, text) in known {
        assert_eq!(said(Arch::X86_64, name, *args, *index).as_deref(), Some(*text), "{name} a{index}");
    }
}

#[test]
fn what_a_number_says_by_itself_is_not_said_again() {
    for (name, args, index) in [
        ("openat", [3, 1, 0, 0o644], 0),
        ("openat", [3, 1, 0, 0o644], 1),
        ("openat", [3, 1, 0, 0o644], 3),
        ("setuid", [1000, 0, 0, 0], 0),
        ("read", [3, 1, 2, 3], 2),
        ("getpid", [1, 1, 1, 1], 0),
        ("umount2", [1, 0, 0, 0], 1),
        ("prctl", [15, 2, 3, 4], 1),
        ("kill", [1, 65, 0, 0], 1),
        ("personality", [0xffff_ffff, 0, 0, 0], 0),
        ("openat", [3, 1, 0, 0], 4),
        ("openat", [3, 1, 0, 0], usize::MAX),
    ] {
        assert_eq!(said(Arch::X86_64, name, args, index), None, "{name} a{index}");
    }
}

#[test]
fn architectures_have_their_own_numbers_and_orders() {
    assert_eq!(said(Arch::Aarch64, "openat", [3, 1, 0x84000, 0], 2).unwrap(), "O_RDONLY|O_DIRECTORY|O_CLOEXEC");
    assert_eq!(said(Arch::S390x, "clone", [0, 0x11, 0, 0], 1).unwrap(), "SIGCHLD");
    assert_eq!(said(Arch::S390x, "clone", [0x11, 0, 0, 0], 0), None);
    assert_eq!(said(Arch::I386, "mmap", [0x1000, 0, 3, 2], 2), None);
    assert_eq!(said(Arch::I386, "mmap2", [0, 4096, 3, 0x22], 3).unwrap(), "MAP_PRIVATE|MAP_ANONYMOUS");
    assert_eq!(said(Arch::Ppc64, "mmap", [0, 4096, 3, 0x62], 3).unwrap(), "MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE");
    assert_eq!(said(Arch::Arm, "arm_fadvise64_64", [3, 4, 0, 0], 1).unwrap(), "POSIX_FADV_DONTNEED");
    assert_eq!(said(Arch::I386, "fadvise64", [3, 0, 0, 4], 3), None);
    let x32 = Call::new(Arch::X86_64, syscall::X32_BIT + 257, [Some(u64::MAX - 99), None, Some(2), None]);
    let mut out = Vec::new();
    assert!(arg(&x32, 0, &mut out) && arg(&x32, 2, &mut out) && !arg(&x32, 3, &mut out));
    assert_eq!(out, b"AT_FDCWDO_RDWR");
}

#[test]
fn multiplexed_calls_are_seen_through() {
    let said = |args, index| said(Arch::I386, "ipc", args, index);
    assert_eq!(said([23, 0, 4096, 0o1600], 0).unwrap(), "shmget");
    assert_eq!(said([23, 0, 4096, 0o1600], 1).unwrap(), "IPC_PRIVATE");
    assert_eq!(said([23, 0, 4096, 0o1600], 3).unwrap(), "IPC_CREAT|0600");
    assert_eq!(said([24, 7, 0x100, 0], 2).unwrap(), "IPC_RMID|IPC_64");
    assert_eq!(said([0x1_0003, 7, 0, 0x110], 3).unwrap(), "SETVAL|IPC_64");
    assert_eq!(said([21, 7, 0x1000, 0], 2).unwrap(), "SHM_RDONLY");
    assert_eq!(said([11, 7, 10, 0o4000], 3).unwrap(), "IPC_NOWAIT");
    assert_eq!(said([99, 7, 1, 2], 1), None);
    let socketcall = call(Arch::I386, "socketcall", [3, 1, 2, 3]);
    let mut out = Vec::new();
    assert!(arg(&socketcall, 0, &mut out) && !arg(&socketcall, 1, &mut out));
    assert_eq!(out, b"connect");
    assert_eq!(result(Arch::I386, "ipc", [21, 0, 0, 0], 0x1000), None);
}

#[test]
fn users_and_groups_are_told_as_such() {
    let told = |arch, name, args: [u64; 4], index| id(&call(arch, name, args), index);
    assert_eq!(told(Arch::X86_64, "setresuid", [1, 0xffff_ffff, 3, 0], 1), Some(Id::User(u32::MAX)));
    assert_eq!(told(Arch::X86_64, "fchownat", [3, 0, 1000, 100], 3), Some(Id::Group(100)));
    assert_eq!(told(Arch::I386, "chown", [0, 0xffff, 5, 0], 1), Some(Id::User(u32::MAX)));
    assert_eq!(told(Arch::I386, "chown32", [0, 0xffff, 5, 0], 1), Some(Id::User(0xffff)));
    assert_eq!(told(Arch::X86_64, "setpriority", [2, 1000, 5, 0], 1), Some(Id::User(1000)));
    assert_eq!(told(Arch::X86_64, "setpriority", [0, 1000, 5, 0], 1), None);
    assert_eq!(told(Arch::X86_64, "keyctl", [4, 1, 1000, 100], 2), Some(Id::User(1000)));
    assert_eq!(told(Arch::X86_64, "openat", [0; 4], argument::EXIT), None);
    assert_eq!(exit_id(&call(Arch::X86_64, "getuid", [0; 4]), 1000), Some(Id::User(1000)));
    assert_eq!(exit_id(&call(Arch::X86_64, "getuid", [0; 4]), -1), None);
    assert_eq!(exit_id(&call(Arch::X86_64, "getpid", [0; 4]), 1000), None);
}

#[test]
fn results_are_errors_addresses_and_flags() {
    let x86 = |name, args, value| result(Arch::X86_64, name, args, value);
    assert_eq!(x86("openat", [0; 4], -13).unwrap(), "EACCES(Permission denied)");
    assert_eq!(x86("read", [0; 4], -512).unwrap(), "ERESTARTSYS");
    assert_eq!(x86("read", [0; 4], -4095), None);
    assert_eq!(x86("read", [0; 4], i64::MIN), None);
    assert_eq!(x86("read", [0; 4], 100), None);
    assert_eq!(x86("mmap", [0; 4], 0x7f00_0000_0000).unwrap(), "0x7f0000000000");
    assert_eq!(x86("mmap", [0; 4], -12).unwrap(), "ENOMEM(Cannot allocate memory)");
    assert_eq!(x86("fcntl", [3, 3, 0, 0], 0x8002).unwrap(), "O_RDWR|O_LARGEFILE");
    assert_eq!(x86("umask", [0o77, 0, 0, 0], 0o22).unwrap(), "0022");
    assert_eq!(x86("sched_getscheduler", [0; 4], 1).unwrap(), "SCHED_FIFO");
}

#[test]
fn calls_that_no_table_has_say_nothing() {
    for (arch, number) in [(Arch::X86_64, 100_000), (Arch::Loongarch64, 56), (Arch::Mips, 4005)] {
        let call = Call::new(arch, number, [Some(1); 4]);
        let mut out = Vec::new();
        assert!((0..4).all(|index| !arg(&call, index, &mut out)) && out.is_empty(), "{arch:?}");
        assert!(errno(-13, &mut out) && call.name.is_empty());
    }
}

/// Numbers that are likelier to mean something than any 64 bits.
fn value() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), 0..100_u64, (0..64_u32).prop_map(|bit| 1 << bit), any::<u32>().prop_map(u64::from)]
}

proptest! {
    #[test]
    fn any_numbers_give_short_printable_text_or_none(
        arch in 0..100_usize,
        number in prop_oneof![0..600_u32, any::<u32>()],
        args in proptest::array::uniform4(proptest::option::of(value())),
        result in prop_oneof![any::<i64>(), -5000..5000_i64],
    ) {
        harmless::call(arch, number, args, result);
    }
}

proptest! {
    #[test]
    fn what_is_said_depends_on_the_arguments_that_are_read(
        arch in 0..100_usize,
        number in 0..600_u32,
        args in proptest::array::uniform4(value()),
        others in proptest::array::uniform4(value()),
    ) {
        let arches: Vec<_> = Arch::all().collect();
        let call = Call::new(arches[arch % arches.len()], number, args.map(Some));
        let mut other = call;
        for index in (0..4).filter(|index| !call.reads(*index)) {
            other.args[index] = Some(others[index]);
        }
        for index in 0..4 {
            let (mut text, mut other_text) = (Vec::new(), Vec::new());
            prop_assert_eq!(arg(&call, index, &mut text), arg(&other, index, &mut other_text));
            prop_assert_eq!(text, other_text);
            prop_assert_eq!(id(&call, index), id(&other, index));
        }
    }
}

/// Every call of the architectures that have some: what a random number seldom finds.
#[test]
fn every_call_with_every_bit_gives_short_printable_text() {
    for (at, arch) in Arch::all().enumerate().filter(|(_, arch)| Group::of(*arch).is_some()) {
        for number in (0..600).filter(|number| syscall::name(arch, *number).is_some()) {
            for value in [0, 1, 2, 0x100, 0xffff, u64::from(u32::MAX), u64::MAX] {
                harmless::call(at, number, [Some(value); 4], 7);
            }
        }
    }
}

#[test]
fn what_is_said_costs_no_allocation() {
    let calls = ["openat", "mmap", "clone", "socket", "prctl", "mount", "shmget", "chmod", "kill", "fcntl", "read"]
        .map(|name| call(Arch::X86_64, name, [u64::MAX - 99, 4, 0x80c2, 0x22]));
    let mut out = Vec::with_capacity(4096);
    let allocated = allocation_counter::measure(|| {
        for call in &calls {
            out.clear();
            for index in 0..4 {
                arg(call, index, &mut out);
            }
            exit(call, -13, &mut out);
        }
    });
    assert_eq!(allocated.count_total, 0);
    assert!(!out.is_empty());
}
