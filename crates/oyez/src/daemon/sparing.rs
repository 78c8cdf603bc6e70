//! Keeps the pipeline to `cpu_limit`: the threads' CPU clocks in, what is to be left out and when to pause out.
//!
//! The clocks are read once in [`EACH`] records, before each batch and when nothing came for a while; without a limit never.
//! Counted are the pipeline, the threads of outputs as they last said, control as of its last happening, and who hashes as of its last
//! file. Left aside are the receiving thread, as reading more slowly would slow the host down, and those that sleep but for a
//! moment: signals, who asks for names (in a process of its own, which is not counted either), who watches the process connector,
//! and who reads arguments in /proc, as often as the process table's budget lets them. At the end, when no more records come, there is no limit: the sooner all is written the better.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::clock::{self, Clock};
use super::cpu_limit::{CpuLimit, Level};
use super::queue::Ending;
use super::tally::Tally;
use crate::config::Share;

/// Records between two looks: tens of microseconds of work, to a fraction of one for the look.
const EACH: u32 = 256;
/// How long a pause goes on before it is seen that the end has come.
const SLICE: Duration = Duration::from_millis(50);

/// A limit and the clocks it goes by.
#[derive(Debug)]
pub(crate) struct Sparing {
    limit: Option<CpuLimit>,
    records: u32,
    clock: Clock,
    tally: Arc<Tally>,
    ending: Ending,
}

impl Sparing {
    /// No limit.
    pub(crate) fn new(clock: Clock, tally: Arc<Tally>, ending: Ending) -> Self {
        Self { limit: None, records: 0, clock, tally, ending }
    }

    /// Keeps to this limit from here on.
    pub(crate) fn set(&mut self, share: Option<Share>) {
        self.limit = share.map(CpuLimit::new);
    }

    /// Counts a record; says whether the clocks are to be looked at.
    pub(crate) fn is_due(&mut self) -> bool {
        if self.limit.is_none() {
            return false;
        }
        self.records = (self.records + 1) % EACH;
        self.records == 0
    }

    /// What to do without.
    pub(crate) fn look(&mut self) -> Level {
        let Some(limit) = self.limit.as_mut().filter(|_| !self.ending.has_begun()) else { return Level::Free };
        let others = self.tally.outputs.cpu_ns() + self.tally.control_cpu.get() + self.tally.hash_cpu.get();
        limit.look(self.clock.now(), clock::thread_cpu() + Duration::from_nanos(others))
    }

    /// Does nothing for so long, or until the end has come.
    pub(crate) fn pause(&self, time: Duration) {
        let start = Instant::now();
        while let Some(left) = time.checked_sub(start.elapsed()).filter(|_| !self.ending.has_begun()) {
            std::thread::sleep(left.min(SLICE));
        }
        let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.tally.cpu_waited_us.add(micros);
    }
}
