//! Opens a log so that nobody but its owner decides what is written to.
//!
//! A path in; out comes a regular file to append to, or a named pipe or device. Refuses a symbolic link, a directory or block
//! device at the path, a regular file of another user than root and ourselves, one that others may write to, one with a second
//! name in a directory where others may make names, and a directory where others may remove names. Links in the directories
//! on the way are followed: they are the administrator's.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::sink::Failure;

/// What is at the path.
#[derive(Debug)]
pub(super) enum Opened {
    /// A regular file; whether it was made.
    Log(File, bool),
    /// A pipe or a device, to be written without waiting.
    Stream(OwnedFd),
}

/// Opens what is at the path. What is not there is made, of this mode whatever the umask is.
pub(super) fn open(path: &Path, mode: u32) -> Result<Opened, Failure> {
    let failed = |error: Errno| cannot_open(path).because(explain(error));
    let refused = |why: &str| Failure::new(format!("{}: {why}", cannot_open(path)));
    let parent = parent(path).map_err(failed)?;
    let name = path.file_name().map(|name| name.as_bytes()).ok_or_else(|| refused("it has no name"))?;
    // A pipe without a reader is refused (ENXIO) instead of waited for; regular files do not care.
    let flags =
        OFlags::WRONLY | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let (fd, is_new) = match rustix::fs::openat(&parent, name, flags, Mode::empty()) {
        Err(Errno::NOENT) => (make(&parent, name, flags, mode).map_err(failed)?, true),
        fd => (fd.map_err(failed)?, false),
    };
    let stat = rustix::fs::fstat(&fd).map_err(failed)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Fifo | FileType::CharacterDevice => return Ok(Opened::Stream(fd)),
        FileType::RegularFile => {}
        _ => return Err(refused("it is neither a file nor a pipe nor a terminal")),
    }
    match is_unsafe(&stat, &rustix::fs::fstat(&parent).map_err(failed)?) {
        Some(why) => Err(refused(why)),
        None => Ok(Opened::Log(File::from(fd), is_new)),
    }
}

/// The directory that a path is in.
pub(super) fn parent(path: &Path) -> Result<OwnedFd, Errno> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    rustix::fs::open(parent, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// Makes a file of our own that was not there.
pub(super) fn make(parent: &OwnedFd, name: &[u8], flags: OFlags, mode: u32) -> Result<OwnedFd, Errno> {
    // Nobody may open it before it has its mode.
    let fd = rustix::fs::openat(parent, name, flags | OFlags::CREATE | OFlags::EXCL, Mode::RUSR | Mode::WUSR)?;
    rustix::fs::fchmod(&fd, Mode::from_raw_mode(mode))?;
    Ok(fd)
}

/// Why others could change what is in a file, or put another in its place.
fn is_unsafe(file: &Stat, parent: &Stat) -> Option<&'static str> {
    let mode = |stat: &Stat| Mode::from_raw_mode(stat.st_mode);
    let is_shared = mode(parent).contains(Mode::WOTH);
    if is_shared && !mode(parent).contains(Mode::SVTX) {
        return Some("anybody may write to its directory");
    }
    if file.st_uid != 0 && file.st_uid != rustix::process::geteuid().as_raw() {
        return Some("it belongs to another user");
    }
    if mode(file).contains(Mode::WOTH) {
        return Some("anybody may write to it");
    }
    (is_shared && file.st_nlink > 1).then_some("it has a second name, and anybody may have made it")
}

pub(super) fn cannot_open(path: &Path) -> Failure {
    Failure::new(format!("cannot open {:?}", path.display().to_string()))
}

fn explain(error: Errno) -> io::Error {
    match error {
        Errno::LOOP => io::Error::new(io::ErrorKind::InvalidInput, "it is a symbolic link, which is not followed"),
        Errno::NXIO => io::Error::new(io::ErrorKind::NotConnected, "nobody reads from the pipe"),
        error => error.into(),
    }
}
