//! One connection that messages go out on: bytes in, and how many of them the other end's kernel has acknowledged.
//!
//! What the receiver says on it is read and thrown away: these protocols have no answers. Refuses to go on once the receiver
//! has closed its side.

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::PathBuf;

use oyez_netlink::outq;
use rustix::event::PollFlags;
use rustix::net::{Shutdown, SocketType, shutdown};
use rustls::ClientConnection;

use super::handshake::{self, Raw, closed};
use super::{Address, connect, poll};
use crate::sink::{Failure, Patience};
use crate::tls;

/// What a receiver says is read in pieces of so many bytes, and so many of them at once.
const PIECE: usize = 4 << 10;
const PIECES: usize = 16;
/// Plain bytes of one TLS record (RFC 8446, 5.1).
const RECORD: usize = 16 << 10;

/// Whom to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A TCP port, with TLS where there are settings for it.
    Tcp(Address, Option<tls::Settings>),
    /// A unix stream socket.
    Unix(PathBuf),
}

impl Peer {
    /// How it is named in errors.
    pub fn name(&self) -> String {
        match self {
            Self::Tcp(address, _) => address.to_string(),
            Self::Unix(path) => path.display().to_string(),
        }
    }
}

/// A connection.
#[derive(Debug)]
pub struct Link {
    fd: OwnedFd,
    tls: Option<Box<ClientConnection>>,
    /// Bytes that the kernel took.
    sent: u64,
    /// Bytes that it was given to send, before TLS.
    plain: u64,
    /// Those of them that were acknowledged.
    acked: u64,
    /// With TLS: how many were sent when so many plain ones were in them.
    marks: VecDeque<(u64, u64)>,
}

impl Link {
    /// Connects, and with TLS makes sure who is there.
    ///
    /// # Errors
    /// Nobody is there, or not the right one, or there is no answer in time.
    pub fn connect(peer: &Peer, patience: &Patience) -> Result<Self, Failure> {
        let mut sent = 0;
        let (fd, tls) = match peer {
            Peer::Unix(path) => {
                let failed = |error| Failure::new(format!("cannot connect to \"{}\"", path.display())).because(error);
                (connect::unix(path, SocketType::STREAM).map_err(failed)?, None)
            }
            Peer::Tcp(address, settings) => {
                let fd = connect::tcp(address, patience)?;
                let shake = |settings| handshake::shake(&fd, &mut sent, address, settings, patience);
                let tls = settings.as_ref().map(shake).transpose()?;
                (fd, tls)
            }
        };
        Ok(Self { fd, tls, sent, plain: 0, acked: 0, marks: VecDeque::new() })
    }

    /// Sends as many of these bytes as there is time for, and says how many: those it will not have to be given again.
    ///
    /// # Errors
    /// The connection is over; nobody knows what of it arrived.
    pub fn write(&mut self, bytes: &[u8], patience: &Patience) -> io::Result<usize> {
        let mut taken = 0;
        while self.flush(patience)? {
            let rest = bytes.get(taken..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            let some = match &mut self.tls {
                Some(tls) => tls.writer().write(rest.get(..RECORD).unwrap_or(rest))?,
                None => match (Raw { fd: &self.fd, sent: &mut self.sent }).write(rest) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        if !self.wait(patience)? {
                            break;
                        }
                        0
                    }
                    result => result?,
                },
            };
            taken += some;
            self.plain += some as u64;
        }
        Ok(taken)
    }

    /// Bytes that were taken by [`write`](Self::write) so far.
    pub fn written(&self) -> u64 {
        self.plain
    }

    /// How many of them the other end's kernel has; of a unix socket: has been read from, counted when all of it was.
    ///
    /// # Errors
    /// The kernel does not say.
    pub fn acked(&mut self) -> io::Result<u64> {
        let arrived = self.sent.saturating_sub(outq::unacknowledged(&self.fd)?);
        if self.tls.is_none() {
            // Never less than before: what counts in a unix socket's queue is more than its bytes.
            self.acked = self.acked.max(arrived);
        }
        while let Some((_, plain)) = self.marks.front().filter(|(sent, _)| *sent <= arrived) {
            self.acked = *plain;
            self.marks.pop_front();
        }
        Ok(self.acked)
    }

    /// Takes in what the receiver says.
    ///
    /// # Errors
    /// It closed the connection, or it is broken; with TLS, why.
    pub fn hear(&mut self) -> io::Result<()> {
        let mut piece = [0; PIECE];
        for _ in 0..PIECES {
            if poll::once(self.fd.as_fd(), PollFlags::IN, std::time::Duration::ZERO)?.is_empty() {
                return Ok(());
            }
            if let Some(tls) = &mut self.tls {
                handshake::hear(&self.fd, &mut self.sent, tls)?;
                while tls.reader().read(&mut piece).is_ok_and(|read| read > 0) {}
                continue;
            }
            match (Raw { fd: &self.fd, sent: &mut self.sent }).read(&mut piece) {
                Ok(0) => return Err(closed()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                result => result?,
            };
        }
        Ok(())
    }

    /// Takes leave: what was sent still arrives where that is possible.
    pub fn close(mut self, patience: &Patience) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
        }
        // It is over either way.
        let _ = self.flush(patience);
        let _ = shutdown(&self.fd, Shutdown::Write);
    }

    /// Brings out what TLS has still to send; whether that was all.
    fn flush(&mut self, patience: &Patience) -> io::Result<bool> {
        while let Some(tls) = self.tls.as_mut().filter(|tls| tls.wants_write()) {
            match tls.write_tls(&mut Raw { fd: &self.fd, sent: &mut self.sent }) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !self.wait(patience)? {
                        return Ok(false);
                    }
                }
                Err(error) => {
                    // With TLS it may have been said why.
                    self.hear()?;
                    return Err(error);
                }
                Ok(_) => {}
            }
        }
        if self.tls.is_some()
            && self.marks.back().is_none_or(|(_, plain)| *plain < self.plain)
            && self.plain > self.acked
        {
            self.marks.push_back((self.sent, self.plain));
        }
        Ok(true)
    }

    /// Waits until there is room to send; `false` where there is no time for that.
    fn wait(&mut self, patience: &Patience) -> io::Result<bool> {
        match poll::wait(self.fd.as_fd(), PollFlags::OUT | PollFlags::IN, patience) {
            Ok(found) => {
                if found.contains(PollFlags::IN) {
                    self.hear()?;
                }
                // One that talks without end and reads nothing is not waited for without end.
                Ok(found.contains(PollFlags::OUT) || !patience.is_over())
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(false),
            Err(error) => Err(error),
        }
    }
}
