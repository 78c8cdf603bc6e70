//! Decimal text → a JSON number, copied where it is one already.

use oyez_events::decode::Decimal;

use super::out::Out;

/// Whether `text` is a whole number as JSON writes it (no `+`, no leading zero) and fits into 64 bits.
#[inline]
pub(crate) fn is_number(text: &[u8]) -> bool {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [] | [b'0', _, ..] => false,
        [b'0'] if negative => false,
        _ if digits.len() < 19 => all_digits(digits),
        _ if negative => str::from_utf8(text).is_ok_and(|text| text.parse::<i64>().is_ok()),
        _ => str::from_utf8(text).is_ok_and(|text| !text.starts_with('+') && text.parse::<u64>().is_ok()),
    }
}

/// Whether there are only digits, four bytes at a step where there are four.
#[inline]
fn all_digits(digits: &[u8]) -> bool {
    let mut chunks = digits.chunks_exact(4);
    let four = |chunk: &[u8]| chunk.first_chunk::<4>().is_some_and(|chunk| are_digits(u32::from_le_bytes(*chunk)));
    chunks.all(four) && chunks.remainder().iter().all(u8::is_ascii_digit)
}

/// Whether each of the four bytes is `0`–`9`: the high half is 3, and adding 6 does not change it.
#[inline]
fn are_digits(word: u32) -> bool {
    word & 0xf0f0_f0f0 == 0x3030_3030 && word.wrapping_add(0x0606_0606) & 0xf0f0_f0f0 == 0x3030_3030
}

/// A number of at most nine digits.
#[inline]
pub(crate) fn small(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0u32, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
}

/// Reads what is known to be up to 16 hexadecimal digits.
pub(crate) fn hexadecimal(digits: &[u8]) -> u64 {
    // Letters have bit 6, and 1 in their low half for a ten.
    digits.iter().fold(0, |value, byte| value << 4 | u64::from((byte & 15) + 9 * (byte >> 6)))
}

/// Reads an id: any decimal number of 32 bits.
pub(crate) fn id(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 10 {
        return None;
    }
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    text.iter().try_fold(0u32, |value, byte| value.checked_mul(10)?.checked_add(digit(*byte)?))
}

/// Appends `value` in decimal.
pub(crate) fn decimal(out: &mut Out, value: u64) {
    let text = Decimal::new(value);
    if let Some(chunk) = text.chunk() {
        out.chunk(chunk, text.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_of_64_bits_are_numbers() {
        for number in
            ["0", "7", "-1", "18446744073709551615", "-9223372036854775808", "4294967295", "123456789012345678"]
        {
            assert!(is_number(number.as_bytes()), "{number}");
        }
        let not = [
            "",
            "-",
            "-0",
            "00",
            "01",
            "+1",
            "1.5",
            "0x1",
            "18446744073709551616",
            "-9223372036854775809",
            " 1",
            "1e3",
        ];
        for other in not.into_iter().chain(["+234567890123456789", "12:4", "123/", "1234a", "--1"]) {
            assert!(!is_number(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn every_byte_but_the_digits_is_refused_at_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..9 {
                let mut text = *b"123456789";
                text[place] = byte;
                let expected = byte.is_ascii_digit() && (place > 0 || byte != b'0') || (place == 0 && byte == b'-');
                assert_eq!(is_number(&text), expected, "{byte} at {place}");
            }
        }
    }

    #[test]
    fn hexadecimal_digits_are_read() {
        assert_eq!([&b""[..], b"0", b"9aF", b"ffffFFFFffffFFFF"].map(hexadecimal), [0, 0, 0x9af, u64::MAX]);
    }

    #[test]
    fn ids_are_read_up_to_32_bits() {
        assert_eq!([&b"0"[..], b"1234567890", b"4294967295"].map(id), [Some(0), Some(1_234_567_890), Some(u32::MAX)]);
        assert_eq!([&b""[..], b"-1", b"4294967296", b"00000000001", b"1x"].map(id), [None; 5]);
    }

    #[test]
    fn small_numbers_are_read() {
        assert_eq!([&b"0"[..], b"257", b"999999999"].map(small), [Some(0), Some(257), Some(999_999_999)]);
        assert_eq!([&b""[..], b"-1", b"1234567890", b"1x"].map(small), [None; 4]);
    }

    #[test]
    fn decimal_writes_what_format_writes() {
        for value in [0, 9, 10, 12_345, u64::MAX] {
            let mut out = Out::default();
            decimal(&mut out, value);
            assert_eq!(out.written(), value.to_string().into_bytes());
        }
    }
}
