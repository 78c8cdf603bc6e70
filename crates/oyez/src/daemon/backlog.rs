//! When the kernel's backlog is too small: its counts and the rate of records in, a larger limit out.
//!
//! The backlog is what stands between a burst and a host that waits: it is to hold [`BURST`] of what comes. It is doubled,
//! once per look, up to a stated limit, and never made smaller: the kernel takes memory only for what waits. Pure: time
//! and counts are passed in. Refuses to grow what has no bound or is locked.

use std::fmt;
use std::time::{Duration, Instant};

use oyez_netlink::Status;

use super::kernel_watch::Growth;
use super::told::Told;

/// How much of what comes the backlog is to hold.
const BURST: Duration = Duration::from_millis(200);

/// Why the limit is to be raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Tasks were made to wait.
    Waited,
    /// Records were lost.
    Lost,
    /// It was found half full.
    Full,
    /// Records come faster than it could hold for [`BURST`].
    Rate,
}

impl Why {
    /// The word for it in the event that tells.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waited => "waited",
            Self::Lost => "lost",
            Self::Full => "full",
            Self::Rate => "rate",
        }
    }
}

/// A limit to be raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Raise {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) why: Why,
}

impl Raise {
    /// The event that tells of it.
    pub(crate) fn tell(self) -> Told {
        let Self { from, to, why } = self;
        Told::now("OYEZ_BACKLOG").with("backlog_limit", to).with("was", from).with("reason", why.name())
    }
}

impl fmt::Display for Raise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, why } = self;
        let why = match why {
            Why::Waited => "it was full, and tasks waited",
            Why::Lost => "records were lost",
            Why::Full => "it was half full",
            Why::Rate => "records come faster than it could hold for a fifth of a second",
        };
        write!(f, "the kernel's backlog_limit is raised from {from} to {to}: {why}")
    }
}

/// Watches the backlog.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backlog {
    /// The time of the look before, and how many records had come by then.
    last: Option<(Instant, u64)>,
    /// The kernel would not have it larger.
    refused: bool,
}

impl Backlog {
    /// Notes that so many records had come by `now`: the rate counts from here on.
    pub(crate) fn start(&mut self, now: Instant, received: u64) {
        self.last = Some((now, received));
    }

    /// It is not to be tried again.
    pub(crate) fn refuse(&mut self) {
        self.refused = true;
    }

    /// Whether the limit is to be raised, to `max` at most; `grown` is what the kernel counted since the look before.
    pub(crate) fn look(
        &mut self,
        now: Instant,
        received: u64,
        status: &Status,
        grown: Growth,
        max: u32,
    ) -> Option<Raise> {
        let last = self.last.replace((now, received));
        let from = status.backlog_limit.filter(|limit| *limit != 0 && *limit < max)?;
        if self.refused || status.is_locked() {
            return None;
        }
        let burst = last.map_or(0, |last| burst(last, (now, received)));
        let why = why(status, grown, burst, from)?;
        Some(Raise { from, to: from.saturating_mul(2).min(max), why })
    }
}

fn why(status: &Status, grown: Growth, burst: u64, limit: u32) -> Option<Why> {
    // With a limit on their rate, records are lost whatever there is room for.
    let unlimited = status.rate_limit.is_none_or(|rate| rate == 0);
    [
        (grown.waited > 0, Why::Waited),
        (grown.lost > 0 && unlimited, Why::Lost),
        (status.backlog.is_some_and(|backlog| backlog >= limit / 2), Why::Full),
        (burst > u64::from(limit), Why::Rate),
    ]
    .into_iter()
    .find_map(|(holds, why)| holds.then_some(why))
}

/// How many records came per [`BURST`] between two looks.
fn burst((then, before): (Instant, u64), (now, received): (Instant, u64)) -> u64 {
    let records = u128::from(received.saturating_sub(before)) * BURST.as_nanos();
    let time = now.saturating_duration_since(then).as_nanos();
    u64::try_from(records.checked_div(time).unwrap_or_default()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    const QUIET: Growth = Growth { lost: 0, waited: 0 };

    fn status(limit: u32, backlog: u32) -> Status {
        let mut status = Status::default();
        (status.backlog_limit, status.backlog, status.enabled) = (Some(limit), Some(backlog), Some(1));
        status
    }

    fn seconds(seconds: u64) -> Instant {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        *START + Duration::from_secs(seconds)
    }

    #[test]
    fn it_is_doubled_for_each_of_four_reasons_and_for_none_left_alone() {
        let look = |status: &Status, grown, received| {
            let mut backlog = Backlog::default();
            backlog.start(seconds(1), 0);
            backlog.look(seconds(2), received, status, grown, 1 << 16)
        };
        let raise = |why| Some(Raise { from: 8192, to: 16384, why });
        assert_eq!(look(&status(8192, 4095), QUIET, 40_000), None);
        assert_eq!(look(&status(8192, 4096), QUIET, 0), raise(Why::Full));
        assert_eq!(look(&status(8192, 0), Growth { waited: 1, lost: 0 }, 0), raise(Why::Waited));
        assert_eq!(look(&status(8192, 0), Growth { waited: 0, lost: 1 }, 0), raise(Why::Lost));
        assert_eq!(look(&status(8192, 0), QUIET, 50_000), raise(Why::Rate));
        let mut rated = status(8192, 0);
        rated.rate_limit = Some(100);
        assert_eq!(look(&rated, Growth { waited: 0, lost: 1 }, 0), None, "lost to the rate limit");
    }

    #[test]
    fn it_stops_at_its_bound_and_what_is_larger_boundless_locked_or_unknown_is_left() {
        let full = Growth { waited: 1, lost: 1 };
        let mut backlog = Backlog::default();
        let (mut limit, mut steps) = (8192, Vec::new());
        while let Some(raise) = backlog.look(seconds(1), 0, &status(limit, limit), full, 50_000) {
            limit = raise.to;
            steps.push(limit);
        }
        assert_eq!(steps, [16384, 32768, 50_000]);
        let mut locked = status(64, 64);
        locked.enabled = Some(2);
        for status in [status(0, 9), status(8192, 8192), status(9000, 9000), locked, Status::default()] {
            assert_eq!(backlog.look(seconds(2), 0, &status, full, 8192), None, "{status:?}");
        }
        backlog.refuse();
        assert_eq!(backlog.look(seconds(3), 0, &status(64, 64), full, 8192), None, "the kernel would not");
    }

    #[test]
    fn the_rate_is_that_between_two_looks() {
        let mut backlog = Backlog::default();
        let mut look = |at, received| backlog.look(at, received, &status(8192, 0), QUIET, 1 << 16).is_some();
        assert!(!look(seconds(10), 1_000_000), "nothing to compare with");
        assert!(!look(seconds(15), 1_200_000), "40,000 a second");
        assert!(look(seconds(16), 1_241_000), "41,000 a second");
        assert!(!look(seconds(16), 9_000_000), "no time went by");
        assert!(!look(seconds(15), 0), "nor backwards");
    }
}
