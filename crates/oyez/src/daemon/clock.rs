//! The clocks of the daemon: one that never runs backwards, for waiting and grouping; the time of day, for notices; and what
//! a thread has used of the CPU.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use oyez_events::group::Millis;
use rustix::time::{ClockId, clock_gettime};

/// Time since the daemon started. Copies agree, so that threads can compare their times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    /// Starts at zero, now.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub(crate) fn now(self) -> Duration {
        self.0.elapsed()
    }
}

/// A time of [`Clock`] in the grouper's unit.
pub(crate) fn millis(time: Duration) -> Millis {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// CPU time that the calling thread has used (`clock_gettime(2)`, `CLOCK_THREAD_CPUTIME_ID`).
pub(crate) fn thread_cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// The same in nanoseconds.
pub(crate) fn thread_cpu_ns() -> u64 {
    u64::try_from(thread_cpu().as_nanos()).unwrap_or(u64::MAX)
}

/// The time of day in milliseconds since 1970-01-01 UTC, as the stamps of events have it. 0 before 1970.
pub(crate) fn wall_ms() -> u64 {
    let (sec, ms) = wall();
    sec * 1000 + u64::from(ms)
}

/// The time of day: seconds since 1970-01-01 UTC, and milliseconds within the second. 0 before 1970.
pub(crate) fn wall() -> (u64, u16) {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (time.as_secs(), u16::try_from(time.subsec_millis()).unwrap_or(999))
}
