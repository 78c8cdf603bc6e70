//! Why audit does not work here, and the way out: one clear line instead of an errno.
//!
//! What was tried, the errno, and [`Facts`] about this process and host in, an [`Obstacle`] out. Facts that can't be
//! read are left open; then the errno alone speaks.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::listeners;
use crate::status::Status;

/// Needed to register, set and ask (`CAP_AUDIT_CONTROL`, linux/capability.h).
const CAP_AUDIT_CONTROL: u64 = 1 << 30;
/// Needed to join the multicast group (`CAP_AUDIT_READ`).
const CAP_AUDIT_READ: u64 = 1 << 37;
/// The inode of the initial user namespace (`PROC_USER_INIT_INO`, `linux/proc_ns.h`).
const INITIAL_USER_NAMESPACE: u64 = 0xEFFF_FFFD;
/// The inode of the initial pid namespace (`PROC_PID_INIT_INO`).
const INITIAL_PID_NAMESPACE: u64 = 0xEFFF_FFFC;

/// The inode of the initial network namespace since Linux 6.18 (`NET_NS_INIT_INO`, linux/nsfs.h); before, it had none of
/// its own.
const INITIAL_NET_NAMESPACE: u64 = 0xEFFF_FFF9;

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// To open an audit socket.
    Open,
    /// To ask the kernel for something, or set it.
    Control,
    /// To become the registered audit daemon.
    Register,
    /// To join the multicast group.
    JoinMulticast,
}

/// What is known about this process and host. `None`: could not be found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Effective capabilities, a bit each.
    pub capabilities: Option<u64>,
    /// Whether this is the initial user namespace.
    pub initial_user_namespace: Option<bool>,
    /// Whether this is the initial pid namespace.
    pub initial_pid_namespace: Option<bool>,
    /// Whether this is the initial network namespace.
    pub initial_net_namespace: Option<bool>,
    /// Whether the kernel was told `audit=0` at boot.
    pub off_at_boot: Option<bool>,
    /// Whether the kernel keeps login uids, as those built with audit do.
    pub has_login_uid: Option<bool>,
    /// The registered daemon, and its name.
    pub owner: Option<(u32, String)>,
    /// Whether the settings are locked until reboot.
    pub locked: Option<bool>,
}

impl Facts {
    /// Reads what `proc_root` (`/proc`) tells. What only the kernel's audit status tells comes by
    /// [`with_status`](Self::with_status).
    pub fn read(proc_root: &Path) -> Self {
        let text = |name: &str| fs::read_to_string(proc_root.join(name)).ok();
        let link = |name: &str| fs::read_link(proc_root.join(name)).ok()?.to_str().map(str::to_owned);
        let pid_namespace = link("self/ns/pid").as_deref().and_then(namespace).map(|ino| ino == INITIAL_PID_NAMESPACE);
        // Inside a pid namespace process 1 is a neighbour, and its network tells nothing.
        let first = (pid_namespace == Some(true)).then(|| link("1/ns/net")).flatten();
        let release = text("sys/kernel/osrelease");
        Self {
            capabilities: text("self/status").as_deref().and_then(effective_capabilities),
            initial_user_namespace: in_user_namespace(link("self/ns/user").as_deref(), text("self/uid_map").as_deref())
                .map(|inside| !inside),
            initial_pid_namespace: pid_namespace,
            initial_net_namespace: in_network_namespace(
                link("self/ns/net").as_deref(),
                first.as_deref(),
                release.as_deref(),
            )
            .map(|inside| !inside),
            off_at_boot: text("cmdline").as_deref().map(off_at_boot),
            has_login_uid: Some(proc_root.join("self/loginuid").exists()),
            owner: None,
            locked: None,
        }
    }

    /// Adds what the audit status tells; the registered daemon's name is looked up in `proc_root`.
    #[must_use]
    pub fn with_status(mut self, status: &Status, proc_root: &Path) -> Self {
        self.owner = status.pid.filter(|&pid| pid != 0).map(|pid| (pid, listeners::name_of(proc_root, pid)));
        self.locked = status.enabled.map(|_| status.is_locked());
        self
    }

    fn lacks(&self, capability: u64) -> bool {
        self.capabilities.is_some_and(|has| has & capability == 0)
    }
}

/// The effective capabilities in the text of `/proc/self/status` (line `CapEff`).
pub fn effective_capabilities(status: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    u64::from_str_radix(value.trim(), 16).ok()
}

/// Whether the kernel's command line, the text of `/proc/cmdline`, switches audit off. One `audit=0` (or `off`) is
/// enough: a later `audit=1` does not take it back (kernel/audit.c, `audit_enable`).
pub fn off_at_boot(command_line: &str) -> bool {
    let mut settings = command_line.split_ascii_whitespace().filter_map(|word| word.strip_prefix("audit="));
    settings.any(|value| value == "0" || value.eq_ignore_ascii_case("off"))
}

/// Whether this is a user namespace other than the initial one, by the link `/proc/self/ns/user` and, where there is
/// none, by the text of `/proc/self/uid_map`: the initial one maps all uids onto themselves.
pub fn in_user_namespace(link: Option<&str>, uid_map: Option<&str>) -> Option<bool> {
    if let Some(inode) = link.and_then(namespace) {
        return Some(inode != INITIAL_USER_NAMESPACE);
    }
    let map: Vec<&str> = uid_map?.split_ascii_whitespace().collect();
    Some(map != ["0", "0", "4294967295"])
}

/// Whether this is a network namespace other than the initial one, by the link `/proc/self/ns/net`, that of process 1
/// where it can be read, and the text of `/proc/sys/kernel/osrelease`.
pub fn in_network_namespace(own: Option<&str>, first: Option<&str>, release: Option<&str>) -> Option<bool> {
    let own = own.and_then(namespace)?;
    if own == INITIAL_NET_NAMESPACE {
        return Some(false);
    }
    if let Some(first) = first.and_then(namespace) {
        return Some(own != first);
    }
    let mut version = release?.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    let version = (version.next()?, version.next()?);
    (version >= (6, 18)).then_some(true)
}

/// The inode in a namespace link such as `pid:[4026531836]`.
fn namespace(link: &str) -> Option<u64> {
    link.split_once(":[")?.1.strip_suffix(']')?.parse().ok()
}

/// What stands in the way. Its text is one line: the cause, then the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// The kernel was built without `CONFIG_AUDIT`.
    NoAudit,
    /// The kernel was booted with `audit=0`.
    OffAtBoot,
    /// A sandbox (seccomp, systemd, `SELinux`) forbids the socket.
    SocketForbidden,
    /// Not the initial user namespace.
    UserNamespace,
    /// Not the initial pid namespace.
    PidNamespace,
    /// Not the initial network namespace: there are no multicast records here.
    NetNamespace,
    /// `CAP_AUDIT_CONTROL` is missing.
    NoControlCapability,
    /// `CAP_AUDIT_READ` is missing.
    NoReadCapability,
    /// A living daemon is registered.
    Owned {
        /// Its process id, if known.
        pid: Option<u32>,
        /// Its short name, empty if not known. Not to be trusted.
        name: String,
    },
    /// The settings are locked until reboot.
    Locked,
    /// None of these: the errno has the last word.
    Other {
        /// What was tried.
        attempt: Attempt,
        /// What the kernel said.
        errno: i32,
    },
}

/// Finds what stands in the way of `attempt`, which failed with `errno`.
pub fn explain(attempt: Attempt, errno: i32, facts: &Facts) -> Obstacle {
    match (attempt, errno) {
        (_, libc::EPROTONOSUPPORT) | (Attempt::Open, libc::EINVAL) => without_audit(facts),
        (Attempt::Open, libc::EPERM | libc::EACCES | libc::EAFNOSUPPORT) => Obstacle::SocketForbidden,
        (Attempt::JoinMulticast, libc::EPERM | libc::EACCES) => refused_group(facts, errno),
        (Attempt::Register, libc::EEXIST) => owned(facts),
        (Attempt::Control | Attempt::Register, libc::ECONNREFUSED) => Obstacle::UserNamespace,
        (Attempt::Control | Attempt::Register, libc::EPERM) => refused_control(attempt, facts, errno),
        (attempt, errno) => Obstacle::Other { attempt, errno },
    }
}

/// What keeps multicast records away although the group was joined, if anything does: the kernel sends them to the
/// initial network namespace only (kernel/audit.c, `kauditd_send_multicast_skb`).
pub fn deaf_to_multicast(facts: &Facts) -> Option<Obstacle> {
    (facts.initial_net_namespace == Some(false)).then_some(Obstacle::NetNamespace)
}

fn without_audit(facts: &Facts) -> Obstacle {
    // With audit=0 the kernel makes no audit socket at all, as if it had been built without.
    if facts.off_at_boot == Some(true) && facts.has_login_uid != Some(false) {
        Obstacle::OffAtBoot
    } else {
        Obstacle::NoAudit
    }
}

fn refused_group(facts: &Facts, errno: i32) -> Obstacle {
    if facts.initial_user_namespace == Some(false) {
        Obstacle::UserNamespace
    } else if facts.capabilities.is_none() || facts.lacks(CAP_AUDIT_READ) {
        Obstacle::NoReadCapability
    } else {
        Obstacle::Other { attempt: Attempt::JoinMulticast, errno }
    }
}

fn refused_control(attempt: Attempt, facts: &Facts, errno: i32) -> Obstacle {
    // In the kernel's own order (kernel/audit.c, `audit_netlink_ok`): namespace, capability, then the lock.
    if facts.initial_pid_namespace == Some(false) {
        Obstacle::PidNamespace
    } else if facts.lacks(CAP_AUDIT_CONTROL) {
        Obstacle::NoControlCapability
    } else if facts.locked == Some(true) && attempt == Attempt::Control {
        Obstacle::Locked
    } else if facts.capabilities.is_none() {
        Obstacle::NoControlCapability
    } else {
        Obstacle::Other { attempt, errno }
    }
}

fn owned(facts: &Facts) -> Obstacle {
    match &facts.owner {
        Some((pid, name)) => Obstacle::Owned { pid: Some(*pid), name: name.clone() },
        None => Obstacle::Owned { pid: None, name: String::new() },
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owned { pid, name } => write_owned(f, *pid, name),
            Self::Other { attempt, errno } => {
                let reason = std::io::Error::from_raw_os_error(*errno);
                write!(f, "the kernel refused {}: {reason}", attempt.text())
            }
            fixed => f.write_str(fixed.text()),
        }
    }
}

fn write_owned(f: &mut fmt::Formatter<'_>, pid: Option<u32>, name: &str) -> fmt::Result {
    f.write_str("another audit daemon is registered with the kernel")?;
    if let Some(pid) = pid {
        // A process may call itself anything: no byte of its name may move the cursor.
        write!(f, " (pid {pid}, \"{}\")", name.escape_debug())?;
    }
    f.write_str("; stop it, or listen beside it with `oyez run --mode multicast`")
}

impl Obstacle {
    fn text(&self) -> &'static str {
        match self {
            Self::NoAudit => "this kernel has no audit system (CONFIG_AUDIT is off); `oyez parse` reads logs of others",
            Self::OffAtBoot => {
                "audit is off until reboot (audit=0 on the kernel's command line); boot without it, or read logs with `oyez parse`"
            }
            Self::SocketForbidden => {
                "a sandbox forbids audit sockets (seccomp, RestrictAddressFamilies= or SELinux); allow AF_NETLINK there"
            }
            Self::UserNamespace => {
                "this is a user namespace, and the kernel talks audit with the initial one only; run on the host, or read logs with `oyez parse`"
            }
            Self::PidNamespace => {
                "this is a pid namespace, and only the initial one can register; use the host's (as --pid=host), or listen with `oyez run --mode multicast`"
            }
            Self::NetNamespace => {
                "this is a network namespace, and multicast records go to the initial one only; use the host's (as --network=host)"
            }
            Self::NoControlCapability => {
                "the capability CAP_AUDIT_CONTROL is missing; run as root, or with CAP_AUDIT_READ use `oyez run --mode multicast`, or read logs with `oyez parse`"
            }
            Self::NoReadCapability => {
                "the capability CAP_AUDIT_READ is missing; run as root or give it to oyez, or read logs with `oyez parse`"
            }
            Self::Locked => "the audit settings are locked until reboot (auditctl -e 2); oyez leaves them as they are",
            Self::Owned { .. } => "another audit daemon is registered with the kernel",
            Self::Other { .. } => "the kernel refused",
        }
    }
}

impl Attempt {
    fn text(self) -> &'static str {
        match self {
            Self::Open => "an audit socket",
            Self::Control => "an audit request",
            Self::Register => "to register an audit daemon",
            Self::JoinMulticast => "to join the audit multicast group",
        }
    }
}

impl std::error::Error for Obstacle {}

#[cfg(test)]
mod tests;
