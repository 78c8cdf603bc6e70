//! Bytes that a program said → text that can be shown: at most [`MAX_LEN`] bytes, U+FFFD for what is no UTF-8, controls a
//! terminal or turns the direction of writing. The exact bytes stay in the event.

use crate::users::is_harmful;

/// The longest text, in bytes; a longer one is cut.
pub(super) const MAX_LEN: usize = 256;

/// The text; `None` for nothing.
pub(super) fn clean(bytes: &[u8]) -> Option<Box<str>> {
    let bytes = bytes.get(..MAX_LEN).unwrap_or(bytes);
    let mut text = String::with_capacity(bytes.len());
    for character in String::from_utf8_lossy(bytes).chars() {
        let shown = if is_harmful(character) { char::REPLACEMENT_CHARACTER } else { character };
        if text.len() + shown.len_utf8() > MAX_LEN {
            break;
        }
        text.push(shown);
    }
    (!text.is_empty()).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded_and_harmless() {
        assert_eq!(clean(b""), None);
        assert_eq!(clean(b"/dev/pts/0").as_deref(), Some("/dev/pts/0"));
        assert_eq!(clean("jörg".as_bytes()).as_deref(), Some("jörg"));
        assert_eq!(clean(b"a\x1b[2J\xe9\n").as_deref(), Some("a\u{fffd}[2J\u{fffd}\u{fffd}"));
        assert_eq!(clean("a\u{202e}b".as_bytes()).as_deref(), Some("a\u{fffd}b"));
        for long in [vec![b'a'; 5000], vec![0xe9; 5000], vec![1; 5000]] {
            assert!(clean(&long).is_some_and(|text| text.len() <= MAX_LEN && text.len() > MAX_LEN - 4));
        }
    }
}
