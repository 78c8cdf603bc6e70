//! Text from a script, made fit to be shown: what is no letter or would move a terminal's cursor is replaced, and the length
//! is bounded.

use std::fmt::Write as _;

/// `text` with what is not UTF-8 as U+FFFD and what is not printable as `\u{…}`; `most` bytes at most, then `…`.
pub(super) fn clean(text: &[u8], most: usize) -> String {
    let mut out = String::new();
    // What lies beyond could not be shown.
    let text = text.get(..text.len().min(most)).unwrap_or_default();
    let is_cut = |len: usize| len > most.saturating_sub('…'.len_utf8());
    for letter in String::from_utf8_lossy(text).chars() {
        let before = out.len();
        if is_hidden(letter) {
            // A String takes all that is written to it.
            let _ = write!(out, "{}", letter.escape_unicode());
        } else {
            out.push(letter);
        }
        if is_cut(out.len()) {
            out.truncate(before);
            out.push('…');
            break;
        }
    }
    out
}

/// Control characters, and those that turn the direction of what follows.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_printable_and_bounded() {
        assert_eq!(clean("a\n\u{1b}[31m\u{202e}é".as_bytes(), 100), "a\\u{a}\\u{1b}[31m\\u{202e}é");
        assert_eq!(clean(b"\xff", 100), "\u{fffd}");
        for len in 0..40 {
            let long = clean("é\n".repeat(100).as_bytes(), len + 3);
            assert!(long.len() <= len + 3 && long.ends_with('…'), "{long}");
        }
    }
}
