//! Which file a process runs, and what tells that file from any other.
//!
//! `/proc/PID/exe` is taken, not the path: it leads to the very file that runs, whatever has become of its name meanwhile
//! (deleted, replaced, in another mount namespace), and has nothing to follow that somebody could change. It is opened with
//! `O_PATH`, which opens nothing (open(2)): no FIFO waits for a writer, no device is touched, no network file system is asked
//! (fs/open.c, `build_open_flags`: without `LOOKUP_OPEN`; fs/nfs/dir.c, `nfs_lookup_verify_inode`), and the file stays there
//! after the process ended. Only regular files are read, through the same handle.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, StatxFlags, open, readlinkat_raw, statx};

use crate::deleted::undeleted;

/// A file in one of its states: whoever writes to it changes `ctime`, which nobody can set but with the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileKey {
    /// The device's major and minor number.
    pub dev: (u32, u32),
    /// The inode's number.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// When its content last changed, in nanoseconds since 1970-01-01 UTC, as it says.
    pub mtime_ns: i128,
    /// When it last changed in any way, in nanoseconds since 1970-01-01 UTC.
    pub ctime_ns: i128,
}

/// A hold on a file that is not opened yet.
#[derive(Debug)]
pub(super) struct Held(OwnedFd);

impl Held {
    /// Takes hold of the file that the link `exe` leads to.
    pub(super) fn of(exe: &Path) -> io::Result<Self> {
        Ok(Held(open(exe, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?))
    }

    /// The file's state, as far as it is known without asking a server; `None` where it is no regular file.
    pub(super) fn key(&self) -> io::Result<Option<FileKey>> {
        key(&self.0, AtFlags::STATX_DONT_SYNC)
    }

    /// Whether the kernel would now name the file `exe`. A process in a chroot names it from its own root, so that the
    /// name here may have more in front; ` (deleted)` counts for nothing; no file is named by nothing. `redact` is given the name before it is compared.
    pub(super) fn is_named(&self, exe: &[u8], redact: &mut dyn FnMut(&mut [u8])) -> bool {
        let mut name = [0; 4096];
        let link = self.link();
        let Ok(len) = readlinkat_raw(CWD, link.as_str(), &mut name) else { return false };
        // A name that fills the buffer may be longer.
        if len >= name.len() {
            return false;
        }
        let Some(name) = name.get_mut(..len) else { return false };
        redact(name);
        let exe = undeleted(exe);
        !exe.is_empty() && undeleted(name).ends_with(exe)
    }

    /// Opens it to be read. It was a regular file, and a hold never comes to hold another.
    pub(super) fn open(&self) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(File::from(open(self.link().as_str(), flags, Mode::empty())?))
    }

    fn link(&self) -> String {
        format!("/proc/self/fd/{}", self.0.as_raw_fd())
    }
}

/// The state of an open file; `None` where it is no regular file.
pub(super) fn key(file: impl AsFd, flags: AtFlags) -> io::Result<Option<FileKey>> {
    let stat = statx(file, "", AtFlags::EMPTY_PATH | flags, StatxFlags::BASIC_STATS)?;
    let nanos = |time: rustix::fs::StatxTimestamp| i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec);
    let is_regular = FileType::from_raw_mode(u32::from(stat.stx_mode)) == FileType::RegularFile;
    Ok(is_regular.then_some(FileKey {
        dev: (stat.stx_dev_major, stat.stx_dev_minor),
        inode: stat.stx_ino,
        size: stat.stx_size,
        mtime_ns: nanos(stat.stx_mtime),
        ctime_ns: nanos(stat.stx_ctime),
    }))
}
