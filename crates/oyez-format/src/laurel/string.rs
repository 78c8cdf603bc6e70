//! Bytes → a JSON string as laurel writes it: percent-encoded, so that every byte can be had back.
//!
//! `%`, `+`, control characters and bytes that are not UTF-8 come out as `%xx`, and so does U+FEFF; all other text stands as it
//! is (laurel's man page laurel-about(7), and its output). Other than laurel, the control characters U+0080 to U+009F and the
//! line separators U+2028 and U+2029 are encoded as well: no byte of a line can move a cursor.

use crate::raw::hex;

/// Appends `bytes` as a string with its quotes.
pub(super) fn string(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let plain = bytes.iter().position(|byte| !is_plain(*byte)).unwrap_or(bytes.len());
    let (front, rest) = bytes.split_at_checked(plain).unwrap_or_default();
    out.extend_from_slice(front);
    for chunk in rest.utf8_chunks() {
        for character in chunk.valid().chars() {
            text(character, out);
        }
        percent(chunk.invalid(), out);
    }
    out.push(b'"');
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'%' | b'+')
}

fn text(character: char, out: &mut Vec<u8>) {
    let mut buffer = [0; 4];
    let bytes = character.encode_utf8(&mut buffer).as_bytes();
    match character {
        '"' | '\\' => {
            out.push(b'\\');
            out.extend_from_slice(bytes);
        }
        '%' | '+' | '\u{feff}' | '\u{2028}' | '\u{2029}' => percent(bytes, out),
        control if control.is_control() => percent(bytes, out),
        _ => out.extend_from_slice(bytes),
    }
}

fn percent(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.push(b'%');
        hex(&[*byte], b"0123456789abcdef", out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        string(bytes, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_kind_of_byte_comes_out_as_laurel_writes_it() {
        for (bytes, wanted) in [
            (&b"/usr/bin/ls"[..], r#""/usr/bin/ls""#),
            (b"a \"b\" \\", r#""a \"b\" \\""#),
            (b"1+1=100%", r#""1%2b1=100%25""#),
            (b"\x10\0a\n\x7f", r#""%10%00a%0a%7f""#),
            ("grün €".as_bytes(), "\"grün €\""),
            (b"\xc3\xc3\xa4\xff", "\"%c3ä%ff\""),
            (b"\xed\xa0\x80", r#""%ed%a0%80""#),
            (b"\xef\xbb\xbf", r#""%ef%bb%bf""#),
            (b"\xc2\x9b", r#""%c2%9b""#),
        ] {
            assert_eq!(written(bytes), wanted, "{}", bytes.escape_ascii());
        }
    }

    /// The bytes that a string stands for.
    fn read(json: &str) -> Vec<u8> {
        let text: String = serde_json::from_str(json).unwrap();
        let mut parts = text.split('%');
        let mut bytes = parts.next().unwrap().as_bytes().to_vec();
        for part in parts {
            bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
            bytes.extend_from_slice(&part.as_bytes()[2..]);
        }
        bytes
    }

    proptest! {
        #[test]
        fn any_bytes_read_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let json = written(&bytes);
            prop_assert!(!json.chars().any(char::is_control));
            prop_assert_eq!(read(&json), bytes);
        }
    }
}
