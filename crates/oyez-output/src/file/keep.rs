//! Which logs that were put aside have to go: those that are there, and what is to be kept, in; how many of the oldest out.

use std::time::{Duration, Instant};

use super::names::Aside;
use super::settings::Keep;

/// How many of the oldest go. `now_s` is the time of day in seconds since 1970, `None` when it is not to be trusted.
pub(super) fn surplus(asides: &[Aside], keep: &Keep, now_s: Option<u64>) -> usize {
    let (mut stay, mut bytes) = (0, 0_u64);
    for aside in asides.iter().rev() {
        let entry = aside.entry();
        bytes = bytes.saturating_add(entry.bytes);
        let age = now_s.map(|now| now.saturating_sub(u64::try_from(entry.modified.0).unwrap_or_default()));
        let fits = keep.files.is_none_or(|files| stay < files as usize)
            && keep.bytes.is_none_or(|most| bytes <= most)
            && keep.age.zip(age).is_none_or(|(most, age)| age <= most.as_secs());
        if !fits {
            break;
        }
        stay += 1;
    }
    asides.len() - stay
}

/// The clock has to run evenly for so long before logs are removed for their age: one that stepped may be wrong.
const EVEN: Duration = Duration::from_hours(1);
/// A step, in milliseconds, that is none: clocks are set right a little all the time.
const STEP_MS: u64 = 60_000;

/// Watches the time of day for steps.
#[derive(Debug)]
pub(super) struct Steadiness {
    last: (u64, Instant),
    even_since: Instant,
}

impl Steadiness {
    pub(super) fn new(wall_ms: u64, now: Instant) -> Self {
        Self { last: (wall_ms, now), even_since: now }
    }

    /// Whether the time of day can be trusted.
    pub(super) fn see(&mut self, wall_ms: u64, now: Instant) -> bool {
        let (last_ms, last) = self.last;
        let passed = u64::try_from(now.saturating_duration_since(last).as_millis()).unwrap_or(u64::MAX);
        if last_ms.saturating_add(passed).abs_diff(wall_ms) > STEP_MS {
            self.even_since = now;
        }
        self.last = (wall_ms, now);
        now.saturating_duration_since(self.even_since) >= EVEN
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use super::super::names::{Entry, Mark};
    use super::*;

    fn aside(number: u32, bytes: u64, modified: i64) -> Aside {
        let entry = Entry { inode: 1, bytes, modified: (modified, 0) };
        Aside { name: Vec::new(), mark: Mark::Number(Reverse(number)), plain: Some(entry), packed: None }
    }

    #[test]
    fn the_oldest_go_by_count_age_and_bytes() {
        let asides = [aside(4, 10, 100), aside(3, 20, 200), aside(2, 30, 300), aside(1, 40, 400)];
        let all = Keep::default();
        for (keep, now, gone) in [
            (all, Some(u64::MAX), 0),
            (Keep { files: Some(3), ..all }, None, 1),
            (Keep { files: Some(0), ..all }, None, 4),
            (Keep { bytes: Some(90), ..all }, None, 1),
            (Keep { bytes: Some(69), ..all }, None, 3),
            (Keep { age: Some(Duration::from_secs(200)), ..all }, Some(450), 2),
            (Keep { age: Some(Duration::from_secs(200)), ..all }, None, 0),
            (Keep { age: Some(Duration::from_secs(200)), ..all }, Some(0), 0),
            (Keep { files: Some(3), bytes: Some(69), ..all }, None, 3),
        ] {
            assert_eq!(surplus(&asides, &keep, now), gone, "{keep:?}");
        }
    }

    #[test]
    fn a_clock_that_stepped_is_not_trusted_for_an_hour() {
        let start = Instant::now();
        let at = |minutes: u64| start + Duration::from_mins(minutes);
        let mut steady = Steadiness::new(0, start);
        assert!(!steady.see(59 * 60_000, at(59)) && steady.see(60 * 60_000, at(60)));
        assert!(!steady.see(999_999_999, at(61)));
        assert!(!steady.see(999_999_999 + 59 * 60_000, at(120)) && steady.see(999_999_999 + 60 * 60_000, at(121)));
    }
}
