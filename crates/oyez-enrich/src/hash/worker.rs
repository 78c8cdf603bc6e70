//! Reading and hashing, in a thread of its own.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use crossbeam_channel::Receiver;
use rustix::fs::AtFlags;
use sha2::{Digest as _, Sha256};

use super::file::{FileKey, Held, key};
use super::{Entry, Shared};

/// How much is read at once.
const CHUNK: usize = 128 << 10;

/// A file that changed less than this before it was read may change again without a new `ctime`, which is as coarse as the
/// kernel's tick (fs/inode.c, `current_time`; of some file systems a second or two).
const SETTLED_NS: i128 = 2_000_000_000;

/// A file that is to be hashed.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) held: Held,
    pub(super) key: FileKey,
}

/// The part that reads: [`Worker::run`] it in a thread that nobody waits for.
#[derive(Debug)]
pub struct Worker {
    requests: Receiver<Request>,
    shared: Arc<Shared>,
    chunk: Box<[u8]>,
}

/// What came of reading a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Hashed([u8; 32]),
    /// It is not in the state it was asked for in, or did not stay in it.
    Changed,
    Stopped,
}

impl Worker {
    pub(super) fn new(requests: Receiver<Request>, shared: Arc<Shared>) -> Self {
        Worker { requests, shared, chunk: vec![0; CHUNK].into() }
    }

    /// Hashes what is asked for, until the [`super::Hasher`] is gone; calls `after` behind each file.
    pub fn run(mut self, mut after: impl FnMut()) {
        while let Ok(request) = self.requests.recv() {
            self.work(&request);
            after();
        }
    }

    /// Hashes the next file, if one is asked for; says whether one was.
    pub fn step(&mut self) -> bool {
        let request = self.requests.try_recv();
        if let Ok(request) = &request {
            self.work(request);
        }
        request.is_ok()
    }

    fn work(&mut self, request: &Request) {
        let settled = now_ns().saturating_sub(SETTLED_NS) >= request.key.ctime_ns;
        let outcome = request.held.open().and_then(|mut file| self.hash(&mut file, &request.key));
        let counts = &self.shared.counts;
        let counter = match outcome {
            Ok(Outcome::Hashed(_)) => &counts.hashed,
            Ok(Outcome::Changed) => &counts.changed,
            Ok(Outcome::Stopped) => return,
            Err(_) => &counts.unread,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        let mut known = self.shared.known();
        match outcome {
            Ok(Outcome::Hashed(sha256)) => known.insert(request.key, Entry::Known { sha256, settled }),
            _ => known.remove(&request.key),
        }
    }

    /// Reads a file that is to be in the state `wanted` before and after.
    pub(super) fn hash(&mut self, file: &mut (impl Read + AsFd), wanted: &FileKey) -> io::Result<Outcome> {
        if !is_in_state(wanted, &*file)? {
            return Ok(Outcome::Changed);
        }
        let (mut sha256, mut size) = (Sha256::new(), 0u64);
        while size <= wanted.size {
            if self.shared.is_over.load(Ordering::Relaxed) {
                return Ok(Outcome::Stopped);
            }
            let chunk = match file.read(&mut self.chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => self.chunk.get(..read?).unwrap_or_default(),
            };
            if chunk.is_empty() {
                break;
            }
            sha256.update(chunk);
            size += chunk.len() as u64;
        }
        if size != wanted.size || !is_in_state(wanted, &*file)? {
            return Ok(Outcome::Changed);
        }
        Ok(Outcome::Hashed(sha256.finalize().into()))
    }
}

fn is_in_state(wanted: &FileKey, file: impl AsFd) -> io::Result<bool> {
    Ok(key(file, AtFlags::empty())?.as_ref() == Some(wanted))
}

fn now_ns() -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(since.as_nanos()).unwrap_or(i128::MAX)
}
