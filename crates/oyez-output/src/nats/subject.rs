//! Subjects: a pattern and a message's key in, a subject out that no server takes for another one.
//!
//! Refuses patterns that are no subject to publish on: empty tokens, wildcards, spaces (docs.nats.io, "Subject-Based Messaging").

use crate::sink::Failure;

/// What stands for the key.
const KEY: &str = "{key}";
/// Bytes of a key that are used.
const LONGEST: usize = 128;
/// Bytes of a pattern.
const MOST: usize = 1024;

/// A subject with places for the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Between each two of them is a key.
    pieces: Vec<String>,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Self, Failure> {
        if !is_fit(&text.replace(KEY, "_")) || text.len() > MOST {
            return Err(Failure::new(format!("cannot publish on NATS subject {text:?}: it is none")));
        }
        Ok(Self { pieces: text.split(KEY).map(str::to_owned).collect() })
    }

    /// Appends the subject for this key.
    pub(super) fn write(&self, key: &[u8], out: &mut Vec<u8>) {
        for (index, piece) in self.pieces.iter().enumerate() {
            if index > 0 {
                token(key, out);
            }
            out.extend_from_slice(piece.as_bytes());
        }
    }
}

/// Whether it is a subject without wildcards, of printable ASCII.
pub(super) fn is_fit(subject: &str) -> bool {
    let is_token = |token: &str| !token.is_empty() && token.bytes().all(is_sign);
    subject.split('.').all(is_token)
}

fn is_sign(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b".*>".contains(&byte)
}

fn token(key: &[u8], out: &mut Vec<u8>) {
    let key = key.get(..LONGEST).unwrap_or(key);
    if key.is_empty() {
        out.push(b'_');
    }
    out.extend(key.iter().map(|byte| if is_sign(*byte) { *byte } else { b'_' }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str, key: &[u8]) -> String {
        let mut out = Vec::new();
        Pattern::new(pattern).unwrap().write(key, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_key_is_one_token_whatever_is_in_it() {
        assert_eq!(of("audit", b"x"), "audit");
        assert_eq!(of("audit.{key}.events", b"web-1"), "audit.web-1.events");
        assert_eq!(of("{key}.{key}", b"a.b *>\r\n\xff"), "a_b______.a_b______");
        assert_eq!(of("a.x{key}", b""), "a.x_");
        assert_eq!(of("{key}", &[b'k'; 1000]).len(), LONGEST);
    }

    #[test]
    fn what_is_no_subject_is_refused() {
        for text in ["", "a b", "a..b", ".a", "a.", "a.*", ">", "a\n", "ä", &"x".repeat(2000)] {
            assert!(Pattern::new(text).is_err(), "{text}");
        }
    }
}
