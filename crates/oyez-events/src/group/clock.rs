//! The log's own time, from stamps that may lie.

use super::Millis;
use crate::EventId;

/// A stamp further from the others than this (an hour) is a stranger: a syscall that blocked for hours, a gap in the log, a
/// clock that was set, a damaged line.
const FAR: Millis = 3_600_000;
/// So many strangers in a row are the new time.
const ENOUGH: u32 = 16;

/// Time as it passes in a log: never backwards, and not at one stranger's word.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogClock {
    latest: Option<Millis>,
    elapsed: Millis,
    strangers: u32,
}

impl LogClock {
    /// The time after a record with this stamp was read, in milliseconds since the first record.
    pub fn read(&mut self, id: EventId) -> Millis {
        let stamp = id.millis();
        let latest = *self.latest.get_or_insert(stamp);
        if stamp.abs_diff(latest) <= FAR {
            self.elapsed += stamp.saturating_sub(latest);
            self.latest = Some(stamp.max(latest));
            self.strangers = 0;
        } else {
            self.strangers += 1;
            if self.strangers >= ENOUGH {
                // No time passes with it: events that came with these strangers are open, and must not end.
                self.latest = Some(stamp);
                self.strangers = 0;
            }
        }
        self.elapsed
    }
}

#[cfg(test)]
mod tests {
    use oyez_tables::record_type::AVC;

    use super::*;
    use crate::group::{Grouper, Limits, Timing};
    use crate::parse::RawRecord;

    fn at(sec: u64) -> EventId {
        EventId { sec, ms: 0, serial: 1 }
    }

    #[test]
    fn time_is_the_latest_stamp_and_never_runs_back() {
        let mut clock = LogClock::default();
        assert_eq!([100, 101, 99, 103].map(|sec| clock.read(at(sec))), [0, 1000, 1000, 3000]);
    }

    #[test]
    fn one_strange_stamp_moves_nothing() {
        let mut clock = LogClock::default();
        assert_eq!([100_000, 253_402_300_799, 5, 100_001].map(|sec| clock.read(at(sec))), [0, 0, 0, 1000]);
    }

    #[test]
    fn enough_strangers_are_the_new_time() {
        let mut clock = LogClock::default();
        clock.read(at(100_000));
        let times: Vec<_> = (0..17).map(|step| clock.read(at(5 + step))).collect();
        assert_eq!((times[14], times[15], times[16]), (0, 0, 1000));
    }

    #[test]
    fn a_gap_in_the_log_tears_no_event_that_comes_after_it() {
        let mut clock = LogClock::default();
        let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
        for (sec, serial) in [(0, 0), (7200, 1), (7200, 2), (7200, 3), (7200, 4), (7203, 5)] {
            let id = EventId { sec, ms: 0, serial };
            for _ in 0..6 {
                let record = RawRecord { record_type: AVC, name: b"", node: b"", id, body: b"x=1", tail: b"" };
                let now = clock.read(id);
                grouper.tick(now, &mut |_| ());
                grouper.push(&record, now, &mut |_| ());
            }
        }
        assert_eq!((grouper.counts().late_parts, grouper.open_events()), (0, 1), "and all before the last are over");
    }
}
