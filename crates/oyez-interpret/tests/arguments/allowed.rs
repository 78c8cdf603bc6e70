//! Where ours differs from `ausearch`, and why. A difference that no longer occurs must go from the list.

/// A difference, wherever it occurs.
#[derive(Debug)]
pub(crate) struct Difference {
    /// Call and argument; empty for all.
    what: &'static str,
    /// What is in `ausearch`'s text.
    theirs: &'static str,
    /// What is in ours.
    ours: &'static str,
}

const fn difference(what: &'static str, theirs: &'static str, ours: &'static str) -> Difference {
    Difference { what, theirs, ours }
}

/// Which listed difference this is.
pub(crate) fn find(what: &str, theirs: &str, ours: &str) -> Option<usize> {
    DIFFERENCES.iter().position(|one| {
        (one.what.is_empty() || one.what == what) && theirs.contains(one.theirs) && ours.contains(one.ours)
    })
}

/// All of them.
pub(crate) const DIFFERENCES: &[Difference] = &[
    // A letter is missing there.
    difference("", "IGPWR", "SIGPWR"),
    // 30 is no flag of these two.
    difference("unshare a0", "IGPWR", "0x1e"),
    difference("setns a1", "IGPWR", "0x1e"),
    // The last two bits of open's flags are one value; 3 is neither reading nor writing, and has no name.
    difference("open a1", "O_WRONLY|O_RDWR", "0x3"),
    difference("openat a2", "O_WRONLY|O_RDWR", ""),
    difference("open_by_handle_at a2", "O_WRONLY|O_RDWR", ""),
    difference("mq_open a1", "O_WRONLY|O_RDWR", ""),
    difference("open a1", "O_WRONLY|O_RDWR", ""),
    // The kernel's two bits have one name for programs.
    difference("", "__O_TMPFILE", "O_TMPFILE"),
    difference("", "__O_SYNC", "O_SYNC"),
    // One of the two alone has no name.
    difference("", "__O_TMPFILE", "0x400000"),
    difference("", "__O_SYNC", "0x100000"),
    // On ARM four flags of open have other numbers; ausearch takes x86's for all.
    difference("", "O_DIRECT", "O_DIRECTORY"),
    difference("", "O_DIRECTORY", "O_NOFOLLOW"),
    difference("", "O_DIRECTORY", "O_DIRECT"),
    difference("", "O_NOFOLLOW", "O_LARGEFILE"),
    // ausearch looks at the lowest bits only, so that a wrong mode reads as a right one.
    difference("access a1", "_OK", "0x"),
    difference("faccessat a2", "_OK", "0x"),
    difference("faccessat2 a2", "_OK", "0x"),
    difference("lseek a2", "SEEK_", "0x"),
    difference("sched_setscheduler a1", "SCHED_", "0x"),
    // Its third argument is an address; ausearch takes it for flags.
    difference("clone a2", "", "0x"),
    // What is given to F_SETOWN is a process or, negative, a group of them; ausearch takes it for a user.
    difference("fcntl a2", "", ""),
    difference("fcntl64 a2", "", ""),
    // mknod without a type makes a regular file; and mknodat has types as mknod has.
    difference("mknod a1", "000,", "file,"),
    difference("mknodat a2", "", ","),
    // Protections that ausearch does not know read there as none at all.
    difference("mmap a2", "PROT_", ""),
    difference("mprotect a2", "PROT_", ""),
    // The lowest bits of mmap's flags are one value.
    difference("mmap a3", "MAP_SHARED", ""),
    difference("mmap a3", "MAP_PRIVATE", "0x"),
    difference("mmap a3", "MAP_FILE", ""),
    // Flags of other machines: those without an MMU, and x86.
    difference("mmap a3", "MAP_UNINITIALIZED", "0xffe00680"),
    difference("mmap a3", "MAP_32BIT", "0x"),
    // Newer flags, and a bit that has another meaning since Linux 5.12.
    difference("mount a3", "MS_", ""),
    difference("unshare a0", "CLONE_STOPPED", "CLONE_NEWCGROUP"),
    difference("setns a1", "CLONE_STOPPED", "CLONE_NEWCGROUP"),
    // No signal is in the flags of unshare and setns; ausearch looks for one.
    difference("unshare a0", "SIG", ""),
    difference("setns a1", "SIG", ""),
    // setns takes only namespaces.
    difference("setns a1", "CLONE_", ""),
    // The tilde says not, and there is none.
    difference("personality a0", "~ADDR_NO_RANDOMIZE", "ADDR_NO_RANDOMIZE"),
    // Requests that this architecture has not.
    difference("ptrace a0", "PTRACE_", "0x"),
    difference("ptrace a0", "PTRACE_SINGLEBLOCK", "PTRACE_PEEKMTETAGS"),
    // What oyez calls the family everywhere.
    difference("socket a0", "local", "unix"),
    // Protocol numbers belong to their family: 6 is TCP only in internet sockets.
    difference("socket a2", "", "0x"),
    difference("socket a2", "", "NETLINK_"),
    // The usual name of the same request.
    difference("ioctl a1", "TIOCINQ", "FIONREAD"),
    // Types of control messages, which no option has.
    difference("getsockopt a2", "SCM_", "0x"),
    difference("setsockopt a2", "SCM_", "0x"),
    // For getsockopt and setsockopt alike, 66 is the revision of a match, 67 of a target.
    difference("getsockopt a2", "IPT_SO_GET_REVISION_TARGET", "IPT_SO_GET_REVISION_MATCH"),
    difference("setsockopt a2", "IPT_SO_GET_REVISION_TARGET", "IPT_SO_GET_REVISION_MATCH"),
];
