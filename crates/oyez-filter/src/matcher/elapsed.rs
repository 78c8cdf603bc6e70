//! A clock that never goes back, made of one that may.

use oyez_events::group::Millis;

/// A clock that goes back by more was set; by less, its readings came out of order.
const SET_BACK_MS: Millis = 60_000;

/// How much time has gone by, by readings of another clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Elapsed {
    latest: Option<Millis>,
    elapsed: Millis,
}

impl Elapsed {
    /// Takes a reading. One that is a little earlier than the latest changes nothing; from one that is much earlier time goes on
    /// without a step.
    pub(crate) fn read(&mut self, now: Millis) -> Millis {
        let latest = self.latest.unwrap_or(now);
        if now >= latest {
            self.elapsed = self.elapsed.saturating_add(now - latest);
            self.latest = Some(now);
        } else if latest - now > SET_BACK_MS {
            self.latest = Some(now);
        }
        self.elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_whatever_the_clock_does() {
        let mut elapsed = Elapsed::default();
        let read: Vec<_> =
            [1_000_000, 1_000_500, 1_000_400, 1_000_600, 5, 105, Millis::MAX, 0, 7].map(|now| elapsed.read(now)).into();
        assert_eq!(read, [0, 500, 500, 600, 600, 700, Millis::MAX, Millis::MAX, Millis::MAX]);
    }
}
