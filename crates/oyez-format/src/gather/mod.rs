//! An event's records → what the formats of others have a member for, and what is left.
//!
//! Input are the records of an [`Event`], split once; output are [`Spot`]s: where a value stands, nothing decoded but arguments
//! and a socket's bytes. The first record that says something is believed, `SYSCALL` before all others, and what a program
//! claims is kept apart from what the kernel says. Nothing is refused: what has no place is in [`Gathered::rest`].

pub(crate) mod lineage;
mod places;
pub(crate) mod rest;
mod said;
mod spot;
mod value;
mod view;

use oyez_events::decode::argv::Argv;
use oyez_events::decode::hex;
use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_events::{End, Event, EventId, Record};
use oyez_interpret::plain::put;
use oyez_tables::key::Key;
use oyez_tables::record_type;

use crate::id::IdWriter;
use places::{CLAIMED, CLAIMED_PLACES, OWN, OWN_PLACES};
pub(crate) use said::{action, members, said};
use spot::Names;
pub(crate) use spot::{Item, Spot};
pub(crate) use value::socket_parts;
pub(crate) use view::{Id, Parts, View};

/// What was found in one event; made to be used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    own: [Option<Spot>; OWN.len()],
    claimed: [Option<Spot>; CLAIMED.len()],
    /// Fields without a place of their own; sorted by key and value.
    pub(crate) rest: Vec<Spot>,
    /// The fields of all `PATH` records.
    path_fields: Vec<Spot>,
    /// The `PATH` records, by their numbers.
    items: Vec<Item>,
    /// The bytes of the first socket address that is told in hex.
    pub(crate) saddr: Vec<u8>,
    pub(crate) argv: Argv,
    pub(crate) has_argv: bool,
    pub(crate) cwd: Option<Spot>,
    pub(crate) title: Option<Spot>,
    /// What ENRICHED tails call the ids.
    names: Names,
    /// The fields of the record that is being read; absent while it is.
    fields: Option<Box<Fields>>,
}

impl Gathered {
    /// Reads all records of `event`.
    pub(crate) fn read(&mut self, event: &Event) {
        self.clear();
        let main = event.numbers().position(|number| number == record_type::SYSCALL);
        for index in main.into_iter().chain((0..event.len()).filter(|index| Some(*index) != main)) {
            if let Some(record) = event.record(index) {
                self.record(&record, index, event);
            }
        }
        self.items.sort_unstable_by_key(|item| (item.number, item.fields.start));
        self.argv.join();
        self.rest.sort_unstable_by(|a, b| a.order(event).cmp(&b.order(event)));
        self.rest.dedup_by(|a, b| a.order(event) == b.order(event));
    }

    /// What the kernel says of `key`, which is one of [`OWN`].
    pub(crate) fn own(&self, key: Key) -> Option<Spot> {
        self.own.get(OWN_PLACES.find(key)?).copied().flatten()
    }

    /// What a program claims of `key`, which is one of [`CLAIMED`].
    pub(crate) fn claimed(&self, key: Key) -> Option<Spot> {
        self.claimed.get(CLAIMED_PLACES.find(key)?).copied().flatten()
    }

    /// The name that an ENRICHED tail gives to the id at `spot`; `None` where it has none for it.
    pub(crate) fn explained(&self, spot: Spot) -> Option<&[u8]> {
        spot.explained(&self.names)
    }

    /// The `PATH` records, by their numbers.
    pub(crate) fn items(&self) -> &[Item] {
        &self.items
    }

    /// The fields of a `PATH` record.
    pub(crate) fn fields_of(&self, item: &Item) -> &[Spot] {
        self.path_fields.get(item.fields.clone()).unwrap_or_default()
    }

    fn clear(&mut self) {
        self.own.fill(None);
        self.claimed.fill(None);
        self.rest.clear();
        self.path_fields.clear();
        self.items.clear();
        self.saddr.clear();
        self.argv.clear();
        self.names.clear();
        (self.has_argv, self.cwd, self.title) = (false, None, None);
    }

    fn record(&mut self, record: &Record<'_>, index: usize, event: &Event) {
        let mut fields = self.fields.take().unwrap_or_default();
        fields.split(record);
        let spot = |field: &Field| Spot::new(index, *field);
        match record.number() {
            record_type::EXECVE => {
                self.has_argv = true;
                self.argv.add(record.body(), fields.own());
                let others = fields.own().iter().filter(|field| !is_argument(field.key));
                self.rest.extend(others.map(spot));
            }
            record_type::PATH => self.item(record, &fields, index),
            record_type::CWD => self.single(&fields, Key::Cwd, spot),
            record_type::PROCTITLE => self.single(&fields, Key::Proctitle, spot),
            record_type::SOCKADDR => self.socket(record, &fields, spot),
            _ => fields.own().iter().for_each(|field| self.own_field(spot(field), event, &fields)),
        }
        fields.claimed().iter().for_each(|field| self.claimed_field(spot(field), event, &fields));
        self.fields = Some(fields);
    }

    fn own_field(&mut self, spot: Spot, event: &Event, fields: &Fields) {
        let is_id = spot.key().is_some_and(places::is_id);
        let slot = spot.key().filter(|_| !is_id || spot.id(event).is_some()).and_then(|key| OWN_PLACES.find(key));
        let slot = slot.and_then(|place| self.own.get_mut(place));
        if !place(slot, spot, event, fields, &mut self.names) {
            self.rest.push(spot);
        }
    }

    fn claimed_field(&mut self, spot: Spot, event: &Event, fields: &Fields) {
        let slot = spot.key().and_then(|key| CLAIMED_PLACES.find(key));
        let slot = slot.and_then(|place| self.claimed.get_mut(place));
        if !place(slot, spot, event, fields, &mut self.names) {
            self.rest.push(spot);
        }
    }

    fn single(&mut self, fields: &Fields, key: Key, spot: impl Fn(&Field) -> Spot) {
        for field in fields.own() {
            let slot = if key == Key::Cwd { &mut self.cwd } else { &mut self.title };
            if field.key == FieldKey::Known(key) && slot.is_none() && field.form != Form::Torn {
                *slot = Some(spot(field));
            } else {
                self.rest.push(spot(field));
            }
        }
    }

    fn socket(&mut self, record: &Record<'_>, fields: &Fields, spot: impl Fn(&Field) -> Spot) {
        for field in fields.own() {
            let is_first = field.key == FieldKey::Known(Key::Saddr) && self.saddr.is_empty();
            if !is_first || !hex(field.value.of(record.body()), &mut self.saddr) {
                self.rest.push(spot(field));
            }
        }
    }

    /// Of a key that comes twice, the first; what is cut or has no known key goes to the rest.
    fn item(&mut self, record: &Record<'_>, fields: &Fields, index: usize) {
        let start = self.path_fields.len();
        let mut number = u32::MAX;
        for field in fields.own() {
            let spot = Spot::new(index, *field);
            let is_new = |other: &Spot| other.key() != spot.key();
            let before = self.path_fields.get(start..).unwrap_or_default();
            if spot.key().is_none() || field.form == Form::Torn || !before.iter().all(is_new) {
                self.rest.push(spot);
                continue;
            }
            if spot.key() == Some(Key::Item) {
                number = crate::number::id(field.value.of(record.body())).unwrap_or(number);
            }
            let is_id = matches!(spot.key(), Some(Key::Ouid | Key::Ogid));
            let spot = if is_id { spot.explained_by(fields, record.tail(), &mut self.names) } else { spot };
            self.path_fields.push(spot);
        }
        self.items.push(Item { number, fields: start..self.path_fields.len() });
    }
}

/// Puts `spot` where it belongs if nothing else is there; `false` where it has to be told elsewhere.
fn place(slot: Option<&mut Option<Spot>>, spot: Spot, event: &Event, fields: &Fields, names: &mut Names) -> bool {
    match slot {
        Some(_) if spot.field.form == Form::Torn => false,
        Some(Some(there)) => there.bytes(event) == spot.bytes(event),
        Some(empty) => {
            let tail = event.record(spot.record).map_or(b"".as_slice(), |record| record.tail());
            *empty = Some(spot.explained_by(fields, tail, names));
            true
        }
        None => false,
    }
}

fn is_argument(key: FieldKey) -> bool {
    matches!(key, FieldKey::Arg(_) | FieldKey::ArgPiece(..) | FieldKey::ArgLen(_) | FieldKey::Known(Key::Argc))
}

/// Writes what no other event of any host has: its id; of events that have none, node, boot, time and serial number, and of a
/// late part its number, with colons between.
pub(crate) fn identity(ids: Option<&mut IdWriter>, node: &[u8], boot: Option<&str>, event: &Event, out: &mut Vec<u8>) {
    if let Some(ids) = ids {
        out.clear();
        return ids.event(event, out);
    }
    let EventId { sec, ms, serial } = event.id();
    let boot = boot.unwrap_or_default();
    out.clear();
    out.extend_from_slice(node);
    put(out, format_args!(":{boot}:{sec}.{ms:03}:{serial}"));
    if event.part() > 0 {
        put(out, format_args!(":{}", event.part()));
    }
}

/// What an event's end says of it, and whether it does.
pub(crate) fn marks(event: &Event) -> [(bool, &'static str); 4] {
    let is_late = event.part() > 0;
    [
        (is_late, "late"),
        (event.end().is_early(), "early"),
        (!is_late && event.end() == End::Incomplete, "incomplete"),
        (event.is_redacted(), "redacted"),
    ]
}

/// Writes `bytes` in lower-case hex, as hashes are written.
pub(crate) fn lower_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let digit = |half: u8| b"0123456789abcdef"[usize::from(half & 15)];
    out.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]));
}

/// Writes the name of a record's type, `UNKNOWN[n]` for a number without one.
pub(crate) fn type_name(record: &Record<'_>, out: &mut Vec<u8>) {
    out.clear();
    if record.name().is_empty() {
        put(out, format_args!("UNKNOWN[{}]", record.number()));
    } else {
        out.extend_from_slice(record.name());
    }
}
