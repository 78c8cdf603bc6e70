//! A pipe, a terminal or a socket that is written to without waiting longer than one has patience for.
//!
//! A descriptor in, bytes to whoever reads it. Others may hold the same open file (a shell's standard output), so it is not
//! made non-blocking for all: a pipe or terminal is opened a second time for ourselves, a socket is asked not to wait at each
//! write. What can be neither is written in pieces of 4096 bytes, which a pipe that poll(2) calls ready takes at once
//! (pipe(7), `PIPE_BUF`). Regular files never make one wait in this sense, and are written as they are.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::SendFlags;

use crate::sink::Patience;

/// Bytes that a pipe takes at once when it takes any (pipe(7)).
const PIPE_BUF: usize = 4096;
/// The longest wait before it is looked whether patience has ended.
const SLICE: Duration = Duration::from_millis(200);

/// An open stream.
#[derive(Debug)]
pub(crate) struct Stream {
    fd: OwnedFd,
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It never waits.
    Free,
    /// It may wait: only what fits.
    Careful,
    /// It is asked not to wait.
    Socket,
}

impl Stream {
    /// Writes to what is open at `fd`.
    pub(crate) fn of(fd: OwnedFd) -> io::Result<Self> {
        let kind = FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode);
        Ok(match kind {
            FileType::Socket => Self { fd, way: Way::Socket },
            FileType::Fifo | FileType::CharacterDevice => match reopen(&fd) {
                Ok(own) => Self { fd: own, way: Way::Free },
                Err(_) => Self { fd, way: Way::Careful },
            },
            _ => Self { fd, way: Way::Free },
        })
    }

    /// Writes to what is open without waiting, for ourselves alone.
    pub(crate) fn own(fd: OwnedFd) -> Self {
        Self { fd, way: Way::Free }
    }

    /// Writes some bytes, waiting for room as long as patience lasts.
    pub(crate) fn write(&self, bytes: &[u8], patience: &Patience) -> io::Result<usize> {
        loop {
            match self.try_write(bytes) {
                Err(Errno::AGAIN) if patience.is_over() => return Err(io::ErrorKind::TimedOut.into()),
                Err(Errno::AGAIN) => {
                    self.poll(PollFlags::OUT, patience.slice(SLICE))?;
                }
                Err(Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
    }

    /// Whether nobody can read what is written any more. Asks only what is certain: a pipe without readers, a socket that was
    /// closed, a terminal that hung up.
    pub(crate) fn is_gone(&self) -> bool {
        let found = self.poll(PollFlags::empty(), Duration::ZERO);
        found.is_ok_and(|found| found.intersects(PollFlags::ERR | PollFlags::HUP))
    }

    fn try_write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        match self.way {
            Way::Free => rustix::io::write(&self.fd, bytes),
            Way::Socket => rustix::net::send(&self.fd, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL),
            Way::Careful => {
                let ready = self.poll(PollFlags::OUT, Duration::ZERO)?;
                if ready.is_empty() {
                    return Err(Errno::AGAIN);
                }
                rustix::io::write(&self.fd, bytes.get(..PIPE_BUF).unwrap_or(bytes))
            }
        }
    }

    fn poll(&self, what: PollFlags, wait: Duration) -> Result<PollFlags, Errno> {
        let mut fds = [PollFd::from_borrowed_fd(self.fd.as_fd(), what)];
        let wait = Timespec::try_from(wait).unwrap_or_default();
        match rustix::event::poll(&mut fds, Some(&wait)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
        let [fd] = &fds;
        Ok(fd.revents())
    }
}

/// The same pipe or terminal, as an open file of our own.
fn reopen(fd: &OwnedFd) -> Result<OwnedFd, Errno> {
    use std::os::fd::AsRawFd as _;
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(format!("/proc/self/fd/{}", fd.as_raw_fd()), flags, Mode::empty())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::time::Instant;

    use super::*;

    /// Fills it until patience ends; how much it took, and how long.
    fn fill(stream: &Stream, patience: Duration) -> (usize, Duration) {
        let (start, bytes, mut sum) = (Instant::now(), vec![b'x'; 100_000], 0);
        let patience = Patience::of(patience);
        loop {
            match stream.write(&bytes, &patience) {
                Ok(count) => sum += count,
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                    return (sum, start.elapsed());
                }
            }
        }
    }

    #[test]
    fn nobody_who_does_not_read_holds_it_up() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let (socket, other) = UnixStream::pair().unwrap();
        let careful = Stream { fd: writer.try_clone().unwrap(), way: Way::Careful };
        for (stream, least) in [
            (Stream::of(writer.try_clone().unwrap()).unwrap(), 65_536),
            (careful, 0),
            (Stream::of(socket.into()).unwrap(), 100_000),
        ] {
            let (sum, time) = fill(&stream, Duration::from_millis(100));
            assert!(sum >= least && time >= Duration::from_millis(100), "{stream:?}: {sum}, {time:?}");
            assert!(time < Duration::from_secs(1), "{stream:?}: {time:?}");
        }
        assert!(
            !rustix::fs::fcntl_getfl(&writer).unwrap().contains(OFlags::NONBLOCK),
            "others' descriptor was changed"
        );
        drop((reader, other));
    }

    #[test]
    fn careful_writes_fill_a_pipe_to_the_brim() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let stream = Stream { fd: writer, way: Way::Careful };
        assert_eq!(fill(&stream, Duration::from_millis(50)).0, 65_536);
        drop(reader);
        assert!(stream.is_gone());
        let error = stream.write(b"x", &Patience::of(Duration::ZERO)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_pipe_with_a_reader_is_not_gone() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let stream = Stream::of(writer).unwrap();
        assert_eq!(stream.way, Way::Free);
        assert!(!stream.is_gone());
        drop(reader);
        assert!(stream.is_gone());
    }
}
