//! Puts a log aside: the file that is written to in, a new and empty one in its place out, the old one under a name of its own.
//!
//! The new one is made first, under another name, with all its rights; then the old one gets its new name and the new one the
//! old one's. What fails leaves the old one where it is, and a crash in between leaves no log without its lines: at worst the
//! path leads nowhere, and the next start makes a new file there. No file is ever replaced.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{AtFlags, RenameFlags};
use rustix::io::Errno;

use super::live::Live;
use super::names::{self, Aside, Mark};
use super::open;
use super::settings::{Names, Settings};
use crate::sink::Failure;

/// What the new file is called until it takes the old one's place.
pub(super) const NEW: &str = "new";

/// Puts the log aside.
///
/// # Errors
/// It could not be, and is as it was; or its path leads to another file by now.
pub(super) fn rotate(live: &Live, settings: &Settings, wall_ms: u64) -> Result<Live, Failure> {
    let failed = |error: io::Error| {
        Failure::new(format!("cannot rotate {:?}", settings.path.display().to_string())).because(error)
    };
    if !live.is_named() {
        return Err(failed(io::Error::other("its path leads elsewhere")));
    }
    let parent = live.parent.try_clone().map_err(failed)?;
    let new = names::making_name(&live.name, NEW);
    let _ = rustix::fs::unlinkat(&parent, new.as_slice(), AtFlags::empty());
    let made = open::make(&parent, &new, &settings.access);
    let fd = made.map_err(|(what, error)| open::unset(&settings.path, what, error))?;
    let renamed = put_aside(&parent, &live.name, settings.rotate.names, wall_ms)
        .and_then(|()| Ok(rename(&parent, &new, &live.name)?));
    if let Err(error) = renamed {
        let _ = rustix::fs::unlinkat(&parent, new.as_slice(), AtFlags::empty());
        return Err(failed(error));
    }
    if settings.sync != super::Sync::Never {
        rustix::fs::fsync(&parent).map_err(|error| failed(error.into()))?;
    }
    let stat = rustix::fs::fstat(&fd).map_err(|error| failed(error.into()))?;
    Ok(Live::new(fd.into(), parent, live.name.clone(), &stat))
}

fn put_aside(parent: &OwnedFd, name: &[u8], names: Names, wall_ms: u64) -> io::Result<()> {
    let asides = names::list(parent, name, names)?;
    let mark = match names {
        Names::Number => {
            make_room(parent, name, &asides)?;
            Mark::Number(std::cmp::Reverse(1))
        }
        Names::Time => Mark::next(asides.last().map(|aside| &aside.mark), wall_ms)
            .ok_or_else(|| io::Error::other("no name is left for this time"))?,
    };
    Ok(rename(parent, name, &mark.name(name))?)
}

/// Counts the numbers up, from the first that is free: each rename is into a free name, so that breaking off loses nothing.
fn make_room(parent: &OwnedFd, name: &[u8], asides: &[Aside]) -> io::Result<()> {
    let mut count = 0_u32;
    // The newest, which is number 1, is the last.
    while let Some(aside) = asides.iter().rev().nth(count as usize) {
        if aside.mark != Mark::Number(std::cmp::Reverse(count + 1)) {
            break;
        }
        count += 1;
    }
    let start = asides.len().saturating_sub(count as usize);
    for (aside, number) in asides.iter().skip(start).zip((1..=count).rev()) {
        let next = Mark::Number(std::cmp::Reverse(number + 1)).name(name);
        // The packed one first: alone it is whole, while a plain one alone may be packed once more.
        if let Some((packing, _)) = aside.packed {
            rename(parent, &names::packed_name(&aside.name, packing), &names::packed_name(&next, packing))?;
        }
        if aside.plain.is_some() {
            rename(parent, &aside.name, &next)?;
        }
    }
    Ok(())
}

/// Renames into a name that is free.
pub(super) fn rename(parent: &OwnedFd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
    match rustix::fs::renameat_with(parent, from, parent, to, RenameFlags::NOREPLACE) {
        // Not every file system can do that (renameat2(2)).
        Err(Errno::INVAL | Errno::NOSYS) => match rustix::fs::statat(parent.as_fd(), to, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => rustix::fs::renameat(parent, from, parent, to),
            Err(error) => Err(error),
            Ok(_) => Err(Errno::EXIST),
        },
        result => result,
    }
}
