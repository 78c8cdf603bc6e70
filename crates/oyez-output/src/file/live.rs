//! The file that is written to now: bytes in at its end, and what became of its name.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::space::Room;
use super::tail::End;

/// An open log.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) file: File,
    /// The directory it was opened in.
    pub(super) parent: OwnedFd,
    /// Its name there.
    pub(super) name: Vec<u8>,
    /// Its device and inode.
    id: (u64, u64),
}

/// What its path leads to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// To it.
    Here,
    /// To nothing.
    Nowhere,
    /// To something else.
    Elsewhere,
}

impl Live {
    pub(super) fn new(file: File, parent: OwnedFd, name: Vec<u8>, stat: &Stat) -> Self {
        Self { file, parent, name, id: (stat.st_dev, stat.st_ino) }
    }

    /// Where its path leads. What cannot be told is as it was.
    pub(super) fn place(&self, path: &Path) -> Place {
        match rustix::fs::lstat(path) {
            Ok(stat) if (stat.st_dev, stat.st_ino) != self.id => Place::Elsewhere,
            Err(Errno::NOENT | Errno::NOTDIR) => Place::Nowhere,
            _ => Place::Here,
        }
    }

    /// Whether its name in its directory is still its own.
    pub(super) fn is_named(&self) -> bool {
        rustix::fs::statat(&self.parent, self.name.as_slice(), AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|stat| (stat.st_dev, stat.st_ino) == self.id)
    }

    /// When it was last written to, in milliseconds since 1970, if there is anything in it.
    pub(super) fn written_ms(&self) -> Option<u64> {
        let stat = rustix::fs::fstat(&self.file).ok().filter(|stat| stat.st_size > 0)?;
        u64::try_from(stat.st_mtime).ok().map(|seconds| seconds.saturating_mul(1000))
    }

    /// How much room its file system has.
    pub(super) fn room(&self) -> io::Result<Room> {
        let stat = rustix::fs::fstatvfs(&self.file)?;
        let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
        Ok(Room { free: bytes(stat.f_bavail), all: bytes(stat.f_blocks) })
    }

    /// The same file, for reading.
    fn reader(&self) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = rustix::fs::openat(&self.parent, self.name.as_slice(), flags, Mode::empty())?;
        let stat = rustix::fs::fstat(&file)?;
        if (stat.st_dev, stat.st_ino) == self.id { Ok(file.into()) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

impl End for Live {
    fn size(&mut self) -> io::Result<u64> {
        Ok(u64::try_from(rustix::fs::fstat(&self.file)?.st_size).unwrap_or_default())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn cut(&mut self, size: u64) -> io::Result<()> {
        self.file.set_len(size)
    }

    fn read_at(&mut self, into: &mut [u8], offset: u64) -> io::Result<()> {
        self.reader()?.read_exact_at(into, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}
