//! Sizes and durations as people write them: text ↔ bytes and [`Duration`]. Whole numbers only; a fraction, a negative
//! number or an unknown unit is refused.

use std::time::Duration;

/// Units of size, largest first, with their bytes.
const SIZES: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// Units of time, largest first, with their milliseconds.
const TIMES: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads `16MiB`, `64 KiB`, `512B`; a bare number is bytes. `None` when it is none of these or too large.
#[must_use]
pub fn parse_size(text: &str) -> Option<u64> {
    parse(text, &SIZES, "B")
}

/// Reads `100ms`, `2s`, `5m`, `1h`; a bare number is milliseconds. `None` when it is none of these or too large.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    parse(text, &TIMES, "ms").map(Duration::from_millis)
}

/// Writes a size in the largest unit that divides it.
#[must_use]
pub fn show_size(bytes: u64) -> String {
    show(bytes, &SIZES)
}

/// Writes a duration in the largest unit that divides it; what is below a millisecond is cut.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 { "0ms".to_owned() } else { show(millis, &TIMES) }
}

fn parse(text: &str, units: &[(&str, u64)], base: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start();
    let unit = if unit.is_empty() { base } else { unit };
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

fn show(number: u64, units: &[(&str, u64)]) -> String {
    for (name, factor) in units {
        if number >= *factor && number.is_multiple_of(*factor) {
            return format!("{}{name}", number / factor);
        }
    }
    format!("{number}{}", units.last().map_or("", |(name, _)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written_back() {
        for (text, bytes, shown) in [
            ("16MiB", 16 << 20, "16MiB"),
            ("64 KiB", 64 << 10, "64KiB"),
            ("1025B", 1025, "1025B"),
            ("1024", 1024, "1KiB"),
            ("0", 0, "0B"),
            ("2GiB", 2 << 30, "2GiB"),
        ] {
            assert_eq!(parse_size(text), Some(bytes), "{text}");
            assert_eq!(show_size(bytes), shown);
        }
    }

    #[test]
    fn durations_are_read_and_written_back() {
        for (text, millis, shown) in [
            ("100ms", 100, "100ms"),
            ("2s", 2_000, "2s"),
            ("90 s", 90_000, "90s"),
            ("60m", 3_600_000, "1h"),
            ("0", 0, "0ms"),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(millis)), "{text}");
            assert_eq!(show_duration(Duration::from_millis(millis)), shown);
        }
    }

    #[test]
    fn what_is_not_a_whole_number_with_a_known_unit_is_refused() {
        for text in
            ["", "MiB", "-1", "1.5MiB", "16MB", "16mib", "16MiB ", "99999999999999999999", "18014398509481984MiB"]
        {
            assert_eq!(parse_size(text), None, "{text}");
        }
        for text in ["", "ms", "1.5s", "2 sec", "-1s", "1d"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
