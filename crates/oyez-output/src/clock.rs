//! What time it is, and what it cost: a trait, so that an hour without a receiver takes a test no time.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

/// A clock that the threads of an output look at. Waiting goes by the system's own, whatever this one says.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Time that never goes back.
    fn now(&self) -> Instant;

    /// Time of day, in milliseconds since 1970-01-01 UTC.
    fn wall_ms(&self) -> u64;

    /// CPU time of the calling thread, in nanoseconds.
    fn thread_cpu_ns(&self) -> u64 {
        0
    }
}

/// The system's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Clock for System {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn thread_cpu_ns(&self) -> u64 {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(time.tv_nsec).unwrap_or_default())
    }
}
