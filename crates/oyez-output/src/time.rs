//! Times as text: milliseconds since 1970-01-01 UTC in, what protocols want appended.

use std::io::Write as _;

/// As RFC 3164, 4.1.2, and RFC 9110, 5.6.7, have them.
pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS: u64 = 86_400_000;
/// Nothing later is written: RFC 3339 has four digits for the year.
const LAST_MS: u64 = 253_402_300_799_999;

/// Year, month from 1, day from 1, and milliseconds of the day; of the proleptic Gregorian calendar, as RFC 3339 wants.
pub(crate) fn civil(ms: u64) -> (u64, usize, u64, u64) {
    let ms = ms.min(LAST_MS);
    // Days since 0000-03-01: leap days are then the last ones of their years.
    let days = ms / DAY_MS + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, usize::try_from(month).unwrap_or(1), day, ms % DAY_MS)
}

/// `2026-11-22T04:20:00.101Z` (RFC 3339, 5.6).
pub(crate) fn rfc3339(ms: u64, out: &mut Vec<u8>) {
    let (year, month, day, ms) = civil(ms);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    let millis = ms % 1000;
    // A `Vec` takes all.
    let _ = write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z");
}

/// `Nov 22 04:20:00`, in UTC (RFC 3164, 4.1.2).
pub(crate) fn rfc3164(ms: u64, out: &mut Vec<u8>) {
    let (_, month, day, ms) = civil(ms);
    let month = MONTHS.get(month - 1).unwrap_or(&"Jan");
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    let _ = write!(out, "{month} {day:>2} {hour:02}:{minute:02}:{second:02}");
}

/// `2026-11-22`, of seconds.
pub(crate) fn date(seconds: u64) -> String {
    let (year, month, day, _) = civil(seconds.saturating_mul(1000));
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(ms: u64) -> (String, String) {
        let (mut long, mut short) = (Vec::new(), Vec::new());
        rfc3339(ms, &mut long);
        rfc3164(ms, &mut short);
        (String::from_utf8(long).unwrap(), String::from_utf8(short).unwrap())
    }

    #[test]
    fn times_are_those_of_date() {
        // By `date -u -d @SECONDS`.
        for (ms, long, short) in [
            (0, "1970-01-01T00:00:00.000Z", "Jan  1 00:00:00"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z", "Feb 28 23:59:59"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z", "Feb 29 00:00:00"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z", "Mar  1 00:00:00"),
            (1_795_321_200_101, "2026-11-22T04:20:00.101Z", "Nov 22 04:20:00"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z", "Mar  1 00:00:00"),
            (u64::MAX, "9999-12-31T23:59:59.999Z", "Dec 31 23:59:59"),
        ] {
            assert_eq!(both(ms), (long.to_owned(), short.to_owned()));
        }
        assert_eq!(date(1_609_459_200), "2021-01-01");
    }
}
