//! What no suggestion takes out: by the types of an event's records, by its call and how that ended, by the files it changes.

use oyez_events::Event;
use oyez_tables::record_type as of;
use serde::Serialize;

/// Why an event must stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stays {
    /// Logins, sessions, credentials, sudo's commands, what is typed (`USER_AUTH` … `USER_LOGOUT`, `LOGIN`, `USER_CMD`, `TTY`).
    Login,
    /// Users, groups, passwords and roles, and changes of the files that hold them.
    Account,
    /// Audit's own settings, its daemons and listeners, and changes of its files.
    Audit,
    /// Policies of security modules, and what they refused (`MAC_…`, `AVC`, `SECCOMP`, integrity).
    Policy,
    /// Anomalies, and answers to them.
    Anomaly,
    /// Privileged acts that failed, and refusals (`EPERM`, `EACCES`) that root met with.
    Refused,
    /// oyez's own events.
    Own,
}

/// All, each with what text calls it.
const ALL: [(Stays, &str); 7] = [
    (Stays::Login, "logins and sessions"),
    (Stays::Account, "users and groups"),
    (Stays::Audit, "audit configuration"),
    (Stays::Policy, "security policies"),
    (Stays::Anomaly, "anomalies"),
    (Stays::Refused, "privileged acts that failed"),
    (Stays::Own, "oyez's own"),
];

/// Calls that ask for what only a privileged process may do (capabilities(7)), or that work on another process.
const PRIVILEGED: [&str; 50] = [
    "acct",
    "add_key",
    "adjtimex",
    "bpf",
    "capset",
    "chroot",
    "clock_adjtime",
    "clock_settime",
    "delete_module",
    "finit_module",
    "fsmount",
    "fsopen",
    "init_module",
    "ioperm",
    "iopl",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "mknod",
    "mknodat",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "pivot_root",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "reboot",
    "request_key",
    "setdomainname",
    "setfsgid",
    "setfsuid",
    "setgid",
    "setgroups",
    "sethostname",
    "setns",
    "setregid",
    "setresgid",
    "setresuid",
    "setreuid",
    "settimeofday",
    "setuid",
    "stime",
    "swapon",
    "umount2",
    "unshare",
];

/// Calls that change no file they name, whatever their arguments. `open` and `openat` are looked at more closely.
const READING: [&str; 21] = [
    "access",
    "chdir",
    "connect",
    "execve",
    "execveat",
    "faccessat",
    "faccessat2",
    "fstat",
    "getxattr",
    "inotify_add_watch",
    "lgetxattr",
    "listxattr",
    "llistxattr",
    "lstat",
    "newfstatat",
    "readlink",
    "readlinkat",
    "stat",
    "stat64",
    "statfs",
    "statx",
];

impl Stays {
    /// All of them.
    pub fn all() -> impl ExactSizeIterator<Item = Stays> {
        ALL.iter().map(|(stays, _)| *stays)
    }

    /// What text calls it.
    pub fn words(self) -> &'static str {
        ALL.iter().find(|(stays, _)| *stays == self).map_or("", |(_, words)| words)
    }

    pub(crate) fn number(self) -> u8 {
        self as u8 + 1
    }

    pub(crate) fn from_number(number: u8) -> Option<Stays> {
        Stays::all().find(|stays| stays.number() == number)
    }

    /// By the types of its records: one is enough.
    pub(crate) fn by_types(event: &Event) -> Option<Stays> {
        event.numbers().find_map(Self::by_type)
    }

    fn by_type(number: u16) -> Option<Stays> {
        Some(match number {
            of::USER_CHAUTHTOK
            | of::USER_MGMT
            | of::ADD_USER..=of::DEL_GROUP
            | of::CHGRP_ID
            | of::CHUSER_ID
            | of::GRP_MGMT
            | of::GRP_CHAUTHTOK
            | of::ACCT_LOCK
            | of::ACCT_UNLOCK
            | of::ROLE_ASSIGN..=of::ROLE_REMOVE => Stays::Account,
            of::LOGIN
            | of::TTY
            | of::USER_AUTH
            | of::USER_ACCT
            | of::CRED_ACQ..=of::USER_END
            | of::USER_ERR
            | of::CRED_REFR
            | of::USER_LOGIN
            | of::USER_LOGOUT
            | of::USER_CMD
            | of::USER_TTY
            | of::GRP_AUTH
            | of::USER_ROLE_CHANGE => Stays::Login,
            of::CONFIG_CHANGE | of::FEATURE_CHANGE | of::REPLACE | of::EVENT_LISTENER | of::KERNEL | 1200..=1299 => {
                Stays::Audit
            }
            of::SECCOMP | of::USER_AVC | of::USER_SELINUX_ERR | of::DAC_CHECK | of::MAC_CHECK => Stays::Policy,
            // 1425 and 1426 only add labels to others.
            1400..=1424 | 1500..=1599 | 1800..=1899 | 2300..=2399 => Stays::Policy,
            1700..=1799 | 2100..=2299 => Stays::Anomaly,
            _ => return None,
        })
    }

    /// By a call that ended so, as `euid`.
    pub(crate) fn by_call(call: &[u8], succeeded: bool, errno: &[u8], euid: Option<i128>) -> Option<Stays> {
        let is_refused = matches!(errno, b"EPERM" | b"EACCES") && euid == Some(0);
        (!succeeded && (is_privileged(call) || is_refused)).then_some(Stays::Refused)
    }

    /// By a file that a call names and may change; `flags` are those an `open` has.
    pub(crate) fn by_file(call: &[u8], flags: Option<u64>, path: &[u8]) -> Option<Stays> {
        let of = by_path(path)?;
        let opens_to_read = matches!(call, b"open" | b"openat") && flags.is_some_and(|flags| flags & 3 == 0);
        let reads = opens_to_read || READING.iter().any(|name| name.as_bytes() == call);
        (!reads).then_some(of)
    }
}

/// Whether the call asks for what only a privileged process may do.
pub(crate) fn is_privileged(call: &[u8]) -> bool {
    PRIVILEGED.iter().any(|name| name.as_bytes() == call)
}

/// What the file is to do with. The names in front of a `-` or `.` are those of copies that are moved in its place.
fn by_path(path: &[u8]) -> Option<Stays> {
    let etc = path.strip_prefix(b"/etc/");
    let accounts = [&b"passwd"[..], b"shadow", b"group", b"gshadow", b"sudoers", b"subuid", b"subgid"];
    if etc.is_some_and(|name| accounts.iter().any(|account| name.starts_with(account))) {
        return Some(Stays::Account);
    }
    let audit = [&b"/etc/audit/"[..], b"/var/log/audit/", b"/etc/oyez/", b"/etc/libaudit.conf"];
    audit.iter().any(|folder| path.starts_with(folder)).then_some(Stays::Audit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_number() {
        for (place, stays) in Stays::all().enumerate() {
            assert_eq!(stays as usize, place);
            assert_eq!(Stays::from_number(stays.number()), Some(stays));
        }
        assert_eq!(Stays::from_number(0), None);
    }

    #[test]
    fn lists_are_in_order() {
        assert!(PRIVILEGED.is_sorted() && READING.is_sorted());
    }

    #[test]
    fn types_say_what_must_stay() {
        for (number, stays) in [
            (of::USER_LOGIN, Some(Stays::Login)),
            (of::ADD_GROUP, Some(Stays::Account)),
            (of::CONFIG_CHANGE, Some(Stays::Audit)),
            (of::AVC, Some(Stays::Policy)),
            (of::ANOM_PROMISCUOUS, Some(Stays::Anomaly)),
            (of::SYSCALL, None),
            (of::SERVICE_START, None),
            (of::EXECVE, None),
        ] {
            assert_eq!(Stays::by_type(number), stays, "{number}");
        }
    }

    #[test]
    fn privileged_acts_that_failed_stay_and_others_need_not() {
        assert_eq!(Stays::by_call(b"mount", false, b"EPERM", Some(1000)), Some(Stays::Refused));
        assert_eq!(Stays::by_call(b"mount", true, b"", Some(0)), None);
        assert_eq!(Stays::by_call(b"openat", false, b"EACCES", Some(0)), Some(Stays::Refused));
        assert_eq!(Stays::by_call(b"openat", false, b"EACCES", Some(1000)), None);
    }

    #[test]
    fn changes_of_account_files_stay_and_looks_at_them_need_not() {
        let of = |call: &str, flags, path: &str| Stays::by_file(call.as_bytes(), flags, path.as_bytes());
        assert_eq!(of("openat", Some(0o1101), "/etc/shadow"), Some(Stays::Account));
        assert_eq!(of("openat", Some(0), "/etc/shadow"), None);
        assert_eq!(of("openat2", None, "/etc/shadow"), Some(Stays::Account));
        assert_eq!(of("rename", None, "/etc/passwd+"), Some(Stays::Account));
        assert_eq!(of("unlink", None, "/var/log/audit/audit.log"), Some(Stays::Audit));
        assert_eq!(of("unlink", None, "/etc/hosts"), None);
    }
}
