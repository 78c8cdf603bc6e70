//! Globs: text with `*`, `?`, `[…]`, `{…,…}` → what it comes to, as simple as it can be matched.
//!
//! | written | matches |
//! |---|---|
//! | `?` | one byte; in a path no `/` |
//! | `*` | any bytes; in a path no `/` |
//! | `**` | any bytes |
//! | `/**/` | `/`, and `/` with anything and another `/` behind it |
//! | `**/` in front | nothing, and anything with `/` behind it |
//! | `[a-z_]`, `[!a-z]` | one byte of these, one of all others; in a path never `/` |
//! | `{a,b*}` | one of these; they may be nested |
//! | `\` | takes its meaning from the byte behind it |
//!
//! Refuses brackets and braces that do not end, an empty class, braces deeper than [`MAX_DEPTH`].

/// Braces within braces.
const MAX_DEPTH: usize = 8;

/// Whether a plain text is a glob.
pub(crate) fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// One part of a glob.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(Vec<u8>),
    /// `?`
    One,
    /// `*`
    Star,
    /// `**`
    Stars,
    /// `/**/`
    Folders,
    /// `**/` at the beginning.
    Lead,
    /// Whether those that are not in it are meant, and its ranges.
    Class(bool, Vec<(u8, u8)>),
    /// One of these.
    Either(Vec<Vec<Part>>),
}

/// What a glob comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Just this text.
    Exact(Vec<u8>),
    /// Text that begins with the first and ends with the second, which do not overlap; whether what lies between may hold `/`.
    Ends(Vec<u8>, Vec<u8>, bool),
    /// Text with this in it.
    Contains(Vec<u8>),
    /// What this regular expression matches; texts that are in all of it.
    Regex(String, Vec<Vec<u8>>),
}

/// Reads a glob; in a path, `*` and `?` do not cross `/`.
pub(crate) fn parse(text: &str, is_path: bool) -> Result<Shape, String> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    let parts = reader.parts(0)?;
    Ok(shape(parts, is_path))
}

fn shape(mut parts: Vec<Part>, is_path: bool) -> Shape {
    if !is_path {
        parts.iter_mut().filter(|part| **part == Part::Star).for_each(|part| *part = Part::Stars);
    }
    let empty = Vec::new;
    if parts.contains(&Part::Stars) && parts.iter().all(|part| matches!(part, Part::Stars | Part::Lead)) {
        return Shape::Ends(empty(), empty(), true);
    }
    match parts.as_mut_slice() {
        [] => Shape::Exact(empty()),
        [Part::Literal(text)] => Shape::Exact(std::mem::take(text)),
        [star @ (Part::Star | Part::Stars)] => Shape::Ends(empty(), empty(), *star == Part::Stars),
        [Part::Literal(front), star @ (Part::Star | Part::Stars)] => {
            Shape::Ends(std::mem::take(front), empty(), *star == Part::Stars)
        }
        [star @ (Part::Star | Part::Stars), Part::Literal(back)] => {
            Shape::Ends(empty(), std::mem::take(back), *star == Part::Stars)
        }
        [Part::Literal(front), star @ (Part::Star | Part::Stars), Part::Literal(back)] => {
            Shape::Ends(std::mem::take(front), std::mem::take(back), *star == Part::Stars)
        }
        [Part::Stars, Part::Literal(text), Part::Stars] => Shape::Contains(std::mem::take(text)),
        _ => {
            let mut regex = "^(?:".to_owned();
            write(&parts, is_path, &mut regex);
            regex.push_str(")$");
            let literal = |part| if let Part::Literal(text) = part { Some(text) } else { None };
            Shape::Regex(regex, parts.into_iter().filter_map(literal).collect())
        }
    }
}

/// Writes parts as a regular expression in which `.` is any byte.
fn write(parts: &[Part], is_path: bool, out: &mut String) {
    let one = if is_path { "[^/]" } else { "." };
    for part in parts {
        match part {
            Part::Literal(text) => out.push_str(&escape(text)),
            Part::One => out.push_str(one),
            Part::Star => {
                out.push_str(one);
                out.push('*');
            }
            Part::Stars => out.push_str(".*"),
            Part::Folders => out.push_str("/(?:.*/)?"),
            Part::Lead => out.push_str("(?:.*/)?"),
            Part::Class(is_not, ranges) => class(*is_not, ranges, is_path, out),
            Part::Either(choices) => {
                out.push_str("(?:");
                for (place, choice) in choices.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { "|" });
                    write(choice, is_path, out);
                }
                out.push(')');
            }
        }
    }
}

fn class(is_not: bool, ranges: &[(u8, u8)], is_path: bool, out: &mut String) {
    out.push_str(if is_path { "[[^/]&&[" } else { "[" });
    out.push_str(if is_not { "^" } else { "" });
    for (first, last) in ranges {
        push(*first, out);
        out.push('-');
        push(*last, out);
    }
    out.push_str(if is_path { "]]" } else { "]" });
}

fn push(byte: u8, out: &mut String) {
    if byte.is_ascii_alphanumeric() {
        out.push(char::from(byte));
    } else {
        out.extend(['\\', 'x', hex(byte >> 4), hex(byte & 15)]);
    }
}

fn hex(digit: u8) -> char {
    char::from_digit(digit.into(), 16).unwrap_or('0')
}

/// A regular expression for just `text`.
pub(crate) fn escape(text: &[u8]) -> String {
    let mut out = String::new();
    for byte in text {
        push(*byte, &mut out);
    }
    out
}

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    /// Parts up to the end, or within braces up to `,` or `}`, which are left.
    fn parts(&mut self, depth: usize) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        while let Some(byte) = self.peek() {
            match byte {
                b',' | b'}' if depth > 0 => break,
                b'*' => self.stars(&mut parts),
                b'?' => {
                    self.at += 1;
                    parts.push(Part::One);
                }
                b'[' => parts.push(self.class()?),
                b'{' => parts.push(self.either(depth + 1)?),
                _ => {
                    let byte = self.literal()?;
                    match parts.last_mut() {
                        Some(Part::Literal(text)) => text.push(byte),
                        _ => parts.push(Part::Literal(vec![byte])),
                    }
                }
            }
        }
        Ok(parts)
    }

    fn stars(&mut self, parts: &mut Vec<Part>) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| **byte == b'*').count();
        self.at += count;
        if count == 1 {
            return parts.push(Part::Star);
        }
        match parts.last_mut() {
            Some(Part::Literal(text)) if self.peek() == Some(b'/') && text.last() == Some(&b'/') => {
                self.at += 1;
                text.pop();
                if text.is_empty() {
                    parts.pop();
                }
                parts.push(Part::Folders);
            }
            None if self.at == count && self.peek() == Some(b'/') => {
                self.at += 1;
                parts.push(Part::Lead);
            }
            _ => parts.push(Part::Stars),
        }
    }

    fn class(&mut self) -> Result<Part, String> {
        self.at += 1;
        let is_not = matches!(self.peek(), Some(b'!' | b'^'));
        self.at += usize::from(is_not);
        let mut ranges = Vec::new();
        loop {
            if self.peek() == Some(b']') && !ranges.is_empty() {
                self.at += 1;
                return Ok(Part::Class(is_not, ranges));
            }
            let first = self.member()?;
            let is_range = self.peek() == Some(b'-') && self.bytes.get(self.at + 1).is_some_and(|byte| *byte != b']');
            self.at += usize::from(is_range);
            let last = if is_range { self.member()? } else { first };
            if first > last {
                return Err("a range in [ ] goes backwards".to_owned());
            }
            ranges.push((first, last));
        }
    }

    fn member(&mut self) -> Result<u8, String> {
        self.peek().ok_or("[ without ]")?;
        let byte = self.literal()?;
        if byte.is_ascii() { Ok(byte) } else { Err("only ASCII can stand in [ ]".to_owned()) }
    }

    fn either(&mut self, depth: usize) -> Result<Part, String> {
        if depth > MAX_DEPTH {
            return Err(format!("braces deeper than {MAX_DEPTH}"));
        }
        let mut choices = Vec::new();
        loop {
            self.at += 1;
            choices.push(self.parts(depth)?);
            match self.peek() {
                Some(b',') => (),
                Some(_) => break,
                None => return Err("{ without }".to_owned()),
            }
        }
        self.at += 1;
        Ok(Part::Either(choices))
    }

    /// One byte that stands for itself, perhaps behind `\`.
    fn literal(&mut self) -> Result<u8, String> {
        self.at += usize::from(self.peek() == Some(b'\\'));
        let byte = self.peek().ok_or("\\ at the end")?;
        self.at += 1;
        Ok(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}
