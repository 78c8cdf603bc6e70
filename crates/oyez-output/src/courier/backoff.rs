//! How long to wait after a failure: more with each, never the same for two outputs.

use std::time::Duration;

use crate::lane::Retry;

/// The most that a receiver can ask for.
const ASKED: Duration = Duration::from_hours(1);
/// A duration as [`Retry`] bounds it is not doubled more often than this.
const DOUBLINGS: u32 = 31;

/// Failures in a row, and what they lead to.
#[derive(Debug)]
pub(crate) struct Backoff {
    retry: Retry,
    failures: u32,
    random: u64,
}

impl Backoff {
    /// None yet. `seed` differs from output to output, and from run to run.
    pub(crate) fn new(retry: Retry, seed: u64) -> Self {
        Self { retry, failures: 0, random: seed | 1 }
    }

    /// From here on with these bounds.
    pub(crate) fn set(&mut self, retry: Retry) {
        self.retry = retry;
    }

    /// It works.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after one more failure, at which the receiver may have asked for more.
    pub(crate) fn after_failure(&mut self, asked: Option<Duration>) -> Duration {
        let Retry { first, most } = self.retry;
        let most = most.max(first);
        let base = first.saturating_mul(1 << self.failures.min(DOUBLINGS)).min(most);
        self.failures = self.failures.saturating_add(1);
        let quarter = base / 4;
        let wait = base.saturating_sub(quarter).saturating_add(self.part_of(quarter * 2)).clamp(first, most);
        wait.max(asked.unwrap_or_default().min(ASKED))
    }

    /// A random part of a duration.
    fn part_of(&mut self, most: Duration) -> Duration {
        // xorshift64: it only has to differ between outputs.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        most.mul_f64(f64::from((self.random >> 40) as u32) / f64::from(1_u32 << 24))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff(first: u64, most: u64, seed: u64) -> Backoff {
        Backoff::new(Retry { first: Duration::from_secs(first), most: Duration::from_secs(most) }, seed)
    }

    #[test]
    fn waits_double_within_their_bounds_and_begin_anew_when_it_works() {
        for seed in 0..200 {
            let mut backoff = backoff(1, 60, seed);
            for failure in 0..100 {
                let wait = backoff.after_failure(None);
                let base = (1_u64 << failure.min(40)).min(60);
                assert!(wait >= Duration::from_secs(base).mul_f64(0.75) && wait >= Duration::from_secs(1), "{wait:?}");
                assert!(wait <= Duration::from_secs(base).mul_f64(1.25) && wait <= Duration::from_mins(1), "{wait:?}");
            }
            backoff.reset();
            assert!(backoff.after_failure(None) <= Duration::from_millis(1250));
        }
    }

    #[test]
    fn two_outputs_do_not_come_back_together() {
        let wait = |seed| {
            let mut backoff = backoff(1, 60, seed);
            (0..5).fold(Duration::ZERO, |sum, _| sum + backoff.after_failure(None))
        };
        assert_ne!(wait(0x5eed_1234_5678), wait(0xfeed_8765_4321));
    }

    #[test]
    fn a_receiver_gets_the_peace_it_asks_for_but_not_for_ever() {
        let mut backoff = backoff(1, 2, 7);
        assert_eq!(backoff.after_failure(Some(Duration::from_mins(5))), Duration::from_mins(5));
        assert_eq!(backoff.after_failure(Some(Duration::MAX)), ASKED);
        assert!(backoff.after_failure(Some(Duration::ZERO)) >= Duration::from_secs(1));
    }

    #[test]
    fn bounds_of_any_kind_are_survived() {
        for (first, most) in [(0, 0), (5, 1), (u64::MAX, u64::MAX)] {
            let mut backoff = backoff(first, most, 3);
            for _ in 0..40 {
                assert!(backoff.after_failure(None) >= Duration::from_secs(first));
            }
        }
    }
}
