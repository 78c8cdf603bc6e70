//! What a filter did so far, and how long that took.

use std::sync::Arc;
use std::time::Duration;

use crate::tell::{Said, Told};

/// Totals of one filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The filter.
    pub name: Arc<str>,
    /// Events it was asked about.
    pub seen: u64,
    /// Of these: those it did something with, or would have, had it not kept them.
    pub matched: u64,
    /// Those it dropped.
    pub dropped: u64,
    /// Those it kept: no later filter was asked.
    pub kept: u64,
    /// Those it tagged or rewrote.
    pub changed: u64,
    /// Those it failed on.
    pub errors: u64,
    /// Whether it was switched off for failing.
    pub is_off: bool,
    /// Why it failed last.
    pub error: Option<Arc<str>>,
    /// What it counts itself, by name: a script's `oyez.counter`.
    pub counters: Vec<(Arc<str>, i64)>,
    /// What one event takes.
    pub time: Option<Time>,
}

/// A time that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// For one event, on average.
    pub each: Duration,
    /// For all events so far, as far as one can tell from those that were measured.
    pub all: Duration,
    /// How many filters it is the time of: matchers that stand together are asked at once.
    pub of: usize,
}

impl Counts {
    /// Nothing so far.
    pub(super) fn new(name: Arc<str>) -> Self {
        Counts {
            name,
            seen: 0,
            matched: 0,
            dropped: 0,
            kept: 0,
            changed: 0,
            errors: 0,
            is_off: false,
            error: None,
            counters: Vec::new(),
            time: None,
        }
    }

    /// As one of oyez's own events, without a time of its own.
    pub fn told(&self) -> Told {
        let told = Told { sec: 0, ms: 0, kind: "OYEZ_FILTER_COUNTS", fields: Vec::new() }
            .with("filter", &*self.name)
            .with("seen", self.seen)
            .with("matched", self.matched)
            .with("dropped", self.dropped)
            .with("kept", self.kept)
            .with("changed", self.changed)
            .with("errors", self.errors);
        let told = if self.is_off { told.with("off", true) } else { told };
        let told = if let Some(time) = self.time { time.told(told) } else { told };
        let counter = |told: Told, (name, value): &(Arc<str>, i64)| {
            // No name of a script's own is one of the filter's.
            told.with(format!("counter_{name}"), Said::Number((*value).into()))
        };
        self.counters.iter().fold(told, counter)
    }
}

impl Time {
    fn told(self, told: Told) -> Told {
        let Time { each, all, of } = self;
        let told = told.with("each_ns", whole(each.as_nanos())).with("all_us", whole(all.as_micros()));
        if of > 1 { told.with("together", of as u64) } else { told }
    }
}

fn whole(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// How a chain measures time: a clock that only runs forward, read before and after one of so many calls.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The time since some moment.
    pub now: fn() -> Duration,
    /// One of how many calls is measured; 0: none.
    pub every: u32,
}

/// Measures some of many calls.
#[derive(Debug)]
pub(super) struct Stopwatch {
    clock: Clock,
    /// Calls until the next one that is measured.
    left: u32,
    calls: u64,
    measured: u32,
    sum: Duration,
}

impl Stopwatch {
    pub(super) fn new(clock: Clock) -> Self {
        Stopwatch { clock, left: 0, calls: 0, measured: 0, sum: Duration::ZERO }
    }

    /// Before a call: when it began, if it is one that is measured.
    pub(super) fn start(&mut self) -> Option<Duration> {
        self.calls += 1;
        if self.left > 0 || self.clock.every == 0 {
            self.left = self.left.saturating_sub(1);
            return None;
        }
        self.left = self.clock.every - 1;
        Some((self.clock.now)())
    }

    /// After that call.
    pub(super) fn stop(&mut self, start: Option<Duration>) {
        let Some(start) = start else { return };
        if let Some(measured) = self.measured.checked_add(1) {
            self.measured = measured;
            self.sum = self.sum.saturating_add((self.clock.now)().saturating_sub(start));
        }
    }

    /// What was found, of so many filters together.
    pub(super) fn time(&self, of: usize) -> Option<Time> {
        let each = self.sum.checked_div(self.measured)?;
        let all = each.as_nanos().saturating_mul(self.calls.into());
        Some(Time { each, all: Duration::from_nanos(whole(all)), of })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local!(static NOW: Cell<u64> = const { Cell::new(0) });

    /// Ten nanoseconds between two looks.
    fn ticking() -> Duration {
        NOW.set(NOW.get() + 10);
        Duration::from_nanos(NOW.get())
    }

    #[test]
    fn one_of_so_many_calls_is_measured_and_stands_for_the_others() {
        let mut watch = Stopwatch::new(Clock { now: ticking, every: 4 });
        for _ in 0..9 {
            let start = watch.start();
            watch.stop(start);
        }
        assert_eq!(NOW.get(), 6 * 10, "the first, the fifth and the ninth");
        let nanos = Duration::from_nanos;
        assert_eq!(watch.time(2), Some(Time { each: nanos(10), all: nanos(90), of: 2 }));
    }

    #[test]
    fn a_clock_that_is_not_looked_at_measures_nothing() {
        let mut watch = Stopwatch::new(Clock { now: ticking, every: 0 });
        let start = watch.start();
        watch.stop(start);
        assert_eq!((start, watch.time(1)), (None, None));
    }
}
