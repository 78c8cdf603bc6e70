//! The socket that records come through: unicast (the registered audit daemon) or multicast (any number of readers).
//!
//! Nothing in, a filled [`Slab`] out. How it becomes the audit daemon's is in [`registration`](crate::registration).
//! Never waits in `receive`; tells of a full buffer as an event, not as an error.

use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::filter;
use crate::slab::{Received, Slab};
use crate::sys::mailbox::Senders;
use crate::sys::{self, Socket};
use crate::wake::Wake;

/// The multicast group of audit records, `AUDIT_NLGRP_READLOG` (1), as a bit of `nl_groups`.
const READLOG: u32 = 1;

/// Times that one `receive` reports an overrun and tries again before it returns.
const MAX_OVERRUNS: u64 = 16;

/// Why a wait ended; neither if its time was over or a signal came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// There is something to receive.
    pub readable: bool,
    /// The [`Wake`] was used.
    pub woken: bool,
}

/// The audit socket that records are read from.
#[derive(Debug)]
pub struct DataSocket {
    pub(crate) socket: Socket,
    /// The number of the last request sent through it.
    pub(crate) sequence: u32,
    from: Senders,
    drops: Drops,
}

impl DataSocket {
    /// A socket of its own port, for [`register`](Self::register), which hears the kernel alone: the kernel refuses what
    /// others send to it.
    ///
    /// # Errors
    /// `EPROTONOSUPPORT` without audit in the kernel; see [`environment::explain`](crate::environment::explain).
    pub fn unicast() -> Result<Self> {
        let mut data = Self::open(0, "bind the audit data socket")?;
        data.socket.connect().map_err(Error::system("connect the audit data socket to the kernel"))?;
        data.discard()?;
        data.from = Senders::Kernel;
        Ok(data)
    }

    /// Empties it of what came before it was connected, which nobody but a stranger can have sent.
    fn discard(&self) -> Result<()> {
        let mut slab = Slab::new(16);
        while self.receive(&mut slab)?.more {}
        Ok(())
    }

    /// A socket in the kernel's multicast group. Records that do not fit its buffer are gone.
    ///
    /// # Errors
    /// As [`unicast`](Self::unicast); EPERM without `CAP_AUDIT_READ` in the initial user namespace.
    pub fn multicast() -> Result<Self> {
        Self::open(READLOG, "join the audit multicast group")
    }

    fn open(groups: u32, binding: &'static str) -> Result<Self> {
        let open = || Socket::open().map_err(Error::system("open the audit socket"));
        // The kernel gives a process's first socket the port that equals its pid, again and again (af_netlink.c,
        // `netlink_autobind`). A registration left by a closed socket would look alive through the next one with its
        // port, and refuse it. So that port is taken while ours is chosen.
        let (decoy, socket) = (open()?, open()?);
        decoy.bind(0).map_err(Error::system("bind an audit socket"))?;
        socket.bind(groups).map_err(Error::system(binding))?;
        Ok(Self { socket, sequence: 0, from: Senders::Any, drops: Drops::default() })
    }

    /// The port the kernel knows it by, as shown in /proc/net/netlink.
    ///
    /// # Errors
    /// None that is known.
    pub fn port(&self) -> Result<u32> {
        self.socket.port().map_err(Error::system("get the audit socket's port"))
    }

    /// Sets how many bytes may wait in it, and says how many the kernel allows now. They are bytes as the kernel counts
    /// them, about 2.3 KB a record ([`policy::RECORD_TRUESIZE`](crate::policy::RECORD_TRUESIZE)). Above
    /// `net.core.rmem_max` that needs `CAP_NET_ADMIN`; without it, the kernel's limit is what one gets.
    ///
    /// # Errors
    /// None that is known.
    pub fn set_receive_buffer(&self, bytes: usize) -> Result<usize> {
        // The kernel doubles what it is told (socket(7), SO_RCVBUF).
        let half = i32::try_from(bytes / 2).unwrap_or(i32::MAX / 2).min(i32::MAX / 2);
        if self.socket.set_option(libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, half).is_err() {
            self.socket
                .set_option(libc::SOL_SOCKET, libc::SO_RCVBUF, half)
                .map_err(Error::system("set the audit socket's receive buffer"))?;
        }
        self.socket
            .option(libc::SOL_SOCKET, libc::SO_RCVBUF)
            .map(|actual| usize::try_from(actual).unwrap_or(0))
            .map_err(Error::system("get the audit socket's receive buffer"))
    }

    /// No more ENOBUFS from here on (`NETLINK_NO_ENOBUFS`): overruns are only in [`drops`](Self::drops).
    ///
    /// # Errors
    /// None that is known.
    pub fn no_enobufs(&self) -> Result<()> {
        self.socket
            .set_option(libc::SOL_NETLINK, libc::NETLINK_NO_ENOBUFS, 1)
            .map_err(Error::system("silence overruns of the audit socket"))
    }

    /// Lets the kernel drop records of these `types` before they are copied; they are neither received nor counted as
    /// lost by anybody. Takes the place of an earlier filter in one step; no types, no drops.
    ///
    /// # Errors
    /// [`Error::Filter`] for types that oyez must see; [`Error::System`] ENOMEM for more than the kernel has room for.
    pub fn attach_filter(&self, types: &[u16]) -> Result<()> {
        let program = filter::program(types)?;
        self.socket.attach_filter(&program).map_err(Error::system("filter record types on the audit socket"))
    }

    /// Messages that the kernel could not put into this socket, since it was opened.
    ///
    /// # Errors
    /// Linux before 4.12 has no `SO_MEMINFO`.
    pub fn drops(&mut self) -> Result<u64> {
        let memory = self.socket.memory().map_err(Error::system("get the audit socket's drops"))?;
        Ok(self.drops.advance(memory.drops))
    }

    /// Bytes that wait in it now, as the kernel counts them, and how many may.
    ///
    /// # Errors
    /// As [`drops`](Self::drops).
    pub fn fill(&self) -> Result<(usize, usize)> {
        let memory = self.socket.memory().map_err(Error::system("get the audit socket's fill"))?;
        Ok((memory.queued as usize, memory.receive_buffer as usize))
    }

    /// Waits for something to receive, for `wake`, or until `timeout` is over (`None`: never). A wake-up is taken.
    ///
    /// # Errors
    /// None that is known but a lack of memory.
    pub fn wait(&self, timeout: Option<Duration>, wake: &Wake) -> Result<Ready> {
        let fds = [self.socket.as_fd(), wake.as_fd()];
        let [readable, woken] = sys::wait_readable(fds, timeout).map_err(Error::system("wait for audit records"))?;
        Ok(Ready { readable, woken: woken && wake.take() })
    }

    /// Receives what is there into `slab`, without waiting; nothing there is no error.
    ///
    /// # Errors
    /// The socket is unusable.
    pub fn receive(&self, slab: &mut Slab) -> Result<Received> {
        let mut received = Received::default();
        slab.0.clear();
        while received.overruns < MAX_OVERRUNS {
            match slab.0.receive(&self.socket, self.from) {
                Ok(_) => break,
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => received.overruns += 1,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(source) => return Err(Error::System { action: "receive audit records", source }),
            }
        }
        for class in slab.classes() {
            received.count(&class);
        }
        received.more = slab.0.filled() == slab.0.slots() || received.overruns == MAX_OVERRUNS;
        Ok(received)
    }
}

/// Counts drops beyond the 32 bits that the kernel has for them.
#[derive(Clone, Copy, Debug, Default)]
struct Drops {
    seen: u32,
    total: u64,
}

impl Drops {
    fn advance(&mut self, now: u32) -> u64 {
        self.total += u64::from(now.wrapping_sub(self.seen));
        self.seen = now;
        self.total
    }
}

#[cfg(test)]
mod tests;
