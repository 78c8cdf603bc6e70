//! Finding a byte in short text, sixteen bytes at a step: values are mostly shorter than what a call to a search costs.

use wide::i8x16;

/// The place of the first `byte` at or behind `from`; the text's length where there is none.
#[inline]
pub(crate) fn find(text: &[u8], from: usize, byte: u8) -> usize {
    find_before(text, from, text.len(), byte)
}

/// The place of the first `byte` of `text` at or behind `from` and before `end`, else `end`. What lies behind `end` is read,
/// never judged.
#[inline]
pub(crate) fn find_before(text: &[u8], from: usize, end: usize, byte: u8) -> usize {
    if let Some(chunk) = text.get(from..).and_then(first_chunk) {
        let hits = mask(chunk.simd_eq(splat(byte))) | bit(end.saturating_sub(from));
        let len = hits.trailing_zeros();
        if len < LANES {
            return counted(from, from + len as usize);
        }
    }
    find_further(text.get(..end).unwrap_or(text), from, byte)
}

/// The place of the first space, as [`find_before`] has it; and whether it is known that a whole number without a leading zero
/// stands before it.
#[inline]
pub(crate) fn find_space(text: &[u8], from: usize, end: usize) -> (usize, bool) {
    if let Some(chunk) = text.get(from..).and_then(first_chunk) {
        let hits = mask(chunk.simd_eq(splat(b' '))) | bit(end.saturating_sub(from));
        let len = hits.trailing_zeros();
        if len < LANES {
            let value = (1 << len) - 1;
            let digits = mask(chunk.simd_gt(splat(b'0' - 1)) & chunk.simd_lt(splat(b'9' + 1)));
            let starts_with_zero = text.get(from) == Some(&b'0');
            let is_number = value & !digits == 0 && len > 0 && (len == 1 || !starts_with_zero);
            return (counted(from, from + len as usize), is_number);
        }
    }
    (find_further(text.get(..end).unwrap_or(text), from, b' '), false)
}

/// The place of the first `byte`, which is a blank or a quote, as [`find_before`] has it; and whether it is known that what
/// stands before it is printable ASCII without a blank, a quote or a backslash.
#[inline]
pub(crate) fn find_plain(text: &[u8], from: usize, end: usize, byte: u8) -> (usize, bool) {
    let mut at = from;
    while let Some(halves) = text.get(at..).and_then(<[u8]>::first_chunk::<32>) {
        let [first, second] = halves.as_chunks::<16>().0 else { break };
        let hits = u64::from(odd(first)) | u64::from(odd(second)) << LANES | 1 << end.saturating_sub(at).min(63);
        let len = hits.trailing_zeros();
        if len < 2 * LANES {
            let stop = at + len as usize;
            if stop < end && text.get(stop) != Some(&byte) {
                break;
            }
            return (counted(from, stop), true);
        }
        at += 2 * LANES as usize;
    }
    (find_before(text, at, end, byte), false)
}

/// One bit per byte that is a blank, a quote, a backslash or not printable ASCII.
#[inline]
fn odd(chunk: &[u8; 16]) -> u32 {
    let chunk = i8x16::new(chunk.map(u8::cast_signed));
    // Bytes above ASCII are negative, so below a blank; the last of ASCII becomes so when 1 is added.
    let next = chunk + i8x16::splat(1);
    mask(next.simd_lt(splat(b' ' + 2)) | chunk.simd_eq(splat(b'"')) | chunk.simd_eq(splat(b'\\')))
}

/// How many bytes are looked at in one step.
const LANES: u32 = 16;

/// A bit at `place`; one above all bytes of a step for a place that is further away.
#[inline]
fn bit(place: usize) -> u32 {
    1 << place.min(31)
}

fn find_further(text: &[u8], from: usize, byte: u8) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let found = if rest.len() < 16 { rest.iter().position(|x| *x == byte) } else { memchr::memchr(byte, rest) };
    counted(from, found.map_or(text.len(), |found| from + found))
}

/// The place of the first `a` or `b` at or behind `from`; the text's length where there is none.
#[inline]
pub(crate) fn find_either(text: &[u8], from: usize, a: u8, b: u8) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    if let Some(chunk) = first_chunk(rest) {
        let hits = mask(chunk.simd_eq(splat(a)) | chunk.simd_eq(splat(b)));
        if hits != 0 {
            return counted(from, from + hits.trailing_zeros() as usize);
        }
    }
    let found =
        if rest.len() < 16 { rest.iter().position(|x| *x == a || *x == b) } else { memchr::memchr2(a, b, rest) };
    counted(from, found.map_or(text.len(), |found| from + found))
}

/// The place of the first byte at or behind `from` that is no space.
#[inline]
pub(crate) fn skip_spaces(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while text.get(at) == Some(&b' ') {
        at += 1;
    }
    counted(from, at)
}

/// How many of the bytes in front are decimal digits.
#[inline]
pub(crate) fn digits(chunk: &[u8; 16]) -> usize {
    let chunk = i8x16::new(chunk.map(u8::cast_signed));
    mask(between(chunk, b'0', b'9')).trailing_ones() as usize
}

/// How many of the bytes in front are octal digits.
#[inline]
pub(crate) fn octal_digits(chunk: &[u8; 16]) -> usize {
    let chunk = i8x16::new(chunk.map(u8::cast_signed));
    mask(between(chunk, b'0', b'7')).trailing_ones() as usize
}

/// How many of the bytes in front are hex digits, of either case.
#[inline]
pub(crate) fn hex_digits(chunk: &[u8; 16]) -> usize {
    let chunk = i8x16::new(chunk.map(u8::cast_signed));
    let letters = between(chunk | i8x16::splat(0x20), b'a', b'f');
    mask(between(chunk, b'0', b'9') | letters).trailing_ones() as usize
}

/// How many of the bytes in front are hex digits or colons.
#[inline]
pub(crate) fn device_digits(chunk: &[u8; 16]) -> usize {
    let chunk = i8x16::new(chunk.map(u8::cast_signed));
    let letters = between(chunk | i8x16::splat(0x20), b'a', b'f');
    // `:` follows `9`.
    mask(between(chunk, b'0', b':') | letters).trailing_ones() as usize
}

/// The bytes from `low` to `high`; both ASCII, so that bytes above it, being negative, are never within.
#[inline]
fn between(chunk: i8x16, low: u8, high: u8) -> i8x16 {
    chunk.simd_gt(splat(low - 1)) & chunk.simd_lt(splat(high + 1))
}

#[inline]
fn first_chunk(rest: &[u8]) -> Option<i8x16> {
    rest.first_chunk::<16>().map(|chunk| i8x16::new(chunk.map(u8::cast_signed)))
}

#[inline]
fn splat(byte: u8) -> i8x16 {
    i8x16::splat(byte.cast_signed())
}

/// One bit per byte, the first byte's lowest.
#[inline]
fn mask(hits: i8x16) -> u32 {
    hits.to_bitmask()
}

/// `found`; in tests, the way from `from` to there is counted.
#[inline]
fn counted(from: usize, found: usize) -> usize {
    #[cfg(test)]
    steps::add(from, found);
    let _ = from;
    found
}

/// How far the searches of this thread went: what makes splitting slow, counted where a clock would only guess.
#[cfg(test)]
pub(crate) mod steps {
    use std::cell::Cell;

    thread_local!(static TAKEN: Cell<usize> = const { Cell::new(0) });

    pub(super) fn add(from: usize, found: usize) {
        TAKEN.set(TAKEN.get() + found.saturating_sub(from) + 1);
    }

    /// The bytes looked at since the last call.
    pub(crate) fn take() -> usize {
        TAKEN.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(text: &[u8]) -> (usize, bool) {
        find_space(text, 0, text.len())
    }

    #[test]
    fn what_is_plain_is_known_to_be() {
        let plain = b"/usr/lib/systemd/systemd-journald";
        for byte in [b' ', b'"'] {
            for len in 1..plain.len() {
                for odd in (0..=u8::MAX).filter(|odd| *odd != byte) {
                    let mut text = plain[..len].to_vec();
                    text.extend([byte, b'x', byte]);
                    text.extend([b'y'; 40]);
                    assert_eq!(find_plain(&text, 0, text.len(), byte), (len, true));
                    text[len / 2] = odd;
                    let (place, is_plain) = find_plain(&text, 0, text.len(), byte);
                    let at = text.iter().position(|it| *it == byte).unwrap();
                    let is_odd = !odd.is_ascii_graphic() || matches!(odd, b'"' | b'\\');
                    assert_eq!((place, is_plain), (at, !is_odd), "{len} {odd}");
                    assert!(find_plain(&text, 0, len, byte).0 == len);
                }
            }
        }
    }

    #[test]
    fn nothing_behind_the_end_is_found() {
        let text = b"12345678 \"and then much more text";
        for end in 0..=8 {
            assert_eq!(find_space(text, 0, end), (end, end > 0), "{end}");
            assert_eq!(find_before(text, 0, end, b'"'), end, "{end}");
        }
        assert_eq!((find_space(text, 0, 30), find_before(text, 0, 30, b'"')), ((8, true), 9));
        let long = b"1234567890abcdefghij and then \" much more text";
        for end in 14..=20 {
            assert_eq!(find_space(long, 0, end), (end, false), "{end}");
            assert_eq!(find_before(long, 0, end, b'"'), end, "{end}");
        }
    }

    #[test]
    fn numbers_before_a_space_are_known_as_such() {
        for byte in (0..=u8::MAX).filter(|byte| *byte != b' ') {
            for (place, len) in [(0, 1), (0, 2), (1, 2), (3, 7), (6, 7)] {
                let mut text: Vec<u8> = (0..len).map(|at| if at == place { byte } else { b'5' }).collect();
                text.extend_from_slice(b" and then much more text");
                let is_number = byte.is_ascii_digit() && (byte != b'0' || place > 0 || len == 1);
                assert_eq!(space(&text), (len, is_number), "{byte} {place} {len}");
            }
        }
        assert_eq!(space(b"0 and then much more text"), (1, true));
        assert_eq!(space(b"07 and then much more text"), (2, false));
        assert_eq!(space(b" 1234567 more text"), (0, false));
        assert_eq!(space(b"12345678 90 more text"), (8, true));
        assert_eq!(space(b"12345678901234567 more text"), (17, false));
    }

    #[test]
    fn digits_are_counted_up_to_the_first_other_byte() {
        for byte in 0..=u8::MAX {
            for place in 0..16 {
                let mut chunk = *b"0123456789012345";
                chunk[place] = byte;
                assert_eq!(digits(&chunk), if byte.is_ascii_digit() { 16 } else { place }, "{byte} {place}");
                chunk[15 - place] = b'F';
                chunk[place] = byte;
                let is_hex = byte.is_ascii_hexdigit();
                assert_eq!(hex_digits(&chunk), if is_hex { 16 } else { place }, "{byte} {place}");
                assert_eq!(device_digits(&chunk), if is_hex || byte == b':' { 16 } else { place }, "{byte} {place}");
            }
        }
    }

    #[test]
    fn finds_what_a_byte_loop_finds() {
        let text: Vec<u8> = (0..200u32).map(|i| (i * 37 % 251) as u8).collect();
        for from in 0..=text.len() + 1 {
            for byte in [0, 1, 32, 37, 128, 250, 255] {
                let found = text.iter().skip(from).position(|b| *b == byte).map_or(text.len(), |at| at + from);
                assert_eq!(find(&text, from, byte), found, "{from} {byte}");
                let either =
                    text.iter().skip(from).position(|b| *b == byte || *b == 99).map_or(text.len(), |at| at + from);
                assert_eq!(find_either(&text, from, byte, 99), either, "{from} {byte}");
            }
        }
    }
}
