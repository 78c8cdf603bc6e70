//! Processes with their ancestors, as events tell them: found once for each program of a process.
//!
//! What a process's ancestors were when it was forked does not change, so it is kept by the process's snapshot, once all of
//! them are known: [`SLOTS`] of them, each new one in the place of an older.

use std::sync::Arc;

use oyez_enrich::process::Processes;
use oyez_events::Event;
use oyez_events::context::Process;

use super::hashes::Hashes;

/// Processes kept: as many as a busy host has that make events.
const SLOTS: usize = 256;

/// One process and its ancestors, nearest first.
#[derive(Default)]
struct Slot {
    process: Option<Arc<Process>>,
    ancestors: Vec<Arc<Process>>,
}

impl Slot {
    /// Nothing more will be known of the ancestors: each has its program, and the last one no parent, or one too many.
    fn is_whole(&self, limit: usize) -> bool {
        let last = self.ancestors.last().or(self.process.as_ref());
        let is_all = self.ancestors.len() >= limit || last.is_some_and(|last| last.ppid == 0 && last.key.pid == 1);
        is_all && self.ancestors.iter().all(|ancestor| !ancestor.exe.is_empty())
    }
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

    /// The process of `event`, with its hash where that is known, and its ancestors.
    pub(super) fn of(
        &mut self,
        event: &Event,
        processes: &mut Processes,
        hashes: Option<&mut Hashes>,
    ) -> Option<(&Process, &[Arc<Process>])> {
        let found = processes.event(event)?;
        let slot = self.slots.get_mut(usize::try_from(found.snapshot).unwrap_or_default() % SLOTS)?;
        let is_it = |kept: &Arc<Process>| hashes.is_none() && kept.snapshot == found.snapshot;
        if !slot.process.as_ref().is_some_and(is_it) || !slot.is_whole(self.limit) {
            let found = Arc::clone(found);
            slot.ancestors.clear();
            processes.ancestors(&found, self.limit, &mut slot.ancestors);
            slot.process = Some(match hashes {
                Some(hashes) => hashes.with_hash(found),
                None => found,
            });
        }
        slot.process.as_deref().map(|process| (process, &*slot.ancestors))
    }
}
