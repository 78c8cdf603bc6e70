//! What the table holds of one process: who it is, whose child, and the programs it ran.

use std::sync::Arc;

use oyez_events::context::{Process, ProcessKey};

use crate::deleted::undeleted;

/// Programs kept of one process. An event may be handled after the connector told of later execs; `sh -c` and wrappers make
/// two or three in a row.
pub(super) const MAX_PROGRAMS: usize = 4;

/// Where an entry is. A generation that is not the entry's says that it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) index: u32,
    pub(super) generation: u32,
}

/// One program that a process ran, or runs.
#[derive(Debug)]
pub(super) struct Program {
    /// What is known of it; `None` when only the connector told that there was an exec.
    pub(super) seen: Option<Arc<Process>>,
    /// When it began, in milliseconds since 1970-01-01 UTC; 0 where unknown.
    pub(super) began_ms: u64,
    /// An audit event told of its exec: nothing better will come.
    pub(super) was_told: bool,
    /// An event of another kind showed it.
    pub(super) was_shown: bool,
    /// The connector told of its exec.
    pub(super) had_message: bool,
}

impl Program {
    /// Nobody has told yet what it is.
    pub(super) fn is_pending(&self) -> bool {
        self.seen.as_ref().is_none_or(|seen| seen.exe.is_empty() && seen.comm.is_empty())
    }
}

/// One process.
#[expect(clippy::struct_excessive_bools, reason = "each may hold with or without the others")]
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) key: ProcessKey,
    pub(super) started_ms: Option<u64>,
    /// Since when it is known to live, in milliseconds since 1970-01-01 UTC.
    pub(super) since_ms: u64,
    /// Its numbers are those of the initial pid namespace.
    pub(super) is_in_initial_namespace: bool,
    /// The parent at its fork; never changed by reparenting.
    pub(super) parent: Option<Slot>,
    /// Which program the parent ran then.
    pub(super) parent_program: u32,
    /// The parent's number at its fork, or when it was first seen.
    pub(super) ppid: u32,
    /// Who took it over when its parent ended, as far as an event showed; 0: nobody.
    pub(super) reaper: u32,
    /// Who had its number before.
    pub(super) former: Option<Slot>,
    /// The programs, oldest first; at most [`MAX_PROGRAMS`].
    pub(super) programs: Vec<Program>,
    /// The number of `programs[0]`.
    pub(super) first: u32,
    /// Program number 0 is the parent's, not yet copied.
    pub(super) inherits: bool,
    /// When it ended, in milliseconds since 1970-01-01 UTC.
    pub(super) died_ms: Option<u64>,
    /// It has been dead for so long that only its children keep it.
    pub(super) is_expired: bool,
    /// It was asked for since the last look.
    pub(super) is_used: bool,
    /// Entries whose parent it is.
    pub(super) children: u32,
}

impl Entry {
    /// Whether an event of this process may show this number as its parent's: it does once the parent ended, mostly init's.
    #[inline]
    pub(super) fn may_have_parent(&self, ppid: u32) -> bool {
        ppid == self.ppid || ppid <= 1 || self.ppid == 0 || ppid == self.reaper
    }

    /// The clock was set by so many milliseconds.
    pub(super) fn shift(&mut self, by_ms: i64) {
        let shifted = |ms: u64| ms.saturating_add_signed(by_ms);
        self.started_ms = self.started_ms.map(shifted);
        self.died_ms = self.died_ms.map(shifted);
        self.since_ms = shifted(self.since_ms);
        for program in self.programs.iter_mut().filter(|program| program.began_ms != 0) {
            program.began_ms = shifted(program.began_ms);
        }
    }

    /// The number of the program it runs now; 0 for one that is inherited.
    pub(super) fn newest(&self) -> u32 {
        let held = u32::try_from(self.programs.len()).unwrap_or(u32::MAX);
        self.first.wrapping_add(held).wrapping_sub(1)
    }

    /// The place of program `number` in `programs`; of the oldest held where it is gone; `None` where it is inherited.
    pub(super) fn place(&self, number: u32) -> Option<usize> {
        if self.inherits && number < self.first {
            return None;
        }
        let place = usize::try_from(number.saturating_sub(self.first)).ok()?;
        (!self.programs.is_empty()).then(|| place.min(self.programs.len() - 1))
    }

    /// What it runs now, if that is known and its own.
    pub(super) fn current(&self) -> Option<&Arc<Process>> {
        self.programs.last()?.seen.as_ref()
    }

    /// The place of the newest program with this file, deleted or not; one that is not known has none.
    pub(super) fn place_of(&self, exe: &[u8]) -> Option<usize> {
        self.programs
            .iter()
            .rposition(|program| program.seen.as_ref().is_some_and(|seen| undeleted(&seen.exe) == undeleted(exe)))
    }
}
