//! One record's header: bytes → [`RawRecord`]; the body stays where it is.
//!
//! Input is one line of a log ([`LineParser`]) or one message of the kernel ([`MessageParser`]). Output is the record's type,
//! node, id, and the spans of its body and of auditd's ENRICHED tail. Refused is what has no readable `audit(…)` stamp: it
//! belongs to no event.

mod id;
mod line;
mod stamps;

pub use line::{HeaderError, LineParser, TAIL_MARK};

use crate::EventId;
use stamps::Stamps;

/// A record whose header was read and whose body was not yet looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawRecord<'a> {
    /// The type's number (linux/audit.h); 0 for a name that no table knows.
    pub record_type: u16,
    /// The type's name where `record_type` is 0, else empty.
    pub name: &'a [u8],
    /// What follows `node=`; empty where there is none.
    pub node: &'a [u8],
    /// The stamp.
    pub id: EventId,
    /// What follows `audit(…):`, without the white space around it.
    pub body: &'a [u8],
    /// What follows byte 0x1d in auditd's ENRICHED format; empty where there is none.
    pub tail: &'a [u8],
}

/// Reads messages of the kernel; remembers the last stamp, since the records of an event mostly follow one another.
#[derive(Debug, Default)]
pub struct MessageParser {
    stamps: Stamps,
}

impl MessageParser {
    /// A parser that has seen nothing.
    pub fn new() -> Self {
        MessageParser::default()
    }

    /// Reads a message: its netlink type and its payload, `audit(SEC.MS:SERIAL): BODY`.
    ///
    /// # Errors
    /// [`HeaderError::NoStamp`] where the payload does not start with a readable stamp.
    #[inline]
    pub fn message<'a>(&mut self, record_type: u16, payload: &'a [u8]) -> Result<RawRecord<'a>, HeaderError> {
        let stamp = payload.strip_prefix(b"audit(").ok_or(HeaderError::NoStamp)?;
        let (id, len) = self.stamps.read(stamp).ok_or(HeaderError::NoStamp)?;
        let body = stamp.get(len..).and_then(|rest| rest.strip_prefix(b"):")).ok_or(HeaderError::NoStamp)?;
        Ok(RawRecord { record_type, name: b"", node: b"", id, body: trim(body), tail: b"" })
    }
}

/// Reads a single message of the kernel, as [`MessageParser::message`] does.
///
/// # Errors
/// [`HeaderError::NoStamp`] where the payload does not start with a readable stamp.
pub fn kernel_message(record_type: u16, payload: &[u8]) -> Result<RawRecord<'_>, HeaderError> {
    MessageParser::new().message(record_type, payload)
}

/// Without white space and the NULs that some kernel messages end with.
#[inline]
fn trim(mut body: &[u8]) -> &[u8] {
    // Mostly there is one blank in front.
    if let [b' ', rest @ ..] = body {
        body = rest;
    }
    if let ([first, ..], [.., last]) = (body, body)
        && *first.min(last) > b' '
    {
        return body;
    }
    while let [b' ' | b'\n' | b'\r' | 0, rest @ ..] = body {
        body = rest;
    }
    while let [rest @ .., b' ' | b'\n' | b'\r' | 0] = body {
        body = rest;
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_message_is_its_stamp_and_body() {
        let record = kernel_message(1307, b"audit(1.234:5): cwd=\"/\"\0").unwrap();
        assert_eq!(record.id, EventId { sec: 1, ms: 234, serial: 5 });
        assert_eq!((record.record_type, record.body, record.tail), (1307, &b"cwd=\"/\""[..], &b""[..]));
    }

    #[test]
    fn the_kernels_bytes_never_hold_a_tail() {
        let record = kernel_message(1112, b"audit(1.234:5): pid=1 msg='op=x \x1dUID=\"root\"'").unwrap();
        assert_eq!(record.tail, b"");
    }

    #[test]
    fn a_message_without_a_stamp_is_refused() {
        for payload in [&b""[..], b"audit(", b"audit(1.2:3)", b"audit(1.2:3 ): x", b"xaudit(1.2:3): x"] {
            assert_eq!(kernel_message(1300, payload), Err(HeaderError::NoStamp));
        }
    }
}
