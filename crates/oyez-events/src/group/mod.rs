//! Records → events, while they arrive.
//!
//! Input are [`RawRecord`]s and the time; output are [`Event`]s, each handed to the caller's function once it is over. An
//! event is over when its `EOE` comes; at once for types that always stand alone; live, when nothing came for it for a
//! while since its *last* record; offline, with its `PROCTITLE` (auditd does not write `EOE` to its log) or when the log's
//! own time has moved on since its *first* record was read; and when the input ends. Live, `PROCTITLE` ends an event too
//! where the caller says so ([`Timing::Live`]).
//!
//! Held are at most [`Limits::max_events`] events of [`Limits::max_event_bytes`] and [`Limits::max_event_records`] each; what
//! is over a bound is handed out early and counted. A record that comes after its event was over makes a late part.
//! Buffers are reused: once warm, a record costs no allocation.

mod clock;
mod recent;
mod slots;

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use oyez_tables::record_type;

use crate::parse::RawRecord;
use crate::{End, Event, EventId};
pub use clock::LogClock;
use recent::Recent;
use slots::{Opening, Slots};

/// Milliseconds on a clock of the caller's choice that never runs backwards.
pub type Millis = u64;

/// When an event without `EOE` is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Records come from the kernel; time is the caller's monotonic clock.
    Live {
        /// Quiet time since the last record of an event that promises no `EOE`.
        quiet_ms: u64,
        /// Quiet time since the last record of an event that does (it has a `SYSCALL` or `URINGOP`).
        incomplete_ms: u64,
        /// `PROCTITLE` ends an event, since `EOE` may not come: the caller filters it out. The kernel writes the title of a
        /// syscall's event last, with nothing but `EOE` behind it (kernel/auditsc.c, `audit_log_exit`); so an event with a
        /// `SYSCALL` owes its title then, and one with a `URINGOP` alone, which has none, owes nothing but waits as long.
        /// An `EOE` that comes all the same ends its event as ever.
        title_ends: bool,
    },
    /// Records come from a log; time is the log's own, see [`LogClock`].
    Log {
        /// Log time since the first record was read.
        timeout_ms: u64,
    },
}

/// The bounds of a [`Grouper`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Events open at once.
    pub max_events: usize,
    /// Bytes of text in one event.
    pub max_event_bytes: usize,
    /// Records in one event.
    pub max_event_records: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_events: 4096, max_event_bytes: 1 << 20, max_event_records: 10_000 }
    }
}

/// What a [`Grouper`] did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupCounts {
    /// Records taken, `EOE` included.
    pub records: u64,
    /// Records handed out in events, and `EOE`s that ended one or came after.
    pub records_out: u64,
    /// Events handed out, late parts included.
    pub events: u64,
    /// Records that came after their event was over; they are handed out as late parts.
    pub late_records: u64,
    /// Late parts handed out.
    pub late_parts: u64,
    /// Events handed out early because of a bound.
    pub early: u64,
    /// Events whose `EOE` (or `PROCTITLE`, where that ends them) was due and did not come in time.
    pub incomplete: u64,
}

/// Groups records by (node, second, millisecond, serial).
#[derive(Debug)]
pub struct Grouper {
    timing: Timing,
    limits: Limits,
    slots: Slots,
    recent: Recent,
    hasher: RandomState,
    node: (Vec<u8>, u64),
    counts: GroupCounts,
}

/// What makes an event one: the kernel's stamp and the node's hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Key {
    id: EventId,
    node: u64,
}

impl Grouper {
    /// A grouper that holds nothing yet.
    pub fn new(timing: Timing, limits: Limits) -> Self {
        let limits = Limits { max_events: limits.max_events.max(1), ..limits };
        Grouper {
            timing,
            limits,
            slots: Slots::default(),
            recent: Recent::default(),
            hasher: RandomState::default(),
            node: (Vec::new(), 0),
            counts: GroupCounts::default(),
        }
    }

    /// What happened so far.
    pub fn counts(&self) -> GroupCounts {
        self.counts
    }

    /// How many events are open.
    pub fn open_events(&self) -> usize {
        self.slots.len()
    }

    /// The serials of the events that are open, in no order; the time it takes is linear in how many were open at most.
    pub fn open_serials(&self) -> impl Iterator<Item = u32> {
        self.slots.serials()
    }

    /// Takes one record that arrived at `now`; hands events that are over to `out`.
    pub fn push(&mut self, record: &RawRecord<'_>, now: Millis, out: &mut impl FnMut(&Event)) {
        self.counts.records += 1;
        let key = Key { id: record.id, node: self.node_hash(record.node) };
        if record.record_type == record_type::EOE {
            self.end_of_event(key, out);
            return;
        }
        if let Some(slot) = self.slots.find(&key) {
            self.add(slot, record, now, out);
            return;
        }
        let part = self.recent.part_after(&key);
        if part == 0 && is_alone(record) {
            self.alone(key, record, out);
            return;
        }
        // More than one only where the bound was lowered while they were open.
        while self.slots.len() >= self.limits.max_events {
            self.end_oldest(out);
        }
        let opening = Opening { key, node: record.node, part, late: part > 0, now };
        let slot = self.slots.open(opening, self.timing);
        self.append(slot, record, now, out);
    }

    /// Hands out what is over by time alone. Call it when [`Grouper::next_deadline`] is reached, or more often.
    pub fn tick(&mut self, now: Millis, out: &mut impl FnMut(&Event)) {
        let mut from = 0;
        while let Some((slot, end)) = self.slots.overdue(self.timing, now, from) {
            self.close(slot, end, out);
            from = slot;
        }
    }

    /// When the next open event will be over by time; `None` when none is open.
    pub fn next_deadline(&self) -> Option<Millis> {
        self.slots.next_deadline(self.timing)
    }

    /// Hands out all that is open: the input ended.
    pub fn finish(&mut self, out: &mut impl FnMut(&Event)) {
        while let Some(slot) = self.slots.oldest() {
            self.close(slot, End::EndOfInput, out);
        }
    }

    /// Takes new bounds and times, from the next record on; what is open stays open, but what has its title and waits for
    /// an `EOE` only is over at the next tick if titles end events from here on.
    pub fn reconfigure(&mut self, timing: Timing, limits: Limits) {
        self.timing = timing;
        self.limits = Limits { max_events: limits.max_events.max(1), ..limits };
        self.slots.forget_deadline();
    }

    fn add(&mut self, slot: usize, record: &RawRecord<'_>, now: Millis, out: &mut impl FnMut(&Event)) {
        if !self.slots.is_full(slot, record, self.limits) {
            return self.append(slot, record, now, out);
        }
        let (key, part, late) = self.slots.identity(slot);
        self.close(slot, End::TooLarge, out);
        let opening = Opening { key, node: record.node, part: part.saturating_add(1), late, now };
        let slot = self.slots.open(opening, self.timing);
        self.append(slot, record, now, out);
    }

    fn append(&mut self, slot: usize, record: &RawRecord<'_>, now: Millis, out: &mut impl FnMut(&Event)) {
        self.slots.append(slot, record, now);
        let title_ends = matches!(self.timing, Timing::Log { .. } | Timing::Live { title_ends: true, .. });
        if title_ends && record.record_type == record_type::PROCTITLE {
            self.close(slot, End::Proctitle, out);
        }
    }

    fn alone(&mut self, key: Key, record: &RawRecord<'_>, out: &mut impl FnMut(&Event)) {
        let opening = Opening { key, node: record.node, part: 0, late: false, now: 0 };
        let slot = self.slots.open(opening, self.timing);
        self.slots.append(slot, record, 0);
        self.close(slot, End::Alone, out);
    }

    fn end_of_event(&mut self, key: Key, out: &mut impl FnMut(&Event)) {
        // An EOE holds nothing: it ends its event, or its event is over already, or was never heard.
        self.counts.records_out += 1;
        if let Some(slot) = self.slots.find(&key) {
            self.close(slot, End::Eoe, out);
        }
    }

    fn end_oldest(&mut self, out: &mut impl FnMut(&Event)) {
        if let Some(slot) = self.slots.oldest() {
            self.close(slot, End::TooManyEvents, out);
        }
    }

    fn close(&mut self, slot: usize, end: End, out: &mut impl FnMut(&Event)) {
        let (key, part, late) = self.slots.identity(slot);
        let event = self.slots.close(slot, end);
        self.counts.events += 1;
        self.counts.records_out += event.len() as u64;
        self.counts.late_parts += u64::from(late);
        self.counts.late_records += if late { event.len() as u64 } else { 0 };
        self.counts.early += u64::from(end.is_early());
        self.counts.incomplete += u64::from(end == End::Incomplete);
        out(event);
        self.recent.insert(key, part);
    }

    fn node_hash(&mut self, node: &[u8]) -> u64 {
        if node.is_empty() {
            return 0;
        }
        if self.node.0 != node {
            self.node.0.clear();
            self.node.0.extend_from_slice(node);
            self.node.1 = self.hasher.hash_one(node);
        }
        self.node.1
    }
}

/// Whether a record of this type always makes an event by itself: all that user space sends, auditd's own, and `KERNEL`.
/// With `subj=?` the kernel's own task and object contexts follow it under the same serial (kernel/audit.c of 6.18).
fn is_alone(record: &RawRecord<'_>) -> bool {
    let number = record.record_type;
    let alone = record_type::is_user_space(number) || (1200..1300).contains(&number) || number == record_type::KERNEL;
    alone && memchr::memmem::find(record.body, b"subj=?").is_none()
}

/// Whether records of this type come only beside the `SYSCALL` of their event, so that no event is made of them alone
/// (kernel/auditsc.c, `audit_log_exit` and `show_special`).
pub const fn comes_with_syscall(number: u16) -> bool {
    use record_type as t;
    matches!(
        number,
        t::PATH
            | t::IPC
            | t::SOCKETCALL
            | t::SOCKADDR
            | t::CWD
            | t::EXECVE
            | t::IPC_SET_PERM
            | t::MQ_OPEN
            | t::MQ_SENDRECV
            | t::MQ_NOTIFY
            | t::MQ_GETSETATTR
            | t::FD_PAIR
            | t::OBJ_PID
            | t::EOE
            | t::BPRM_FCAPS
            | t::CAPSET
            | t::MMAP
            | t::PROCTITLE
            | t::KERN_MODULE
            | t::TIME_INJOFFSET
            | t::TIME_ADJNTPVAL
            | t::OPENAT2
    )
}

#[cfg(test)]
mod tests;
