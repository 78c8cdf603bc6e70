//! The kernel's own counts: statuses in, totals since the start into the tally, and what came to them since the last one out.
//!
//! The kernel's counters have 32 bits, may be reset by anyone, and are not there at all on older kernels.

use oyez_netlink::Status;

use super::tally::Tally;

/// Remembers what the kernel counted when it was last asked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KernelWatch {
    lost: Option<u32>,
    waited: Option<u32>,
}

/// What the kernel counted between two statuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Growth {
    /// Records and events that it lost.
    pub(crate) lost: u64,
    /// Jiffies that it made tasks wait.
    pub(crate) waited: u64,
}

impl KernelWatch {
    /// Counts from this status on.
    pub(crate) fn from(status: Option<&Status>) -> Self {
        Self {
            lost: status.and_then(|status| status.lost),
            waited: status.and_then(|status| status.backlog_wait_time_actual),
        }
    }

    /// Adds what was counted since the last status, and says how much that was.
    pub(crate) fn look(&mut self, status: &Status, tally: &Tally) -> Growth {
        let lost = growth(&mut self.lost, status.lost);
        let waited = growth(&mut self.waited, status.backlog_wait_time_actual);
        tally.kernel_lost.add(lost);
        tally.waited.add(waited);
        Growth { lost, waited }
    }
}

/// How far a counter went up; one that went down was reset and counts from 0.
fn growth(before: &mut Option<u32>, now: Option<u32>) -> u64 {
    let last = std::mem::replace(before, now.or(*before));
    match (last, now) {
        (Some(last), Some(now)) if now >= last => u64::from(now - last),
        (Some(_), Some(now)) => u64::from(now),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(lost: Option<u32>, waited: Option<u32>) -> Status {
        let mut status = Status::default();
        (status.lost, status.backlog_wait_time_actual) = (lost, waited);
        status
    }

    #[test]
    fn only_what_was_lost_since_the_start_counts_and_a_reset_loses_nothing() {
        let tally = Tally::default();
        let mut watch = KernelWatch::from(Some(&status(Some(100), None)));
        for (lost, total) in [(100, 0), (103, 3), (103, 3), (2, 5), (7, 10)] {
            let before = tally.kernel_lost.get();
            let grown = Growth { lost: total - before, waited: 0 };
            assert_eq!(watch.look(&status(Some(lost), None), &tally), grown, "at {lost}");
            assert_eq!(tally.kernel_lost.get(), total, "at {lost}");
        }
    }

    #[test]
    fn what_tasks_waited_since_the_start_counts() {
        let tally = Tally::default();
        let mut watch = KernelWatch::from(Some(&status(Some(0), Some(5))));
        assert_eq!(watch.look(&status(Some(0), Some(5)), &tally), Growth::default());
        assert_eq!(watch.look(&status(Some(0), Some(9)), &tally), Growth { lost: 0, waited: 4 });
        assert_eq!(tally.waited.get(), 4);
    }

    #[test]
    fn an_older_kernel_that_does_not_tell_is_not_taken_for_zero() {
        let tally = Tally::default();
        let mut watch = KernelWatch::from(None);
        assert_eq!(watch.look(&status(Some(50), None), &tally), Growth::default());
        assert_eq!(tally.kernel_lost.get(), 0);
        watch.look(&status(None, None), &tally);
        watch.look(&status(Some(51), None), &tally);
        assert_eq!(tally.kernel_lost.get(), 1);
    }
}
