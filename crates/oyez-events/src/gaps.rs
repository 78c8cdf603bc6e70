//! Serial numbers → how many events never came, as an upper bound.
//!
//! Serials rise by one per event but arrive out of order between CPUs, roll over after `u32::MAX`, and start again at boot.
//! A serial counts as missing once the numbers have moved a whole window past it; should it come after all, it is taken off
//! again. While record types are filtered out before us a missing serial means nothing: then do not ask.

/// How far behind the highest serial one may come and still be in order.
const WINDOW: u32 = 1024;
/// A step forward or backward of more than this is a new boot or another host, not a gap.
const LARGEST_STEP: u32 = 1 << 20;

/// Counts missing serials of one boot of one host.
#[derive(Debug)]
pub struct GapCounter {
    highest: Option<u32>,
    /// Bit `serial % WINDOW`: seen. Serials below the first one count as seen.
    seen: [u64; (WINDOW / 64) as usize],
    missing: i64,
    restarts: u64,
}

impl Default for GapCounter {
    fn default() -> Self {
        GapCounter { highest: None, seen: [u64::MAX; (WINDOW / 64) as usize], missing: 0, restarts: 0 }
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
            self.missing -= 1;
        } else {
            self.restarts += 1;
            self.restart(serial);
        }
    }

    /// Events that never came, as far as is certain by now: an upper bound, since serials can be used up unheard.
    pub fn missing(&self) -> u64 {
        u64::try_from(self.missing).unwrap_or(0)
    }

    /// The same at the end of the input, when nothing more can come.
    pub fn missing_at_end(&self) -> u64 {
        let unseen: u32 = self.seen.iter().map(|word| word.count_zeros()).sum();
        u64::try_from(self.missing + i64::from(unseen)).unwrap_or(0)
    }

    /// How often the numbers started anew.
    pub fn restarts(&self) -> u64 {
        self.restarts
    }

    fn restart(&mut self, serial: u32) {
        if self.highest.is_some() {
            self.missing = i64::try_from(self.missing_at_end()).unwrap_or(i64::MAX);
        }
        self.seen = [u64::MAX; (WINDOW / 64) as usize];
        self.highest = Some(serial);
    }

    /// Moves the window up: what leaves it unseen is missing.
    fn advance(&mut self, highest: u32, ahead: u32) {
        let skipped = ahead.saturating_sub(WINDOW);
        self.missing += i64::from(skipped);
        for step in skipped + 1..=ahead {
            let serial = highest.wrapping_add(step);
            self.missing += i64::from(!self.is_seen(serial));
            self.unmark(serial);
        }
        let serial = highest.wrapping_add(ahead);
        self.mark(serial);
        self.highest = Some(serial);
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
    fn a_new_boot_starts_anew() {
        let mut counter = GapCounter::new();
        for serial in [5_000_000, 5_000_002, 1, 2, 3] {
            counter.see(serial);
        }
        assert_eq!((counter.missing_at_end(), counter.restarts()), (1, 1));
    }
}
