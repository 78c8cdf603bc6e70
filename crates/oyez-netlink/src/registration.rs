//! How a [`DataSocket`] becomes the audit daemon's.
//!
//! The request goes through the data socket itself, because the kernel sends records to the port that asked
//! (kernel/audit.c, `auditd_set`), and the socket has to be read meanwhile: records that the kernel held back pour in
//! at that moment, ahead of its answer or behind. The sender can be put to sleep, so it is another thread.

use std::os::fd::AsFd;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::data::DataSocket;
use crate::error::{Error, Result};
use crate::message::Message;
use crate::protocol::{self, AUDIT_SET, NLM_F_ACK, NLM_F_REQUEST};
use crate::slab::{Received, Slab};
use crate::status::{encode_set, mask};
use crate::sys::{self, Socket};

impl DataSocket {
    /// A handle that sends one registration through this socket from another thread. The number that its answer, a
    /// [`Message::Ack`], will carry is [`Registrar::sequence`].
    ///
    /// # Errors
    /// The process is out of descriptors.
    pub fn registrar(&mut self) -> Result<Registrar> {
        self.sequence = self.sequence.checked_add(1).unwrap_or(1);
        let socket = self.socket.duplicate().map_err(Error::system("duplicate the audit socket"))?;
        Ok(Registrar { socket, sequence: self.sequence })
    }

    /// Asks to be registered as process `pid`, which must be this one, and returns the number of the coming
    /// [`Message::Ack`]; the registration counts from its code 0. The call can sleep while the kernel's queue is full,
    /// and nobody reads then: prefer [`register`](Self::register).
    ///
    /// # Errors
    /// The send failed; the kernel's own answer comes as the `Ack`.
    pub fn send_register(&mut self, pid: u32) -> Result<u32> {
        self.registrar()?.register(pid)
    }

    /// Asks to be no longer registered; else as [`send_register`](Self::send_register). Another thread does better
    /// with [`Kernel::unregister`](crate::Kernel::unregister).
    ///
    /// # Errors
    /// As [`send_register`](Self::send_register).
    pub fn send_unregister(&mut self) -> Result<u32> {
        self.registrar()?.register(0)
    }

    /// Registers this socket as the audit daemon's, for process `pid`, which must be this one. A thread of its own
    /// sends the request while this one receives: `take` gets all that comes meanwhile, which may be
    /// thousands of records. The result counts them; its `more` says that the slab was full when the answer came.
    ///
    /// # Errors
    /// [`Error::Refused`] with the kernel's errno: EEXIST a living daemon is registered, EPERM no `CAP_AUDIT_CONTROL`
    /// or not the initial pid namespace, ECONNREFUSED not the initial user namespace. [`Error::TimedOut`] after
    /// `timeout`; older kernels lose the answer when the socket's buffer is full at that moment, so look at
    /// [`Status::pid`](crate::Status::pid) before giving up.
    pub fn register(
        &mut self,
        pid: u32,
        timeout: Duration,
        slab: &mut Slab,
        take: &mut dyn FnMut(&Message<'_>),
    ) -> Result<Received> {
        let registrar = self.registrar()?;
        let sequence = registrar.sequence;
        let mut sender = Some(registrar.spawn(pid)?);
        let (start, mut total) = (Instant::now(), Received::default());
        while let Some(left) = timeout.checked_sub(start.elapsed()) {
            let fds = [self.socket.as_fd()];
            sys::wait_readable(fds, Some(left.min(SENDER_CHECK))).map_err(Error::system(REGISTER))?;
            loop {
                let received = self.receive(slab)?;
                total += received;
                if let Some(code) = take_until_ack(slab, sequence, take) {
                    let_end(sender.as_ref());
                    return if code < 0 { Err(Error::refused(REGISTER, code)) } else { Ok(total) };
                }
                if !received.more || start.elapsed() > timeout {
                    break;
                }
            }
            sender = still_sending(sender)?;
        }
        Err(Error::TimedOut { action: REGISTER, after: timeout })
    }
}

const REGISTER: &str = "register as the audit daemon";

/// How often `register` looks whether its sender failed.
const SENDER_CHECK: Duration = Duration::from_millis(100);

/// How long it is waited for after the answer, while the socket is not read. A kernel whose queue is full makes it sleep
/// for longer; then it is left to itself.
const SENDER_END: Duration = Duration::from_millis(50);

/// Hands on what the slab holds; the code of the answer to `sequence`, if it is there.
fn take_until_ack(slab: &Slab, sequence: u32, take: &mut dyn FnMut(&Message<'_>)) -> Option<i32> {
    let mut answer = None;
    for message in slab.messages() {
        match message {
            Message::Ack { sequence: of, code } if of == sequence => answer = Some(code),
            other => take(&other),
        }
    }
    answer
}

/// Passes on the failure of a sender that has ended.
fn still_sending(sender: Option<JoinHandle<Result<u32>>>) -> Result<Option<JoinHandle<Result<u32>>>> {
    match sender {
        Some(thread) if thread.is_finished() => match thread.join() {
            Ok(result) => result.map(|_| None),
            Err(_) => Ok(None),
        },
        other => Ok(other),
    }
}

/// Waits a moment for a sender whose request is answered. Until it lets go of its descriptor, dropping the socket does
/// not close it, and the kernel would take it for a living daemon.
fn let_end(sender: Option<&JoinHandle<Result<u32>>>) {
    let start = Instant::now();
    while sender.is_some_and(|thread| !thread.is_finished()) && start.elapsed() < SENDER_END {
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// Sends one registration through a [`DataSocket`], from any thread. It holds the socket open as long as it lives.
#[derive(Debug)]
pub struct Registrar {
    socket: Socket,
    sequence: u32,
}

impl Registrar {
    /// The number that the answer will carry.
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Asks to register process `pid`, or to end the registration with 0; the number of the answer.
    ///
    /// # Errors
    /// The send failed.
    pub fn register(self, pid: u32) -> Result<u32> {
        let payload = encode_set(mask::PID, pid);
        let message = protocol::message(AUDIT_SET, NLM_F_REQUEST | NLM_F_ACK, self.sequence, &payload);
        self.socket.send(&message).map_err(Error::system(REGISTER))?;
        Ok(self.sequence)
    }

    fn spawn(self, pid: u32) -> Result<JoinHandle<Result<u32>>> {
        std::thread::Builder::new()
            .name("audit-register".into())
            .spawn(move || self.register(pid))
            .map_err(Error::system("start a thread to register as the audit daemon"))
    }
}
