//! Serial numbers → how many events never came, as an upper bound.
//!
//! Serials rise by one per event but arrive out of order between CPUs, roll over after `u32::MAX`, and start again at boot.
//! A serial counts as missing once the numbers have moved a whole window past it; should it come after all, it is taken off
//! again, once. While whole events are filtered out before us a missing serial means nothing: then do not ask, and
//! [`pause`](GapCounter::pause) before the first of them.

use std::collections::VecDeque;

/// How far behind the highest serial one may come and still be in order.
const WINDOW: u32 = 1024;
/// A step forward or backward of more than this is a new boot or another host, not a gap.
const LARGEST_STEP: u32 = 1 << 20;
/// How many different serials from behind the window, none of them missed, make a new beginning: another boot, or an older
/// log after a newer one.
const STRANGERS: usize = 64;
/// How many rows of missing serials are remembered. One that is forgotten stays missing, also when it comes.
const MAX_HOLES: usize = 256;

/// Counts missing serials of one boot of one host.
#[derive(Debug)]
pub struct GapCounter {
    highest: Option<u32>,
    /// Bit `serial % WINDOW`: seen. Serials below the first one count as seen.
    seen: [u64; (WINDOW / 64) as usize],
    missing: u64,
    /// Serials that count as missing: the first of each row, and how many.
    holes: VecDeque<(u32, u32)>,
    /// What came from behind, one after the other.
    strangers: Vec<u32>,
    restarts: u64,
}

impl Default for GapCounter {
    fn default() -> Self {
        GapCounter {
            highest: None,
            seen: [u64::MAX; (WINDOW / 64) as usize],
            missing: 0,
            holes: VecDeque::new(),
            strangers: Vec::new(),
            restarts: 0,
        }
    }
}

impl GapCounter {
    /// A counter that has seen nothing.
    pub fn new() -> Self {
        GapCounter::default()
    }

    /// Takes the serial of an event or of one of its records; the same one may come many times.
    pub fn see(&mut self, serial: u32) {
        let Some(highest) = self.highest else { return self.restart(serial) };
        let ahead = serial.wrapping_sub(highest);
        let behind = highest.wrapping_sub(serial);
        if ahead == 0 {
            return;
        }
        if ahead <= LARGEST_STEP {
            self.advance(highest, ahead);
        } else if behind < WINDOW {
            self.mark(serial);
        } else if behind <= LARGEST_STEP {
            return self.see_late(serial);
        } else {
            self.restarts += 1;
            self.restart(serial);
        }
        self.strangers.clear();
    }

    /// Events that never came, as far as is certain by now: an upper bound, since serials can be used up unheard.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// The same at the end of the input, when nothing more can come.
    pub fn missing_at_end(&self) -> u64 {
        let unseen: u32 = self.seen.iter().map(|word| word.count_zeros()).sum();
        self.missing + u64::from(unseen)
    }

    /// Nothing will be seen for a while: the next serial starts anew, and those in between are not missing.
    pub fn pause(&mut self) {
        self.missing = self.missing_at_end();
        self.seen = [u64::MAX; (WINDOW / 64) as usize];
        self.highest = None;
    }

    /// How often the numbers started anew.
    pub fn restarts(&self) -> u64 {
        self.restarts
    }

    fn restart(&mut self, serial: u32) {
        if self.highest.is_some() {
            self.missing = self.missing_at_end();
        }
        self.holes.clear();
        self.seen = [u64::MAX; (WINDOW / 64) as usize];
        self.highest = Some(serial);
    }

    /// One from behind the window: missed until now, or a record of an event that came, or the first of another row.
    fn see_late(&mut self, serial: u32) {
        let is_in = |(start, len): &(u32, u32)| serial.wrapping_sub(*start) < *len;
        if let Some(at) = self.holes.iter().rposition(is_in) {
            self.missing -= 1;
            return self.fill(at, serial);
        }
        if self.strangers.last() == Some(&serial) {
            return;
        }
        self.strangers.push(serial);
        if self.strangers.len() >= STRANGERS {
            self.begin_with_strangers();
        }
    }

    /// What came from behind is the beginning of another row.
    fn begin_with_strangers(&mut self) {
        let strangers = std::mem::take(&mut self.strangers);
        self.restarts += 1;
        if let Some(lowest) = strangers.iter().min() {
            self.restart(*lowest);
        }
        for serial in &strangers {
            self.see(*serial);
        }
        self.strangers = strangers;
        self.strangers.clear();
    }

    /// Takes `serial` out of the row at `at`.
    fn fill(&mut self, at: usize, serial: u32) {
        let Some((start, len)) = self.holes.remove(at) else { return };
        let before = serial.wrapping_sub(start);
        let rows = [(start, before), (serial.wrapping_add(1), len - before - 1)];
        for row in rows.into_iter().rev().filter(|(_, len)| *len > 0) {
            self.holes.insert(at, row);
        }
        self.forget_holes();
    }

    /// Moves the window up: what leaves it unseen is missing.
    fn advance(&mut self, highest: u32, ahead: u32) {
        for step in 1..=ahead.min(WINDOW) {
            let serial = highest.wrapping_add(step);
            if !self.is_seen(serial) {
                self.miss(serial.wrapping_sub(WINDOW), 1);
            }
            self.unmark(serial);
        }
        if ahead > WINDOW {
            self.miss(highest.wrapping_add(1), ahead - WINDOW);
        }
        let serial = highest.wrapping_add(ahead);
        self.mark(serial);
        self.highest = Some(serial);
    }

    /// `len` serials from `start` on are missing.
    fn miss(&mut self, start: u32, len: u32) {
        self.missing += u64::from(len);
        match self.holes.back_mut() {
            Some((first, known)) if first.wrapping_add(*known) == start => *known += len,
            _ => self.holes.push_back((start, len)),
        }
        self.forget_holes();
    }

    fn forget_holes(&mut self) {
        while self.holes.len() > MAX_HOLES {
            self.holes.pop_front();
        }
    }

    fn is_seen(&self, serial: u32) -> bool {
        self.seen[word(serial)] & bit(serial) != 0
    }

    fn mark(&mut self, serial: u32) {
        self.seen[word(serial)] |= bit(serial);
    }

    fn unmark(&mut self, serial: u32) {
        self.seen[word(serial)] &= !bit(serial);
    }
}

fn word(serial: u32) -> usize {
    (serial % WINDOW / 64) as usize
}

fn bit(serial: u32) -> u64 {
    1 << (serial % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(serials: impl IntoIterator<Item = u32>) -> u64 {
        let mut counter = GapCounter::new();
        serials.into_iter().for_each(|serial| counter.see(serial));
        counter.missing_at_end()
    }

    #[test]
    fn order_repeats_and_roll_over_are_no_gaps() {
        assert_eq!(missing(1..5000), 0);
        assert_eq!(missing([1, 3, 2, 2, 5, 4, 4, 6]), 0);
        assert_eq!(missing([u32::MAX - 1, 0, u32::MAX, 1]), 0);
    }

    #[test]
    fn what_never_comes_is_missing() {
        assert_eq!(missing([1, 2, 4, 5]), 1);
        assert_eq!(missing([1, 10]), 8);
        assert_eq!(missing([1, 10_001]), 9_999);
        assert_eq!(missing((1..9000).filter(|serial| serial % 10 != 0)), 899);
    }

    #[test]
    fn a_late_serial_is_taken_off_and_never_underflows() {
        let mut serials: Vec<u32> = (1..5000).filter(|serial| *serial != 7).collect();
        assert_eq!(missing(serials.clone()), 1);
        serials.push(7);
        assert_eq!(missing(serials.clone()), 0);
        serials.push(8);
        assert_eq!(missing(serials), 0);
    }

    #[test]
    fn an_event_that_came_takes_nothing_off_however_late_its_records_are() {
        let gaps = || (1..5000).filter(|serial| serial % 100 != 0);
        assert_eq!(missing(gaps()), 49);
        assert_eq!(missing(gaps().chain([1, 1, 2, 3, 50])), 49);
        assert_eq!(missing(gaps().chain([100, 100, 100])), 48);
    }

    #[test]
    fn older_logs_after_newer_ones_are_counted_as_before() {
        let log = |from: u32| (from..from + 3000).filter(|serial| serial % 300 != 7);
        assert_eq!(missing(log(1)), 10);
        assert_eq!(missing(log(1).chain(log(3001)).chain(log(6001))), 30);
        assert_eq!(missing(log(6001).chain(log(3001)).chain(log(1))), 30);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut counter = GapCounter::new();
        for serial in (2..20_000).step_by(2) {
            counter.see(serial);
        }
        assert_eq!(counter.holes.len(), MAX_HOLES);
        assert_eq!(counter.missing_at_end(), 9998);
        // Some come after all.
        for serial in 18_500..18_600 {
            counter.see(serial);
        }
        assert_eq!((counter.missing_at_end(), counter.holes.len()), (9948, MAX_HOLES - 50));
    }

    #[test]
    fn what_comes_while_nobody_looks_is_not_missing() {
        let mut counter = GapCounter::new();
        for serial in [1, 2, 4] {
            counter.see(serial);
        }
        counter.pause();
        assert_eq!(counter.missing_at_end(), 1, "what was missing stays so");
        for serial in [900, 902] {
            counter.see(serial);
        }
        assert_eq!((counter.missing_at_end(), counter.restarts()), (2, 0));
    }

    #[test]
    fn a_new_boot_starts_anew() {
        let mut counter = GapCounter::new();
        for serial in [5_000_000, 5_000_002, 1, 2, 3] {
            counter.see(serial);
        }
        assert_eq!((counter.missing_at_end(), counter.restarts()), (1, 1));
    }
}
