//! What must hold of redaction for any event and any patterns: what a pattern captures is nowhere left, and nothing else is
//! lost. The texts and what is secret in them are found here again, by other means. The tests and the fuzzer `redact` share it;
//! whoever declares this module has the types in scope.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

use super::{Event, Field, FieldKey, Fields, Form, Key, Kind, Record, Redactor, hex_to};

const EXECVE: u16 = 1309;
const PROCTITLE: u16 = 1327;
const TTY: [u16; 2] = [1319, 1124];
const USER_CMD: u16 = 1123;
/// Fewer matches than a redactor ever stops at.
const FEW: usize = 8;
/// Titles and arguments may have been cut, and more of them is hidden then.
const MAX_TITLE: usize = 128;

/// The patterns, as a redactor was made with them.
pub(super) struct Known {
    commands: Vec<Regex>,
    paths: Vec<Regex>,
}

/// Bytes of a record that are a text's, or a part of one.
struct Piece {
    record: usize,
    value: Range<usize>,
    is_hex: bool,
    arg: (u32, u32),
    text: Vec<u8>,
}

/// A text, with a mark for each byte: whether it is one between arguments.
struct Text {
    pieces: Vec<Piece>,
    is_command: bool,
    is_title: bool,
}

impl Known {
    /// `commands` are looked for in command lines, `paths` in all texts that the kernel encodes.
    pub(super) fn new<'p>(commands: impl Iterator<Item = &'p str>, paths: impl Iterator<Item = &'p str>) -> Self {
        let made = |text: &str| RegexBuilder::new(text).unicode(false).build().expect("a redactor took it");
        Known { commands: commands.map(made).collect(), paths: paths.map(made).collect() }
    }

    /// Checks one event.
    pub(super) fn event(&self, redactor: &mut Redactor, event: &Event) {
        let mut out = Event::default();
        out.copy_from(redactor.event(event));
        self.compare(event, &out);
        // What is remembered of texts says the same.
        assert!(same(redactor.event(event), &out), "another result the second time");
        assert_eq!(std::ptr::eq(redactor.event(event), event), !out.is_redacted());
    }

    /// Checks a text that is of no event.
    pub(super) fn text(&self, redactor: &mut Redactor, text: &[u8]) {
        for is_cut in [false, true] {
            let mut argv = text.to_vec();
            let is_changed = redactor.arguments(&mut argv, is_cut);
            let (secret, is_exact) = captured(&self.commands, text);
            assert!(is_changed || argv == text);
            only_stars(text, &argv);
            assert!(secret.iter().all(|at| argv[*at] == b'*'), "{secret:?} of {text:?} is left: {argv:?}");
            if is_exact && !is_cut {
                assert!((0..text.len()).all(|at| text[at] == argv[at] || secret.binary_search(&at).is_ok()));
            }
        }
        let mut path = text.to_vec();
        redactor.path(&mut path);
        only_stars(text, &path);
        assert!(captured(&self.paths, text).0.iter().all(|at| path[*at] == b'*'), "{text:?} is left: {path:?}");
    }

    fn compare(&self, event: &Event, out: &Event) {
        assert_eq!((event.len(), event.id(), event.node()), (out.len(), out.id(), out.node()));
        for (before, after) in event.records().zip(out.records()) {
            let rest = |record: &Record<'_>| (record.number(), record.name().to_vec(), record.tail().to_vec());
            assert_eq!(rest(&before), rest(&after));
            only_stars(before.body(), after.body());
            same_fields(&before, &after);
        }
        let mut may_have = false;
        for text in texts(event) {
            let patterns = if text.is_command { &self.commands } else { &self.paths };
            let (whole, places) = text.joined();
            let (secret, is_exact) = captured(patterns, &whole);
            may_have |= !secret.is_empty() || !is_exact || text.is_title;
            for at in secret {
                let Some((piece, offset)) = places[at] else { continue };
                text.pieces[piece].check(out, offset);
            }
        }
        assert!(may_have || !out.is_redacted(), "nothing was secret");
    }
}

impl Piece {
    fn check(&self, out: &Event, offset: usize) {
        let body = out.record(self.record).expect("as many records").body();
        let value = &body[self.value.clone()];
        let found = if self.is_hex { &value[2 * offset..2 * offset + 2] } else { &value[offset..=offset] };
        // A quote in a value that is none of a quoted one: where fields end hangs on it.
        let wanted: &[u8] = match found {
            _ if self.is_hex => b"2A",
            b"\"" => b"\"",
            _ => b"*",
        };
        assert_eq!(found, wanted, "at {offset} of {:?} in {:?}", self.text, String::from_utf8_lossy(body));
    }
}

impl Text {
    fn of(piece: Piece, is_command: bool) -> Self {
        let is_title = piece.text.len() >= MAX_TITLE;
        Text { pieces: vec![piece], is_command, is_title }
    }

    /// The text, and for each of its bytes which piece's it is, and where there.
    fn joined(&self) -> (Vec<u8>, Vec<Option<(usize, usize)>>) {
        let (mut text, mut places) = (Vec::new(), Vec::new());
        for (at, piece) in self.pieces.iter().enumerate() {
            if at > 0 && self.pieces[at - 1].arg.0 != piece.arg.0 {
                text.push(0);
                places.push(None);
            }
            text.extend_from_slice(&piece.text);
            places.extend((0..piece.text.len()).map(|offset| Some((at, offset))));
        }
        (text, places)
    }
}

/// All texts of an event that patterns are looked for in.
fn texts(event: &Event) -> Vec<Text> {
    let (mut all, mut argv, mut fields) = (Vec::new(), Vec::new(), Fields::new());
    for (index, record) in event.records().enumerate() {
        fields.split(&record);
        for field in fields.own() {
            if let (EXECVE, FieldKey::Arg(arg)) = (record.number(), field.key) {
                argv.push(piece(index, &record, field, (arg, 0)));
            } else if let (EXECVE, FieldKey::ArgPiece(arg, part)) = (record.number(), field.key) {
                argv.push(piece(index, &record, field, (arg, part)));
            }
        }
        for field in fields.own().iter().chain(fields.claimed()) {
            let FieldKey::Known(key) = field.key else { continue };
            let number = record.number();
            let is_command = match key {
                Key::Proctitle => number == PROCTITLE,
                Key::Cmd => number == USER_CMD,
                Key::Data => number == USER_CMD || TTY.contains(&number),
                _ => false,
            };
            if is_command || key.kind(number) == Kind::Encoded {
                all.push(Text::of(piece(index, &record, field, (0, 0)), is_command));
            }
        }
    }
    argv.sort_by_key(|piece| piece.arg);
    all.push(Text { pieces: argv, is_command: true, is_title: false });
    all
}

fn piece(record: usize, of: &Record<'_>, field: &Field, arg: (u32, u32)) -> Piece {
    let (value, mut text) = (field.value.of(of.body()), Vec::new());
    let is_hex = field.form == Form::Bare && hex_to(value, &mut text);
    if !is_hex {
        text = value.to_vec();
    }
    Piece { record, value: field.value.start()..field.value.start() + field.value.len(), is_hex, arg, text }
}

/// Where anything is captured, in order, and whether that is surely all that is to be hidden: behind many matches all is.
fn captured(patterns: &[Regex], text: &[u8]) -> (Vec<usize>, bool) {
    let (mut secret, mut is_exact) = (Vec::new(), true);
    for regex in patterns {
        for (count, captures) in regex.captures_iter(text).enumerate() {
            is_exact &= count < FEW;
            secret.extend(captures.iter().skip(1).flatten().flat_map(|group| group.range()));
        }
    }
    secret.sort_unstable();
    secret.dedup();
    (secret, is_exact)
}

fn only_stars(before: &[u8], after: &[u8]) {
    assert_eq!(before.len(), after.len());
    let mut changed = before.iter().zip(after).filter(|(before, after)| before != after);
    assert!(changed.all(|(_, after)| matches!(after, b'*' | b'2' | b'A')), "{before:?} became {after:?}");
}

/// Keys and places are the same. Brackets around a claim are told by their being two: hidden ones are no more, or are one.
fn same_fields(before: &Record<'_>, after: &Record<'_>) {
    let (mut old, mut new) = (Fields::new(), Fields::new());
    old.split(before);
    new.split(after);
    let all = |fields: &Fields| fields.own().iter().chain(fields.claimed()).copied().collect::<Vec<_>>();
    let (old, new) = (all(&old), all(&new));
    assert_eq!(old.len(), new.len(), "{before:?} became {after:?}");
    for (old, new) in old.iter().zip(&new) {
        let end = |field: &Field| field.value.start() + field.value.len();
        let is_same = old.key == new.key && old.value.start() == new.value.start();
        assert!(is_same && end(old).abs_diff(end(new)) <= 2, "{before:?} became {after:?}");
    }
}

fn same(one: &Event, other: &Event) -> bool {
    one.len() == other.len()
        && one.is_redacted() == other.is_redacted()
        && one.records().zip(other.records()).all(|(one, other)| one.body() == other.body())
}
