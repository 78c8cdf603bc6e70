//! Bytes → a JSON string (RFC 8259), always valid UTF-8.
//!
//! What is not UTF-8 becomes U+FFFD, and the caller is told, so that it can add the exact bytes beside it. Control characters
//! (also U+007F–U+009F and the line separators, which JSON would allow) are written as `\u….`, so that a line of output stays
//! one line and cannot move a cursor.

use wide::i8x16;

use super::out::Out;

/// Appends `bytes` as a quoted string; returns whether they were valid UTF-8.
pub(crate) fn quoted(out: &mut Out, bytes: &[u8]) -> bool {
    out.push(b'"');
    let valid = if bytes.len() < 16 { short(out, bytes) } else { long(out, bytes) };
    out.push(b'"');
    valid
}

/// Fewer than sixteen bytes, checked and copied as sixteen.
#[inline]
fn short(out: &mut Out, bytes: &[u8]) -> bool {
    let chunk = padded(bytes);
    if special(&chunk).trailing_zeros() as usize >= bytes.len() {
        out.chunk(&chunk, bytes.len());
        return true;
    }
    escaped(out, bytes)
}

/// The bytes, fewer than sixteen, with zeroes behind them: two overlapping words, not a loop.
#[inline]
fn padded(bytes: &[u8]) -> [u8; 16] {
    let shift = |by: usize| 8 * (bytes.len() - by);
    let word = |first: u64, last: u64, by: usize| (u128::from(first) | u128::from(last) << shift(by)).to_le_bytes();
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return word(u64::from_le_bytes(*first), u64::from_le_bytes(*last), 8);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return word(u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into(), 4);
    }
    let mut chunk = [0; 16];
    for (place, byte) in chunk.iter_mut().zip(bytes) {
        *place = *byte;
    }
    chunk
}

fn long(out: &mut Out, bytes: &[u8]) -> bool {
    let clean = clean_length(bytes);
    out.extend_from_slice(bytes.get(..clean).unwrap_or_default());
    clean == bytes.len() || escaped(out, bytes.get(clean..).unwrap_or_default())
}

/// Appends `len` bytes of `text` from `start` on as a quoted string, as [`quoted`] does. Checks and copies sixteen bytes at a
/// step, reading over the end of a short string where the text goes on.
#[inline]
pub(crate) fn quoted_within(out: &mut Out, text: &[u8], start: usize, len: usize) -> bool {
    let before = out.len();
    let mut rest = text.get(start..).unwrap_or_default();
    let mut left = len;
    out.push(b'"');
    while let Some((chunk, behind)) = rest.split_first_chunk::<16>() {
        let hits = special(chunk);
        if left > 16 && hits == 0 {
            out.chunk(chunk, 16);
            (rest, left) = (behind, left - 16);
            continue;
        }
        if (hits.trailing_zeros() as usize) < left {
            break;
        }
        out.chunk(chunk, left);
        out.push(b'"');
        return true;
    }
    out.truncate(before);
    quoted(out, text.get(start..start + len).unwrap_or_default())
}

/// How many bytes [`quoted_parts`] takes at most.
const MAX_PARTS: usize = 128;

/// Appends the first `len` bytes of `text`, at most [`MAX_PARTS`], as quoted strings with commas between them, one for each part
/// between NULs. `false`, and nothing appended, where one needs more than to be copied, or `text` ends within sixteen bytes.
pub(crate) fn quoted_parts(out: &mut Out, text: &[u8], len: usize) -> bool {
    let (mut at, mut is_plain) = (0, len <= MAX_PARTS);
    let before = out.len();
    out.row::<{ 3 * MAX_PARTS + 64 }>(|row| {
        row.chunk(b"\"", 1);
        while is_plain {
            let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<16>) else {
                is_plain = false;
                return;
            };
            let clean = (special(chunk) | 1 << (len - at).min(16)).trailing_zeros() as usize;
            row.chunk(chunk, clean);
            at += clean;
            match chunk.get(clean) {
                _ if at == len => break,
                None => {}
                Some(0) => {
                    row.chunk(b"\",\"", 3);
                    at += 1;
                }
                Some(_) => is_plain = false,
            }
        }
        row.chunk(b"\"", 1);
    });
    if !is_plain {
        out.truncate(before);
    }
    is_plain
}

/// Whether the first `len` bytes of `chunk` can stand in a string as they are.
#[inline]
pub(crate) fn is_plain(chunk: &[u8; 32], len: usize) -> bool {
    let [first, second] = chunk.as_chunks::<16>().0 else { return false };
    let hits = special(first) | special(second) << 16;
    hits.trailing_zeros() as usize >= len
}

/// Appends `bytes` as upper-case hex in quotes: the kernel's own way.
pub(crate) fn quoted_hex(out: &mut Out, bytes: &[u8]) {
    out.push(b'"');
    hex(out, bytes);
    out.push(b'"');
}

/// Appends `bytes` as upper-case hex.
pub(crate) fn hex(out: &mut Out, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        out.extend_from_slice(&[byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]));
    }
}

/// How many of at least sixteen bytes need no escape and are ASCII, from the start.
fn clean_length(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<16>();
    for (place, chunk) in chunks.iter().enumerate() {
        let hits = special(chunk);
        if hits != 0 {
            return place * 16 + hits.trailing_zeros() as usize;
        }
    }
    // The last sixteen bytes overlap what was checked.
    let hits = bytes.last_chunk::<16>().map_or(0, |chunk| special(chunk) >> (16 - rest.len()));
    if hits == 0 { bytes.len() } else { chunks.len() * 16 + hits.trailing_zeros() as usize }
}

/// One bit per byte that cannot stand in a string as it is. Bytes above ASCII are negative, so below the first printable one;
/// the last of ASCII becomes so when 1 is added.
#[inline]
fn special(chunk: &[u8; 16]) -> u32 {
    let chunk = i8x16::new(chunk.map(u8::cast_signed));
    let is = |byte: u8| chunk.simd_eq(i8x16::splat(byte.cast_signed()));
    let next = chunk + i8x16::splat(1);
    (next.simd_lt(i8x16::splat(0x21)) | is(b'"') | is(b'\\')).to_bitmask()
}

/// The slow way: escapes where needed. Returns whether `bytes` were valid UTF-8.
#[cold]
fn escaped(out: &mut Out, bytes: &[u8]) -> bool {
    let mut valid = true;
    for chunk in bytes.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(at) = rest.find(|c: char| c.is_control() || matches!(c, '"' | '\\' | '\u{2028}' | '\u{2029}')) {
            let (clean, from) = rest.split_at(at);
            out.extend_from_slice(clean.as_bytes());
            let mut chars = from.chars();
            if let Some(c) = chars.next() {
                escape(out, c);
            }
            rest = chars.as_str();
        }
        out.extend_from_slice(rest.as_bytes());
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
            valid = false;
        }
    }
    valid
}

fn escape(out: &mut Out, c: char) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        _ => {
            let code = u32::from(c);
            out.extend_from_slice(b"\\u");
            let digit = |shift: u32| b"0123456789abcdef"[(code >> shift & 15) as usize];
            out.extend_from_slice(&[digit(12), digit(8), digit(4), digit(0)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json(bytes: &[u8]) -> (String, bool) {
        let mut out = Out::default();
        let valid = quoted(&mut out, bytes);
        (String::from_utf8(out.written().to_vec()).expect("always UTF-8"), valid)
    }

    #[test]
    fn each_kind_of_byte_comes_out_as_it_should() {
        assert_eq!(json(b"plain text, longer than eight"), (r#""plain text, longer than eight""#.into(), true));
        assert_eq!(json(b"a\"b\\c\nd\x1b[2J\0"), (r#""a\"b\\c\nd\u001b[2J\u0000""#.into(), true));
        assert_eq!(json("ä\u{9b}\u{7f}\u{2028}".as_bytes()), (r#""ä\u009b\u007f\u2028""#.into(), true));
        assert_eq!(json(b"caf\xe9!"), ("\"caf\u{fffd}!\"".into(), false));
    }

    #[test]
    fn hex_is_upper_case() {
        let mut out = Out::default();
        quoted_hex(&mut out, &[0, 0xaf, 0x10]);
        assert_eq!(out.written(), br#""00AF10""#);
    }

    proptest! {
        #[test]
        fn a_string_within_text_is_the_same_string(bytes in proptest::collection::vec(0x1eu8..0x82, 0..60), start in 0usize..60, len in 0usize..60) {
            let start = start.min(bytes.len());
            let len = len.min(bytes.len() - start);
            let mut out = Out::default();
            let valid = quoted_within(&mut out, &bytes, start, len);
            prop_assert_eq!((String::from_utf8(out.written().to_vec()).expect("always UTF-8"), valid), json(&bytes[start..start + len]));
        }

        #[test]
        fn plain_parts_are_the_same_strings(bytes in proptest::collection::vec(prop_oneof![6 => b'a'..=b'z', 2 => Just(0), 1 => 0x1eu8..0x82], 0..150), len in 0usize..150) {
            let len = len.min(bytes.len());
            let mut out = Out::default();
            out.push(b'x');
            let is_written = quoted_parts(&mut out, &bytes, len);
            let parts: Vec<_> = bytes[..len].split(|byte| *byte == 0).map(|part| json(part).0).collect();
            let is_plain = bytes[..len].iter().all(|byte| *byte == 0 || (0x20..0x7f).contains(byte) && !matches!(byte, b'"' | b'\\'));
            prop_assert!(is_plain || !is_written);
            prop_assert!(is_written == (is_plain && len <= MAX_PARTS) || bytes.len() < len + 16);
            let wanted = if is_written { parts.join(",") } else { String::new() };
            prop_assert_eq!(String::from_utf8(out.written().to_vec()).unwrap(), format!("x{wanted}"));
        }

        #[test]
        fn any_bytes_make_a_string_that_reads_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (text, valid) = json(&bytes);
            prop_assert_eq!(valid, str::from_utf8(&bytes).is_ok());
            let back: String = serde_json::from_str(&text).expect("valid JSON");
            prop_assert_eq!(back, String::from_utf8_lossy(&bytes));
            prop_assert!(!text.chars().any(char::is_control));
        }
    }
}
