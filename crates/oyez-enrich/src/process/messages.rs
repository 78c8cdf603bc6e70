//! What the process connector tells, taken into the table.
//!
//! Messages in; entries, pending programs and deaths out. A message may tell what is known already (the scan at start saw it,
//! or an event came first): then nothing is added.

use oyez_events::context::ProcessKey;
use oyez_netlink::connector::message::What;
use oyez_netlink::connector::{Drained, Message, Messages};

use super::Processes;
use super::entry::{Entry, Program, Slot};
use super::{PATIENCE_MS, SLACK_MS};

/// Programs that wait to be read from /proc; the rest are read when an event asks.
const MAX_WANTED: usize = 4096;
/// How many execs more events must have told than not for /proc to wait for them.
const TELLING: u8 = 4;
/// As much of that as is remembered.
pub(super) const TELLING_MAX: u8 = 8;
/// Starts this far apart, in ticks, are one: the connector's is later than /proc's by the time that a fork takes.
pub(super) const SAME_START: u64 = 2;
/// How long before its message an exec's event may be stamped, in milliseconds: programs are read from slow disks.
const LONGEST_EXEC_MS: u64 = 10_000;

/// A program to be read from /proc.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) slot: Slot,
    pub(super) number: u32,
    /// When, in monotonic milliseconds.
    pub(super) due_ms: u64,
    /// An event could have told of it until then.
    pub(super) had_time: bool,
}

impl Processes {
    /// Whether the connector tells of forks, execs and exits; without it, events are believed further.
    pub fn set_connected(&mut self, is_connected: bool) {
        self.is_connected = is_connected;
    }

    /// Takes all messages that are there, without waiting. Call it between receiving records and handing their events to
    /// [`Processes::event`].
    ///
    /// # Errors
    /// The connector is unusable; the table goes on without it.
    pub fn drain(&mut self, from: &mut dyn Messages) -> oyez_netlink::Result<Drained> {
        let drained = from.drain(&mut |message| self.message(message)).inspect_err(|_| self.is_connected = false)?;
        self.is_connected = true;
        if drained.lost > 0 {
            self.counts.messages_lost += drained.lost;
            self.lost_ms = Some(self.now.real_ms);
        }
        self.read_wanted();
        Ok(drained)
    }

    /// Takes one message.
    pub fn message(&mut self, message: &Message) {
        self.counts.messages += 1;
        let at_ms = self.now.real_ms_of(message.at_ns);
        match message.what {
            What::Fork { parent } => self.forked(parent, message, at_ms),
            What::Exec => self.executed(message.pid, at_ms),
            What::Exit { .. } => {
                if let Some(slot) = self.table.by_pid(message.pid) {
                    self.table.die(slot, at_ms);
                }
            }
        }
    }

    fn forked(&mut self, parent: u32, message: &Message, at_ms: u64) {
        let key = ProcessKey { pid: message.pid, start_ticks: self.now.ticks_of(message.at_ns) };
        let above = self.table.by_pid(parent).unwrap_or_else(|| self.meet(parent, at_ms));
        if let Some(slot) = self.table.by_pid(key.pid)
            && self.table.get(slot).is_some_and(|entry| is_same(entry, key))
        {
            return self.table.adopt(slot, above);
        }
        self.fork(key, above, parent, Some(at_ms));
    }

    /// A child that runs its parent's program.
    pub(super) fn fork(&mut self, key: ProcessKey, above: Slot, ppid: u32, started_ms: Option<u64>) -> Slot {
        let parent = self.table.get(above);
        let entry = Entry {
            key,
            started_ms,
            since_ms: started_ms.unwrap_or(self.now.real_ms),
            parent: Some(above),
            parent_program: parent.map_or(0, Entry::newest),
            is_in_initial_namespace: parent.is_some_and(|parent| parent.is_in_initial_namespace),
            ppid,
            first: 1,
            inherits: true,
            ..Entry::default()
        };
        self.table.insert(entry, self.now.real_ms)
    }

    /// A process that somebody speaks of and nobody knows: to be read from /proc.
    fn meet(&mut self, pid: u32, at_ms: u64) -> Slot {
        let key = ProcessKey { pid, start_ticks: 0 };
        let slot = self.table.insert(Entry { key, since_ms: at_ms, ..Entry::default() }, self.now.real_ms);
        self.table.push(slot, pending(0, false));
        self.want(slot, 0, 0);
        slot
    }

    fn executed(&mut self, pid: u32, at_ms: u64) {
        let slot = self.table.by_pid(pid).unwrap_or_else(|| self.meet(pid, at_ms));
        // The first thread ended, and this one took its place and number.
        self.table.revive(slot);
        let Some(entry) = self.table.get_mut(slot) else { return };
        let is_its = |program: &&mut Program| {
            let latest = program.began_ms.saturating_add(LONGEST_EXEC_MS);
            program.was_told && !program.had_message && (program.began_ms..=latest).contains(&(at_ms + SLACK_MS))
        };
        if let Some(told) = entry.programs.iter_mut().find(is_its) {
            told.had_message = true;
            return;
        }
        self.table.push(slot, pending(at_ms, true));
        let number = self.table.get(slot).map_or(0, Entry::newest);
        self.want(slot, number, if self.telling >= TELLING { PATIENCE_MS } else { 0 });
    }

    /// Has /proc asked about a program, in `delay_ms` if nobody tells of it before.
    pub(super) fn want(&mut self, slot: Slot, number: u32, delay_ms: u64) {
        if self.wanted.len() >= MAX_WANTED {
            self.counts.reads_spared += 1;
            return;
        }
        let due_ms = self.now.monotonic_ns / 1_000_000 + delay_ms;
        self.wanted.push_back(Wanted { slot, number, due_ms, had_time: delay_ms > 0 });
    }
}

/// Whether a living entry is the process that a fork told of.
fn is_same(entry: &Entry, key: ProcessKey) -> bool {
    entry.died_ms.is_none() && entry.key.start_ticks.abs_diff(key.start_ticks) <= SAME_START
}

/// A program of which only the beginning is known.
pub(super) fn pending(began_ms: u64, had_message: bool) -> Program {
    Program { seen: None, began_ms, was_told: false, was_shown: false, had_message }
}
