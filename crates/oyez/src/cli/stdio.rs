//! Writing to the terminal: whole answers to standard output, notes to standard error, control characters defused.

use std::borrow::Cow;
use std::io::{self, Write as _};

use crate::exit;

/// Writes a command's answer to standard output.
///
/// # Errors
/// [`exit::ReaderGone`] when nobody reads, [`exit::Exit::Io`] when it can't be written.
pub fn answer(text: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text).and_then(|()| out.flush()).map_err(exit::stdout_error)
}

/// Writes `oyez: …` to standard error. That it can't be written is nothing anyone could be told.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "oyez: {}", defuse(text));
}

/// Text that can't move the cursor or colour the terminal: control characters other than line ends, and characters
/// that turn the direction of writing, come out as escapes.
#[must_use]
pub fn defuse(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if harmful(character) { out.extend(character.escape_default()) } else { out.push(character) }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::defuse;

    #[test]
    fn control_characters_come_out_as_escapes() {
        for (text, shown) in [
            ("plain\nlines ü", "plain\nlines ü"),
            ("\x1b[2J\r", "\\u{1b}[2J\\r"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{202e}b", "a\\u{202e}b"),
        ] {
            assert_eq!(defuse(text), shown);
        }
    }
}
