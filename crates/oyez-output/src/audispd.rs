//! What programs that were written for auditd's dispatcher read: messages in the formats `raw` or `enriched` in, the bytes
//! that auditd would give its plugins out.
//!
//! As text a record is a line. As binary it is a header and text of fixed size (libaudit.h, `audit_dispatcher_header`): four
//! 32-bit numbers in the host's byte order (version 1: text that begins with `node=` or `type=`; 16, the header's size; the
//! record's type; the text's length), then 8970 bytes (`MAX_AUDIT_MESSAGE_LENGTH`) of text, with zeros behind it; longer text is
//! cut, as auditd cuts it. Auditd hands on the `EOE` that it does not log, and readers wait for it: here it is made again.
//! Refuses nothing: a line that is no record is passed on as it is, with type 0.

use std::io::Write as _;

use memchr::memmem;

use crate::parcel::Message;

/// What is written for each message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Its lines as they are, in any format.
    #[default]
    Lines,
    /// Auditd's `format = string`: a line per record, an `EOE` behind those of one event.
    Audispd,
    /// Auditd's `format = binary`: the same, each as a frame of [`FRAME`] bytes.
    Binary,
}

/// Bytes of a header.
const HEADER: usize = 16;

/// Bytes of text in a frame: libaudit.h's `MAX_AUDIT_MESSAGE_LENGTH`.
const TEXT: usize = 8970;

/// Bytes of a frame of [`Protocol::Binary`].
pub const FRAME: usize = HEADER + TEXT;

/// libaudit.h's `AUDISP_PROTOCOL_VER2`: the text has its type in front.
const VERSION: u32 = 1;

/// `AUDIT_EOE` (linux/audit.h).
const EOE: u32 = 1320;

impl Protocol {
    /// Appends what is written for this message.
    pub fn encode(self, message: &Message<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Lines => out.extend_from_slice(message.lines),
            Self::Audispd => {
                out.extend_from_slice(message.lines);
                if let Some(end) = End::of(message.lines) {
                    end.write(out);
                    out.push(b'\n');
                }
            }
            Self::Binary => {
                for line in lines(message.lines) {
                    frame(type_of(line), out, |out| out.extend_from_slice(line));
                }
                if let Some(end) = End::of(message.lines) {
                    frame(EOE, out, |out| end.write(out));
                }
            }
        }
    }
}

/// What the `EOE` of an event is made from.
struct End<'a> {
    /// `node=web-1 `, or nothing.
    node: &'a [u8],
    /// `SEC.MS:SERIAL`.
    id: &'a [u8],
}

impl<'a> End<'a> {
    /// Of an event that the kernel ends with one: it has a `SYSCALL`, or more than one record.
    fn of(text: &'a [u8]) -> Option<Self> {
        let mut all = lines(text);
        let first = all.next()?;
        let (node, rest) = split(first)?;
        if all.next().is_none() && !rest.starts_with(b"SYSCALL ") {
            return None;
        }
        let id = first.get(memmem::find(first, b" msg=audit(")? + 11..)?;
        Some(Self { node, id: id.get(..memchr::memchr(b')', id)?)? })
    }

    fn write(&self, out: &mut Vec<u8>) {
        for piece in [self.node, b"type=EOE msg=audit(", self.id, b"): "] {
            out.extend_from_slice(piece);
        }
    }
}

/// Appends a frame; `write` appends its text.
fn frame(record_type: u32, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER]);
    write(out);
    out.truncate(start + FRAME);
    let size = u32::try_from(out.len() - start - HEADER).unwrap_or_default();
    out.resize(start + FRAME, 0);
    let Some(mut header) = out.get_mut(start..start + HEADER) else { return };
    for number in [VERSION, 16, record_type, size] {
        // It has room for all four.
        let _ = header.write_all(&number.to_ne_bytes());
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// What stands in front of `type=`, and what behind it.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    // A node's name has no spaces.
    let at = if line.starts_with(b"node=") { memchr::memchr(b' ', line)? + 1 } else { 0 };
    let (node, rest) = line.split_at_checked(at)?;
    Some((node, rest.strip_prefix(b"type=")?))
}

/// The number of a line's record type; 0 where it has none.
fn type_of(line: &[u8]) -> u32 {
    let Some((_, rest)) = split(line) else { return 0 };
    let name = rest.get(..memchr::memchr(b' ', rest).unwrap_or(rest.len())).unwrap_or_default();
    let number = name.strip_prefix(b"UNKNOWN[").and_then(|rest| rest.strip_suffix(b"]"));
    match number {
        Some(digits) => str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0),
        None => oyez_tables::record_type::number(name).map_or(0, u32::from),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parcel::Label;

    fn encoded(protocol: Protocol, lines: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        protocol.encode(&Message { lines, label: Label::default() }, &mut out);
        out
    }

    const EVENT: &[u8] = b"node=web-1 type=SYSCALL msg=audit(1.002:3): arch=c000003e\n\
        node=web-1 type=UNKNOWN[1999] msg=audit(1.002:3): a=b\n";

    #[test]
    fn an_event_ends_with_an_eoe_where_the_kernel_wrote_one() {
        let shown = |text: &[u8]| String::from_utf8(encoded(Protocol::Audispd, text)).unwrap();
        let event = String::from_utf8(EVENT.to_vec()).unwrap();
        assert_eq!(shown(EVENT), format!("{event}node=web-1 type=EOE msg=audit(1.002:3): \n"));
        for (lines, has) in [
            ("type=SYSCALL msg=audit(1.002:3): a=b\n", true),
            ("type=USER_LOGIN msg=audit(1.002:3): pid=1\n", false),
            ("type=OYEZ_LOSS msg=audit(1.002:0): count=1\n", false),
            ("{\"v\":1}\n{\"v\":1}\n", false),
            ("type=SYSCALL \n", false),
            ("", false),
        ] {
            assert_eq!(shown(lines.as_bytes()) != lines, has, "{lines}");
        }
    }

    #[test]
    fn a_frame_has_a_header_and_a_fixed_size() {
        let frames = encoded(Protocol::Binary, EVENT);
        let shown: Vec<_> = frames
            .chunks(FRAME)
            .map(|frame| {
                let number = |at: usize| u32::from_ne_bytes(frame[at..at + 4].try_into().unwrap());
                let size = usize::try_from(number(12)).unwrap();
                assert_eq!((frame.len(), number(0), number(4)), (FRAME, 1, 16));
                assert!(frame[16 + size..].iter().all(|byte| *byte == 0));
                (number(8), String::from_utf8_lossy(&frame[16..16 + size]).into_owned())
            })
            .collect();
        let expected = [
            (1300, "node=web-1 type=SYSCALL msg=audit(1.002:3): arch=c000003e"),
            (1999, "node=web-1 type=UNKNOWN[1999] msg=audit(1.002:3): a=b"),
            (1320, "node=web-1 type=EOE msg=audit(1.002:3): "),
        ];
        assert_eq!(shown, expected.map(|(number, text)| (number, text.to_owned())));
    }

    #[test]
    fn text_too_long_for_a_frame_is_cut() {
        let long = [&b"type=CWD "[..], &[b'a'; 10_000]].concat();
        let frame = encoded(Protocol::Binary, &long);
        assert_eq!((frame.len(), &frame[16..], &frame[12..16]), (FRAME, &long[..TEXT], &8970_u32.to_ne_bytes()[..]));
    }

    proptest! {
        #[test]
        fn any_bytes_come_out_whole_or_in_whole_frames(text: Vec<u8>) {
            prop_assert_eq!(encoded(Protocol::Lines, &text), text.clone());
            prop_assert!(encoded(Protocol::Audispd, &text).starts_with(&text));
            prop_assert_eq!(encoded(Protocol::Binary, &text).len() % FRAME, 0);
        }
    }
}
