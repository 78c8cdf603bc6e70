//! What one datagram of an audit data socket is: a record, an answer, or nothing for us.
//!
//! Datagram bytes in, [`Message`] out. Refuses what the kernel did not send (the sender's port is not 0) and what is
//! shorter than a netlink header. The payload's end is the datagram's: the header's length is 16 bytes short on unicast
//! records (kernel/audit.c, `audit_log_end`).

use crate::protocol::{self, AUDIT_REPLACE, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP};

/// A message of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message<'a> {
    /// An audit record.
    Record {
        /// Its type, as 1300 for SYSCALL.
        kind: u16,
        /// Its text, from `audit(` on; any bytes.
        payload: &'a [u8],
        /// It was longer than a slot of the slab: the end is missing.
        truncated: bool,
    },
    /// The answer to a request that was sent through this socket.
    Ack {
        /// The request's number.
        sequence: u32,
        /// 0 done, negative errno, positive a result.
        code: i32,
    },
    /// Somebody tried to set the audit pid (kernel/audit.c, `audit_replace`): this socket still has the registration,
    /// or would not have got this.
    Replace {
        /// Who tried, where the kernel said so. Oneself, when one unregisters.
        pid: Option<u32>,
    },
}

/// A datagram, sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class<'a> {
    Message(Message<'a>),
    /// Another process sent it.
    Spoofed,
    /// Shorter than its header, or an answer without its code.
    Malformed,
    /// The kernel's, but no record: NOOP, DONE, answers to questions nobody here asked.
    Ignored,
}

/// Sorts one datagram.
pub(crate) fn classify(datagram: &[u8], sender: u32, truncated: bool) -> Class<'_> {
    if sender != 0 {
        return Class::Spoofed;
    }
    let Some((header, payload)) = protocol::split(datagram) else { return Class::Malformed };
    match header.kind {
        NLMSG_ERROR => match protocol::error_code(payload) {
            Some(code) => Class::Message(Message::Ack { sequence: header.sequence, code }),
            None => Class::Malformed,
        },
        AUDIT_REPLACE => Class::Message(Message::Replace { pid: protocol::word(payload, 0) }),
        NLMSG_NOOP | NLMSG_DONE => Class::Ignored,
        kind if is_record(kind) => Class::Message(Message::Record { kind, payload, truncated }),
        _ => Class::Ignored,
    }
}

/// The types below 1100 are requests and their answers, but for `AUDIT_USER` (1005) and `AUDIT_LOGIN` (1006), which the
/// kernel also sends as records.
fn is_record(kind: u16) -> bool {
    kind >= 1100 || kind == 1005 || kind == 1006
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::message;

    fn record(kind: u16, payload: &[u8]) -> Class<'_> {
        Class::Message(Message::Record { kind, payload, truncated: false })
    }

    #[test]
    fn types_sort_into_records_answers_and_noise() {
        for (kind, payload, class) in [
            (1300, &b"audit(1.002:3): a"[..], record(1300, b"audit(1.002:3): a")),
            (1005, b"x", record(1005, b"x")),
            (1006, b"x", record(1006, b"x")),
            (1100, b"", record(1100, b"")),
            (2999, b"x", record(2999, b"x")),
            (u16::MAX, b"x", record(u16::MAX, b"x")),
            (1000, b"status", Class::Ignored),
            (1013, b"rule", Class::Ignored),
            (NLMSG_NOOP, b"", Class::Ignored),
            (NLMSG_DONE, b"", Class::Ignored),
            (NLMSG_ERROR, b"abc", Class::Malformed),
            (AUDIT_REPLACE, b"ab", Class::Message(Message::Replace { pid: None })),
        ] {
            assert_eq!(classify(&message(kind, 0, 0, payload), 0, false), class, "type {kind}");
        }
    }

    #[test]
    fn a_unicast_record_keeps_its_last_16_bytes() {
        let mut bytes = message(1300, 0, 0, b"audit(1.002:3): the whole text");
        let short = u32::try_from(bytes.len() - 16).unwrap();
        bytes[..4].copy_from_slice(&short.to_ne_bytes());
        assert_eq!(classify(&bytes, 0, false), record(1300, b"audit(1.002:3): the whole text"));
    }

    #[test]
    fn a_datagram_from_another_port_is_spoofed_whatever_it_holds() {
        assert_eq!(classify(&message(1300, 0, 0, b"x"), 4711, false), Class::Spoofed);
        assert_eq!(classify(b"", u32::MAX, false), Class::Spoofed);
    }

    #[test]
    fn answers_carry_number_and_sign() {
        for code in [0, -libc::EEXIST, 4717] {
            let bytes = message(NLMSG_ERROR, 0, 9, &code.to_ne_bytes());
            assert_eq!(classify(&bytes, 0, false), Class::Message(Message::Ack { sequence: 9, code }));
        }
    }

    #[test]
    fn a_replacement_names_who_tried() {
        let bytes = message(AUDIT_REPLACE, 0, 0, &321u32.to_ne_bytes());
        assert_eq!(classify(&bytes, 0, false), Class::Message(Message::Replace { pid: Some(321) }));
    }

    #[test]
    fn every_length_of_every_prefix_is_sorted_without_a_panic() {
        let bytes = message(NLMSG_ERROR, 0, 9, &[0; 4]);
        for length in 0..=bytes.len() {
            let expected = length < 20;
            assert_eq!(classify(&bytes[..length], 0, false) == Class::Malformed, expected, "{length} bytes");
        }
    }
}
