//! `2026-11-23T04:20:11.360Z`, as events have it → milliseconds since 1970-01-01 UTC.

/// Reads a time of exactly this form (RFC 3339, UTC, three digits of a second) of the years 1970 to 9999; `None` for any other.
pub(super) fn millis(text: &[u8]) -> Option<u64> {
    let form = b"0000-00-00T00:00:00.000Z";
    let is_like = |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
    if text.len() != form.len() || !text.iter().zip(form).all(is_like) {
        return None;
    }
    let number = |start: usize, end: usize| {
        text.get(start..end).unwrap_or_default().iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'))
    };
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (hour, minute, second, ms) = (number(11, 13), number(14, 16), number(17, 19), number(20, 23));
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = lengths.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    if year < 1970 || !(1..=*length).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let before = year - 1;
    let leaps = |year: u64| year / 4 - year / 100 + year / 400;
    let days = (year - 1970) * 365 + leaps(before) - leaps(1969);
    let in_year: u64 = lengths.iter().take(usize::try_from(month - 1).ok()?).sum();
    let seconds = ((days + in_year + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
    Some(seconds * 1000 + ms)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(ms: u64) -> Vec<u8> {
        let mut text = Vec::new();
        oyez_format::rfc3339(&mut text, ms / 1000, u16::try_from(ms % 1000).unwrap());
        text
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "2026-11-23T04:20:11Z", "2026-02-29T00:00:00.000Z", "1969-12-31T23:59:59.999Z"] {
            assert_eq!(millis(text.as_bytes()), None, "{text}");
        }
        for text in ["2026-13-01T00:00:00.000Z", "2026-00-01T00:00:00.000Z", "2026-01-01T24:00:00.000Z"] {
            assert_eq!(millis(text.as_bytes()), None, "{text}");
        }
        assert_eq!(millis(b"2000-02-29T00:00:00.001Z"), Some(951_782_400_001));
    }

    proptest! {
        #[test]
        fn a_time_that_was_written_is_read(ms in 0..253_402_300_799_999_u64) {
            prop_assert_eq!(millis(&written(ms)), Some(ms));
        }
    }
}
