//! How much CPU may still be used: clocks in, what to do without out.
//!
//! A share of one core is earned as time goes by and spent as the CPU clocks of the threads go on. What was spent and not
//! earned back yet is compared with what the share comes to in one [`WINDOW`]: marks below it, as of a full output, decide
//! what is left out, and at it nothing is done until some was earned back. Nothing is saved up beyond the window, so that
//! in any time `T` no more is used than the share of `T` + `WINDOW`, and what one look covers.
//!
//! Pure: both clocks are passed in. One that goes backwards counts as one that stands still.

use std::time::Duration;

use super::priority::Priority;
use crate::config::Share;

/// How long unused time counts.
pub(crate) const WINDOW: Duration = Duration::from_secs(1);
/// How much of the window has to be earned back before work goes on, so that a wait is worth its wake-up.
const REST: Duration = Duration::from_millis(50);

/// What to do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Nothing.
    Free,
    /// Events up to this rank.
    LeaveOut(Priority),
    /// Everything, for this long, then look again.
    Wait(Duration),
}

impl Level {
    /// The highest rank that is left out.
    pub(crate) fn left_out(self) -> Option<Priority> {
        match self {
            Self::Free => None,
            Self::LeaveOut(rank) => Some(rank),
            Self::Wait(_) => Some(Priority::Rest),
        }
    }
}

/// A limit, and how much of it is used up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuLimit {
    share: Share,
    /// When it was looked at last: the time, and CPU time used until then.
    last: Option<(Duration, Duration)>,
    /// CPU time that was used and not earned back yet.
    spent: Duration,
}

impl CpuLimit {
    /// Nothing is used up yet.
    pub(crate) fn new(share: Share) -> Self {
        Self { share, last: None, spent: Duration::ZERO }
    }

    /// What to do at the time `now`, when `used` is what the CPU clocks show; the first look only notes where they stand.
    pub(crate) fn look(&mut self, now: Duration, used: Duration) -> Level {
        let (then, before) = self.last.replace((now, used)).unwrap_or((now, used));
        let earned = self.share.of_time(now.saturating_sub(then));
        self.spent = self.spent.saturating_sub(earned).saturating_add(used.saturating_sub(before));
        let whole = self.share.of_time(WINDOW);
        if self.spent < whole / 2 {
            Level::Free
        } else if self.spent < whole / 4 * 3 {
            Level::LeaveOut(Priority::Routine)
        } else if self.spent < whole {
            Level::LeaveOut(Priority::Rest)
        } else {
            let back = self.share.time_for(self.spent.saturating_sub(whole));
            Level::Wait(back.saturating_add(REST).min(WINDOW))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn quarter() -> CpuLimit {
        CpuLimit::new(Share::of_thousandths(250))
    }

    #[test]
    fn who_stays_below_the_share_is_left_alone() {
        let mut limit = quarter();
        for step in 0..10_000 {
            assert_eq!(limit.look(100 * MS * step, 24 * MS * step), Level::Free, "{step}");
        }
    }

    #[test]
    fn the_lowest_rank_goes_first_and_a_wait_comes_last() {
        let mut limit = quarter();
        // The share of a second is 250 ms.
        for (used, level) in [
            (1000, Level::Free),
            (1124, Level::Free),
            (1125, Level::LeaveOut(Priority::Routine)),
            (1187, Level::LeaveOut(Priority::Routine)),
            (1188, Level::LeaveOut(Priority::Rest)),
            (1249, Level::LeaveOut(Priority::Rest)),
            (1250, Level::Wait(50 * MS)),
            (1260, Level::Wait(90 * MS)),
            (9000, Level::Wait(WINDOW)),
        ] {
            assert_eq!(limit.look(Duration::ZERO, used * MS), level, "{used}");
        }
    }

    #[test]
    fn a_wait_is_over_when_it_says_and_idle_time_is_saved_up_for_one_second_only() {
        let mut limit = quarter();
        limit.look(Duration::ZERO, Duration::ZERO);
        assert_eq!(limit.look(Duration::ZERO, 260 * MS), Level::Wait(90 * MS));
        assert_eq!(limit.look(90 * MS, 260 * MS), Level::LeaveOut(Priority::Rest));
        assert_eq!(limit.look(1040 * MS, 260 * MS), Level::Free);
        let hour = Duration::from_hours(1);
        assert_eq!(limit.look(hour, 260 * MS), Level::Free);
        assert_eq!(limit.look(hour, 510 * MS), Level::Wait(50 * MS), "an hour of sleep buys a second's share");
    }

    #[test]
    fn clocks_that_go_backwards_stand_still() {
        let mut limit = quarter();
        limit.look(Duration::MAX, Duration::MAX);
        assert_eq!(limit.look(Duration::ZERO, Duration::ZERO), Level::Free);
        assert_eq!(limit.look(Duration::MAX, Duration::MAX), Level::Wait(WINDOW));
    }

    proptest! {
        #[test]
        fn no_load_uses_more_than_its_share_and_a_seconds_worth(
            thousandths in 10_u32..4000,
            steps in prop::collection::vec((1_u64..400, 1_u64..5), 1..2000),
        ) {
            let share = Share::of_thousandths(thousandths);
            let (mut limit, zero) = (CpuLimit::new(share), Duration::ZERO);
            let (mut now, mut used, mut most) = (zero, zero, zero);
            for (work, cores) in steps {
                if let Level::Wait(time) = limit.look(now, used) {
                    prop_assert!(!time.is_zero() && time <= WINDOW);
                    now += time;
                } else {
                    // So much work on so many cores at once.
                    let work = Duration::from_micros(work);
                    (now, used) = (now + work / u32::try_from(cores).unwrap(), used + work);
                    most = most.max(work);
                }
                prop_assert!(used <= share.of_time(now + WINDOW) + most, "{used:?} of {now:?}");
            }
        }
    }
}
