//! A report as CSV (RFC 4180): one table for all, `table,key,name,total,failed`, lines ending with CR LF.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or CR for a formula, and keys are text that others
//! chose: such a cell gets an apostrophe in front. What is not harmless text is escaped as in text.

use oyez_interpret::plain::{put, word};

use super::{Cut, Shown};
use crate::table::Count;
use crate::total::DISTINCT;
use crate::{Report, Total};

pub(super) fn write(report: &Report, shown: Shown<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"table,key,name,total,failed\r\n");
    line("totals", b"events", None, report.events(), out);
    number("totals", "records", report.records(), out);
    number("totals", "left_out", report.left_out(), out);
    for (what, count) in shown.lost {
        number("lost", what, *count, out);
    }
    if report.is_overview() {
        for total in Total::all() {
            number("totals", total.name(), report.total(total), out);
        }
        for topic in DISTINCT {
            if let Some(table) = report.table(topic) {
                let least = if table.is_exact() { "" } else { "(at least)" };
                put(out, format_args!("distinct,{},{least},{},\r\n", topic.name(), table.keys()));
            }
        }
    }
    if let Some(times) = &report.times {
        let mut time = Vec::new();
        for (sec, count) in times.slots() {
            time.clear();
            oyez_format::rfc3339(&mut time, sec, 0);
            line(times.step.name(), &time, None, count, out);
        }
        other(times.step.name(), times.unnamed(), out);
    }
    for (topic, table) in report.shown() {
        let cut = Cut::of(table, report.rows(shown));
        for (key, row) in &cut.rows {
            line(topic.name(), key, row.name.as_deref(), row.count, out);
        }
        other(topic.name(), cut.rest, out);
        if !table.is_exact() {
            line(topic.name(), b"", Some(b"(unnamed)"), table.unnamed(), out);
            number("shortfall", topic.name(), table.shortfall(), out);
        }
    }
}

/// What has no line of its own has one with an empty key: no event has such a key but one that says nothing.
fn other(table: &str, count: Count, out: &mut Vec<u8>) {
    if count.total > 0 {
        line(table, b"", Some(b"(other)"), count, out);
    }
}

fn number(table: &str, key: &str, count: u64, out: &mut Vec<u8>) {
    put(out, format_args!("{table},{key},,{count},\r\n"));
}

fn line(table: &str, key: &[u8], name: Option<&[u8]>, count: Count, out: &mut Vec<u8>) {
    out.extend_from_slice(table.as_bytes());
    out.push(b',');
    cell(key, out);
    out.push(b',');
    cell(name.unwrap_or_default(), out);
    put(out, format_args!(",{},{}\r\n", count.total, count.failed));
}

/// A cell that reads as text everywhere.
fn cell(text: &[u8], out: &mut Vec<u8>) {
    let mut shown = Vec::new();
    match str::from_utf8(text) {
        // What looks like an escaped key is one.
        Ok(clear) if clear.chars().all(oyez_interpret::plain::is_shown) && !clear.starts_with("$'") => {
            shown.extend_from_slice(text);
        }
        _ => word(&mut shown, text, usize::MAX),
    }
    // An apostrophe of its own gets another, so that the first is always ours.
    if matches!(shown.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\'')) {
        shown.insert(0, b'\'');
    }
    if !shown.iter().any(|byte| matches!(byte, b',' | b';' | b'"')) {
        return out.extend_from_slice(&shown);
    }
    out.push(b'"');
    for byte in shown {
        out.extend_from_slice(if byte == b'"' { b"\"\"" } else { std::slice::from_ref(&byte) });
    }
    out.push(b'"');
}
