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

#[test]
fn the_readmes_filters_do_what_it_says() {
    let dir = oyez_testkit::TempDir::new().unwrap();
    let (script, tables) = (dir.join("scripts.lua"), dir.join("oyez.toml"));
    std::fs::write(&script, block("lua")).unwrap();
    std::fs::write(&tables, block("toml").replace("/etc/oyez/filters/scripts.lua", script.to_str().unwrap())).unwrap();
    let parse = |filter: &std::path::Path| {
        let mut oyez = Command::new(env!("CARGO_BIN_EXE_oyez"));
        oyez.args(["parse", "--format", "text", "--color", "never", "--filter"])
            .arg(filter)
            .arg("corpus/own/plain.log");
        let output = oyez.current_dir(corpus::workspace()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let readme = std::fs::read_to_string(corpus::workspace().join("README.md")).unwrap();
    let (line, _) = parse(&script).split_once('\n').map(|(line, rest)| (line.to_owned(), rest.len())).unwrap();
    assert!(readme.contains(&format!("scripts.lua corpus/own/plain.log\n{line}\n…\n```")), "{line}");
    assert!(parse(&tables).lines().count() < parse(&script).lines().count(), "something is dropped");
}

#[test]
fn the_readmes_records_give_the_readmes_line() {
    assert_eq!(parse(&block("text"), "text"), block("console"));
}
