//! Numbers as C's `strtol` with base 0 reads them: decimal, `0x`, or octal with a leading `0`.

/// What `strtol` finds in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// The number as the kernel gets it: negative ones as two's complement.
    pub(super) value: u32,
    /// Whether the value ends behind it.
    pub(super) whole: bool,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoNumber {
    /// It starts with no digit, nor with a digit behind `-`.
    NotANumber,
    /// It does not fit 32 bits.
    TooLarge,
}

/// The number that `text` starts with.
pub(super) fn parse(text: &[u8]) -> Result<Number, NoNumber> {
    let (negative, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
    if !digits.first().is_some_and(u8::is_ascii_digit) {
        return Err(NoNumber::NotANumber);
    }
    let (radix, digits) = match digits {
        [b'0', b'x' | b'X', first, ..] if first.is_ascii_hexdigit() => (16, &digits[2..]),
        [b'0', ..] => (8, digits),
        _ => (10, digits),
    };
    let len = digits.iter().take_while(|digit| char::from(**digit).is_digit(radix)).count();
    let mut value = 0_i64;
    for digit in &digits[..len] {
        value = value * i64::from(radix) + i64::from(char::from(*digit).to_digit(radix).unwrap_or(0));
        if value > i64::from(u32::MAX) {
            return Err(NoNumber::TooLarge);
        }
    }
    let value = if negative { i32::try_from(-value).map(i32::cast_unsigned) } else { u32::try_from(value) };
    Ok(Number { value: value.map_err(|_| NoNumber::TooLarge)?, whole: len == digits.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        let whole = |value| Ok(Number { value, whole: true });
        let part = |value| Ok(Number { value, whole: false });
        let cases = [
            ("0", whole(0)),
            ("1000", whole(1000)),
            ("010", whole(8)),
            ("0x1F", whole(31)),
            ("-1", whole(u32::MAX)),
            ("4294967295", whole(u32::MAX)),
            ("-2147483648", whole(0x8000_0000)),
            ("12a", part(12)),
            ("09", part(0)),
            ("0x", part(0)),
            ("4294967296", Err(NoNumber::TooLarge)),
            ("-2147483649", Err(NoNumber::TooLarge)),
            ("99999999999999999999999999", Err(NoNumber::TooLarge)),
            ("", Err(NoNumber::NotANumber)),
            ("-", Err(NoNumber::NotANumber)),
            ("+1", Err(NoNumber::NotANumber)),
            ("x1", Err(NoNumber::NotANumber)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
    }
}
