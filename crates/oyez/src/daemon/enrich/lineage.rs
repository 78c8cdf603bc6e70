//! Processes with their ancestors, as events tell them: found once for each program of a process.
//!
//! What a process's ancestors were when it was forked does not change, so it is kept by the process's snapshot: [`SLOTS`] of
//! them, each new one in the place of an older. What was not known then is looked for again when the table has learned of
//! parents since ([`Processes::learned`]).

use std::sync::Arc;

use oyez_enrich::process::{Actor, Processes};
use oyez_events::Event;
use oyez_events::context::Process;

use super::hashes::Hashes;

/// Processes kept: as many as a busy host has that make events.
const SLOTS: usize = 256;
/// Tells a process with its hash from the same one without: what was made of that is to be made again.
const HASHED: u64 = 1 << 63;

/// One process and its ancestors, nearest first.
#[derive(Default)]
struct Slot {
    /// As the table has it.
    snapshot: u64,
    /// The same, or a copy with its hash.
    process: Option<Arc<Process>>,
    ancestors: Vec<Arc<Process>>,
    /// There may be more ancestors, or more to say of them.
    may_grow: bool,
    /// What the table had learned by then.
    learned: u64,
}

/// Processes with their ancestors.
pub(super) struct Lineages {
    limit: usize,
    slots: Box<[Slot]>,
}

impl Lineages {
    /// With at most `limit` ancestors each.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, slots: (0..SLOTS).map(|_| Slot::default()).collect() }
    }

    /// The process that acted in `event`, with its hash where that is known, and its ancestors.
    pub(super) fn of(
        &mut self,
        (event, actor): (&Event, &Actor<'_>),
        processes: &mut Processes,
        hashes: Option<&mut Hashes>,
    ) -> Option<(&Process, &[Arc<Process>])> {
        let found = processes.acted(event, actor)?;
        let slot = self.slots.get_mut(usize::try_from(found.snapshot).unwrap_or_default() % SLOTS)?;
        if slot.process.is_none() || slot.snapshot != found.snapshot {
            (slot.snapshot, slot.process) = (found.snapshot, Some(Arc::clone(found)));
            slot.find_ancestors(processes, self.limit);
        } else if slot.may_grow && slot.learned != processes.learned() {
            slot.find_ancestors(processes, self.limit);
        }
        if let Some(hashes) = hashes {
            slot.add_hash(hashes);
        }
        slot.process.as_deref().map(|process| (process, &*slot.ancestors))
    }
}

impl Slot {
    fn find_ancestors(&mut self, processes: &mut Processes, limit: usize) {
        self.ancestors.clear();
        if let Some(process) = &self.process {
            processes.ancestors(process, limit, &mut self.ancestors);
        }
        let is_bare = |ancestor: &Arc<Process>| ancestor.exe.is_empty() && ancestor.comm.is_empty();
        self.may_grow = self.ancestors.len() < limit || self.ancestors.iter().any(is_bare);
        self.learned = processes.learned();
    }

    /// Copies the process once, when its hash is there.
    fn add_hash(&mut self, hashes: &mut Hashes) {
        let Some(process) = self.process.as_ref().filter(|process| process.sha256.is_none()) else { return };
        if let Some(sha256) = hashes.of(process) {
            let snapshot = process.snapshot | HASHED;
            self.process = Some(Arc::new(Process { snapshot, sha256: Some(sha256), ..Process::clone(process) }));
        }
    }
}
