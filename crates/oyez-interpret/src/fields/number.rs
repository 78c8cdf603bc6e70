//! Numbers as records write them: decimal, hex with or without `0x`, octal with or without a leading zero.
//!
//! What is no number, has a foreign digit, or does not fit is refused.

/// A decimal number, with or without a minus sign.
pub(super) fn decimal(text: &[u8]) -> Option<i64> {
    str::from_utf8(text).ok().filter(|text| !text.starts_with('+'))?.parse().ok()
}

/// A decimal number without a sign.
pub(super) fn unsigned(text: &[u8]) -> Option<u64> {
    radix(text, 10)
}

/// A hex number, with or without `0x`.
pub(super) fn hex(text: &[u8]) -> Option<u64> {
    radix(text.strip_prefix(b"0x").unwrap_or(text), 16)
}

/// An octal number.
pub(super) fn octal(text: &[u8]) -> Option<u64> {
    radix(text, 8)
}

fn radix(text: &[u8], radix: u32) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |sum, byte| {
        let digit = char::from(*byte).to_digit(radix)?;
        sum.checked_mul(u64::from(radix))?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_their_base() {
        assert_eq!(decimal(b"-13"), Some(-13));
        assert_eq!(unsigned(b"4294967295"), Some(4_294_967_295));
        assert_eq!(hex(b"0x7ffc0000"), Some(0x7ffc_0000));
        assert_eq!(hex(b"c000003E"), Some(0xc000_003e));
        assert_eq!(octal(b"0100644"), Some(0o100_644));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [&b""[..], b"-", b"+1", b" 1", b"1 ", b"?", b"99999999999999999999"] {
            assert_eq!((decimal(text), unsigned(text)), (None, None), "{text:?}");
        }
        assert_eq!(unsigned(b"-1"), None);
        assert_eq!(hex(b"0x"), None);
        assert_eq!(hex(b"1ffffffffffffffff"), None);
        assert_eq!(octal(b"8"), None);
    }
}
