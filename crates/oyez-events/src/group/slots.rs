//! The open events: found by key, ended by age, their buffers reused.

use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;
use oyez_tables::record_type;

use super::{Key, Limits, Millis, Timing};
use crate::model::{RecordSpan, SLACK};
use crate::parse::RawRecord;
use crate::{End, Event};

/// A closed event's buffer above this is given back, so that one huge event does not weigh for ever.
const KEEP_BYTES: usize = 64 << 10;
/// The same for its list of records.
const KEEP_RECORDS: usize = 1024;

/// What an event is opened with.
#[derive(Clone, Copy)]
pub(super) struct Opening<'a> {
    pub(super) key: Key,
    pub(super) node: &'a [u8],
    pub(super) part: u32,
    pub(super) late: bool,
    pub(super) now: Millis,
}

#[derive(Debug, Default)]
struct Slot {
    event: Event,
    key: Key,
    open: bool,
    /// Tells the openings of a slot apart in `order`.
    generation: u64,
    opened: Millis,
    touched: Millis,
    owed: Owed,
    /// Its title came.
    titled: bool,
    /// Opened for records that came after their event was over.
    late: bool,
}

/// What the kernel ends an event with (kernel/auditsc.c, `audit_log_exit`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Owed {
    /// Nothing that announces the end.
    #[default]
    Nothing,
    /// An `EOE`: it has a `URINGOP`.
    Eoe,
    /// A `PROCTITLE`, then an `EOE`: it has a `SYSCALL`.
    TitleAndEoe,
}

/// All slots, open and free.
#[derive(Debug)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    free: Vec<usize>,
    /// The open ones by key, but for `newest`.
    index: HashMap<Key, usize, RandomState>,
    /// The one opened last, while it is open: mostly it is over before another begins, and need not be found by key.
    newest: Option<usize>,
    /// Openings, oldest first; entries of closed ones are skipped.
    order: VecDeque<(usize, u64)>,
    last: Option<usize>,
    /// No open event is over by time before this.
    deadline: Millis,
}

impl Default for Slots {
    fn default() -> Self {
        let (slots, free, order) = (Vec::new(), Vec::new(), VecDeque::new());
        Slots { slots, free, index: HashMap::default(), newest: None, order, last: None, deadline: Millis::MAX }
    }
}

impl Slots {
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// The serials of what is open, in no order.
    pub(super) fn serials(&self) -> impl Iterator<Item = u32> {
        self.open_slots().map(|(_, slot)| slot.key.id.serial)
    }

    /// The open event with this key; mostly it is the one touched last.
    pub(super) fn find(&mut self, key: &Key) -> Option<usize> {
        if let Some(last) = self.last.filter(|last| self.is_of(*last, key)) {
            return Some(last);
        }
        let newest = self.newest.filter(|newest| self.last != self.newest && self.is_of(*newest, key));
        let found = newest.or_else(|| if self.index.is_empty() { None } else { self.index.get(key).copied() });
        self.last = found.or(self.last);
        found
    }

    fn is_of(&self, at: usize, key: &Key) -> bool {
        self.slots.get(at).is_some_and(|slot| slot.open && slot.key == *key)
    }

    pub(super) fn open(&mut self, opening: Opening<'_>, timing: Timing) -> usize {
        let at = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() - 1
        });
        if let Some(before) = self.newest.replace(at)
            && let Some(slot) = self.slots.get(before)
        {
            self.index.insert(slot.key, before);
        }
        self.last = Some(at);
        if let Some(slot) = self.slots.get_mut(at) {
            slot.restart(&opening);
            self.order.push_back((at, slot.generation));
            self.deadline = self.deadline.min(slot.earliest_deadline(timing));
        }
        at
    }

    /// Whether `record` would put the event over a bound. An event with no record takes any.
    pub(super) fn is_full(&self, at: usize, record: &RawRecord<'_>, limits: Limits) -> bool {
        let Some(Slot { event, .. }) = self.slots.get(at) else { return false };
        let more = record.name.len() + record.body.len() + record.tail.len();
        !event.is_empty()
            && (event.len() >= limits.max_event_records || event.bytes.len() + more > limits.max_event_bytes)
    }

    pub(super) fn append(&mut self, at: usize, record: &RawRecord<'_>, now: Millis) {
        let Some(slot) = self.slots.get_mut(at) else { return };
        slot.touched = now;
        slot.owed = slot.owed.max(match record.record_type {
            record_type::SYSCALL => Owed::TitleAndEoe,
            record_type::URINGOP => Owed::Eoe,
            _ => Owed::Nothing,
        });
        slot.titled |= record.record_type == record_type::PROCTITLE;
        slot.event.append(record);
    }

    /// Key, part, and whether it is a late part.
    pub(super) fn identity(&self, at: usize) -> (Key, u32, bool) {
        self.slots.get(at).map(|slot| (slot.key, slot.event.part, slot.late)).unwrap_or_default()
    }

    /// How many can be found by key without being the newest.
    #[cfg(test)]
    pub(super) fn entered(&self) -> usize {
        self.index.len()
    }

    /// Takes the event out; it stays readable until the slot is opened again.
    pub(super) fn close(&mut self, at: usize, end: End) -> &Event {
        if self.newest == Some(at) {
            self.newest = None;
        } else if let Some(slot) = self.slots.get(at) {
            self.index.remove(&slot.key);
        }
        self.free.push(at);
        // `at` came from open(), so it is there; an index cannot go stale since slots are never removed.
        let slot = &mut self.slots[at];
        slot.open = false;
        slot.event.finish(end);
        self.trim_order();
        &self.slots[at].event
    }

    pub(super) fn oldest(&mut self) -> Option<usize> {
        self.trim_order();
        self.order.front().map(|(at, _)| *at)
    }

    /// The first open event at or behind slot `from` that is over by time at `now`, and how it ended.
    pub(super) fn overdue(&mut self, timing: Timing, now: Millis, from: usize) -> Option<(usize, End)> {
        if now < self.deadline {
            return None;
        }
        let is_due = |(_, slot): &(usize, &Slot)| slot.open && slot.deadline(timing) <= now;
        let due = match timing {
            // By log time the oldest opening is over first.
            Timing::Log { .. } => self
                .oldest()
                .and_then(|at| Some((at, self.slots.get(at)?)))
                .filter(|(_, slot)| slot.deadline(timing) <= now),
            Timing::Live { .. } => self.slots.iter().enumerate().skip(from).find(is_due),
        };
        let due = due.map(|(at, slot)| (at, slot.end_by_time(timing)));
        if due.is_none() {
            self.deadline = self.next_deadline(timing).unwrap_or(Millis::MAX);
        }
        due
    }

    pub(super) fn next_deadline(&self, timing: Timing) -> Option<Millis> {
        self.open_slots().map(|(_, slot)| slot.deadline(timing)).min()
    }

    pub(super) fn forget_deadline(&mut self) {
        self.deadline = 0;
    }

    fn open_slots(&self) -> impl Iterator<Item = (usize, &Slot)> {
        self.slots.iter().enumerate().filter(|(_, slot)| slot.open)
    }

    /// Drops the openings at the front of `order` that are closed; and all such, when they outweigh the open ones.
    fn trim_order(&mut self) {
        let slots = &self.slots;
        let is_open = |(at, generation): &(usize, u64)| {
            slots.get(*at).is_some_and(|slot| slot.open && slot.generation == *generation)
        };
        while self.order.front().is_some_and(|entry| !is_open(entry)) {
            self.order.pop_front();
        }
        if self.order.len() > 64 && self.order.len() > 2 * (self.slots.len() - self.free.len()) + 64 {
            self.order.retain(is_open);
        }
    }
}

impl Slot {
    fn restart(&mut self, opening: &Opening<'_>) {
        self.event.restart(opening);
        self.key = opening.key;
        self.open = true;
        self.generation += 1;
        self.opened = opening.now;
        self.touched = opening.now;
        (self.owed, self.titled) = (Owed::Nothing, false);
        self.late = opening.late;
    }

    fn deadline(&self, timing: Timing) -> Millis {
        match timing {
            Timing::Live { title_ends: true, .. } if self.titled => self.touched,
            Timing::Live { incomplete_ms, .. } if self.owed > Owed::Nothing => {
                self.touched.saturating_add(incomplete_ms)
            }
            Timing::Live { quiet_ms, .. } => self.touched.saturating_add(quiet_ms),
            Timing::Log { timeout_ms } => self.opened.saturating_add(timeout_ms),
        }
    }

    /// No later record can bring the deadline before this.
    fn earliest_deadline(&self, timing: Timing) -> Millis {
        match timing {
            Timing::Live { quiet_ms, incomplete_ms, .. } => self.opened.saturating_add(quiet_ms.min(incomplete_ms)),
            Timing::Log { .. } => self.deadline(timing),
        }
    }

    fn end_by_time(&self, timing: Timing) -> End {
        match timing {
            Timing::Live { title_ends: true, .. } if self.titled => End::Proctitle,
            Timing::Live { title_ends: true, .. } if self.owed < Owed::TitleAndEoe => End::Quiet,
            Timing::Live { .. } if self.owed > Owed::Nothing => End::Incomplete,
            Timing::Live { .. } => End::Quiet,
            Timing::Log { .. } => End::LogTime,
        }
    }
}

impl Event {
    fn restart(&mut self, opening: &Opening<'_>) {
        self.bytes.clear();
        self.bytes.shrink_to(KEEP_BYTES);
        self.records.clear();
        self.records.shrink_to(KEEP_RECORDS);
        let node = opening.node.get(..opening.node.len().min(255)).unwrap_or_default();
        self.bytes.extend_from_slice(node);
        self.node_len = u32::try_from(node.len()).unwrap_or_default();
        self.id = opening.key.id;
        self.part = opening.part;
        self.is_redacted = false;
    }

    fn finish(&mut self, end: End) {
        self.end = end;
        self.bytes.extend_from_slice(&[0; SLACK]);
    }

    /// Bounds above (`is_full`, and the readers' own on one record) keep every length within `u32`.
    fn append(&mut self, record: &RawRecord<'_>) {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or_default();
        let name = record.name.get(..record.name.len().min(usize::from(u16::MAX))).unwrap_or_default();
        self.records.push(RecordSpan {
            record_type: record.record_type,
            name_len: u16::try_from(name.len()).unwrap_or_default(),
            start: length(&self.bytes),
            body_len: length(record.body),
            tail_len: length(record.tail),
        });
        if !name.is_empty() {
            self.bytes.extend_from_slice(name);
        }
        self.bytes.extend_from_slice(record.body);
        if !record.tail.is_empty() {
            self.bytes.extend_from_slice(record.tail);
        }
    }
}
