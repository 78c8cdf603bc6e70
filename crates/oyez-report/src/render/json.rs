//! A report as one JSON object on one line.

use oyez_format::{json_text, rfc3339};
use oyez_interpret::plain::put;

use super::{Cut, Shown};
use crate::table::{Count, Row};
use crate::times::Times;
use crate::total::DISTINCT;
use crate::{Report, Table, Topic, Total};

pub(super) fn write(report: &Report, shown: Shown<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"v\":1,\"kind\":\"OYEZ_REPORT\"");
    if let Some((first, last)) = report.range() {
        for (name, id) in [("first", first), ("last", last)] {
            put(out, format_args!(",\"{name}\":\""));
            rfc3339(out, id.sec, id.ms);
            out.push(b'"');
        }
    }
    if let Some(success) = report.options.outcome {
        put(out, format_args!(",\"only\":\"{}\"", if success { "success" } else { "failed" }));
    }
    put(out, format_args!(",\"records\":{}", report.records()));
    count(",\"events\":{", report.events(), out);
    put(out, format_args!("}},\"left_out\":{}", report.left_out()));
    for (place, (what, number)) in shown.lost.iter().enumerate() {
        put(out, format_args!("{}\"{what}\":{number}", if place == 0 { ",\"lost\":{" } else { "," }));
    }
    out.extend_from_slice(if shown.lost.is_empty() { b"" } else { b"}" });
    if report.is_overview() {
        overview(report, out);
    }
    if let Some(times) = &report.times {
        by_time(times, out);
    }
    out.extend_from_slice(b",\"tables\":{");
    for (place, (topic, table)) in report.shown().into_iter().enumerate() {
        out.extend_from_slice(if place == 0 { b"" } else { b"," });
        rows(topic, table, report.rows(shown), out);
    }
    out.extend_from_slice(b"}}\n");
}

fn overview(report: &Report, out: &mut Vec<u8>) {
    for (place, total) in Total::all().enumerate() {
        let open = if place == 0 { ",\"totals\":{" } else { "," };
        put(out, format_args!("{open}\"{}\":{}", total.name(), report.total(total)));
    }
    let tables = DISTINCT.iter().filter_map(|topic| Some((topic, report.table(*topic)?)));
    for (place, (topic, table)) in tables.enumerate() {
        let open = if place == 0 { "},\"distinct\":{" } else { "," };
        put(out, format_args!("{open}\"{}\":{}", topic.name(), table.keys()));
    }
    out.push(b'}');
    let is_lower = |topic: &&Topic| report.table(**topic).is_some_and(|table| !table.is_exact());
    let mut open = ",\"at_least\":[";
    for topic in DISTINCT.iter().filter(is_lower) {
        put(out, format_args!("{open}\"{}\"", topic.name()));
        open = ",";
    }
    if open == "," {
        out.push(b']');
    }
}

fn by_time(times: &Times, out: &mut Vec<u8>) {
    put(out, format_args!(",\"by\":{{\"step\":\"{}\",\"slots\":[", times.step.name()));
    for (place, (sec, slot)) in times.slots().enumerate() {
        out.extend_from_slice(if place == 0 { b"{\"time\":\"" } else { b",{\"time\":\"" });
        rfc3339(out, sec, 0);
        count("\",", slot, out);
        out.push(b'}');
    }
    count("],\"unnamed\":{", times.unnamed(), out);
    out.extend_from_slice(b"}}");
}

fn rows(topic: Topic, table: &Table, top: usize, out: &mut Vec<u8>) {
    let cut = Cut::of(table, top);
    put(out, format_args!("\"{}\":{{", topic.name()));
    count("", table.all(), out);
    put(out, format_args!(",\"keys\":{},\"rows\":[", table.keys()));
    for (place, (key, found)) in cut.rows.iter().enumerate() {
        out.extend_from_slice(if place == 0 { b"{" } else { b",{" });
        row(key, found, out);
        out.push(b'}');
    }
    out.push(b']');
    if cut.rest_rows > 0 {
        put(out, format_args!(",\"rest\":{{\"keys\":{},", cut.rest_rows));
        count("", cut.rest, out);
        out.push(b'}');
    }
    if !table.is_exact() {
        count(",\"unnamed\":{", table.unnamed(), out);
        put(out, format_args!("}},\"shortfall\":{}", table.shortfall()));
    }
    out.push(b'}');
}

fn row(key: &[u8], row: &Row, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"key\":");
    json_text(out, "key", key);
    if let Some(name) = &row.name {
        out.extend_from_slice(b",\"name\":");
        json_text(out, "name", name);
    }
    count(",", row.count, out);
}

fn count(open: &str, count: Count, out: &mut Vec<u8>) {
    put(out, format_args!("{open}\"total\":{},\"failed\":{}", count.total, count.failed));
}
