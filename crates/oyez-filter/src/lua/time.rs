//! Times for scripts: RFC 3339 ↔ seconds since 1970-01-01 UTC.

use oyez_format::rfc3339;

/// The last second that RFC 3339 can write (9999-12-31T23:59:59Z).
const LAST_SECOND: u64 = 253_402_300_799;

/// The time that `text` says, in milliseconds; `None` for what is no time of RFC 3339 (5.6) since 1970.
pub(super) fn parse(text: &[u8]) -> Option<u64> {
    let (date, rest) = text.split_at_checked(10)?;
    let [year, month, day] = numbers(date, b'-', [4, 2, 2])?;
    let (b'T' | b't' | b' ', rest) = rest.split_first().map(|(byte, rest)| (*byte, rest))? else { return None };
    let (clock, rest) = rest.split_at_checked(8)?;
    let [hour, minute, second] = numbers(clock, b':', [2, 2, 2])?;
    let (ms, zone) = fraction(rest)?;
    let is_right = (1..=12).contains(&month) && (1..=month_days(year, month)).contains(&day);
    if !is_right || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset(zone)?;
    u64::try_from(seconds * 1000 + ms).ok()
}

/// `ms` milliseconds after 1970-01-01 UTC, as RFC 3339 says it; `None` beyond the year 9999.
pub(super) fn format(ms: u64) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let sec = ms / 1000;
    if sec > LAST_SECOND {
        return None;
    }
    rfc3339(&mut out, sec, u16::try_from(ms % 1000).unwrap_or(0));
    Some(out)
}

/// Three numbers of these widths, with `between` between them.
fn numbers(text: &[u8], between: u8, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(|byte| *byte == between);
    let mut found = [0; 3];
    for (number, width) in found.iter_mut().zip(widths) {
        *number = digits(parts.next()?, width)?;
    }
    parts.next().is_none().then_some(found)
}

fn digits(text: &[u8], width: usize) -> Option<i64> {
    let is_number = text.len() == width && text.iter().all(u8::is_ascii_digit);
    str::from_utf8(text).ok().filter(|_| is_number)?.parse().ok()
}

/// The milliseconds of a fraction, if there is one, and what stands behind it.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else { return Some((0, text)) };
    let len = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, zone) = rest.split_at_checked(len)?;
    let ms = digits.iter().chain(b"00").take(3).fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0'));
    (len > 0).then_some((ms, zone))
}

/// How many seconds a zone is ahead of UTC.
fn offset(zone: &[u8]) -> Option<i64> {
    match zone {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), hour @ .., b':', tens, ones] => {
            let seconds = digits(hour, 2).filter(|hour| *hour < 24)? * 3600 + digits(&[*tens, *ones], 2)? * 60;
            Some(if *sign == b'+' { seconds } else { -seconds })
        }
        _ => None,
    }
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar: whole years, whole months, days.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leaps = before / 4 - before / 100 + before / 400;
    let months: i64 = (1..month).map(|month| month_days(year, month)).sum();
    before * 365 + leaps + months + day - 1 - 719_162
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written_alike() {
        for (text, ms) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2000-02-29T23:59:59.999Z", 951_868_799_999),
            ("2026-11-23T04:20:11.360Z", 1_795_407_611_360),
            ("9999-12-31T23:59:59.000Z", 253_402_300_799_000),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(ms), "{text}");
            assert_eq!(format(ms).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(parse(b"2026-11-23T05:20:11.36+01:00"), Some(1_795_407_611_360));
        assert_eq!(parse(b"2026-11-23 04:20:11Z"), Some(1_795_407_611_000));
        assert_eq!(format(u64::MAX), None);
    }

    #[test]
    fn what_is_no_time_is_none() {
        let wrong = [
            "",
            "2026-11-23",
            "2026-11-23T04:20:11",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T04:20:11.Z",
            "1969-12-31T23:59:59Z",
            "2026-11-23T04:20:11+1:00",
            "é",
        ];
        for text in wrong {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
