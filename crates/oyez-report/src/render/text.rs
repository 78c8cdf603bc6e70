//! A report for people: columns, and keys that cannot move a cursor.

use oyez_interpret::plain::{is_shown, put, word};

use super::{Cut, Shown};
use crate::table::{Count, Row};
use crate::times::Times;
use crate::total::DISTINCT;
use crate::{Report, Table, Topic, Total};

/// What of a key is shown, in bytes.
const KEY_LIMIT: usize = 512;
/// The width of numbers.
const WIDTH: usize = 10;

pub(super) fn write(report: &Report, shown: Shown<'_>, out: &mut Vec<u8>) {
    head(report, shown, out);
    if report.is_overview() {
        overview(report, out);
    }
    if let Some(times) = &report.times {
        by_time(times, out);
    }
    for (topic, table) in report.shown() {
        if !report.is_overview() || table.all().total > 0 {
            rows(topic, table, report.rows(shown), out);
        }
    }
}

/// Which events these are.
fn head(report: &Report, shown: Shown<'_>, out: &mut Vec<u8>) {
    let kind = match report.options.outcome {
        Some(true) => "successful ",
        Some(false) => "failed ",
        None => "",
    };
    put(out, format_args!("{} {kind}events of {} records", report.events().total, report.records()));
    if let Some((first, last)) = report.range() {
        for (word, id) in [(", ", first), (" to ", last)] {
            out.extend_from_slice(word.as_bytes());
            oyez_format::rfc3339(out, id.sec, id.ms);
        }
    }
    if report.left_out() > 0 {
        put(out, format_args!("; {} others left out", report.left_out()));
    }
    for (what, count) in shown.lost {
        if *count > 0 {
            put(out, format_args!("; {count} lost ({what})"));
        }
    }
    out.push(b'\n');
}

fn overview(report: &Report, out: &mut Vec<u8>) {
    out.push(b'\n');
    for total in Total::all() {
        put(out, format_args!("{:>WIDTH$}  {}\n", report.total(total), total.words()));
    }
    for topic in DISTINCT {
        if let Some(table) = report.table(topic) {
            put(out, format_args!("{:>WIDTH$}  {}{}\n", table.keys(), topic.name(), at_least(table)));
        }
    }
}

fn at_least(table: &Table) -> &'static str {
    if table.is_exact() { "" } else { " at least" }
}

fn by_time(times: &Times, out: &mut Vec<u8>) {
    heading(times.step.name(), "events by the time they began at", out);
    for (sec, count) in times.slots() {
        numbers(count, out);
        oyez_format::rfc3339(out, sec, 0);
        out.push(b'\n');
    }
    other(times.unnamed(), "in other slots of time", out);
    if times.slots().len() == 0 {
        out.extend_from_slice(b"      none\n");
    }
}

fn rows(topic: Topic, table: &Table, top: usize, out: &mut Vec<u8>) {
    heading(topic.key(), topic.meaning(), out);
    let cut = Cut::of(table, top);
    for (key, row) in &cut.rows {
        numbers(row.count, out);
        self::key(key, row, out);
        out.push(b'\n');
    }
    if cut.rest_rows > 0 {
        numbers(cut.rest, out);
        put(out, format_args!("({} more)\n", cut.rest_rows));
    }
    other(table.unnamed(), "came too rarely to be kept by name", out);
    if !table.is_exact() {
        put(
            out,
            format_args!("            too many keys: what has a name may be up to {} too low\n", table.shortfall()),
        );
    }
    if table.all().total == 0 {
        out.extend_from_slice(b"      none\n");
    }
}

fn heading(key: &str, meaning: &str, out: &mut Vec<u8>) {
    put(out, format_args!("\n{meaning}\n{:>WIDTH$} {:>WIDTH$}  {key}\n", "total", "failed"));
}

fn other(count: Count, why: &str, out: &mut Vec<u8>) {
    if count.total > 0 {
        numbers(count, out);
        put(out, format_args!("({why})\n"));
    }
}

fn numbers(count: Count, out: &mut Vec<u8>) {
    put(out, format_args!("{:>WIDTH$} {:>WIDTH$}  ", count.total, count.failed));
}

/// The end of a line needs no quotes around blanks: a key stands as it is where every character is shown, and no quote or
/// bracket could make it look like an escaped one or like a name behind it.
fn key(key: &[u8], row: &Row, out: &mut Vec<u8>) {
    let is_plain = |text: &str| text.len() <= KEY_LIMIT && text.chars().all(is_shown) && !text.contains(['\'', '…']);
    let is_own = matches!(key, b"(none)" | b"(null)");
    match str::from_utf8(key) {
        Ok(text) if is_own || (is_plain(text) && text.trim() == text && !text.is_empty() && !text.contains('(')) => {
            out.extend_from_slice(key);
        }
        _ => word(out, key, KEY_LIMIT),
    }
    if let Some(name) = row.name.as_deref().filter(|name| *name != key) {
        out.extend_from_slice(b" (");
        word(out, name, KEY_LIMIT);
        out.push(b')');
    }
}
