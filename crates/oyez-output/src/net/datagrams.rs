//! Messages as datagrams, one piece each: [`Frames`] in, those that arrived said in [`Done`].
//!
//! On a unix socket a message is done when its receiver has read it: when nothing is left in the queue, and the socket is still
//! the one that was connected to. By UDP it is done when the kernel took it and nobody answered by the end of the call that the
//! port is closed; whether it arrived is not known. What waits in the queue of a receiver that is slow is remembered and not
//! sent again. Refuses messages that are larger than a datagram can be, unless [`Large`] knows a way.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use oyez_netlink::outq;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{SendFlags, SocketType, send, sockopt};

use super::{Address, connect, poll};
use crate::net::Frames;
use crate::sink::{Done, Failure, Patience};
use crate::stats::Stats;

/// The first and the longest sleep between two looks at what was read.
const LOOKS: (Duration, Duration) = (Duration::from_micros(20), Duration::from_millis(2));

/// How long the address of a name is used by UDP before it is looked up again.
const FRESH: Duration = Duration::from_mins(1);

/// Sends what is too large for a datagram in another way.
pub type Large = fn(&OwnedFd, &[u8]) -> io::Result<()>;

/// Where datagrams go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// A UDP port.
    Udp(Address),
    /// A unix datagram socket.
    Unix(PathBuf),
}

/// A socket that is connected when it is needed, and again when its receiver is another.
#[derive(Debug)]
pub struct Datagrams {
    port: Port,
    stats: Arc<Stats>,
    large: Option<Large>,
    socket: Option<Socket>,
    /// What is in the receiver's queue, from the beginning of the first message that is not done.
    open: Vec<u8>,
}

#[derive(Debug)]
struct Socket {
    fd: OwnedFd,
    /// Device and inode of a unix socket's file: another one is another receiver's.
    file: Option<(u64, u64)>,
    since: Instant,
}

impl Datagrams {
    /// To this receiver.
    pub fn new(port: Port, stats: Arc<Stats>, large: Option<Large>) -> Self {
        Self { port, stats, large, socket: None, open: Vec::new() }
    }

    /// Connects where that is not so; by UDP this asks nobody.
    ///
    /// # Errors
    /// The name has no address; nobody has the unix socket open, or it is of another kind
    /// ([`PROTOTYPE`](Errno::PROTOTYPE) in its source).
    pub fn connect(&mut self, patience: &Patience) -> Result<(), Failure> {
        let is_old = match &self.socket {
            Some(socket) if socket.stands(&self.port) => socket.is_old(&self.port),
            _ => {
                self.leave();
                false
            }
        };
        if self.socket.is_some() && !is_old {
            return Ok(());
        }
        match (Socket::connect(&self.port, patience), &mut self.socket) {
            (Ok(socket), _) => {
                self.socket = Some(socket);
                self.stats.connects.fetch_add(1, Relaxed);
                Ok(())
            }
            // A resolver that fails does not take away the address it gave.
            (Err(_), Some(socket)) => {
                socket.since = Instant::now();
                Ok(())
            }
            (Err(failure), None) => Err(failure),
        }
    }

    /// Sends what is not open from earlier, and waits until all is read or patience is over. Marks in `done` what was.
    ///
    /// # Errors
    /// There is no receiver, it went away, or it did not read all in time.
    pub fn deliver(&mut self, frames: &Frames, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        if !frames.bytes().starts_with(&self.open) {
            self.open.clear();
        }
        self.connect(patience)?;
        let failed = |error: io::Error| Failure::new(format!("cannot send to \"{}\"", self.port.name())).because(error);
        match self.exchange(frames, done, patience) {
            Ok((sent, true)) => {
                let (messages, whole) = frames.within(sent);
                messages.for_each(|index| done.ack(index));
                keep(&mut self.open, frames, whole, sent);
                if sent == frames.bytes().len() { Ok(()) } else { Err(failed(io::ErrorKind::TimedOut.into())) }
            }
            Ok((sent, false)) => {
                keep(&mut self.open, frames, 0, sent);
                Err(failed(io::Error::other("it has not read all in time")))
            }
            Err(error) => {
                let failure = failed(error);
                self.leave();
                Err(failure)
            }
        }
    }

    /// Closes the socket. What waits in the queue of a unix socket stays there.
    pub fn leave(&mut self) {
        self.socket = None;
        self.open = Vec::new();
    }

    /// How many bytes of the frames are in the receiver's queue or read by it, and whether all of them are read.
    fn exchange(&self, frames: &Frames, done: &mut Done, patience: &Patience) -> io::Result<(usize, bool)> {
        let socket = self.socket.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        let mut sent = self.open.len();
        for piece in frames.pieces(sent) {
            match socket.send(piece, self.large, patience) {
                Ok(()) => {}
                Err(error) if error.raw_os_error() == Some(Errno::MSGSIZE.raw_os_error()) => {
                    if let Some(index) = frames.message_at(sent) {
                        done.refuse(index, format!("{} bytes do not fit into a datagram", piece.len()));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::TimedOut => break,
                Err(error) => return Err(error),
            }
            sent += piece.len();
        }
        let is_read = match self.port {
            Port::Unix(_) => socket.wait_until_read(patience)?,
            Port::Udp(_) => true,
        };
        sockopt::socket_error(&socket.fd)??;
        if !socket.stands(&self.port) {
            return Err(io::Error::other("it went away"));
        }
        Ok((sent, is_read))
    }
}

/// Remembers what was sent behind `whole`.
fn keep(open: &mut Vec<u8>, frames: &Frames, whole: usize, sent: usize) {
    open.clear();
    open.extend_from_slice(frames.bytes().get(whole..sent).unwrap_or_default());
}

impl Port {
    fn name(&self) -> String {
        match self {
            Self::Udp(address) => address.to_string(),
            Self::Unix(path) => path.display().to_string(),
        }
    }
}

impl Socket {
    fn new(fd: OwnedFd, file: Option<(u64, u64)>) -> Self {
        Self { fd, file, since: Instant::now() }
    }

    /// Whether the name's address may be another by now: by UDP nobody says that it is.
    fn is_old(&self, port: &Port) -> bool {
        matches!(port, Port::Udp(_)) && self.since.elapsed() > FRESH
    }

    fn connect(port: &Port, patience: &Patience) -> Result<Self, Failure> {
        match port {
            Port::Udp(address) => Ok(Self::new(connect::udp(address, patience)?, None)),
            Port::Unix(path) => {
                let file = file(path);
                let fd = connect::unix(path, SocketType::DGRAM).map_err(|error| {
                    Failure::new(format!("cannot connect to \"{}\"", path.display())).because(error)
                })?;
                Ok(Self::new(fd, file))
            }
        }
    }

    fn send(&self, bytes: &[u8], large: Option<Large>, patience: &Patience) -> io::Result<()> {
        loop {
            match (send(&self.fd, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL), large) {
                (Ok(_), _) => return Ok(()),
                (Err(Errno::AGAIN), _) => {
                    poll::wait(self.fd.as_fd(), PollFlags::OUT, patience)?;
                }
                (Err(Errno::NOBUFS), _) if !patience.is_over() => thread::sleep(LOOKS.1),
                (Err(Errno::NOBUFS), _) => return Err(io::ErrorKind::TimedOut.into()),
                (Err(Errno::MSGSIZE), Some(large)) => match large(&self.fd, bytes) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        poll::wait(self.fd.as_fd(), PollFlags::OUT, patience)?;
                    }
                    result => return result,
                },
                (Err(error), _) => return Err(error.into()),
            }
        }
    }

    fn wait_until_read(&self, patience: &Patience) -> io::Result<bool> {
        let mut sleep = LOOKS.0;
        while outq::unacknowledged(&self.fd)? > 0 {
            if patience.is_over() {
                return Ok(false);
            }
            thread::sleep(sleep);
            sleep = (sleep * 2).min(LOOKS.1);
        }
        Ok(true)
    }

    /// Whether its receiver is the one that was connected to, and lives: of one that went away the queue is empty too.
    fn stands(&self, port: &Port) -> bool {
        match port {
            Port::Udp(_) => true,
            Port::Unix(path) => file(path) == self.file && connect::unix(path, SocketType::DGRAM).is_ok(),
        }
    }
}

fn file(path: &Path) -> Option<(u64, u64)> {
    path.metadata().ok().map(|meta| (meta.dev(), meta.ino()))
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn a_names_address_is_looked_up_again_now_and_then_and_kept_where_that_fails() {
        let there = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = there.local_addr().unwrap().port();
        let stats = Arc::new(Stats::default());
        let mut datagrams = Datagrams::new(Port::Udp(Address::new("127.0.0.1", port)), Arc::clone(&stats), None);
        let patience = Patience::of(Duration::from_secs(5));
        let mut connects = |age: Duration, host: &str| {
            if let Some(socket) = &mut datagrams.socket {
                socket.since = Instant::now().checked_sub(age).unwrap();
            }
            datagrams.port = Port::Udp(Address::new(host, port));
            datagrams.connect(&patience).unwrap();
            stats.connects.load(Relaxed)
        };
        assert_eq!(connects(Duration::ZERO, "127.0.0.1"), 1);
        assert_eq!(connects(FRESH / 2, "127.0.0.1"), 1);
        assert_eq!(connects(FRESH * 2, "127.0.0.1"), 2);
        assert_eq!(connects(FRESH * 2, "nowhere.invalid"), 2);
        let mut frames = Frames::default();
        frames.push(0, |out| out.extend_from_slice(b"one"));
        let mut done = Done::of(1);
        datagrams.deliver(&frames, &mut done, &patience).unwrap();
        assert!(done.is_acked(0) && there.recv(&mut [0; 9]).unwrap() == 3);
    }
}
