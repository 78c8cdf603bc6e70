//! Bytes from outside → text that is safe to show: UTF-8 as it is, control characters and bytes that are no UTF-8 as `\012`,
//! as `ausearch` writes them.

use std::io::Write as _;

/// Appends `bytes`.
pub(super) fn put(bytes: &[u8], out: &mut Vec<u8>) {
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            put_char(character, out);
        }
        octal(chunk.invalid(), out);
    }
}

/// Appends one character, escaped if it is a control character.
pub(super) fn put_char(character: char, out: &mut Vec<u8>) {
    let mut buffer = [0; 4];
    let bytes = character.encode_utf8(&mut buffer).as_bytes();
    if character.is_control() { octal(bytes, out) } else { out.extend_from_slice(bytes) }
}

/// Appends each byte as a backslash and three octal digits.
pub(super) fn octal(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        let _ = write!(out, "\\{byte:03o}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_safe_is_shown_as_it_is() {
        let mut out = Vec::new();
        put("a b\u{e9}\n\x1b\u{9b}\x7f".as_bytes(), &mut out);
        put(b"\xff\xc3", &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "a bé\\012\\033\\302\\233\\177\\377\\303");
    }
}
