//! The record that says who did it: the event's first `SYSCALL`, else its first record.
//!
//! From ` ppid=` on, a `SYSCALL` record says who made the call: that text is the same for every call of a process, and is
//! looked up in the [`Memo`] before it is split, but in events of logins, whose actor is found in another record.
//!
//! Its identity fields stand at fixed places of the object (`user`, `process`, `syscall`, `session`, `keys`, `result`); what
//! else it says goes to `details`.

use memchr::memmem::Finder;
use oyez_events::fields::{self, Caller, Field, FieldKey, Fields, Form};
use oyez_events::{Event, Record};
use oyez_tables::key::Key;
use oyez_tables::record_type;

use super::front::Front;
use super::keys::is_who;
use super::memo::{Memo, Place, Rendered, Spot};
use super::names::{Member, Names};
use super::object::{Source, Written, beside, name_beside, number_member, write_value};
use super::out::Out;
use super::parts::source;
use super::words::Words;

/// The login uid of a process that no login started (include/linux/audit.h, `AUDIT_UID_UNSET`).
pub(super) const UNSET: &[u8] = b"4294967295";

/// Where the text about the process begins in a `SYSCALL` record (kernel/auditsc.c, `audit_log_exit`, `audit_log_task_info`).
const WHO: &[u8] = b" ppid=";

/// What the memo knows of the process of the main record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Who {
    /// Nothing: the record was split whole.
    #[default]
    New,
    /// The text from this byte on came before, and is to be kept at this place.
    Again { start: usize, place: Spot },
    /// The text is known at this place; the record was split only up to it.
    Known { place: Spot },
}

/// The split main record of one event; made to be used again for the next.
#[derive(Debug)]
pub(super) struct MainRecord {
    pub(super) index: usize,
    pub(super) fields: Fields,
    who: Who,
    /// What was read of it otherwise: its fields are those behind that, or none where the process is known.
    pub(super) front: Option<Front>,
    /// What was read of it behind the front, in place of all fields there.
    pub(super) caller: Option<Caller>,
    is_caller_wanted: bool,
    finder: Finder<'static>,
    /// By key: the place of its first field, and the round of [`MainRecord::find`] in which that was noted.
    slots: Box<[(u32, u32); Key::COUNT]>,
    round: u32,
    /// By place of a field: whether it was written at its fixed place.
    taken: Vec<bool>,
    /// Keys whose explanation in an ENRICHED tail is told.
    explained: Vec<Key>,
}

impl MainRecord {
    /// One that has seen no record. `is_caller_wanted`: [`super::caller::is_wanted`].
    pub(super) fn new(is_caller_wanted: bool) -> Self {
        let slots = Box::new([(0, 0); Key::COUNT]);
        let (fields, finder) = (Fields::new(), Finder::new(WHO));
        MainRecord {
            index: 0,
            fields,
            who: Who::New,
            front: None,
            caller: None,
            is_caller_wanted,
            finder,
            slots,
            round: 0,
            taken: Vec::new(),
            explained: Vec::new(),
        }
    }

    /// Finds the main record of `event`, and splits what neither its `front` nor the memo say of it. `is_login`: whether the
    /// event has a `LOGIN`.
    pub(super) fn find<'a>(
        &mut self,
        event: &'a Event,
        (memo, is_login): (&mut Memo, bool),
        mut front: Option<Front>,
    ) -> Option<Record<'a>> {
        self.index = event.main();
        let record = event.record(self.index)?;
        (self.who, self.caller) = (Who::New, None);
        let start = front.map(|front| front.read.end);
        // Who begins a login is not who the process is: nothing said beside one holds for other calls of the process.
        let known = if is_login { None } else { self.recall(&record, start, memo) };
        match (start, known) {
            (Some(_), Some(_)) => self.fields.clear(),
            (Some(start), None) if self.read_caller(&record, start) => self.fields.clear(),
            (Some(start), None) => {
                self.fields.split_from(&record, start);
                if self.is_odd(&record) {
                    front = None;
                    self.fields.split(&record);
                }
            }
            (None, Some(end)) => {
                let front = record.front(end);
                self.fields.split(&front);
                if !self.is_call() || front.body().contains(&b'\'') {
                    self.who = Who::New;
                    self.fields.split(&record);
                }
            }
            (None, None) => self.fields.split(&record),
        }
        self.front = front;
        self.note_places();
        Some(record)
    }

    /// Reads what stands behind a front that ends at `start`; `false` where splitting has to.
    fn read_caller(&mut self, record: &Record<'_>, start: usize) -> bool {
        if self.is_caller_wanted && record.tail().is_empty() {
            self.caller = fields::caller(record, start);
        }
        self.caller.is_some()
    }

    /// Looks the process up, whose text begins at `start` if that is known; returns where it begins if all of it is known.
    fn recall(&mut self, record: &Record<'_>, start: Option<usize>, memo: &mut Memo) -> Option<usize> {
        if record.number() != record_type::SYSCALL || !memo.is_worth(record_type::SYSCALL) {
            return None;
        }
        let start = start.or_else(|| self.finder.find(record.body()))?;
        match memo.find(record, record.body().get(start..)?) {
            Place::Known(place) => {
                self.who = Who::Known { place };
                return Some(start);
            }
            Place::Again(place) => self.who = Who::Again { start, place },
            Place::New => {}
        }
        None
    }

    /// Whether something behind the front is of the call, or what a tail explains might be: the kernel writes neither.
    fn is_odd(&self, record: &Record<'_>) -> bool {
        let is_of_call = |field: &Field| field.key == FieldKey::Known(Key::Per);
        self.fields.own().iter().any(is_of_call) || (!record.tail().is_empty() && !self.fields.claimed().is_empty())
    }

    /// Whether the fields speak of the call alone and are whole, so that none reaches into the text about the process.
    fn is_call(&self) -> bool {
        let is_call = |field: &Field| field.form != Form::Torn && !is_who(field.key);
        self.fields.claimed().is_empty() && self.fields.own().iter().all(is_call)
    }

    /// Whether all fields before `start` speak of the call, all behind it of the process, each at its fixed place.
    fn is_parted(&self, start: usize) -> bool {
        let is_right = |(field, taken): (&Field, &bool)| {
            let is_behind = field.value.start() > start;
            let is_within = is_behind || field.value.start() + field.value.len() <= start;
            field.form != Form::Torn && is_within && is_who(field.key) == is_behind && (*taken || !is_behind)
        };
        self.fields.claimed().is_empty() && self.fields.own().iter().zip(&self.taken).all(is_right)
    }

    /// The place in the memo of all that is said of the process.
    pub(super) fn known(&self) -> Option<Spot> {
        match self.who {
            Who::Known { place } => Some(place),
            _ => None,
        }
    }

    /// Whether what is said of the process came before, and is worth keeping.
    pub(super) fn is_again(&self) -> bool {
        matches!(self.who, Who::Again { .. })
    }

    /// Nothing of what is said of the process is to be kept.
    pub(super) fn keep_nothing(&mut self) {
        self.who = Who::New;
    }

    /// Gives what was rendered of the process to the memo, where the text is worth it and nothing of it is left over.
    pub(super) fn remember(&self, record: &Record<'_>, rendered: &Rendered, memo: &mut Memo) {
        if let Who::Again { start, place } = self.who
            && self.is_parted(start)
        {
            let text = record.body().get(start..).unwrap_or_default();
            memo.keep(place, record.number(), text, rendered);
        }
    }

    fn note_places(&mut self) {
        if self.round == u32::MAX {
            self.slots.fill((0, 0));
            self.round = 0;
        }
        self.round += 1;
        self.taken.clear();
        self.explained.clear();
        self.taken.resize(self.fields.own().len(), false);
        for (field, place) in self.fields.own().iter().zip(0..) {
            if let FieldKey::Known(key) = field.key
                && let slot = &mut self.slots[key as usize]
                && slot.0 != self.round
            {
                *slot = (self.round, place);
            }
        }
    }

    /// The place of the first field with this key; that of none where there is none.
    #[inline]
    fn place_of(&self, key: Key) -> usize {
        let (round, place) = self.slots[key as usize];
        if round == self.round { place as usize } else { usize::MAX }
    }

    /// The first field with this key.
    #[inline]
    pub(super) fn get(&self, key: Key) -> Option<&Field> {
        self.fields.own().get(self.place_of(key))
    }

    /// The first fields with these keys, and takes them, where they stand in this order, all known to be numbers.
    pub(super) fn take_numbers(&mut self, keys: &[Key]) -> Option<&[Field]> {
        let start = self.place_of(*keys.first()?);
        let end = start.checked_add(keys.len())?;
        let fields = self.fields.own().get(start..end)?;
        let is_right = |((key, place), field): ((&Key, usize), &Field)| self.place_of(*key) == place && field.is_number;
        if !keys.iter().zip(start..).zip(fields).all(is_right) {
            return None;
        }
        self.taken.get_mut(start..end)?.fill(true);
        Some(fields)
    }

    /// The bare value of the first field with this key.
    pub(super) fn bare<'a>(&self, key: Key, body: &'a [u8]) -> Option<&'a [u8]> {
        self.get(key).filter(|field| field.form == Form::Bare).map(|field| field.value.of(body))
    }

    /// Says that the first field with this key was written at its fixed place.
    #[inline]
    pub(super) fn take(&mut self, key: Key) {
        let place = self.place_of(key);
        if let Some(taken) = self.taken.get_mut(place) {
            *taken = true;
        }
    }

    /// Says that what a tail says of this key is told, or told better.
    #[inline]
    pub(super) fn explain(&mut self, key: Key) {
        if !self.fields.tail().is_empty() {
            self.explained.push(key);
        }
    }

    /// Keys whose explanation in the tail is told.
    pub(super) fn explained(&self) -> &[Key] {
        &self.explained
    }

    /// Whether [`MainRecord::left`] has any.
    pub(super) fn has_left(&self) -> bool {
        self.taken.contains(&false)
    }

    /// The fields that have no fixed place, or could not stand there.
    pub(super) fn left(&self) -> impl Iterator<Item = &Field> {
        self.fields.own().iter().zip(&self.taken).filter(|(_, taken)| !**taken).map(|(field, _)| field)
    }

    /// Writes the first field with this key as a member and takes it; a value that does not fit is left for `details`.
    #[inline]
    pub(super) fn place(
        &mut self,
        out: &mut Out,
        (names, words): (&Names, Words<'_>),
        record: &Record<'_>,
        key: Key,
        scratch: &mut Vec<u8>,
    ) {
        let place = self.place_of(key);
        let Some((field, taken)) = self.fields.own().get(place).zip(self.taken.get_mut(place)) else { return };
        let member = names.of(key);
        if field.is_number && member.is_decimal && record.tail().is_empty() && key != Key::Auid {
            number_member(out, member, record.text(), field.value);
            *taken = true;
            if words.may_say(member.beside) {
                words.write(out, (member.beside, key), field, source(record, &self.fields, words), scratch);
            }
        } else if !member.is_omitted {
            self.place_other(out, (member, words), record, key, place, scratch);
        }
    }

    /// What [`MainRecord::place`] does, for all that is not simply a number.
    fn place_other(
        &mut self,
        out: &mut Out,
        (member, words): (&Member, Words<'_>),
        record: &Record<'_>,
        key: Key,
        place: usize,
        scratch: &mut Vec<u8>,
    ) {
        let Some(field) = self.fields.own().get(place) else { return };
        let Ok(written) = write_value(out, member, record.text(), field, member.kind(record.number()), scratch) else {
            return;
        };
        let source = source(record, &self.fields, words);
        if written != Written::Absent && place_beside(out, source, (member, key), field, written, scratch) {
            self.explained.push(key);
        }
        if let Some(taken) = self.taken.get_mut(place) {
            *taken = true;
        }
    }
}

/// Appends what stands beside a value. Returns whether a tail's explanation of the key was told.
fn place_beside(
    out: &mut Out,
    source: Source<'_>,
    (member, key): (&Member, Key),
    field: &Field,
    written: Written,
    scratch: &mut Vec<u8>,
) -> bool {
    let is_explained = beside(out, source, key, field, written, scratch);
    if key == Key::Auid && source.tail.text.is_empty() && field.value.of(source.text) == UNSET {
        name_beside(out, key.name(), b"unset");
    } else if !is_explained {
        source.words.write(out, (member.beside, key), field, source, scratch);
    }
    is_explained
}
