//! How long a receiver wants to be left in peace: `Retry-After` in, a duration out. Refuses what it cannot read.

use std::time::Duration;

use crate::time::MONTHS;

/// A receiver that wants to be left in peace for longer is asked again after so long.
const MOST: Duration = Duration::from_hours(1);
const DAY: u64 = 86_400;

/// How long `Retry-After` asks to wait (RFC 9110, 10.2.3), at `now` in seconds since 1970; nothing where it says nothing that can be read.
pub(super) fn retry_after(value: &str, now: u64) -> Option<Duration> {
    let seconds = value.trim().parse().ok().or_else(|| Some(date(value.trim())?.saturating_sub(now)))?;
    Some(Duration::from_secs(seconds).min(MOST))
}

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7; the two obsolete forms are not read).
fn date(text: &str) -> Option<u64> {
    let mut words = text.split_once(", ")?.1.strip_suffix(" GMT")?.split(' ');
    let day = number(words.next()?, 31)?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as u64 + 1;
    let year = number(words.next()?, 9999)?;
    let mut clock = words.next()?.split(':');
    let (hour, minute, second) = (number(clock.next()?, 23)?, number(clock.next()?, 59)?, number(clock.next()?, 60)?);
    let (years, months) = if month < 3 { (year.checked_sub(1)?, month + 9) } else { (year, month - 3) };
    let days = (365 * years + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day.checked_sub(1)?)
        .checked_sub(719_468)?;
    Some(days * DAY + hour * 3600 + minute * 60 + second)
}

fn number(digits: &str, most: u64) -> Option<u64> {
    digits.parse().ok().filter(|number| *number <= most)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::civil;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now = 784_111_777;
        for (value, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("999999999", Some(3600)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1992 08:50:07 GMT", Some(0)),
            ("soon", None),
            ("", None),
            ("Sun, 00 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 25:49:37 GMT", None),
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_wait_or_none(text in ".{0,40}") {
            let _ = retry_after(&text, 0);
        }

        #[test]
        fn dates_come_out_as_they_went_in(sec in 0_u64..253_402_300_799) {
            let (year, month, day, ms) = civil(sec * 1000);
            let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
            let name = MONTHS[month - 1];
            prop_assert_eq!(date(&format!("Sun, {day:02} {name} {year:04} {hour:02}:{minute:02}:{second:02} GMT")), Some(sec));
        }
    }
}
