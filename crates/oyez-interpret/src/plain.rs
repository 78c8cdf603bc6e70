//! Bytes that others chose → words that a terminal shows and that cannot be taken for anything else.
//!
//! A word is written as a shell would want it: as it is where every character is harmless, in `'…'` where some need quotes,
//! and in `$'…'` with escapes (`\x1b`, `\xff`, `\u{202e}`, `\\`, `\'`) where something in it is not shown. So a word never holds
//! a control character, never changes the direction of text, and is never invisible; outside of quotes it holds no space,
//! quote or backslash, and neither of the marks `…` and `→`, which the text format has for itself.

use std::io::Write;

/// What a word needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Dress {
    Bare,
    Quoted,
    Escaped,
}

/// Appends `bytes` as one word. Behind `limit` bytes it is cut; then `…+N bytes` says how much is missing.
pub fn word(out: &mut Vec<u8>, bytes: &[u8], limit: usize) {
    let (shown, rest) = cut(bytes, limit);
    match dress(shown) {
        Dress::Bare => out.extend_from_slice(shown),
        Dress::Quoted => {
            out.push(b'\'');
            out.extend_from_slice(shown);
            out.push(b'\'');
        }
        Dress::Escaped => escaped(out, shown),
    }
    if !rest.is_empty() {
        put(out, format_args!("…+{} bytes", rest.len()));
    }
}

/// Appends what `args` print.
pub fn put(out: &mut Vec<u8>, args: std::fmt::Arguments<'_>) {
    // Writing to a Vec cannot fail, and what is printed here are numbers, addresses and words of our own.
    let _ = out.write_fmt(args);
}

/// Splits behind `limit` bytes, or up to three before it where a character would be torn.
fn cut(bytes: &[u8], limit: usize) -> (&[u8], &[u8]) {
    if bytes.len() <= limit {
        return (bytes, &[]);
    }
    let is_inside = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let at = (limit.saturating_sub(3)..=limit).rev().find(|at| !is_inside(*at)).unwrap_or(limit);
    bytes.split_at_checked(at).unwrap_or((bytes, &[]))
}

fn dress(bytes: &[u8]) -> Dress {
    if bytes.is_empty() {
        return Dress::Quoted;
    }
    let Ok(text) = str::from_utf8(bytes) else { return Dress::Escaped };
    let mut most = Dress::Bare;
    for character in text.chars() {
        most = most.max(need(character));
        if most == Dress::Escaped {
            break;
        }
    }
    most
}

fn need(character: char) -> Dress {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '@' | '%' | '+' | '=' | ':' | ',' | '.' | '/' | '-' => Dress::Bare,
        '\'' => Dress::Escaped,
        ' '..='~' | '…' | '→' => Dress::Quoted,
        other if is_shown(other) => Dress::Bare,
        _ => Dress::Escaped,
    }
}

fn escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(b"$'");
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' | '\'' => out.extend_from_slice(&[b'\\', character as u8]),
                '\n' => out.extend_from_slice(b"\\n"),
                '\t' => out.extend_from_slice(b"\\t"),
                shown if is_shown(shown) => out.extend_from_slice(shown.encode_utf8(&mut [0; 4]).as_bytes()),
                low if low.is_ascii() => put(out, format_args!("\\x{:02x}", u32::from(low))),
                other => put(out, format_args!("\\u{{{:x}}}", u32::from(other))),
            }
        }
        for byte in chunk.invalid() {
            put(out, format_args!("\\x{byte:02x}"));
        }
    }
    out.push(b'\'');
}

/// Whether a terminal shows the character, and shows it as no other: no control (C0, DEL, C1), nothing that turns the
/// direction of text, no break, no blank but the space itself, nothing without width.
pub fn is_shown(character: char) -> bool {
    let code = u32::from(character);
    let place = HIDDEN.partition_point(|(first, _)| *first <= code);
    let is_hidden = place.checked_sub(1).and_then(|at| HIDDEN.get(at)).is_some_and(|(_, last)| code <= *last);
    !is_hidden && !character.is_control()
}

/// Characters that are not to be sent to a terminal, besides the controls: those that Unicode's `DerivedCoreProperties.txt`
/// lists as `Default_Ignorable_Code_Point` (bidi controls U+061C, U+200E–F, U+202A–E and U+2066–9 among them), its separators
/// (general category Z) but the space, the blank Braille pattern and the interlinear marks. First and last, in order.
const HIDDEN: [(u32, u32); 23] = [
    (0x00a0, 0x00a0),
    (0x00ad, 0x00ad),
    (0x034f, 0x034f),
    (0x061c, 0x061c),
    (0x115f, 0x1160),
    (0x1680, 0x1680),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x2000, 0x200f),
    (0x2028, 0x202f),
    (0x205f, 0x206f),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xfffb),
    (0xfffe, 0xffff),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe0fff),
    (0x10_fffe, 0x10_ffff),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8], limit: usize) -> String {
        let mut out = Vec::new();
        word(&mut out, bytes, limit);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn words_are_dressed_by_need() {
        let table: [(&[u8], &str); 23] = [
            (b"/usr/bin/ls", "/usr/bin/ls"),
            (b"-la", "-la"),
            (b"", "''"),
            (b"a b", "'a b'"),
            (b"$HOME", "'$HOME'"),
            (br"a\x1b", r"'a\x1b'"),
            (b"it's", r"$'it\'s'"),
            (br"it's \n", r"$'it\'s \\n'"),
            (b"\x1b[2J", r"$'\x1b[2J'"),
            (b"a\nb\tc\rd", r"$'a\nb\tc\x0dd'"),
            (b"\x00\x7f", r"$'\x00\x7f'"),
            (b"\xff\xc3", r"$'\xff\xc3'"),
            (b"\x9b31m", r"$'\x9b31m'"),
            ("\u{9b}31m".as_bytes(), r"$'\u{9b}31m'"),
            ("grün-Ω-日本".as_bytes(), "grün-Ω-日本"),
            ("grün ist".as_bytes(), "'grün ist'"),
            ("a\u{202e}cod.exe".as_bytes(), r"$'a\u{202e}cod.exe'"),
            ("\u{2066}x\u{2069}\u{61c}\u{200e}".as_bytes(), r"$'\u{2066}x\u{2069}\u{61c}\u{200e}'"),
            ("a\u{200b}b\u{feff}".as_bytes(), r"$'a\u{200b}b\u{feff}'"),
            ("a\u{2028}b\u{2029}".as_bytes(), r"$'a\u{2028}b\u{2029}'"),
            ("a\u{a0}b".as_bytes(), r"$'a\u{a0}b'"),
            ("…".as_bytes(), "'…'"),
            ("alice→root".as_bytes(), "'alice→root'"),
        ];
        for (bytes, wanted) in table {
            assert_eq!(shown(bytes, 100), wanted, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn long_words_are_cut_between_characters() {
        assert_eq!(shown(b"abcdef", 6), "abcdef");
        assert_eq!(shown(b"abcdefg", 6), "abcdef…+1 bytes");
        assert_eq!(shown("ab€def".as_bytes(), 4), "ab…+6 bytes");
        assert_eq!(shown("ab€def".as_bytes(), 5), "ab€…+3 bytes");
        assert_eq!(shown(&[0x80; 6], 5), r"$'\x80\x80\x80\x80\x80'…+1 bytes");
        assert_eq!(shown(b"a b c", 3), "'a b'…+2 bytes");
    }

    #[test]
    fn hidden_characters_stand_in_order() {
        assert!(HIDDEN.is_sorted() && HIDDEN.iter().all(|(first, last)| first <= last));
        assert!(HIDDEN.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }

    #[test]
    fn every_control_is_hidden_and_text_is_not() {
        let controls = (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32);
        assert!(controls.into_iter().all(|control| !is_shown(control)));
        assert!("aZ~ éßЖ漢字🦀\u{301}".chars().all(is_shown));
    }
}
