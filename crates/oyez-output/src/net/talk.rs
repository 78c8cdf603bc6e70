//! One connection that is answered on: bytes out, bytes in, plain or, from some point on, with TLS.
//!
//! While it sends it takes in what comes, so that two who both have much to say do not wait for each other. What was heard and
//! not yet understood is the caller's, who bounds it; beyond that bound nothing more is taken in.

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::event::PollFlags;
use rustls::ClientConnection;

use super::handshake::{self, Raw, closed};
use super::{Address, connect, poll};
use crate::sink::{Failure, Patience};
use crate::tls;

/// What is read at once, and plain bytes of one TLS record (RFC 8446, 5.1).
const PIECE: usize = 16 << 10;

/// A connection.
#[derive(Debug)]
pub struct Talk {
    fd: OwnedFd,
    tls: Option<Box<ClientConnection>>,
}

/// What was heard and not yet understood, up to a bound.
#[derive(Debug)]
pub struct Heard {
    /// The bytes; who understood some drains them.
    pub bytes: Vec<u8>,
    most: usize,
}

impl Heard {
    /// Nothing yet, and never more than `most` bytes, but for the rest of one piece of 16 KiB.
    pub fn up_to(most: usize) -> Self {
        Self { bytes: Vec::new(), most }
    }

    /// Whether no more is taken in before some is drained.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= self.most
    }
}

impl Talk {
    /// Connects, without TLS.
    ///
    /// # Errors
    /// Nobody is there, or there is no answer in time.
    pub fn connect(address: &Address, patience: &Patience) -> Result<Self, Failure> {
        Ok(Self { fd: connect::tcp(address, patience)?, tls: None })
    }

    /// Goes on with TLS, and makes sure who is there. What was heard in plain before must have been understood, and what came
    /// behind it be refused: anybody may have said it.
    ///
    /// # Errors
    /// It is not the right one, or does not speak TLS, or not in time.
    pub fn secure(&mut self, address: &Address, settings: &tls::Settings, patience: &Patience) -> Result<(), Failure> {
        self.tls = Some(handshake::shake(&self.fd, &mut 0, address, settings, patience)?);
        Ok(())
    }

    /// Sends all of it, and takes in what comes meanwhile.
    ///
    /// # Errors
    /// The connection is over, or ([`TimedOut`](io::ErrorKind::TimedOut)) patience is. How much was sent nobody knows.
    pub fn write(&mut self, bytes: &[u8], heard: &mut Heard, patience: &Patience) -> io::Result<()> {
        let mut rest = bytes;
        loop {
            match self.push(rest) {
                Ok(taken) => rest = rest.get(taken..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let in_too = if heard.is_full() { PollFlags::empty() } else { PollFlags::IN };
                    if poll::wait(self.fd.as_fd(), PollFlags::OUT | in_too, patience)?.contains(PollFlags::IN) {
                        self.take(heard)?;
                    }
                }
                Err(error) => {
                    // Why it is over may have been said.
                    while self.take(heard)? && !heard.is_full() {}
                    return Err(error);
                }
            }
            if rest.is_empty() && self.tls.as_ref().is_none_or(|tls| !tls.wants_write()) {
                return Ok(());
            }
        }
    }

    /// Waits until something more was heard.
    ///
    /// # Errors
    /// The connection is over; what was said last is in `heard`. [`TimedOut`](io::ErrorKind::TimedOut) when patience is over,
    /// [`InvalidData`](io::ErrorKind::InvalidData) when `heard` is full.
    pub fn read(&mut self, heard: &mut Heard, patience: &Patience) -> io::Result<()> {
        if heard.is_full() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it says more than it should"));
        }
        while !self.take(heard)? {
            // TLS may have something to say too: to a key update, for one.
            self.flush()?;
            poll::wait(self.fd.as_fd(), PollFlags::IN, patience)?;
        }
        Ok(())
    }

    /// Takes in what is there, without waiting.
    ///
    /// # Errors
    /// The connection is over; what was said last is in `heard`.
    pub fn hear(&mut self, heard: &mut Heard) -> io::Result<()> {
        while !heard.is_full() && self.take(heard)? {}
        Ok(())
    }

    /// Takes leave, as far as that can be done without waiting.
    pub fn close(mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
        }
        // The connection ends either way.
        let _ = self.flush();
    }

    /// Hands some bytes to the kernel, and says how many need not be given again.
    fn push(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return if bytes.is_empty() { Ok(0) } else { Raw { fd: &self.fd, sent: &mut 0 }.write(bytes) };
        };
        if tls.wants_write() {
            tls.write_tls(&mut Raw { fd: &self.fd, sent: &mut 0 })?;
            return Ok(0);
        }
        tls.writer().write(bytes.get(..PIECE).unwrap_or(bytes))
    }

    /// Sends what TLS has to say by itself, if there is room.
    fn flush(&mut self) -> io::Result<()> {
        while let Some(tls) = self.tls.as_mut().filter(|tls| tls.wants_write()) {
            match tls.write_tls(&mut Raw { fd: &self.fd, sent: &mut 0 }) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                result => result?,
            };
        }
        Ok(())
    }

    /// Takes in one piece, if one is there; whether there was any.
    fn take(&mut self, heard: &mut Heard) -> io::Result<bool> {
        let before = heard.bytes.len();
        let mut piece = [0; PIECE];
        let Some(tls) = &mut self.tls else {
            return match (Raw { fd: &self.fd, sent: &mut 0 }).read(&mut piece) {
                Ok(0) => Err(closed()),
                Ok(read) => {
                    heard.bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
                    Ok(true)
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
                Err(error) => Err(error),
            };
        };
        // Some may be there already: what came with the end of the handshake.
        let result = loop {
            while let Ok(read @ 1..) = tls.reader().read(&mut piece) {
                heard.bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
            }
            if heard.bytes.len() > before {
                break Ok(());
            }
            match tls.read_tls(&mut Raw { fd: &self.fd, sent: &mut 0 }) {
                Ok(0) => break Err(closed()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(()),
                Err(error) => break Err(error),
            }
            if let Err(error) = tls.process_new_packets() {
                // So that the other end hears what was wrong; where that cannot be sent it is lost.
                let _ = tls.write_tls(&mut Raw { fd: &self.fd, sent: &mut 0 });
                break Err(io::Error::other(tls::told(&error)));
            }
        };
        result.map(|()| heard.bytes.len() > before)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// A connection, and the other end of it.
    fn pair() -> (Talk, std::net::TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        let talk = Talk::connect(&address, &Patience::of(Duration::from_secs(5))).unwrap();
        (talk, listener.accept().unwrap().0)
    }

    #[test]
    fn two_who_both_say_much_do_not_wait_for_each_other() {
        const MUCH: usize = 16 << 20;
        let (mut talk, mut there) = pair();
        let other = thread::spawn(move || {
            // It reads nothing before it has said all.
            there.write_all(&vec![b'x'; MUCH]).unwrap();
            there.read_exact(&mut vec![0; MUCH]).unwrap();
        });
        let (mut heard, patience) = (Heard::up_to(2 * MUCH), Patience::of(Duration::from_secs(20)));
        talk.write(&vec![b'y'; MUCH], &mut heard, &patience).unwrap();
        while heard.bytes.len() < MUCH {
            talk.read(&mut heard, &patience).unwrap();
        }
        other.join().unwrap();
        assert!(heard.bytes.len() == MUCH && talk.read(&mut heard, &patience).is_err(), "it is closed");
    }

    #[test]
    fn no_more_is_heard_than_is_understood() {
        let (mut talk, mut there) = pair();
        let other = thread::spawn(move || while there.write_all(&[b'x'; 4096]).is_ok() {});
        let (mut heard, patience) = (Heard::up_to(100_000), Patience::of(Duration::from_millis(300)));
        while !heard.is_full() {
            talk.read(&mut heard, &patience).unwrap();
        }
        assert!(talk.read(&mut heard, &patience).is_err());
        // Nor while it cannot send: the other end reads nothing.
        let error = talk.write(&vec![b'y'; 32 << 20], &mut heard, &patience).unwrap_err();
        assert_eq!((error.kind(), heard.bytes.len() < 100_000 + PIECE), (io::ErrorKind::TimedOut, true));
        drop(talk);
        other.join().unwrap();
    }
}
