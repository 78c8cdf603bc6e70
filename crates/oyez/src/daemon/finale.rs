//! The end of a run, as those see it who have something left to bring out: until when they may, and whether to hurry.
//!
//! The control thread [begins](Finale::begin) it once the host is as it is to be left, and [hurries](Finale::hurry) it on a
//! second signal. Others look; none is woken by it, so a wait that it is to end is cut into [slices](Finale::slice).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// How long a wait goes on before the end is looked for.
const SLICE: Duration = Duration::from_millis(50);

/// Of one run; copies are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Finale(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    until: OnceLock<Instant>,
    hurry: AtomicBool,
}

impl Finale {
    /// From here on, outputs have so much time. Only the first word counts.
    pub(crate) fn begin(&self, time: Duration) {
        let now = Instant::now();
        // Only the first time counts.
        let _ = self.0.until.set(now.checked_add(time).unwrap_or(now));
    }

    /// There is no more time.
    pub(crate) fn hurry(&self) {
        self.0.hurry.store(true, Ordering::Relaxed);
    }

    /// Whether it has begun, or is to be over.
    pub(crate) fn has_begun(&self) -> bool {
        self.0.until.get().is_some() || self.is_hurried()
    }

    /// Whether there is no more time.
    pub(crate) fn is_hurried(&self) -> bool {
        self.0.hurry.load(Ordering::Relaxed)
    }

    /// What is left of the time, once it has begun.
    pub(crate) fn left(&self) -> Option<Duration> {
        if self.is_hurried() {
            return Some(Duration::ZERO);
        }
        self.0.until.get().map(|until| until.saturating_duration_since(Instant::now()))
    }

    /// Whether the time is over.
    pub(crate) fn is_over(&self) -> bool {
        self.left().is_some_and(|left| left.is_zero())
    }

    /// How long to wait before it is looked at again; 0 once it is over.
    pub(crate) fn slice(&self) -> Duration {
        self.left().map_or(SLICE, |left| left.min(SLICE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_over_by_time_or_when_it_is_hurried() {
        let finale = Finale::default();
        assert!(!finale.has_begun() && !finale.is_over() && finale.left().is_none() && finale.slice() == SLICE);
        finale.begin(Duration::from_hours(1));
        finale.begin(Duration::ZERO);
        assert!(finale.has_begun() && !finale.is_over() && finale.slice() == SLICE);
        finale.clone().hurry();
        assert!(finale.is_over() && finale.slice().is_zero());
        let short = Finale::default();
        short.begin(Duration::ZERO);
        assert!(short.is_over() && !short.is_hurried());
    }
}
