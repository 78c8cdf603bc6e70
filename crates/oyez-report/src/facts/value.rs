//! Values as records write them → text in one buffer, and numbers.

use std::io::Write as _;
use std::net::IpAddr;

use oyez_events::decode;
use oyez_events::decode::sockaddr::{self, Part};
use oyez_events::fields::Form;

use crate::MAX_KEY;

/// Between the keys of one record, in its hex: `AUDIT_KEY_SEPARATOR` (libaudit.h).
const KEY_SEPARATOR: u8 = 1;
/// `__AUDIT_ARCH_LE` (linux/audit.h): the architecture is little endian.
const LITTLE_ENDIAN: u32 = 0x4000_0000;

/// Where a text lies in its [`Text`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

/// What a socket address names.
pub(super) enum Place {
    Host(Span),
    File(Span),
}

/// Decoded texts, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Text {
    bytes: Vec<u8>,
    scratch: Vec<u8>,
}

impl Text {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }

    pub(super) fn get(&self, span: Span) -> &[u8] {
        self.bytes.get(span.start..span.end).unwrap_or_default()
    }

    /// The value as it stands.
    pub(super) fn plain(&mut self, value: &[u8]) -> Span {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(value);
        Span { start, end: self.bytes.len() }
    }

    /// The value of an untrusted string. What stands for nothing (`(null)`, `?`) is counted under that name.
    pub(super) fn decoded(&mut self, value: &[u8], form: Form) -> Span {
        let start = self.bytes.len();
        if form == Form::Bare && decode::hex(value, &mut self.scratch) {
            self.bytes.extend_from_slice(&self.scratch);
        } else {
            self.bytes.extend_from_slice(value);
        }
        Span { start, end: self.bytes.len() }
    }

    /// The keys of a rule, of which a record may have several; `(null)` is none.
    pub(super) fn keys(&mut self, value: &[u8], form: Form, keys: &mut Vec<Span>) {
        if value == b"(null)" {
            return;
        }
        let whole = self.decoded(value, form);
        let mut start = whole.start;
        while start < whole.end {
            let rest = self.get(Span { start, end: whole.end });
            let len = rest.iter().position(|byte| *byte == KEY_SEPARATOR).unwrap_or(rest.len());
            if len > 0 {
                keys.push(Span { start, end: start + len });
            }
            start += len + 1;
        }
    }

    /// A path that begins with `./` or `..`, behind the directory it starts from; of that no more than a key keeps.
    pub(super) fn absolute(&mut self, path: Span, cwd: Option<Span>) -> Span {
        let is_relative = matches!(self.get(path), [b'.', b'.' | b'/', ..]);
        let (true, Some(cwd)) = (is_relative, cwd) else { return path };
        let start = self.bytes.len();
        self.bytes.extend_from_within(cwd.start..cwd.end.min(cwd.start + MAX_KEY));
        self.bytes.push(b'/');
        self.bytes.extend_from_within(path.start..path.end);
        Span { start, end: self.bytes.len() }
    }

    /// The host or the file of a `struct sockaddr` in hex; `None` for other families and for names that are empty.
    pub(super) fn address(&mut self, value: &[u8], big_endian: bool) -> Option<Place> {
        let Text { bytes, scratch } = self;
        if !decode::hex(value, scratch) {
            return None;
        }
        let (start, mut is_host) = (bytes.len(), false);
        sockaddr::decode(scratch, big_endian).parts(&mut |name, part| match (name, part) {
            ("addr", Part::Ip(addr)) if bytes.len() == start => {
                is_host = true;
                write_address(bytes, addr);
            }
            ("path", Part::Text(path)) if bytes.len() == start => bytes.extend_from_slice(path),
            ("abstract", Part::Text(name)) if bytes.len() == start && !name.is_empty() => {
                bytes.push(b'@');
                bytes.extend_from_slice(name);
            }
            _ => {}
        });
        let span = Span { start, end: bytes.len() };
        (span.end > start).then_some(if is_host { Place::Host(span) } else { Place::File(span) })
    }
}

fn write_address(out: &mut Vec<u8>, addr: IpAddr) {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{addr}");
}

/// A decimal number of 32 bits; -1 is `u32::MAX`, as older kernels print it.
pub(super) fn id(value: &[u8]) -> Option<u32> {
    if value == b"-1" {
        return Some(u32::MAX);
    }
    let add = |sum: u32, byte: &u8| match byte {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u32::from(byte - b'0')),
        _ => None,
    };
    value.first()?;
    value.iter().try_fold(0, add)
}

/// A decimal number with a sign.
pub(super) fn signed(value: &[u8]) -> Option<i64> {
    str::from_utf8(value).ok()?.parse().ok()
}

/// The architecture's number in hex (`AUDIT_ARCH_…`).
pub(super) fn arch(value: &[u8]) -> Option<u32> {
    u32::from_str_radix(str::from_utf8(value).ok()?, 16).ok()
}

pub(super) fn is_big_endian(arch: u32) -> bool {
    arch & LITTLE_ENDIAN == 0
}

/// auditd writes `addr=ADDRESS:PORT` of those that send it records (`DAEMON_ACCEPT`, `DAEMON_CLOSE`); what has more colons is an
/// address of IPv6.
pub(super) fn without_port(number: u16, value: &[u8]) -> &[u8] {
    let mut parts = value.split(|byte| *byte == b':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(address), Some(_), None) if (1200..1300).contains(&number) => address,
        _ => value,
    }
}
