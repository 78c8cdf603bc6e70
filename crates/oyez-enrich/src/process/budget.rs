//! How often files of other processes may be read: a token bucket.
//!
//! A monotonic time in, yes or no out. Nothing is owed: a token that was not used is kept up to the burst.

/// Tokens, in thousandths, that grow with time.
#[derive(Debug)]
pub(super) struct Budget {
    per_second: u64,
    burst: u64,
    thousandths: u64,
    then_ms: Option<u64>,
}

impl Budget {
    /// A full one.
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        let burst = u64::from(burst) * 1000;
        Budget { per_second: per_second.into(), burst, thousandths: burst, then_ms: None }
    }

    /// Time went on to `now_ms` of a clock that never runs backwards.
    pub(super) fn advance(&mut self, now_ms: u64) {
        let passed = now_ms.saturating_sub(self.then_ms.unwrap_or(now_ms));
        self.then_ms = Some(now_ms);
        self.thousandths = self.thousandths.saturating_add(passed.saturating_mul(self.per_second)).min(self.burst);
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self) -> bool {
        let is_there = self.thousandths >= 1000;
        self.thousandths -= if is_there { 1000 } else { 0 };
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_a_burst_and_then_its_rate() {
        let mut budget = Budget::new(10, 3);
        let mut taken = |now| {
            budget.advance(now);
            (0..100).filter(|_| budget.take()).count()
        };
        assert_eq!(taken(1000), 3);
        assert_eq!([taken(1050), taken(1100), taken(1500), taken(1500)], [0, 1, 3, 0]);
        assert_eq!(taken(1_000_000), 3);
        assert_eq!(taken(0), 0, "a clock that runs backwards brings nothing");
        assert_eq!(taken(u64::MAX), 3);
    }
}
