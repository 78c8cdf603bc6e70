//! The listening socket: a path and who may connect in, a socket that listens there out. Removed when it is dropped, where it is
//! still ours.
//!
//! Refuses a directory that others can change, and a path where anything is but the socket of somebody who is gone.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, lchown};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, connect, listen, socket_with};

use super::Settings;
use crate::sink::Failure;

/// Who may wait to be let in.
const WAITING: i32 = 32;

#[derive(Debug)]
pub(super) struct Socket {
    pub(super) listener: UnixListener,
    path: PathBuf,
    /// Its device and inode.
    at: (u64, u64),
}

impl Socket {
    /// Listens. Nobody can connect before its mode and group are right.
    pub(super) fn open(settings: &Settings) -> Result<Self, Failure> {
        let path = &settings.path;
        check(path)?;
        if is_somebodys(path)? {
            fs::remove_file(path).map_err(|error| failed(path).because(error))?;
        }
        Self::bound(settings).map_err(|error| failed(path).because(error))
    }

    fn bound(settings: &Settings) -> io::Result<Self> {
        let path = &settings.path;
        let socket = stream()?;
        bind(&socket, &SocketAddrUnix::new(path)?)?;
        let meta = fs::symlink_metadata(path)?;
        // From here on it is removed where something fails.
        let socket = Self { listener: socket.into(), path: path.clone(), at: (meta.dev(), meta.ino()) };
        if settings.group.is_some() {
            lchown(path, None, settings.group)?;
        }
        fs::set_permissions(path, fs::Permissions::from_mode(settings.mode))?;
        listen(&socket.listener, WAITING)?;
        Ok(socket)
    }

    /// Whether it is still the one that is found at its path.
    pub(super) fn is_there(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|meta| (meta.dev(), meta.ino()) == self.at)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.is_there() {
            // If it stays, the next who listens here removes it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether a socket can be made here.
pub(super) fn check(path: &Path) -> Result<(), Failure> {
    let wrong = |why: &str| Err(failed(path).because(why.to_owned()));
    if !path.is_absolute() {
        return wrong("the path is not absolute");
    }
    SocketAddrUnix::new(path).map_err(|error| failed(path).because(error))?;
    let Some(dir) = path.parent() else { return wrong("it has no directory") };
    let meta = fs::metadata(dir)
        .map_err(|error| Failure::new(format!("cannot listen in {:?}", dir.display().to_string())).because(error))?;
    if !meta.is_dir() {
        return wrong("it is not in a directory");
    }
    if meta.uid() != 0 && meta.uid() != rustix::process::geteuid().as_raw() {
        return wrong("its directory belongs neither to root nor to the user oyez runs as");
    }
    // In a directory with the sticky bit nobody can take it away.
    if meta.mode() & 0o022 != 0 && meta.mode() & 0o1000 == 0 {
        return wrong("others than its owner may change its directory (chmod go-w)");
    }
    Ok(())
}

/// Whether there is the socket of somebody who does not listen any more.
fn is_somebodys(path: &Path) -> Result<bool, Failure> {
    let meta = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(path).because(error)),
        Ok(meta) => meta,
    };
    if !meta.file_type().is_socket() {
        return Err(failed(path).because("something that is no socket is there"));
    }
    let tried = stream().and_then(|socket| Ok(connect(&socket, &SocketAddrUnix::new(path)?)));
    match tried {
        Ok(Err(Errno::CONNREFUSED)) => Ok(true),
        Ok(Err(error)) if error != Errno::AGAIN => Err(failed(path).because(error)),
        Err(error) => Err(failed(path).because(error)),
        // It may be that its queue of those who wait to be let in is full.
        Ok(_) => Err(failed(path).because("somebody listens there")),
    }
}

fn stream() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?)
}

fn failed(path: &Path) -> Failure {
    Failure::new(format!("cannot listen on {:?}", path.display().to_string()))
}
