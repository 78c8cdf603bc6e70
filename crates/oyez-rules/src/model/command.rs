//! What one line of a rules file, or one command line of auditctl, asks for.

use super::Rule;

/// One thing asked for. A line can ask for several (`-b 8192 -f 1`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `-a`, `-A` or `-w`.
    AddRule {
        /// What to add.
        rule: Rule,
        /// Whether it was written as a watch, with `-w`.
        watch: bool,
    },
    /// `-d` or `-W`.
    DeleteRule {
        /// What to delete.
        rule: Rule,
        /// Whether it was written as a watch, with `-W`.
        watch: bool,
    },
    /// `-D`, or `-D -k KEY`: only rules with a key that holds this text.
    DeleteAll {
        /// The text to look for in the keys.
        key: Option<Vec<u8>>,
    },
    /// `-e`.
    SetEnabled(Switch),
    /// `-f`: what the kernel does when a record is lost; 0 nothing, 1 a message, 2 panic.
    SetFailure(u32),
    /// `-b`: records the kernel holds for the daemon.
    SetBacklogLimit(u32),
    /// `-r`: records a second, 0 for no limit.
    SetRateLimit(u32),
    /// `--backlog_wait_time`: how long a process is made to wait for room, in jiffies.
    SetBacklogWaitTime(u32),
    /// `--loginuid-immutable`.
    LoginuidImmutable,
    /// `--reset-lost`.
    ResetLost,
    /// `--reset_backlog_wait_time_actual`.
    ResetBacklogWaitTimeActual,
    /// `-s`.
    Status {
        /// With `-i`.
        interpret: bool,
    },
    /// `-l`.
    List {
        /// With `-i`.
        interpret: bool,
        /// With `-k`: only rules with a key that holds this text.
        key: Option<Vec<u8>>,
    },
    /// `-t`: forget the parts of watched folders that are no longer mounted.
    Trim,
    /// `-q MOUNT,SUBTREE`.
    MakeEquivalent {
        /// The folder that is watched.
        mount: Vec<u8>,
        /// What is mounted there.
        subtree: Vec<u8>,
    },
    /// `-m TEXT`.
    UserMessage(Vec<u8>),
    /// `-R FILE`; on a command line only.
    ReadFile(Vec<u8>),
    /// `-c`: go on after an error in a rules file, and say so at the end.
    Continue,
    /// `-i`: go on after an error in a rules file, and end as if there had been none.
    Ignore,
    /// `--signal`.
    Signal(DaemonSignal),
    /// `-v`.
    Version,
    /// `-h`.
    Help,
}

/// The kernel's switch (`audit_status.enabled`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Switch {
    /// 0.
    Off,
    /// 1.
    On,
    /// 2: on, and neither this nor the rules can be changed until the next boot.
    Locked,
}

impl Switch {
    /// The kernel's number.
    pub const fn number(self) -> u32 {
        self as u32
    }
}

/// A signal for the audit daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DaemonSignal {
    /// `TERM` or `stop`.
    Term,
    /// `HUP` or `reload`.
    Hup,
    /// `USR1` or `rotate`.
    Usr1,
    /// `USR2` or `resume`.
    Usr2,
    /// `CONT` or `state`.
    Cont,
}

impl DaemonSignal {
    /// Every signal with its two names.
    pub const NAMES: [(Self, &'static str, &'static str); 5] = [
        (Self::Term, "TERM", "stop"),
        (Self::Hup, "HUP", "reload"),
        (Self::Usr1, "USR1", "rotate"),
        (Self::Usr2, "USR2", "resume"),
        (Self::Cont, "CONT", "state"),
    ];
}
