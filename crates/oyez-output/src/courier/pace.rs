//! When to connect, to deliver, to look after a connection, and when to wait: a plain value that is asked with the time.

use std::time::{Duration, Instant};

use super::backoff::Backoff;
use crate::lane::Batching;

/// What is gathered for the next delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gathered {
    /// Messages.
    pub(crate) messages: usize,
    /// Bytes of their lines.
    pub(crate) bytes: usize,
    /// More does not go with it: it is as large as it may be, or was given before.
    pub(crate) is_full: bool,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Connect, or see whether that stands.
    Connect,
    /// Deliver what is gathered.
    Deliver,
    /// Look after the connection.
    Tick,
    /// Wait for more to gather, for so long at most.
    Gather(Duration),
    /// Wait for so long, whatever comes.
    Pause(Duration),
}

/// How long a sink is left alone when there is nothing to deliver, unless it says another time.
pub(crate) const TICK: Duration = Duration::from_secs(1);

/// The longest that is slept: a wait without end would be one as well.
pub(crate) const LONG_REST: Duration = Duration::from_hours(1);

/// The times that decide.
#[derive(Debug)]
pub(crate) struct Pace {
    batch: Batching,
    backoff: Backoff,
    /// When the first message of what is gathered was there.
    since: Option<Instant>,
    /// Nothing is tried before.
    not_before: Option<Instant>,
    /// The sink was called last.
    called: Option<Instant>,
    must_connect: bool,
    /// How long the sink is left alone when there is nothing to deliver.
    pub(crate) rest: Duration,
}

impl Pace {
    /// Nothing was tried yet.
    pub(crate) fn new(batch: Batching, backoff: Backoff) -> Self {
        Self { batch, backoff, since: None, not_before: None, called: None, must_connect: true, rest: TICK }
    }

    /// From here on it goes by these, and with a new sink if that is so.
    pub(crate) fn set(&mut self, batch: Batching, retry: crate::lane::Retry, is_new: bool) {
        self.batch = batch;
        self.backoff.set(retry);
        if is_new {
            self.backoff.reset();
            (self.not_before, self.must_connect) = (None, true);
        }
    }

    /// What to do now. At the end nothing is waited for that might come.
    pub(crate) fn next(&mut self, now: Instant, gathered: Gathered, is_end: bool) -> Next {
        if gathered.messages > 0 {
            self.since.get_or_insert(now);
        } else {
            self.since = None;
        }
        if let Some(at) = self.not_before.filter(|at| *at > now) {
            return Next::Pause(at.saturating_duration_since(now));
        }
        if self.must_connect {
            return Next::Connect;
        }
        let waited = self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        if gathered.messages > 0 && (gathered.is_full || is_end || waited >= self.batch.time) {
            return Next::Deliver;
        }
        let idle = self.called.map_or(Duration::ZERO, |called| now.saturating_duration_since(called));
        if idle >= self.rest {
            return Next::Tick;
        }
        let left = if gathered.messages > 0 { self.batch.time.saturating_sub(waited) } else { self.rest };
        Next::Gather(left.min(self.rest.saturating_sub(idle)))
    }

    /// How much more is wanted before it is worth to wake up: messages and bytes.
    pub(crate) fn wanted(&self, gathered: Gathered) -> (usize, usize) {
        if gathered.messages == 0 {
            return (1, usize::MAX);
        }
        let messages = self.batch.events.saturating_sub(gathered.messages);
        (messages.max(1), self.batch.bytes.saturating_sub(gathered.bytes).max(1))
    }

    /// The sink was called, and that went well; whether something was brought or there is nothing to bring.
    pub(crate) fn worked(&mut self, now: Instant, is_through: bool) {
        (self.called, self.not_before, self.must_connect) = (Some(now), None, false);
        if is_through {
            self.backoff.reset();
        }
    }

    /// All that was gathered is done with.
    pub(crate) fn emptied(&mut self) {
        self.since = None;
    }

    /// The sink was called and failed; how long it is left alone. Something may have been brought all the same.
    pub(crate) fn failed(&mut self, now: Instant, asked: Option<Duration>, was_through: bool) -> Duration {
        if was_through {
            self.backoff.reset();
        }
        let wait = self.backoff.after_failure(asked);
        (self.called, self.must_connect) = (Some(now), true);
        self.not_before = now.checked_add(wait);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::Retry;

    fn pace(events: usize, time: Duration) -> Pace {
        Pace::new(Batching { events, bytes: 1000, time }, Backoff::new(Retry::DEFAULT, 11))
    }

    fn of(messages: usize) -> Gathered {
        Gathered { messages, bytes: messages * 10, is_full: messages >= 10 }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_there_goes_when_it_is_enough_old_enough_or_the_last() {
        let (mut pace, start) = (pace(10, 3 * SECOND), Instant::now());
        assert_eq!(pace.next(start, of(0), false), Next::Connect);
        pace.worked(start, true);
        assert_eq!(pace.next(start, of(0), false), Next::Gather(TICK));
        assert_eq!(pace.next(start + SECOND / 2, of(1), false), Next::Gather(SECOND / 2));
        assert_eq!(pace.wanted(of(1)), (9, 990));
        assert_eq!(pace.next(start + SECOND, of(1), false), Next::Tick);
        pace.worked(start + SECOND, true);
        assert_eq!(pace.next(start + 3 * SECOND, of(1), true), Next::Deliver, "the end");
        assert_eq!(pace.next(start + 3 * SECOND, of(10), false), Next::Deliver, "enough");
        assert_eq!(pace.next(start + 7 * SECOND / 2, of(1), false), Next::Deliver, "old enough");
        pace.emptied();
        pace.worked(start + 4 * SECOND, true);
        assert_eq!(pace.next(start + 4 * SECOND, of(2), false), Next::Gather(TICK), "the next wait anew");
    }

    #[test]
    fn without_a_time_nothing_waits() {
        let (mut pace, now) = (pace(10, Duration::ZERO), Instant::now());
        pace.worked(now, true);
        assert_eq!(pace.next(now, of(1), false), Next::Deliver);
    }

    #[test]
    fn an_hour_without_a_receiver_takes_few_attempts_and_its_return_is_seen_within_the_longest_wait() {
        let (mut pace, start) = (pace(10, Duration::ZERO), Instant::now());
        let (mut now, mut attempts) = (start, 0);
        let back = start + Duration::from_hours(1);
        loop {
            match pace.next(now, of(1), false) {
                Next::Pause(wait) => now += wait,
                Next::Connect if now < back => {
                    attempts += 1;
                    pace.failed(now, None, false);
                }
                Next::Connect => pace.worked(now, false),
                Next::Deliver => break,
                other => panic!("{other:?}"),
            }
        }
        assert!((60..100).contains(&attempts), "{attempts}");
        assert!(now >= back && now <= back + Retry::DEFAULT.most, "{:?}", now - back);
    }

    #[test]
    fn a_receiver_that_lets_in_and_takes_nothing_is_left_alone_longer_and_longer() {
        let (mut pace, mut now) = (pace(10, Duration::ZERO), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..6 {
            pace.worked(now, false);
            assert_eq!(pace.next(now, of(1), false), Next::Deliver);
            waits.push(pace.failed(now, None, false));
            now += *waits.last().unwrap();
        }
        assert!(waits[5] > 8 * waits[0], "{waits:?}");
        assert!(pace.failed(now, None, true) < 2 * SECOND, "something came through");
    }
}
