//! Sockets that are connected: TCP with all addresses of a name tried one after the other, and unix sockets. They do not block.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with, sockopt};

use super::{Address, poll, resolve};
use crate::sink::{Failure, Patience};

/// How long a connection may be silent before the kernel asks whether the other end is still there, how often it asks then,
/// and how many times: one that is gone is known after a minute.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(30), Duration::from_secs(10), 3);

/// A TCP connection to the first address that takes one; each gets its share of the time that is left.
pub(crate) fn tcp(address: &Address, patience: &Patience) -> Result<OwnedFd, Failure> {
    let found = resolve::resolve(address, patience)?;
    let mut why = Vec::new();
    for (index, target) in found.iter().enumerate() {
        let others = u32::try_from(found.len() - index).unwrap_or(1);
        match tcp_to(*target, &patience.part(others)) {
            Ok(socket) => return Ok(socket),
            Err(error) => why.push(if found.len() > 1 { format!("{target}: {error}") } else { error.to_string() }),
        }
    }
    why.dedup();
    Err(Failure::new(format!("cannot connect to \"{address}\"")).because(why.join(", ")))
}

fn tcp_to(target: SocketAddr, patience: &Patience) -> io::Result<OwnedFd> {
    let family = if target.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket_with(family, SocketType::STREAM, FLAGS, None)?;
    match connect(&socket, &target) {
        Err(Errno::INPROGRESS) => {}
        result => result?,
    }
    poll::wait(socket.as_fd(), PollFlags::OUT, patience)?;
    sockopt::socket_error(&socket)??;
    sockopt::set_tcp_nodelay(&socket, true)?;
    let (idle, interval, count) = KEEPALIVE;
    sockopt::set_socket_keepalive(&socket, true)?;
    sockopt::set_tcp_keepidle(&socket, idle)?;
    sockopt::set_tcp_keepintvl(&socket, interval)?;
    sockopt::set_tcp_keepcnt(&socket, count)?;
    Ok(socket)
}

const FLAGS: SocketFlags = SocketFlags::CLOEXEC.union(SocketFlags::NONBLOCK);

/// A UDP socket for the first address of a host that there is a way to; nobody is asked.
pub(super) fn udp(address: &Address, patience: &Patience) -> Result<OwnedFd, Failure> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for target in resolve::resolve(address, patience)? {
        match udp_to(target) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(Failure::new(format!("cannot send to \"{address}\"")).because(last))
}

fn udp_to(target: SocketAddr) -> io::Result<OwnedFd> {
    let family = if target.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket_with(family, SocketType::DGRAM, FLAGS, None)?;
    connect(&socket, &target)?;
    Ok(socket)
}

/// A connection to a unix socket of this kind.
///
/// # Errors
/// Nobody listens there, or it is of the other kind (`EPROTOTYPE`), or its queue of connections is full (`EAGAIN`, unix(7)).
pub(super) fn unix(path: &Path, kind: SocketType) -> io::Result<OwnedFd> {
    let socket = socket_with(AddressFamily::UNIX, kind, FLAGS, None)?;
    connect(&socket, &SocketAddrUnix::new(path)?)?;
    Ok(socket)
}
