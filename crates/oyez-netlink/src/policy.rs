//! When the receiving thread blocks, naps and receives: wait-then-drain as a state machine without a clock.
//!
//! What happened and when (a monotonic time of the caller's) in, the next [`Step`] out. A wake-up per record is what
//! reading the audit socket costs most, so after the first record the thread naps while more pile up, and takes all at
//! once.
//!
//! ```text
//!            readable()                  napped()
//!   Idle ───────────────▶ Napping(time) ───────────▶ Draining ──┐ received(), slab was full
//!   Block                 Nap(time)     ◀─────────── Receive  ◀─┘
//!     ▲                                  received(), had something
//!     └──────────────────────────────────────────────┘ received(), had nothing
//! ```
//!
//! - **Idle**: block in poll(2) without a timeout. An idle host is never woken.
//! - **Napping**: sleep, without looking at the socket. A nap of zero means: hand on what you have, then receive on.
//! - **Draining**: receive until the slab is no longer filled.
//!
//! Whenever the step after [`WaitPolicy::received`] is not [`Step::Receive`], hand on what was gathered.
//!
//! **Latency.** A record waits at most one nap, `batch_delay`, of at most half of `latency_bound`; the other half is for
//! what comes after. A drain under constant load is cut after a quarter of the bound, by a nap of zero.
//!
//! **What piles up.** A nap is never so long that records at [`BURST_PER_SECOND`], or at twice the rate the last drain
//! saw, could fill the receive buffer meanwhile. Naps that would be shorter than 0.2 ms are left out.

use std::time::Duration;

/// What the kernel counts in a receive buffer for one record of usual size, in bytes (its `truesize`; measured).
pub const RECORD_TRUESIZE: usize = 2304;

/// Records per second that may come out of nowhere: what two busy cores were seen to make.
pub const BURST_PER_SECOND: u64 = 100_000;

/// A nap shorter than this costs more than it saves.
const MIN_NAP: Duration = Duration::from_micros(200);

/// What the policy is to keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitSettings {
    /// How long records may gather before they are received; 20 ms unless told. Zero: no naps.
    pub batch_delay: Duration,
    /// Within what time of its last record an event has to be out; 100 ms unless told.
    pub latency_bound: Duration,
    /// The socket's receive buffer in bytes as the kernel counts them
    /// ([`DataSocket::set_receive_buffer`](crate::DataSocket::set_receive_buffer) says how many).
    pub receive_buffer: usize,
}

impl Default for WaitSettings {
    fn default() -> Self {
        Self {
            batch_delay: Duration::from_millis(20),
            latency_bound: Duration::from_millis(100),
            receive_buffer: 16 << 20,
        }
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait until the socket is readable, without a limit; then [`WaitPolicy::readable`].
    Block,
    /// Hand on what was gathered, sleep this long (zero: not at all); then [`WaitPolicy::napped`].
    Nap(Duration),
    /// Receive once; then [`WaitPolicy::received`].
    Receive,
}

/// The state machine; see the module.
#[derive(Clone, Debug)]
pub struct WaitPolicy {
    nap: Duration,
    drain_limit: Duration,
    half_buffer: u64,
    step: Step,
    /// Since when the records of the present drain gathered.
    since: Option<Duration>,
    /// When the present drain began.
    begun: Duration,
    /// Datagrams in the present drain.
    drained: u64,
}

impl WaitPolicy {
    /// Starts with a receive: something may be there already.
    pub fn new(settings: WaitSettings) -> Self {
        let half_buffer = settings.receive_buffer as u64 / 2;
        let burst = Duration::from_nanos(fill_nanos(half_buffer, BURST_PER_SECOND, Duration::from_secs(1)));
        Self {
            nap: at_least_min(settings.batch_delay.min(settings.latency_bound / 2).min(burst)),
            drain_limit: settings.latency_bound / 4,
            half_buffer,
            step: Step::Receive,
            since: None,
            begun: Duration::ZERO,
            drained: 0,
        }
    }

    /// What to do next.
    pub fn step(&self) -> Step {
        self.step
    }

    /// The longest nap it will ever ask for.
    pub fn longest_nap(&self) -> Duration {
        self.nap
    }

    /// The socket became readable at `now`.
    pub fn readable(&mut self, now: Duration) {
        self.since = Some(now);
        self.step = Step::Nap(self.nap);
    }

    /// The nap was over at `now`, or cut short.
    pub fn napped(&mut self, now: Duration) {
        self.begun = now;
        self.step = Step::Receive;
    }

    /// A receive brought `datagrams` and ended at `now`; `more` if it filled the slab.
    pub fn received(&mut self, datagrams: u64, more: bool, now: Duration) {
        self.drained += datagrams;
        if more && now.saturating_sub(self.begun) < self.drain_limit {
            self.step = Step::Receive;
            return;
        }
        self.step = match self.drained {
            _ if more => Step::Nap(Duration::ZERO),
            0 => Step::Block,
            drained => Step::Nap(self.next_nap(drained, now)),
        };
        self.since = Some(now);
        self.drained = 0;
    }

    /// A nap in which twice the records of the last drain, at its rate, still fit the buffer.
    fn next_nap(&self, drained: u64, now: Duration) -> Duration {
        let gathered = self.since.map_or(self.nap, |since| now.saturating_sub(since));
        let fill = Duration::from_nanos(fill_nanos(self.half_buffer, drained, gathered));
        at_least_min(self.nap.min(fill))
    }
}

/// Nanoseconds until `bytes` are full, when `records` came in `time`.
fn fill_nanos(bytes: u64, records: u64, time: Duration) -> u64 {
    let nanos = u128::from(bytes) * time.as_nanos() / (u128::from(records.max(1)) * RECORD_TRUESIZE as u128);
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

fn at_least_min(nap: Duration) -> Duration {
    if nap < MIN_NAP { Duration::ZERO } else { nap }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn policy(batch_delay_ms: u64, receive_buffer: usize) -> WaitPolicy {
        WaitPolicy::new(WaitSettings {
            batch_delay: Duration::from_millis(batch_delay_ms),
            receive_buffer,
            ..WaitSettings::default()
        })
    }

    #[derive(Debug)]
    enum Happened {
        Readable,
        Napped,
        Received(u64, bool),
    }
    use Happened::{Napped, Readable, Received};

    fn run(policy: &mut WaitPolicy, table: &[(u64, Happened, Step)]) {
        for (ms, happened, expected) in table {
            let now = Duration::from_millis(*ms);
            match happened {
                Readable => policy.readable(now),
                Napped => policy.napped(now),
                Received(datagrams, more) => policy.received(*datagrams, *more, now),
            }
            assert_eq!(policy.step(), *expected, "after {happened:?} at {ms} ms");
        }
    }

    #[test]
    fn one_event_is_napped_for_drained_and_then_blocked_on_again() {
        let mut policy = policy(20, 16 << 20);
        assert_eq!(policy.step(), Step::Receive);
        run(
            &mut policy,
            &[
                (0, Received(0, false), Step::Block),
                (5000, Readable, Step::Nap(20 * MS)),
                (5020, Napped, Step::Receive),
                (5020, Received(5, false), Step::Nap(20 * MS)),
                (5040, Napped, Step::Receive),
                (5040, Received(0, false), Step::Block),
            ],
        );
    }

    #[test]
    fn a_filled_slab_is_received_from_again_until_it_is_not_filled() {
        run(
            &mut policy(20, 16 << 20),
            &[
                (0, Readable, Step::Nap(20 * MS)),
                (20, Napped, Step::Receive),
                (20, Received(256, true), Step::Receive),
                (21, Received(256, true), Step::Receive),
                (21, Received(3, false), Step::Nap(20 * MS)),
            ],
        );
    }

    #[test]
    fn a_drain_without_end_is_cut_to_hand_on_what_there_is() {
        run(
            &mut policy(20, 16 << 20),
            &[
                (0, Readable, Step::Nap(20 * MS)),
                (20, Napped, Step::Receive),
                (44, Received(256, true), Step::Receive),
                (45, Received(256, true), Step::Nap(Duration::ZERO)),
                (45, Napped, Step::Receive),
                (46, Received(0, false), Step::Block),
            ],
        );
    }

    #[test]
    fn the_next_nap_lets_at_most_half_the_buffer_fill_at_the_rate_seen() {
        // 16 MiB are 7281 records; half of that at `drained` records in 20 ms.
        for (drained, nap) in [(10, 20_000), (3640, 20_000), (7281, 10_000), (14_562, 5000), (400_000, 0)] {
            let mut policy = policy(20, 16 << 20);
            run(&mut policy, &[(0, Readable, Step::Nap(20 * MS)), (20, Napped, Step::Receive)]);
            policy.received(drained, false, 20 * MS);
            let expected = Duration::from_micros(nap);
            let Step::Nap(got) = policy.step() else { panic!("{:?}", policy.step()) };
            assert!(got.abs_diff(expected) <= Duration::from_micros(2), "{drained}: {got:?}, not {expected:?}");
        }
    }

    #[test]
    fn a_rate_is_counted_since_the_last_drain_ended() {
        let mut policy = policy(20, 16 << 20);
        run(&mut policy, &[(0, Readable, Step::Nap(20 * MS)), (20, Napped, Step::Receive)]);
        policy.received(1, false, 20 * MS);
        policy.napped(40 * MS);
        policy.received(7281, false, 60 * MS); // in 40 ms, not 20
        let Step::Nap(nap) = policy.step() else { panic!("{:?}", policy.step()) };
        assert!(nap.abs_diff(20 * MS) < MS / 100, "{nap:?}");
    }

    #[test]
    fn a_small_buffer_shortens_even_the_first_nap() {
        // (buffer in bytes, longest nap in µs): half the buffer at 100,000 records/s
        for (buffer, nap) in [(64 << 20, 20_000), (2 << 20, 4551), (212_992, 462), (65_536, 0), (0, 0)] {
            let longest = policy(20, buffer).longest_nap();
            assert!(longest.abs_diff(Duration::from_micros(nap)) < MS / 500, "{buffer}: {longest:?}");
        }
    }

    #[test]
    fn no_setting_makes_a_record_wait_longer_than_half_the_latency_bound() {
        for (delay, longest) in [(0, 0), (20, 20), (50, 50), (51, 50), (10_000, 50)] {
            assert_eq!(policy(delay, 1 << 30).longest_nap(), Duration::from_millis(longest), "{delay} ms");
        }
    }

    #[test]
    fn a_clock_that_stands_still_or_goes_back_does_no_harm() {
        let mut policy = policy(20, 16 << 20);
        policy.readable(50 * MS);
        policy.napped(40 * MS);
        policy.received(100, false, 30 * MS);
        assert_eq!(policy.step(), Step::Nap(Duration::ZERO), "all at once: no time to nap");
    }
}
