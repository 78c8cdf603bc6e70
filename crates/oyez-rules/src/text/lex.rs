//! A line → words, each with its place.
//!
//! As auditctl: words end at spaces, `\ ` is a space within a word, `\\` is a backslash, any other backslash is itself, and
//! quotes mean nothing. Beyond it: tabs end words too; a value in quotes that holds a space, which auditctl would split, is
//! one; and `$'…'` is a value with escapes (`\xHH`, `\\`, `\'`), for what no line could hold otherwise. A value starts with
//! its word, or behind an operator.

use super::problem::{Code, Problem};

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Without quotes and escapes.
    pub(super) text: Vec<u8>,
    /// Where it starts, from 1.
    pub(super) column: usize,
    /// Whether it stands in the line as it is here, so that a place in it is a place in the line.
    pub(super) exact: bool,
}

impl Token {
    /// The word from byte `at` on, as a word of its own.
    pub(super) fn from(&self, at: usize) -> Self {
        Self { text: self.text.get(at..).unwrap_or_default().to_vec(), column: self.column_of(at), exact: self.exact }
    }

    /// Where byte `at` of it stands; the start of the word where that is not known.
    pub(super) fn column_of(&self, at: usize) -> usize {
        if self.exact { self.column + at } else { self.column }
    }
}

/// The words of a line, and what is doubtful about them. None for a comment.
pub(super) fn split(line: &[u8]) -> (Vec<Token>, Vec<Problem>) {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (mut tokens, mut problems) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(skipped) = line[at..].iter().position(|byte| !is_space(*byte)) {
        at += skipped;
        if tokens.is_empty() && line[at] == b'#' {
            break;
        }
        let (token, len) = word(&line[at..], at + 1, &mut problems);
        tokens.push(token);
        at += len;
    }
    (tokens, problems)
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The word that `rest` starts with, and how many bytes of the line it takes.
fn word(rest: &[u8], column: usize, problems: &mut Vec<Problem>) -> (Token, usize) {
    let mut token = Token { text: Vec::new(), column, exact: true };
    let mut at = 0;
    while let Some(byte) = rest.get(at).copied().filter(|byte| !is_space(*byte)) {
        let next = rest.get(at + 1).copied();
        if byte == b'\\' && matches!(next, Some(b' ' | b'\\')) {
            token.text.extend(next);
            token.exact = false;
            at += 2;
            continue;
        }
        if starts_value(&token.text) {
            if let Some((value, len)) = quoted(&rest[at..]).or_else(|| escaped(&rest[at..])) {
                token.text.extend(value);
                token.exact = false;
                at += len;
                continue;
            }
            if matches!(byte, b'"' | b'\'') {
                problems.push(literal_quotes(column + at));
            }
        }
        token.text.push(byte);
        at += 1;
    }
    (token, at)
}

fn literal_quotes(column: usize) -> Problem {
    Problem::warning(Code::LiteralQuotes, column, "quotes are part of the value, as auditctl has it")
        .hint("leave them out: only a value with spaces needs quotes")
}

/// Whether a value starts behind `before`.
fn starts_value(before: &[u8]) -> bool {
    before.last().is_none_or(|byte| matches!(byte, b'=' | b'<' | b'>' | b'&'))
}

/// What stands in quotes at the start of `rest`, if it holds a space and the word ends behind it; and the length with
/// quotes.
fn quoted(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (quote, behind) = rest.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    let len = behind.iter().position(|byte| byte == quote)?;
    let inside = &behind[..len];
    let ends = behind.get(len + 1).is_none_or(|byte| is_space(*byte));
    (ends && inside.iter().any(|byte| is_space(*byte))).then(|| (inside.to_vec(), len + 2))
}

/// What `$'…'` at the start of `rest` stands for, if its escapes are right and the word ends behind it; and its length.
fn escaped(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut left = rest.strip_prefix(b"$'")?;
    let mut value = Vec::new();
    loop {
        let (byte, behind) = left.split_first()?;
        left = behind;
        match byte {
            b'\'' => break,
            b'\\' => {
                let (byte, behind) = escape(left)?;
                value.push(byte);
                left = behind;
            }
            _ => value.push(*byte),
        }
    }
    left.first().is_none_or(|byte| is_space(*byte)).then(|| (value, rest.len() - left.len()))
}

/// The byte an escape stands for, its backslash already taken, and what comes behind.
fn escape(rest: &[u8]) -> Option<(u8, &[u8])> {
    match rest {
        [byte @ (b'\\' | b'\''), behind @ ..] => Some((*byte, behind)),
        [b'x', high, low, behind @ ..] => {
            let digit = |byte: &u8| char::from(*byte).to_digit(16);
            let byte = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
            Some((byte, behind))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        split(line.as_bytes()).0.into_iter().map(|token| String::from_utf8(token.text).unwrap()).collect()
    }

    #[test]
    fn words_end_at_spaces_and_tabs() {
        assert_eq!(words("-w /etc  -p\twa \r\n"), ["-w", "/etc", "-p", "wa"]);
        assert_eq!(words(" # -w /etc"), [""; 0]);
        assert_eq!(words("\t#x"), [""; 0]);
        assert_eq!(words(""), [""; 0]);
        assert_eq!(words("-k a#b # c"), ["-k", "a#b", "#", "c"]);
    }

    #[test]
    fn a_backslash_keeps_spaces_and_itself_only() {
        assert_eq!(words(r"-w /a\ b\\ -k \x\"), ["-w", r"/a b\", "-k", r"\x\"]);
    }

    #[test]
    fn quotes_hold_spaces_together_and_are_else_themselves() {
        assert_eq!(words(r#"-w "/a b" -F path='/c d'"#), ["-w", "/a b", "-F", "path=/c d"]);
        assert_eq!(words(r#"-k "a" -k b"c d"#), ["-k", "\"a\"", "-k", "b\"c", "d"]);
        assert_eq!(words(r#"-k "a b"c"#), ["-k", "\"a", "b\"c"]);
        assert_eq!(split(br#"-k "a" -k b"#).1.len(), 1);
        assert_eq!(split(br#"-w "/a b""#).1, []);
    }

    #[test]
    fn escapes_stand_for_bytes() {
        assert_eq!(words(r"-k $'a\x0a\\\'b c' $'\q' $'x"), ["-k", "a\n\\'b c", r"$'\q'", "$'x"]);
    }

    #[test]
    fn places_are_those_in_the_line() {
        let (tokens, _) = split(b"  -F uid=0 \\ x");
        assert_eq!(tokens.iter().map(|token| token.column).collect::<Vec<_>>(), [3, 6, 12]);
        assert_eq!(tokens[1].from(4), Token { text: b"0".to_vec(), column: 10, exact: true });
        assert_eq!(tokens[2].from(1).column, 12);
    }
}
