//! `oyez rules lint` as its user meets it.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::fs;
use std::process::{Command, Output};

use oyez_testkit::{TempDir, corpus};
use serde_json::Value as Json;

fn lint(dir: &TempDir, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyez"));
    command.args(["rules", "lint"]).args(words).current_dir(dir.path()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_readmes_rules_give_the_readmes_findings() {
    let readme = fs::read_to_string(corpus::workspace().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("$ cat web.rules\n").unwrap();
    let (rules, rest) = rest.split_once("$ oyez rules lint web.rules\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let dir = TempDir::new().unwrap();
    fs::write(dir.join("web.rules"), rules).unwrap();
    let output = lint(&dir, &["--arch", "x86_64", "web.rules"]);
    assert_eq!(stdout(&output), shown);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_lies_on_this_host_is_looked_at_unless_the_rules_are_for_another() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().display();
    let text = format!(
        "-D\n-a always,exit -F path={path}/none/a -F perm=wa -k a\n-a always,exit -F path={path}/a -F perm=wa -k a\n"
    );
    fs::write(dir.join("a.rules"), text).unwrap();
    let here = lint(&dir, &["a.rules"]);
    assert_eq!(here.status.code(), Some(1));
    assert!(stdout(&here).contains("a.rules:2: error[missing-path]: there is no folder for "), "{}", stdout(&here));
    assert!(stdout(&here).contains("a.rules:3: note[absent-file]: "), "{}", stdout(&here));
    for arch in ["x86_64", "aarch64"] {
        let elsewhere = lint(&dir, &["--arch", arch, "a.rules"]);
        assert_eq!((elsewhere.status.code(), &*stdout(&elsewhere)), (Some(0), "2 rules: nothing found; cost: 2 low\n"));
    }
}

#[test]
fn json_says_the_same_to_a_program() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.join("a.rules"), "-D\n-a always,exit -F arch=b32 -S swapon -F a0=1\n").unwrap();
    let output = lint(&dir, &["--json", "--arch", "x86_64", "a.rules"]);
    assert_eq!(output.status.code(), Some(0), "a note alone is no failure");
    let json: Json = serde_json::from_slice(&output.stdout).unwrap();
    let finding = &json["findings"][0];
    assert_eq!((&finding["level"], &finding["code"]), (&Json::from("note"), &Json::from("no-key")));
    assert_eq!((&finding["file"], &finding["line"]), (&Json::from("a.rules"), &Json::from(2)));
    assert_eq!(finding["rule"], "-a always,exit -F arch=b32 -S swapon -F a0=1");
    assert_eq!((&json["rules"][0]["cost"], &json["rules"][0]["line"]), (&Json::from("low"), &Json::from(2)));
}

#[test]
fn notes_of_one_kind_are_cut_short_unless_all_are_asked_for_and_costs_are_told_on_demand() {
    let dir = TempDir::new().unwrap();
    let rules = (0..5).map(|n| format!("-a always,exit -F arch=b32 -S swapon -F a0={n}\n"));
    fs::write(dir.join("a.rules"), rules.collect::<Vec<_>>().concat() + "-D\n").unwrap();
    let short = stdout(&lint(&dir, &["--arch", "x86_64", "a.rules"]));
    assert_eq!(short.matches("note[no-key]: its").count(), 3, "{short}");
    assert!(short.contains("note[no-key]: 2 more of these; --all shows them\n"), "{short}");
    let all = stdout(&lint(&dir, &["--arch", "x86_64", "--all", "--cost", "a.rules"]));
    assert_eq!(all.matches("note[no-key]: its").count(), 5, "{all}");
    assert_eq!(all.matches(": low: about 32-bit programs only\n").count(), 5, "{all}");
}

#[test]
fn lines_with_errors_are_left_to_check_and_end_it_with_2() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.join("a.rules"), "-D\n-a always,exit -F arch=b64 -S no_such_call -k a\n-f 2\n").unwrap();
    let output = lint(&dir, &["a.rules"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).contains("a.rules:3: warning[panic-on-loss]"), "{}", stdout(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("oyez rules check shows them"));
}
