//! What the arguments of system calls are: name of a call → [`Signature`].
//!
//! The same index holds the options that decide what their neighbours are (`PR_SET_SECCOMP`, `F_SETFL`, `SOL_SOCKET`): their
//! names are no call's.

#[rustfmt::skip]
mod generated;

use generated::{INDEX, SIGNATURES};

use crate::arch::Arch;
use crate::flags::Set;

/// What one argument, or a call's result, is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Argument {
    /// A number, an address or a descriptor: nothing to say beyond it.
    Plain,
    /// One or several names of a set.
    Set(Set),
    /// What the signature named as the value of this argument (0 to 2) says.
    By(u8),
    /// What the call named by the first argument has at the place before: the arguments of `ipc`.
    Shifted,
    /// An address.
    Address,
    /// A directory's descriptor, or `AT_FDCWD`.
    Dirfd,
    /// Permissions.
    Mode,
    /// Permissions of the file that the flags before it create, if they do.
    CreatedMode,
    /// A file's type and permissions.
    NodeMode,
    /// A user.
    Uid,
    /// A group.
    Gid,
    /// A user as 16 bits.
    Uid16,
    /// A group as 16 bits.
    Gid16,
    /// An address family.
    Family,
    /// A level of socket options: one of its own, or a protocol.
    SocketLevel,
    /// A signal, real-time ones included.
    Signal,
    /// Flags of `clone`, the signal in the lowest byte.
    CloneFlags,
    /// Flags of `mount`, which may begin with a magic number.
    MountFlags,
    /// Flags and permissions of `shmget`.
    ShmCreate,
    /// Flags and permissions of `semget` and `msgget`.
    IpcCreate,
    /// Command and type of `quotactl`.
    QuotaCommand,
    /// An execution domain, or a question for it.
    Personality,
    /// Flags of `swapon`, the priority in the lower bits.
    SwapFlags,
    /// Class and level of an I/O priority.
    Ioprio,
    /// A number that may be negative.
    Signed,
}

/// The arguments of one call: `a0` to `a3`, and its result.
#[derive(Debug)]
pub struct Signature {
    arguments: [Argument; 5],
    /// For architectures that differ.
    elsewhere: &'static [(&'static [Arch], [Argument; 5])],
}

/// Where in a signature the result is.
pub const EXIT: usize = 4;

impl Signature {
    /// What argument `index` is on `arch`; [`EXIT`] is the result. Beyond that it is plain.
    #[inline]
    pub fn argument(&self, arch: Arch, index: usize) -> Argument {
        let own = self.elsewhere.iter().find(|(arches, _)| arches.contains(&arch)).map(|(_, own)| own);
        own.unwrap_or(&self.arguments).get(index).copied().unwrap_or(Argument::Plain)
    }
}

/// The signature of the call or option `name`; `None` where there is nothing to say of any of its arguments.
#[inline]
pub fn signature(name: &[u8]) -> Option<&'static Signature> {
    INDEX.find(name).and_then(|at| SIGNATURES.get(at))
}

#[cfg(test)]
mod tests {
    use super::generated::NAMES;
    use super::*;
    use crate::flags::Group;
    use crate::syscall;

    #[test]
    fn known_calls_have_their_arguments() {
        let openat = signature(b"openat").unwrap();
        assert_eq!(openat.argument(Arch::X86_64, 0), Argument::Dirfd);
        assert_eq!(openat.argument(Arch::X86_64, 2), Argument::Set(Set::Open));
        assert_eq!(openat.argument(Arch::X86_64, 3), Argument::CreatedMode);
        assert_eq!(openat.argument(Arch::X86_64, 5), Argument::Plain);
        assert_eq!(signature(b"mmap").unwrap().argument(Arch::X86_64, EXIT), Argument::Address);
        assert!(signature(b"getpid").is_none() && signature(b"").is_none());
    }

    #[test]
    fn architectures_differ() {
        let clone = signature(b"clone").unwrap();
        assert_eq!(clone.argument(Arch::X86_64, 0), Argument::CloneFlags);
        assert_eq!(clone.argument(Arch::S390x, 0), Argument::Plain);
        assert_eq!(clone.argument(Arch::S390x, 1), Argument::CloneFlags);
        assert_eq!(signature(b"chown").unwrap().argument(Arch::I386, 1), Argument::Uid16);
    }

    /// A misspelt row would never be found.
    #[test]
    fn every_name_is_a_call_or_a_value() {
        let arches = [Arch::X86_64, Arch::I386, Arch::Aarch64, Arch::Arm, Arch::Ppc, Arch::S390, Arch::S390x];
        let value = |name: &str| {
            let values = Set::all().flat_map(|set| set.values(Group::X86));
            values.into_iter().any(|row| row.1 == name) || crate::family::number(name.as_bytes()).is_some()
        };
        for name in NAMES {
            let call = arches.iter().any(|arch| syscall::number(*arch, name.as_bytes()).is_some());
            assert!(call || value(name), "{name}");
        }
    }
}
