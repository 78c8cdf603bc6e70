//! System calls, each behind a function that is safe to call. All unsafe code of oyez is here and in `mailbox`.
//!
//! Descriptors are owned and close-on-exec: a child that kept the socket alive would keep the registration alive.

pub(crate) mod mailbox;

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::{from_mut, from_ref};
use std::time::Duration;

/// One instruction of a classic BPF program: code, jumps if true and false, operand (linux/filter.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub(crate) code: u16,
    pub(crate) jump_true: u8,
    pub(crate) jump_false: u8,
    pub(crate) operand: u32,
}

/// `getsockopt(SO_MEMINFO)`: queued bytes, size of the receive buffer, messages dropped (`linux/sock_diag.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryInfo {
    pub(crate) queued: u32,
    pub(crate) receive_buffer: u32,
    pub(crate) drops: u32,
}

/// A netlink socket of one family.
#[derive(Debug)]
pub(crate) struct Socket(OwnedFd);

impl Socket {
    /// `socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT)`.
    pub(crate) fn open() -> io::Result<Self> {
        Self::open_family(libc::NETLINK_AUDIT)
    }

    /// As [`open`](Self::open), of another netlink family: `NETLINK_CONNECTOR`.
    pub(crate) fn open_family(family: i32) -> io::Result<Self> {
        // SAFETY: no pointers; the result is checked before it is owned.
        let fd = check(unsafe { libc::socket(libc::AF_NETLINK, libc::SOCK_RAW | libc::SOCK_CLOEXEC, family) })?;
        // SAFETY: `fd` was just opened, is valid, and nobody else has it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// A second descriptor of the same socket.
    pub(crate) fn duplicate(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    /// Binds to a port of the kernel's choice and to the groups in `groups` (bit 0 is group 1).
    pub(crate) fn bind(&self, groups: u32) -> io::Result<()> {
        let address = address(0, groups);
        // SAFETY: the pointer and length describe `address`, which outlives the call and is only read.
        let result = unsafe { libc::bind(self.raw(), from_ref(&address).cast(), length_of::<libc::sockaddr_nl>()) };
        check(result).map(drop)
    }

    /// Takes messages from the kernel (port 0) alone from here on: whoever else sends gets ECONNREFUSED
    /// (`netlink_getsockbyportid` in the kernel). What others sent to groups still comes.
    pub(crate) fn connect(&self) -> io::Result<()> {
        let address = address(0, 0);
        // SAFETY: the pointer and length describe `address`, which outlives the call and is only read.
        let result = unsafe { libc::connect(self.raw(), from_ref(&address).cast(), length_of::<libc::sockaddr_nl>()) };
        check(result).map(drop)
    }

    /// The port that the kernel gave this socket.
    pub(crate) fn port(&self) -> io::Result<u32> {
        let (mut address, mut length) = (address(0, 0), length_of::<libc::sockaddr_nl>());
        // SAFETY: both pointers are to locals that outlive the call; `length` is the size of `address`.
        check(unsafe { libc::getsockname(self.raw(), from_mut(&mut address).cast(), &raw mut length) })?;
        Ok(address.nl_pid)
    }

    /// Sets an integer option.
    pub(crate) fn set_option(&self, level: i32, name: i32, value: i32) -> io::Result<()> {
        self.set_raw_option(level, name, &value)
    }

    /// Reads an integer option.
    pub(crate) fn option(&self, level: i32, name: i32) -> io::Result<i32> {
        let (mut value, mut length) = (0i32, length_of::<i32>());
        // SAFETY: both pointers are to locals that outlive the call; `length` is the size of `value`.
        let result = unsafe { libc::getsockopt(self.raw(), level, name, from_mut(&mut value).cast(), &raw mut length) };
        check(result)?;
        Ok(value)
    }

    /// Bounds how long a send and a receive may block.
    pub(crate) fn set_timeouts(&self, timeout: Duration) -> io::Result<()> {
        let time = libc::timeval {
            tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX),
            tv_usec: timeout.subsec_micros().into(),
        };
        self.set_raw_option(libc::SOL_SOCKET, libc::SO_RCVTIMEO, &time)?;
        self.set_raw_option(libc::SOL_SOCKET, libc::SO_SNDTIMEO, &time)
    }

    /// Puts a classic BPF program in place of the socket's present one.
    pub(crate) fn attach_filter(&self, program: &[Instruction]) -> io::Result<()> {
        let mut code: Vec<libc::sock_filter> = program
            .iter()
            .map(|i| libc::sock_filter { code: i.code, jt: i.jump_true, jf: i.jump_false, k: i.operand })
            .collect();
        let len = code.len().try_into().map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
        let program = libc::sock_fprog { len, filter: code.as_mut_ptr() };
        // The kernel copies the `len` instructions at `filter` during the call, while `code` still lives.
        self.set_raw_option(libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
    }

    /// What the socket holds and has dropped.
    pub(crate) fn memory(&self) -> io::Result<MemoryInfo> {
        let mut words = [0u32; 9];
        let mut length = length_of::<[u32; 9]>();
        // SAFETY: both pointers are to locals that outlive the call; `length` is the size of `words`.
        let result = unsafe {
            let to = words.as_mut_ptr().cast();
            libc::getsockopt(self.raw(), libc::SOL_SOCKET, libc::SO_MEMINFO, to, &raw mut length)
        };
        check(result)?;
        Ok(MemoryInfo { queued: words[0], receive_buffer: words[1], drops: words[8] })
    }

    /// Sends one message to the kernel (port 0).
    pub(crate) fn send(&self, message: &[u8]) -> io::Result<()> {
        self.send_to(message, 0, 0)
    }

    /// Sends one message to a port, and to the groups in `groups` if any.
    pub(crate) fn send_to(&self, message: &[u8], port: u32, groups: u32) -> io::Result<()> {
        let address = address(port, groups);
        retry(|| {
            // SAFETY: pointers and lengths describe `message` and `address`, which outlive the call and are only read.
            check_size(unsafe {
                let (from, to) = (message.as_ptr().cast(), from_ref(&address).cast());
                libc::sendto(self.raw(), from, message.len(), 0, to, length_of::<libc::sockaddr_nl>())
            })
        })
        .map(drop)
    }

    /// Receives one message: its whole length, which may be more than was copied, and the sender's port.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, u32)> {
        let mut sender = address(0, 0);
        let length = retry(|| {
            let mut size = length_of::<libc::sockaddr_nl>();
            // SAFETY: pointers and lengths describe `buffer`, `sender` and `size`, which outlive the call.
            check_size(unsafe {
                let (to, from) = (buffer.as_mut_ptr().cast(), from_mut(&mut sender).cast());
                libc::recvfrom(self.raw(), to, buffer.len(), libc::MSG_TRUNC, from, &raw mut size)
            })
        })?;
        Ok((length, sender.nl_pid))
    }

    fn set_raw_option<T>(&self, level: i32, name: i32, value: &T) -> io::Result<()> {
        // SAFETY: pointer and length describe `value`, which outlives the call and is only read; what it points to
        // in turn (a filter's code) is kept alive by the caller in this module.
        let result = unsafe { libc::setsockopt(self.raw(), level, name, from_ref(value).cast(), length_of::<T>()) };
        check(result).map(drop)
    }

    fn raw(&self) -> i32 {
        self.0.as_raw_fd()
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// An event counter (eventfd(2)), non-blocking and close-on-exec.
pub(crate) fn event_counter() -> io::Result<OwnedFd> {
    // SAFETY: no pointers; the result is checked before it is owned.
    let fd = check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
    // SAFETY: `fd` was just opened, is valid, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Adds one to an event counter. Async-signal-safe: one write(2), `errno` put back.
pub(crate) fn event_add(counter: BorrowedFd<'_>) {
    let one = 1u64.to_ne_bytes();
    // SAFETY: `__errno_location` is the calling thread's own errno; `one` is read for its whole length and outlives
    // the call.
    unsafe {
        let errno = *libc::__errno_location();
        // Fails only when the counter is full, and then the reader is already due to wake.
        libc::write(counter.as_raw_fd(), one.as_ptr().cast(), one.len());
        *libc::__errno_location() = errno;
    }
}

/// Takes an event counter back to zero; says whether it was above.
pub(crate) fn event_take(counter: BorrowedFd<'_>) -> bool {
    let mut count = [0u8; 8];
    // SAFETY: `count` is written for at most its length and outlives the call.
    let read = unsafe { libc::read(counter.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
    read == 8
}

/// Waits until one of `fds` can be read or has failed, or the time is over (`None`: no limit). A signal ends the wait
/// early, with all `false`.
pub(crate) fn wait_readable<const N: usize>(
    fds: [BorrowedFd<'_>; N],
    timeout: Option<Duration>,
) -> io::Result<[bool; N]> {
    let mut polls = fds.map(|fd| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 });
    let time = timeout.map(timespec);
    let time = time.as_ref().map_or(std::ptr::null(), from_ref);
    // SAFETY: `polls` has N elements and outlives the call, as does `time` if it is not null; no signal mask is given.
    let result = unsafe { libc::ppoll(polls.as_mut_ptr(), N as libc::nfds_t, time, std::ptr::null()) };
    match check(result) {
        Ok(_) => Ok(polls.map(|poll| poll.revents != 0)),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok([false; N]),
        Err(error) => Err(error),
    }
}

fn timespec(time: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: time.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}

/// `AF_NETLINK`, as wide as in an address.
const FAMILY: libc::sa_family_t = 16;

fn address(port: u32, groups: u32) -> libc::sockaddr_nl {
    // SAFETY: `sockaddr_nl` is integers only, for which all-zero is a value.
    let mut address: libc::sockaddr_nl = unsafe { zeroed() };
    address.nl_family = FAMILY;
    address.nl_pid = port;
    address.nl_groups = groups;
    address
}

#[expect(clippy::cast_possible_truncation, reason = "sizes of small structures")]
fn length_of<T>() -> libc::socklen_t {
    size_of::<T>() as libc::socklen_t
}

/// `ioctl(SIOCOUTQ)`, which is `TIOCOUTQ` by number (linux/sockios.h): bytes in a socket's send queue.
pub(crate) fn send_queue(socket: BorrowedFd<'_>) -> io::Result<i32> {
    let mut bytes: i32 = 0;
    // SAFETY: the request writes one `int` (`put_user(answ, (int __user *)arg)`, net/ipv4/tcp.c, net/unix/af_unix.c), to `bytes`,
    // which outlives the call.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, from_mut(&mut bytes)) })?;
    Ok(bytes)
}

fn check(result: i32) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

fn check_size(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// Repeats a call that a signal interrupted.
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests;
