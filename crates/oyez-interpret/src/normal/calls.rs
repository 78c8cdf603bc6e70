//! System calls → what they do and to what, by name; and how a call is found by its number.
//!
//! A call that is not listed is `called-syscall`: it is named, and has no object. Where one call does many things
//! (`socketcall`, `ipc`, `bpf`), its first argument says which.

use std::sync::LazyLock;

use oyez_tables::arch::Arch;
use oyez_tables::syscall;

use super::action::Action::{self as A};
use super::kind::Kind::{self as K};
use super::rule::{Call, Extra, Start, Target};

/// Numbers below this are looked up in an array.
const NEAR: u32 = 1024;
/// Marks a number without an entry.
const NONE: u16 = u16::MAX;

/// By architecture and number: the place in [`CALLS`].
static PLACES: LazyLock<Vec<Vec<u16>>> = LazyLock::new(|| Arch::all().map(places).collect());

fn places(arch: Arch) -> Vec<u16> {
    let place = |number| syscall::name(arch, number).and_then(find).and_then(|at| u16::try_from(at).ok());
    let last = (0..NEAR).rev().find(|number| place(*number).is_some());
    (0..last.map_or(0, |last| last + 1)).map(|number| place(number).unwrap_or(NONE)).collect()
}

/// The entry of call `number` of `arch`; an array look-up but for the private calls of arm and x32.
pub(super) fn of_number(arch: Arch, number: u32) -> Option<&'static Call> {
    if number >= NEAR {
        return of_name(syscall::name(arch, number)?);
    }
    let place = *PLACES.get(arch as usize)?.get(usize::try_from(number).ok()?)?;
    CALLS.get(usize::from(place))
}

/// The entry of the call spelt exactly `name`.
pub(super) fn of_name(name: &str) -> Option<&'static Call> {
    CALLS.get(find(name)?)
}

fn find(name: &str) -> Option<usize> {
    CALLS.binary_search_by(|call| call.name.cmp(name)).ok()
}

/// What a call does whose first argument says so; `None` for any other.
pub(super) fn by_argument(call: &str, argument: u64) -> Option<&'static Call> {
    let name = match call {
        "socketcall" => SOCKETCALLS.get(usize::try_from(argument.checked_sub(1)?).ok()?)?,
        // The upper half is a version (ipc/syscall.c).
        "ipc" => IPC_CALLS.iter().find(|(number, _)| *number == argument & 0xffff).map(|(_, name)| name)?,
        "bpf" => return BPF_COMMANDS.iter().find(|(command, _)| *command == argument).map(|(_, call)| call),
        _ => return None,
    };
    of_name(name)
}

/// Calls of `socketcall`, from 1 on (linux/net.h, `SYS_SOCKET`).
const SOCKETCALLS: [&str; 20] = [
    "socket",
    "bind",
    "connect",
    "listen",
    "accept",
    "getsockname",
    "getpeername",
    "socketpair",
    "send",
    "recv",
    "sendto",
    "recvfrom",
    "shutdown",
    "setsockopt",
    "getsockopt",
    "sendmsg",
    "recvmsg",
    "accept4",
    "recvmmsg",
    "sendmmsg",
];

/// Calls of `ipc` (linux/ipc.h, `SEMOP`).
const IPC_CALLS: [(u64, &str); 8] = [
    (2, "semget"),
    (3, "semctl"),
    (11, "msgsnd"),
    (12, "msgrcv"),
    (13, "msgget"),
    (14, "msgctl"),
    (21, "shmat"),
    (23, "shmget"),
];

/// Commands of bpf(2) that do more than ask (linux/bpf.h, `enum bpf_cmd`).
static BPF_COMMANDS: [(u64, Call); 4] = [
    (5, Call::new("bpf", A::LoadedBpfProgram, K::BpfProgram, Target::Nothing)),
    (8, Call::new("bpf", A::AttachedBpfProgram, K::BpfProgram, Target::Nothing)),
    (17, Call::new("bpf", A::AttachedBpfProgram, K::BpfProgram, Target::Nothing)),
    (28, Call::new("bpf", A::AttachedBpfProgram, K::BpfProgram, Target::Nothing)),
];

/// The name of the system call that operation `op` of an `io_uring` stands for (`linux/io_uring.h`, `enum io_uring_op`);
/// empty where none does the same.
pub(super) fn uring(op: u32) -> Option<&'static str> {
    usize::try_from(op).ok().and_then(|op| URING_OPS.get(op).copied())
}

#[rustfmt::skip]
const URING_OPS: [&str; 63] = [
    "", "readv", "writev", "fsync", "read", "write", "poll", "", "sync_file_range", "sendmsg",
    "recvmsg", "", "", "accept", "", "", "connect", "fallocate", "openat", "close",
    "", "statx", "read", "write", "fadvise64", "madvise", "send", "recv", "openat2", "epoll_ctl",
    "splice", "", "", "tee", "shutdown", "renameat", "unlinkat", "mkdirat", "symlinkat", "linkat",
    "", "fsetxattr", "setxattr", "fgetxattr", "getxattr", "socket", "ioctl", "send", "sendmsg", "read",
    "waitid", "futex_wait", "futex_wake", "futex_waitv", "", "ftruncate", "bind", "listen", "recv", "epoll_wait",
    "readv", "writev", "pipe2",
];

/// Every call that has words of its own, sorted by name.
#[rustfmt::skip]
pub(super) static CALLS: &[Call] = &[
    Call::new("_sysctl", A::ChangedKernelSetting, K::System, Target::Nothing),
    Call::new("accept", A::AcceptedConnectionFrom, K::Socket, Target::Address),
    Call::new("accept4", A::AcceptedConnectionFrom, K::Socket, Target::Address),
    Call::new("access", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("acct", A::ChangedProcessAccounting, K::File, Target::Path),
    Call::new("add_key", A::AddedKernelKey, K::KernelKey, Target::Nothing),
    Call::new("adjtimex", A::ChangedSystemTime, K::Clock, Target::Nothing),
    Call::new("arch_prctl", A::ChangedProcessSettingOf, K::Process, Target::Own),
    Call::new("bind", A::BoundSocket, K::Socket, Target::Address),
    Call::new("bpf", A::UsedBpf, K::BpfProgram, Target::Nothing),
    Call::new("brk", A::AllocatedMemory, K::Memory, Target::Nothing),
    Call::new("capset", A::ChangedCapabilitiesOf, K::Process, Target::Own),
    Call::new("chdir", A::ChangedWorkingDirectoryTo, K::Directory, Target::Path),
    Call::new("chmod", A::ChangedFilePermissionsOf, K::File, Target::Path).and(Extra::Mode(1)),
    Call::new("chown", A::ChangedFileOwnershipOf, K::File, Target::Path).and(Extra::Owner(1)),
    Call::new("chown32", A::ChangedFileOwnershipOf, K::File, Target::Path).and(Extra::Owner(1)),
    Call::new("chroot", A::ChangedRootDirectoryTo, K::Directory, Target::Path),
    Call::new("clock_adjtime", A::ChangedSystemTime, K::Clock, Target::Nothing),
    Call::new("clock_adjtime64", A::ChangedSystemTime, K::Clock, Target::Nothing),
    Call::new("clock_settime", A::ChangedSystemTime, K::Clock, Target::Nothing),
    Call::new("clock_settime64", A::ChangedSystemTime, K::Clock, Target::Nothing),
    Call::new("clone", A::CreatedProcess, K::Process, Target::Child),
    Call::new("clone3", A::CreatedProcess, K::Process, Target::Child),
    Call::new("connect", A::ConnectedTo, K::Socket, Target::Address),
    Call::new("copy_file_range", A::CopiedFileData, K::File, Target::Path),
    Call::new("creat", A::OpenedFile, K::File, Target::Path).and(Extra::Create),
    Call::new("create_module", A::LoadedKernelModule, K::KernelModule, Target::Module),
    Call::new("delete_module", A::UnloadedKernelModule, K::KernelModule, Target::Module),
    Call::new("execve", A::Executed, K::File, Target::Program),
    Call::new("execveat", A::Executed, K::File, Target::Program).at(Start::Arg(0)),
    Call::new("exit", A::Exited, K::Process, Target::Own),
    Call::new("exit_group", A::Exited, K::Process, Target::Own),
    Call::new("faccessat", A::CheckedMetadataOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("faccessat2", A::CheckedMetadataOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("fallocate", A::AllocatedFileSpace, K::File, Target::Path),
    Call::new("fanotify_init", A::WatchedFile, K::File, Target::Path),
    Call::new("fanotify_mark", A::WatchedFile, K::File, Target::Path).at(Start::Arg(3)),
    Call::new("fchdir", A::ChangedWorkingDirectoryTo, K::Directory, Target::Path),
    Call::new("fchmod", A::ChangedFilePermissionsOf, K::File, Target::Path).and(Extra::Mode(1)),
    Call::new("fchmodat", A::ChangedFilePermissionsOf, K::File, Target::Path).and(Extra::Mode(2)).at(Start::Arg(0)),
    Call::new("fchmodat2", A::ChangedFilePermissionsOf, K::File, Target::Path).and(Extra::Mode(2)).at(Start::Arg(0)),
    Call::new("fchown", A::ChangedFileOwnershipOf, K::File, Target::Path).and(Extra::Owner(1)),
    Call::new("fchown32", A::ChangedFileOwnershipOf, K::File, Target::Path).and(Extra::Owner(1)),
    Call::new("fchownat", A::ChangedFileOwnershipOf, K::File, Target::Path).and(Extra::Owner(2)).at(Start::Arg(0)),
    Call::new("fgetxattr", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("file_getattr", A::CheckedMetadataOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("file_setattr", A::ChangedFileAttributesOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("finit_module", A::LoadedKernelModule, K::KernelModule, Target::Module),
    Call::new("flistxattr", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("flock", A::LockedFile, K::File, Target::Path),
    Call::new("fork", A::CreatedProcess, K::Process, Target::Child),
    Call::new("fremovexattr", A::ChangedFileAttributesOf, K::File, Target::Path),
    Call::new("fsconfig", A::ConfiguredFilesystem, K::Filesystem, Target::Path),
    Call::new("fsetxattr", A::ChangedFileAttributesOf, K::File, Target::Path),
    Call::new("fsmount", A::Mounted, K::Filesystem, Target::Nothing),
    Call::new("fsopen", A::ConfiguredFilesystem, K::Filesystem, Target::Path),
    Call::new("fspick", A::ConfiguredFilesystem, K::Filesystem, Target::Path).at(Start::Arg(0)),
    Call::new("fstat", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("fstat64", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("fstatat64", A::CheckedMetadataOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("fstatfs", A::CheckedFilesystemMetadataOf, K::Filesystem, Target::Path),
    Call::new("fstatfs64", A::CheckedFilesystemMetadataOf, K::Filesystem, Target::Path),
    Call::new("ftruncate", A::TruncatedFile, K::File, Target::Path),
    Call::new("ftruncate64", A::TruncatedFile, K::File, Target::Path),
    Call::new("futimesat", A::ChangedTimestampOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("getdents", A::ListedDirectory, K::Directory, Target::Path),
    Call::new("getdents64", A::ListedDirectory, K::Directory, Target::Path),
    Call::new("getxattr", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("getxattrat", A::CheckedMetadataOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("init_module", A::LoadedKernelModule, K::KernelModule, Target::Module),
    Call::new("inotify_add_watch", A::WatchedFile, K::File, Target::Path),
    Call::new("inotify_init", A::WatchedFile, K::File, Target::Path),
    Call::new("inotify_init1", A::WatchedFile, K::File, Target::Path),
    Call::new("io_uring_enter", A::UsedIoUring, K::Process, Target::Own),
    Call::new("io_uring_register", A::UsedIoUring, K::Process, Target::Own),
    Call::new("io_uring_setup", A::CreatedIoUring, K::Process, Target::Own),
    Call::new("ioctl", A::ControlledDevice, K::Device, Target::Path),
    Call::new("ioperm", A::AccessedIoPorts, K::System, Target::Nothing),
    Call::new("iopl", A::AccessedIoPorts, K::System, Target::Nothing),
    Call::new("ioprio_set", A::AdjustedSchedulingPolicyOf, K::Process, Target::Other(1)),
    Call::new("kcmp", A::ComparedProcesses, K::Process, Target::Other(0)),
    Call::new("kexec_file_load", A::LoadedKernel, K::System, Target::Nothing),
    Call::new("kexec_load", A::LoadedKernel, K::System, Target::Nothing),
    Call::new("keyctl", A::ManagedKernelKey, K::KernelKey, Target::Nothing),
    Call::new("kill", A::KilledProcess, K::Process, Target::Other(0)).and(Extra::Signal(1)),
    Call::new("landlock_add_rule", A::PreparedLandlockRules, K::Process, Target::Own),
    Call::new("landlock_create_ruleset", A::PreparedLandlockRules, K::Process, Target::Own),
    Call::new("landlock_restrict_self", A::RestrictedItself, K::Process, Target::Own),
    Call::new("lchown", A::ChangedFileOwnershipOf, K::File, Target::Path).and(Extra::Owner(1)),
    Call::new("lchown32", A::ChangedFileOwnershipOf, K::File, Target::Path).and(Extra::Owner(1)),
    Call::new("lgetxattr", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("link", A::Linked, K::File, Target::Two),
    Call::new("linkat", A::Linked, K::File, Target::Two).between(Start::Arg(0), Start::Arg(2)),
    Call::new("listen", A::ListenedOnSocket, K::Socket, Target::Address),
    Call::new("listmount", A::CheckedFilesystemMetadataOf, K::Filesystem, Target::Path),
    Call::new("listxattr", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("listxattrat", A::CheckedMetadataOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("llistxattr", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("lremovexattr", A::ChangedFileAttributesOf, K::File, Target::Path),
    Call::new("lsetxattr", A::ChangedFileAttributesOf, K::File, Target::Path),
    Call::new("lsm_set_self_attr", A::ChangedSecurityLabelOf, K::Process, Target::Own),
    Call::new("lstat", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("lstat64", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("map_shadow_stack", A::MappedMemory, K::Memory, Target::Path),
    Call::new("memfd_create", A::CreatedMemoryFile, K::File, Target::Nothing),
    Call::new("memfd_secret", A::CreatedMemoryFile, K::File, Target::Nothing),
    Call::new("migrate_pages", A::AdvisedMemoryOf, K::Process, Target::Other(0)),
    Call::new("mkdir", A::CreatedDirectory, K::Directory, Target::Path),
    Call::new("mkdirat", A::CreatedDirectory, K::Directory, Target::Path).at(Start::Arg(0)),
    Call::new("mknod", A::CreatedSpecialFile, K::File, Target::Path),
    Call::new("mknodat", A::CreatedSpecialFile, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("mlock", A::LockedMemory, K::Memory, Target::Nothing),
    Call::new("mlock2", A::LockedMemory, K::Memory, Target::Nothing),
    Call::new("mlockall", A::LockedMemory, K::Memory, Target::Nothing),
    Call::new("mmap", A::MappedMemory, K::Memory, Target::Path),
    Call::new("mmap2", A::MappedMemory, K::Memory, Target::Path),
    Call::new("mount", A::Mounted, K::Filesystem, Target::Ends),
    Call::new("mount_setattr", A::ConfiguredFilesystem, K::Filesystem, Target::Path).at(Start::Arg(0)),
    Call::new("move_mount", A::Mounted, K::Filesystem, Target::LastFirst),
    Call::new("move_pages", A::AdvisedMemoryOf, K::Process, Target::Other(0)),
    Call::new("mprotect", A::ChangedMemoryProtection, K::Memory, Target::Nothing),
    Call::new("mq_getsetattr", A::ControlledIpcObject, K::Ipc, Target::Nothing),
    Call::new("mq_notify", A::ReceivedMessage, K::Ipc, Target::Nothing),
    Call::new("mq_open", A::OpenedMessageQueue, K::Ipc, Target::Path),
    Call::new("mq_timedreceive", A::ReceivedMessage, K::Ipc, Target::Nothing),
    Call::new("mq_timedreceive_time64", A::ReceivedMessage, K::Ipc, Target::Nothing),
    Call::new("mq_timedsend", A::SentMessage, K::Ipc, Target::Nothing),
    Call::new("mq_timedsend_time64", A::SentMessage, K::Ipc, Target::Nothing),
    Call::new("mq_unlink", A::DeletedMessageQueue, K::Ipc, Target::Path),
    Call::new("mremap", A::MappedMemory, K::Memory, Target::Path),
    Call::new("mseal", A::ChangedMemoryProtection, K::Memory, Target::Nothing),
    Call::new("msgctl", A::ControlledIpcObject, K::Ipc, Target::Nothing),
    Call::new("msgget", A::OpenedIpcObject, K::Ipc, Target::Nothing),
    Call::new("msgrcv", A::ReceivedMessage, K::Ipc, Target::Nothing),
    Call::new("msgsnd", A::SentMessage, K::Ipc, Target::Nothing),
    Call::new("name_to_handle_at", A::CheckedMetadataOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("newfstatat", A::CheckedMetadataOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("nice", A::AdjustedSchedulingPolicyOf, K::Process, Target::Own),
    Call::new("oldfstat", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("oldlstat", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("oldstat", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("open", A::OpenedFile, K::File, Target::Path).and(Extra::OpenFlags(1)),
    Call::new("open_by_handle_at", A::OpenedFile, K::File, Target::Path).and(Extra::OpenFlags(2)),
    Call::new("open_tree", A::ConfiguredFilesystem, K::Filesystem, Target::Path).at(Start::Arg(0)),
    Call::new("open_tree_attr", A::ConfiguredFilesystem, K::Filesystem, Target::Path).at(Start::Arg(0)),
    Call::new("openat", A::OpenedFile, K::File, Target::Path).and(Extra::OpenFlags(2)).at(Start::Arg(0)),
    Call::new("openat2", A::OpenedFile, K::File, Target::Path).and(Extra::OpenHow).at(Start::Arg(0)),
    Call::new("perf_event_open", A::MonitoredPerformance, K::System, Target::Nothing),
    Call::new("personality", A::ChangedProcessSettingOf, K::Process, Target::Own),
    Call::new("pidfd_getfd", A::CopiedDescriptorOf, K::Process, Target::Noted),
    Call::new("pidfd_open", A::OpenedProcess, K::Process, Target::Other(0)),
    Call::new("pidfd_send_signal", A::KilledProcess, K::Process, Target::Noted).and(Extra::Signal(1)),
    Call::new("pipe", A::CreatedPipe, K::Fifo, Target::Nothing),
    Call::new("pipe2", A::CreatedPipe, K::Fifo, Target::Nothing),
    Call::new("pivot_root", A::ChangedRootDirectoryTo, K::Directory, Target::Ends),
    Call::new("pkey_mprotect", A::ChangedMemoryProtection, K::Memory, Target::Nothing),
    Call::new("prctl", A::ChangedProcessSettingOf, K::Process, Target::Own),
    Call::new("pread64", A::ReadFromFile, K::File, Target::Path),
    Call::new("preadv", A::ReadFromFile, K::File, Target::Path),
    Call::new("preadv2", A::ReadFromFile, K::File, Target::Path),
    Call::new("prlimit64", A::ChangedResourceLimitOf, K::Process, Target::Other(0)),
    Call::new("process_madvise", A::AdvisedMemoryOf, K::Process, Target::Noted),
    Call::new("process_mrelease", A::AdvisedMemoryOf, K::Process, Target::Noted),
    Call::new("process_vm_readv", A::ReadMemoryOf, K::Process, Target::Other(0)),
    Call::new("process_vm_writev", A::WroteMemoryOf, K::Process, Target::Other(0)),
    Call::new("ptrace", A::TracedProcess, K::Process, Target::Other(1)),
    Call::new("pwrite64", A::WroteToFile, K::File, Target::Path),
    Call::new("pwritev", A::WroteToFile, K::File, Target::Path),
    Call::new("pwritev2", A::WroteToFile, K::File, Target::Path),
    Call::new("quotactl", A::ChangedDiskQuotaOf, K::Filesystem, Target::Path),
    Call::new("quotactl_fd", A::ChangedDiskQuotaOf, K::Filesystem, Target::Path),
    Call::new("read", A::ReadFromFile, K::File, Target::Path),
    Call::new("readahead", A::ReadFromFile, K::File, Target::Path),
    Call::new("readdir", A::ListedDirectory, K::Directory, Target::Path),
    Call::new("readlink", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("readlinkat", A::CheckedMetadataOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("readv", A::ReadFromFile, K::File, Target::Path),
    Call::new("reboot", A::RebootedSystem, K::System, Target::Nothing),
    Call::new("recv", A::ReceivedFrom, K::Socket, Target::Address),
    Call::new("recvfrom", A::ReceivedFrom, K::Socket, Target::Address),
    Call::new("recvmmsg", A::ReceivedFrom, K::Socket, Target::Address),
    Call::new("recvmmsg_time64", A::ReceivedFrom, K::Socket, Target::Address),
    Call::new("recvmsg", A::ReceivedFrom, K::Socket, Target::Address),
    Call::new("remap_file_pages", A::MappedMemory, K::Memory, Target::Path),
    Call::new("removexattr", A::ChangedFileAttributesOf, K::File, Target::Path),
    Call::new("removexattrat", A::ChangedFileAttributesOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("rename", A::Renamed, K::File, Target::Two),
    Call::new("renameat", A::Renamed, K::File, Target::Two).between(Start::Arg(0), Start::Arg(2)),
    Call::new("renameat2", A::Renamed, K::File, Target::Two).between(Start::Arg(0), Start::Arg(2)),
    Call::new("request_key", A::RequestedKernelKey, K::KernelKey, Target::Nothing),
    Call::new("rmdir", A::Deleted, K::File, Target::Path),
    Call::new("rt_sigqueueinfo", A::KilledProcess, K::Process, Target::Other(0)).and(Extra::Signal(1)),
    Call::new("rt_tgsigqueueinfo", A::KilledProcess, K::Process, Target::Other(1)).and(Extra::Signal(2)),
    Call::new("sched_setaffinity", A::AdjustedSchedulingPolicyOf, K::Process, Target::Other(0)),
    Call::new("sched_setattr", A::AdjustedSchedulingPolicyOf, K::Process, Target::Other(0)),
    Call::new("sched_setparam", A::AdjustedSchedulingPolicyOf, K::Process, Target::Other(0)),
    Call::new("sched_setscheduler", A::AdjustedSchedulingPolicyOf, K::Process, Target::Other(0)),
    Call::new("seccomp", A::InstalledSeccompFilter, K::Process, Target::Own),
    Call::new("semctl", A::ControlledIpcObject, K::Ipc, Target::Nothing),
    Call::new("semget", A::OpenedIpcObject, K::Ipc, Target::Nothing),
    Call::new("send", A::SentTo, K::Socket, Target::Address),
    Call::new("sendfile", A::CopiedFileData, K::File, Target::Path),
    Call::new("sendfile64", A::CopiedFileData, K::File, Target::Path),
    Call::new("sendmmsg", A::SentTo, K::Socket, Target::Address),
    Call::new("sendmsg", A::SentTo, K::Socket, Target::Address),
    Call::new("sendto", A::SentTo, K::Socket, Target::Address),
    Call::new("setdomainname", A::ChangedSystemName, K::System, Target::Nothing),
    Call::new("setfsgid", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(0)),
    Call::new("setfsgid32", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(0)),
    Call::new("setfsuid", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(0)),
    Call::new("setfsuid32", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(0)),
    Call::new("setgid", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(0)),
    Call::new("setgid32", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(0)),
    Call::new("setgroups", A::ChangedIdentityOf, K::Process, Target::Own),
    Call::new("setgroups32", A::ChangedIdentityOf, K::Process, Target::Own),
    Call::new("sethostname", A::ChangedSystemName, K::System, Target::Nothing),
    Call::new("setns", A::EnteredNamespace, K::Process, Target::Own),
    Call::new("setpgid", A::ChangedProcessGroupOf, K::Process, Target::Other(0)),
    Call::new("setpriority", A::AdjustedSchedulingPolicyOf, K::Process, Target::Other(1)),
    Call::new("setregid", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(1)),
    Call::new("setregid32", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(1)),
    Call::new("setresgid", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(1)),
    Call::new("setresgid32", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(1)),
    Call::new("setresuid", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(1)),
    Call::new("setresuid32", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(1)),
    Call::new("setreuid", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(1)),
    Call::new("setreuid32", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(1)),
    Call::new("setrlimit", A::ChangedResourceLimitOf, K::Process, Target::Own),
    Call::new("setsid", A::ChangedProcessGroupOf, K::Process, Target::Own),
    Call::new("setsockopt", A::ChangedSocketOption, K::Socket, Target::Address),
    Call::new("settimeofday", A::ChangedSystemTime, K::Clock, Target::Nothing),
    Call::new("setuid", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(0)),
    Call::new("setuid32", A::ChangedIdentityOf, K::Process, Target::Own).and(Extra::Id(0)),
    Call::new("setxattr", A::ChangedFileAttributesOf, K::File, Target::Path),
    Call::new("setxattrat", A::ChangedFileAttributesOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("shmat", A::AttachedSharedMemory, K::Ipc, Target::Nothing),
    Call::new("shmctl", A::ControlledIpcObject, K::Ipc, Target::Nothing),
    Call::new("shmget", A::OpenedIpcObject, K::Ipc, Target::Nothing),
    Call::new("shutdown", A::ShutDownSocket, K::Socket, Target::Address),
    Call::new("socket", A::CreatedSocket, K::Socket, Target::Nothing),
    Call::new("socketpair", A::CreatedSocket, K::Socket, Target::Nothing),
    Call::new("splice", A::CopiedFileData, K::File, Target::Path),
    Call::new("stat", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("stat64", A::CheckedMetadataOf, K::File, Target::Path),
    Call::new("statfs", A::CheckedFilesystemMetadataOf, K::Filesystem, Target::Path),
    Call::new("statfs64", A::CheckedFilesystemMetadataOf, K::Filesystem, Target::Path),
    Call::new("statmount", A::CheckedFilesystemMetadataOf, K::Filesystem, Target::Path),
    Call::new("statx", A::CheckedMetadataOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("stime", A::ChangedSystemTime, K::Clock, Target::Nothing),
    Call::new("swapoff", A::DisabledSwapOn, K::File, Target::Path),
    Call::new("swapon", A::EnabledSwapOn, K::File, Target::Path),
    Call::new("symlink", A::Symlinked, K::Symlink, Target::Link).between(Start::Cwd, Start::Never),
    Call::new("symlinkat", A::Symlinked, K::Symlink, Target::Link).between(Start::Arg(1), Start::Never),
    Call::new("syslog", A::ReadKernelLog, K::System, Target::Nothing),
    Call::new("tee", A::CopiedFileData, K::File, Target::Path),
    Call::new("tgkill", A::KilledProcess, K::Process, Target::Other(1)).and(Extra::Signal(2)),
    Call::new("tkill", A::KilledProcess, K::Process, Target::Other(0)).and(Extra::Signal(1)),
    Call::new("truncate", A::TruncatedFile, K::File, Target::Path),
    Call::new("truncate64", A::TruncatedFile, K::File, Target::Path),
    Call::new("ulimit", A::ChangedResourceLimitOf, K::Process, Target::Own),
    Call::new("umount", A::Unmounted, K::Filesystem, Target::Path),
    Call::new("umount2", A::Unmounted, K::Filesystem, Target::Path),
    Call::new("unlink", A::Deleted, K::File, Target::Path),
    Call::new("unlinkat", A::Deleted, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("unshare", A::CreatedNamespace, K::Process, Target::Own),
    Call::new("uselib", A::LoadedLibrary, K::File, Target::Path),
    Call::new("userfaultfd", A::HandledPageFaults, K::Memory, Target::Nothing),
    Call::new("ustat", A::CheckedFilesystemMetadataOf, K::Filesystem, Target::Path),
    Call::new("utime", A::ChangedTimestampOf, K::File, Target::Path),
    Call::new("utimensat", A::ChangedTimestampOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("utimensat_time64", A::ChangedTimestampOf, K::File, Target::Path).at(Start::Arg(0)),
    Call::new("utimes", A::ChangedTimestampOf, K::File, Target::Path),
    Call::new("vfork", A::CreatedProcess, K::Process, Target::Child),
    Call::new("vhangup", A::HungUpTerminal, K::System, Target::Nothing),
    Call::new("vmsplice", A::CopiedFileData, K::File, Target::Path),
    Call::new("write", A::WroteToFile, K::File, Target::Path),
    Call::new("writev", A::WroteToFile, K::File, Target::Path),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_sorted_and_exist() {
        assert!(CALLS.is_sorted_by(|a, b| a.name < b.name));
        for call in CALLS {
            let is_known = |arch: Arch| syscall::number(arch, call.name.as_bytes()).is_some();
            assert!(Arch::all().any(is_known), "{}", call.name);
        }
    }

    #[test]
    fn numbers_lead_to_the_call_of_their_name_on_every_architecture() {
        for arch in Arch::all() {
            for number in (0..1100).chain([syscall::X32_BIT + 520, 0xf_0005]) {
                let named = syscall::name(arch, number).and_then(of_name).map(|call| call.name);
                assert_eq!(of_number(arch, number).map(|call| call.name), named, "{arch:?} {number}");
            }
        }
        assert_eq!(of_number(Arch::Aarch64, 56).map(|call| call.name), Some("openat"));
        assert_eq!(of_number(Arch::X86_64, u32::MAX).map(|call| call.name), None);
    }

    #[test]
    fn one_call_for_many_is_taken_apart() {
        let name = |call, argument| by_argument(call, argument).map(|call| (call.name, call.action));
        assert_eq!(name("socketcall", 3), Some(("connect", A::ConnectedTo)));
        assert_eq!(name("socketcall", 0), None);
        assert_eq!(name("socketcall", 21), None);
        assert_eq!(name("ipc", 0x1_0017), Some(("shmget", A::OpenedIpcObject)));
        assert_eq!(name("bpf", 5), Some(("bpf", A::LoadedBpfProgram)));
        assert_eq!(name("bpf", 1), None);
        assert_eq!(name("open", 5), None);
    }

    #[test]
    fn operations_of_a_ring_are_calls() {
        assert_eq!(uring(18), Some("openat"));
        assert_eq!(uring(36), Some("unlinkat"));
        assert_eq!(uring(62), Some("pipe2"));
        assert_eq!(uring(63), None);
        for name in URING_OPS.iter().filter(|name| !name.is_empty()) {
            assert!(Arch::all().any(|arch| syscall::number(arch, name.as_bytes()).is_some()), "{name}");
        }
    }
}
