//! Counts by time: a slot of a minute, an hour or a day, each with what began in it.
//!
//! At most [`MAX_SLOTS`] slots are kept: the first that come. What falls into no slot then is counted as unnamed. Slots in
//! which nothing happened are not there.

use std::collections::BTreeMap;

use crate::table::Count;

/// The most slots: of a minute they are 69 days, of an hour eleven years.
pub const MAX_SLOTS: usize = 100_000;

/// How long a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// 60 seconds.
    Minute,
    /// 3,600 seconds.
    Hour,
    /// 86,400 seconds: a day in UTC.
    Day,
}

impl Step {
    /// Its name on the command line, in JSON and in CSV.
    pub fn name(self) -> &'static str {
        match self {
            Step::Minute => "minute",
            Step::Hour => "hour",
            Step::Day => "day",
        }
    }

    /// Its length in seconds.
    pub fn seconds(self) -> u64 {
        match self {
            Step::Minute => 60,
            Step::Hour => 3600,
            Step::Day => 86_400,
        }
    }
}

/// Events by the slot they began in.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    pub(crate) step: Step,
    slots: BTreeMap<u64, Count>,
    unnamed: Count,
    max: usize,
}

impl Times {
    pub(crate) fn new(step: Step) -> Self {
        Times { step, slots: BTreeMap::new(), unnamed: Count::default(), max: MAX_SLOTS }
    }

    /// Counts an event that began `sec` seconds after 1970.
    pub(crate) fn count(&mut self, sec: u64, failed: bool) {
        let slot = sec - sec % self.step.seconds();
        let is_full = self.slots.len() >= self.max;
        match self.slots.get_mut(&slot) {
            Some(count) => count.add(Count::one(failed)),
            None if is_full => self.unnamed.add(Count::one(failed)),
            None => {
                self.slots.insert(slot, Count::one(failed));
            }
        }
    }

    /// The slots, by the second they begin with, oldest first.
    pub(crate) fn slots(&self) -> impl ExactSizeIterator<Item = (u64, Count)> {
        self.slots.iter().map(|(slot, count)| (*slot, *count))
    }

    /// What no slot was left for.
    pub(crate) fn unnamed(&self) -> Count {
        self.unnamed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_counted_in_the_slot_it_began_in() {
        let mut times = Times::new(Step::Hour);
        for (sec, failed) in [(7199, false), (7200, true), (3600, false)] {
            times.count(sec, failed);
        }
        let slots: Vec<_> = times.slots().map(|(sec, count)| (sec, count.total, count.failed)).collect();
        assert_eq!(slots, [(3600, 2, 0), (7200, 1, 1)]);
    }

    #[test]
    fn slots_are_bounded_and_what_finds_none_is_counted() {
        let mut times = Times { max: 2, ..Times::new(Step::Minute) };
        for sec in [0, 60, 120, 61, u64::MAX] {
            times.count(sec, false);
        }
        assert_eq!((times.slots().len(), times.unnamed().total), (2, 2));
    }
}
