//! `oyez report`: runs it and reads its JSON.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::differences::ZERO;
use super::{Report, Rows};

/// The overview and `tables` of the log in `file`.
pub(super) fn report(file: &Path, filter: &[&str], tables: &[&str]) -> Report {
    let overview = run(file, filter);
    let mut totals = Rows::from([(b"events".to_vec(), number(&overview["events"]["total"]))]);
    for part in ["totals", "distinct"] {
        let members = overview[part].as_object().expect("an object");
        totals.extend(members.iter().map(|(name, count)| (name.clone().into_bytes(), number(count))));
    }
    let mut report = Report::from([(String::new(), totals)]);
    let list = [&["syscalls"], tables].concat().join(",");
    let words: Vec<_> = ["--table", &list].into_iter().chain(filter.iter().copied()).collect();
    for (name, table) in run(file, &words)["tables"].as_object().expect("an object") {
        let mut rows = Rows::new();
        for row in table["rows"].as_array().expect("an array") {
            *rows.entry(escaped(&key(row))).or_default() += number(&row["total"]);
        }
        assert_eq!(rows.values().sum::<u64>(), number(&table["total"]), "{name}");
        if name == "syscalls" {
            let failed = |row: &Value| ZERO.iter().any(|name| row["key"] == *name).then(|| number(&row["failed"]));
            let failed = table["rows"].as_array().into_iter().flatten().filter_map(failed).sum();
            report.insert(String::from("zero"), Rows::from([(b"failed".to_vec(), failed)]));
        }
        report.insert(name.clone(), rows);
    }
    report
}

fn run(file: &Path, words: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyez"));
    let output = command.args(["report", "--format", "json", "--top", "0"]).args(words).arg(file).output();
    let output = output.expect("oyez runs");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}

fn key(row: &Value) -> Vec<u8> {
    let Some(hex) = row["key_hex"].as_str() else { return row["key"].as_str().expect("text").into() };
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// As aureport writes what a terminal should not get: three octal digits. It knows no text behind a NUL.
fn escaped(key: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in key.iter().take_while(|byte| **byte != 0) {
        if *byte < 0x20 { out.extend_from_slice(format!("\\{byte:03o}").as_bytes()) } else { out.push(*byte) }
    }
    out
}
