//! A value of a table → the text that a record has for it, as the kernel would have written it.
//!
//! Whatever a value holds, the record has one field more or another, and nothing else: what the kernel does not trust it
//! writes in quotes, or in hex (kernel/audit.c, `audit_log_untrustedstring`); what it never encodes cannot hold what would end
//! it, and is refused here.

use std::io::Write as _;

use oyez_tables::key::Kind;

use super::pairs::large;
use crate::tree::Tree;

/// What was wanted instead, in words: `a whole number of 64 bits`.
pub(super) type Wanted = &'static str;

/// Appends the text of `value`, which is of this kind; of a key that no table knows, `None`.
pub(super) fn encode(kind: Option<Kind>, value: &Tree, out: &mut Vec<u8>) -> Result<(), Wanted> {
    if kind == Some(Kind::Decimal) {
        return decimal(value, out);
    }
    let text = value.text().ok_or("text")?;
    let are = |digits: &[u8], is_one: fn(&u8) -> bool| !digits.is_empty() && digits.iter().all(is_one);
    let fits = match kind {
        Some(Kind::Encoded) => {
            untrusted(text, out);
            return Ok(());
        }
        Some(Kind::Hex) => {
            are(text.strip_prefix(b"0x").unwrap_or(text), u8::is_ascii_hexdigit).then_some("").ok_or("hex digits")
        }
        Some(Kind::Octal) => are(text, |byte| matches!(byte, b'0'..=b'7')).then_some("").ok_or("octal digits"),
        Some(Kind::Device) => are(text, |byte| byte.is_ascii_hexdigit() || *byte == b':')
            .then_some("")
            .ok_or("a device: two hex numbers and a colon"),
        _ => return plain(text, kind == Some(Kind::Quoted), out),
    };
    fits.map(|_| out.extend_from_slice(text))
}

fn decimal(value: &Tree, out: &mut Vec<u8>) -> Result<(), Wanted> {
    let number = value.number().or_else(|| large(value)).ok_or("a whole number")?;
    if !(i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number) {
        return Err("a whole number of 64 bits");
    }
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{number}");
    Ok(())
}

/// Appends `text` as the kernel writes what it does not trust.
pub(super) fn untrusted(text: &[u8], out: &mut Vec<u8>) {
    if text.iter().all(|byte| matches!(byte, 0x21 | 0x23..=0x7e)) {
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
    } else {
        hex(text, out);
    }
}

/// Appends `bytes` in upper-case hex.
pub(super) fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    let digit = |half: u8| b"0123456789ABCDEF"[usize::from(half & 15)];
    out.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]));
}

/// Appends text that is never encoded: bare, or between quotes where it would not be read back as it is.
fn plain(text: &[u8], is_quoted: bool, out: &mut Vec<u8>) -> Result<(), Wanted> {
    if text.iter().any(|byte| *byte < b' ' || *byte == 0x7f) {
        return Err("text without control characters, since the kernel does not encode it");
    }
    let is_bare = !is_quoted && !text.contains(&b' ') && !is_odd(text);
    if is_bare {
        out.extend_from_slice(text);
    } else if text.contains(&b'"') {
        return Err("text without quotes and spaces, since the kernel does not encode it");
    } else {
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
    }
    Ok(())
}

/// Whether it would be read as something else, stood it bare: as no value, or as what a quote begins; and programs end values
/// with commas and brackets.
fn is_odd(text: &[u8]) -> bool {
    matches!(text, b"?" | b"(null)" | b"(none)" | [b'"' | b'\'' | b'{', ..] | [.., b',' | b')'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(kind: Option<Kind>, value: &Tree) -> Result<String, Wanted> {
        let mut out = Vec::new();
        encode(kind, value, &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn values_are_written_as_the_kernel_writes_them() {
        let text = |text: &str| Tree::Text(text.as_bytes().to_vec());
        for (kind, value, wanted) in [
            (Some(Kind::Encoded), text("/bin/ls"), "\"/bin/ls\""),
            (Some(Kind::Encoded), text("x\" uid=0 key=\"y"), "7822207569643D30206B65793D2279"),
            (Some(Kind::Encoded), text("\u{e4}"), "C3A4"),
            (Some(Kind::Decimal), Tree::Number(-13), "-13"),
            (Some(Kind::Decimal), text("18446744073709551615"), "18446744073709551615"),
            (Some(Kind::Octal), text("0100644"), "0100644"),
            (Some(Kind::Device), text("fd:01"), "fd:01"),
            (Some(Kind::Hex), text("0x7f"), "0x7f"),
            (Some(Kind::Plain), text("pts0"), "pts0"),
            (Some(Kind::Plain), text("a b"), "\"a b\""),
            (Some(Kind::Plain), text("(none)"), "\"(none)\""),
            (Some(Kind::Quoted), text("open"), "\"open\""),
            (None, text("x=y"), "x=y"),
        ] {
            assert_eq!(encoded(kind, &value).as_deref(), Ok(wanted), "{kind:?} {value:?}");
        }
    }

    #[test]
    fn what_would_be_read_as_something_else_is_refused() {
        let text = |text: &str| Tree::Text(text.as_bytes().to_vec());
        for (kind, value) in [
            (Some(Kind::Plain), text("x\" uid=0 key=\"y")),
            (Some(Kind::Plain), text("\"x")),
            (Some(Kind::Plain), text("a\nuid=0")),
            (Some(Kind::Plain), text("a\u{1d}UID=root")),
            (Some(Kind::Quoted), text("a\"b")),
            (Some(Kind::Decimal), text("5")),
            (Some(Kind::Decimal), Tree::Number(1 << 70)),
            (Some(Kind::Octal), text("9")),
            (Some(Kind::Hex), text("0x")),
            (Some(Kind::Encoded), Tree::Number(5)),
            (None, Tree::Flag(true)),
        ] {
            assert!(encoded(kind, &value).is_err(), "{kind:?} {value:?}");
        }
    }
}
