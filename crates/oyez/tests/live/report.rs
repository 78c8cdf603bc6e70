//! `oyez report --live` beside a daemon: it counts what was done, and leaves the host as it is.

use std::fs::File;
use std::process::{Child, Command, Stdio};

use oyez_testkit::live::{Turn, status};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::daemon::{Home, add_rules, assert_as_found};
use crate::games::opens;
use crate::until::until;

/// Ends the report if the test does not.
struct Live(Child);

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn a_live_report_counts_what_was_done_beside_a_daemon_and_changes_nothing() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new("");
    let daemon = home.start("daemon", &[]);
    let path = home.yard().join("report.json");
    let before = status().unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_oyez"))
        .args(["report", "--live", "--format", "json", "--every", "1", "--top", "0"])
        .stdout(File::create(&path).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut live = Live(child);
    let reports = || -> Vec<Value> {
        let text = std::fs::read_to_string(&path).unwrap();
        text.split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    // A first report is out: it listens.
    until("a report", || (!reports().is_empty()).then_some(()));
    add_rules();
    let done = opens(&home.yard(), 2_000);
    let failed = |report: &Value| report["totals"]["failed_syscalls"].as_u64().unwrap();
    until("all opens", || (failed(reports().last().unwrap()) >= done.len() as u64).then_some(()));
    assert_eq!(status().unwrap()["pid"], before["pid"], "the daemon is still the one that is registered");
    kill_process(Pid::from_child(&live.0), Signal::INT).unwrap();
    assert!(live.0.wait().unwrap().success());

    let reports = reports();
    let last = reports.last().unwrap();
    assert!(reports.len() >= 3, "{}", reports.len());
    assert_eq!((failed(last), &last["lost"]["multicast"]), (done.len() as u64, &0.into()));
    let rows = last["tables"]["failures"]["rows"].as_array().unwrap();
    assert_eq!((&rows[0]["key"], &rows[0]["total"]), (&"openat ENOENT".into(), &done.len().into()));
    let files = &last["tables"]["files"]["rows"];
    for path in &done {
        let path = String::from_utf8_lossy(path);
        assert!(files.as_array().unwrap().iter().any(|row| row["key"] == *path && row["total"] == 1), "{path}");
    }
    daemon.end().assert_nothing_lost();
    assert_as_found(&turn);
}
