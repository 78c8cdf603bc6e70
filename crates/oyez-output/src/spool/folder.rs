//! The real directory: opened once, locked, and used by its descriptor alone.
//!
//! Input is a path; output a [`Folder`] that no one else uses and no one else may write to. Links are not followed and
//! nothing but plain files is opened, so what lies in it cannot lead elsewhere or hold the opener up.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, FileExt};
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, FlockOperation, Mode, OFlags};
use rustix::rand::{GetRandomFlags, getrandom};

use super::disk::{Disk, DiskFile};
use super::error::Error;

/// The file whose lock says that the directory is in use.
const LOCK: &str = "lock";

/// A directory of this process alone, as long as the value lives.
#[derive(Debug)]
pub struct Folder {
    directory: OwnedFd,
    /// Held for its lock.
    _lock: File,
}

impl Folder {
    /// Opens the directory at `path` and locks it. One that is not there is made, with mode 0700; its parent has to be there.
    ///
    /// # Errors
    /// [`Error::Directory`] if it cannot be made or opened or is a link, [`Error::Unsafe`] if others may write to it,
    /// [`Error::Locked`] if it is in use.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source: io::Error| Error::Directory { path: path.to_owned(), source };
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
        if let Some(why) = open_to_others(&directory).map_err(failed)? {
            return Err(Error::Unsafe { path: path.to_owned(), why });
        }
        let lock = open_file(&directory, LOCK, OFlags::CREATE).map_err(failed)?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { directory, _lock: lock }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::Locked { path: path.to_owned() }),
            Err(error) => Err(failed(error.into())),
        }
    }
}

/// Why others could put files into a directory, if they could.
fn open_to_others(directory: &OwnedFd) -> io::Result<Option<&'static str>> {
    let stat = rustix::fs::fstat(directory)?;
    Ok(if stat.st_uid != rustix::process::geteuid().as_raw() {
        Some("it belongs to another user")
    } else if Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH) {
        Some("its mode lets others write to it")
    } else {
        None
    })
}

/// Opens a plain file of mode 0600, without following a link or waiting for a pipe's other end.
fn open_file(directory: &OwnedFd, name: &str, more: OFlags) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | more;
    let file = rustix::fs::openat(directory, name, flags, Mode::RUSR | Mode::WUSR)?;
    if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) != FileType::RegularFile {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a plain file"));
    }
    Ok(File::from(file))
}

impl Disk for Folder {
    type File = File;

    fn names(&mut self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.directory)? {
            // What is not UTF-8 is no name that a spool gives.
            names.extend(entry?.file_name().to_str().ok().map(str::to_owned));
        }
        Ok(names)
    }

    fn open(&mut self, name: &str) -> io::Result<File> {
        open_file(&self.directory, name, OFlags::empty())
    }

    fn create(&mut self, name: &str) -> io::Result<File> {
        open_file(&self.directory, name, OFlags::CREATE | OFlags::EXCL)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.directory, name, AtFlags::empty())?)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.directory)?)
    }

    fn random(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        // Up to 256 bytes come whole (getrandom(2)).
        getrandom(&mut bytes, GetRandomFlags::empty())?;
        Ok(u64::from_le_bytes(bytes))
    }
}

impl DiskFile for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, into, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        FileExt::write_at(self, bytes, offset)
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.set_len(size)
    }

    fn sync(&self) -> io::Result<()> {
        // Length and blocks count as data (fdatasync(2)); times do not matter here.
        self.sync_data()
    }
}
