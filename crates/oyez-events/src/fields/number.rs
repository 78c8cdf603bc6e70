//! Keys with numbers in them are parsed, not listed: `a0`, `a12[3]`, `a1_len` (kernel/auditsc.c, `audit_log_execve_info`).

use super::FieldKey;

/// What the key `name` says of an argument; `None` for any other key.
pub(super) fn argument(name: &[u8]) -> Option<FieldKey> {
    let (index, rest) = digits(name.strip_prefix(b"a")?)?;
    if rest.is_empty() {
        return Some(FieldKey::Arg(index));
    }
    if rest == b"_len" {
        return Some(FieldKey::ArgLen(index));
    }
    let (piece, rest) = digits(rest.strip_prefix(b"[")?)?;
    (rest == b"]").then_some(FieldKey::ArgPiece(index, piece))
}

/// The decimal number in front, without leading zeros, and what follows it.
fn digits(text: &[u8]) -> Option<(u32, &[u8])> {
    let len = text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(len);
    if number.len() > 1 && number.first() == Some(&b'0') {
        return None;
    }
    Some((str::from_utf8(number).ok()?.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_keys_are_read_and_others_left() {
        assert_eq!(argument(b"a0"), Some(FieldKey::Arg(0)));
        assert_eq!(argument(b"a12[3]"), Some(FieldKey::ArgPiece(12, 3)));
        assert_eq!(argument(b"a1_len"), Some(FieldKey::ArgLen(1)));
        for other in ["a", "argc", "a01", "a1[", "a1[x]", "a1[2]x", "a1_le", "b1", "a4294967296", ""] {
            assert_eq!(argument(other.as_bytes()), None, "{other}");
        }
    }
}
