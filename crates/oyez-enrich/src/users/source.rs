//! Where the passwd and group files come from: a trait, so that tests say what they hold and when they change, and the
//! files of this host.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{Kind, file};

/// The two files.
pub trait Source {
    /// What changes when the file does; `None` where it can't be had.
    fn stamp(&self, kind: Kind) -> Option<Stamp>;

    /// The file's bytes, the first 8 MiB of them.
    ///
    /// # Errors
    /// It can't be read.
    fn read(&self, kind: Kind) -> io::Result<Vec<u8>>;
}

/// Tells one state of a file from another: its device, inode, size, and the times (seconds, nanoseconds) at which its bytes
/// and its inode changed (stat(2)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Device and inode: another file of the same name.
    pub file: (u64, u64),
    /// Its size in bytes.
    pub size: u64,
    /// When its bytes changed.
    pub mtime: (i64, i64),
    /// When anything about it changed.
    pub ctime: (i64, i64),
}

impl From<Metadata> for Stamp {
    fn from(of: Metadata) -> Self {
        Stamp {
            file: (of.dev(), of.ino()),
            size: of.size(),
            mtime: (of.mtime(), of.mtime_nsec()),
            ctime: (of.ctime(), of.ctime_nsec()),
        }
    }
}

/// `passwd` and `group` in a directory.
#[derive(Clone, Debug)]
pub struct EtcFiles {
    passwd: PathBuf,
    group: PathBuf,
}

impl EtcFiles {
    /// The files in `directory`.
    pub fn at(directory: &Path) -> Self {
        EtcFiles { passwd: directory.join("passwd"), group: directory.join("group") }
    }

    fn path(&self, kind: Kind) -> &Path {
        match kind {
            Kind::User => &self.passwd,
            Kind::Group => &self.group,
        }
    }
}

impl Default for EtcFiles {
    fn default() -> Self {
        EtcFiles::at(Path::new("/etc"))
    }
}

impl Source for EtcFiles {
    /// `None` for what is no plain file as well: to open a pipe would mean to wait for its writer.
    fn stamp(&self, kind: Kind) -> Option<Stamp> {
        self.path(kind).metadata().ok().filter(Metadata::is_file).map(Stamp::from)
    }

    fn read(&self, kind: Kind) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(self.path(kind))?.take(file::MAX_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
