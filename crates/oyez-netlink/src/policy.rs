//! When the receiving thread blocks, naps and receives: wait-then-drain as a state machine without a clock.
//!
//! What happened and when (a monotonic time of the caller's) in, the next [`Step`] out. A wake-up per record is what
//! reading the audit socket costs most, so after the first record the thread naps while more pile up, and takes all at
//! once: at once when it is quiet, in batches when it is busy.
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
//! **How long.** The nap after a wake-up is [`FIRST_NAP`]: time enough for one event's records, so that the event of a
//! quiet host is out at once. Every drain that brought something doubles the next nap, up to `batch_delay`, where it stays
//! under constant load; a drain that brought nothing ends in `Block`, and the next wake-up starts anew.
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

/// The nap after a wake-up, unless `batch_delay` is shorter: the kernel sends the records of one event within a fraction of
/// it, and four doublings come to the usual `batch_delay`, so that the short naps of a burst weigh nothing.
pub const FIRST_NAP: Duration = Duration::from_millis(2);

/// A nap shorter than this costs more than it saves.
const MIN_NAP: Duration = Duration::from_micros(200);

/// What the policy is to keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitSettings {
    /// How long records may gather before they are received while they keep coming; 20 ms unless told. Zero: no naps.
    pub batch_delay: Duration,
    /// Within what time of its last record an event has to be out; 100 ms unless told.
    pub latency_bound: Duration,
    /// The socket's receive buffer in bytes as the kernel counts them
    /// ([`DataSocket::set_receive_buffer`](crate::DataSocket::set_receive_buffer) says how many).
    pub receive_buffer: usize,
    /// How far that buffer may grow ([`ReceiveBuffer`](crate::ReceiveBuffer)), in the same bytes; 64 MiB unless told.
    pub buffer_limit: usize,
}

impl Default for WaitSettings {
    fn default() -> Self {
        Self {
            batch_delay: Duration::from_millis(20),
            latency_bound: Duration::from_millis(100),
            receive_buffer: 16 << 20,
            buffer_limit: 64 << 20,
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
    settings: WaitSettings,
    longest: Duration,
    /// The next nap, where the buffer allows.
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
        let (longest, half_buffer) = bounds(&settings);
        Self {
            settings,
            longest,
            nap: FIRST_NAP.min(longest),
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

    /// What it keeps to.
    pub fn settings(&self) -> WaitSettings {
        self.settings
    }

    /// The receive buffer has so many bytes now: longer naps may fit.
    pub fn set_receive_buffer(&mut self, bytes: usize) {
        self.settings.receive_buffer = bytes;
        (self.longest, self.half_buffer) = bounds(&self.settings);
    }

    /// The longest nap it will ask for.
    pub fn longest_nap(&self) -> Duration {
        self.longest
    }

    /// The socket became readable at `now`.
    pub fn readable(&mut self, now: Duration) {
        self.since = Some(now);
        self.nap = FIRST_NAP.min(self.longest);
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

    /// Twice the last nap, unless twice the records of the last drain, at its rate, would not fit the buffer.
    fn next_nap(&mut self, drained: u64, now: Duration) -> Duration {
        self.nap = (2 * self.nap).min(self.longest);
        let gathered = self.since.map_or(self.nap, |since| now.saturating_sub(since));
        let fill = Duration::from_nanos(fill_nanos(self.half_buffer, drained, gathered));
        at_least_min(self.nap.min(fill))
    }
}

/// The longest nap, and half the buffer.
fn bounds(settings: &WaitSettings) -> (Duration, u64) {
    let half_buffer = settings.receive_buffer as u64 / 2;
    let burst = Duration::from_nanos(fill_nanos(half_buffer, BURST_PER_SECOND, Duration::from_secs(1)));
    (at_least_min(settings.batch_delay.min(settings.latency_bound / 2).min(burst)), half_buffer)
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

    /// A policy whose naps have grown to the longest, at 100 ms, with the buffer empty.
    fn grown(batch_delay_ms: u64, receive_buffer: usize) -> WaitPolicy {
        let mut policy = policy(batch_delay_ms, receive_buffer);
        policy.readable(Duration::ZERO);
        for _ in 0..10 {
            policy.napped(80 * MS);
            policy.received(1, false, 80 * MS);
        }
        policy.napped(100 * MS);
        policy
    }

    #[test]
    fn one_event_on_a_quiet_host_is_received_at_once_and_then_blocked_on_again() {
        let mut policy = policy(20, 16 << 20);
        assert_eq!(policy.step(), Step::Receive);
        run(
            &mut policy,
            &[
                (0, Received(0, false), Step::Block),
                (5000, Readable, Step::Nap(2 * MS)),
                (5002, Napped, Step::Receive),
                (5002, Received(5, false), Step::Nap(4 * MS)),
                (5006, Napped, Step::Receive),
                (5006, Received(0, false), Step::Block),
                (9000, Readable, Step::Nap(2 * MS)),
            ],
        );
    }

    #[test]
    fn under_constant_load_naps_double_up_to_the_batch_delay_and_stay_there() {
        let mut policy = policy(20, 16 << 20);
        policy.readable(Duration::ZERO);
        let (mut now, mut naps) = (Duration::ZERO, Vec::new());
        for _ in 0..7 {
            let Step::Nap(nap) = policy.step() else { panic!("{:?}", policy.step()) };
            naps.push(nap.as_millis());
            now += nap;
            policy.napped(now);
            policy.received(5, false, now);
        }
        assert_eq!(naps, [2, 4, 8, 16, 20, 20, 20]);
    }

    #[test]
    fn an_empty_drain_takes_the_naps_back_to_the_start() {
        let mut policy = grown(20, 16 << 20);
        run(
            &mut policy,
            &[
                (100, Received(1, false), Step::Nap(20 * MS)),
                (120, Napped, Step::Receive),
                (120, Received(0, false), Step::Block),
                (121, Readable, Step::Nap(2 * MS)),
                (123, Napped, Step::Receive),
                (123, Received(1, false), Step::Nap(4 * MS)),
            ],
        );
    }

    #[test]
    fn a_batch_delay_below_the_first_nap_is_kept_to() {
        for (delay, nap) in [(0, 0), (1, 1), (2, 2), (3, 2)] {
            let mut policy = policy(delay, 16 << 20);
            run(&mut policy, &[(0, Readable, Step::Nap(nap * MS))]);
        }
    }

    #[test]
    fn a_filled_slab_is_received_from_again_until_it_is_not_filled() {
        run(
            &mut grown(20, 16 << 20),
            &[
                (100, Received(256, true), Step::Receive),
                (101, Received(256, true), Step::Receive),
                (101, Received(3, false), Step::Nap(20 * MS)),
            ],
        );
    }

    #[test]
    fn a_drain_without_end_is_cut_to_hand_on_what_there_is() {
        run(
            &mut grown(20, 16 << 20),
            &[
                (124, Received(256, true), Step::Receive),
                (125, Received(256, true), Step::Nap(Duration::ZERO)),
                (125, Napped, Step::Receive),
                (126, Received(0, false), Step::Block),
            ],
        );
    }

    #[test]
    fn the_next_nap_lets_at_most_half_the_buffer_fill_at_the_rate_seen() {
        // 16 MiB are 7281 records; half of that at `drained` records in 20 ms.
        for (drained, nap) in [(10, 20_000), (3640, 20_000), (7281, 10_000), (14_562, 5000), (400_000, 0)] {
            let mut policy = grown(20, 16 << 20);
            policy.received(drained, false, 100 * MS);
            let expected = Duration::from_micros(nap);
            let Step::Nap(got) = policy.step() else { panic!("{:?}", policy.step()) };
            assert!(got.abs_diff(expected) <= Duration::from_micros(2), "{drained}: {got:?}, not {expected:?}");
        }
    }

    #[test]
    fn a_rate_is_counted_since_the_last_drain_ended() {
        let mut policy = grown(20, 16 << 20);
        policy.received(1, false, 100 * MS);
        policy.napped(120 * MS);
        policy.received(7281, false, 140 * MS); // in 40 ms, not 20
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
    fn a_buffer_that_grew_lets_longer_naps_fit() {
        let mut policy = grown(20, 2 << 20);
        policy.set_receive_buffer(16 << 20);
        policy.received(10, false, 100 * MS);
        assert_eq!((policy.longest_nap(), policy.settings().receive_buffer), (20 * MS, 16 << 20));
        assert!(matches!(policy.step(), Step::Nap(nap) if nap > 5 * MS), "{:?}", policy.step());
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
