//! The connection below HTTP: it waits no longer than the [`Patience`] of the call that it serves, connecting included, and is
//! made by the same code as all other outputs' (`net`, `tls`). So there is one way to resolve, to connect and to check
//! certificates, and no proxy from the environment.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::event::PollFlags;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustls::{ClientConnection, StreamOwned};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport};

use super::url::Url;
use crate::net::{connect, poll};
use crate::sink::{Failure, Patience};
use crate::stats::Stats;
use crate::tls;

/// Bytes that are read or written at once.
const PIECE: usize = 64 << 10;

/// How long the call may take that is under way.
#[derive(Clone, Debug)]
pub(super) struct Turn(Arc<Mutex<Patience>>);

impl Turn {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Patience::of(Duration::ZERO))))
    }

    /// The next call may take so long.
    pub(super) fn set(&self, patience: &Patience) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = patience.clone();
    }

    fn get(&self) -> Patience {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Connects to one receiver.
pub(super) struct Dialer {
    pub(super) url: Url,
    pub(super) tls: tls::Settings,
    pub(super) turn: Turn,
    pub(super) stats: Arc<Stats>,
}

impl Dialer {
    fn dial(&self) -> Result<Flow, Failure> {
        let patience = self.turn.get();
        let address = self.url.address();
        let socket = Socket { fd: connect::tcp(address, &patience)?, turn: self.turn.clone() };
        let flow = if self.url.is_tls() {
            let failed = |error: io::Error| Failure::new(format!("cannot speak TLS with \"{address}\"")).because(error);
            let (config, name) = (self.tls.config()?, self.tls.name(address.host())?);
            let told = |error: rustls::Error| failed(io::Error::other(tls::told(&error)));
            let tls = ClientConnection::new(config, name).map_err(told)?;
            let mut stream = StreamOwned::new(tls, socket);
            while stream.conn.is_handshaking() {
                stream.conn.complete_io(&mut stream.sock).map_err(|error| failed(in_words(error)))?;
            }
            Flow::Tls(Box::new(stream))
        } else {
            Flow::Plain(socket)
        };
        self.stats.connects.fetch_add(1, Relaxed);
        Ok(flow)
    }
}

/// An error of TLS as other outputs tell it.
fn in_words(error: io::Error) -> io::Error {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(tls) => io::Error::other(tls::told(tls)),
        None => error,
    }
}

impl Connector for Dialer {
    type Out = Line;

    fn connect(&self, _: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Line>, Error> {
        let flow = self.dial().map_err(|failure| Error::Other(Box::new(failure)))?;
        Ok(Some(Line { flow, buffers: LazyBuffers::new(PIECE, PIECE) }))
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Names are resolved where connections are made.
#[derive(Debug)]
pub(super) struct Later;

impl Resolver for Later {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut none = self.empty();
        none.push(([0, 0, 0, 0], 0).into());
        Ok(none)
    }
}

/// A socket that does not block for longer than there is patience.
struct Socket {
    fd: OwnedFd,
    turn: Turn,
}

impl Socket {
    fn wait(&self, wanted: PollFlags) -> io::Result<()> {
        poll::wait(self.fd.as_fd(), wanted, &self.turn.get()).map(|_| ())
    }
}

impl Read for Socket {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            match recv(&self.fd, &mut *bytes, RecvFlags::DONTWAIT) {
                Err(rustix::io::Errno::AGAIN) => self.wait(PollFlags::IN)?,
                Err(rustix::io::Errno::INTR) => {}
                result => return Ok(result?.0),
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match send(&self.fd, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Err(rustix::io::Errno::AGAIN) => self.wait(PollFlags::OUT)?,
                Err(rustix::io::Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Flow {
    Plain(Socket),
    Tls(Box<StreamOwned<ClientConnection, Socket>>),
}

/// A connection as the HTTP client sees it.
pub(super) struct Line {
    flow: Flow,
    buffers: LazyBuffers,
}

impl Transport for Line {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        match &mut self.flow {
            Flow::Plain(socket) => socket.write_all(output)?,
            Flow::Tls(stream) => {
                stream.write_all(output)?;
                stream.flush()?;
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let input = self.buffers.input_append_buf();
        let read = match &mut self.flow {
            Flow::Plain(socket) => socket.read(input)?,
            Flow::Tls(stream) => stream.read(input).map_err(in_words)?,
        };
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    /// Between two calls there is nothing to read: what there is says that the receiver is leaving.
    fn is_open(&mut self) -> bool {
        let fd = match &self.flow {
            Flow::Plain(socket) => &socket.fd,
            Flow::Tls(stream) => &stream.sock.fd,
        };
        poll::once(fd.as_fd(), PollFlags::IN, Duration::ZERO).is_ok_and(|found| found.is_empty())
    }

    fn is_tls(&self) -> bool {
        matches!(self.flow, Flow::Tls(_))
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("tls", &self.is_tls()).finish_non_exhaustive()
    }
}
