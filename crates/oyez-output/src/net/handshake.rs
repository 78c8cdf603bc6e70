//! The beginning of TLS on a connected socket: settings in, a connection whose both ends are known out.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use rustix::event::PollFlags;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustls::{ClientConnection, ProtocolVersion};

use super::{Address, poll};
use crate::sink::{Failure, Patience};
use crate::tls::{self, Settings};

/// How long the first word of a TLS 1.3 receiver is waited for. Its handshake is over for us before the receiver has seen our
/// certificate (RFC 8446, 2): whom it refuses hears so only behind the handshake, and whom it takes mostly gets a ticket.
const FIRST_WORD: Duration = Duration::from_millis(250);
/// Plain bytes that wait in a connection, at most; what is written beyond waits outside.
const BUFFER: usize = 64 << 10;

/// A socket that rustls reads from and writes to; it counts what the kernel took.
pub(super) struct Raw<'a> {
    pub(super) fd: &'a OwnedFd,
    pub(super) sent: &'a mut u64,
}

impl Read for Raw<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        Ok(recv(self.fd, bytes, RecvFlags::DONTWAIT)?.0)
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = send(self.fd, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?;
        *self.sent += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes sure who is there, and says who we are.
pub(super) fn shake(
    fd: &OwnedFd,
    sent: &mut u64,
    address: &Address,
    settings: &Settings,
    patience: &Patience,
) -> Result<Box<ClientConnection>, Failure> {
    let failed = |error: io::Error| {
        let failure = Failure::new(format!("cannot speak TLS with \"{address}\""));
        match error.kind() {
            io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                failure.because("it ended the handshake without a word: it may not take our certificate, or want one")
            }
            _ => failure.because(error),
        }
    };
    let (config, name) = (settings.config()?, settings.name(address.host())?);
    let made = ClientConnection::new(config, name).map_err(|error| failed(io::Error::other(tls::told(&error))))?;
    let mut tls = Box::new(made);
    tls.set_buffer_limit(Some(BUFFER));
    while tls.is_handshaking() {
        step(fd, sent, &mut tls, patience).map_err(failed)?;
    }
    if tls.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
        while tls.wants_write() {
            step(fd, sent, &mut tls, patience).map_err(failed)?;
        }
        let word = poll::once(fd.as_fd(), PollFlags::IN, patience.slice(FIRST_WORD)).map_err(failed)?;
        if !word.is_empty() {
            hear(fd, sent, &mut tls).map_err(failed)?;
        }
    }
    Ok(tls)
}

fn step(fd: &OwnedFd, sent: &mut u64, tls: &mut ClientConnection, patience: &Patience) -> io::Result<()> {
    if patience.is_over() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    if tls.wants_write() {
        match tls.write_tls(&mut Raw { fd, sent }) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                poll::wait(fd.as_fd(), PollFlags::OUT, patience)?;
            }
            Err(error) => {
                // Why it was closed may be said already.
                hear(fd, sent, tls)?;
                return Err(error);
            }
            Ok(_) => {}
        }
        return Ok(());
    }
    poll::wait(fd.as_fd(), PollFlags::IN, patience)?;
    hear(fd, sent, tls)
}

/// Takes in what the receiver said.
///
/// # Errors
/// It is the end of the connection, or wrong; the error says so in words.
pub(super) fn hear(fd: &OwnedFd, sent: &mut u64, tls: &mut ClientConnection) -> io::Result<()> {
    match tls.read_tls(&mut Raw { fd, sent }) {
        Ok(0) => return Err(closed()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
        result => result?,
    };
    match tls.process_new_packets() {
        Ok(state) if state.peer_has_closed() => Err(closed()),
        Ok(_) => Ok(()),
        Err(error) => {
            // So that the other end hears what was wrong; where that cannot be sent it is lost.
            let _ = tls.write_tls(&mut Raw { fd, sent });
            Err(io::Error::other(tls::told(&error)))
        }
    }
}

/// The receiver ended the connection.
pub(super) fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "it closed the connection")
}
