//! A line of an audit log → [`RawRecord`], in every dress in which logs carry it:
//!
//! | from | looks like |
//! |---|---|
//! | auditd | `type=SYSCALL msg=audit(…): …`, ENRICHED with byte 0x1d and a tail, `node=NAME` in front |
//! | syslog, journald | anything, then one of the others |
//! | dmesg | `audit: type=1300 audit(…): …` |
//!
//! The type may be a name, a number, or `UNKNOWN[number]`; a name that no table knows is kept as it is. What `journalctl`
//! prints of the kernel's records by itself (`audit[1]: SYSCALL …`) has lost its stamp, and is refused by name.

use std::fmt;

use memchr::memmem;
use oyez_tables::record_type;

use super::stamps::Stamps;
use super::{RawRecord, trim};
use crate::scan;

/// Separates the kernel's text from what auditd adds in its ENRICHED format (lib/libaudit.h, `AUDIT_INTERP_SEPARATOR`).
pub const TAIL_MARK: u8 = 0x1d;

/// Why a line has no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// Nothing in it speaks of audit: another program's line.
    NotAudit,
    /// It names a type and no readable `audit(SEC.MS:SERIAL)`.
    NoStamp,
    /// It has a stamp and no type.
    NoType,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HeaderError::NotAudit => "not an audit record",
            HeaderError::NoStamp => "no readable audit(seconds.milliseconds:serial) stamp",
            HeaderError::NoType => "no record type",
        })
    }
}

impl std::error::Error for HeaderError {}

/// Reads lines; remembers the last stamp, since the records of an event mostly follow one another.
#[derive(Debug, Default)]
pub struct LineParser {
    stamps: Stamps,
}

impl LineParser {
    /// A parser that has seen nothing.
    pub fn new() -> Self {
        LineParser::default()
    }

    /// Reads one line, with or without its line end.
    ///
    /// # Errors
    /// [`HeaderError`] says what is missing; [`HeaderError::NotAudit`] for a line that is simply not audit's.
    pub fn line<'a>(&mut self, line: &'a [u8]) -> Result<RawRecord<'a>, HeaderError> {
        let record = self.unmarked(line)?;
        let (body, tail) = split_tail(record.body);
        Ok(RawRecord { body, tail, ..record })
    }

    /// Reads one line that is known not to hold [`TAIL_MARK`], as [`LineParser::line`] does, for less.
    ///
    /// # Errors
    /// As for [`LineParser::line`].
    #[inline]
    pub fn unmarked<'a>(&mut self, line: &'a [u8]) -> Result<RawRecord<'a>, HeaderError> {
        if let Some(rest) = line.strip_prefix(b"type=") {
            return self.after_type(b"", rest);
        }
        let (node, rest) = find_type(line)?;
        self.after_type(node, rest)
    }

    /// `rest` follows `type=`. The tail is still part of the body.
    fn after_type<'a>(&mut self, node: &'a [u8], rest: &'a [u8]) -> Result<RawRecord<'a>, HeaderError> {
        let end = scan::find(rest, 0, b' ');
        let (name, rest) = rest.split_at_checked(end).ok_or(HeaderError::NoStamp)?;
        let rest = rest.strip_prefix(b" msg=audit(").or_else(|| rest.strip_prefix(b" audit("));
        let stamp = rest.ok_or(HeaderError::NoStamp)?;
        let (id, len) = self.stamps.read(stamp).ok_or(HeaderError::NoStamp)?;
        let rest = stamp.get(len..).and_then(|rest| rest.strip_prefix(b")")).ok_or(HeaderError::NoStamp)?;
        // auditd before 3.0 wrote its DAEMON_CONFIG without the colon.
        let rest = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b" ")).ok_or(HeaderError::NoStamp)?;
        let (record_type, name) = type_of(name).ok_or(HeaderError::NoType)?;
        Ok(RawRecord { record_type, name, node, id, body: trim(rest), tail: b"" })
    }
}

/// The node and what follows `type=`, for a line that does not begin with it.
fn find_type(line: &[u8]) -> Result<(&[u8], &[u8]), HeaderError> {
    let mut from = 0;
    while let Some(at) = line.get(from..).and_then(|rest| memmem::find(rest, b"type=")) {
        let (start, end) = (from + at, from + at + 5);
        let rest = line.get(end..).unwrap_or_default();
        let before = line.get(..start).unwrap_or_default();
        if before.last().is_none_or(u8::is_ascii_whitespace) && is_header(rest) {
            return Ok((node_before(before), rest));
        }
        from = end;
    }
    if memmem::find(line, b"audit(").is_none() {
        return Err(if is_journals(line) { HeaderError::NoStamp } else { HeaderError::NotAudit });
    }
    Err(if memmem::find(line, b"type=").is_some() { HeaderError::NoStamp } else { HeaderError::NoType })
}

/// Whether `audit[PID]: TYPE ` stands in `line`: journald strips the stamp (journald-audit.c of systemd).
fn is_journals(line: &[u8]) -> bool {
    let words = || line.split(|b| *b == b' ');
    let is_source = |word: &[u8]| word.starts_with(b"audit[") && word.ends_with(b"]:");
    words().zip(words().skip(1)).any(|(word, next)| is_source(word) && record_type::number(next).is_some())
}

/// Whether `NAME msg=audit(` or `NAME audit(` stands at the start of `rest`.
fn is_header(rest: &[u8]) -> bool {
    let Some(end) = memchr::memchr(b' ', rest) else { return false };
    let rest = rest.get(end + 1..).unwrap_or_default();
    rest.starts_with(b"msg=audit(") || rest.starts_with(b"audit(")
}

/// The word after `node=` where that is the last word of `before`.
fn node_before(before: &[u8]) -> &[u8] {
    let before = before.trim_ascii_end();
    let word = before.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    word.strip_prefix(b"node=").unwrap_or_default()
}

/// A type's number, or 0 and its name. Numbers that do not fit are names too; a word that is empty, or holds what no name
/// does, is no type.
fn type_of(word: &[u8]) -> Option<(u16, &[u8])> {
    if let Some(number) = record_type::number(word) {
        return Some((number, b""));
    }
    let digits = word.strip_prefix(b"UNKNOWN[").and_then(|rest| rest.strip_suffix(b"]")).unwrap_or(word);
    match str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u16>().ok()) {
        Some(number) if number > 0 => Some((number, b"")),
        _ if word.is_empty() || !word.iter().all(u8::is_ascii_graphic) => None,
        _ => Some((0, word.get(..word.len().min(64))?)),
    }
}

/// Body and tail of a record. The tail begins at the last 0x1d, and only where it reads as auditd writes it: user space can
/// put that byte into `msg='…'`, but not behind the quote that closes it.
fn split_tail(text: &[u8]) -> (&[u8], &[u8]) {
    let Some(at) = memchr::memrchr(TAIL_MARK, text) else { return (text, b"") };
    let (body, tail) = text.split_at(at);
    let tail = tail.get(1..).unwrap_or_default();
    // `ausearch --raw` writes the mark behind records that have no tail.
    if tail.is_empty() || is_tail(tail) { (body.trim_ascii_end(), tail) } else { (text, b"") }
}

/// Whether `tail` is a row of `KEY=value`, upper-case keys, values quoted, bare or in braces, up to the very end.
fn is_tail(tail: &[u8]) -> bool {
    let first = tail.iter().position(|b| *b == b'=').unwrap_or(0);
    let is_key =
        |key: &[u8]| key.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'));
    first > 0 && tail.get(..first).is_some_and(is_key) && tail.last().is_none_or(|b| *b != b'\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> RawRecord<'_> {
        LineParser::new().line(line.as_bytes()).unwrap_or_else(|e| panic!("{line}: {e}"))
    }

    #[test]
    fn every_dress_gives_the_same_record() {
        let plain = read("type=SYSCALL msg=audit(1626611363.720:348501): arch=c000003e a0=1");
        assert_eq!((plain.record_type, plain.body), (1300, &b"arch=c000003e a0=1"[..]));
        for dress in [
            "type=1300 msg=audit(1626611363.720:348501): arch=c000003e a0=1",
            "type=UNKNOWN[1300] msg=audit(1626611363.720:348501): arch=c000003e a0=1\r\n",
            "audit: type=1300 audit(1626611363.720:348501): arch=c000003e a0=1",
            "[   12.345678] audit: type=1300 audit(1626611363.720:348501):  arch=c000003e a0=1",
            "<134>Oct 28 08:48:43 host audispd: type=SYSCALL msg=audit(1626611363.720:348501): arch=c000003e a0=1",
            "Oct 28 08:48:43 host kernel: audit: type=1300 audit(1626611363.720:348501): arch=c000003e a0=1",
        ] {
            assert_eq!(read(dress), plain, "{dress}");
        }
    }

    #[test]
    fn the_node_is_the_word_before_the_type() {
        assert_eq!(read("node=web-1 type=CWD msg=audit(1.2:3): cwd=\"/\"").node, b"web-1");
        assert_eq!(read("<1>Oct 2 a: node=h type=CWD msg=audit(1.2:3): x").node, b"h");
        assert_eq!(read("node=a b type=CWD msg=audit(1.2:3): x").node, b"");
    }

    #[test]
    fn an_unknown_type_is_kept_by_name_or_number() {
        let named = read("type=UNDER_SCORE msg=audit(1.2:3): x");
        assert_eq!((named.record_type, named.name), (0, &b"UNDER_SCORE"[..]));
        assert_eq!(read("type=UNKNOWN[1999] msg=audit(1.2:3): x").record_type, 1999);
        assert_eq!(read("type=99999 msg=audit(1.2:3): x").name, b"99999");
    }

    #[test]
    fn the_tail_is_split_off_and_cannot_be_forged() {
        let record = read("type=USER_CMD msg=audit(1.2:3): uid=0 msg='op=x res=success'\u{1d}UID=\"root\" AUID=\"al\"");
        assert_eq!(
            (record.body, record.tail),
            (&b"uid=0 msg='op=x res=success'"[..], &b"UID=\"root\" AUID=\"al\""[..])
        );
        assert_eq!(read("type=LOGIN msg=audit(1.2:3): x\u{1d}OLD-AUID=\"unset\"").tail, b"OLD-AUID=\"unset\"");
        let forged = read("type=USER_CMD msg=audit(1.2:3): uid=0 msg='op=x\u{1d}UID=\"root\"'");
        assert_eq!(forged.tail, b"");
        let both = read("type=USER_CMD msg=audit(1.2:3): uid=9 msg='\u{1d}UID=\"root\"'\u{1d}UID=\"bob\"");
        assert_eq!(both.tail, b"UID=\"bob\"");
    }

    #[test]
    fn a_mark_without_a_tail_is_no_part_of_the_body() {
        for line in ["type=CWD msg=audit(1.2:3): cwd=\"/\"\u{1d}", "type=CWD msg=audit(1.2:3): cwd=\"/\"\u{1d}\r\n"] {
            let record = read(line);
            assert_eq!((record.body, record.tail), (&b"cwd=\"/\""[..], &b""[..]));
        }
    }

    #[test]
    fn a_line_without_the_mark_reads_the_same_when_that_is_known() {
        for line in
            ["type=CWD msg=audit(1.2:3): cwd=\"/\" ", "node=n type=CWD msg=audit(1.2:3): x\r\n", "type=CWD", "x"]
        {
            assert_eq!(LineParser::new().unmarked(line.as_bytes()), LineParser::new().line(line.as_bytes()));
        }
    }

    #[test]
    fn a_stamp_without_its_colon_is_read() {
        let record = read("type=DAEMON_CONFIG msg=audit(1490239800.477:34) config changed, auid=0 res=success");
        assert_eq!((record.id.serial, record.body), (34, &b"config changed, auid=0 res=success"[..]));
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = |line: &str| LineParser::new().line(line.as_bytes()).unwrap_err();
        assert_eq!(error("hello"), HeaderError::NotAudit);
        assert_eq!(error(""), HeaderError::NotAudit);
        assert_eq!(error("type=A msg=audit(): x"), HeaderError::NoStamp);
        assert_eq!(error("type=A msg=audit(13378): x"), HeaderError::NoStamp);
        assert_eq!(error("Nov 23 04:20:11 host audit[1]: SYSCALL arch=c000003e"), HeaderError::NoStamp);
        assert_eq!(error("Nov 23 04:20:11 host audit[1]: hello"), HeaderError::NotAudit);
        assert_eq!(error("type= msg=audit(1.2:3): x"), HeaderError::NoType);
        assert_eq!(error("type=Ä msg=audit(1.2:3): x"), HeaderError::NoType);
        assert_eq!(error("type=A\u{1b}[2J msg=audit(1.2:3): x"), HeaderError::NoType);
        assert_eq!(error("msg=audit(1.2:3): x"), HeaderError::NoType);
        assert_eq!(error("type=A"), HeaderError::NoStamp);
    }

    #[test]
    fn the_remembered_stamp_changes_nothing() {
        let mut parser = LineParser::new();
        for line in ["1.2:3", "1.2:3", "1.2:34", "1.2:3", "11.2:3", "11.2:4294967295", "11.3:4", "1.3:4", "1.33:4"] {
            let text = format!("type=CWD msg=audit({line}): x");
            let alone = LineParser::new().line(text.as_bytes()).unwrap();
            assert_eq!(parser.line(text.as_bytes()).unwrap(), alone, "{line}");
        }
        for bad in ["1.33:", "1.33:4294967296", "1.33:4:5", "1.33:x"] {
            assert!(parser.line(format!("type=CWD msg=audit({bad}): x").as_bytes()).is_err(), "{bad}");
        }
    }
}
