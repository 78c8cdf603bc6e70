//! What was typed on a terminal: text in quotes, keys by name, `"ls",<up>,<ret>`.
//!
//! Input is the value of `data`: hex, or quoted text. Keys that send more than one byte are told by what terminals send:
//! xterm's control sequences (ctlseqs.txt), the Linux console's (`console_codes(4)`), and rxvt's. A sequence that is none of
//! theirs is `<esc>` and text.

use std::io::Write as _;

use oyez_events::fields::Form;

use super::text;

/// The bytes that were typed.
#[derive(Clone, Copy)]
enum Typed<'a> {
    Text(&'a [u8]),
    Hex(&'a [u8]),
}

impl Typed<'_> {
    fn get(&self, at: usize) -> Option<u8> {
        match self {
            Typed::Text(bytes) => bytes.get(at).copied(),
            Typed::Hex(digits) => {
                let pair = digits.get(at.checked_mul(2)?..)?.first_chunk::<2>()?;
                super::number::hex(pair).and_then(|byte| u8::try_from(byte).ok())
            }
        }
    }
}

/// Writes the keystrokes of `value`; nothing for what is neither quoted nor hex.
pub(super) fn keystrokes(value: &[u8], form: Form, out: &mut Vec<u8>) -> bool {
    let is_hex = value.len().is_multiple_of(2) && value.iter().all(u8::is_ascii_hexdigit);
    let typed = match form {
        Form::Bare if is_hex => Typed::Hex(value),
        Form::Bare => return false,
        _ => Typed::Text(value),
    };
    let mut line = Line { out, is_empty: true, in_text: false };
    let mut at = 0;
    while let Some(byte) = typed.get(at) {
        at += key(typed, at, byte, &mut line);
    }
    line.end_text();
    true
}

/// Writes what begins at `at` and tells how many bytes that was.
fn key(typed: Typed<'_>, at: usize, byte: u8, line: &mut Line<'_>) -> usize {
    match byte {
        0x1b => {
            if let Some((modifier, name, len)) = sequence(typed, at + 1) {
                line.key(format_args!("{modifier}{name}"));
                return len + 1;
            }
            line.key(format_args!("esc"));
        }
        8 | 0x7f => line.key(format_args!("backspace")),
        b'\t' => line.key(format_args!("tab")),
        b'\n' => line.key(format_args!("nl")),
        b'\r' => line.key(format_args!("ret")),
        1..=26 => line.key(format_args!("^{}", char::from(byte + b'@'))),
        _ => return character(typed, at, byte, line),
    }
    1
}

/// Writes one character of text; bytes that are none in octal.
fn character(typed: Typed<'_>, at: usize, byte: u8, line: &mut Line<'_>) -> usize {
    line.begin_text();
    let mut bytes = [byte, 0, 0, 0];
    let len = match byte {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    for (place, slot) in bytes.iter_mut().enumerate().take(len).skip(1) {
        *slot = typed.get(at + place).unwrap_or_default();
    }
    let whole = bytes.get(..len).and_then(|bytes| str::from_utf8(bytes).ok());
    match whole.and_then(|text| text.chars().next()) {
        Some(character @ ('"' | '\\')) => {
            line.out.push(b'\\');
            text::put_char(character, line.out);
        }
        Some(character) => text::put_char(character, line.out),
        None => {
            text::octal(&[byte], line.out);
            return 1;
        }
    }
    len
}

/// The key whose sequence begins behind an escape at `at`: modifiers, name, and the sequence's length.
fn sequence(typed: Typed<'_>, at: usize) -> Option<(&'static str, &'static str, usize)> {
    match typed.get(at)? {
        // Application mode of keypad and cursor keys (SS3).
        b'O' => Some(("", keypad(typed.get(at + 1)?)?, 2)),
        // Function keys of the Linux console.
        b'[' if typed.get(at + 1) == Some(b'[') => {
            let name = ["F1", "F2", "F3", "F4", "F5"];
            let place = typed.get(at + 2)?.checked_sub(b'A')?;
            Some(("", name.get(usize::from(place))?, 3))
        }
        b'[' => control(typed, at + 1).map(|(modifier, name, len)| (modifier, name, len + 1)),
        _ => None,
    }
}

/// A control sequence: up to two numbers and a letter that ends it.
fn control(typed: Typed<'_>, at: usize) -> Option<(&'static str, &'static str, usize)> {
    let (first, len) = digits(typed, at);
    let (second, len) = match typed.get(at + len)? {
        b';' => {
            let (second, more) = digits(typed, at + len + 1);
            (second?, len + 1 + more)
        }
        _ => (1, len),
    };
    let end = typed.get(at + len)?;
    let (modifier, name) = match end {
        b'~' => (modifier(second)?, numbered(first?)?),
        // rxvt's modifiers.
        b'$' => ("shift-", numbered(first?)?),
        b'^' => ("ctrl-", numbered(first?)?),
        b'@' => ("ctrl-shift-", numbered(first?)?),
        b'Z' if first.is_none() => ("", "back-tab"),
        // What xterm tells of the mouse has no name that would help.
        b'M' => return None,
        _ if matches!(first, None | Some(1)) => (modifier(second)?, keypad(end)?),
        _ => return None,
    };
    Some((modifier, name, len + 1))
}

/// A number of at most three digits and its length.
fn digits(typed: Typed<'_>, at: usize) -> (Option<u16>, usize) {
    let (mut number, mut len) = (None, 0);
    while let Some(digit) = typed.get(at + len).filter(|digit| digit.is_ascii_digit() && len < 3) {
        number = Some(number.unwrap_or(0) * 10 + u16::from(digit - b'0'));
        len += 1;
    }
    (number, len)
}

/// xterm's modifier: one more than a set of shift 1, alt 2, ctrl 4.
fn modifier(number: u16) -> Option<&'static str> {
    let names = ["", "shift-", "alt-", "alt-shift-", "ctrl-", "ctrl-shift-", "ctrl-alt-", "ctrl-alt-shift-"];
    names.get(usize::from(number.checked_sub(1)?)).copied()
}

fn keypad(letter: u8) -> Option<&'static str> {
    Some(match letter {
        b'A' => "up",
        b'B' => "down",
        b'C' => "right",
        b'D' => "left",
        // The key in the middle of the keypad, in terminfo(5)'s words.
        b'E' => "B2",
        b'F' => "end",
        b'H' => "home",
        b'P' => "F1",
        b'Q' => "F2",
        b'R' => "F3",
        b'S' => "F4",
        _ => return None,
    })
}

fn numbered(number: u16) -> Option<&'static str> {
    Some(match number {
        1 | 7 => "home",
        2 => "insert",
        3 => "delete",
        4 | 8 => "end",
        5 => "page-up",
        6 => "page-down",
        11 => "F1",
        12 => "F2",
        13 => "F3",
        14 => "F4",
        15 => "F5",
        17 => "F6",
        18 => "F7",
        19 => "F8",
        20 => "F9",
        21 => "F10",
        23 => "F11",
        24 => "F12",
        25 => "F13",
        26 => "F14",
        28 => "F15",
        29 => "F16",
        31 => "F17",
        32 => "F18",
        33 => "F19",
        34 => "F20",
        200 => "paste-begin",
        201 => "paste-end",
        _ => return None,
    })
}

/// The line that is being written: runs of text in quotes and keys, with commas between.
struct Line<'o> {
    out: &'o mut Vec<u8>,
    is_empty: bool,
    in_text: bool,
}

impl Line<'_> {
    fn key(&mut self, name: std::fmt::Arguments<'_>) {
        self.end_text();
        self.next();
        let _ = write!(self.out, "<{name}>");
    }

    fn begin_text(&mut self) {
        if !self.in_text {
            self.next();
            self.out.push(b'"');
            self.in_text = true;
        }
    }

    fn end_text(&mut self) {
        if self.in_text {
            self.out.push(b'"');
            self.in_text = false;
        }
    }

    fn next(&mut self) {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> String {
        let (mut value, mut out) = (Vec::new(), Vec::new());
        for byte in bytes {
            let _ = write!(value, "{byte:02X}");
        }
        keystrokes(&value, Form::Bare, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn keys_are_named_and_text_is_quoted() {
        let known: [(&[u8], &str); 16] = [
            (b"ls\r", r#""ls",<ret>"#),
            (b"\x1b[A\x1b[B\x7f\x03\t", "<up>,<down>,<backspace>,<^C>,<tab>"),
            (b"a\"\\\x04", r#""a\"\\",<^D>"#),
            (b"\0\x1c \n", r#""\000\034 ",<nl>"#),
            ("é".as_bytes(), r#""é""#),
            (b"\xff\xc3x", r#""\377\303x""#),
            (b"\x1b[1~\x1b[3~\x1bOP\x1b[15~\x1b[Z", "<home>,<delete>,<F1>,<F5>,<back-tab>"),
            (b"\x1b[1;2A\x1b[15;5~\x1b[3$", "<shift-up>,<ctrl-F5>,<shift-delete>"),
            (b"\x1b[200~x\x1b[201~", r#"<paste-begin>,"x",<paste-end>"#),
            (b"\x1b[[C", "<F3>"),
            (b"\x1bx", r#"<esc>,"x""#),
            (b"\x1b", "<esc>"),
            (b"\x1b[", r#"<esc>,"[""#),
            (b"\x1b[99~", r#"<esc>,"[99~""#),
            (b"\x1b[1;9A", r#"<esc>,"[1;9A""#),
            (b"\x1b[65536;1~", r#"<esc>,"[65536;1~""#),
        ];
        for (bytes, text) in known {
            assert_eq!(typed(bytes), text);
        }
    }

    #[test]
    fn quoted_text_is_text() {
        let mut out = Vec::new();
        assert!(keystrokes(b"ls", Form::Quoted, &mut out));
        assert_eq!(out, b"\"ls\"");
        assert!(!keystrokes(b"ls", Form::Bare, &mut Vec::new()));
    }
}
