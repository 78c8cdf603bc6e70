//! Which of an event's `PATH` records an action was done to.
//!
//! The kernel writes one for each name it looked up (kernel/auditsc.c, `__audit_inode`, `__audit_inode_child`): directories
//! that a name was looked for in (`PARENT`), what was found (`NORMAL`), came to be (`CREATE`) or went (`DELETE`), and names
//! nobody got to (`UNKNOWN`). So the most telling is the last of those that came or went, else of those found, else of those
//! asked for. Where only the directory is known, the thing acted on is somewhere within it.

use memchr::memmem::Finder;
use oyez_events::fields;
use oyez_events::{Event, Record};
use oyez_tables::record_type;

use super::peek::{self, Value};

/// How much a `PATH` record says of what was acted on; more is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// The directory it lies in.
    Parent,
    /// A name that led nowhere.
    Unknown,
    /// It was there.
    Normal,
    /// It went.
    Delete,
    /// It came to be.
    Create,
}

/// A `PATH` record that has a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'e> {
    /// What its record says of the kind of file, and maybe more.
    pub(super) kind: &'e [u8],
    pub(super) name: Value<'e>,
    pub(super) weight: Weight,
    number: u32,
}

impl Item<'_> {
    /// Whether only the directory is known.
    pub(super) fn is_parent(&self) -> bool {
        self.weight == Weight::Parent
    }
}

/// The `PATH` records that matter.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Items<'e> {
    /// The one with the most weight; of equals the last.
    pub(super) main: Option<Item<'e>>,
    /// The one with the lowest number.
    pub(super) first: Option<Item<'e>>,
    /// The one with the highest number.
    pub(super) last: Option<Item<'e>>,
    /// The first that was there, went, or was asked for.
    pub(super) old: Option<Item<'e>>,
    /// The last that came to be.
    pub(super) new: Option<Item<'e>>,
}

/// Looks at all `PATH` records of `event` that have a name.
pub(super) fn items<'e>(event: &'e Event, nametype: &Finder<'_>) -> Items<'e> {
    let mut items = Items::default();
    for (index, _) in event.numbers().enumerate().filter(|(_, number)| *number == record_type::PATH) {
        let Some(item) = event.record(index).and_then(|record| item(&record, nametype)) else { continue };
        items.add(item);
    }
    items
}

impl<'e> Items<'e> {
    fn add(&mut self, item: Item<'e>) {
        let order = |item: &Item<'_>| (item.weight, item.number);
        if self.main.is_none_or(|main| order(&main) <= order(&item)) {
            self.main = Some(item);
        }
        if self.first.is_none_or(|first| item.number < first.number) {
            self.first = Some(item);
        }
        if self.last.is_none_or(|last| item.number >= last.number) {
            self.last = Some(item);
        }
        match item.weight {
            Weight::Create if self.new.is_none_or(|new| item.number >= new.number) => self.new = Some(item),
            Weight::Parent | Weight::Create => {}
            _ if self.old.is_none_or(|old| item.number < old.number) => self.old = Some(item),
            _ => {}
        }
    }
}

fn item<'e>(record: &Record<'e>, nametype: &Finder<'_>) -> Option<Item<'e>> {
    let (number, name, kind) = front(record).or_else(|| {
        let body = record.body();
        let number = peek::anywhere(body, b" item=").and_then(|item| peek::id(item.bytes)).unwrap_or(u32::MAX);
        Some((number, peek::anywhere(body, b" name=")?, body))
    })?;
    if matches!(name.bytes, b"" | b"(null)" | b"?") {
        return None;
    }
    let weight = nametype.find(kind).and_then(|at| kind.get(at + nametype.needle().len()..)).map(weight);
    Some(Item { kind, name, weight: weight.unwrap_or(Weight::Normal), number })
}

/// `item=0 name=…`, as the kernel begins, and what stands behind what is the file's own.
fn front<'e>(record: &Record<'e>) -> Option<(u32, Value<'e>, &'e [u8])> {
    let body = record.body();
    if let Some(front) = fields::path_front(record) {
        let (number, _) = peek::decimal32(front.item.of(body))?;
        let name = Value { bytes: front.name.span.of(body), form: front.name.form };
        return Some((number, name, body.get(front.end..)?));
    }
    let (number, rest) = peek::decimal32(body.strip_prefix(b"item=")?)?;
    Some((number, peek::front(rest, b" name=")?, body))
}

fn weight(nametype: &[u8]) -> Weight {
    match nametype.first() {
        Some(b'P') => Weight::Parent,
        Some(b'U') => Weight::Unknown,
        Some(b'D') => Weight::Delete,
        Some(b'C') => Weight::Create,
        _ => Weight::Normal,
    }
}
