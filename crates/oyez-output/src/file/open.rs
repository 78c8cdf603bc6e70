//! Opens a log so that nobody but its owner decides what is written to.
//!
//! A path in; out comes a regular file to append to, or a named pipe or device. Refuses a symbolic link, a directory or block
//! device at the path, a regular file of another user than root and ourselves, one that others may write to, one with a second
//! name in a directory where others may make names, and a directory where others may replace names. Links in the directories
//! on the way are followed: they are the administrator's.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::access::{self, Refused};
use super::live::Live;
use super::settings::Access;
use crate::sink::Failure;

/// What is at the path.
#[derive(Debug)]
pub(super) enum Opened {
    /// A regular file, and what of its access could not be set.
    Log(Live, Option<Refused>),
    /// A pipe or a device, to be written without waiting.
    Stream(OwnedFd),
}

/// A pipe without a reader is refused (ENXIO) instead of waited for; regular files do not care.
const FLAGS: OFlags = OFlags::WRONLY
    .union(OFlags::APPEND)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// Opens what is at the path; what is not there is made.
pub(super) fn open(path: &Path, access: &Access) -> Result<Opened, Failure> {
    let failed = |error: Errno| cannot_open(path).because(explain(error));
    let refused = |why: &str| cannot_open(path).because(io::Error::other(why.to_owned()));
    let parent = parent(path).map_err(failed)?;
    let name = path.file_name().map(OsStrExt::as_bytes).ok_or_else(|| refused("it has no name"))?;
    if let Some(why) = is_unsafe_directory(&rustix::fs::fstat(&parent).map_err(failed)?) {
        return Err(refused(why));
    }
    let (fd, is_new) = match rustix::fs::openat(&parent, name, FLAGS, Mode::empty()) {
        Err(Errno::NOENT) => (make(&parent, name, access).map_err(|(what, error)| unset(path, what, error))?, true),
        fd => (fd.map_err(failed)?, false),
    };
    let stat = rustix::fs::fstat(&fd).map_err(failed)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Fifo | FileType::CharacterDevice => return Ok(Opened::Stream(fd)),
        FileType::RegularFile => {}
        _ => return Err(refused("it is neither a file nor a pipe nor a terminal")),
    }
    if let Some(why) = is_unsafe(&stat, &rustix::fs::fstat(&parent).map_err(failed)?) {
        return Err(refused(why));
    }
    let unset = if is_new { None } else { access::set_old(&fd, access).err() };
    Ok(Opened::Log(Live::new(File::from(fd), parent, name.to_vec(), &stat), unset))
}

/// Makes a log that is not there, for those who may read it; `what` could not be done of it, if not.
pub(super) fn make(parent: &OwnedFd, name: &[u8], access: &Access) -> Result<OwnedFd, Refused> {
    // Nobody else may open it before it has its mode.
    let flags = FLAGS | OFlags::CREATE | OFlags::EXCL;
    let fd = rustix::fs::openat(parent, name, flags, Mode::RUSR | Mode::WUSR).map_err(|error| ("file", error))?;
    match access::set_new(&fd, access) {
        Ok(()) => Ok(fd),
        Err(refused) => {
            // With the wrong readers it may not stay.
            let _ = rustix::fs::unlinkat(parent, name, rustix::fs::AtFlags::empty());
            Err(refused)
        }
    }
}

/// What is said when a file cannot be made as it should be.
pub(super) fn unset(path: &Path, what: &str, error: Errno) -> Failure {
    let shown = path.display().to_string();
    match what {
        "file" => cannot_open(path).because(explain(error)),
        _ => Failure::new(format!("cannot set the {what} of {shown:?}")).because(io::Error::from(error)),
    }
}

/// The directory that a path is in.
fn parent(path: &Path) -> Result<OwnedFd, Errno> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    rustix::fs::open(parent, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

fn is_unsafe_directory(parent: &Stat) -> Option<&'static str> {
    let mode = Mode::from_raw_mode(parent.st_mode);
    let is_shared = mode.contains(Mode::WOTH) && !mode.contains(Mode::SVTX);
    is_shared.then_some("anybody may write to its directory")
}

/// Why others could change what is in a file, or have put it there.
fn is_unsafe(file: &Stat, parent: &Stat) -> Option<&'static str> {
    if file.st_uid != 0 && file.st_uid != rustix::process::geteuid().as_raw() {
        return Some("it belongs to another user");
    }
    if Mode::from_raw_mode(file.st_mode).contains(Mode::WOTH) {
        return Some("anybody may write to it");
    }
    let is_shared = Mode::from_raw_mode(parent.st_mode).contains(Mode::WOTH);
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
