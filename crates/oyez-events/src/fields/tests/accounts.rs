//! Whether a split record still holds every byte: names, values and the marks between them, in order and without gaps.
//!
//! The splitter's tests and the fuzzer `fields` share it; whoever declares this module has the types in scope.

use super::{Field, FieldKey, Fields, Form, Record};

/// # Panics
/// If a byte of the body or of the tail is in no field and is no mark that belongs there.
pub(super) fn for_every_byte(record: &Record<'_>, fields: &Fields) {
    let mut walk = Walk { text: record.body(), at: 0 };
    for field in fields.own() {
        walk.pass(field, false);
    }
    for field in fields.claimed() {
        walk.pass(field, true);
    }
    walk.end(record.body().contains(&b'\''));
    let mut walk = Walk { text: record.tail(), at: 0 };
    for field in fields.tail() {
        walk.pass(field, false);
    }
    walk.end(false);
}

struct Walk<'t> {
    text: &'t [u8],
    at: usize,
}

impl Walk<'_> {
    fn pass(&mut self, field: &Field, is_claim: bool) {
        let has_name = !matches!(field.key, FieldKey::Words) && !field.name.is_empty();
        let start = if has_name { field.name.start() } else { field.value.start() };
        let is_empty_name = field.key == FieldKey::Unknown && field.name.is_empty();
        let start = if is_empty_name { field.name.start() } else { start };
        self.gap(start, is_claim);
        if has_name || is_empty_name {
            self.at += field.name.len();
            self.mark(b"=");
            let (open, _) = self.quotes(field);
            self.mark(open);
        }
        assert_eq!(self.at, field.value.start(), "a gap before a value of {self}");
        self.at += field.value.len();
        assert!(self.at <= self.text.len(), "a value reaches over the end of {self}");
        let (_, close) = self.quotes(field);
        if field.form == Form::Braced {
            self.spaces(self.text.len());
        }
        self.mark(close);
    }

    /// What stands around the value of `field`; called in front of it and behind it.
    fn quotes(&self, field: &Field) -> (&'static [u8], &'static [u8]) {
        let before = field.value.start().checked_sub(1).and_then(|at| self.text.get(at));
        match (field.form, before) {
            (Form::Quoted, Some(b'\'')) => (b"'", b"'"),
            (Form::Quoted, _) => (b"\"", b"\""),
            (Form::Braced, _) => (b"{", b"}"),
            (Form::Torn, Some(b'\'')) => (b"'", b""),
            (Form::Torn, Some(b'{')) => (b"{", b""),
            (Form::Torn, _) => (b"\"", b""),
            (Form::Bare, _) => (b"", b""),
        }
    }

    /// Only marks may stand between the last field and `start`.
    fn gap(&mut self, start: usize, is_claim: bool) {
        assert!(self.at <= start && start <= self.text.len(), "fields overlap in {self}: {start}");
        let quotes: &[&[u8]] = if is_claim { &[b"msg='", b"'"] } else { &[] };
        let (closing, opening): ([&[u8]; 4], [&[u8]; 4]) = ([b")", b",", b")", b"for"], [b"for", b"avc:", b"{", b"("]);
        let marks = closing.iter().chain(quotes).chain(&opening);
        for mark in marks {
            self.spaces(start);
            if self.at + mark.len() <= start && self.text[self.at..].starts_with(mark) {
                self.at += mark.len();
            }
        }
        self.spaces(start);
        assert_eq!(self.at, start, "bytes are lost in {self}");
    }

    fn end(&mut self, may_be_claim: bool) {
        self.at = self.at.min(self.text.len());
        self.gap(self.text.len(), may_be_claim);
    }

    fn spaces(&mut self, end: usize) {
        while self.at < end && self.text.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
    }

    fn mark(&mut self, mark: &[u8]) {
        assert!(self.text[self.at..].starts_with(mark), "no {} in {self}", mark.escape_ascii());
        self.at += mark.len();
    }
}

impl std::fmt::Display for Walk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\" at {}", self.text.escape_ascii(), self.at)
    }
}
