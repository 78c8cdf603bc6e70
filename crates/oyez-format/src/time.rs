//! Kernel time → RFC 3339 in UTC, exact to the millisecond.

/// The length of `2026-11-23T04:20:11.360Z`.
pub(crate) const LEN: usize = 24;

/// Writes `2026-11-23T04:20:11.360Z`; remembers the last second, since events mostly share it.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    sec: Option<u64>,
    text: [u8; LEN],
}

impl Clock {
    /// The time `sec` seconds and `ms` milliseconds after 1970-01-01 UTC.
    pub(crate) fn text(&mut self, sec: u64, ms: u16) -> &[u8; LEN] {
        if self.sec != Some(sec) {
            let text = rfc3339(sec);
            if let Some(place) = self.text.first_chunk_mut() {
                *place = text;
            }
            self.sec = Some(sec);
        }
        let digit = |value: u16| b'0' + (value % 10) as u8;
        if let Some(place) = self.text.last_chunk_mut::<5>() {
            *place = [b'.', digit(ms / 100), digit(ms / 10), digit(ms), b'Z'];
        }
        &self.text
    }
}

/// `2026-11-23T04:20:11`; four digits of a year, which the parser's bound on seconds grants.
fn rfc3339(sec: u64) -> [u8; 19] {
    let (year, month, day) = date(sec / 86_400);
    let mut text = *b"0000-00-00T00:00:00";
    let numbers =
        [(0, year / 100), (2, year), (5, month), (8, day), (11, sec / 3600 % 24), (14, sec / 60 % 60), (17, sec % 60)];
    for (at, number) in numbers {
        if let Some([tens, ones]) = text.get_mut(at..at + 2) {
            (*tens, *ones) = (b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8);
        }
    }
    text
}

/// The Gregorian date of a day counted from 1970-01-01. Years are counted from March, so that the leap day comes last.
fn date(days: u64) -> (u64, u64, u64) {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let days = days + 719_468; // from 0000-03-01
    let (era, day_of_era) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153; // 0 = March
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era + u64::from(month >= 10);
    (year, if month < 10 { month + 3 } else { month - 9 }, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_seconds_have_known_dates() {
        for (sec, text) in [
            (0, "1970-01-01T00:00:00"),
            (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"),
            (1_626_611_363, "2021-07-18T12:29:23"),
            (4_107_542_400, "2100-03-01T00:00:00"),
            (253_402_300_799, "9999-12-31T23:59:59"),
        ] {
            assert_eq!(&rfc3339(sec), text.as_bytes());
        }
    }

    #[test]
    fn the_remembered_second_changes_nothing() {
        let mut clock = Clock::default();
        for (sec, ms, text) in [(1, 5, "01.005"), (1, 50, "01.050"), (2, 999, "02.999")] {
            assert_eq!(clock.text(sec, ms), format!("1970-01-01T00:00:{text}Z").as_bytes());
        }
    }
}
