//! Lua's patterns → regular expressions, so that matching takes linear time.
//!
//! A pattern in; an expression for the crate `regex`, matched byte by byte, out. Classes, sets, `*`, `+`, `?`, `-`, anchors,
//! captures and captures of places mean what the reference manual of Lua 5.1 (5.4.1) says, and the match found is the one that
//! Lua finds: both prefer as a backtracking matcher does. Refused, with the reason: `%b`, `%f` and back references, which no
//! regular expression can say.

use std::fmt::Write as _;

/// A pattern, translated.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Translated {
    /// The expression, without its anchor.
    pub(super) regex: String,
    /// Whether it matches at the beginning alone.
    pub(super) is_anchored: bool,
    /// Of each capture whether it is of a place.
    pub(super) places: Vec<bool>,
}

/// More captures than Lua has (`LUA_MAXCAPTURES`) are refused.
const MAX_CAPTURES: usize = 32;

/// Translates `pattern`; where `has_anchor` is false, `^` at its beginning means itself, as in `gmatch`.
///
/// # Errors
/// It is no pattern, or one that cannot be translated: what is wrong with it.
pub(super) fn translate(pattern: &[u8], has_anchor: bool) -> Result<Translated, String> {
    let is_anchored = has_anchor && pattern.first() == Some(&b'^');
    let rest = if is_anchored { pattern.get(1..).unwrap_or_default() } else { pattern };
    let mut reading = Reading { rest, regex: "(?s-u)".to_owned(), places: Vec::new(), open: Vec::new() };
    while let Some((&byte, rest)) = reading.rest.split_first() {
        reading.rest = rest;
        reading.item(byte)?;
    }
    if !reading.open.is_empty() {
        return Err("unfinished capture".to_owned());
    }
    Ok(Translated { regex: reading.regex, is_anchored, places: reading.places })
}

struct Reading<'p> {
    rest: &'p [u8],
    regex: String,
    places: Vec<bool>,
    /// Captures that are not closed yet.
    open: Vec<usize>,
}

impl Reading<'_> {
    fn item(&mut self, byte: u8) -> Result<(), String> {
        match byte {
            b'(' => self.open(),
            b')' => self.close(),
            b'$' if self.rest.is_empty() => {
                self.regex.push_str("\\z");
                Ok(())
            }
            _ => {
                let set = self.single(byte)?;
                self.write(&set);
                self.repeat();
                Ok(())
            }
        }
    }

    fn open(&mut self) -> Result<(), String> {
        if self.places.len() >= MAX_CAPTURES {
            return Err("too many captures".to_owned());
        }
        if let Some(rest) = self.rest.strip_prefix(b")") {
            self.rest = rest;
            self.places.push(true);
            self.regex.push_str("()");
        } else {
            self.open.push(self.places.len());
            self.places.push(false);
            self.regex.push('(');
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        self.open.pop().ok_or("invalid pattern capture")?;
        self.regex.push(')');
        Ok(())
    }

    /// The bytes that one item matches.
    fn single(&mut self, byte: u8) -> Result<Set, String> {
        match byte {
            b'.' => Ok(Set::ALL),
            b'[' => self.set(),
            b'%' => {
                let (&code, rest) = self.rest.split_first().ok_or("malformed pattern (ends with '%')")?;
                self.rest = rest;
                match code {
                    b'b' => Err("%b is not supported: it cannot be matched in linear time".to_owned()),
                    b'f' => Err("%f is not supported: use oyez.regex with \\b".to_owned()),
                    b'0'..=b'9' => Err(format!("%{} is not supported: no back references", char::from(code))),
                    _ => Ok(class(code)),
                }
            }
            _ => Ok(Set::of(byte)),
        }
    }

    fn set(&mut self) -> Result<Set, String> {
        const OPEN: &str = "malformed pattern (missing ']')";
        let is_not = self.rest.first() == Some(&b'^');
        self.rest = self.rest.get(usize::from(is_not)..).unwrap_or_default();
        let mut set = Set::NONE;
        let mut is_first = true;
        loop {
            let (&byte, rest) = self.rest.split_first().ok_or(OPEN)?;
            self.rest = rest;
            match (byte, rest) {
                (b']', _) if !is_first => break,
                (b'%', [code, rest @ ..]) => {
                    self.rest = rest;
                    set.add(&class(*code));
                }
                (b'%', []) => return Err("malformed pattern (ends with '%')".to_owned()),
                (_, [b'-', last, rest @ ..]) if *last != b']' => {
                    self.rest = rest;
                    (byte..=*last).for_each(|byte| set.put(byte));
                }
                _ => set.put(byte),
            }
            is_first = false;
        }
        Ok(if is_not { set.inverse() } else { set })
    }

    fn repeat(&mut self) {
        let Some((&byte, rest)) = self.rest.split_first() else { return };
        let suffix = match byte {
            b'*' => "*",
            b'+' => "+",
            b'?' => "?",
            b'-' => "*?",
            _ => return,
        };
        self.rest = rest;
        self.regex.push_str(suffix);
    }

    fn write(&mut self, set: &Set) {
        self.regex.push('[');
        if set.is_empty() {
            self.regex.push_str("^\\x00-\\xFF");
        }
        for (first, last) in set.ranges() {
            // A String takes all that is written to it.
            let _ = write!(self.regex, "\\x{first:02X}-\\x{last:02X}");
        }
        self.regex.push(']');
    }
}

/// A set of bytes.
#[derive(Clone)]
struct Set([u128; 2]);

impl Set {
    const NONE: Set = Set([0; 2]);
    const ALL: Set = Set([u128::MAX; 2]);

    fn of(byte: u8) -> Set {
        let mut set = Set::NONE;
        set.put(byte);
        set
    }

    fn put(&mut self, byte: u8) {
        let [low, high] = &mut self.0;
        *(if byte < 128 { low } else { high }) |= 1 << (byte & 127);
    }

    fn has(&self, byte: u8) -> bool {
        let [low, high] = self.0;
        (if byte < 128 { low } else { high }) >> (byte & 127) & 1 == 1
    }

    fn add(&mut self, other: &Set) {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine |= others;
        }
    }

    fn inverse(&self) -> Set {
        Set(self.0.map(|half| !half))
    }

    fn is_empty(&self) -> bool {
        self.0 == [0; 2]
    }

    /// First and last byte of each run.
    fn ranges(&self) -> Vec<(u8, u8)> {
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for byte in (0..=u8::MAX).filter(|byte| self.has(*byte)) {
            match ranges.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(byte) => *last = byte,
                _ => ranges.push((byte, byte)),
            }
        }
        ranges
    }
}

/// What `%` with this letter matches, in the C locale; with anything else that itself.
fn class(code: u8) -> Set {
    let is_in: fn(u8) -> bool = match code.to_ascii_lowercase() {
        b'a' => |byte| byte.is_ascii_alphabetic(),
        b'c' => |byte| byte.is_ascii_control(),
        b'd' => |byte| byte.is_ascii_digit(),
        b'g' => |byte| byte.is_ascii_graphic(),
        b'l' => |byte| byte.is_ascii_lowercase(),
        b'p' => |byte| byte.is_ascii_punctuation(),
        b's' => |byte| byte == b' ' || (9..=13).contains(&byte),
        b'u' => |byte| byte.is_ascii_uppercase(),
        b'w' => |byte| byte.is_ascii_alphanumeric(),
        b'x' => |byte| byte.is_ascii_hexdigit(),
        b'z' => |byte| byte == 0,
        _ => return Set::of(code),
    };
    let mut set = Set::NONE;
    (0..=u8::MAX).filter(|byte| is_in(*byte)).for_each(|byte| set.put(byte));
    if code.is_ascii_uppercase() { set.inverse() } else { set }
}
