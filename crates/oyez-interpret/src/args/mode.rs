//! Permissions and types of files → `0644`, `suid,0755`, `file,644`.
//!
//! Spelt as `ausearch -i` spells them: the special bits as words before the octal digits; with a type, three digits follow.

use oyez_tables::flags::{Group, Set};

use super::Call;
use super::flags::{bits, print, push};

/// The bits of a mode that say the file's type (`S_IFMT`, linux/stat.h).
const TYPE: u32 = 0o170_000;
/// `O_CREAT`, alike on all architectures that have a group (asm-generic/fcntl.h).
const CREATE: u64 = 0o100;
/// `__O_TMPFILE`, likewise.
const TEMPORARY: u64 = 0o20_000_000;

/// Appends a mode with its type, as `ausearch` writes it: `file,suid,755`, `directory,755`, `character,620`. Without a type
/// that is known its bits come first, in octal.
pub(crate) fn mode(mode: u32, out: &mut Vec<u8>) {
    match type_name(mode) {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => print(out, format_args!("{:03o}", (mode & TYPE) >> 12)),
    }
    special(mode, b",", out);
    print(out, format_args!(",{:03o}", mode & 0o777));
}

/// Appends permissions without a type: `0644`, `suid,sgid,sticky,0755`.
pub(crate) fn permissions(mode: u32, out: &mut Vec<u8>) {
    let start = out.len();
    special(mode, b",", out);
    if out.len() > start {
        out.remove(start);
        out.push(b',');
    }
    print(out, format_args!("0{:03o}", mode & 0o777));
}

fn type_name(mode: u32) -> Option<&'static str> {
    Some(match mode & TYPE {
        0o010_000 => "fifo",
        0o020_000 => "character",
        0o040_000 => "dir",
        0o060_000 => "block",
        0o100_000 => "file",
        0o120_000 => "link",
        0o140_000 => "socket",
        _ => return None,
    })
}

/// Appends each special bit's name behind `before`.
fn special(mode: u32, before: &[u8], out: &mut Vec<u8>) {
    for (bit, name) in [(0o4000, "suid"), (0o2000, "sgid"), (0o1000, "sticky")] {
        if mode & bit != 0 {
            out.extend_from_slice(before);
            out.extend_from_slice(name.as_bytes());
        }
    }
}

/// The mode of `chmod`, `mkdir`, `creat` and `umask`, which are 16 bits (`umode_t`).
pub(super) fn of_call(value: u64, out: &mut Vec<u8>) -> bool {
    permissions(super::low(value) & 0xffff, out);
    true
}

/// The mode of `mknod`; without a type the kernel makes a regular file.
pub(super) fn node(value: u64, out: &mut Vec<u8>) -> bool {
    let value = super::low(value) & 0xffff;
    if value & TYPE == 0 {
        mode(value | 0o100_000, out);
    } else {
        mode(value, out);
    }
    true
}

/// The mode behind the flags of `open`: read only where they make a file.
pub(super) fn created(call: &Call, index: usize, value: u64, out: &mut Vec<u8>) -> bool {
    let flags = index.checked_sub(1).and_then(|before| call.args.get(before).copied().flatten()).unwrap_or_default();
    flags & (CREATE | TEMPORARY) != 0 && of_call(value, out)
}

/// Flags of `set` and, behind them, permissions of nine bits: `IPC_CREAT|0600`.
pub(super) fn with_flags(set: Set, group: Group, value: u64, out: &mut Vec<u8>) -> bool {
    let (value, start) = (u64::from(super::low(value)), out.len());
    bits(set, group, value & !0o777, start, out);
    push("", start, out);
    print(out, format_args!("0{:03o}", value & 0o777));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_have_types_and_special_bits() {
        for (value, text) in [
            (0o100_644, "file,644"),
            (0o104_755, "file,suid,755"),
            (0o041_777, "dir,sticky,777"),
            (0o020_620, "character,620"),
            (0o142_777, "socket,sgid,777"),
            (0o644, "000,644"),
        ] {
            let mut out = Vec::new();
            mode(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }

    #[test]
    fn permissions_have_four_digits() {
        for (value, text) in [(0, "0000"), (0o644, "0644"), (0o7755, "suid,sgid,sticky,0755"), (0o1777, "sticky,0777")]
        {
            let mut out = b"x".to_vec();
            permissions(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("x{text}"));
        }
    }
}
