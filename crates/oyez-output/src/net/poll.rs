//! Waiting for a descriptor: no longer than there is patience, and looking for hurry now and then.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::sink::Patience;

/// The longest wait before patience is looked at again: hurry does not wake a poll.
const SLICE: Duration = Duration::from_millis(100);

/// Until one of `wanted` is so, or the descriptor is broken; then what is so.
///
/// # Errors
/// [`TimedOut`](io::ErrorKind::TimedOut) when patience is over.
pub(crate) fn wait(fd: BorrowedFd<'_>, wanted: PollFlags, patience: &Patience) -> io::Result<PollFlags> {
    loop {
        let left = patience.left();
        let found = once(fd, wanted, left.min(SLICE))?;
        if !found.is_empty() {
            return Ok(found);
        }
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
    }
}

/// What of `wanted` is so within `time`, or is broken.
pub(crate) fn once(fd: BorrowedFd<'_>, wanted: PollFlags, time: Duration) -> io::Result<PollFlags> {
    let mut fds = [PollFd::from_borrowed_fd(fd, wanted)];
    let time = Timespec::try_from(time).map_err(io::Error::other)?;
    match poll(&mut fds, Some(&time)) {
        Ok(_) => Ok(fds[0].revents()),
        Err(Errno::INTR) => Ok(PollFlags::empty()),
        Err(error) => Err(error.into()),
    }
}
