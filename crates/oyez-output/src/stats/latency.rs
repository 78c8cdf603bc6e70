//! How long messages took from oyez to their receivers, as a histogram.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::parcel::Parcel;
use crate::sink::Done;

/// Upper bounds of the buckets, in milliseconds; what took longer is in one more.
pub const BOUNDS_MS: [u64; 15] =
    [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 3_600_000];

/// How long messages took, from [`received_ms`](crate::parcel::Label::received_ms) to acknowledgement. Those that do not say
/// when they were received are not in it.
#[derive(Debug, Default)]
pub struct Latency {
    /// How many took no longer than each of [`BOUNDS_MS`] and longer than the one before; the last, longer than all.
    pub buckets: [AtomicU64; BOUNDS_MS.len() + 1],
    /// All of them together, in milliseconds.
    pub sum_ms: AtomicU64,
    /// The longest, in milliseconds.
    pub most_ms: AtomicU64,
}

impl Latency {
    /// So many messages took so long.
    pub fn add(&self, took_ms: u64, messages: u64) {
        let bucket = BOUNDS_MS.partition_point(|bound| *bound < took_ms);
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.fetch_add(messages, Relaxed);
        }
        self.sum_ms.fetch_add(took_ms.saturating_mul(messages), Relaxed);
        self.most_ms.fetch_max(took_ms, Relaxed);
    }

    /// Messages of a parcel were acknowledged at `now_ms`.
    pub(crate) fn see(&self, parcel: &Parcel, done: &Done, now_ms: u64) {
        let all = done.is_all_acked();
        // What is in one parcel was mostly received at one time.
        let (mut received, mut count) = (0, 0);
        for (index, at) in parcel.received_ms().enumerate() {
            if at == 0 || !(all || done.is_acked(index)) {
                continue;
            }
            if at != received {
                self.add_some(now_ms.saturating_sub(received), count);
                (received, count) = (at, 0);
            }
            count += 1;
        }
        self.add_some(now_ms.saturating_sub(received), count);
    }

    fn add_some(&self, took_ms: u64, messages: u64) {
        if messages > 0 {
            self.add(took_ms, messages);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parcel::Label;

    #[test]
    fn each_message_that_says_when_it_came_is_in_one_bucket() {
        let (latency, mut parcel) = (Latency::default(), Parcel::default());
        for received_ms in [0, 1000, 1000, 995, 900, 1001] {
            parcel.push(&Label { received_ms, ..Label::default() }, |_| {});
        }
        let mut done = Done::of(6);
        done.refuse(4, "");
        done.ack_all();
        latency.see(&parcel, &done, 1000);
        latency.add(3_600_001, 1);
        let buckets: Vec<u64> = latency.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        assert_eq!((buckets[0], buckets[BOUNDS_MS.len()], buckets.iter().sum::<u64>()), (4, 1, 5));
        assert_eq!((latency.sum_ms.load(Relaxed), latency.most_ms.load(Relaxed)), (3_600_006, 3_600_001));
    }

    #[test]
    fn a_bound_is_in_its_own_bucket() {
        let latency = Latency::default();
        for bound in BOUNDS_MS {
            latency.add(bound, 1);
            latency.add(bound + 1, 1);
        }
        let buckets: Vec<u64> = latency.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        assert_eq!(buckets[0], 1);
        assert!(buckets[1..BOUNDS_MS.len()].iter().all(|count| *count == 2) && buckets[BOUNDS_MS.len()] == 1);
    }
}
