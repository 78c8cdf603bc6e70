//! The pipe into a program, seen from our end: bytes in; how many of them the program has read, out.
//!
//! A pipe says how much it holds (`FIONREAD`, pipe(7)) at either end, and while our end is open it keeps what a program that
//! is gone left unread. So what was written and is not in it any more was read.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::process::Stdio;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pipe::PipeFlags;

/// Bytes that a pipe shall hold, where the host lets it (pipe(7), `F_SETPIPE_SZ`); it holds 64 KiB anyway.
const SIZE: usize = 256 << 10;

/// The writing end.
#[derive(Debug)]
pub(super) struct Pipe {
    end: OwnedFd,
    /// Bytes it can hold.
    size: u64,
    /// Bytes that were ever written into it and not taken back.
    written: u64,
}

/// What a wait ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// There is room, the time is over, or there are complaints to read.
    Look,
    /// Nobody has the other end any more.
    Gone,
}

impl Pipe {
    /// A new one, and its other end for the program.
    pub(super) fn new() -> io::Result<(Self, Stdio)> {
        let (other, end) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        rustix::io::ioctl_fionbio(&end, true)?;
        let size = match rustix::pipe::fcntl_setpipe_size(&end, SIZE) {
            Ok(size) => size,
            Err(_) => rustix::pipe::fcntl_getpipe_size(&end)?,
        };
        Ok((Self { end, size: size as u64, written: 0 }, other.into()))
    }

    /// Writes what there is room for.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match rustix::io::retry_on_intr(|| rustix::io::write(&self.end, bytes)) {
            Ok(count) => {
                self.written += count as u64;
                Ok(count)
            }
            Err(Errno::AGAIN) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Bytes written so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Bytes of them that the program has read.
    pub(super) fn read(&self) -> io::Result<u64> {
        Ok(self.written.saturating_sub(self.unread()?))
    }

    /// Whether half of it is free: a frame of binary then fits in one piece, however the pages are filled.
    pub(super) fn is_half_free(&self) -> io::Result<bool> {
        Ok(self.unread()? <= self.size / 2)
    }

    fn unread(&self) -> io::Result<u64> {
        Ok(rustix::io::ioctl_fionread(&self.end)?)
    }

    /// Takes back what the program has not read. What is written next follows what it has read.
    pub(super) fn take_back(&mut self) -> io::Result<()> {
        // A description of its own: the program's would lose or gain O_NONBLOCK with ours.
        let path = format!("/proc/self/fd/{}", self.end.as_raw_fd());
        let other = rustix::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;
        let mut bytes = vec![0; 16 << 10];
        loop {
            match rustix::io::retry_on_intr(|| rustix::io::read(&other, &mut bytes[..])) {
                Ok(0) | Err(Errno::AGAIN) => return Ok(()),
                Ok(count) => self.written = self.written.saturating_sub(count as u64),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits so long, but no longer than until there is room (where that is wanted), something on `other`, or nobody is left.
    pub(super) fn wait(&self, room: bool, other: Option<&OwnedFd>, time: &Timespec) -> Woken {
        let wanted = if room { PollFlags::OUT } else { PollFlags::empty() };
        let mut fds = [PollFd::new(&self.end, wanted), PollFd::new(other.unwrap_or(&self.end), PollFlags::empty())];
        if let (Some(other), Some(slot)) = (other, fds.get_mut(1)) {
            *slot = PollFd::from_borrowed_fd(other.as_fd(), PollFlags::IN);
        }
        // An interrupted wait is a short one.
        let _ = poll(&mut fds, Some(time));
        if fds.first().is_some_and(|fd| fd.revents().contains(PollFlags::ERR)) { Woken::Gone } else { Woken::Look }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn pair() -> (Pipe, std::fs::File) {
        let (other, end) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).unwrap();
        rustix::io::ioctl_fionbio(&end, true).unwrap();
        (Pipe { end, size: 65_536, written: 0 }, other.into())
    }

    #[test]
    fn what_was_read_is_known_even_when_the_reader_is_gone() {
        let (mut pipe, mut reader) = pair();
        assert_eq!(pipe.write(b"one\ntwo\n").unwrap(), 8);
        reader.read_exact(&mut [0; 5]).unwrap();
        assert_eq!(pipe.read().unwrap(), 5);
        let soon = Timespec { tv_sec: 0, tv_nsec: 0 };
        assert_eq!(pipe.wait(true, None, &soon), Woken::Look);
        drop(reader);
        assert_eq!((pipe.read().unwrap(), pipe.wait(false, None, &soon)), (5, Woken::Gone));
        assert_eq!(pipe.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn what_was_taken_back_can_be_written_again() {
        let (mut pipe, mut reader) = pair();
        let all = vec![7; 100_000];
        let count = pipe.write(&all).unwrap();
        assert!(count < all.len() && !pipe.is_half_free().unwrap());
        reader.read_exact(&mut vec![0; 4_097]).unwrap();
        pipe.take_back().unwrap();
        assert_eq!((pipe.written(), pipe.read().unwrap(), pipe.is_half_free().unwrap()), (4_097, 4_097, true));
        pipe.write(b"rest").unwrap();
        let mut next = [0; 4];
        reader.read_exact(&mut next).unwrap();
        assert_eq!(&next, b"rest");
    }
}
