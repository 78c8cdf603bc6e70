//! What is known of an event beyond its records: who the ids are, what process acted, in which login and container, on
//! which host.
//!
//! Filled by `oyez-enrich` where an event comes in live, empty for logs; read by formats and filters. Plain data: nothing
//! here looks anything up. Parts that are shared by many events come in an [`Arc`] and never change: a change makes a new
//! one, so what was made of one can be kept by its `snapshot`.

use std::sync::Arc;

/// Names of users and groups, as this host knows them now.
///
/// An answer comes at once or not at all: whoever has to be asked longer is asked behind the pipeline's back, and known the
/// next time.
pub trait Names {
    /// The name of a user; `None` where there is none or nobody knows yet.
    fn user(&self, uid: u32) -> Option<&str>;

    /// The name of a group; `None` where there is none or nobody knows yet.
    fn group(&self, gid: u32) -> Option<&str>;

    /// Changes whenever an answer may have changed: what was made with names of another generation is to be made again.
    fn generation(&self) -> u64;
}

/// All that is known of one event beyond its records. What is unknown is absent.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// Names of ids.
    pub names: Option<&'a dyn Names>,
    /// The login session that stands behind the event's `ses`.
    pub login: Option<&'a Login>,
    /// The process that acted, as it was after the event: on an execve the new program.
    pub process: Option<&'a Process>,
    /// Its parent, its parent's parent, and so on, as far as they are known and wanted.
    pub ancestors: &'a [Arc<Process>],
    /// The host.
    pub host: Option<&'a Host>,
    /// What filters tagged the event with, in the order in which they did, each once.
    pub tags: &'a [Arc<str>],
    /// What filters added, by rising names, each once.
    pub added: &'a [Addition],
}

/// Something that a filter added to an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// Its name: lower-case ASCII letters, digits and `_`, not beginning with a digit, nor ending in `_hex`.
    pub name: Box<str>,
    /// What it says.
    pub value: Added,
}

/// The value of an [`Addition`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// Text, of any bytes.
    Text(Box<[u8]>),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// Texts in their order.
    Texts(Box<[Box<[u8]>]>),
}

/// One process while it ran one program: an `execve` begins another of these with the same [`ProcessKey`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// A number no other value had in this run.
    pub snapshot: u64,
    /// Which process.
    pub key: ProcessKey,
    /// The parent at its fork, or when it was first seen; 0 where unknown. Reparenting does not change it.
    pub ppid: u32,
    /// When it started, in milliseconds since 1970-01-01 UTC.
    pub started_ms: Option<u64>,
    /// The program's file, as the kernel names it.
    pub exe: Box<[u8]>,
    /// The thread's name, 15 bytes at most.
    pub comm: Box<[u8]>,
    /// The arguments, each ended by a zero byte.
    pub argv: Box<[u8]>,
    /// Whether arguments or parts of them are missing in `argv`.
    pub argv_cut: bool,
    /// The working directory when the program started.
    pub cwd: Box<[u8]>,
    /// The script that the program interprets.
    pub script: Option<Box<[u8]>>,
    /// SHA-256 of the program's file, where it was asked for and is known.
    pub sha256: Option<[u8; 32]>,
    /// Where it runs.
    pub place: Option<Arc<Place>>,
    /// Labels it was given or has from its parent, in the order in which they were given.
    pub labels: Arc<[Box<str>]>,
}

/// Tells a process from others that had or will have its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProcessKey {
    /// Its number in the initial pid namespace (of a thread: that of its group's leader).
    pub pid: u32,
    /// When it started, in clock ticks since boot (`proc_pid_stat(5)`, `starttime`); 0 where unknown.
    pub start_ticks: u64,
}

/// Where a process runs, by its control group (cgroups(7)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The control group's path.
    pub cgroup: Box<str>,
    /// The systemd unit.
    pub unit: Option<Box<str>>,
    /// The container.
    pub container: Option<Container>,
}

/// A container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Its id, as its runtime names it.
    pub id: Box<str>,
    /// `docker`, `containerd`, `cri-o`, `podman`, `lxc`, `systemd-nspawn`; absent where the path does not tell.
    pub runtime: Option<Box<str>>,
    /// The Kubernetes pod's uid.
    pub pod_uid: Option<Box<str>>,
}

/// A login session, from `LOGIN` to `USER_END`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// A number no other value had in this run.
    pub snapshot: u64,
    /// The session's number (`ses`).
    pub ses: u32,
    /// Who logged in (`auid`).
    pub auid: u32,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub started_ms: Option<u64>,
    /// When it ended, if it did.
    pub ended_ms: Option<u64>,
    /// The program that let the user in: `/usr/sbin/sshd`.
    pub by: Option<Box<str>>,
    /// The process of that program.
    pub pid: Option<u32>,
    /// The account, as that program said.
    pub acct: Option<Box<str>>,
    /// The terminal, as that program said.
    pub terminal: Option<Box<str>>,
    /// Where from, as that program said: an address or a host's name.
    pub addr: Option<Box<str>>,
    /// What kind of session.
    pub kind: LoginKind,
}

/// What kind of session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoginKind {
    /// Somebody logged in, as far as is known.
    #[default]
    User,
    /// A job of cron, at or systemd: nobody sat there.
    Job,
}

/// The host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// machine-id(5).
    pub machine: Option<Box<str>>,
    /// The cloud instance's id.
    pub instance: Option<Box<str>>,
}
