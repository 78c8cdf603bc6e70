//! What user space says inside `msg='…'` → the object `msg`, as laurel splits it.
//!
//! Pairs of `key=value` or `key: value`, separated by spaces. A value is a quoted string without spaces, or all words up to the
//! next ` key=` (then quotes are part of it). Values are text, whatever they look like; `?` and `(null)` are null, but not at the
//! end. What does not read like this is one string.

use oyez_events::fields::Form;
use oyez_tables::key::{self, Kind};

use super::kind::Base;
use super::object::Object;
use super::string::string;
use super::value::value;

/// A key and a value of the text.
#[derive(Clone, Copy, Debug)]
struct Pair {
    name: (usize, usize),
    value: (usize, usize),
    form: Form,
}

/// Splits claims; keeps its buffers.
#[derive(Debug, Default)]
pub(super) struct Claims {
    pairs: Vec<Pair>,
    object: Object,
}

impl Claims {
    /// Appends what stands between the quotes, of a record of this type.
    pub(super) fn write(&mut self, text: &[u8], record_type: u16, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
        self.pairs.clear();
        if !split(text, &mut self.pairs) {
            return string(text, out);
        }
        self.object.start(out);
        for (index, pair) in self.pairs.iter().enumerate() {
            let of = |(start, end)| text.get(start..end).unwrap_or_default();
            let (name, said) = (of(pair.name), of(pair.value));
            let is_encoded = key::lookup(name).is_some_and(|key| key.kind(record_type) == Kind::Encoded);
            let is_last = index + 1 == self.pairs.len();
            self.object.member(name, out, |out| match pair.form {
                Form::Bare if said.is_empty() || (is_last && matches!(said, b"?" | b"(null)")) => string(said, out),
                form => value(said, form, (Base::None, is_encoded), scratch, out),
            });
        }
        self.object.end(out);
    }
}

/// Whether `text` is nothing but pairs.
fn split(text: &[u8], pairs: &mut Vec<Pair>) -> bool {
    let mut at = 0;
    while at < text.len() {
        let Some(name_end) = key_end(text, at) else { return false };
        let start = match text.get(name_end) {
            Some(b'=') => name_end + 1,
            Some(b':') => spaces(text, name_end + 1),
            _ => return false,
        };
        let (value, form, end) = if let Some(end) = quoted_end(text, start) {
            ((start + 1, end - 1), Form::Quoted, end)
        } else {
            let end = words_end(text, start);
            ((start, end), Form::Bare, end)
        };
        pairs.push(Pair { name: (at, name_end), value, form });
        at = spaces(text, end);
        if at == end && end < text.len() {
            return false;
        }
    }
    true
}

/// Where the key at `at` ends: letters, then letters, digits, `-` and `_`.
fn key_end(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    rest.first().filter(|byte| byte.is_ascii_alphabetic())?;
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    Some(at + rest.iter().position(|byte| !is_key(byte)).unwrap_or(rest.len()))
}

/// Where a string in double quotes without spaces ends, that a space or the end follows.
fn quoted_end(text: &[u8], start: usize) -> Option<usize> {
    let inside = text.get(start..)?.strip_prefix(b"\"")?;
    let len = inside.iter().position(|byte| !matches!(byte, b'!' | b'#'..=b'~'))?;
    let end = start + 1 + len;
    let is_closed = text.get(end) == Some(&b'"') && text.get(end + 1).is_none_or(|byte| *byte == b' ');
    is_closed.then_some(end + 1)
}

/// Where the words at `start` end: before the next ` key=`.
fn words_end(text: &[u8], start: usize) -> usize {
    let mut end = word_end(text, start);
    while end < text.len() {
        let next = spaces(text, end);
        if next == text.len() || key_end(text, next).is_some_and(|end| text.get(end) == Some(&b'=')) {
            break;
        }
        end = word_end(text, next);
    }
    end
}

fn word_end(text: &[u8], start: usize) -> usize {
    memchr::memchr(b' ', text.get(start..).unwrap_or_default()).map_or(text.len(), |len| start + len)
}

fn spaces(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| **byte == b' ').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let (mut scratch, mut out) = (Vec::new(), Vec::new());
        Claims::default().write(text.as_bytes(), 1112, &mut scratch, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn claims_are_split_as_laurel_splits_them() {
        for (text, wanted) in [
            (
                r#"op=PAM:accounting acct="eve" exe="/usr/sbin/sshd" hostname=? addr=192.0.2.7 terminal=ssh res=success"#,
                r#"{"op":"PAM:accounting","acct":"eve","exe":"/usr/sbin/sshd","hostname":null,"addr":"192.0.2.7","terminal":"ssh","res":"success"}"#,
            ),
            (
                "op=adding user id=1000 acct=6576 65 res=?",
                r#"{"op":"adding user","id":"1000","acct":"6576 65","res":"?"}"#,
            ),
            ("cmd=6C73202D6C res=success", r#"{"cmd":"ls -l","res":"success"}"#),
            (r#"text="a b" x= y=1"#, r#"{"text":"\"a b\"","x":"","y":"1"}"#),
            ("avc:  received notice (seqno=2) exe=\"/a\"", r#"{"avc":"received notice (seqno=2)","exe":"/a"}"#),
            ("res=failed res=success", r#"{"res":"failed","MORE":[{"res":"success"}]}"#),
            ("", "{}"),
            ("hello world", r#""hello world""#),
            (" a=1", r#"" a=1""#),
        ] {
            assert_eq!(written(text), wanted, "{text}");
        }
    }
}
