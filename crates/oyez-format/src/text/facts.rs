//! What a line tells of an event, found in its records; nothing is decoded yet.

use oyez_events::decode::argv::Argv;
use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_events::{Event, Record};
use oyez_interpret::explained;
use oyez_tables::key::Key;
use oyez_tables::record_type;

/// A value as it stands in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'e> {
    pub(super) bytes: &'e [u8],
    pub(super) form: Form,
}

impl Value<'_> {
    /// The number that it is in decimal; `None` for anything else.
    pub(super) fn number<T: std::str::FromStr>(self) -> Option<T> {
        str::from_utf8(self.bytes).ok()?.parse().ok()
    }

    /// The number that it is in hex; `None` for anything else.
    pub(super) fn hex_number(self) -> Option<u64> {
        u64::from_str_radix(str::from_utf8(self.bytes).ok()?, 16).ok()
    }
}

/// One `PATH` record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Item<'e> {
    pub(super) number: u32,
    pub(super) name: Option<Value<'e>>,
    pub(super) inode: Option<Value<'e>>,
    pub(super) nametype: &'e [u8],
}

/// All that a line tells; the first record that says something is believed, `SYSCALL` before all others.
#[derive(Debug, Default)]
pub(super) struct Facts<'e> {
    /// The values at a fixed place, by [`PLACES`].
    values: [Option<Value<'e>>; PLACES.len()],
    /// What auditd's ENRICHED format said of `auid`, `uid`, `euid` and `syscall`.
    names: [Option<Value<'e>>; NAMED.len()],
    /// The values of `key`, each once.
    pub(super) keys: Vec<Value<'e>>,
    pub(super) has_syscall: bool,
    pub(super) has_execve: bool,
    /// Whether the line shows among the claims of a program what became of it.
    pub(super) has_claimed_result: bool,
    pub(super) cwd: Option<Value<'e>>,
    pub(super) items: Vec<Item<'e>>,
    /// The values of `saddr`.
    pub(super) sockets: Vec<Value<'e>>,
    /// The records that have no place of their own on the line, by index.
    pub(super) details: Vec<usize>,
}

/// Keys that have a place of their own on the line, in any of the kernel's own records.
const PLACES: [Key; 16] = [
    Key::Auid,
    Key::Uid,
    Key::Euid,
    Key::Ses,
    Key::Pid,
    Key::Success,
    Key::Exit,
    Key::Res,
    Key::Result,
    Key::Exe,
    Key::Comm,
    Key::Arch,
    Key::Syscall,
    Key::A0,
    Key::A1,
    Key::A2,
];

/// Keys that say whether it worked.
pub(super) const RESULTS: [Key; 3] = [Key::Success, Key::Res, Key::Result];

/// Different values of `key` that are looked at.
const MAX_KEYS: usize = 8;

/// The keys of [`Facts::names`].
const NAMED: [Key; 4] = [Key::Auid, Key::Uid, Key::Euid, Key::Syscall];

/// Reads all records of `event`; the arguments of its `EXECVE` records go to `argv`.
pub(super) fn gather<'e>(event: &'e Event, fields: &mut Fields, argv: &mut Argv) -> Facts<'e> {
    argv.clear();
    let mut facts = Facts::default();
    let main = event.records().position(|record| record.number() == record_type::SYSCALL);
    for index in main.into_iter().chain((0..event.len()).filter(|index| Some(*index) != main)) {
        let Some(record) = event.record(index) else { continue };
        fields.split(&record);
        facts.record(&record, fields, argv, index, main);
    }
    facts.items.sort_by_key(|item| item.number);
    argv.join();
    facts
}

impl<'e> Facts<'e> {
    /// The value of `key`, which is one of [`PLACES`].
    pub(super) fn get(&self, key: Key) -> Option<Value<'e>> {
        let place = PLACES.iter().position(|known| *known == key)?;
        self.values.get(place).copied().flatten()
    }

    /// What auditd's ENRICHED format said of `key`, which is one of [`NAMED`].
    pub(super) fn name(&self, key: Key) -> Option<Value<'e>> {
        let slot = NAMED.iter().position(|named| *named == key)?;
        self.names.get(slot).copied().flatten()
    }

    /// Whether the line says at its place that `key` has this value, or leaves it out on purpose.
    pub(super) fn tells(&self, key: Key, value: Value<'_>) -> bool {
        let is_shown = match key {
            Key::Exe | Key::Comm => self.has_syscall,
            Key::Arch | Key::Syscall | Key::A0 | Key::A1 | Key::A2 | Key::Euid => false,
            // A label is context that most lines would be drowned in.
            Key::Subj => return true,
            Key::Key => return self.keys.contains(&value),
            _ => true,
        };
        is_shown && self.get(key) == Some(value)
    }

    fn record(&mut self, record: &Record<'e>, fields: &Fields, argv: &mut Argv, index: usize, main: Option<usize>) {
        let (body, own) = (record.body(), fields.own());
        match record.number() {
            record_type::SYSCALL if main == Some(index) => {
                self.has_syscall = true;
                self.common(record, fields);
            }
            record_type::EXECVE => {
                self.has_execve = true;
                argv.add(body, own);
            }
            record_type::CWD => self.cwd = self.cwd.or(find(own, body, Key::Cwd)),
            record_type::PATH => self.items.push(item(own, body)),
            record_type::SOCKADDR => self.sockets.extend(find(own, body, Key::Saddr)),
            record_type::PROCTITLE | record_type::EOE => {}
            _ => {
                self.details.push(index);
                self.common(record, fields);
            }
        }
    }

    fn common(&mut self, record: &Record<'e>, fields: &Fields) {
        self.has_claimed_result |=
            fields.claimed().iter().any(|field| RESULTS.map(FieldKey::Known).contains(&field.key));
        for field in fields.own() {
            let FieldKey::Known(key) = field.key else { continue };
            let value = value(field, record.body());
            if key == Key::Key {
                self.key(value);
            }
            let Some(place) = PLACES.iter().position(|known| *known == key) else { continue };
            if let Some(slot @ None) = self.values.get_mut(place) {
                *slot = Some(value);
                self.explain(key, record, fields);
            }
        }
    }

    fn key(&mut self, value: Value<'e>) {
        let is_absent = matches!(value.bytes, b"(null)" | b"");
        if !is_absent && self.keys.len() < MAX_KEYS && !self.keys.contains(&value) {
            self.keys.push(value);
        }
    }

    /// Names are taken from the record that the number came from.
    fn explain(&mut self, key: Key, record: &Record<'e>, fields: &Fields) {
        let Some(slot) = NAMED.iter().position(|named| *named == key).and_then(|at| self.names.get_mut(at)) else {
            return;
        };
        *slot = explained::field(fields, key).map(|field| value(&field, record.tail()));
    }
}

pub(super) fn value<'e>(field: &Field, body: &'e [u8]) -> Value<'e> {
    Value { bytes: field.value.of(body), form: field.form }
}

fn find<'e>(fields: &[Field], body: &'e [u8], key: Key) -> Option<Value<'e>> {
    fields.iter().find(|field| field.key == FieldKey::Known(key)).map(|field| value(field, body))
}

fn item<'e>(fields: &[Field], body: &'e [u8]) -> Item<'e> {
    let find = |key| find(fields, body, key);
    Item {
        number: find(Key::Item).and_then(Value::number).unwrap_or(u32::MAX),
        name: find(Key::Name),
        inode: find(Key::Inode),
        nametype: find(Key::Nametype).map_or(b"", |value| value.bytes),
    }
}
