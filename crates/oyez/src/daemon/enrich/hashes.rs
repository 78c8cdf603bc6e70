//! Hashes of what processes run: each program of a process is asked for once, and told as soon as it is known.
//!
//! A [`Process`] in, its hash out. Bounded: [`MAX`] programs are remembered; when there are more all
//! are forgotten, and asked for again.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use oyez_enrich::hash::{FileKey, Hasher, Settings, Worker};
use oyez_enrich::redact::Redactor;
use oyez_events::context::Process;

/// Programs remembered.
const MAX: usize = 8192;

/// What is known of the hash of one program.
enum State {
    /// There will be none.
    Never,
    /// It is being found out.
    Asked(FileKey),
    /// This is it.
    Known([u8; 32]),
}

/// Hashes, by the snapshot of the process.
pub(super) struct Hashes {
    hasher: Hasher,
    /// What program files are named without is compared without, too.
    redactor: Option<Redactor>,
    states: HashMap<u64, State, RandomState>,
}

impl Hashes {
    /// Of files up to this size. The worker is to be run.
    pub(super) fn new(max_bytes: u64, redactor: Option<Redactor>) -> (Self, Worker) {
        let (hasher, worker) = Hasher::new(Settings { max_bytes, ..Settings::default() }, "/proc");
        (Self { hasher, redactor, states: HashMap::default() }, worker)
    }

    /// How many files were refused.
    pub(super) fn refused(&self) -> u64 {
        let counts = self.hasher.counts();
        counts.full + counts.irregular + counts.too_large + counts.changed + counts.unread
    }

    /// The hash of what `process` runs, if it is known; has it found out, if it is not.
    pub(super) fn of(&mut self, process: &Process) -> Option<[u8; 32]> {
        if self.states.len() >= MAX && !self.states.contains_key(&process.snapshot) {
            self.states.clear();
        }
        let (hasher, redactor) = (&self.hasher, &mut self.redactor);
        let mut redact = |name: &mut [u8]| {
            if let Some(redactor) = redactor {
                redactor.path(name);
            }
        };
        let mut ask = || hasher.ask_redacted(process.key.pid, &process.exe, &mut redact);
        let state = self.states.entry(process.snapshot).or_insert_with(|| ask().map_or(State::Never, State::Asked));
        if let State::Asked(key) = state
            && let Some(sha256) = hasher.get(key)
        {
            *state = State::Known(sha256);
        }
        match state {
            State::Known(sha256) => Some(*sha256),
            State::Asked(_) | State::Never => None,
        }
    }
}
