//! A TCP proxy in front of a real server, for tests of what goes wrong on the way: it forwards, stalls, slows down, swallows,
//! cuts and refuses as it is told while it works.
//!
//! What clients send and servers answer goes through it byte by byte. It refuses nothing; its ends are those of the test.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::net::connect_unspec;

/// How long a thread sleeps before it looks again what it is to do.
const LOOK: Duration = Duration::from_millis(2);
/// Bytes that are taken at once.
const BITE: usize = 16 << 10;

/// What becomes of bytes and of new connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// All go through.
    #[default]
    Forward,
    /// Connections are taken, and nothing is read from either end: both see their buffers fill.
    Stall,
    /// What the client sends goes through, and no answer comes back: a connection that is half open.
    Mute,
    /// What the client sends is read and thrown away: its kernel hears that it arrived, the server never sees it.
    Swallow,
    /// So many bytes a second go through, each way of each connection.
    Slow(u64),
    /// Nobody listens: connecting fails. Connections that stand go on as with [`Mode::Forward`].
    Refuse,
}

/// The proxy; it ends, with all its connections, when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    target: Mutex<SocketAddr>,
    mode: Mutex<Mode>,
    /// Bytes that may still go from clients to the server before all connections are cut.
    budget: Mutex<Option<u64>>,
    links: Mutex<Vec<TcpStream>>,
    accepted: AtomicU64,
    sent: AtomicU64,
    answered: AtomicU64,
    is_listening: AtomicBool,
    is_over: AtomicBool,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1 for connections to `target`.
    ///
    /// # Errors
    /// There is no port.
    pub fn to(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target: Mutex::new(target),
            mode: Mutex::default(),
            budget: Mutex::default(),
            links: Mutex::default(),
            accepted: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            is_listening: AtomicBool::new(true),
            is_over: AtomicBool::new(false),
        });
        let of_thread = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accept(&of_thread, listener, address));
        Ok(Self { shared, address, acceptor: Some(acceptor) })
    }

    /// Where clients find it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to do from now on, with standing connections too. Back only when a port is open or closed as it says.
    pub fn set(&self, mode: Mode) {
        *lock(&self.shared.mode) = mode;
        let end = Instant::now() + Duration::from_secs(5);
        while self.shared.is_listening.load(SeqCst) == (mode == Mode::Refuse) && Instant::now() < end {
            thread::sleep(LOOK);
        }
    }

    /// Where new connections go from now on.
    pub fn retarget(&self, target: SocketAddr) {
        *lock(&self.shared.target) = target;
    }

    /// Resets all connections, both ends at once; what was on the way is lost.
    pub fn cut(&self) {
        self.shared.cut();
    }

    /// Ends all connections as a process does that closes its sockets in order; what was on the way arrives.
    pub fn close(&self) {
        for link in lock(&self.shared.links).drain(..) {
            let _ = link.shutdown(Shutdown::Both);
        }
    }

    /// Lets exactly so many more bytes through from clients to the server, then resets all connections, once.
    pub fn cut_after(&self, bytes: u64) {
        *lock(&self.shared.budget) = Some(bytes);
    }

    /// Connections that were made to it so far.
    pub fn accepted(&self) -> u64 {
        self.shared.accepted.load(SeqCst)
    }

    /// Bytes that went through from clients to the server so far.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(SeqCst)
    }

    /// Bytes that came back from the server so far, whether they were passed on or not.
    pub fn answered(&self) -> u64 {
        self.shared.answered.load(SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, SeqCst);
        self.shared.cut();
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl Shared {
    fn mode(&self) -> Mode {
        *lock(&self.mode)
    }

    fn cut(&self) {
        for link in lock(&self.links).drain(..) {
            // Dissolves it with a reset (connect(2), AF_UNSPEC), whoever else has it open here.
            let _ = connect_unspec(&link);
        }
    }

    /// How many of so many bytes may go to the server; and whether that was all.
    fn draw(&self, bytes: usize) -> (usize, bool) {
        let mut budget = lock(&self.budget);
        let Some(left) = budget.as_mut() else { return (bytes, false) };
        let taken = bytes.min(usize::try_from(*left).unwrap_or(usize::MAX));
        *left -= taken as u64;
        let is_spent = *left == 0;
        if is_spent {
            *budget = None;
        }
        (taken, is_spent)
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(shared: &Arc<Shared>, first: TcpListener, address: SocketAddr) {
    let mut listener = Some(first);
    while !shared.is_over.load(SeqCst) {
        if shared.mode() == Mode::Refuse {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(address).ok();
        }
        shared.is_listening.store(listener.is_some(), SeqCst);
        let taken = listener.as_ref().and_then(|listener| {
            listener.set_nonblocking(true).ok()?;
            listener.accept().ok()
        });
        match taken {
            Some((client, _)) => {
                shared.accepted.fetch_add(1, SeqCst);
                let shared = Arc::clone(shared);
                thread::spawn(move || link(&shared, &client));
            }
            None => thread::sleep(LOOK),
        }
    }
}

/// Joins a client with the server; one thread for each way.
fn link(shared: &Arc<Shared>, client: &TcpStream) -> Option<()> {
    let target = *lock(&shared.target);
    let server = TcpStream::connect_timeout(&target, Duration::from_secs(5)).ok()?;
    for end in [client, &server] {
        end.set_nonblocking(true).ok()?;
        end.set_nodelay(true).ok()?;
        lock(&shared.links).push(end.try_clone().ok()?);
    }
    if shared.is_over.load(SeqCst) {
        shared.cut();
    }
    let back = (Arc::clone(shared), server.try_clone().ok()?, client.try_clone().ok()?);
    let answers = thread::spawn(move || carry(&back.0, &back.1, &back.2, false));
    carry(shared, client, &server, true);
    let _ = answers.join();
    Some(())
}

/// Carries bytes one way until an end is closed.
fn carry(shared: &Shared, from: &TcpStream, to: &TcpStream, is_request: bool) {
    let mut bytes = vec![0; BITE];
    loop {
        let mode = shared.mode();
        let most = match mode {
            Mode::Slow(rate) => usize::try_from(rate / 100).unwrap_or(BITE).clamp(1, BITE),
            _ => BITE,
        };
        if mode == Mode::Stall {
            if is_broken(from) {
                break;
            }
            thread::sleep(LOOK);
            continue;
        }
        let got = match (&mut &*from).read(&mut bytes[..most]) {
            Ok(0) => break,
            Ok(got) => got,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                thread::sleep(LOOK);
                continue;
            }
            Err(_) => break,
        };
        if !pass(shared, mode, &bytes[..got], to, is_request) {
            break;
        }
        if let Mode::Slow(rate) = mode {
            thread::sleep(Duration::from_micros(got as u64 * 1_000_000 / rate.max(1)));
        }
    }
    // The other way may go on: half a connection is closed.
    let _ = to.shutdown(Shutdown::Write);
}

/// Whether a connection was reset or cut, with nothing to read from it.
fn is_broken(stream: &TcpStream) -> bool {
    match stream.peek(&mut [0]) {
        Ok(got) => got == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// Whether the way stays open.
fn pass(shared: &Shared, mode: Mode, bytes: &[u8], to: &TcpStream, is_request: bool) -> bool {
    if !is_request {
        shared.answered.fetch_add(bytes.len() as u64, SeqCst);
        return mode == Mode::Mute || write(shared, to, bytes);
    }
    if mode == Mode::Swallow {
        return true;
    }
    let (most, is_spent) = shared.draw(bytes.len());
    let is_written = write(shared, to, &bytes[..most]);
    shared.sent.fetch_add(most as u64, SeqCst);
    if is_spent {
        // So that the bytes within the budget are not lost with the connection.
        thread::sleep(5 * LOOK);
        shared.cut();
    }
    is_written && !is_spent
}

fn write(shared: &Shared, mut to: &TcpStream, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(taken) => bytes = &bytes[taken..],
            Err(error) if error.kind() == ErrorKind::WouldBlock && !shared.is_over.load(SeqCst) => thread::sleep(LOOK),
            Err(_) => return false,
        }
    }
    true
}
