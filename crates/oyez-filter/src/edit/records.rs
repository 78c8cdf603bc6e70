//! Members that are fields of a record: of the main record at their fixed places, of `paths`, `claimed` and `details`.

use std::collections::{BTreeMap, BTreeSet};

use oyez_events::fields::{Field, FieldKey, Form};
use oyez_tables::key::{self, Key};
use oyez_tables::record_type;

use super::changes::whole;
use super::invalid::{At, Invalid};
use super::lists::matched;
use super::pairs::{Pair, elements, pairs, sibling, texts};
use super::{Edit, derived, value};
use crate::document::{self, Item};
use crate::tree::Tree;

/// The ids of `user`.
const USER: [Key; 9] =
    [Key::Auid, Key::Uid, Key::Gid, Key::Euid, Key::Suid, Key::Fsuid, Key::Egid, Key::Sgid, Key::Fsgid];
/// What the main record says of the process.
pub(super) const PROCESS: [Key; 6] = [Key::Pid, Key::Ppid, Key::Comm, Key::Exe, Key::Tty, Key::Subj];
const ARGS: [&str; 4] = ["a0", "a1", "a2", "a3"];
/// Names that an object of fields uses for itself.
const TAKEN: [&[u8]; 5] = [b"type", b"more", b"rest", b"claimed", b"records"];

/// Which fields of which record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) record: usize,
    /// Those that user space claims in it, not the record's own.
    pub(super) is_claims: bool,
    /// Of a key that comes again and has a fixed place, the first field stands there and the second one here.
    pub(super) is_left: bool,
}

impl Target {
    pub(super) fn own(record: usize) -> Self {
        Target { record, is_claims: false, is_left: false }
    }

    /// The field that the member `name` is made of.
    fn find<'f>(self, fields: &'f [Field], body: &[u8], name: &[u8]) -> Option<&'f Field> {
        let mut all = fields.iter().filter(|field| is_called(field, body, name));
        let first = all.next()?;
        Some(if self.is_left && has_place(first) { all.next().unwrap_or(first) } else { first })
    }
}

fn is_called(field: &Field, body: &[u8], name: &[u8]) -> bool {
    match field.key {
        FieldKey::Known(key) => key.name().as_bytes() == name,
        FieldKey::Words => false,
        _ => field.name.of(body) == name,
    }
}

/// Whether the main record's first field of this key stands at a fixed place. (`success` and `res` do if they are the result.)
fn has_place(field: &Field) -> bool {
    let FieldKey::Known(key) = field.key else { return false };
    let others = [Key::Ses, Key::Key, Key::Arch, Key::Syscall, Key::Exit, Key::Items, Key::Per];
    USER.contains(&key) || PROCESS.contains(&key) || others.contains(&key) || ARGS.contains(&key.name())
}

/// What a field's member is called.
fn called<'b>(field: &Field, body: &'b [u8]) -> &'b [u8] {
    match field.key {
        FieldKey::Known(key) => key.name().as_bytes(),
        _ => field.name.of(body),
    }
}

fn says_nothing(field: &Field, body: &[u8]) -> bool {
    field.form == Form::Bare && matches!(field.value.of(body), b"" | b"?" | b"(null)" | b"(none)")
}

/// Whether the event of `root` tells a key of the main record at its fixed place.
fn is_placed(root: Item<'_>, field: &Field) -> bool {
    let FieldKey::Known(key) = field.key else { return false };
    let below = |name: &[u8], member: &[u8]| root.get(name).and_then(|item| item.get(member)).is_some();
    match key {
        Key::Ses => root.get(b"session").is_some(),
        Key::Key => root.get(b"keys").is_some(),
        Key::Syscall => below(b"syscall", b"number"),
        Key::A0 | Key::A1 | Key::A2 | Key::A3 => below(b"syscall", b"args"),
        Key::Arch | Key::Exit | Key::Items | Key::Per => below(b"syscall", key.name().as_bytes()),
        _ if USER.contains(&key) => below(b"user", key.name().as_bytes()),
        _ => PROCESS.contains(&key) && below(b"process", key.name().as_bytes()),
    }
}

impl Edit<'_> {
    /// Gives a field this value, or takes it out of its record. Text that is empty is no value.
    pub(super) fn set(&mut self, target: Target, name: &[u8], tree: Option<&Tree>, at: &At<'_>) -> Result<(), Invalid> {
        let Some(record) = self.event.record(target.record) else { return Err(at.unknown()) };
        self.split(target.record);
        let (body, is_claims) = (record.body(), target.is_claims);
        let fields = if is_claims { self.fields.claimed() } else { self.fields.own() };
        let found = target.find(fields, body, name);
        let known = key::lookup(name);
        let changes = &mut *self.changes;
        let start = changes.text.len();
        match (tree.filter(|tree| tree.text() != Some(b"")), found) {
            (None, None) => {}
            (None, Some(field)) if field.name.is_empty() => {
                return Err(at.invalid("can be changed, but not be removed"));
            }
            (None, Some(field)) if known == Some(Key::Key) && !is_claims => {
                // As the kernel has it where a rule has no key (kernel/audit.c, `audit_log_key`).
                changes.text.extend_from_slice(b"(null)");
                changes.replace(target.record, field, start);
            }
            (None, Some(field)) => changes.remove(target.record, body, field),
            (Some(tree), Some(field)) => {
                let kind = known.map(|key| key.kind(record.number()));
                let is_implied = field.name.is_empty();
                value::encode(kind, tree, &mut changes.text).map_err(|wanted| at.expected(wanted))?;
                let new = changes.text.get(start..).unwrap_or_default();
                if known == Some(Key::Seresult) && is_implied && !matches!(new, b"denied" | b"granted") {
                    return Err(at.expected("\"denied\" or \"granted\""));
                }
                if is_implied
                    && new.iter().any(|byte| matches!(byte, b'"' | b'{' | b'}' | b'='))
                    && !(field.form == Form::Braced && unquote(&mut changes.text, start))
                {
                    return Err(at.expected("words without quotes, braces and ="));
                }
                if known == Some(Key::Op) && is_claims && changes.text.get(start) != Some(&b'"') {
                    // Words that follow would be taken for part of it.
                    changes.text.insert(start, b'"');
                    changes.text.push(b'"');
                }
                changes.replace(target.record, field, start);
            }
            (Some(tree), None) => {
                let Some(key) = known.filter(|_| !TAKEN.contains(&name)) else { return Err(at.unknown()) };
                let place = place_for_new(fields, is_claims).ok_or_else(|| at.unknown())?;
                let is_behind = !is_claims && place > 0;
                changes.text.extend_from_slice(if is_behind { b" " } else { b"" });
                changes.text.extend_from_slice(name);
                changes.text.push(b'=');
                value::encode(Some(key.kind(record.number())), tree, &mut changes.text)
                    .map_err(|wanted| at.expected(wanted))?;
                changes.text.extend_from_slice(if is_behind { b"" } else { b" " });
                changes.put(target.record, place, start);
            }
        }
        if let Some(key) = known {
            changes.unexplain(target.record, key, is_claims);
        }
        Ok(())
    }

    /// A member of the main record at its fixed place.
    pub(super) fn main_field(&mut self, key: Key, pair: &Pair<'_, '_>, at: &At<'_>) -> Result<(), Invalid> {
        self.set(Target::own(self.main), key.name().as_bytes(), pair.tree, at)
    }

    /// `keys`: of several, the record has one text with byte 1 between (linux/audit.h, `AUDIT_KEY_SEPARATOR`).
    pub(super) fn keys(&mut self, pair: &Pair<'_, '_>, at: &At<'_>) -> Result<(), Invalid> {
        let items = pair.tree.map_or(Ok(&[][..]), |tree| elements(tree, at))?;
        let keys = texts(pair.item, sibling(Some(self.root), b"keys", b"_hex"), items, at)?;
        let mut joined = Vec::new();
        for (place, key) in keys.iter().enumerate() {
            let key = key.as_ref().filter(|key| !key.contains(&1));
            joined.extend_from_slice(if place > 0 { b"\x01" } else { b"" });
            joined.extend_from_slice(key.ok_or_else(|| at.place(place).expected("text without byte 1"))?);
        }
        self.set(Target::own(self.main), b"key", Some(&Tree::Text(joined)), at)
    }

    /// `user`.
    pub(super) fn user(&mut self, item: Option<Item<'_>>, tree: Option<&Tree>, at: &At<'_>) -> Result<(), Invalid> {
        for pair in pairs(item, tree, at)?.iter().filter(|pair| !pair.is_same(item)) {
            let at = at.name(pair.name);
            match USER.iter().find(|key| key.name().as_bytes() == pair.name) {
                Some(key) => self.main_field(*key, pair, &at)?,
                None => derived::member(pair, item, &at)?,
            }
        }
        Ok(())
    }

    /// `syscall`.
    pub(super) fn syscall(&mut self, item: Option<Item<'_>>, tree: Option<&Tree>, at: &At<'_>) -> Result<(), Invalid> {
        for pair in pairs(item, tree, at)?.iter().filter(|pair| !pair.is_same(item)) {
            let at = at.name(pair.name);
            match pair.name {
                b"number" => self.main_field(Key::Syscall, pair, &at)?,
                b"exit" => self.main_field(Key::Exit, pair, &at)?,
                b"items" => self.main_field(Key::Items, pair, &at)?,
                b"per" => self.main_field(Key::Per, pair, &at)?,
                b"args" => self.args(pair, &at)?,
                name => {
                    let path = [&b"syscall."[..], name].concat();
                    if !derived::made(&String::from_utf8_lossy(&path), pair, self.root, &at)? {
                        derived::member(pair, item, &at)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn args(&mut self, pair: &Pair<'_, '_>, at: &At<'_>) -> Result<(), Invalid> {
        let items = pair.tree.map_or(Ok(&[][..]), |tree| elements(tree, at))?;
        if items.len() > ARGS.len() {
            return Err(at.expected("at most four arguments"));
        }
        let mut old = pair.item.into_iter().flat_map(Item::children);
        for (place, name) in ARGS.iter().enumerate() {
            let (at, item, tree) = (at.place(place), old.next(), items.get(place).filter(|tree| **tree != Tree::Null));
            let said = item.filter(|item| !matches!(item.kind(), document::Kind::Null));
            let pair = Pair { name: name.as_bytes(), item: said, tree };
            if pair.is_same(None) {
                continue;
            }
            let digits = tree.map(|tree| {
                let digits = tree.text().and_then(|text| text.strip_prefix(b"0x"));
                let is_right =
                    |digits: &&[u8]| (1..=16).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
                let digits = digits.filter(is_right).ok_or_else(|| at.expected("0x and at most 16 hex digits"))?;
                Ok(Tree::Text(digits.to_vec()))
            });
            self.set(Target::own(self.main), name.as_bytes(), digits.transpose()?.as_ref(), &at)?;
        }
        Ok(())
    }

    /// An object made of the fields of a record.
    pub(super) fn object(
        &mut self,
        target: Target,
        item: Option<Item<'_>>,
        tree: Option<&Tree>,
        at: &At<'_>,
    ) -> Result<(), Invalid> {
        for pair in pairs(item, tree, at)?.iter().filter(|pair| !pair.is_same(item)) {
            let (at, name) = (at.name(pair.name), pair.name);
            match name {
                b"claimed" if pair.item.is_some() && !target.is_claims => {
                    self.object(Target { is_claims: true, ..target }, pair.item, pair.tree, &at)?;
                }
                b"more" | b"rest" if pair.tree.is_none() => self.leave_out(target, name, item),
                b"type" | b"more" | b"rest" | b"claimed" => derived::member(pair, item, &at)?,
                _ if is_beside(pair, item) => derived::member(pair, item, &at)?,
                _ => self.set(target, name, pair.tree, &at)?,
            }
        }
        Ok(())
    }

    /// Takes out what `more` or `rest` of `object` tell.
    fn leave_out(&mut self, target: Target, name: &[u8], object: Option<Item<'_>>) {
        let Some(record) = self.event.record(target.record) else { return };
        self.split(target.record);
        let body = record.body();
        let fields = if target.is_claims { self.fields.claimed() } else { self.fields.own() };
        let members: BTreeSet<&[u8]> = object.into_iter().flat_map(Item::children).map(Item::name).collect();
        let mut counts: BTreeMap<&[u8], (usize, usize)> = BTreeMap::new();
        for field in fields {
            counts.entry(called(field, body)).or_default().1 += 1;
        }
        for field in fields {
            let (seen, all) = counts.entry(called(field, body)).or_default();
            let place = std::mem::replace(seen, *seen + 1);
            // As Target::find has it.
            let of_member = usize::from(target.is_left && has_place(field) && *all > 1);
            let is_member = place == of_member && members.contains(called(field, body));
            let is_elsewhere = target.is_left && place == 0 && is_placed(self.root, field);
            let is_words = field.key == FieldKey::Words;
            let is_rest = name == b"rest";
            let is_told = is_member || is_elsewhere || says_nothing(field, body) || field.name.is_empty();
            if is_words && is_rest || !(is_words || is_rest || is_told) {
                self.changes.remove(target.record, body, field);
            }
        }
        self.changes.curb(target.record);
    }

    /// `paths`, in the order of their items.
    pub(super) fn paths(&mut self, item: Option<Item<'_>>, tree: Option<&Tree>, at: &At<'_>) -> Result<(), Invalid> {
        let items = tree.map_or(Ok(&[][..]), |tree| elements(tree, at))?;
        let old: Vec<_> = item.into_iter().flat_map(Item::children).collect();
        let records = self.path_records();
        let (behind, mut next) = (self.behind_paths(), old.len());
        let mut gone = 0;
        for (place, (index, tree)) in matched(&old, items).into_iter().enumerate() {
            let at = at.place(place - gone);
            match (index.and_then(|index| Some((old.get(index)?, records.get(index)?))), tree) {
                (Some((item, record)), Some(tree)) => {
                    self.object(Target::own(*record), Some(*item), Some(tree), &at)?;
                }
                (Some((_, record)), None) => {
                    self.changes.drop_record(*record);
                    gone += 1;
                }
                (None, Some(tree)) => {
                    self.new_path(behind, next, tree, &at)?;
                    next += 1;
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    /// The `PATH` records as `paths` has them.
    fn path_records(&self) -> Vec<usize> {
        let numbers = self.event.numbers().enumerate();
        let mut records: Vec<_> =
            numbers.filter(|(_, number)| *number == record_type::PATH).map(|(index, _)| index).collect();
        records.sort_by_cached_key(|index| self.event.record(*index).map_or(u64::MAX, |record| item_of(record.body())));
        records
    }

    /// Where a new `PATH` stands: behind the others, else where the kernel would have them (kernel/auditsc.c, `audit_log_exit`).
    fn behind_paths(&self) -> usize {
        let last = self.event.numbers().enumerate().filter(|(_, number)| *number == record_type::PATH).last();
        let title = self.event.numbers().position(|number| number == record_type::PROCTITLE);
        last.map_or(title.unwrap_or(self.event.len()), |(index, _)| index + 1)
    }

    fn new_path(&mut self, place: usize, number: usize, tree: &Tree, at: &At<'_>) -> Result<(), Invalid> {
        let start = self.changes.text.len();
        let members = pairs(None, Some(tree), at)?;
        let given = |name: &[u8]| members.iter().find(|pair| pair.name == name).and_then(|pair| pair.tree);
        if given(b"item").is_none() {
            self.changes.text.extend_from_slice(format!("item={number}").as_bytes());
        }
        let usual = key::usual_order(record_type::PATH);
        let (mut known, mut others) = (Vec::new(), Vec::new());
        for pair in &members {
            let at = at.name(pair.name);
            let key = key::lookup(pair.name).filter(|_| !TAKEN.contains(&pair.name)).ok_or_else(|| at.unknown())?;
            match usual.iter().position(|other| *other == key) {
                Some(order) => known.push((order, key, pair)),
                None => others.push((usual.len(), key, pair)),
            }
        }
        known.sort_by_key(|(order, ..)| *order);
        for (_, key, pair) in known.into_iter().chain(others) {
            let Some(tree) = pair.tree.filter(|tree| tree.text() != Some(b"")) else { continue };
            let text = &mut self.changes.text;
            text.extend_from_slice(if text.len() > start { b" " } else { b"" });
            text.extend_from_slice(pair.name);
            text.push(b'=');
            let kind = Some(key.kind(record_type::PATH));
            value::encode(kind, tree, text).map_err(|wanted| at.name(pair.name).expected(wanted))?;
        }
        self.changes.insert(place, record_type::PATH, start);
        Ok(())
    }

    /// `details`.
    pub(super) fn details(&mut self, item: Option<Item<'_>>, tree: Option<&Tree>, at: &At<'_>) -> Result<(), Invalid> {
        let items = tree.map_or(Ok(&[][..]), |tree| elements(tree, at))?;
        let old: Vec<_> = item.into_iter().flat_map(Item::children).collect();
        let records = self.detailed();
        let mut gone = 0;
        for (place, (index, tree)) in matched(&old, items).into_iter().enumerate() {
            let at = at.place(place - gone);
            let known = index.and_then(|index| Some((old.get(index).copied()?, records.get(index).copied()?)));
            let Some((item, record)) = known else { return Err(at.unknown()) };
            let target = Target { is_left: record == self.main, ..Target::own(record) };
            let is_told_elsewhere = record == self.main || self.single(record).is_some() || self.is_argv(record);
            match tree {
                Some(tree) => self.object(target, Some(item), Some(tree), &at)?,
                None if is_told_elsewhere => {
                    gone += 1;
                    self.no_more(target, item, &at)?;
                }
                None => {
                    gone += 1;
                    self.changes.drop_record(record);
                }
            }
        }
        Ok(())
    }

    /// Takes all out that `item` tells of a record which is told elsewhere as well.
    fn no_more(&mut self, target: Target, item: Item<'_>, at: &At<'_>) -> Result<(), Invalid> {
        let none = Tree::Object(Vec::new());
        self.object(target, Some(item), Some(&none), at)
    }

    /// By place in `details`, the record that it is made of. The event is written once more to find out; few filters change these.
    fn detailed(&mut self) -> Vec<usize> {
        self.json.clear();
        self.format.event(self.event, self.context, self.json);
        self.format.detailed().to_vec()
    }
}

/// The number of a `PATH` record's item, which the kernel writes first; those without one come last.
fn item_of(body: &[u8]) -> u64 {
    let digits = body.strip_prefix(b"item=").unwrap_or_default();
    let end = digits.iter().position(|byte| *byte == b' ').unwrap_or(digits.len());
    let digits = digits.get(..end).and_then(|digits| str::from_utf8(digits).ok());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX)
}

/// Whether a member stands beside another and is no field: a name, exact bytes, parts.
fn is_beside(pair: &Pair<'_, '_>, object: Option<Item<'_>>) -> bool {
    let endings = [&b"_hex"[..], b"_name", b"_parts"];
    let stem = endings.iter().find_map(|ending| pair.name.strip_suffix(*ending));
    let Some(stem) = stem.filter(|stem| !stem.is_empty()) else { return false };
    (key::lookup(pair.name).is_none() || key::lookup(stem).is_some())
        && (pair.item.is_none() || sibling(object, stem, b"").is_some())
}

/// Where a new field goes: behind the record's own that are whole, in front of all claims. `None` where nothing is claimed.
fn place_for_new(fields: &[Field], is_claims: bool) -> Option<usize> {
    if is_claims {
        return fields.first().map(|field| whole(field).start);
    }
    let last = fields.iter().rev().find(|field| field.form != Form::Torn);
    Some(last.map_or(0, |field| whole(field).end))
}

/// Takes the quotes off the text from `start` on, if it has any and nothing else that braces could not hold.
fn unquote(text: &mut Vec<u8>, start: usize) -> bool {
    let inner = text.get(start..).and_then(|new| new.strip_prefix(b"\"")?.strip_suffix(b"\""));
    let Some(inner) = inner.filter(|inner| !inner.iter().any(|byte| matches!(byte, b'{' | b'}' | b'='))) else {
        return false;
    };
    let inner = inner.to_vec();
    text.truncate(start);
    text.extend_from_slice(&inner);
    true
}
