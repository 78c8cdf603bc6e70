//! What audit events tell, taken into the table, and whose program each of them is of.
//!
//! An actor in, an entry and one of its programs out. The common case, a living process whose program is the one it was, is
//! [`Processes::known`] and costs no allocation; all else is [`Processes::learn`].

use std::sync::Arc;

use oyez_events::Event;
use oyez_events::context::{Process, ProcessKey};

use super::entry::{Entry, Program, Slot};
use super::messages::{SAME_START, TELLING_MAX, pending};
use super::record::{self, Actor};
use super::{Processes, SLACK_MS, START_SLACK_MS, script};
use crate::deleted::{is_deleted, undeleted};

/// Former holders of a pid that are looked at: numbers come round in seconds at the fastest, records in less.
const MAX_FORMERS: usize = 8;
/// How far an exec's message may seem to lie before its event, in milliseconds: their clocks are compared in whole ones.
const ROUNDING_MS: u64 = 1;
/// `CLONE_THREAD` (linux/sched.h): the call made no process.
const CLONE_THREAD: u64 = 0x0001_0000;

impl Processes {
    /// The process as it is known, if this event says nothing new of it.
    #[inline]
    pub(super) fn known(&mut self, actor: &Actor<'_>, at_ms: u64) -> Option<(Slot, usize)> {
        let (is_sure, is_unsettled) = (self.is_sure(), self.steps.is_unsettled());
        let slot = self.table.by_pid(actor.pid)?;
        let entry = self.table.get_mut(slot)?;
        if !is_sure && actor.ppid.is_some_and(|ppid| !entry.may_have_parent(ppid)) {
            return None;
        }
        let place = entry.programs.len().checked_sub(1)?;
        let newest = entry.programs.get(place)?;
        let after = newest.began_ms.max(entry.started_ms.unwrap_or_default());
        let is_its_time = at_ms + SLACK_MS >= after && entry.died_ms.is_none_or(|died| at_ms <= died + SLACK_MS);
        let seen = newest.seen.as_ref().filter(|_| (is_its_time || is_unsettled) && !actor.is_exec)?;
        if actor.exe.is_some_and(|written| !record::says(written, &seen.exe, &mut self.scratch)) {
            return None;
        }
        entry.is_used = true;
        Some((slot, place))
    }

    /// Whether no fork or exec can have gone unseen.
    fn is_sure(&self) -> bool {
        self.is_connected && self.lost_ms.is_none()
    }

    /// Whose event it is, where that is not plain; what it says is kept.
    #[cold]
    pub(super) fn learn(&mut self, event: &Event, actor: &Actor<'_>, at_ms: u64) -> Option<(Slot, usize)> {
        let mut exe = std::mem::take(&mut self.exe);
        exe.clear();
        actor.exe.inspect(|written| record::decode(written, &mut exe));
        let found = self.holder(actor, &exe, at_ms).and_then(|slot| {
            if let Some(entry) = self.table.get_mut(slot) {
                entry.is_used = true;
            }
            let place =
                if actor.is_exec { self.ran(event, actor, slot, at_ms) } else { self.place(slot, actor, &exe, at_ms) };
            place.map(|place| (slot, place))
        });
        self.exe = exe;
        found
    }

    /// Which of those that had the pid the event is of; a new one, if none of them.
    fn holder(&mut self, actor: &Actor<'_>, exe: &[u8], at_ms: u64) -> Option<Slot> {
        let Some(mut slot) = self.table.by_pid(actor.pid) else { return Some(self.first_seen(actor, exe, at_ms)) };
        let is_unsettled = self.steps.is_unsettled();
        let most = if is_unsettled { 0 } else { MAX_FORMERS };
        for _ in 0..most {
            let entry = self.table.get(slot)?;
            let started_ms = entry.started_ms.unwrap_or_default();
            let is_before = at_ms + SLACK_MS < started_ms;
            let is_unclear = at_ms < started_ms + SLACK_MS && !exe.is_empty();
            let former = entry.former.filter(|former| self.table.get(*former).is_some());
            let may_be_formers = is_unclear && !self.ran_ever(slot, exe);
            match former {
                Some(former) if is_before || (may_be_formers && self.ran_ever(former, exe)) => slot = former,
                _ if is_before => return None,
                _ => break,
            }
        }
        if self.is_replaced(slot, actor) {
            return Some(self.first_seen(actor, exe, at_ms));
        }
        let died_ms = self.table.get(slot)?.died_ms;
        if is_unsettled
            || died_ms.is_none_or(|died| at_ms <= died + SLACK_MS)
            || self.table.by_pid(actor.pid) != Some(slot)
        {
            return Some(slot);
        }
        if self.is_still(slot, died_ms.unwrap_or_default()) {
            // Its first thread ended, and others go on.
            self.table.revive(slot);
            return Some(slot);
        }
        Some(self.first_seen(actor, exe, at_ms))
    }

    /// Whether the pid went from the process to another one unseen: the event's has another parent, or runs a program anew.
    ///
    /// A process also gets another parent when its own has ended; then its start is still the same, and it is asked once. Of
    /// who is gone by now nothing is known, which is better than another's.
    fn is_replaced(&mut self, slot: Slot, actor: &Actor<'_>) -> bool {
        if self.is_sure() || self.table.by_pid(actor.pid) != Some(slot) {
            return false;
        }
        let Some(entry) = self.table.get(slot) else { return false };
        let Some(ppid) = actor.ppid.filter(|ppid| !entry.may_have_parent(*ppid)) else {
            let runs_anew = actor.is_exec && entry.programs.last().is_some_and(|program| program.was_told);
            return runs_anew && self.is_anothers(slot);
        };
        let start_ticks = entry.key.start_ticks;
        let start = if self.may_read() { self.found.start_ticks(&mut *self.fs, actor.pid) } else { None };
        let is_same = start_ticks != 0 && start.is_some_and(|start| start.abs_diff(start_ticks) <= SAME_START);
        if let Some(entry) = self.table.get_mut(slot).filter(|_| is_same) {
            entry.reaper = ppid;
        }
        !is_same
    }

    /// Whether a process that ended at `died_ms`, as far as was told, has its pid all the same.
    fn is_still(&mut self, slot: Slot, died_ms: u64) -> bool {
        let Some(key) = self.table.get(slot).map(|entry| entry.key) else { return false };
        if self.is_connected && self.lost_ms.is_none_or(|lost| lost < died_ms) {
            // Nobody else can have it: a fork would have been told.
            return true;
        }
        if !self.may_read() {
            return false;
        }
        let start = self.found.start_ticks(&mut *self.fs, key.pid);
        key.start_ticks != 0 && start.is_some_and(|start| start.abs_diff(key.start_ticks) <= SAME_START)
    }

    fn ran_ever(&self, slot: Slot, exe: &[u8]) -> bool {
        let Some(entry) = self.table.get(slot) else { return false };
        entry.place_of(exe).is_some()
            || (entry.inherits && self.source(slot).is_some_and(|source| undeleted(&source.exe) == undeleted(exe)))
    }

    /// A process that nobody told of.
    fn first_seen(&mut self, actor: &Actor<'_>, exe: &[u8], at_ms: u64) -> Slot {
        self.counts.first_seen += 1;
        let may_read = self.may_read();
        let is_read = may_read && self.read(actor.pid);
        let start_ms = if is_read { self.now.real_ms_of_ticks(self.found.key.start_ticks) } else { 0 };
        let is_its = is_read && start_ms <= at_ms + START_SLACK_MS;
        let mut ppid = actor.ppid.unwrap_or_default();
        let (slot, mut process) = if is_its {
            ppid = self.found.ppid;
            let runs_it = !actor.is_exec && undeleted(&self.found.exe).ends_with(undeleted(exe));
            let slot = self.add_entry(at_ms);
            if let Some(entry) = self.table.get_mut(slot) {
                // It was there when the event was stamped.
                (entry.started_ms, entry.since_ms) = (Some(start_ms.min(at_ms)), start_ms.min(at_ms));
            }
            (slot, runs_it.then(|| self.found_process()))
        } else {
            let key = ProcessKey { pid: actor.pid, start_ticks: 0 };
            (self.table.insert(Entry { key, since_ms: at_ms, ppid, ..Entry::default() }, at_ms), None)
        };
        self.find_parent(slot, ppid);
        if let Some(mut process) = process.take() {
            process.labels = self.source(slot).map(|source| Arc::clone(&source.labels)).unwrap_or_default();
            process.exe = if exe.is_empty() { process.exe } else { exe.into() };
            process.labels = self.rules.of_program(&process);
            self.table.push(slot, Program { seen: Some(Arc::new(process)), ..pending(0, false) });
            return slot;
        }
        self.table.push(slot, pending(0, false));
        if may_read && !is_its {
            // Gone, or another by now.
            self.table.die(slot, if is_read { start_ms } else { self.now.real_ms });
        }
        if !actor.is_exec {
            self.fill(slot, 0, actor, exe, false);
        }
        slot
    }

    /// The program that an event shows which is not of an execve.
    fn place(&mut self, slot: Slot, actor: &Actor<'_>, exe: &[u8], at_ms: u64) -> Option<usize> {
        if exe.is_empty() {
            let newest = self.table.get(slot)?.newest();
            self.seen(slot, newest)?;
            return self.table.get(slot)?.programs.len().checked_sub(1);
        }
        if let Some(place) = self.held(slot, exe, at_ms) {
            self.was_deleted(slot, place, exe);
            return Some(place);
        }
        if let Some(place) = self.unknown(slot, at_ms) {
            self.fill(slot, place, actor, exe, true);
            if let Some(program) = self.table.get_mut(slot).and_then(|entry| entry.programs.get_mut(place)) {
                program.was_shown = true;
            }
            return Some(place);
        }
        if let Some(place) = self.same_from_outside(slot, exe) {
            return Some(place);
        }
        // The table was wrong: an exec that nobody told of, or a pid used again.
        let slot = if self.is_anothers(slot) { self.first_seen(actor, exe, at_ms) } else { slot };
        self.counts.corrected += 1;
        self.table.push(slot, pending(at_ms, false));
        let place = self.table.get(slot)?.programs.len().checked_sub(1)?;
        self.fill(slot, place, actor, exe, true);
        Some(place)
    }

    /// The newest program, if it is pending; else the earliest pending one that may have run at the time.
    fn unknown(&self, slot: Slot, at_ms: u64) -> Option<usize> {
        let programs = &self.table.get(slot)?.programs;
        if programs.last()?.is_pending() {
            return programs.len().checked_sub(1);
        }
        let is_its_time = |place: usize, program: &Program| {
            let next = programs.get(place + 1);
            program.began_ms <= at_ms + SLACK_MS && next.is_none_or(|next| at_ms <= next.began_ms + SLACK_MS)
        };
        programs.iter().enumerate().position(|(place, program)| program.is_pending() && is_its_time(place, program))
    }

    /// The held program with this file that ran at the time; an inherited one becomes the process's own.
    fn held(&mut self, slot: Slot, exe: &[u8], at_ms: u64) -> Option<usize> {
        let entry = self.table.get(slot)?;
        let is_sure = self.is_sure();
        // A file that is there again is another one, but for an event from before it was deleted.
        let is_file = |seen: &[u8]| *seen == *exe || is_deleted(seen, exe) || (is_sure && is_deleted(exe, seen));
        let is_its = |program: &Program| program.seen.as_ref().is_some_and(|seen| is_file(&seen.exe));
        let in_time = |program: &Program| program.began_ms <= at_ms + SLACK_MS;
        let newest = entry.programs.iter().rposition(|program| is_its(program) && in_time(program));
        // What followed the one that was found began later; else it ran before, and an exec back to it was missed. With the
        // connector none is: then it is one program under two names, as threads with different roots see it.
        let still_ran = |place: usize| match entry.programs.get(place + 1) {
            Some(next) => is_sure || at_ms <= next.began_ms + SLACK_MS,
            None => true,
        };
        if let Some(place) = newest.filter(|place| still_ran(*place)) {
            return Some(place);
        }
        let first = entry.programs.first();
        let may_inherit = first.is_none_or(|first| is_sure || at_ms <= first.began_ms + SLACK_MS);
        if entry.inherits && may_inherit && self.source(slot).is_some_and(|source| is_file(&source.exe)) {
            self.inherit(slot)?;
            return Some(0);
        }
        // Nothing began in time: the earliest that fits.
        self.table.get(slot)?.programs.iter().position(|program| is_its(program) && !in_time(program))
    }

    /// Calls a program's file as the kernel does from now on, if it was deleted.
    fn was_deleted(&mut self, slot: Slot, place: usize, exe: &[u8]) {
        let program = self.table.get(slot).and_then(|entry| entry.programs.get(place));
        let Some(seen) = program.and_then(|program| program.seen.as_ref()) else { return };
        if is_deleted(&seen.exe, exe) {
            let process = Process { snapshot: self.snapshots + 1, exe: exe.into(), ..Process::clone(seen) };
            self.snapshots += 1;
            self.table.put(slot, place, Arc::new(process));
        }
    }

    /// The newest program, if /proc showed it under another path than the process itself has for it: the process has another
    /// root. Its own is what events will say.
    fn same_from_outside(&mut self, slot: Slot, exe: &[u8]) -> Option<usize> {
        let newest = self.table.get(slot)?.programs.last()?;
        let seen = newest.seen.as_ref().filter(|seen| !newest.was_told && seen.exe.ends_with(exe))?;
        let process = Process { snapshot: self.snapshots + 1, exe: exe.into(), ..Process::clone(seen) };
        self.snapshots += 1;
        let place = self.table.get(slot)?.programs.len() - 1;
        self.table.put(slot, place, Arc::new(process));
        Some(place)
    }

    /// Whether the pid is another process's than the table has; asked only where a fork could be missed.
    fn is_anothers(&mut self, slot: Slot) -> bool {
        let Some(key) = self.table.get(slot).map(|entry| entry.key) else { return false };
        if self.is_sure() || key.start_ticks == 0 || !self.may_read() {
            return false;
        }
        let start = self.found.start_ticks(&mut *self.fs, key.pid);
        start.is_some_and(|start| start.abs_diff(key.start_ticks) > SAME_START)
    }

    /// What an event and, where that is allowed, /proc say of a program that is pending.
    fn fill(&mut self, slot: Slot, place: usize, actor: &Actor<'_>, exe: &[u8], may_ask: bool) {
        let Some(bare) = self.bare(slot, place) else { return };
        let mut comm = std::mem::take(&mut self.scratch);
        self.reader.comm(actor, &mut comm);
        let mut process = Process { exe: exe.into(), comm: comm.as_slice().into(), ..bare };
        self.scratch = comm;
        let is_newest = self.table.get(slot).is_some_and(|entry| entry.programs.len() == place + 1);
        let is_living = self.table.get(slot).is_some_and(|entry| entry.died_ms.is_none());
        if may_ask && is_newest && is_living && self.may_read() {
            self.add_from_proc(&mut process);
        }
        process.labels = self.rules.of_program(&process);
        self.table.put(slot, place, Arc::new(process));
    }

    /// A program that began, as its execve's event tells it.
    fn ran(&mut self, event: &Event, actor: &Actor<'_>, slot: Slot, at_ms: u64) -> Option<usize> {
        self.counts.execs_told += 1;
        let entry = self.table.get(slot)?;
        // Of a process that was never seen before, all that is known is this event.
        let is_first = |program: &Program| !program.had_message && program.began_ms == 0 && program.is_pending();
        let place = untold(entry, at_ms).or_else(|| entry.programs.iter().position(is_first));
        let place = if let Some(place) = place {
            self.telling = (self.telling + 1).min(TELLING_MAX);
            place
        } else {
            self.table.push(slot, pending(at_ms, false));
            self.table.get(slot)?.programs.len().checked_sub(1)?
        };
        let bare = self.bare(slot, place)?;
        self.exec.read(event, actor, &self.reader, self.settings.max_argv);
        let exec = &mut self.exec;
        let called = || script::of_call(&exec.argv, &exec.exe).map(|name| script::absolute(name, &exec.cwd));
        let script = exec.script.take().or_else(called);
        let mut process = Process {
            exe: exec.exe.as_slice().into(),
            comm: exec.comm.as_slice().into(),
            argv: exec.argv.as_slice().into(),
            argv_cut: exec.argv_cut,
            cwd: exec.cwd.as_slice().into(),
            script: script.map(Vec::into_boxed_slice),
            ppid: if bare.ppid == 0 { actor.ppid.unwrap_or_default() } else { bare.ppid },
            ..bare
        };
        self.find_place(slot, place, &mut process);
        process.labels = self.rules.of_program(&process);
        if let Some(program) = self.table.get_mut(slot).and_then(|entry| entry.programs.get_mut(place)) {
            program.was_told = true;
        }
        self.table.put(slot, place, Arc::new(process));
        Some(place)
    }

    /// Asks where a process runs: whoever made a container moves into it before its program begins.
    fn find_place(&mut self, slot: Slot, place: usize, process: &mut Process) {
        let is_now =
            self.table.get(slot).is_some_and(|entry| entry.died_ms.is_none() && entry.programs.len() == place + 1);
        if is_now && self.may_read() {
            process.place = self.places.of(process.key.pid).or(process.place.take());
        }
    }

    /// The event's key may give the process labels.
    pub(super) fn label_by_key(&mut self, slot: Slot, place: usize, body: &[u8]) {
        let Some(written) = record::key(body) else { return };
        let program = self.table.get(slot).and_then(|entry| entry.programs.get(place));
        let Some(seen) = program.and_then(|program| program.seen.as_ref()) else { return };
        let Some(labels) = self.rules.of_key(written, &seen.labels) else { return };
        let process = Process { snapshot: self.snapshots + 1, labels, ..Process::clone(seen) };
        self.snapshots += 1;
        self.table.put(slot, place, Arc::new(process));
    }

    /// Without the connector, events of forks and ends are all there is.
    ///
    /// A fork returns the child's number in the caller's pid namespace (kernel/fork.c, `pid_vnr`): believed only of callers that
    /// are known to be in the initial one. `clone3` hides its flags in memory, so that a new thread looks like a process: not
    /// believed at all. An `exit` ends a thread, `exit_group` the process; death by a signal has no event.
    pub(super) fn follow_call(&mut self, slot: Slot, actor: &Actor<'_>, at_ms: u64) {
        let Some(call) = self.reader.call(actor) else { return };
        match call.name {
            "exit_group" if call.never_returned => self.table.die(slot, at_ms.max(1)),
            "fork" | "vfork" => self.follow_fork(slot, call.exit, at_ms),
            "clone" if call.a0 & CLONE_THREAD == 0 => self.follow_fork(slot, call.exit, at_ms),
            _ => {}
        }
    }

    fn follow_fork(&mut self, slot: Slot, child: Option<u32>, at_ms: u64) {
        let Some(pid) = child.filter(|pid| *pid > 0) else { return };
        let Some(entry) = self.table.get(slot).filter(|entry| entry.is_in_initial_namespace) else { return };
        let ppid = entry.key.pid;
        let held = self.table.by_pid(pid).filter(|held| {
            let held = self.table.get(*held);
            held.is_some_and(|held| held.since_ms + SLACK_MS >= at_ms)
        });
        match held {
            // The child's own events came first.
            Some(held) => self.table.adopt(held, slot),
            None => drop(self.fork(ProcessKey { pid, start_ticks: 0 }, slot, ppid, Some(at_ms))),
        }
    }
}

/// The program that an execve's event is of: one that the connector told of, and no event.
///
/// Several may have begun within the slack, and not every exec has an event. What other events showed before this one had
/// begun before it; and the message came after the event's stamp, so that one from before is taken only where there is no other.
fn untold(entry: &Entry, at_ms: u64) -> Option<usize> {
    let began_by = |slack: u64| {
        let is_untold = move |program: &Program| {
            program.had_message && !program.was_told && program.began_ms.saturating_add(slack) >= at_ms
        };
        entry.programs.iter().enumerate().filter(move |(_, program)| is_untold(program))
    };
    let shown = began_by(SLACK_MS).rfind(|(_, program)| program.was_shown).map(|(place, _)| place);
    if let Some(shown) = shown {
        // None behind it: what was shown was taken for this one, wrongly.
        return began_by(SLACK_MS).map(|(place, _)| place).find(|place| *place > shown).or(Some(shown));
    }
    let first = |slack| began_by(slack).map(|(place, _)| place).next();
    first(ROUNDING_MS).or_else(|| first(SLACK_MS))
}
