//! Sets of flags → their names, joined by `|`; bits without a name come last, as one hex number.

use std::io::Write as _;

use oyez_tables::flags::Set;
use oyez_tables::value::List;

use super::COMMON;
use super::number::{hex, octal};
use crate::args::flags::{bits, write};

/// Flags of open(2): hex with `0x` in `MQ_OPEN` records, octal in `OPENAT2` ones (kernel/auditsc.c, `show_special`).
pub(super) fn open(value: &[u8], out: &mut Vec<u8>) -> bool {
    let number = if value.starts_with(b"0x") { hex(value) } else { octal(value) };
    number.is_some_and(|number| write(Set::Open, COMMON, number, out))
}

/// Flags of a message queue, in hex: `O_NONBLOCK` or none (`mq_getsetattr(2)`).
pub(super) fn queue(value: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    hex(value).is_some_and(|number| number != 0 && bits(Set::Open, COMMON, number, start, out))
}

/// Flags of mmap(2), in hex.
pub(super) fn map(value: &[u8], out: &mut Vec<u8>) -> bool {
    hex(value).is_some_and(|number| write(Set::Mmap, COMMON, number, out))
}

/// Flags of openat2(2), in hex.
pub(super) fn resolve(value: &[u8], out: &mut Vec<u8>) -> bool {
    hex(value).is_some_and(|number| number != 0 && names(List::ResolveFlag, number, false, out))
}

/// Appends the names of the flags in `number`, behind a first one if `follows`; `false` where nothing has a name.
pub(super) fn names(list: List, number: u64, follows: bool, out: &mut Vec<u8>) -> bool {
    let (mut follows, mut rest) = (follows, number);
    for (flag, name) in list.pairs().iter().filter(|(flag, _)| number & *flag != 0) {
        rest &= !*flag;
        if follows {
            out.push(b'|');
        }
        out.extend_from_slice(name.as_bytes());
        follows = true;
    }
    if rest != 0 {
        if follows {
            out.push(b'|');
        }
        let _ = write!(out, "{rest:#x}");
    }
    follows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(say: fn(&[u8], &mut Vec<u8>) -> bool, value: &str) -> String {
        let mut out = Vec::new();
        if say(value.as_bytes(), &mut out) { String::from_utf8(out).unwrap() } else { "-".to_owned() }
    }

    #[test]
    fn open_flags_are_hex_or_octal_as_they_are_written() {
        assert_eq!(said(open, "0x0"), "O_RDONLY");
        assert_eq!(said(open, "0x42"), "O_RDWR|O_CREAT");
        assert_eq!(said(open, "02000101"), "O_WRONLY|O_CREAT|O_CLOEXEC");
        assert_eq!(said(open, "04010000"), "O_RDONLY|O_SYNC");
        assert_eq!(said(open, "020200002"), "O_RDWR|O_TMPFILE");
        assert_eq!(said(open, "8"), "-");
    }

    #[test]
    fn map_flags_begin_with_the_kind() {
        assert_eq!(said(map, "0x22"), "MAP_PRIVATE|MAP_ANONYMOUS");
        assert_eq!(said(map, "0x100011"), "MAP_SHARED|MAP_FIXED|MAP_FIXED_NOREPLACE");
        assert_eq!(said(map, "0x7"), "-");
    }

    #[test]
    fn bits_without_a_name_come_last() {
        assert_eq!(said(resolve, "0x105"), "RESOLVE_NO_XDEV|RESOLVE_NO_SYMLINKS|0x100");
        assert_eq!(said(resolve, "0x0"), "-");
        assert_eq!(said(resolve, "0x100"), "-");
    }
}
