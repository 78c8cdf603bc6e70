//! Asks the kernel and sets its audit settings and rules, one request at a time, each answered.
//!
//! Requests in, decoded answers out. Each setting travels in a message of its own, so that one that is locked can't
//! block the rest. Refuses answers that are cut, and gives up after [`ANSWER_TIMEOUT`] without one. Never use it on the
//! receiving thread: the kernel can put the sender to sleep for `backlog_wait_time` when its queue is full
//! (kernel/audit.c, `audit_receive`), which no timeout of the socket cuts short.

use std::io;
use std::ops::Range;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::protocol::{
    self, AUDIT_ADD_RULE, AUDIT_DEL_RULE, AUDIT_GET, AUDIT_GET_FEATURE, AUDIT_LIST_RULES, AUDIT_MAKE_EQUIV,
    AUDIT_REPLACE, AUDIT_SET, AUDIT_SET_FEATURE, AUDIT_TRIM, AUDIT_USER, NLM_F_ACK, NLM_F_REQUEST, NLMSG_DONE,
    NLMSG_ERROR,
};
use crate::rule;
use crate::status::{Features, Status, encode_set, mask};
use crate::sys::Socket;

/// How long an answer is waited for.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Messages that answer something else (a request that timed out before) and are skipped while waiting for one answer.
const MAX_STRAYS: usize = 128;

/// Room for the largest answer: a rule with 64 fields of a path each. Untouched pages cost nothing.
const ANSWER_BYTES: usize = 1040 + 64 * 4096 + 4096;

/// What the daemon needs of the kernel, so that it can be tested without one. [`Control`] is the real thing.
///
/// # Errors
/// All methods: [`Error::Refused`] with the kernel's errno (EPERM: no `CAP_AUDIT_CONTROL`, not the initial pid
/// namespace, or locked by `-e 2`; ECONNREFUSED: not the initial user namespace), [`Error::TimedOut`],
/// [`Error::Answer`] for one that makes no sense, [`Error::System`] when the socket failed.
pub trait Kernel {
    /// The state of the audit system (`AUDIT_GET`).
    ///
    /// # Errors
    /// See [`Kernel`].
    fn status(&mut self) -> Result<Status>;

    /// Which features are on and locked (`AUDIT_GET_FEATURE`).
    ///
    /// # Errors
    /// See [`Kernel`].
    fn features(&mut self) -> Result<Features>;

    /// Turns auditing off (0) or on (1). 2, "on and locked until reboot", is passed on as it is.
    ///
    /// # Errors
    /// See [`Kernel`].
    fn set_enabled(&mut self, enabled: u32) -> Result<()>;

    /// What to do when a record is lost: 0 nothing, 1 a line in the kernel's log, 2 panic.
    ///
    /// # Errors
    /// See [`Kernel`].
    fn set_failure(&mut self, failure: u32) -> Result<()>;

    /// Records per second above which the kernel drops them; 0 no limit.
    ///
    /// # Errors
    /// See [`Kernel`].
    fn set_rate_limit(&mut self, per_second: u32) -> Result<()>;

    /// Records that may wait in the kernel's queue; 0 no limit.
    ///
    /// # Errors
    /// See [`Kernel`].
    fn set_backlog_limit(&mut self, records: u32) -> Result<()>;

    /// How long a task may be made to wait while the queue is full, in jiffies; EINVAL above ten minutes.
    ///
    /// # Errors
    /// See [`Kernel`].
    fn set_backlog_wait_time(&mut self, jiffies: u32) -> Result<()>;

    /// Sets `lost` to 0 and says what it was. (From 2³¹ on the kernel's answer can't be told from an error.)
    ///
    /// # Errors
    /// See [`Kernel`].
    fn reset_lost(&mut self) -> Result<u32>;

    /// Sets `backlog_wait_time_actual` to 0 and says what it was, in jiffies; 0 before Linux 5.9, which has none.
    ///
    /// # Errors
    /// See [`Kernel`].
    fn reset_backlog_wait_time_actual(&mut self) -> Result<u32>;

    /// Makes login uids unchangeable once set, and locks that until reboot (`AUDIT_SET_FEATURE`).
    ///
    /// # Errors
    /// See [`Kernel`]; EPERM if the feature is locked in its other state.
    fn set_loginuid_immutable(&mut self) -> Result<()>;

    /// Forgets those parts of watched folders that are no longer mounted there (`AUDIT_TRIM`).
    ///
    /// # Errors
    /// See [`Kernel`].
    fn trim(&mut self) -> Result<()>;

    /// Makes `subtree` part of the watches on `mount` (`AUDIT_MAKE_EQUIV`).
    ///
    /// # Errors
    /// See [`Kernel`]; ENOENT if one of them is not there.
    fn make_equivalent(&mut self, mount: &[u8], subtree: &[u8]) -> Result<()>;

    /// Has the kernel record `text` as a message from user space (`AUDIT_USER`). While audit is off it records nothing, and
    /// that is no error.
    ///
    /// # Errors
    /// See [`Kernel`]; needs `CAP_AUDIT_WRITE` alone.
    fn user_message(&mut self, text: &[u8]) -> Result<()>;

    /// Gives up the registration of this process (`AUDIT_SET` pid 0), which the kernel allows by process, not by
    /// socket. The data socket is sent a last `AUDIT_REPLACE` by it.
    ///
    /// # Errors
    /// See [`Kernel`]; EACCES if another process is registered.
    fn unregister(&mut self) -> Result<()>;

    /// Adds a rule, given as `struct audit_rule_data` and its strings.
    ///
    /// # Errors
    /// See [`Kernel`]; EEXIST if it is there already, EINVAL if the kernel does not know a field.
    fn add_rule(&mut self, rule: &[u8]) -> Result<()>;

    /// Deletes a rule, given as it was added. The flag "prepend" is left out, since the kernel stores rules without it
    /// and compares flags (kernel/auditfilter.c, `audit_compare_rule`).
    ///
    /// # Errors
    /// See [`Kernel`]; ENOENT if there is none such.
    fn delete_rule(&mut self, rule: &[u8]) -> Result<()>;

    /// Hands all rules to `take`, in the kernel's order, as `struct audit_rule_data` and strings; says how many.
    ///
    /// # Errors
    /// See [`Kernel`].
    fn list_rules(&mut self, take: &mut dyn FnMut(&[u8])) -> Result<usize>;
}

/// Carries messages to a kernel and back: a socket, or a fake.
pub trait Link {
    /// Sends one netlink message.
    ///
    /// # Errors
    /// As sendto(2).
    fn send(&mut self, message: &[u8]) -> io::Result<()>;

    /// Receives one: its whole length, which may exceed the buffer, and the sender's port.
    ///
    /// # Errors
    /// As recvfrom(2); `WouldBlock` when nothing came in time.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<(usize, u32)>;
}

/// The link of [`Control::open`]: an audit socket that waits at most [`ANSWER_TIMEOUT`].
#[derive(Debug)]
pub struct KernelLink(Socket);

impl Link for KernelLink {
    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        self.0.send(message)
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<(usize, u32)> {
        self.0.receive(buffer)
    }
}

/// A control connection with the kernel.
#[derive(Debug)]
pub struct Control<L = KernelLink> {
    link: L,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Control {
    /// Opens a socket of its own for control.
    ///
    /// # Errors
    /// `EPROTONOSUPPORT` without audit in the kernel, or with `audit=0` at boot; see
    /// [`environment::explain`](crate::environment::explain).
    pub fn open() -> Result<Self> {
        let socket = Socket::open().map_err(Error::system("open the audit socket"))?;
        socket.bind(0).map_err(Error::system("bind the audit control socket"))?;
        socket.set_timeouts(ANSWER_TIMEOUT).map_err(Error::system("bound the audit control socket's waits"))?;
        Ok(Self::over(KernelLink(socket)))
    }
}

impl<L: Link> Control<L> {
    /// Talks over another link, as a fake.
    pub fn over(link: L) -> Self {
        Self { link, sequence: 0, buffer: vec![0; ANSWER_BYTES] }
    }

    /// Sends a request; the number its answers will carry.
    fn send(&mut self, action: &'static str, kind: u16, flags: u16, payload: &[u8]) -> Result<u32> {
        // 0 is what the kernel's own records carry.
        self.sequence = self.sequence.checked_add(1).unwrap_or(1);
        let message = protocol::message(kind, NLM_F_REQUEST | flags, self.sequence, payload);
        self.link.send(&message).map_err(Error::system(action))?;
        Ok(self.sequence)
    }

    /// The next message that answers request `sequence`: its type, and where its payload is in the buffer.
    fn answer(&mut self, action: &'static str, sequence: u32) -> Result<(u16, Range<usize>)> {
        for _ in 0..MAX_STRAYS {
            let (length, sender) = match self.link.receive(&mut self.buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(Error::TimedOut { action, after: ANSWER_TIMEOUT });
                }
                Err(source) => return Err(Error::System { action, source }),
            };
            let Some((header, _)) = protocol::split(&self.buffer[..length.min(ANSWER_BYTES)]) else { continue };
            if sender != 0 || header.sequence != sequence || header.kind == AUDIT_REPLACE {
                continue;
            }
            if length > ANSWER_BYTES {
                return Err(Error::Answer { action, problem: "the answer is longer than any that is known" });
            }
            return Ok((header.kind, protocol::HEADER_BYTES..length));
        }
        Err(Error::Answer { action, problem: "too many messages that answer something else" })
    }

    /// Sends a request that is answered by an acknowledgement; its code, 0 or a positive result.
    fn command(&mut self, action: &'static str, kind: u16, payload: &[u8]) -> Result<u32> {
        let sequence = self.send(action, kind, NLM_F_ACK, payload)?;
        loop {
            let (kind, place) = self.answer(action, sequence)?;
            if kind == NLMSG_ERROR {
                return self.code(action, place);
            }
        }
    }

    /// Sends a question that is answered by one message of the same type. No acknowledgement is asked for: it may come
    /// before or after the answer, which the kernel sends from a thread of its own.
    fn ask(&mut self, action: &'static str, kind: u16) -> Result<&[u8]> {
        let sequence = self.send(action, kind, 0, &[])?;
        let (answer, place) = self.answer(action, sequence)?;
        if answer == kind {
            return Ok(&self.buffer[place]);
        }
        if answer == NLMSG_ERROR {
            self.code(action, place)?;
        }
        Err(Error::Answer { action, problem: "the answer is to another question" })
    }

    /// The code of an acknowledgement; a negative one is an error.
    fn code(&self, action: &'static str, place: Range<usize>) -> Result<u32> {
        let code = protocol::error_code(&self.buffer[place])
            .ok_or(Error::Answer { action, problem: "the acknowledgement is cut" })?;
        u32::try_from(code).map_err(|_| Error::refused(action, code))
    }

    fn set(&mut self, action: &'static str, field: u32, value: u32) -> Result<u32> {
        self.command(action, AUDIT_SET, &encode_set(field, value))
    }
}

impl<L: Link> Kernel for Control<L> {
    fn status(&mut self) -> Result<Status> {
        self.ask("get the audit status", AUDIT_GET).map(Status::decode)
    }

    fn features(&mut self) -> Result<Features> {
        let action = "get the audit features";
        let answer = self.ask(action, AUDIT_GET_FEATURE)?;
        Features::decode(answer).ok_or(Error::Answer { action, problem: "the answer is cut" })
    }

    fn set_enabled(&mut self, enabled: u32) -> Result<()> {
        self.set("switch auditing on or off", mask::ENABLED, enabled).map(drop)
    }

    fn set_failure(&mut self, failure: u32) -> Result<()> {
        self.set("set the audit failure mode", mask::FAILURE, failure).map(drop)
    }

    fn set_rate_limit(&mut self, per_second: u32) -> Result<()> {
        self.set("set the audit rate limit", mask::RATE_LIMIT, per_second).map(drop)
    }

    fn set_backlog_limit(&mut self, records: u32) -> Result<()> {
        self.set("set the audit backlog limit", mask::BACKLOG_LIMIT, records).map(drop)
    }

    fn set_backlog_wait_time(&mut self, jiffies: u32) -> Result<()> {
        self.set("set the audit backlog wait time", mask::BACKLOG_WAIT_TIME, jiffies).map(drop)
    }

    fn reset_lost(&mut self) -> Result<u32> {
        self.set("reset the count of lost audit records", mask::LOST, 0)
    }

    fn reset_backlog_wait_time_actual(&mut self) -> Result<u32> {
        self.set("reset the audit wait time", mask::BACKLOG_WAIT_TIME_ACTUAL, 0)
    }

    fn set_loginuid_immutable(&mut self) -> Result<()> {
        let action = "make login uids unchangeable";
        self.command(action, AUDIT_SET_FEATURE, &Features::encode_loginuid_immutable()).map(drop)
    }

    fn trim(&mut self) -> Result<()> {
        self.command("trim watched folders", AUDIT_TRIM, &[]).map(drop)
    }

    fn make_equivalent(&mut self, mount: &[u8], subtree: &[u8]) -> Result<()> {
        let length = |text: &[u8]| u32::try_from(text.len()).unwrap_or(u32::MAX).to_ne_bytes();
        let payload = [&length(mount)[..], &length(subtree), mount, subtree].concat();
        self.command("make a folder part of another's watches", AUDIT_MAKE_EQUIV, &payload).map(drop)
    }

    fn user_message(&mut self, text: &[u8]) -> Result<()> {
        // The kernel puts a NUL on the last byte (kernel/audit.c, `AUDIT_USER`).
        self.command("send a message to the audit log", AUDIT_USER, &[text, b"\0"].concat()).map(drop)
    }

    fn unregister(&mut self) -> Result<()> {
        self.set("unregister as the audit daemon", mask::PID, 0).map(drop)
    }

    fn add_rule(&mut self, rule: &[u8]) -> Result<()> {
        self.command("add an audit rule", AUDIT_ADD_RULE, rule).map(drop)
    }

    fn delete_rule(&mut self, rule: &[u8]) -> Result<()> {
        self.command("delete an audit rule", AUDIT_DEL_RULE, &rule::without_prepend(rule)).map(drop)
    }

    fn list_rules(&mut self, take: &mut dyn FnMut(&[u8])) -> Result<usize> {
        let action = "list the audit rules";
        let sequence = self.send(action, AUDIT_LIST_RULES, 0, &[])?;
        let mut rules = 0;
        loop {
            let (kind, place) = self.answer(action, sequence)?;
            match kind {
                AUDIT_LIST_RULES => {
                    take(&self.buffer[place]);
                    rules += 1;
                }
                NLMSG_DONE => return Ok(rules),
                NLMSG_ERROR => {
                    self.code(action, place)?;
                }
                _ => return Err(Error::Answer { action, problem: "the answer is to another question" }),
            }
        }
    }
}

#[cfg(test)]
mod tests;
