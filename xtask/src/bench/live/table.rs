//! The results of one load as a table in Markdown: a row for each contender, medians of the rounds.

use std::fmt::Write as _;

use super::results::{Results, short};
use crate::bench::stats;

/// A figure, and what its column is called.
const COLUMNS: [(&str, &str); 14] = [
    ("cpu_s", "CPU s"),
    ("kauditd_s", "kauditd s"),
    ("per_second", "a second"),
    ("p99_us", "p99 µs"),
    ("out_p50_us", "out p50 µs"),
    ("out_p99_us", "out p99 µs"),
    ("out_max_us", "out max µs"),
    ("errors", "not answered"),
    ("sleeps", "sleeps"),
    ("lost", "lost"),
    ("backlog_waits", "waits"),
    ("max_rss_kib", "RSS KiB"),
    ("missing", "missing"),
    ("again", "again"),
];

/// The load's heading and its table; empty where it was not played. Idle, nobody uses CPU that could be compared.
pub(super) fn text(results: &Results, load: &str, contenders: &[String]) -> String {
    let columns = COLUMNS
        .iter()
        .filter(|(figure, _)| contenders.iter().any(|contender| !results.values(load, contender, figure).is_empty()));
    let columns: Vec<_> = columns.filter(|(figure, _)| applies(load, figure)).collect();
    if columns.is_empty() {
        return String::new();
    }
    let has_ratio = !["idle", "quiet"].contains(&load);
    let mut text = head(load, has_ratio, &columns);
    let was_there = |contender: &&String| !results.values(load, contender, "done").is_empty();
    for contender in contenders.iter().filter(was_there) {
        // Writing to a String can't fail.
        let _ = write!(text, "| {}", name(contender));
        if has_ratio {
            text.extend([" | ", &ratio(results, load, contender)]);
        }
        for (figure, _) in &columns {
            let values = results.values(load, contender, figure);
            let value = if values.is_empty() { "–".to_owned() } else { short(stats::median(values)) };
            text.extend([" | ", &value]);
        }
        text.push_str(" |\n");
    }
    text + "\n"
}

/// Whether a figure says something of a load.
fn applies(load: &str, figure: &str) -> bool {
    match figure {
        "per_second" => !["idle", "quiet"].contains(&load),
        "errors" => load == "http",
        _ => true,
    }
}

/// The heading, the names of the columns, and the line below them.
fn head(load: &str, has_ratio: bool, columns: &[&(&str, &str)]) -> String {
    let mut text = format!("### {}\n\n|", heading(load));
    if has_ratio {
        text.push_str(" | CPU ÷ floor (95 %)");
    }
    for (_, name) in columns {
        text.extend([" | ", name]);
    }
    text.push_str(if has_ratio { " |\n|---|---" } else { " |\n|---" });
    text + &"|---:".repeat(columns.len()) + "|\n"
}

fn ratio(results: &Results, load: &str, contender: &str) -> String {
    let ratios = results.ratios(load, "cpu_s", [contender, "floor"]);
    if ratios.is_empty() || contender == "floor" {
        return "–".to_owned();
    }
    let stats::Estimate { median, low, high } = stats::estimate(&ratios);
    format!("**{median:.2}** ({low:.2} to {high:.2})")
}

/// What a load is.
pub(super) fn heading(load: &str) -> &str {
    match load {
        "http" => "HTTP, 10,000 requests/s",
        "open" => "Opens, flat out",
        "exec" => "Programs run, flat out",
        "openpaced" => "1,000 opens/s",
        "quiet" => "3 opens/s",
        "idle" => "Idle",
        other => other,
    }
}

/// What a contender is called.
pub(super) fn name(contender: &str) -> &str {
    match contender {
        "floor-without-eoe" => "floor, EOE filtered",
        "auditd-raw" => "auditd RAW",
        "auditd-enriched" => "auditd ENRICHED",
        "none" => "no audit",
        "oyez-records" => "oyez, records alone",
        "oyez-names" => "and names of ids",
        "oyez-logins" => "and logins, the host",
        "oyez-processes" => "and processes, without the connector",
        "oyez-redact" => "oyez, redacting",
        "oyez-all" => "oyez, redacting and hashing",
        "oyez-with-eoe" => "oyez, EOE fetched",
        "oyez-exclude-eoe" => "oyez, EOE excluded by a rule",
        "oyez-ignore-cwd" => "oyez, CWD filtered too",
        "oyez-exclude-cwd" => "oyez, CWD excluded by a rule",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::two_rounds;
    use super::*;

    #[test]
    fn a_table_has_a_row_for_each_contender_and_no_column_that_nobody_fills() {
        let contenders = ["oyez", "floor"].map(str::to_owned);
        let expected = "### Opens, flat out\n\n| | CPU ÷ floor (95 %) | CPU s | a second | missing |\n\
                        |---|---|---:|---:|---:|\n\
                        | oyez | **1.00** (0.80 to 1.20) | 0.350 | 50000 | 0 |\n\
                        | floor | – | 0.375 | 50000 | 0 |\n\n";
        assert_eq!(text(&two_rounds(), "open", &contenders), expected);
        assert_eq!(text(&two_rounds(), "http", &contenders), "");
        let told = text(&two_rounds(), "open", &["oyez", "none"].map(str::to_owned));
        assert_eq!(told.lines().filter(|line| line.contains("no audit")).count(), 0, "it did not run");
    }
}
