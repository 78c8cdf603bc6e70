//! A record's fields, split without oyez's own splitter, by the plain rule: words up to a space, values in double quotes up
//! to the next one, `msg='…'` up to the record's last quote.

/// A field, or a word that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// Empty for a word.
    pub(crate) key: &'a [u8],
    /// Without its quotes.
    pub(crate) value: &'a [u8],
    pub(crate) is_quoted: bool,
    /// It stands inside `msg='…'`.
    pub(crate) is_claimed: bool,
}

impl Token<'_> {
    pub(crate) fn key(&self) -> &str {
        str::from_utf8(self.key).unwrap_or("?")
    }

    /// What the value means: quoted text as it is, upper-case hex of whole bytes undone.
    pub(crate) fn decoded(&self) -> Vec<u8> {
        if self.is_quoted { self.value.to_vec() } else { unhex(self.value).unwrap_or_else(|| self.value.to_vec()) }
    }

    /// Whether it says that there is no value.
    pub(crate) fn is_absent(&self) -> bool {
        self.value.is_empty() || (!self.is_quoted && matches!(self.value, b"?" | b"(null)" | b"(none)"))
    }
}

/// The fields and words of a record's body.
pub(crate) fn split(body: &[u8]) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let Some(at) = memchr::memmem::find(body, b"msg='") else {
        split_plain(body, false, &mut tokens);
        return tokens;
    };
    let (before, rest) = (&body[..at], &body[at + 5..]);
    let end = memchr::memrchr(b'\'', rest).unwrap_or(rest.len());
    split_plain(before, false, &mut tokens);
    tokens.push(word(&body[at..at + 5]));
    split_plain(&rest[..end], true, &mut tokens);
    tokens
}

fn word(text: &[u8]) -> Token<'_> {
    Token { key: b"", value: text, is_quoted: false, is_claimed: false }
}

fn split_plain<'a>(text: &'a [u8], is_claimed: bool, tokens: &mut Vec<Token<'a>>) {
    let mut at = 0;
    while at < text.len() {
        if text[at] == b' ' {
            at += 1;
            continue;
        }
        let word_end = end_of(text, at, b' ');
        let equals = end_of(text, at, b'=');
        let mut token = Token { is_claimed, ..word(&text[at..word_end]) };
        at = word_end;
        if equals < word_end {
            let start = equals + 1;
            let key = &text[equals - token.value.iter().position(|b| *b == b'=').unwrap_or(0)..equals];
            token.key = key;
            token.value = &text[start..word_end];
            if text.get(start) == Some(&b'"') {
                let close = end_of(text, start + 1, b'"');
                // A quote that more follows at once belongs to the text, like that of a damaged record.
                if text.get(close + 1).is_some_and(|next| *next != b' ') {
                    tokens.push(token);
                    continue;
                }
                token.value = &text[start + 1..close];
                token.is_quoted = true;
                at = close + 1;
            }
        }
        tokens.push(token);
    }
}

fn end_of(text: &[u8], from: usize, byte: u8) -> usize {
    memchr::memchr(byte, &text[from..]).map_or(text.len(), |at| from + at)
}

/// Kernels before 3.13 wrote `old auid=… new auid=…` where later ones write `old-auid=… auid=…`.
pub(crate) fn renamed<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut tokens = tokens.to_vec();
    for place in 1..tokens.len() {
        let is_old = tokens[place - 1].key.is_empty() && tokens[place - 1].value == b"old";
        match tokens[place].key {
            b"auid" if is_old => tokens[place].key = b"old-auid",
            b"ses" if is_old => tokens[place].key = b"old-ses",
            _ => {}
        }
    }
    tokens
}

/// The bytes that upper-case hex digits stand for.
pub(crate) fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    text.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}
