//! File types and permissions, octal (include/uapi/linux/stat.h).

use super::number::octal;
use crate::args;

/// The types that there are (`S_IFIFO` to `S_IFSOCK`).
const TYPES: [u32; 7] = [0o010_000, 0o020_000, 0o040_000, 0o060_000, 0o100_000, 0o120_000, 0o140_000];

/// `file,644`, `dir,sticky,777`. Without a type, as inodes of no file system have none, it is [`permissions`].
pub(super) fn file(value: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(mode) = octal(value).and_then(|mode| u32::try_from(mode).ok()) else { return false };
    match mode & !0o7777 {
        0 => permissions(value, out),
        kind if TYPES.contains(&kind) => {
            args::mode::mode(mode, out);
            true
        }
        _ => false,
    }
}

/// `suid,0755`; nothing where the number says all: `0644`.
pub(super) fn permissions(value: &[u8], out: &mut Vec<u8>) -> bool {
    let mode = octal(value).filter(|mode| *mode <= 0o7777 && mode & 0o7000 != 0);
    let Some(mode) = mode.and_then(|mode| u32::try_from(mode).ok()) else { return false };
    args::mode::permissions(mode, out);
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
    fn modes_are_told_as_type_and_permissions() {
        let known = [
            ("0100644", "file,644"),
            ("041777", "dir,sticky,777"),
            ("0106755", "file,suid,sgid,755"),
            ("0140777", "socket,777"),
            ("0120777", "link,777"),
            ("020620", "character,620"),
            ("060660", "block,660"),
            ("010600", "fifo,600"),
            ("0100000", "file,000"),
        ];
        for (value, text) in known {
            assert_eq!(said(file, value), text);
        }
    }

    #[test]
    fn permissions_are_told_where_the_number_does_not() {
        assert_eq!(said(permissions, "01777"), "sticky,0777");
        assert_eq!(said(permissions, "04755"), "suid,0755");
        for value in ["0644", "0", "017777", "?", "8"] {
            assert_eq!(said(permissions, value), "-");
        }
        assert_eq!(said(file, "0600"), "-");
        assert_eq!(said(file, "0170644"), "-");
        assert_eq!(said(file, "0200644"), "-");
    }
}
