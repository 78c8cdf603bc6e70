//! The bytes of a process connector message ↔ what they say.
//!
//! A datagram and its sender's port in, a [`Message`] or the reason why it is none out. The layout is that of linux/connector.h (`struct cn_msg`) and
//! `linux/cn_proc.h` (`struct proc_event`), in host order: netlink header 16 bytes, `cn_msg` 20 bytes, then `what`, `cpu`,
//! `timestamp_ns` and the event's own words. Nothing is aligned: words are read one by one.

use crate::protocol::{self, NLMSG_DONE};

/// `CN_IDX_PROC` (linux/connector.h): who speaks in this family of messages; its multicast group, too.
pub(crate) const CN_IDX_PROC: u32 = 1;
/// `CN_VAL_PROC`.
const CN_VAL_PROC: u32 = 1;
/// `PROC_CN_MCAST_LISTEN`: "tell me".
pub(crate) const LISTEN: u32 = 1;
/// `PROC_CN_MCAST_IGNORE`: "no more".
pub(crate) const IGNORE: u32 = 2;

/// `PROC_EVENT_NONE`: the answer to a request.
pub(crate) const NONE: u32 = 0;
/// `PROC_EVENT_FORK`.
pub(crate) const FORK: u32 = 1;
/// `PROC_EVENT_EXEC`.
pub(crate) const EXEC: u32 = 2;
/// `PROC_EVENT_EXIT`.
pub(crate) const EXIT: u32 = 0x8000_0000;

/// Where `what` is in a datagram, in bytes.
pub(crate) const WHAT: usize = 36;
/// Where the event's own words begin.
pub(crate) const DATA: usize = 52;

/// What happened to a process. Numbers are those of the initial pid namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// When, in nanoseconds of `CLOCK_MONOTONIC` (`ktime_get_ns`).
    pub at_ns: u64,
    /// The process: of a fork the child.
    pub pid: u32,
    /// What it did.
    pub what: What,
}

impl Message {
    /// The message in a datagram of the socket's, which came from port `sender`; `None` for anything else.
    pub fn parse(datagram: &[u8], sender: u32) -> Option<Message> {
        match classify(datagram, sender) {
            Class::Message(message) => Some(message),
            _ => None,
        }
    }
}

/// What a process did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It was made; it has not run yet. A new thread is no message.
    Fork {
        /// Its parent, who will be told of its end (`real_parent`): with `CLONE_PARENT` not the caller, but the caller's.
        parent: u32,
    },
    /// It runs another program now.
    Exec,
    /// Its first thread ended. That is mostly its end; others of its threads may go on, and one of them may exec under
    /// the same number.
    Exit {
        /// The status, as wait(2) gives it.
        status: u32,
    },
}

/// A datagram, sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Message(Message),
    /// The kernel's answer to a request: the request's number and an errno, 0 for done.
    Ack {
        sequence: u32,
        errno: u32,
    },
    /// Another process sent it.
    Spoofed,
    /// Too short, or of another speaker.
    Malformed,
    /// Of a thread, or of something that is not asked for here.
    Ignored,
}

/// Sorts one datagram.
pub(crate) fn classify(datagram: &[u8], sender: u32) -> Class {
    if sender != 0 {
        return Class::Spoofed;
    }
    sorted(datagram).unwrap_or(Class::Malformed)
}

fn sorted(datagram: &[u8]) -> Option<Class> {
    let (header, payload) = protocol::split(datagram)?;
    let of = |index| protocol::word(payload, index);
    // `cn_netlink_send_mult` sends every message as an NLMSG_DONE.
    if header.kind != NLMSG_DONE || (of(0)?, of(1)?) != (CN_IDX_PROC, CN_VAL_PROC) {
        return None;
    }
    let at_ns = u64::from_ne_bytes(datagram.get(WHAT + 8..DATA)?.try_into().ok()?);
    let data = |index| datagram.get(DATA..).and_then(|data| protocol::word(data, index));
    let message = |pid, what| Some(Class::Message(Message { at_ns, pid, what }));
    match protocol::word(datagram.get(WHAT..)?, 0)? {
        FORK if data(2)? == data(3)? => message(data(3)?, What::Fork { parent: data(1)? }),
        EXEC => message(data(1)?, What::Exec),
        EXIT if data(0)? == data(1)? => message(data(1)?, What::Exit { status: data(2)? }),
        // The kernel answers with the request's `ack` plus one; `seq` is its own count (`send_msg`).
        NONE => Some(Class::Ack { sequence: of(3)?.wrapping_sub(1), errno: data(0)? }),
        _ => Some(Class::Ignored),
    }
}

/// A request of this number: [`LISTEN`] or [`IGNORE`].
pub(crate) fn request(operation: u32, sequence: u32) -> Vec<u8> {
    let mut payload = Vec::with_capacity(24);
    for word in [CN_IDX_PROC, CN_VAL_PROC, sequence, sequence] {
        payload.extend(word.to_ne_bytes());
    }
    // `len` and `flags` are 16 bits each. Four bytes of request are understood by every kernel; since 6.6 eight are, too.
    payload.extend(4u16.to_ne_bytes());
    payload.extend(0u16.to_ne_bytes());
    payload.extend(operation.to_ne_bytes());
    protocol::message(NLMSG_DONE, 0, sequence, &payload)
}

/// A message of the kernel, for tests: `what` and its words.
#[cfg(test)]
pub(crate) fn example(what: u32, at_ns: u64, words: &[u32]) -> Vec<u8> {
    let mut payload = Vec::new();
    for word in [CN_IDX_PROC, CN_VAL_PROC, 174, 8, 40, what, 0] {
        payload.extend(word.to_ne_bytes());
    }
    payload.extend(at_ns.to_ne_bytes());
    payload.extend(words.iter().flat_map(|word| word.to_ne_bytes()));
    payload.resize(60, 0);
    protocol::message(NLMSG_DONE, 0, 7, &payload)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(at_ns: u64, pid: u32, what: What) -> Class {
        Class::Message(Message { at_ns, pid, what })
    }

    #[test]
    fn forks_execs_and_exits_of_processes_are_messages_and_those_of_threads_are_not() {
        for (what, words, class) in [
            (FORK, &[10, 10, 20, 20][..], message(5, 20, What::Fork { parent: 10 })),
            (FORK, &[11, 10, 20, 20], message(5, 20, What::Fork { parent: 10 })),
            (FORK, &[10, 10, 21, 10], Class::Ignored),
            (EXEC, &[20, 20], message(5, 20, What::Exec)),
            (EXEC, &[21, 20], message(5, 20, What::Exec)),
            (EXIT, &[20, 20, 256, 17], message(5, 20, What::Exit { status: 256 })),
            (EXIT, &[21, 20, 0, 17], Class::Ignored),
            (NONE, &[1], Class::Ack { sequence: 7, errno: 1 }),
            (4, &[20, 20, 0, 0], Class::Ignored),
            (0x200, &[20, 20, 0x0061_6263], Class::Ignored),
            (0x4000_0000, &[20, 20], Class::Ignored),
        ] {
            assert_eq!(classify(&example(what, 5, words), 0), class, "{what:#x} {words:?}");
        }
    }

    #[test]
    fn what_another_process_sends_is_spoofed_whatever_it_holds() {
        assert_eq!(classify(&example(FORK, 5, &[1, 1, 2, 2]), 4711), Class::Spoofed);
        assert_eq!(classify(b"", u32::MAX), Class::Spoofed);
    }

    #[test]
    fn every_prefix_is_sorted_and_no_short_one_is_a_message() {
        for (what, needed) in [(FORK, 68), (EXEC, 60), (EXIT, 64), (NONE, 56)] {
            let bytes = example(what, 5, &[10, 10, 10, 10]);
            for length in 0..=bytes.len() {
                let is_malformed = classify(&bytes[..length], 0) == Class::Malformed;
                assert_eq!(is_malformed, length < needed, "{what:#x}: {length} bytes");
            }
        }
    }

    #[test]
    fn a_message_of_another_speaker_is_malformed() {
        for (place, value) in [(4, 3u8), (16, 2), (20, 9)] {
            let mut bytes = example(EXEC, 5, &[1, 1]);
            bytes[place] += value;
            assert_eq!(classify(&bytes, 0), Class::Malformed, "byte {place}");
        }
    }

    #[test]
    fn a_request_has_the_kernels_layout() {
        let bytes = request(LISTEN, 77);
        assert_eq!(bytes.len(), 40);
        assert_eq!(protocol::word(&bytes, 0), Some(40));
        assert_eq!([16, 20, 24, 28, 36].map(|at| bytes[at]), [1, 1, 77, 77, 1]);
        assert_eq!(bytes[32..34], 4u16.to_ne_bytes());
    }

    proptest! {
        #[test]
        fn any_bytes_are_sorted_without_a_panic(mut bytes: Vec<u8>, what in prop::sample::select(vec![FORK, EXEC, EXIT, NONE]), sender in 0u32..2) {
            let _class = classify(&bytes, sender);
            let whole = example(what, 1, &[1, 1, 1, 1]);
            bytes.splice(..0, whole[..DATA].iter().copied());
            prop_assert_eq!(classify(&bytes, sender) == Class::Spoofed, sender != 0);
        }
    }
}
