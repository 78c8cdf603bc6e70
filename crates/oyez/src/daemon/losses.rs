//! Says what was lost: the tally's losses in, at most one [`Loss`] per place and second out.

use oyez_events::group::Millis;
use oyez_events::loss::{Loss, LossCounts, Place};

use super::tally::Tally;
use super::told::Told;

/// How long a place is silent after it was told.
const SILENCE_MS: Millis = 1000;

/// Remembers what was told, and when.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    counts: LossCounts,
    told_sum: u64,
    silent_until: Millis,
}

impl Losses {
    /// Takes the present counts.
    pub(crate) fn update(&mut self, tally: &Tally) {
        tally.losses(&mut self.counts);
    }

    /// When there is something to say next; `None`: nothing to say.
    pub(crate) fn deadline(&self) -> Option<Millis> {
        (self.sum() != self.told_sum).then_some(self.silent_until)
    }

    /// What is to be said now. The first loss is told at once; what follows within a second is told together.
    pub(crate) fn due(&mut self, now: Millis) -> impl Iterator<Item = Loss> + use<> {
        let due = self.deadline().is_some_and(|at| at <= now);
        if due {
            self.silent_until = now + SILENCE_MS;
        }
        due.then(|| self.all()).into_iter().flatten()
    }

    /// Everything that was not said yet: the end has come.
    pub(crate) fn all(&mut self) -> impl Iterator<Item = Loss> + use<> {
        self.told_sum = self.sum();
        self.counts.untold()
    }

    /// It could not be told after all; it comes again when the silence is over.
    pub(crate) fn take_back(&mut self, loss: &Loss) {
        self.counts.take_back(loss);
        self.told_sum = self.told_sum.wrapping_sub(loss.count);
    }

    fn sum(&self) -> u64 {
        Place::ALL.into_iter().fold(0, |sum, place| sum.wrapping_add(self.counts.total(place)))
    }
}

/// A loss as a notice.
pub(crate) fn tell(loss: &Loss) -> Told {
    Told::now("OYEZ_LOSS")
        .with("where", loss.place.name())
        .with("count", loss.count)
        .with("unit", loss.place.unit())
        .with("bound", loss.place.bound())
        .with("total", loss.total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(losses: &mut Losses, now: Millis) -> Vec<(Place, u64, u64)> {
        losses.due(now).map(|loss| (loss.place, loss.count, loss.total)).collect()
    }

    #[test]
    fn a_place_is_told_at_once_and_then_once_a_second() {
        let (tally, mut losses) = (Tally::default(), Losses::default());
        losses.update(&tally);
        assert_eq!((losses.deadline(), due(&mut losses, 5)), (None, vec![]));
        tally.queue_lost.add(3);
        losses.update(&tally);
        assert_eq!(losses.deadline(), Some(0));
        assert_eq!(due(&mut losses, 5000), [(Place::Queue, 3, 3)]);
        for now in 5001..5999 {
            tally.queue_lost.add(1);
            losses.update(&tally);
            assert_eq!(due(&mut losses, now), [], "at {now}");
        }
        assert_eq!(losses.deadline(), Some(6000));
        assert_eq!(due(&mut losses, 6000), [(Place::Queue, 998, 1001)]);
        assert_eq!(losses.deadline(), None);
    }

    #[test]
    fn the_end_tells_what_is_left_and_nothing_twice() {
        let (tally, mut losses) = (Tally::default(), Losses::default());
        tally.kernel_lost.set(1);
        losses.update(&tally);
        assert_eq!(due(&mut losses, 0).len(), 1);
        tally.kernel_lost.set(7);
        losses.update(&tally);
        assert_eq!(losses.all().map(|loss| loss.count).collect::<Vec<_>>(), [6]);
        assert_eq!(losses.all().count(), 0);
    }
}
