//! What each filter did in all, as a table for people or as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use oyez_filter::chain::{Counts, Time};
use serde_json::{Value, json};

use crate::cli::stdio;

const HEAD: [&str; 9] =
    ["filter", "seen", "matched", "dropped", "kept", "changed", "errors", "time each", "time in all"];

/// Lines with a column each; the first line names them.
pub(super) fn text(counts: &[Counts]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    let mut rest = counts;
    while let Some(first) = rest.first() {
        let of = first.time.map_or(1, |time| time.of).clamp(1, rest.len());
        let (together, after) = rest.split_at(of);
        rows.extend(together.iter().map(row));
        if of > 1 {
            rows.push(of_all(first, of));
        }
        rest = after;
    }
    let width = |column: usize| rows.iter().map(|row| row.get(column).map_or(0, |cell| cell.chars().count())).max();
    let widths: Vec<_> = (0..HEAD.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in &rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a string can't fail.
            let _ = if column == 0 { write!(out, "{cell:width$}") } else { write!(out, "  {cell:>width$}") };
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
    out
}

/// The time of filters that are asked at once.
fn of_all(first: &Counts, of: usize) -> [String; 9] {
    let mut row = [const { String::new() }; 9];
    let [name, .., each, all] = &mut row;
    *name = format!("  (these {of} together)");
    if let Some(time) = first.time {
        (*each, *all) = (short(time.each), short(time.all));
    }
    row
}

fn row(counts: &Counts) -> [String; 9] {
    let Counts { name, seen, matched, dropped, kept, changed, errors, is_off, time, .. } = counts;
    let errors = if *is_off { format!("{errors}, off") } else { errors.to_string() };
    let time = |what: fn(&Time) -> Duration| match time {
        None => "-".to_owned(),
        Some(time) if time.of > 1 => String::new(),
        Some(time) => short(what(time)),
    };
    [
        stdio::defuse(name).into_owned(),
        seen.to_string(),
        matched.to_string(),
        dropped.to_string(),
        kept.to_string(),
        changed.to_string(),
        errors,
        time(|time| time.each),
        time(|time| time.all),
    ]
}

/// What filters count themselves, and why they failed last: a line each, behind an empty one.
pub(super) fn besides(counts: &[Counts]) -> String {
    let mut out = String::new();
    for Counts { name, counters, error, .. } in counts {
        let name = stdio::defuse(name);
        for (counter, value) in counters {
            let _ = writeln!(out, "{name}: {counter} = {value}");
        }
        if let Some(error) = error {
            let _ = writeln!(out, "{name}: last error: {}", stdio::defuse(error));
        }
    }
    if out.is_empty() { out } else { format!("\n{out}") }
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
        let Counts { name, seen, matched, dropped, kept, changed, errors, is_off, error, counters, time } = counts;
        let counters: serde_json::Map<_, _> =
            counters.iter().map(|(name, value)| (name.to_string(), Value::from(*value))).collect();
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        json!({
            "name": **name, "seen": seen, "matched": matched, "dropped": dropped, "kept": kept, "changed": changed,
            "errors": errors, "off": is_off, "error": error.as_deref(), "counters": counters,
            "each_ns": time.map(|time| nanos(time.each)), "all_ns": time.map(|time| nanos(time.all)),
            "together": time.map(|time| time.of).filter(|of| *of > 1),
        })
    };
    counts.iter().map(object).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> Vec<Counts> {
        let time = Time { each: Duration::from_nanos(1500), all: Duration::from_micros(2500), of: 1 };
        let base = Counts {
            name: "long-name".into(),
            seen: 1000,
            matched: 3,
            dropped: 1,
            kept: 1,
            changed: 1,
            errors: 0,
            is_off: false,
            error: None,
            counters: vec![("runs".into(), 4)],
            time: Some(time),
        };
        vec![
            base.clone(),
            Counts { name: "x".into(), errors: 10, is_off: true, error: Some("x:1: no".into()), time: None, ..base },
        ]
    }

    #[test]
    fn columns_stand_under_their_names() {
        assert_eq!(
            text(&counts()),
            "\
filter     seen  matched  dropped  kept  changed   errors  time each  time in all
long-name  1000        3        1     1        1        0    1.50 µs      2.50 ms
x          1000        3        1     1        1  10, off          -            -
"
        );
    }

    #[test]
    fn a_time_of_several_filters_stands_once() {
        let mut counts = vec![counts().remove(0); 3];
        counts[0].name = "a".into();
        counts.iter_mut().take(2).for_each(|counts| counts.time.as_mut().unwrap().of = 2);
        let text = text(&counts);
        let lines: Vec<_> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(
            &lines[1..],
            [
                "a 1000 3 1 1 1 0",
                "long-name 1000 3 1 1 1 0",
                "(these 2 together) 1.50 µs 2.50 ms",
                "long-name 1000 3 1 1 1 0 1.50 µs 2.50 ms"
            ]
        );
        assert_eq!(json(&counts)[0]["together"], 2);
    }

    #[test]
    fn counters_and_the_last_error_stand_below() {
        assert_eq!(besides(&counts()), "\nlong-name: runs = 4\nx: runs = 4\nx: last error: x:1: no\n");
        assert_eq!(besides(&[]), "");
        let json = json(&counts());
        assert_eq!((&json[0]["counters"]["runs"], &json[1]["error"]), (&4.into(), &"x:1: no".into()));
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
