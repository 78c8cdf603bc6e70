//! Ranges of whole numbers, as people write them: `1024-65535`, `>=1000`, `<5`, `-13`.

/// The first and last number of the range `text`; `None` for what is no range. An empty one has its first behind its last.
pub(crate) fn parse(text: &str) -> Option<(i128, i128)> {
    let number = |text: &str| text.trim().parse::<i128>().ok();
    let text = text.trim();
    if let Some(rest) = text.strip_prefix(">=") {
        return Some((number(rest)?, i128::MAX));
    }
    if let Some(rest) = text.strip_prefix("<=") {
        return Some((i128::MIN, number(rest)?));
    }
    if let Some(rest) = text.strip_prefix('>') {
        return Some((number(rest)?.checked_add(1)?, i128::MAX));
    }
    if let Some(rest) = text.strip_prefix('<') {
        return Some((i128::MIN, number(rest)?.checked_sub(1)?));
    }
    if let Some(one) = number(text) {
        return Some((one, one));
    }
    // The first byte may be the sign of the first number.
    let dash = text.bytes().skip(1).position(|byte| byte == b'-')? + 1;
    Some((number(text.get(..dash)?)?, number(text.get(dash + 1..)?)?))
}

/// Sorts ranges, and makes one of those that overlap.
pub(crate) fn merge<N: Ord + Copy>(ranges: &mut Vec<(N, N)>) {
    ranges.sort_unstable();
    ranges.dedup_by(|next, last| {
        let overlaps = next.0 <= last.1;
        last.1 = if overlaps { last.1.max(next.1) } else { last.1 };
        overlaps
    });
}

/// Whether one of `ranges`, as [`merge`] leaves them, holds `number`.
pub(crate) fn holds<N: Ord + Copy>(ranges: &[(N, N)], number: N) -> bool {
    let behind = ranges.partition_point(|(first, _)| *first <= number);
    behind.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|(_, last)| number <= *last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_people_write_them() {
        for (text, range) in [
            ("5", (5, 5)),
            ("-13", (-13, -13)),
            ("1024-65535", (1024, 65535)),
            ("-20--10", (-20, -10)),
            ("-1 - 1", (-1, 1)),
            (">=1000", (1000, i128::MAX)),
            ("> 1000", (1001, i128::MAX)),
            ("<5", (i128::MIN, 4)),
            ("<=-5", (i128::MIN, -5)),
            ("9-3", (9, 3)),
        ] {
            assert_eq!(parse(text), Some(range), "{text}");
        }
    }

    #[test]
    fn other_text_is_no_range() {
        let least = format!("<{}", i128::MIN);
        for text in ["", "-", "a", "1-b", ">", ">=x", "1-2-3", "0x10", &least] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn merged_ranges_hold_what_the_single_ones_held() {
        let single = [(5, 9), (1, 3), (4, 4), (20, 30), (25, 40), (i128::MAX, i128::MAX), (i128::MAX - 1, i128::MAX)];
        let mut merged = single.to_vec();
        merge(&mut merged);
        assert_eq!(merged, [(1, 3), (4, 4), (5, 9), (20, 40), (i128::MAX - 1, i128::MAX)]);
        for number in (-2..50).chain([i128::MIN, i128::MAX]) {
            let naive = single.iter().any(|(first, last)| (*first..=*last).contains(&number));
            assert_eq!(holds(&merged, number), naive, "{number}");
        }
    }
}
