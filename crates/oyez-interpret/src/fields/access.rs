//! Kinds of access: the bits of an audit rule, the letters of `AppArmor`.

use oyez_tables::value::List;

use super::number::unsigned;

/// Bits of `AUDIT_PERM_*` in the order of auditctl's `-p rwxa`, and their names.
const ORDER: [u64; 4] = [4, 2, 1, 8];

/// `read,write` of `6`; none at all means all to the kernel (include/uapi/linux/audit.h, `AUDIT_PERM_*`; kernel/auditsc.c,
/// `audit_match_perm`).
pub(super) fn rule(value: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(bits) = unsigned(value).filter(|bits| *bits < 16) else { return false };
    let bits = if bits == 0 { 15 } else { bits };
    join(ORDER.iter().filter(|bit| bits & **bit != 0).filter_map(|bit| List::Access.name(*bit)), out);
    true
}

/// `read,write` of `rw`: letters of access to files (security/apparmor/lib.c, `aa_file_perm_chrs`). Accesses to other things
/// are words, each with a letter that is none of these.
pub(super) fn letters(value: &[u8], out: &mut Vec<u8>) -> bool {
    if value.is_empty() || !value.iter().all(|byte| letter(*byte).is_some()) {
        return false;
    }
    join(value.iter().filter_map(|byte| letter(*byte)), out);
    true
}

fn letter(byte: u8) -> Option<&'static str> {
    Some(match byte {
        b'x' => "exec",
        b'w' => "write",
        b'r' => "read",
        b'a' => "append",
        b'c' => "create",
        b'd' => "delete",
        b'k' => "lock",
        b'm' => "mmap",
        b'l' => "link",
        _ => return None,
    })
}

fn join(words: impl Iterator<Item = &'static str>, out: &mut Vec<u8>) {
    for (place, word) in words.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        out.extend_from_slice(word.as_bytes());
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
    fn rules_watch_for_accesses() {
        assert_eq!(said(rule, "0"), "read,write,exec,attr");
        assert_eq!(said(rule, "6"), "read,write");
        assert_eq!(said(rule, "9"), "exec,attr");
        for value in ["16", "", "rw", "-1"] {
            assert_eq!(said(rule, value), "-");
        }
    }

    #[test]
    fn letters_are_told_from_words() {
        assert_eq!(said(letters, "r"), "read");
        assert_eq!(said(letters, "wc"), "write,create");
        assert_eq!(said(letters, "mr"), "mmap,read");
        let words =
            ["", "send", "receive", "create", "bind", "listen", "accept", "connect", "shutdown", "read", "trace"];
        for value in words.into_iter().chain(["getattr", "setattr", "getopt", "setopt", "readby", "tracedby", "r::"]) {
            assert_eq!(said(letters, value), "-");
        }
    }
}
