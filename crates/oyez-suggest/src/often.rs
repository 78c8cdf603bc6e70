//! How much of what comes would be held back by `suppress` and by `limit`: events that repeat one another, and floods.
//!
//! Both are lower bounds: what falls out of these tables of fixed size is taken to be new, and events are told apart more finely
//! than the suggested action does. Time is the log's.

use oyez_events::group::Millis;

/// The window of `suppress`, in milliseconds.
pub(crate) const WINDOW_MS: Millis = 60_000;
/// How many a second `limit` lets through, and how many at once.
pub(crate) const LIMIT: u64 = 10;

const SLOTS: usize = 1 << 14;

/// What came of late.
#[derive(Debug)]
pub(crate) struct Often {
    windows: Vec<Window>,
    buckets: Vec<Bucket>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Window {
    of: u64,
    since: Millis,
    repeats: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    of: u64,
    at: Millis,
    /// What is left, in thousandths of an event.
    left: u64,
}

impl Default for Often {
    fn default() -> Self {
        Often { windows: vec![Window::default(); SLOTS], buckets: vec![Bucket::default(); SLOTS] }
    }
}

impl Often {
    /// Whether an event with the hash `of` would be held back as a repeat. The first repeat of a window is not: the notice
    /// that tells of the window's repeats comes in its place.
    pub(crate) fn is_repeat(&mut self, of: u64, now: Millis) -> bool {
        let Some(window) = self.windows.get_mut(place(of)) else { return false };
        if window.of != of || now.saturating_sub(window.since) >= WINDOW_MS {
            *window = Window { of, since: now, repeats: false };
            return false;
        }
        std::mem::replace(&mut window.repeats, true)
    }

    /// Whether an event with the hash `of` would be held back as too many.
    pub(crate) fn is_flood(&mut self, of: u64, now: Millis) -> bool {
        let full = LIMIT * 1000;
        let Some(bucket) = self.buckets.get_mut(place(of)) else { return false };
        if bucket.of != of {
            *bucket = Bucket { of, at: now, left: full };
        }
        let gained = now.saturating_sub(bucket.at).saturating_mul(LIMIT);
        bucket.left = bucket.left.saturating_add(gained).min(full);
        bucket.at = bucket.at.max(now);
        let passes = bucket.left >= 1000;
        bucket.left -= if passes { 1000 } else { 0 };
        !passes
    }
}

fn place(of: u64) -> usize {
    usize::try_from(of % SLOTS as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_window_the_first_event_and_one_notice_come_out() {
        let mut often = Often::default();
        let held = [0, 1, 2, 59_999, 60_000, 60_001].map(|now| often.is_repeat(5, now));
        assert_eq!(held, [false, false, true, true, false, false]);
        assert!(!often.is_repeat(6, 3));
    }

    #[test]
    fn ten_pass_in_a_second_and_one_more_each_tenth() {
        let mut often = Often::default();
        assert_eq!((0..15).filter(|_| often.is_flood(5, 1000)).count(), 5);
        assert_eq!([1099, 1100, 1100].map(|now| often.is_flood(5, now)), [true, false, true]);
        assert!(!often.is_flood(6, 1000));
    }

    #[test]
    fn a_clock_that_goes_back_holds_nothing_back_for_ever() {
        let mut often = Often::default();
        assert!(!often.is_repeat(5, 1_000_000) && !often.is_repeat(5, 10) && often.is_repeat(5, 10));
        assert!(!often.is_repeat(5, 1_060_000));
    }
}
