//! What the README shows is what the program writes.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use oyez_testkit::corpus;

/// The first fenced block of this language.
fn block(language: &str) -> String {
    let readme = std::fs::read_to_string(corpus::workspace().join("README.md")).unwrap();
    let (_, rest) = readme.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

fn parse(log: &str, format: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_oyez"))
        .args(["parse", "--format", format, "--color", "never"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Few enough lines for the pipe to hold.
    child.stdin.take().unwrap().write_all(log.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn the_readmes_records_give_the_readmes_json() {
    // Only the wrapping differs: the order of members is part of the promise.
    let shown: String = block("json").lines().map(str::trim_start).collect();
    assert_eq!(parse(&block("text"), "json"), shown + "\n");
}

#[test]
fn the_readmes_records_give_the_readmes_sentence() {
    let readme = std::fs::read_to_string(corpus::workspace().join("README.md")).unwrap();
    let sentence = parse(&block("text"), "sentence");
    assert!(sentence.lines().count() == 1 && readme.contains(&format!("```console\n{sentence}```")), "{sentence}");
}

#[test]
fn the_readmes_report_is_what_oyez_reports() {
    let readme = std::fs::read_to_string(corpus::workspace().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```console\n$ oyez report ").unwrap();
    let (words, rest) = rest.split_once('\n').unwrap();
    let shown = rest.split_once("```").unwrap().0;
    let words = ["report"].into_iter().chain(words.split(' '));
    let mut oyez = Command::new(env!("CARGO_BIN_EXE_oyez"));
    let output = oyez.args(words).current_dir(corpus::workspace()).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), shown);
}

/// What the program leaves of `log` with the filters in the file `filter`.
fn filtered(filter: &std::path::Path, log: &std::path::Path, format: &str) -> String {
    let mut oyez = Command::new(env!("CARGO_BIN_EXE_oyez"));
    oyez.args(["parse", "--format", format, "--color", "never", "--filter"]).args([filter, log]);
    let output = oyez.current_dir(corpus::workspace()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// An opening of `/tmp/ä z` that failed for `cat`, by this serial number and with these changes.
fn opening(serial: u32, changes: &[(&str, &str)]) -> String {
    let log = std::fs::read_to_string(corpus::workspace().join("corpus/own/plain.log")).unwrap();
    let mut event: String = log.split_inclusive('\n').filter(|line| line.contains(":9002)")).collect();
    for (from, to) in changes {
        assert!(event.contains(from), "{from}");
        event = event.replace(from, to);
    }
    event.replace(":9002)", &format!(":{serial})"))
}

#[test]
fn the_readmes_tables_do_what_they_look_like() {
    let dir = oyez_testkit::TempDir::new().unwrap();
    let (script, tables, log) = (dir.join("scripts.lua"), dir.join("oyez.toml"), dir.join("audit.log"));
    std::fs::write(&script, block("lua")).unwrap();
    std::fs::write(&tables, block("toml").replace("/etc/oyez/filters/scripts.lua", script.to_str().unwrap())).unwrap();
    let restic = ("exe=\"/usr/bin/cat\"", "exe=\"/usr/bin/restic\"");
    let success = ("success=no exit=-13", "success=yes exit=3");
    let events = [
        opening(1, &[]),
        opening(2, &[]),
        opening(3, &[restic, success]),
        opening(4, &[restic]),
        opening(5, &[restic, success, ("name=2F746D702FC3A4207A", "name=\"/etc/shadow\"")]),
        opening(6, &[success]),
    ];
    std::fs::write(&log, events.concat()).unwrap();
    let left = filtered(&tables, &log, "json");
    let left: Vec<serde_json::Value> = left.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let serials: Vec<_> = left.iter().filter_map(|event| event["serial"].as_u64()).collect();
    assert_eq!(serials, [1, 4, 5, 6], "the second of two failures goes, and what the backup read outside of /etc");
    let repeats = left.iter().find(|event| event["kind"] == "OYEZ_REPEATS").unwrap();
    assert_eq!(repeats["oyez"]["count"], 1);
}

#[test]
fn the_readmes_script_does_what_it_shows() {
    let dir = oyez_testkit::TempDir::new().unwrap();
    let script = dir.join("scripts.lua");
    std::fs::write(&script, block("lua")).unwrap();
    let left = filtered(&script, std::path::Path::new("corpus/own/plain.log"), "text");
    let line = left.lines().next().unwrap();
    let readme = std::fs::read_to_string(corpus::workspace().join("README.md")).unwrap();
    assert!(readme.contains(&format!("scripts.lua corpus/own/plain.log\n{line}\n…\n```")), "{line}");
}

#[test]
fn the_readmes_records_give_the_readmes_line() {
    assert_eq!(parse(&block("text"), "text"), block("console"));
}
