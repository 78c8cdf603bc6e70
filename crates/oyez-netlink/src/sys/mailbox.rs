//! Room for many datagrams, filled by one recvmmsg(2): one slab, reused, nothing allocated after construction.

use std::io;
use std::mem::zeroed;
use std::os::fd::AsRawFd;
use std::ptr::null_mut;

use super::Socket;

/// Who may have sent what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Senders {
    /// Anybody: each datagram is asked for its sender.
    Any,
    /// The kernel alone, as the socket is connected to it: that need not be asked.
    Kernel,
}

/// One received datagram.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Datagram<'a> {
    /// What was copied of it.
    pub(crate) bytes: &'a [u8],
    /// It was longer than its slot.
    pub(crate) truncated: bool,
    /// The sender's port; 0 is the kernel.
    pub(crate) sender: u32,
}

/// `slots` slots of `slot_bytes` each, and how many of them the last receive filled.
pub(crate) struct Mailbox {
    bytes: Vec<u8>,
    slot_bytes: usize,
    senders: Vec<libc::sockaddr_nl>,
    vectors: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
    from: Senders,
    filled: usize,
}

// SAFETY: the raw pointers in `vectors` and `headers` point into the other fields, are written anew before each use
// in `receive` (which has the mailbox for itself) and are never followed elsewhere.
unsafe impl Send for Mailbox {}

impl Mailbox {
    pub(crate) fn new(slots: usize, slot_bytes: usize) -> Self {
        // SAFETY: the three structures are integers and raw pointers only, for which all-zero is a value.
        let (sender, vector, header) = unsafe { (zeroed(), zeroed(), zeroed()) };
        Self {
            // Zeroed pages come from the kernel when first touched: an unused slot costs no memory.
            bytes: vec![0; slots * slot_bytes],
            slot_bytes,
            senders: vec![sender; slots],
            vectors: vec![vector; slots],
            headers: vec![header; slots],
            from: Senders::Any,
            filled: 0,
        }
    }

    pub(crate) fn slots(&self) -> usize {
        self.headers.len()
    }

    pub(crate) fn filled(&self) -> usize {
        self.filled
    }

    /// Marks all slots empty.
    pub(crate) fn clear(&mut self) {
        self.filled = 0;
    }

    /// Receives as many datagrams of these senders as there are and fit, without waiting; says how many.
    pub(crate) fn receive(&mut self, socket: &Socket, from: Senders) -> io::Result<usize> {
        self.filled = 0;
        self.from = from;
        self.aim();
        let slots = self.headers.len().try_into().unwrap_or(libc::c_uint::MAX);
        let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
        // SAFETY: `aim` pointed each of the `slots` headers at its own sender, vector and slot of this mailbox, with
        // their true sizes; all outlive the call and nobody else reads or writes them meanwhile (`&mut self`).
        let result =
            unsafe { libc::recvmmsg(socket.0.as_raw_fd(), self.headers.as_mut_ptr(), slots, flags, null_mut()) };
        self.filled = usize::try_from(result).map_err(|_| io::Error::last_os_error())?;
        Ok(self.filled)
    }

    /// The datagram in slot `index` of those that the last receive filled.
    pub(crate) fn datagram(&self, index: usize) -> Option<Datagram<'_>> {
        let header = self.headers[..self.filled].get(index)?;
        let length = (header.msg_len as usize).min(self.slot_bytes);
        let from = index * self.slot_bytes;
        Some(Datagram {
            bytes: &self.bytes[from..from + length],
            truncated: header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0 || header.msg_len as usize > self.slot_bytes,
            sender: if self.from == Senders::Kernel { 0 } else { self.senders[index].nl_pid },
        })
    }

    /// Points every header at its sender, vector and slot; the kernel overwrites parts of them at each receive.
    fn aim(&mut self) {
        let slots = self.bytes.chunks_exact_mut(self.slot_bytes);
        let parts = self.senders.iter_mut().zip(&mut self.vectors).zip(slots);
        for (header, ((sender, vector), slot)) in self.headers.iter_mut().zip(parts) {
            // A datagram without a sender must not inherit that of the slot's last one.
            sender.nl_pid = u32::MAX;
            vector.iov_base = slot.as_mut_ptr().cast();
            vector.iov_len = slot.len();
            header.msg_len = 0;
            // To say who sent it costs the kernel a twentieth of the receive.
            (header.msg_hdr.msg_name, header.msg_hdr.msg_namelen) = match self.from {
                Senders::Any => ((&raw mut *sender).cast(), super::length_of::<libc::sockaddr_nl>()),
                Senders::Kernel => (null_mut(), 0),
            };
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_flags = 0;
        }
    }
}
