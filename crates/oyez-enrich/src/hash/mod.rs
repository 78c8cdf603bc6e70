//! The SHA-256 of what was executed.
//!
//! Input are processes that just began a program; output are hashes, when they are there. [`Hasher::ask`] takes hold of the
//! file that the process runs and says what state it is in: a [`FileKey`]. If that state was hashed before, [`Hasher::get`]
//! has its hash at once; else a [`Worker`] in a thread of its own reads it, and `get` has it later. So the event of the first
//! `execve` of a file comes without its hash, mostly, and the process's later events have it.
//!
//! `ask` makes four system calls, none of which waits for a disk or a server; reading is the worker's. Refused, and counted in
//! [`Counts`]: files over the size limit, what is no regular file, a process that is gone or runs something else by now, a
//! file that changed while it was read, and any file while the queue is full. Held are at most [`Settings::queue`] files, and
//! [`Settings::known`] hashes, those asked for last.
//!
//! What a hash says: the file had this content, and was in the state of its key, before and after it was read. A file on a
//! network or FUSE file system is in what state its server says. Whoever can mount a device's image of his own making can make
//! a key come again; he is root.

mod file;
mod worker;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Sender, TrySendError, bounded};

use crate::recent::Recent;
pub use file::FileKey;
use file::Held;
use worker::Request;
pub use worker::Worker;

/// Bounds of a [`Hasher`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// No larger file is hashed, in bytes.
    pub max_bytes: u64,
    /// Files that may wait to be read.
    pub queue: usize,
    /// Hashes that are remembered.
    pub known: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { max_bytes: 128 << 20, queue: 64, known: 4096 }
    }
}

/// What became of all that was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files hashed.
    pub hashed: u64,
    /// Asked for, and known or being read already.
    pub known: u64,
    /// Not read: the queue was full.
    pub full: u64,
    /// The process was gone, or may not be looked at.
    pub gone: u64,
    /// The process ran another file by then.
    pub other: u64,
    /// No regular file.
    pub irregular: u64,
    /// Larger than [`Settings::max_bytes`].
    pub too_large: u64,
    /// Changed before it was read to its end.
    pub changed: u64,
    /// Could not be read.
    pub unread: u64,
}

/// Where hashes are asked for.
#[derive(Debug)]
pub struct Hasher {
    proc: PathBuf,
    max_bytes: u64,
    requests: Sender<Request>,
    shared: Arc<Shared>,
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    Waiting,
    Known { sha256: [u8; 32], settled: bool },
}

#[derive(Debug)]
struct Shared {
    known: Mutex<Recent<FileKey, Entry>>,
    counts: Counters,
    is_over: AtomicBool,
}

#[derive(Debug, Default)]
struct Counters {
    hashed: AtomicU64,
    known: AtomicU64,
    full: AtomicU64,
    gone: AtomicU64,
    other: AtomicU64,
    irregular: AtomicU64,
    too_large: AtomicU64,
    changed: AtomicU64,
    unread: AtomicU64,
}

impl Shared {
    fn known(&self) -> MutexGuard<'_, Recent<FileKey, Entry>> {
        // A map is whole between any two of its methods, whoever panicked meanwhile.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hasher {
    /// A hasher that finds processes below `proc`, which is `/proc` but for tests, and the worker that is to be run for it.
    pub fn new(settings: Settings, proc: impl Into<PathBuf>) -> (Self, Worker) {
        let (requests, queue) = bounded(settings.queue.max(1));
        let shared = Arc::new(Shared {
            known: Mutex::new(Recent::new(settings.known)),
            counts: Counters::default(),
            is_over: AtomicBool::new(false),
        });
        let worker = Worker::new(queue, Arc::clone(&shared));
        (Hasher { proc: proc.into(), max_bytes: settings.max_bytes, requests, shared }, worker)
    }

    /// Has the program of the process `pid` hashed, which the kernel named `exe`. Returns what [`Hasher::get`] takes; `None`
    /// where there will be no hash.
    pub fn ask(&self, pid: u32, exe: &[u8]) -> Option<FileKey> {
        self.ask_redacted(pid, exe, &mut |_| {})
    }

    /// The same where secrets were taken out of `exe`: `redact` does that, in place, and is given the file's present name.
    pub fn ask_redacted(&self, pid: u32, exe: &[u8], redact: &mut dyn FnMut(&mut [u8])) -> Option<FileKey> {
        let counts = &self.shared.counts;
        let refuse = |counter: &AtomicU64| {
            counter.fetch_add(1, Ordering::Relaxed);
            None
        };
        let Ok(held) = Held::of(&self.proc.join(format!("{pid}/exe"))) else { return refuse(&counts.gone) };
        let Ok(key) = held.key() else { return refuse(&counts.gone) };
        let Some(key) = key else { return refuse(&counts.irregular) };
        if !held.is_named(exe, redact) {
            return refuse(&counts.other);
        }
        if key.size > self.max_bytes {
            return refuse(&counts.too_large);
        }
        self.enqueue(held, key)
    }

    /// The hash of a file in this state, if it is known.
    pub fn get(&self, key: &FileKey) -> Option<[u8; 32]> {
        match self.shared.known().get(key) {
            Some(Entry::Known { sha256, .. }) => Some(*sha256),
            _ => None,
        }
    }

    /// What became of all that was asked so far.
    pub fn counts(&self) -> Counts {
        let counts = &self.shared.counts;
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            hashed: of(&counts.hashed),
            known: of(&counts.known),
            full: of(&counts.full),
            gone: of(&counts.gone),
            other: of(&counts.other),
            irregular: of(&counts.irregular),
            too_large: of(&counts.too_large),
            changed: of(&counts.changed),
            unread: of(&counts.unread),
        }
    }

    fn enqueue(&self, held: Held, key: FileKey) -> Option<FileKey> {
        let mut known = self.shared.known();
        match known.get(&key) {
            Some(Entry::Waiting | Entry::Known { settled: true, .. }) => {
                self.shared.counts.known.fetch_add(1, Ordering::Relaxed);
                return Some(key);
            }
            // It may have changed in the same tick in which it was read: what is known of it is not told again.
            Some(Entry::Known { settled: false, .. }) | None => known.insert(key, Entry::Waiting),
        }
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.requests.try_send(Request { held, key })
        {
            known.remove(&key);
            self.shared.counts.full.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(key)
    }
}

impl Drop for Hasher {
    /// The worker ends within one read.
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
