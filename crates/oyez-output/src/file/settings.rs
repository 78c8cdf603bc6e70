//! What the owner of a log decides, as it is checked.

use std::path::PathBuf;
use std::time::Duration;

/// Everything about one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it is: a regular file, which is made if need be, or a named pipe or device that is there. Of the latter two
    /// nothing below counts.
    pub path: PathBuf,
    /// Who may read it.
    pub access: Access,
    /// When it is put aside for a new one.
    pub rotate: Rotate,
    /// How many of those that were put aside stay.
    pub keep: Keep,
    /// What happens when the disk fills up or fails.
    pub space: Space,
    /// When it is made sure that what was written survives a power failure.
    pub sync: Sync,
}

/// Who may read a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Its mode: 0600 for a file that is made, and that of a file that is there stays, if `None`.
    pub mode: Option<u32>,
    /// The number of its group; that of the process, or of the file that is there, if `None`.
    pub group: Option<u32>,
    /// Numbers of users who may read it beside those: entries of its POSIX access list (acl(5)).
    pub read_users: Vec<u32>,
    /// Numbers of groups that may read it, in the same way.
    pub read_groups: Vec<u32>,
}

/// When a log is put aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotate {
    /// Before it would become longer than so many bytes. A single message that is longer has a file of its own.
    pub size: Option<u64>,
    /// When a new period of this length has begun, counted from 1970-01-01 UTC: a day ends at midnight UTC.
    pub time: Option<Duration>,
    /// What it is called then.
    pub names: Names,
    /// How it is packed then.
    pub packing: Option<Packing>,
}

/// What a log is called when it is put aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// `events.json.20261124T002530Z`, for good: when it was put aside, UTC.
    #[default]
    Time,
    /// `audit.log.1`, and `audit.log.2` with the next: as auditd does, and as ausearch(8) reads them.
    Number,
}

/// How logs that were put aside are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// By zstd, level 3, with a checksum: `.zst`.
    Zstd,
    /// By gzip, level 6: `.gz`.
    Gzip,
}

impl Packing {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Zstd, Self::Gzip];

    /// What names end with.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Zstd => ".zst",
            Self::Gzip => ".gz",
        }
    }
}

/// Which of the logs that were put aside stay; the oldest go first. Nothing is removed unless it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// At most so many.
    pub files: Option<u32>,
    /// None that was last written to longer ago.
    pub age: Option<Duration>,
    /// At most so many bytes of them all.
    pub bytes: Option<u64>,
}

impl Keep {
    /// Whether all stay.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

/// What happens when the disk fills up or fails: auditd.conf(5) has the same questions. Its answers `exec`, `email`,
/// `single` and `halt` have no counterpart here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// When the disk has less room than this, …
    pub left: Option<Limit>,
    /// … this is done.
    pub left_action: LowAction,
    /// When it has even less than this, …
    pub admin_left: Option<Limit>,
    /// … this is done instead.
    pub admin_left_action: LowAction,
    /// What is done when it is full.
    pub full_action: FullAction,
    /// What is done when it cannot be written for another reason.
    pub error_action: ErrorAction,
}

/// An amount of room on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many bytes.
    Bytes(u64),
    /// So many hundredths of the disk.
    Percent(u8),
}

/// What is done when room runs low.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LowAction {
    /// It is said.
    #[default]
    Warn,
    /// The oldest logs that were put aside are removed until there is room, or none is left; that is said.
    Rotate,
    /// Messages are refused, and counted, until there is room.
    Drop,
    /// Messages wait until there is room.
    Stop,
}

/// What is done when there is no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FullAction {
    /// Messages wait until there is room.
    #[default]
    Stop,
    /// The oldest log that was put aside is removed and it is tried again; when none is left messages wait.
    Rotate,
    /// Messages are refused, and counted, as long as there is none.
    Drop,
}

/// What is done when the disk fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorAction {
    /// Messages wait until it works again.
    #[default]
    Stop,
    /// Messages are refused, and counted, as long as it fails.
    Drop,
}

/// When what was written is made sure to survive a power failure. The end of the process alone loses nothing written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sync {
    /// When the system does it by itself, usually within 30 s.
    #[default]
    Never,
    /// Before messages count as delivered.
    Each,
    /// At most so long after it was written.
    Every(Duration),
}

impl Settings {
    /// A file of mode 0600 that is only ever appended to.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            access: Access::default(),
            rotate: Rotate::default(),
            keep: Keep::default(),
            space: Space::default(),
            sync: Sync::default(),
        }
    }

    /// Whether anything is ever put aside.
    pub(super) fn rotates(&self) -> bool {
        self.rotate.size.is_some() || self.rotate.time.is_some()
    }
}
