//! File types and permissions, octal (include/uapi/linux/stat.h).

use std::io::Write as _;

use super::number::octal;

/// `file,644`, `dir,sticky,777`. Without a type, as inodes of no file system have none, it is [`permissions`].
pub(super) fn file(value: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(mode) = octal(value).filter(|mode| *mode <= 0o177_777) else { return false };
    let kind = match mode & 0o170_000 {
        0 => return permissions(value, out),
        0o010_000 => "fifo",
        0o020_000 => "character",
        0o040_000 => "dir",
        0o060_000 => "block",
        0o100_000 => "file",
        0o120_000 => "link",
        0o140_000 => "socket",
        _ => return false,
    };
    out.extend_from_slice(kind.as_bytes());
    out.push(b',');
    special(mode, out);
    let _ = write!(out, "{:03o}", mode & 0o777);
    true
}

/// `suid,0755`; nothing where the number says all: `0644`.
pub(super) fn permissions(value: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(mode) = octal(value).filter(|mode| *mode <= 0o7777 && mode & 0o7000 != 0) else { return false };
    special(mode, out);
    let _ = write!(out, "0{:03o}", mode & 0o777);
    true
}

fn special(mode: u64, out: &mut Vec<u8>) {
    for (bit, name) in [(0o4000, "suid,"), (0o2000, "sgid,"), (0o1000, "sticky,")] {
        if mode & bit != 0 {
            out.extend_from_slice(name.as_bytes());
        }
    }
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
