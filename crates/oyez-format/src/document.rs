//! A JSON object that is written member by member, for the formats whose members are known beforehand.
//!
//! Names and values in, text out. A member is always written with a comma in front; where its object or list ends, the first
//! comma becomes the bracket, and what has no members is left out. Text that is not UTF-8 is written with U+FFFD, and the
//! member's path and exact bytes are kept for [`Document::inexact`]. Names are the formats' own or those of additions and notices,
//! and nothing in them needs an escape.

use std::fmt::Display;
use std::io::Write as _;

use crate::out::Out;
use crate::{number, string};

/// What is put together for one long text is not kept beyond this.
const MAX_SPARE: usize = 256 << 10;

/// An object in the making; made to be used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Document {
    out: Out,
    /// The names of the objects and lists that are open.
    path: Vec<&'static str>,
    /// `,"PATH=HEX"` for each text that was not UTF-8.
    inexact: Out,
    /// A text that is put together.
    joint: Vec<u8>,
}

impl Document {
    /// Forgets the last object.
    pub(crate) fn start(&mut self) {
        if self.joint.capacity() > MAX_SPARE {
            self.joint = Vec::new();
        }
        self.out.clear();
        self.inexact.clear();
        self.path.clear();
    }

    /// Ends the object and appends it to `out` as a line.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>) {
        match self.out.get_mut(0) {
            Some(comma) => *comma = b'{',
            None => self.out.push(b'{'),
        }
        self.out.extend_from_slice(b"}\n");
        out.extend_from_slice(self.out.written());
    }

    /// A member that is an object; left out where `members` writes none.
    pub(crate) fn object(&mut self, name: &'static str, members: impl FnOnce(&mut Self)) {
        self.nested(name, *b"{}", members);
    }

    /// A member that is a list of what `items` writes by [`Document::item`] and [`Document::element`]; left out where that is
    /// nothing.
    pub(crate) fn list(&mut self, name: &'static str, items: impl FnOnce(&mut Self)) {
        self.nested(name, *b"[]", items);
    }

    /// An object in a list; left out where `members` writes none.
    pub(crate) fn element(&mut self, members: impl FnOnce(&mut Self)) {
        let before = self.out.len();
        self.out.push(b',');
        self.bracket(before, *b"{}", members);
    }

    /// A text in a list.
    pub(crate) fn item(&mut self, bytes: &[u8]) {
        self.out.push(b',');
        self.quoted(bytes, None);
    }

    /// A member that is text.
    pub(crate) fn text(&mut self, name: &str, bytes: &[u8]) {
        self.name(name);
        self.quoted(bytes, Some(name));
    }

    /// [`Document::text`], where there is some.
    pub(crate) fn some(&mut self, name: &'static str, bytes: Option<&[u8]>) {
        if let Some(bytes) = bytes {
            self.text(name, bytes);
        }
    }

    /// A member that is text made of `parts` with blanks between; left out where there is none.
    pub(crate) fn joined<'a>(&mut self, name: &'static str, parts: impl Iterator<Item = &'a [u8]>) {
        let mut joint = std::mem::take(&mut self.joint);
        joint.clear();
        for (place, part) in parts.enumerate() {
            joint.extend_from_slice(if place > 0 { b" " } else { b"" });
            joint.extend_from_slice(part);
        }
        if !joint.is_empty() {
            self.text(name, &joint);
        }
        self.joint = joint;
    }

    /// A member that is a list of texts, none of them missing; left out where there is none.
    pub(crate) fn texts<'a>(&mut self, name: &'static str, texts: impl Iterator<Item = &'a [u8]>) {
        self.list(name, |document| texts.for_each(|text| document.item(text)));
    }

    /// A member that is a list of texts, of any name.
    pub(crate) fn texts_of<'a>(&mut self, name: &str, texts: impl Iterator<Item = &'a [u8]>) {
        let (before, mut is_first) = (self.out.len(), true);
        self.name(name);
        for text in texts {
            self.out.push(if std::mem::take(&mut is_first) { b'[' } else { b',' });
            self.quoted(text, Some(name));
        }
        if is_first { self.out.truncate(before) } else { self.out.push(b']') }
    }

    /// A member that is text which prints as plain ASCII.
    pub(crate) fn printed(&mut self, name: &str, value: &impl Display) {
        self.name(name);
        self.out.push(b'"');
        // Writing to memory cannot fail.
        let _ = write!(self.out, "{value}");
        self.out.push(b'"');
    }

    /// A member that is a number.
    pub(crate) fn number(&mut self, name: &str, value: u64) {
        self.name(name);
        number::decimal(&mut self.out, value);
    }

    /// A member that is a number of either sign.
    pub(crate) fn signed(&mut self, name: &str, value: i64) {
        self.name(name);
        self.out.extend_from_slice(if value < 0 { b"-" } else { b"" });
        number::decimal(&mut self.out, value.unsigned_abs());
    }

    /// A member that is `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str, value: bool) {
        self.name(name);
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// A member with the texts that were not UTF-8, as `PATH=HEX`; left out where there was none.
    pub(crate) fn inexact(&mut self, name: &'static str) {
        let inexact = std::mem::take(&mut self.inexact);
        self.list(name, |document| document.out.extend_from_slice(inexact.written()));
        self.inexact = inexact;
    }

    fn nested(&mut self, name: &'static str, brackets: [u8; 2], members: impl FnOnce(&mut Self)) {
        let before = self.out.len();
        self.name(name);
        self.path.push(name);
        self.bracket(before, brackets, members);
        self.path.pop();
    }

    /// Takes back all from `before` on where `members` writes nothing.
    fn bracket(&mut self, before: usize, [open, close]: [u8; 2], members: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        members(self);
        if self.out.len() == start {
            return self.out.truncate(before);
        }
        if let Some(comma) = self.out.get_mut(start) {
            *comma = open;
        }
        self.out.push(close);
    }

    fn name(&mut self, name: &str) {
        self.out.extend_from_slice(b",\"");
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn quoted(&mut self, bytes: &[u8], name: Option<&str>) {
        if !string::quoted(&mut self.out, bytes) {
            self.note(bytes, name);
        }
    }

    #[cold]
    fn note(&mut self, bytes: &[u8], name: Option<&str>) {
        self.inexact.extend_from_slice(b",\"");
        let path = self.path.iter().map(|part| &**part);
        for (place, part) in path.chain(name).enumerate() {
            self.inexact.extend_from_slice(if place > 0 { b"." } else { b"" });
            self.inexact.extend_from_slice(part.as_bytes());
        }
        self.inexact.push(b'=');
        string::hex(&mut self.inexact, bytes);
        self.inexact.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(members: impl FnOnce(&mut Document)) -> String {
        let (mut document, mut out) = (Document::default(), Vec::new());
        document.text("forgotten", b"");
        document.start();
        members(&mut document);
        document.end(&mut out);
        String::from_utf8(out).expect("always UTF-8")
    }

    #[test]
    fn members_stand_in_their_order_and_empty_ones_are_left_out() {
        let text = written(|document| {
            document.object("none", |document| document.list("none", |_| ()));
            document.object("a", |document| {
                document.signed("m", i64::MIN);
                document.number("n", 7);
                document.texts("l", [&b"x"[..], b"\"y"].into_iter());
            });
            document.list("list", |document| {
                document.element(|document| document.flag("yes", true));
                document.element(|_| ());
                document.item(b"z");
            });
            document.printed("p", &1.5);
            document.joined("j", [&b"a"[..], b"b"].into_iter());
            document.joined("nothing", std::iter::empty());
            document.texts_of(&String::from("own"), [&b"b"[..], b"c"].into_iter());
            document.texts_of("none", std::iter::empty());
        });
        assert_eq!(
            text,
            "{\"a\":{\"m\":-9223372036854775808,\"n\":7,\"l\":[\"x\",\"\\\"y\"]},\"list\":[{\"yes\":true},\"z\"],\"p\":\"1.5\",\"j\":\"a b\",\"own\":[\"b\",\"c\"]}\n"
        );
        assert_eq!(written(|_| ()), "{}\n");
    }

    #[test]
    fn what_is_not_text_has_its_bytes_told_with_its_path() {
        let text = written(|document| {
            document.object("a", |document| {
                document.text("b", b"\xff/x");
                document.texts("c", [&b"ok"[..], b"\xfe"].into_iter());
                document.texts_of("d", [&b"\xfd"[..]].into_iter());
            });
            document.inexact("hex");
        });
        assert_eq!(
            text,
            "{\"a\":{\"b\":\"\u{fffd}/x\",\"c\":[\"ok\",\"\u{fffd}\"],\"d\":[\"\u{fffd}\"]},\"hex\":[\"a.b=FF2F78\",\"a.c=FE\",\"a.d=FD\"]}\n"
        );
    }
}
