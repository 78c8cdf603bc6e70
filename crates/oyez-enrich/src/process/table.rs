//! Entries by slot and by pid, within stated bounds of number and bytes.
//!
//! Who goes when there is no room: first the dead, longest dead first; then dead ancestors of living ones; then living ones
//! that nobody asked for since the last round. What goes is counted. A reference to what is gone reads as nothing.

use std::collections::{HashMap, VecDeque};
use std::mem::size_of;
use std::sync::Arc;

use foldhash::fast::RandomState;
use oyez_events::context::Process;

use super::MAX_DEPTH;
use super::entry::{Entry, MAX_PROGRAMS, Program, Slot};

/// What had to go, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Evicted {
    /// Dead ones before their time.
    pub(super) dead: u64,
    /// Dead ones with living children.
    pub(super) ancestors: u64,
    /// Living ones.
    pub(super) living: u64,
}

/// The bounds of a [`Table`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Entries, at least one.
    pub(super) entries: usize,
    /// Bytes of what is known of programs.
    pub(super) bytes: usize,
    /// Dead entries within their time.
    pub(super) dead: usize,
}

#[derive(Debug, Default)]
struct Cell {
    generation: u32,
    entry: Option<Entry>,
}

/// All processes.
#[derive(Debug)]
pub(super) struct Table {
    bounds: Bounds,
    cells: Vec<Cell>,
    free: Vec<u32>,
    by_pid: HashMap<u32, Slot, RandomState>,
    /// The dead within their time, longest dead first.
    dead: VecDeque<(Slot, u64)>,
    /// The dead beyond it that have children, longest dead first.
    kept: VecDeque<Slot>,
    bytes: usize,
    hand: usize,
    evicted: Evicted,
    learned: u64,
}

impl Table {
    pub(super) fn new(bounds: Bounds) -> Self {
        Table {
            bounds: Bounds { entries: bounds.entries.max(1), ..bounds },
            cells: Vec::new(),
            free: Vec::new(),
            by_pid: HashMap::default(),
            dead: VecDeque::new(),
            kept: VecDeque::new(),
            bytes: 0,
            hand: 0,
            evicted: Evicted::default(),
            learned: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len() - self.free.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn evicted(&self) -> Evicted {
        self.evicted
    }

    /// How often something became known of a process that was in the table already: its parent, or a program.
    pub(super) fn learned(&self) -> u64 {
        self.learned
    }

    /// Cells, full or empty: a walk over all entries goes from 0 to here.
    pub(super) fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Whoever is in the cell.
    pub(super) fn slot_at(&self, index: usize) -> Option<Slot> {
        let cell = self.cells.get(index)?;
        cell.entry.as_ref()?;
        Some(Slot { index: u32::try_from(index).ok()?, generation: cell.generation })
    }

    /// The one that has the number now, or had it last.
    #[inline]
    pub(super) fn by_pid(&self, pid: u32) -> Option<Slot> {
        self.by_pid.get(&pid).copied()
    }

    #[inline]
    pub(super) fn get(&self, slot: Slot) -> Option<&Entry> {
        let cell = self.cells.get(slot.index as usize)?;
        cell.entry.as_ref().filter(|_| cell.generation == slot.generation)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut Entry> {
        let cell = self.cells.get_mut(slot.index as usize)?;
        cell.entry.as_mut().filter(|_| cell.generation == slot.generation)
    }

    /// Adds a process under its number; whoever had it is its former holder, and dead from `now_ms` on at the latest.
    pub(super) fn insert(&mut self, mut entry: Entry, now_ms: u64) -> Slot {
        entry.former = self.by_pid(entry.key.pid);
        if let Some(former) = entry.former {
            self.die(former, now_ms);
        }
        while self.len() >= self.bounds.entries && self.evict(None) {}
        // Making room may have taken the parent.
        entry.parent = entry.parent.filter(|parent| self.get(*parent).is_some());
        if let Some(parent) = entry.parent.and_then(|parent| self.get_mut(parent)) {
            parent.children = parent.children.saturating_add(1);
        }
        let pid = entry.key.pid;
        let slot = self.fill_cell(entry);
        self.by_pid.insert(pid, slot);
        slot
    }

    fn fill_cell(&mut self, entry: Entry) -> Slot {
        let index = self.free.pop().unwrap_or_else(|| {
            self.cells.push(Cell::default());
            // There are at most `bounds.entries` cells, far below 2³².
            u32::try_from(self.cells.len() - 1).unwrap_or(u32::MAX)
        });
        let mut slot = Slot { index, generation: 0 };
        if let Some(cell) = self.cells.get_mut(index as usize) {
            slot.generation = cell.generation;
            cell.entry = Some(entry);
        }
        slot
    }

    /// Gives a process that has no parent one; never one of its own descendants.
    pub(super) fn adopt(&mut self, slot: Slot, parent: Slot) {
        let mut up = Some(parent);
        for _ in 0..MAX_DEPTH {
            if up == Some(slot) {
                return;
            }
            up = up.and_then(|up| self.get(up)?.parent);
        }
        let Some(above) = self.get(parent).filter(|_| up.is_none()) else { return };
        let (program, ppid) = (above.newest(), above.key.pid);
        let Some(entry) = self.get_mut(slot).filter(|entry| entry.parent.is_none()) else { return };
        (entry.parent, entry.parent_program, entry.ppid) = (Some(parent), program, ppid);
        self.learned += 1;
        if let Some(above) = self.get_mut(parent) {
            above.children = above.children.saturating_add(1);
        }
    }

    /// Its number is another's now.
    pub(super) fn forget_pid(&mut self, slot: Slot) {
        let pid = self.get(slot).map(|entry| entry.key.pid);
        if let Some(pid) = pid.filter(|pid| self.by_pid(*pid) == Some(slot)) {
            self.by_pid.remove(&pid);
        }
    }

    /// It ended. Says nothing new of one that had.
    pub(super) fn die(&mut self, slot: Slot, now_ms: u64) {
        let Some(entry) = self.get_mut(slot).filter(|entry| entry.died_ms.is_none()) else { return };
        entry.died_ms = Some(now_ms);
        self.dead.push_back((slot, now_ms));
        while self.dead.len() > self.bounds.dead {
            self.expire_first();
        }
    }

    /// It did not end after all.
    pub(super) fn revive(&mut self, slot: Slot) {
        if let Some(entry) = self.get_mut(slot) {
            (entry.died_ms, entry.is_expired) = (None, false);
        }
    }

    /// The clock was set: all times are so many milliseconds later, or earlier.
    pub(super) fn shift(&mut self, by_ms: i64) {
        self.cells.iter_mut().filter_map(|cell| cell.entry.as_mut()).for_each(|entry| entry.shift(by_ms));
        self.dead.iter_mut().for_each(|(_, died_ms)| *died_ms = died_ms.saturating_add_signed(by_ms));
    }

    /// Lets go of those that died before `before_ms`; those with children stay as long as these.
    pub(super) fn expire(&mut self, before_ms: u64) {
        while self.dead.front().is_some_and(|(_, died_ms)| *died_ms < before_ms) {
            self.expire_first();
        }
        if self.kept.len() > 2 * self.len() + 1024 {
            let cells = &self.cells;
            self.kept.retain(|slot| is_kept(cells, *slot));
        }
    }

    fn expire_first(&mut self) {
        let Some((slot, died_ms)) = self.dead.pop_front() else { return };
        let Some(entry) = self.get_mut(slot).filter(|entry| entry.died_ms == Some(died_ms)) else { return };
        entry.is_expired = true;
        if entry.children > 0 { self.kept.push_back(slot) } else { self.remove(slot) }
    }

    /// What is known of a program changed.
    pub(super) fn put(&mut self, slot: Slot, place: usize, seen: Arc<Process>) {
        let added = weight(&seen);
        let Some(program) = self.get_mut(slot).and_then(|entry| entry.programs.get_mut(place)) else { return };
        let old = program.seen.replace(seen);
        // Whoever was shown the bare one can be shown more.
        self.learned += u64::from(old.as_ref().is_some_and(|old| old.exe.is_empty() && old.comm.is_empty()));
        let taken = old.map_or(0, |old| weight(&old));
        self.bytes = (self.bytes + added).saturating_sub(taken);
        self.keep_bytes(slot);
    }

    /// The process runs a further program.
    pub(super) fn push(&mut self, slot: Slot, program: Program) {
        let added = program.seen.as_ref().map_or(0, |seen| weight(seen));
        let Some(entry) = self.get_mut(slot) else { return };
        let mut taken = 0;
        if entry.programs.len() >= MAX_PROGRAMS {
            taken = entry.programs.remove(0).seen.map_or(0, |old| weight(&old));
            entry.first = entry.first.saturating_add(1);
            entry.inherits = false;
        }
        entry.programs.push(program);
        self.bytes = (self.bytes + added).saturating_sub(taken);
        self.keep_bytes(slot);
    }

    /// The inherited program is its own now. Left out where there is no room for one more.
    pub(super) fn put_inherited(&mut self, slot: Slot, seen: Arc<Process>, began_ms: u64) {
        let added = weight(&seen);
        let Some(entry) = self.get_mut(slot).filter(|entry| entry.inherits) else { return };
        let program = Program { seen: Some(seen), began_ms, was_told: true, was_shown: false, had_message: true };
        entry.programs.insert(0, program);
        (entry.inherits, entry.first) = (false, 0);
        self.bytes += added;
        self.keep_bytes(slot);
    }

    /// Makes room for bytes, but not of `slot`'s.
    fn keep_bytes(&mut self, slot: Slot) {
        while self.bytes > self.bounds.bytes && self.evict(Some(slot)) {}
    }

    /// Lets one go; `false` if there is none that may.
    fn evict(&mut self, spare: Option<Slot>) -> bool {
        while let Some((slot, died_ms)) = self.dead.pop_front() {
            if Some(slot) == spare {
                self.dead.push_back((slot, died_ms));
                break;
            }
            let is_dead = self.get(slot).is_some_and(|entry| entry.died_ms == Some(died_ms));
            if is_dead {
                self.evicted.dead += 1;
                self.remove(slot);
                return true;
            }
        }
        while let Some(slot) = self.kept.pop_front() {
            if is_kept(&self.cells, slot) && Some(slot) != spare {
                self.evicted.ancestors += 1;
                self.remove(slot);
                return true;
            }
        }
        self.evict_unused(spare)
    }

    /// The hand goes round; who was asked for since its last visit is spared once.
    fn evict_unused(&mut self, spare: Option<Slot>) -> bool {
        for _ in 0..2 * self.cells.len() {
            self.hand = (self.hand + 1) % self.cells.len().max(1);
            let Some(slot) = self.slot_at(self.hand).filter(|slot| Some(*slot) != spare) else { continue };
            let Some(entry) = self.get_mut(slot) else { continue };
            if std::mem::take(&mut entry.is_used) {
                continue;
            }
            self.evicted.living += 1;
            self.remove(slot);
            return true;
        }
        false
    }

    /// Takes it out, and then expired ancestors that were kept for it alone.
    fn remove(&mut self, slot: Slot) {
        let mut next = Some(slot);
        while let Some(slot) = next.take() {
            let Some(entry) = self.take(slot) else { return };
            let Some(above) = entry.parent else { return };
            let Some(parent) = self.get_mut(above) else { return };
            parent.children = parent.children.saturating_sub(1);
            next = (parent.is_expired && parent.children == 0).then_some(above);
        }
    }

    fn take(&mut self, slot: Slot) -> Option<Entry> {
        let cell = self.cells.get_mut(slot.index as usize).filter(|cell| cell.generation == slot.generation)?;
        let entry = cell.entry.take()?;
        cell.generation = cell.generation.wrapping_add(1);
        self.free.push(slot.index);
        let texts = entry.programs.iter().filter_map(|program| program.seen.as_ref());
        self.bytes = self.bytes.saturating_sub(texts.map(|seen| weight(seen)).sum());
        if self.by_pid(entry.key.pid) == Some(slot) {
            self.by_pid.remove(&entry.key.pid);
        }
        Some(entry)
    }
}

fn is_kept(cells: &[Cell], slot: Slot) -> bool {
    let cell = cells.get(slot.index as usize).filter(|cell| cell.generation == slot.generation);
    cell.and_then(|cell| cell.entry.as_ref()).is_some_and(|entry| entry.is_expired)
}

/// What a process's texts take, in bytes; what it shares with others is not counted.
fn weight(process: &Process) -> usize {
    let script = process.script.as_ref().map_or(0, |script| script.len());
    size_of::<Process>() + process.exe.len() + process.comm.len() + process.argv.len() + process.cwd.len() + script
}
