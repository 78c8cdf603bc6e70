//! The times of `--since` and `--until`, in UTC as events have them.

/// A time that was given: its first millisecond since 1970, and its last, a day or a minute later for a day or a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The first millisecond of it.
    pub first_ms: u64,
    /// The last millisecond of it.
    pub last_ms: u64,
}

/// Reads `2026-11-23`, `2026-11-23T04:20`, with seconds, with milliseconds, with a blank for the `T`, with a `Z` behind; or
/// seconds since 1970, with milliseconds.
///
/// # Errors
/// It is none of these, or there is no such time.
pub(super) fn parse(text: &str) -> Result<Moment, &'static str> {
    const WRONG: &str = "expected 2026-11-23, 2026-11-23T04:20:11 (UTC) or seconds since 1970";
    let moment = if text.get(4..5) == Some("-") { calendar(text) } else { seconds(text) };
    moment.ok_or(WRONG)
}

fn seconds(text: &str) -> Option<Moment> {
    let (whole, ms) = with_ms(text)?;
    moment(digits(whole, 1..=12)?.checked_mul(1000)?, ms, 1000)
}

fn calendar(text: &str) -> Option<Moment> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let day_ms = days(date)?.checked_mul(86_400_000)?;
    let Some(time) = time else { return moment(day_ms, None, 86_400_000) };
    let (time, ms) = with_ms(time)?;
    let mut parts = time.split(':');
    let (hour, minute) = (digits(parts.next()?, 2..=2)?, digits(parts.next()?, 2..=2)?);
    let second = parts.next().map(|second| digits(second, 2..=2).filter(|second| *second < 60));
    let (second, unit_ms) = match second {
        Some(second) => (second?, 1000),
        None if ms.is_none() => (0, 60_000),
        None => return None,
    };
    let is_time = parts.next().is_none() && hour < 24 && minute < 60;
    is_time.then_some(())?;
    moment(day_ms + (hour * 3600 + minute * 60 + second) * 1000, ms, unit_ms)
}

/// A moment that begins at `first_ms`, or so many milliseconds later, and lasts `unit_ms`, or one.
fn moment(first_ms: u64, ms: Option<u64>, unit_ms: u64) -> Option<Moment> {
    let first_ms = first_ms.checked_add(ms.unwrap_or(0))?;
    Some(Moment { first_ms, last_ms: first_ms.checked_add(if ms.is_some() { 0 } else { unit_ms - 1 })? })
}

/// Splits three digits behind a point off.
fn with_ms(text: &str) -> Option<(&str, Option<u64>)> {
    match text.split_once('.') {
        Some((whole, ms)) => Some((whole, Some(digits(ms, 3..=3)?))),
        None => Some((text, None)),
    }
}

fn digits(text: &str, len: std::ops::RangeInclusive<usize>) -> Option<u64> {
    (len.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days(date: &str) -> Option<u64> {
    let mut parts = date.split('-');
    let (year, month, day) =
        (digits(parts.next()?, 4..=4)?, digits(parts.next()?, 2..=2)?, digits(parts.next()?, 2..=2)?);
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let february = if is_leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let place = usize::try_from(month.checked_sub(1)?).ok()?;
    let is_date = parts.next().is_none() && year >= 1970 && (1..=*months.get(place)?).contains(&day);
    is_date.then_some(())?;
    let years: u64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    Some(years + months.iter().take(place).sum::<u64>() + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<(u64, u64)> {
        parse(text).ok().map(|moment| (moment.first_ms, moment.last_ms))
    }

    #[test]
    fn a_time_is_as_long_as_it_is_exact() {
        assert_eq!(of("1970-01-01"), Some((0, 86_399_999)));
        assert_eq!(of("2026-11-23T04:20"), Some((1_795_407_600_000, 1_795_407_659_999)));
        assert_eq!(of("2026-11-23 04:20:11"), Some((1_795_407_611_000, 1_795_407_611_999)));
        assert_eq!(of("2026-11-23T04:20:11.360Z"), Some((1_795_407_611_360, 1_795_407_611_360)));
        assert_eq!(of("1795407611"), of("2026-11-23T04:20:11Z"));
        assert_eq!(of("1795407611.360"), of("2026-11-23T04:20:11.360"));
        assert_eq!(of("2024-02-29").map(|(first, _)| first), Some(1_709_164_800_000));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2025-02-29",
            "2026-00-10",
            "2026-11-31",
            "1969-12-31",
            "2026-11-23T24:00",
            "2026-11-23T4:20",
            "2026-11-23T04:20:60",
            "2026-11-23T04:20.5",
            "2026-11-23T04:20:11.36",
            "2026-11-23T04:20:11:00",
            "9999999999999",
            "-5",
            "1e9",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
