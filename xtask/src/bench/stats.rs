//! Medians, and how far to trust them.

/// A median and the interval in which it lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// How often the sample is drawn anew.
const RESAMPLES: usize = 10_000;

/// The median of `sample` with its percentile bootstrap interval. The same sample gives the same interval.
pub(crate) fn estimate(sample: &[f64]) -> Estimate {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            median(sample.iter().map(|_| sample.get(random.below(sample.len())).copied().unwrap_or(f64::NAN)).collect())
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    let at = |place: usize| medians.get(place).copied().unwrap_or(f64::NAN);
    Estimate { median: median(sample.to_vec()), low: at(RESAMPLES / 40), high: at(RESAMPLES - 1 - RESAMPLES / 40) }
}

/// The middle of `values`, or the mean of the two in the middle; NaN where there is none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => at(len / 2),
        len => f64::midpoint(at(len / 2 - 1), at(len / 2)),
    }
}

/// Xorshift (Marsaglia 2003): good enough to draw samples, and always the same.
struct Random(u64);

impl Random {
    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]).to_bits(), 2.0f64.to_bits());
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]).to_bits(), 2.5f64.to_bits());
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn the_interval_holds_the_median_and_is_narrow_for_equal_values() {
        let same = estimate(&[2.0; 9]);
        assert_eq!(same, Estimate { median: 2.0, low: 2.0, high: 2.0 });
        let spread = estimate(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
        assert!(spread.low < spread.median && spread.median < spread.high, "{spread:?}");
        assert!(spread.low >= 1.0 && spread.high <= 9.0, "{spread:?}");
    }
}
