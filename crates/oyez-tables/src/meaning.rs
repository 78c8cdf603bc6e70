//! What the value of a key means in which record type: which list, flags or rule makes words of it.
//!
//! Sources: `xtask/tables/sources/meanings.csv`. A key that has no meaning here says all there is to say.

#[rustfmt::skip]
mod generated;

use generated::{EXCEPTIONS, MEANINGS};

use crate::key::Key;

/// What a value stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Meaning {
    /// A user's id.
    User,
    /// A group's id.
    Group,
    /// A login session's number.
    Session,
    /// A security label: SELinux's `user:role:type:level`, or another module's.
    Label,
    /// An architecture, in hex.
    Arch,
    /// A system call's number, which means something together with the architecture.
    Syscall,
    /// An argument of a system call, which means something together with the call.
    Argument,
    /// What a system call returned: a result, or an error's number below zero.
    Exit,
    /// An error's number, with or without a minus sign.
    Errno,
    /// An execution domain and its flags, in hex.
    Personality,
    /// Yes or no, in words or as 1 and 0.
    Result,
    /// Yes or no as 1 and 0.
    Flag,
    /// An operation of `io_uring`.
    UringOp,
    /// A file's type and permissions, octal.
    FileMode,
    /// Permissions without a type, octal.
    Permissions,
    /// A device's major and minor number, in hex.
    Device,
    /// A set of capabilities, in hex.
    CapabilitySet,
    /// A capability's number.
    Capability,
    /// The bytes of a socket address, in hex.
    SocketAddress,
    /// Flags of mmap(2), in hex.
    MapFlags,
    /// Flags of open(2): octal with a leading zero, or hex with `0x`.
    OpenFlags,
    /// Flags of a message queue, in hex.
    QueueFlags,
    /// Flags of openat2(2), in hex.
    ResolveFlags,
    /// A signal's number.
    Signal,
    /// What seccomp decided, in hex.
    SeccompAction,
    /// A list of audit rules.
    FilterList,
    /// Kinds of access that a rule watches for.
    Access,
    /// Whether audit is on.
    AuditState,
    /// What the kernel does when audit fails.
    AuditFailure,
    /// The setting before a change of the audit system; it stands beside the one it belongs to.
    OldSetting,
    /// A multicast group of the audit socket.
    MulticastGroup,
    /// What a fanotify listener answered.
    FanotifyResponse,
    /// What a fanotify listener gave with its answer.
    FanotifyInfo,
    /// The rule behind a fanotify listener's answer, in hex.
    FanotifyRule,
    /// Whether a fanotify listener trusts somebody.
    Trust,
    /// What was typed, encoded.
    Keystrokes,
    /// A network device's promiscuity, as flag of the device.
    Promiscuity,
    /// A protocol family of netfilter.
    NetfilterFamily,
    /// A hook of netfilter.
    NetfilterHook,
    /// What netfilter did with a packet.
    NetfilterAction,
    /// A protocol over Ethernet, in hex.
    Ethertype,
    /// A protocol over IP.
    IpProtocol,
    /// A socket's protocol, which means something together with the family.
    SocketProtocol,
    /// A protocol of netlink.
    NetlinkProtocol,
    /// A type of ICMP message, whose version the protocol tells.
    IcmpType,
    /// A request of ioctl(2), in hex.
    Ioctl,
    /// Letters of `AppArmor` for access to files.
    FileAccess,
    /// A domain of interpretation of the labels of `IPsec`.
    FlowDoi,
    /// An algorithm of the labels of `IPsec`.
    FlowAlgorithm,
    /// A value of the clock's discipline, which means something together with the operation.
    ClockValue,
}

/// What a value of `key` means in records of `record_type`; `None` where it says all there is to say.
#[inline]
pub fn of(record_type: u16, key: Key) -> Option<Meaning> {
    let (meaning, exceptions) = MEANINGS[key as usize];
    if exceptions == 0 {
        return meaning;
    }
    let exceptions = EXCEPTIONS[usize::from(exceptions) - 1];
    exceptions.iter().find(|(number, _)| *number == record_type).map_or(meaning, |(_, other)| *other)
}

/// All that values of `key` mean, whatever the record type; some may come more than once.
pub fn all(key: Key) -> impl Iterator<Item = Meaning> {
    let (meaning, exceptions) = MEANINGS[key as usize];
    let exceptions = usize::from(exceptions).checked_sub(1).and_then(|at| EXCEPTIONS.get(at));
    meaning.into_iter().chain(exceptions.into_iter().flat_map(|list| list.iter().filter_map(|(_, other)| *other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record_type;

    #[test]
    fn meanings_depend_on_the_record_type_where_they_do() {
        assert_eq!(of(record_type::SYSCALL, Key::Auid), Some(Meaning::User));
        assert_eq!(of(record_type::PATH, Key::Mode), Some(Meaning::FileMode));
        assert_eq!(of(record_type::IPC, Key::Mode), Some(Meaning::Permissions));
        assert_eq!(of(record_type::LANDLOCK_DOMAIN, Key::Mode), None);
        assert_eq!(of(record_type::ADD_GROUP, Key::Id), Some(Meaning::Group));
        assert_eq!(of(record_type::ADD_USER, Key::Id), Some(Meaning::User));
        assert_eq!(of(record_type::EXECVE, Key::A0), None);
        assert_eq!(of(record_type::SYSCALL, Key::Comm), None);
    }
}
