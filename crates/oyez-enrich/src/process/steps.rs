//! Steps of the time of day: somebody set the clock, and what is stored by the old one is moved to the new one.
//!
//! The time of day and the time since boot in, by how much the first ran ahead of the second out. Events keep their old stamps:
//! for [`SETTLE_MS`] after a step, times say nothing about whose an event is.

use super::Now;

/// Differences below this are the clock being slewed (`adjtimex(2)`), in milliseconds: it adds up, and is made up for then.
const STEP_MS: u64 = 100;
/// How long events stamped by the old clock may still come, in milliseconds: incomplete ones are told after seconds.
const SETTLE_MS: u64 = 10_000;

/// How the clock of events was set last.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// The time of day minus the time since boot, in milliseconds.
    offset_ms: Option<i64>,
    /// When it last changed, in monotonic milliseconds.
    stepped_ms: Option<u64>,
    now_ms: u64,
}

impl Steps {
    /// By how many milliseconds the clock was set forward since the last time, or back; `None` if it was not.
    pub(super) fn tick(&mut self, now: &Now) -> Option<i64> {
        self.now_ms = now.monotonic_ns / 1_000_000;
        let offset_ms = now.real_ms.cast_signed().saturating_sub((now.boottime_ns / 1_000_000).cast_signed());
        let step = offset_ms.saturating_sub(*self.offset_ms.get_or_insert(offset_ms));
        if step.unsigned_abs() < STEP_MS {
            return None;
        }
        (self.offset_ms, self.stepped_ms) = (Some(offset_ms), Some(self.now_ms));
        Some(step)
    }

    /// Whether stamps of events may still be of the clock as it was before it was set.
    #[inline]
    pub(super) fn is_unsettled(&self) -> bool {
        self.stepped_ms.is_some_and(|stepped| self.now_ms.saturating_sub(stepped) < SETTLE_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64, ahead_ms: u64) -> Now {
        let boottime_ns = ms * 1_000_000;
        Now { real_ms: 1_000_000 + ms + ahead_ms, monotonic_ns: boottime_ns, boottime_ns }
    }

    #[test]
    fn a_step_is_seen_once_and_slewing_when_it_has_added_up() {
        let mut steps = Steps::default();
        assert_eq!([steps.tick(&at(0, 50)), steps.tick(&at(10, 149))], [None, None]);
        assert!(!steps.is_unsettled());
        assert_eq!([steps.tick(&at(20, 150)), steps.tick(&at(30, 150))], [Some(100), None]);
        assert_eq!(steps.tick(&at(40, 0)), Some(-150));
        assert!(steps.is_unsettled());
        steps.tick(&at(10_040, 0));
        assert!(!steps.is_unsettled());
    }
}
