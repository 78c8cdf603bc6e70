//! The member `process`: fields of the main record, the records `EXECVE`, `CWD` and `PROCTITLE`, and what is known beyond them.
//!
//! What is known of a process tells its program, arguments and directory again, and formats have that where a record does not
//! say it; so what changes in a record and was the same there changes there, too.

use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;

use oyez_events::context::{Place, Process};
use oyez_events::fields::{Field, FieldKey, Form};
use oyez_tables::key::Key;
use oyez_tables::record_type;

use super::invalid::{At, Invalid};
use super::known::set_argv;
use super::pairs::{Pair, elements, exact, pairs, sibling, texts};
use super::parts::Part;
use super::records::{PROCESS, Target};
use super::value::{hex, untrusted};
use super::{Edit, derived};
use crate::document::Item;
use crate::tree::Tree;

/// How many bytes of arguments one `EXECVE` record has at most (kernel/auditsc.c, `MAX_EXECVE_AUDIT_LEN`).
const MAX_EXECVE: usize = 7500;

impl Edit<'_> {
    /// `process`.
    pub(super) fn process(&mut self, item: Option<Item<'_>>, tree: Option<&Tree>, at: &At<'_>) -> Result<(), Invalid> {
        self.lacks_ancestors = tree.is_none_or(|tree| tree.get(b"ancestors").is_none());
        let has_argv = self.event.numbers().any(|number| number == record_type::EXECVE);
        for pair in pairs(item, tree, at)?.iter().filter(|pair| !pair.is_same(item)) {
            let (at, hex) = (at.name(pair.name), sibling(item, pair.name, b"_hex"));
            if let Some(key) = PROCESS.iter().find(|key| key.name().as_bytes() == pair.name) {
                self.main_field(*key, pair, &at)?;
                self.mirror(pair, hex);
                continue;
            }
            match pair.name {
                b"argv" if has_argv => self.argv(pair, hex, &at)?,
                b"argv" => self.known_argv(pair, hex, &at)?,
                b"cwd" => {
                    self.record_of_one(record_type::CWD, Key::Cwd, pair.tree, &at)?;
                    self.mirror(pair, hex);
                }
                b"proctitle" => self.title(pair, hex, &at)?,
                b"started" | b"script" | b"sha256" | b"labels" | b"unit" | b"parent" | b"ancestors" => {
                    self.known_of_process(pair, item, &at)?;
                }
                name => {
                    let path = [&b"process."[..], name].concat();
                    if !derived::made(&String::from_utf8_lossy(&path), pair, self.root, &at)? {
                        derived::member(pair, item, &at)?;
                    }
                }
            }
        }
        if tree.is_none() {
            self.no_process();
        }
        Ok(())
    }

    /// Nothing is known of the process any more but the container, if the table still has it.
    fn no_process(&mut self) {
        let place = self
            .parts
            .place(self.context)
            .map(|place| Place { container: place.container.clone(), ..Place::default() });
        let place = place.filter(|place| place.container.is_some()).map(Arc::new);
        if let (Some(place), Some(process)) = (place, self.parts.process(self.context)) {
            *process = Process { snapshot: process.snapshot, place: Some(place), ..Process::default() };
        } else {
            self.parts.process = Part::Gone;
        }
        self.parts.ancestors = Some(Vec::new());
    }

    /// Changes what is known of the process where that was what the record said.
    fn mirror(&mut self, pair: &Pair<'_, '_>, hex: Option<Item<'_>>) {
        let (Some(known), Some(item)) = (self.context.process, pair.item) else { return };
        let old = exact(item, hex);
        let is_old = |text: &[u8]| !old.is_empty() && text == old;
        let is_number = |number: u32| super::pairs::is_same(item, None, &Tree::Number(number.into()));
        let is_known = match pair.name {
            b"pid" => is_number(known.key.pid),
            b"ppid" => is_number(known.ppid),
            b"comm" => is_old(&known.comm),
            b"exe" => is_old(&known.exe),
            _ => pair.name == b"cwd" && is_old(&known.cwd),
        };
        if !is_known {
            return;
        }
        let text = || Box::from(pair.tree.and_then(Tree::text).unwrap_or_default());
        let number = pair.tree.and_then(Tree::number).and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
        let Some(process) = self.parts.process(self.context) else { return };
        match pair.name {
            b"pid" => process.key.pid = number,
            b"ppid" => process.ppid = number,
            b"comm" => process.comm = text(),
            b"exe" => process.exe = text(),
            _ => process.cwd = text(),
        }
    }

    /// Arguments that no record tells.
    fn known_argv(&mut self, pair: &Pair<'_, '_>, hex: Option<Item<'_>>, at: &At<'_>) -> Result<(), Invalid> {
        let items = pair.tree.map_or(Ok(&[][..]), |tree| elements(tree, at))?;
        let args = texts(pair.item, hex, items, at)?;
        let process = self.parts.process(self.context).ok_or_else(|| at.unknown())?;
        process.argv_cut &= pair.tree.is_some();
        set_argv(process, &args, at)
    }

    /// Arguments: the `EXECVE` records are made anew.
    fn argv(&mut self, pair: &Pair<'_, '_>, hex: Option<Item<'_>>, at: &At<'_>) -> Result<(), Invalid> {
        let items = pair.tree.map_or(Ok(&[][..]), |tree| elements(tree, at))?;
        let args = texts(pair.item, hex, items, at)?;
        let mut is_done = pair.tree.is_none();
        for (index, number) in self.event.numbers().enumerate() {
            if number == record_type::EXECVE {
                let is_first = !std::mem::replace(&mut is_done, true);
                self.execve(index, is_first.then_some(&args));
            }
        }
        if self.context.process.is_some_and(|process| !process.argv.is_empty())
            && let Some(process) = self.parts.process(self.context)
        {
            let told: Vec<_> =
                args.into_iter().filter(|arg| arg.as_ref().is_some_and(|arg| !arg.contains(&0))).collect();
            process.argv_cut = false;
            set_argv(process, &told, at)?;
        }
        Ok(())
    }

    /// Takes all arguments out of an `EXECVE` record and puts `args` in their place. A record with nothing left goes.
    fn execve(&mut self, index: usize, args: Option<&Vec<Option<Vec<u8>>>>) {
        let Some(record) = self.event.record(index) else { return };
        self.split(index);
        let mut old = self.fields.own().iter().filter(|field| is_argument(field)).peekable();
        let has_more = self.fields.own().iter().any(|field| !is_argument(field)) || !self.fields.claimed().is_empty();
        if let Some(args) = args {
            let start = self.changes.text.len();
            let mut parts = arguments(args, &mut self.changes.text);
            let others = parts.split_off(1);
            let first_end = parts.first().map_or(start, |part| part.end);
            let rest = self.changes.text.split_off(first_end);
            if let Some(field) = old.next() {
                self.changes.replace_whole(index, field, start);
            } else {
                self.changes.text.extend_from_slice(if has_more { b" " } else { b"" });
                self.changes.put(index, 0, start);
            }
            for part in others {
                let start = self.changes.text.len();
                self.changes
                    .text
                    .extend_from_slice(rest.get(part.start - first_end..part.end - first_end).unwrap_or_default());
                self.changes.insert(index + 1, record_type::EXECVE, start);
            }
        } else if !has_more {
            return self.changes.drop_record(index);
        }
        for field in old {
            self.changes.remove(index, record.body(), field);
        }
    }

    /// `proctitle`: the parts of one text, with zero bytes between.
    fn title(&mut self, pair: &Pair<'_, '_>, hex: Option<Item<'_>>, at: &At<'_>) -> Result<(), Invalid> {
        let items = pair.tree.map_or(Ok(&[][..]), |tree| elements(tree, at))?;
        let mut joined = Vec::new();
        for (place, part) in texts(pair.item, hex, items, at)?.iter().enumerate() {
            let part = part.as_ref().filter(|part| !part.contains(&0));
            joined.extend_from_slice(if place > 0 { b"\0" } else { b"" });
            joined.extend_from_slice(part.ok_or_else(|| at.place(place).expected("text without zero bytes"))?);
        }
        self.record_of_one(record_type::PROCTITLE, Key::Proctitle, Some(&Tree::Text(joined)), at)
    }

    /// A member that is the only field of a record of its own, which comes and goes with it.
    fn record_of_one(&mut self, number: u16, key: Key, tree: Option<&Tree>, at: &At<'_>) -> Result<(), Invalid> {
        let mut all = self.event.numbers().enumerate().filter(|(_, other)| *other == number).map(|(index, _)| index);
        let found = all.find(|index| self.single(*index).is_some());
        match (found, tree.filter(|tree| tree.text() != Some(b""))) {
            (Some(index), None) => self.changes.drop_record(index),
            (Some(index), Some(tree)) => self.set(Target::own(index), key.name().as_bytes(), Some(tree), at)?,
            (None, None) => {}
            (None, Some(tree)) => {
                let (start, text) = (self.changes.text.len(), tree.text().ok_or_else(|| at.expected("text"))?);
                self.changes.text.extend_from_slice(key.name().as_bytes());
                self.changes.text.push(b'=');
                untrusted(text, &mut self.changes.text);
                let behind =
                    if number == record_type::CWD { &[record_type::PATH, record_type::PROCTITLE][..] } else { &[] };
                let place =
                    self.event.numbers().position(|number| behind.contains(&number)).unwrap_or(self.event.len());
                self.changes.insert(place, number, start);
            }
        }
        Ok(())
    }

    /// The record's one field, if it is a `CWD` or `PROCTITLE` that has nothing else.
    pub(super) fn single(&mut self, index: usize) -> Option<Field> {
        let key = match self.event.record(index)?.number() {
            record_type::CWD => Key::Cwd,
            record_type::PROCTITLE => Key::Proctitle,
            _ => return None,
        };
        self.split(index);
        let [field] = self.fields.own() else { return None };
        let is_it = field.key == FieldKey::Known(key) && field.form != Form::Torn && self.fields.claimed().is_empty();
        is_it.then_some(*field)
    }

    /// Whether a record has arguments that are told in `process.argv`.
    pub(super) fn is_argv(&self, index: usize) -> bool {
        self.event.record(index).is_some_and(|record| record.number() == record_type::EXECVE)
    }
}

fn is_argument(field: &Field) -> bool {
    matches!(field.key, FieldKey::Arg(_) | FieldKey::ArgPiece(..) | FieldKey::ArgLen(_) | FieldKey::Known(Key::Argc))
}

/// Appends `args` as the kernel writes them (kernel/auditsc.c, `audit_log_execve_info`), and returns where the text of each record
/// stands: at least one, and another where one would be too long. An argument that is too long for one is told in pieces.
fn arguments(args: &[Option<Vec<u8>>], out: &mut Vec<u8>) -> Vec<Range<usize>> {
    let (mut records, mut start) = (Vec::new(), out.len());
    // Writing to a Vec cannot fail.
    let _ = write!(out, "argc={}", args.len());
    let mut next = Vec::new();
    let mut add = |piece: &[u8], out: &mut Vec<u8>| {
        if out.len() - start + piece.len() >= MAX_EXECVE {
            records.push(start..out.len());
            start = out.len();
        } else if out.len() > start {
            out.push(b' ');
        }
        out.extend_from_slice(piece);
    };
    for (place, arg) in args.iter().enumerate() {
        let Some(arg) = arg else { continue };
        let is_hex = !arg.iter().all(|byte| matches!(byte, 0x21 | 0x23..=0x7e));
        let (length, most) = if is_hex { (2 * arg.len(), MAX_EXECVE / 4) } else { (arg.len(), MAX_EXECVE / 2) };
        if length <= MAX_EXECVE / 2 {
            next.clear();
            let _ = write!(next, "a{place}=");
            untrusted(arg, &mut next);
            add(&next, out);
            continue;
        }
        add(format!("a{place}_len={length}").as_bytes(), out);
        for (piece, text) in arg.chunks(most).enumerate() {
            next.clear();
            let _ = write!(next, "a{place}[{piece}]=");
            if is_hex {
                hex(text, &mut next);
            } else {
                untrusted(text, &mut next);
            }
            add(&next, out);
        }
    }
    let last = start..out.len();
    records.push(last);
    records
}
