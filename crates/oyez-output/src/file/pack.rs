//! Packs logs that were put aside, one at a time, in a thread that gives way to all others.
//!
//! A plain file in, the same bytes packed beside it out, with the same readers and the same time; then the plain one goes.
//! The packed one is written under another name, synced, and gets its own name when it is whole, so that a crash leaves the
//! plain one or a whole packed one, or both, of which the plain one goes at the next start. Numbers may count up meanwhile: a
//! file is known by its inode. Refuses to take more than one processor for all outputs together.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps};

use super::access;
use super::names::{self, Aside};
use super::rotate;
use super::settings::{Names, Packing};

/// What the packed file is called until it is whole.
pub(super) const MAKING: &str = "packing";
/// Bytes that are packed between two looks whether it is to stop.
const CHUNK: usize = 256 << 10;
/// All outputs pack by turns.
static TURN: Mutex<()> = Mutex::new(());

/// Where logs are put aside.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) parent: OwnedFd,
    /// The log's name.
    pub(super) name: Vec<u8>,
    pub(super) names: Names,
    /// Held while names are read and changed.
    lock: Mutex<()>,
    stop: AtomicBool,
    failed: Mutex<Option<String>>,
}

impl Shelf {
    pub(super) fn new(parent: OwnedFd, name: Vec<u8>, names: Names) -> Self {
        Self { parent, name, names, lock: Mutex::default(), stop: AtomicBool::new(false), failed: Mutex::default() }
    }

    /// Nobody else changes names meanwhile.
    pub(super) fn lock(&self) -> MutexGuard<'_, ()> {
        lock(&self.lock)
    }

    /// What is there, oldest first. To be called under the lock.
    pub(super) fn list(&self) -> io::Result<Vec<Aside>> {
        names::list(&self.parent, &self.name, self.names)
    }

    /// Removes files. To be called under the lock.
    pub(super) fn remove(&self, aside: &Aside) -> io::Result<()> {
        // The plain one first: while the packed one is there nothing is counted twice.
        for file in aside.files() {
            rustix::fs::unlinkat(&self.parent, file.as_slice(), AtFlags::empty())?;
        }
        Ok(())
    }

    /// Removes what a crash left behind.
    pub(super) fn clean(&self) -> io::Result<()> {
        let _lock = self.lock();
        for what in [rotate::NEW, MAKING] {
            let _ =
                rustix::fs::unlinkat(&self.parent, names::making_name(&self.name, what).as_slice(), AtFlags::empty());
        }
        for aside in self.list()?.iter().filter(|aside| aside.is_twice()) {
            rustix::fs::unlinkat(&self.parent, aside.name.as_slice(), AtFlags::empty())?;
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// The thread that packs, when there is something to pack.
#[derive(Debug, Default)]
pub(super) struct Packer {
    thread: Option<(Arc<Shelf>, JoinHandle<()>)>,
}

impl Packer {
    /// Packs what there is to pack, unless that is being done.
    pub(super) fn poke(&mut self, shelf: &Arc<Shelf>, packing: Packing) {
        if self.is_busy() {
            return;
        }
        let (theirs, mine) = (Arc::clone(shelf), Arc::clone(shelf));
        let thread = thread::Builder::new().name("oyez-pack".to_owned()).spawn(move || run(&theirs, packing));
        match thread {
            Ok(thread) => self.thread = Some((mine, thread)),
            Err(error) => *lock(&shelf.failed) = Some(format!("cannot start a thread to pack logs: {error}")),
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.thread.as_ref().is_some_and(|(_, thread)| !thread.is_finished())
    }

    /// Breaks off, and waits so long for that; the next start goes on with it.
    pub(super) fn stop(&mut self, wait: Duration) {
        let Some((shelf, thread)) = self.thread.take() else { return };
        shelf.stop.store(true, Ordering::Relaxed);
        let start = Instant::now();
        while !thread.is_finished() && start.elapsed() < wait {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// What went wrong since the last call.
pub(super) fn failure(shelf: &Shelf) -> Option<String> {
    lock(&shelf.failed).take()
}

fn run(shelf: &Shelf, packing: Packing) {
    // Of this thread alone, on Linux (setpriority(2)). Without it, it is as fast as others.
    let _ = rustix::process::setpriority_process(None, 19);
    let _turn = lock(&TURN);
    while !shelf.is_over() {
        match pack_one(shelf, packing) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                *lock(&shelf.failed) = Some(format!("cannot pack a log that was rotated: {error}"));
                return;
            }
        }
    }
}

/// Packs the oldest that is not. Whether there was one.
fn pack_one(shelf: &Shelf, packing: Packing) -> io::Result<bool> {
    let Some((source, inode)) = next(shelf)? else { return Ok(false) };
    let making = names::making_name(&shelf.name, MAKING);
    let _ = rustix::fs::unlinkat(&shelf.parent, making.as_slice(), AtFlags::empty());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let target = File::from(rustix::fs::openat(&shelf.parent, making.as_slice(), flags, Mode::RUSR | Mode::WUSR)?);
    let packed = pack(shelf, &source, &target, packing)
        .and_then(|is_whole| if is_whole { put(shelf, inode, packing, &making) } else { Ok(false) });
    if !matches!(packed, Ok(true)) {
        let _ = rustix::fs::unlinkat(&shelf.parent, making.as_slice(), AtFlags::empty());
    }
    packed.map(|_| true)
}

/// The oldest that is plain, open, and its inode.
fn next(shelf: &Shelf) -> io::Result<Option<(File, u64)>> {
    let _lock = shelf.lock();
    let asides = shelf.list()?;
    // One that has both and was not broken off: somebody else packed it.
    let Some(aside) = asides.iter().find(|aside| aside.plain.is_some() && aside.packed.is_none()) else {
        return Ok(None);
    };
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = rustix::fs::openat(&shelf.parent, aside.name.as_slice(), flags, Mode::empty())?;
    let inode = rustix::fs::fstat(&file)?.st_ino;
    Ok(Some((file.into(), inode)))
}

/// Whether the whole file was packed: not if it was broken off.
fn pack(shelf: &Shelf, source: &File, target: &File, packing: Packing) -> io::Result<bool> {
    let is_whole = match packing {
        Packing::Zstd => {
            let mut encoder = zstd::Encoder::new(target, 3)?;
            encoder.include_checksum(true)?;
            copy(shelf, source, &mut encoder)? && encoder.finish().map(|_| true)?
        }
        Packing::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(target, flate2::Compression::default());
            copy(shelf, source, &mut encoder)? && encoder.finish().map(|_| true)?
        }
    };
    if is_whole {
        access::copy(source, target)?;
        let stat = rustix::fs::fstat(source)?;
        let time = |tv_sec, nanoseconds| Timespec { tv_sec, tv_nsec: i64::try_from(nanoseconds).unwrap_or_default() };
        let (last_access, last_modification) =
            (time(stat.st_atime, stat.st_atime_nsec), time(stat.st_mtime, stat.st_mtime_nsec));
        rustix::fs::futimens(target, &Timestamps { last_access, last_modification })?;
        target.sync_all()?;
    }
    Ok(is_whole)
}

/// Whether all of it was.
fn copy(shelf: &Shelf, mut from: &File, to: &mut impl Write) -> io::Result<bool> {
    let mut chunk = vec![0; CHUNK];
    loop {
        if shelf.is_over() {
            return Ok(false);
        }
        match from.read(&mut chunk) {
            Ok(0) => return Ok(true),
            Ok(count) => to.write_all(chunk.get(..count).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Gives the packed file its name and removes the plain one. Whether that is still there to be replaced.
fn put(shelf: &Shelf, inode: u64, packing: Packing, making: &[u8]) -> io::Result<bool> {
    let find = || -> io::Result<Option<Aside>> {
        Ok(shelf.list()?.into_iter().find(|aside| aside.plain.is_some_and(|plain| plain.inode == inode)))
    };
    {
        let _lock = shelf.lock();
        let Some(aside) = find()? else { return Ok(false) };
        rotate::rename(&shelf.parent, making, &names::packed_name(&aside.name, packing))?;
    }
    // The packed one must be there after a power failure before the plain one goes.
    rustix::fs::fsync(shelf.parent.as_fd())?;
    let _lock = shelf.lock();
    if let Some(aside) = find()?.filter(Aside::is_twice) {
        rustix::fs::unlinkat(&shelf.parent, aside.name.as_slice(), AtFlags::empty())?;
    }
    Ok(true)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
