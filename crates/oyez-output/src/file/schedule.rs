//! When a log is put aside because of the time: clocks in, whether it is due out.
//!
//! Periods are counted from 1970-01-01 UTC by the time of day. That clock may step: what steps back is followed, and between
//! two rotations there is at least half a period by the clock that never goes back, so that one that swings to and fro makes
//! two rotations in a period at most.

use std::time::{Duration, Instant};

/// Remembers what period a log is of.
#[derive(Debug)]
pub(super) struct Schedule {
    /// In milliseconds.
    period: Option<u64>,
    /// The number of the period in which the log was begun.
    of: Option<u64>,
    last: Option<Instant>,
}

impl Schedule {
    pub(super) fn new(period: Option<Duration>) -> Self {
        let period = period.map(|period| u64::try_from(period.as_millis()).unwrap_or(u64::MAX).max(1));
        Self { period, of: None, last: None }
    }

    /// A log was opened that was last written to at this time, if it has anything in it.
    pub(super) fn opened(&mut self, written_ms: Option<u64>) {
        self.of = self.period.zip(written_ms).map(|(period, written_ms)| written_ms / period);
    }

    /// Whether a log that has something in it is to be put aside now.
    pub(super) fn is_due(&mut self, wall_ms: u64, now: Instant) -> bool {
        let Some(period) = self.period else { return false };
        let present = wall_ms / period;
        match self.of {
            Some(of) if present > of => {
                let since = self.last.map(|last| now.saturating_duration_since(last));
                since.is_none_or(|since| since >= Duration::from_millis(period / 2))
            }
            _ => {
                self.of = Some(present);
                false
            }
        }
    }

    /// A new log was begun, or there was nothing in the one that is there.
    pub(super) fn began(&mut self, wall_ms: u64) {
        self.of = self.period.map(|period| wall_ms / period);
    }

    /// One was put aside because it was due.
    pub(super) fn rotated(&mut self, now: Instant) {
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: u64 = 3_600_000;
    const DAY: u64 = 24 * HOUR;

    /// Looks at the clocks, and puts aside what is due.
    fn step(schedule: &mut Schedule, wall_ms: u64, now: Instant) -> bool {
        let is_due = schedule.is_due(wall_ms, now);
        if is_due {
            schedule.began(wall_ms);
            schedule.rotated(now);
        }
        is_due
    }

    #[test]
    fn a_day_ends_at_midnight() {
        let (start, mut schedule) = (Instant::now(), Schedule::new(Some(Duration::from_millis(DAY))));
        let due: Vec<u64> = (0..100)
            .filter(|hour| step(&mut schedule, DAY * 20_000 + HOUR * (20 + hour), start + Duration::from_hours(*hour)))
            .collect();
        assert_eq!(due, [4, 28, 52, 76]);
    }

    #[test]
    fn what_was_written_yesterday_is_put_aside_at_the_start() {
        let mut schedule = Schedule::new(Some(Duration::from_millis(DAY)));
        schedule.opened(Some(DAY * 5 - 1));
        assert!(schedule.is_due(DAY * 5, Instant::now()));
        schedule.opened(Some(DAY * 5));
        assert!(!schedule.is_due(DAY * 6 - 1, Instant::now()));
    }

    proptest! {
        #[test]
        fn a_clock_that_swings_makes_two_rotations_a_period(
            jumps in proptest::collection::vec((0..30_u64, 0..3 * DAY), 1..200)
        ) {
            let (start, mut schedule) = (Instant::now(), Schedule::new(Some(Duration::from_millis(DAY))));
            let (mut now, mut rotations) = (0, Vec::new());
            for (minutes, wall_ms) in jumps {
                now += minutes * 60_000;
                if step(&mut schedule, wall_ms, start + Duration::from_millis(now)) {
                    rotations.push(now);
                }
            }
            prop_assert!(rotations.windows(2).all(|pair| pair[1] - pair[0] >= DAY / 2));
        }
    }
}
