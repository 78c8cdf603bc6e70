//! A listening socket that programs on this host subscribe to: everyone who connects reads everything from then on.
//!
//! In: parcels. Out: lines, or what auditd's dispatcher writes ([`Protocol`]), so that what was written for auditd's `af_unix`
//! plugin connects unchanged. What readers send is not read.
//!
//! **Acknowledged is what every reader there is has in its queue**, or has missed because that was full; so a reader that is slow,
//! stopped or hostile delays neither the others nor the output. Each is told how much it missed, at the place where it is
//! missing, where the format has a line for that. Where nobody reads, messages are dropped, or kept for who comes
//! ([`NoReaders`]).
//!
//! One thread serves all readers. Held in memory for each: its queue, 64 KiB and a message.
//!
//! Refuses readers beyond a number, and those whose user and group at the time of their `connect(2)` (`SO_PEERCRED`, unix(7)) are
//! not among those allowed; a directory that others than its owner can change; a path where something else is, or where
//! somebody listens.

mod reader;
mod serve;
mod sink;
mod socket;

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;

pub use reader::Missed;

pub use crate::audispd::Protocol;
use crate::sink::{Failure, Kind, Sink, Site, same};

/// Where to listen, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The socket, an absolute path of 107 bytes at most.
    pub path: PathBuf,
    /// Its mode. Who connects needs the right to write (unix(7)).
    pub mode: u32,
    /// Its group; `None`: ours.
    pub group: Option<u32>,
    /// Users that may read. Where these and `groups` are empty, all that may connect.
    pub users: Vec<u32>,
    /// Groups that may read, by the first group of their process.
    pub groups: Vec<u32>,
    /// What is written.
    pub protocol: Protocol,
    /// Bytes that may wait for each reader.
    pub queue: usize,
    /// What a reader whose queue is full misses.
    pub full: Full,
    /// What becomes of messages while nobody reads.
    pub no_readers: NoReaders,
    /// How many may read at once, 64 at most.
    pub readers: usize,
    /// How a reader is told what it missed; `None`: not at all.
    pub missed: Option<MissedLine>,
}

/// What a reader whose queue is full misses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Full {
    /// What has waited longest.
    #[default]
    Oldest,
    /// What comes.
    Newest,
}

/// What becomes of messages while nobody reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoReaders {
    /// They are done with: who subscribes gets what happens from then on.
    #[default]
    Drop,
    /// They wait for the first who comes.
    Hold,
}

/// Appends the line that tells a reader of the output with this name what it missed.
#[derive(Clone, Copy, Debug)]
pub struct MissedLine(pub fn(output: &str, missed: &Missed, out: &mut Vec<u8>));

impl PartialEq for MissedLine {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::fn_addr_eq(self.0, other.0)
    }
}

impl Eq for MissedLine {}

/// No more may read at once.
pub const READERS: usize = 64;

impl Settings {
    /// Listens here with what is usual.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            mode: 0o600,
            group: None,
            users: Vec::new(),
            groups: Vec::new(),
            protocol: Protocol::Lines,
            queue: 1 << 20,
            full: Full::Oldest,
            no_readers: NoReaders::Drop,
            readers: READERS,
            missed: None,
        }
    }
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        Ok(Box::new(sink::Unix::new(Arc::new(self.clone()), site)))
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}
