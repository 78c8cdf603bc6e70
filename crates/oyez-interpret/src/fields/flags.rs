//! Sets of flags → their names, joined by `|`; bits without a name come last, as one hex number.

use std::io::Write as _;

use oyez_tables::value::List;

use super::number::{hex, octal};

/// What tells reading from writing (`O_ACCMODE`, include/uapi/asm-generic/fcntl.h).
const ACCESS_MODE: u64 = 3;
/// What tells shared mappings from private ones (`MAP_TYPE`, include/uapi/linux/mman.h).
const MAP_TYPE: u64 = 0xf;

/// Flags of open(2): hex with `0x` in `MQ_OPEN` records, octal in `OPENAT2` ones (kernel/auditsc.c, `show_special`). Bits as
/// on most architectures; alpha, arm, mips, parisc, powerpc and sparc have some elsewhere.
pub(super) fn open(value: &[u8], out: &mut Vec<u8>) -> bool {
    let number = if value.starts_with(b"0x") { hex(value) } else { octal(value) };
    let Some(number) = number else { return false };
    match number & ACCESS_MODE {
        0 => out.extend_from_slice(b"O_RDONLY"),
        1 => out.extend_from_slice(b"O_WRONLY"),
        2 => out.extend_from_slice(b"O_RDWR"),
        // Neither, for ioctl(2) alone (open(2)).
        _ => out.extend_from_slice(b"O_ACCMODE"),
    }
    names(List::OpenFlag, number & !ACCESS_MODE, b'|', true, out)
}

/// Flags of a message queue, in hex: `O_NONBLOCK` or none (`mq_getsetattr(2)`).
pub(super) fn queue(value: &[u8], out: &mut Vec<u8>) -> bool {
    hex(value).is_some_and(|number| number != 0 && names(List::OpenFlag, number, b'|', false, out))
}

/// Flags of mmap(2), in hex. Bits as on most architectures; alpha, mips, parisc, powerpc, sparc and xtensa have some elsewhere.
pub(super) fn map(value: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(number) = hex(value) else { return false };
    let kind = match number & MAP_TYPE {
        0 => "MAP_FILE",
        1 => "MAP_SHARED",
        2 => "MAP_PRIVATE",
        3 => "MAP_SHARED_VALIDATE",
        _ => return false,
    };
    out.extend_from_slice(kind.as_bytes());
    names(List::MapFlag, number & !MAP_TYPE, b'|', true, out)
}

/// Flags of openat2(2), in hex.
pub(super) fn resolve(value: &[u8], out: &mut Vec<u8>) -> bool {
    hex(value).is_some_and(|number| number != 0 && names(List::ResolveFlag, number, b'|', false, out))
}

/// Appends the names of the flags in `number`, behind a first one if `follows`. A flag that is part of a greater one that is
/// there is not named: `O_SYNC` holds `O_DSYNC`.
pub(super) fn names(list: List, number: u64, separator: u8, follows: bool, out: &mut Vec<u8>) -> bool {
    let mut follows = follows;
    let mut rest = number;
    for (flag, name) in list.pairs() {
        let is_part =
            |(other, _): &(u64, &str)| *other != *flag && *other & *flag == *flag && number & *other == *other;
        if number & *flag != *flag || *flag == 0 {
            continue;
        }
        rest &= !*flag;
        if list.pairs().iter().any(is_part) {
            continue;
        }
        if follows {
            out.push(separator);
        }
        out.extend_from_slice(name.as_bytes());
        follows = true;
    }
    if rest != 0 {
        if follows {
            out.push(separator);
        }
        let _ = write!(out, "{rest:#x}");
    }
    true
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
    }
}
