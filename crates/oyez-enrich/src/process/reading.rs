//! When /proc is read, and what becomes of it: at the start, for what waited, for who may have gone unseen.
//!
//! [`ProcFs`](super::ProcFs) in, entries and programs out. Each read but the scan at start takes a token of the budget, the
//! sweep has a rate of its own.

use std::io;
use std::sync::Arc;

use oyez_events::context::Process;

use super::entry::{Entry, Program, Slot};
use super::messages::{SAME_START, Wanted, pending};
use super::script;
use super::{Processes, SWEEP_PER_SECOND, SWEEP_PER_SECOND_UNSURE};
use crate::deleted::undeleted;

/// Parents read in a row for one process that was not known.
const MAX_PARENTS: usize = 16;
/// Looks that may come at once when nobody ticked for long.
const MAX_LOOKS: u64 = 200;
/// How long after a loss the faster sweep goes on, in milliseconds: time for 60,000 looks.
const UNSURE_MS: u64 = 300_000;

/// Where the walk over living processes is.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    place: usize,
    then_ns: Option<u64>,
}

impl Processes {
    /// Reads all processes. Call it once, after the connector was opened and before anything else; says how many there are.
    ///
    /// # Errors
    /// There is no /proc.
    pub fn scan(&mut self) -> io::Result<usize> {
        let mut pids = Vec::new();
        self.fs.pids(&mut pids)?;
        let mut added = Vec::with_capacity(pids.len());
        for pid in pids {
            self.counts.reads += 1;
            if self.read(pid) {
                added.push(self.add_found());
            }
        }
        for slot in &added {
            let ppid = self.table.get(*slot).map_or(0, |entry| entry.ppid);
            if let Some(parent) = self.table.by_pid(ppid) {
                self.table.adopt(*slot, parent);
            }
        }
        // Labels go down the tree: parents began first.
        added.sort_unstable_by_key(|slot| self.table.get(*slot).map(|entry| (entry.key.start_ticks, entry.key.pid)));
        for slot in &added {
            self.label_from_parent(*slot);
        }
        Ok(added.len())
    }

    /// Gives a process that was just read the labels of its parent, and then its own.
    fn label_from_parent(&mut self, slot: Slot) {
        if self.rules.is_empty() {
            return;
        }
        let Some(entry) = self.table.get(slot) else { return };
        let parent = entry.parent.and_then(|parent| self.table.get(parent)?.current());
        let labels = parent.map(|parent| Arc::clone(&parent.labels)).unwrap_or_default();
        let (Some(seen), place) = (entry.current(), entry.programs.len().saturating_sub(1)) else { return };
        let mut process = Process { labels, ..Process::clone(seen) };
        process.labels = self.rules.of_program(&process);
        self.table.put(slot, place, Arc::new(process));
    }

    /// Reads a process into `found`; counts one that is gone.
    pub(super) fn read(&mut self, pid: u32) -> bool {
        let is_there = self.found.read(&mut *self.fs, pid, self.settings.max_argv);
        self.counts.reads_late += u64::from(!is_there);
        is_there
    }

    /// Adds what was found as a new process, without its parent.
    fn add_found(&mut self) -> Slot {
        let slot = self.add_entry(self.now.real_ms);
        let mut process = self.found_process();
        process.labels = self.rules.of_program(&process);
        self.table.push(slot, Program { seen: Some(Arc::new(process)), ..pending(0, false) });
        slot
    }

    /// The same without its program. Whoever had the number before was dead at `at_ms`.
    pub(super) fn add_entry(&mut self, at_ms: u64) -> Slot {
        let key = self.found.key;
        let started_ms = self.now.real_ms_of_ticks(key.start_ticks);
        let entry = Entry {
            key,
            started_ms: Some(started_ms),
            since_ms: started_ms,
            ppid: self.found.ppid,
            is_in_initial_namespace: self.found.is_in_initial_namespace,
            ..Entry::default()
        };
        self.table.insert(entry, at_ms)
    }

    /// The program that was found, without labels.
    pub(super) fn found_process(&mut self) -> Process {
        let (snapshot, key, ppid) = (self.next_snapshot(), self.found.key, self.found.ppid);
        let started_ms = Some(self.now.real_ms_of_ticks(key.start_ticks));
        let mut process = Process { snapshot, key, ppid, started_ms, ..Process::default() };
        self.take_found(&mut process);
        process.place = self.places.of(key.pid);
        process
    }

    /// Texts of `found`; what is known stays.
    fn take_found(&self, process: &mut Process) {
        let found = &self.found;
        if process.exe.is_empty() {
            process.exe = found.exe.as_slice().into();
        }
        process.comm = found.comm.as_slice().into();
        process.argv = found.argv.as_slice().into();
        process.argv_cut = found.argv_cut;
        process.cwd = found.cwd.as_slice().into();
        let name = script::of_name(&found.argv, &found.comm, &found.exe);
        let name = name.or_else(|| script::of_call(&found.argv, &found.exe));
        process.script = name.map(|name| script::absolute(name, &found.cwd).into());
    }

    /// Adds what /proc knows of a process whose program file an event told, if it still runs that.
    pub(super) fn add_from_proc(&mut self, process: &mut Process) {
        let key = process.key;
        if !self.read(key.pid) || !undeleted(&self.found.exe).ends_with(undeleted(&process.exe)) {
            return;
        }
        if key.start_ticks == 0 || self.found.key.start_ticks.abs_diff(key.start_ticks) <= SAME_START {
            self.take_found(process);
            process.place = self.places.of(key.pid).or(process.place.take());
        }
    }

    /// Gives a new process its parent, reading those that are not known.
    pub(super) fn find_parent(&mut self, child: Slot, ppid: u32) {
        let (mut child, mut ppid) = (child, ppid);
        let mut added = Vec::new();
        while ppid != 0 && added.len() < MAX_PARENTS {
            if let Some(parent) = self.table.by_pid(ppid) {
                self.table.adopt(child, parent);
                break;
            }
            if !self.may_read() || !self.read(ppid) {
                break;
            }
            let parent = self.add_found();
            self.table.adopt(child, parent);
            added.push(parent);
            (child, ppid) = (parent, self.found.ppid);
        }
        for slot in added.iter().rev() {
            self.label_from_parent(*slot);
        }
    }

    /// Reads programs that nobody told of, and whose time has come, while the budget lasts.
    pub(super) fn read_wanted(&mut self) {
        let now_ms = self.now.monotonic_ns / 1_000_000;
        for _ in 0..self.wanted.len() {
            let Some(wanted) = self.wanted.pop_front() else { return };
            if !self.is_wanted(&wanted) {
                continue;
            }
            if wanted.due_ms > now_ms {
                self.wanted.push_back(wanted);
                continue;
            }
            if !self.budget.take() {
                self.wanted.push_front(wanted);
                return;
            }
            self.counts.reads += 1;
            self.telling = self.telling.saturating_sub(u8::from(wanted.had_time));
            self.read_program(wanted.slot);
        }
    }

    /// Whether nobody knows the program yet and it runs.
    fn is_wanted(&self, wanted: &Wanted) -> bool {
        let runs_it = |entry: &&Entry| entry.died_ms.is_none() && entry.newest() == wanted.number;
        let entry = self.table.get(wanted.slot).filter(runs_it);
        entry.and_then(|entry| entry.programs.last()).is_some_and(Program::is_pending)
    }

    /// Reads the program that a process runs, which is pending.
    fn read_program(&mut self, slot: Slot) {
        let Some((key, place)) = self.table.get(slot).map(|entry| (entry.key, entry.programs.len().saturating_sub(1)))
        else {
            return;
        };
        if !self.read(key.pid) {
            return;
        }
        let is_same = key.start_ticks == 0 || self.found.key.start_ticks.abs_diff(key.start_ticks) <= SAME_START;
        let Some(mut process) = self.bare(slot, place).filter(|_| is_same) else { return };
        self.take_found(&mut process);
        process.place = self.places.of(key.pid).or(process.place.take());
        process.labels = self.rules.of_program(&process);
        let ppid = self.found.ppid;
        self.table.put(slot, place, Arc::new(process));
        if let Some(parent) = self.table.by_pid(ppid) {
            self.table.adopt(slot, parent);
        }
    }

    /// Looks whether living processes still are: an end may have been missed.
    pub(super) fn look_after(&mut self) {
        let passed = self.now.monotonic_ns.saturating_sub(self.sweep.then_ns.unwrap_or(self.now.monotonic_ns));
        let is_unsure = self.lost_ms.is_some_and(|lost| self.now.real_ms.saturating_sub(lost) < UNSURE_MS);
        let rate = if self.is_connected && !is_unsure { SWEEP_PER_SECOND } else { SWEEP_PER_SECOND_UNSURE };
        let looks = (passed / 1_000_000).saturating_mul(rate) / 1000;
        if looks == 0 && self.sweep.then_ns.is_some() {
            return;
        }
        self.sweep.then_ns = Some(self.now.monotonic_ns);
        for _ in 0..looks.min(MAX_LOOKS).min(self.table.cells() as u64) {
            self.sweep.place = (self.sweep.place + 1) % self.table.cells().max(1);
            if let Some(slot) = self.table.slot_at(self.sweep.place) {
                self.look_at(slot);
            }
        }
    }

    fn look_at(&mut self, slot: Slot) {
        let Some(key) = self.table.get(slot).filter(|entry| entry.died_ms.is_none()).map(|entry| entry.key) else {
            return;
        };
        let start = self.found.start_ticks(&mut *self.fs, key.pid);
        let is_same = |start: u64| key.start_ticks == 0 || start.abs_diff(key.start_ticks) <= SAME_START;
        if !start.is_some_and(is_same) {
            self.table.die(slot, self.now.real_ms);
            if start.is_some() {
                self.table.forget_pid(slot);
            }
        }
    }
}
