//! `oyez report` as a program: what it takes, what it writes, how it ends.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Output, Stdio};

use oyez_testkit::{TempDir, corpus};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const LINE: &str = "type=USER_LOGIN msg=audit(1700000000.000:#): pid=1 uid=0 auid=1000 ses=1 msg='op=login acct=\"a\" \
    exe=\"/s\" hostname=? addr=? terminal=? res=success'\n";

fn oyez(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_oyez")).arg("report").args(words).stdin(Stdio::null()).output().unwrap()
}

fn own(name: &str) -> String {
    corpus::workspace().join("corpus/own").join(name).display().to_string()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn logs_are_counted_together() {
    let (plain, nodes) = (own("plain.log"), own("nodes.log"));
    let count =
        |words: &[&str]| json(&oyez(&[&["--format", "json"], words].concat()))["events"]["total"].as_u64().unwrap();
    assert_eq!(count(&[&plain, &nodes]), count(&[&plain]) + count(&[&nodes]));
}

#[test]
fn only_what_was_asked_for_is_written() {
    let report = json(&oyez(&["--format", "json", "--table", "events,nodes", &own("nodes.log")]));
    let tables: Vec<_> = report["tables"].as_object().unwrap().keys().collect();
    assert_eq!(tables, ["events", "nodes"]);
    assert!(report["totals"].is_null() && !report["tables"]["nodes"]["rows"].as_array().unwrap().is_empty());
    let report = json(&oyez(&["--format", "json", "--by", "day", &own("plain.log")]));
    let slots = report["by"]["slots"].as_array().unwrap();
    let sum: u64 = slots.iter().map(|slot| slot["total"].as_u64().unwrap()).sum();
    assert_eq!(Some(sum), report["events"]["total"].as_u64());
}

#[test]
fn times_bound_what_is_counted() {
    let all = json(&oyez(&["--format", "json", &own("plain.log")]));
    let last = all["last"].as_str().unwrap();
    let some = json(&oyez(&["--format", "json", "--since", last, &own("plain.log")]));
    let (total, left) = (some["events"]["total"].as_u64().unwrap(), some["left_out"].as_u64().unwrap());
    assert!(total >= 1 && left >= 1 && some["first"] == some["last"], "{some}");
    assert_eq!(Some(total + left), all["events"]["total"].as_u64());
    let none = json(&oyez(&["--format", "json", "--until", "2001-01-01", &own("plain.log")]));
    assert_eq!((&none["events"]["total"], &none["first"]), (&0.into(), &Value::Null));
}

#[test]
fn a_failed_and_a_successful_event_are_told_apart() {
    let count = |words: &[&str]| {
        json(&oyez(&[&["--format", "json"], words, &[&own("plain.log")]].concat()))["events"]["total"].as_u64().unwrap()
    };
    let (all, failed, success) = (count(&[]), count(&["--failed"]), count(&["--success"]));
    assert!(failed > 0 && success > 0 && failed + success <= all, "{all} {failed} {success}");
}

#[test]
fn what_cannot_be_done_is_said() {
    for (words, code, text) in [
        (&["--table", "nothing", "x"][..], 2, "nothing"),
        (&["--failed", "--success", "x"], 2, "cannot be used with"),
        (&["--live", "x"], 2, "cannot be used with"),
        (&["--since", "yesterday", "x"], 2, "seconds since 1970"),
        (&["/no/such.log"], 3, "cannot read"),
    ] {
        let output = oyez(words);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(code) && told.contains(text), "{words:?}: {:?} {told}", output.status);
    }
}

#[test]
fn a_log_that_grows_is_reported_again_and_a_last_time_at_the_end() {
    let folder = TempDir::new().unwrap();
    let path = folder.join("audit.log");
    fs::write(&path, LINE.replace('#', "1")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_oyez"))
        .args(["report", "--follow", "--format", "json", "--every", "1"])
        .arg(&path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next =
        || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap()["totals"]["logins"].as_u64();
    assert_eq!(next(), Some(1));
    OpenOptions::new().append(true).open(&path).unwrap().write_all(LINE.replace('#', "2").as_bytes()).unwrap();
    let mut tries = 0;
    while next() != Some(2) {
        tries += 1;
        assert!(tries < 20, "the second login never came");
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let mut last = None;
    for line in lines {
        last = serde_json::from_str::<Value>(&line.unwrap()).ok();
    }
    assert_eq!(last.unwrap()["totals"]["logins"], 2);
    assert!(child.wait().unwrap().success());
}

#[test]
fn memory_does_not_grow_with_what_is_new_in_a_log() {
    // 300,000 names where 100,000 are kept: what is forgotten is counted, and the total is exact.
    let folder = TempDir::new().unwrap();
    let path = folder.join("audit.log");
    let line = |serial: u32| format!("type=PATH msg=audit(1.0:{serial}): item=0 name=\"/{serial}\"\n");
    fs::write(&path, (0..300_000).map(line).collect::<String>()).unwrap();
    let report = json(&oyez(&["--format", "json", "--table", "files", "--top", "1", path.to_str().unwrap()]));
    let table = &report["tables"]["files"];
    let rows = 1 + table["rest"]["keys"].as_u64().unwrap();
    assert!(rows <= 100_000 && table["keys"].as_u64().unwrap() >= 100_000, "{table}");
    assert_eq!((&table["total"], table["shortfall"].as_u64().unwrap() > 0), (&300_000.into(), true));

    let overview = json(&oyez(&["--format", "json", path.to_str().unwrap()]));
    assert_eq!(overview["at_least"], serde_json::json!(["files"]));
    let csv = oyez(&["--format", "csv", "--table", "files,files", "--top", "1", path.to_str().unwrap()]);
    let csv = String::from_utf8(csv.stdout).unwrap();
    let sum = |line: &str| line.split(',').rev().nth(1).unwrap().parse::<u64>().unwrap();
    let files = csv.lines().filter(|line| line.starts_with("files,"));
    assert_eq!(files.clone().count(), 3, "a row, what has none, what was forgotten, each once: {csv}");
    assert_eq!(files.map(sum).sum::<u64>(), 300_000);
    assert!(csv.contains("files,,(unnamed),") && csv.contains("shortfall,files,,"), "{csv}");
}
