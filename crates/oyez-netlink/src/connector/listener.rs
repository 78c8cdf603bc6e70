//! The socket of the process connector.
//!
//! Messages out, in the kernel's order; never waits but when it is opened. What the kernel had no room for is told by its own
//! count (`SO_MEMINFO`), which is exact.

use std::io::ErrorKind;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use super::message::{self, Class, Message};
use super::{DRAIN_LIMIT, Messages, filter};
use crate::data::Ready;
use crate::error::{Error, Result};
use crate::sys::mailbox::{Mailbox, Senders};
use crate::sys::{self, Socket};
use crate::wake::Wake;

/// Bytes of one slot; a message has 76 (`CN_PROC_MSG_SIZE` and the netlink header), one of a later kernel may have more.
const SLOT_BYTES: usize = 256;
/// Messages of one system call.
const SLOTS: usize = 256;
/// How long the kernel may take to answer a request: it does so before the send returns.
const PATIENCE: Duration = Duration::from_secs(1);
/// The receive buffer in bytes, as the kernel counts them. A message counts as 768 (measured): room for 10,900.
const RECEIVE_BUFFER: i32 = 8 << 20;

/// What one drain brought and what is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Messages given.
    pub messages: u64,
    /// Messages that the kernel had no room for, before or among these. Exact.
    pub lost: u64,
    /// Datagrams that another process sent; dropped.
    pub spoofed: u64,
    /// Datagrams that are no whole message; dropped.
    pub malformed: u64,
    /// The limit was reached: there may be more.
    pub more: bool,
}

/// Waits for messages that a [`Listener`] drains. The kernel tells of processes while either of the two is open.
#[derive(Debug)]
pub struct Waiter(Socket);

impl Waiter {
    /// Waits until there is a message, or `wake` was used; a wake-up is taken.
    ///
    /// # Errors
    /// None that is known but a lack of memory.
    pub fn wait(&self, wake: &Wake) -> Result<Ready> {
        let fds = [self.0.as_fd(), wake.as_fd()];
        let [readable, woken] =
            sys::wait_readable(fds, None).map_err(Error::system("wait for the process connector"))?;
        Ok(Ready { readable, woken: woken && wake.take() })
    }
}

/// A socket that the kernel tells of all processes. Dropped, it asks for no more.
pub struct Listener {
    socket: Socket,
    mailbox: Mailbox,
    /// What the kernel had counted as dropped when it was last asked.
    drops: u32,
    sequence: u32,
}

impl Listener {
    /// Opens it and waits for the kernel's answer; messages that come meanwhile are the first of the next drain.
    ///
    /// # Errors
    /// `EPROTONOSUPPORT` without the connector (`CONFIG_CONNECTOR`), or in a network namespace of its own; EPERM without
    /// `CAP_NET_ADMIN`; [`Error::TimedOut`] in a user or pid namespace of its own, or without `CONFIG_PROC_EVENTS`.
    pub fn open() -> Result<Self> {
        let socket =
            Socket::open_family(libc::NETLINK_CONNECTOR).map_err(Error::system("open the process connector"))?;
        set_receive_buffer(&socket)?;
        socket.attach_filter(&filter::program()).map_err(Error::system("filter the process connector"))?;
        socket.bind(message::CN_IDX_PROC).map_err(Error::system("join the process connector"))?;
        let sequence = socket.port().map_err(Error::system("get the process connector's port"))?;
        let mut listener = Listener { socket, mailbox: Mailbox::new(SLOTS, SLOT_BYTES), drops: 0, sequence };
        listener.request(message::LISTEN)?;
        listener.await_answer()?;
        Ok(listener)
    }

    /// Something to wait by, on another thread than the one that drains.
    ///
    /// # Errors
    /// The process is out of descriptors.
    pub fn waiter(&self) -> Result<Waiter> {
        self.socket.duplicate().map(Waiter).map_err(Error::system("duplicate the process connector"))
    }

    /// Messages dropped since the last call.
    ///
    /// # Errors
    /// Linux before 4.12 has no `SO_MEMINFO`.
    fn lost(&mut self) -> Result<u64> {
        let now = self.socket.memory().map_err(Error::system("get the process connector's drops"))?.drops;
        let lost = now.wrapping_sub(self.drops);
        self.drops = now;
        Ok(u64::from(lost))
    }

    fn request(&self, operation: u32) -> Result<()> {
        let request = message::request(operation, self.sequence);
        self.socket.send(&request).map_err(Error::system("ask the process connector"))
    }

    /// Reads one datagram at a time until the answer comes: what follows it stays in the socket. What came before it is of a
    /// time when nobody had promised anything.
    fn await_answer(&mut self) -> Result<()> {
        const ACTION: &str = "listen to the process connector";
        let start = Instant::now();
        let mut one = Mailbox::new(1, SLOT_BYTES);
        loop {
            let left = PATIENCE.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(Error::TimedOut { action: ACTION, after: PATIENCE });
            }
            let [readable] = sys::wait_readable([self.socket.as_fd()], Some(left)).map_err(Error::system(ACTION))?;
            if !readable || receive(&mut one, &self.socket)? == 0 {
                continue;
            }
            let class = one.datagram(0).map(|datagram| message::classify(datagram.bytes, datagram.sender));
            match class {
                // Answers go to every listener of the group: another's has another number.
                Some(Class::Ack { sequence, errno: 0 }) if sequence == self.sequence => return Ok(()),
                Some(Class::Ack { sequence, errno }) if sequence == self.sequence => {
                    return Err(Error::refused(ACTION, errno.cast_signed().saturating_neg()));
                }
                _ => {}
            }
        }
    }
}

impl Messages for Listener {
    fn drain(&mut self, take: &mut dyn FnMut(&Message)) -> Result<Drained> {
        let mut drained = Drained::default();
        loop {
            let filled = receive(&mut self.mailbox, &self.socket)?;
            for datagram in (0..filled).filter_map(|slot| self.mailbox.datagram(slot)) {
                match message::classify(datagram.bytes, datagram.sender) {
                    Class::Message(message) => {
                        drained.messages += 1;
                        take(&message);
                    }
                    Class::Spoofed => drained.spoofed += 1,
                    Class::Malformed => drained.malformed += 1,
                    Class::Ack { .. } | Class::Ignored => {}
                }
            }
            drained.more = filled == SLOTS;
            if !drained.more || drained.messages >= DRAIN_LIMIT {
                break;
            }
        }
        drained.lost = self.lost()?;
        Ok(drained)
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Listener {
    /// Before Linux 6.6 the kernel counts who asked, not who is there: unless told, it would make messages for nobody.
    fn drop(&mut self) {
        let _unheard = self.request(message::IGNORE);
    }
}

/// Above `net.core.rmem_max` only with `CAP_NET_ADMIN`, which a listener has; else what one gets is the limit.
fn set_receive_buffer(socket: &Socket) -> Result<()> {
    // The kernel doubles what it is told (socket(7), SO_RCVBUF).
    let set = |name| socket.set_option(libc::SOL_SOCKET, name, RECEIVE_BUFFER / 2);
    set(libc::SO_RCVBUFFORCE)
        .or_else(|_| set(libc::SO_RCVBUF))
        .map_err(Error::system("set the process connector's receive buffer"))?;
    // What is lost is counted by the kernel: being told twice is no help.
    socket
        .set_option(libc::SOL_NETLINK, libc::NETLINK_NO_ENOBUFS, 1)
        .map_err(Error::system("silence overruns of the process connector"))
}

/// Fills the mailbox without waiting; says how many datagrams there were.
fn receive(mailbox: &mut Mailbox, socket: &Socket) -> Result<usize> {
    loop {
        match mailbox.receive(socket, Senders::Any) {
            Ok(filled) => return Ok(filled),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            Err(source) => return Err(Error::System { action: "receive from the process connector", source }),
        }
    }
}
