//! What each filter did in all, as a table for people or as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use oyez_filter::chain::Counts;
use serde_json::{Value, json};

const HEAD: [&str; 8] = ["filter", "seen", "matched", "dropped", "changed", "errors", "each", "all"];

/// Lines with a column each; the first line names them.
pub(super) fn text(counts: &[Counts]) -> String {
    let rows: Vec<_> = std::iter::once(HEAD.map(str::to_owned)).chain(counts.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row.get(column).map_or(0, |cell| cell.chars().count())).max();
    let widths: Vec<_> = (0..HEAD.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in &rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a string can't fail.
            let _ = if column == 0 { write!(out, "{cell:width$}") } else { write!(out, "  {cell:>width$}") };
        }
        out.push('\n');
    }
    out
}

fn row(counts: &Counts) -> [String; 8] {
    let Counts { name, seen, matched, dropped, changed, errors, is_off, time } = counts;
    let errors = if *is_off { format!("{errors}, off") } else { errors.to_string() };
    let time =
        |what: fn(&oyez_filter::chain::Time) -> Duration| time.as_ref().map_or("-".to_owned(), |it| short(what(it)));
    [
        name.to_string(),
        seen.to_string(),
        matched.to_string(),
        dropped.to_string(),
        changed.to_string(),
        errors,
        time(|time| time.each),
        time(|time| time.all),
    ]
}

/// Three digits or so.
pub(super) fn short(time: Duration) -> String {
    match time.as_nanos() {
        nanos @ 0..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{:.2} µs", time.as_secs_f64() * 1e6),
        1_000_000..1_000_000_000 => format!("{:.2} ms", time.as_secs_f64() * 1e3),
        _ => format!("{:.2} s", time.as_secs_f64()),
    }
}

/// One object for each filter.
pub(super) fn json(counts: &[Counts]) -> Value {
    let object = |counts: &Counts| {
        let Counts { name, seen, matched, dropped, changed, errors, is_off, time } = counts;
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        json!({
            "name": **name, "seen": seen, "matched": matched, "dropped": dropped, "changed": changed, "errors": errors,
            "off": is_off, "each_ns": time.map(|time| nanos(time.each)), "all_ns": time.map(|time| nanos(time.all)),
        })
    };
    counts.iter().map(object).collect()
}

#[cfg(test)]
mod tests {
    use oyez_filter::chain::Time;

    use super::*;

    fn counts() -> Vec<Counts> {
        let time = Time { each: Duration::from_nanos(1500), all: Duration::from_micros(2500), of: 1 };
        let base = Counts {
            name: "long-name".into(),
            seen: 1000,
            matched: 3,
            dropped: 2,
            changed: 1,
            errors: 0,
            is_off: false,
            time: Some(time),
        };
        vec![base.clone(), Counts { name: "x".into(), errors: 10, is_off: true, time: None, ..base }]
    }

    #[test]
    fn columns_stand_under_their_names() {
        assert_eq!(
            text(&counts()),
            "\
filter     seen  matched  dropped  changed   errors     each      all
long-name  1000        3        2        1        0  1.50 µs  2.50 ms
x          1000        3        2        1  10, off        -        -
"
        );
    }

    #[test]
    fn an_object_says_the_same() {
        let json = json(&counts());
        assert_eq!(
            (&json[0]["each_ns"], &json[1]["off"], &json[1]["all_ns"]),
            (&1500.into(), &true.into(), &Value::Null)
        );
    }
}
