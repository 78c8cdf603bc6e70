//! Rules that `oyez run` loads, keeps and takes out again. Each has uid 5 in it.

use std::process::Command;
use std::time::Duration;

use oyez_testkit::live::{Turn, auditctl};
use rustix::process::Signal;
use serde_json::Value;

use crate::daemon::{Daemon, Home};
use crate::games::{Storm, opens};
use crate::idle::await_idle;
use crate::truth::assert_each_once;
use crate::until::until;

/// A rule for the workload's opens.
const OPENS: &str = "-a always,exit -F arch=b64 -S openat -F uid=5 -F key=opens";
/// Another that covers them, too.
const FILES: &str = "-a always,exit -F arch=b64 -S openat,connect -F uid=5 -F key=files";
/// One for something else.
const RUNS: &str = "-a always,exit -F arch=b64 -S execve -F uid=5 -F key=runs";

fn config(rules: &[&str], rest: &str) -> String {
    format!("rules = {rules:?}\n{rest}")
}

/// The rules' keys, as auditctl lists them.
fn keys() -> Vec<String> {
    let output = Command::new("auditctl").arg("-l").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let key = |line: &str| Some(line.split_once("-F key=")?.1.to_owned());
    text.lines().filter_map(key).collect()
}

fn await_keys(wanted: &[&str]) {
    until("the rules", || (keys() == wanted).then_some(()));
}

/// What it said of rules so far.
fn told(daemon: &Daemon) -> Vec<Value> {
    daemon.events().of("OYEZ_RULES").map(|told| told["oyez"].clone()).collect()
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn rules_of_the_configuration_are_heard_and_gone_at_the_end() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new(&config(&[OPENS, RUNS], ""));
    let daemon = home.start("out", &[]);
    await_keys(&["opens", "runs"]);
    let done = opens(&home.yard(), 50);
    daemon.catch_up(&home.yard());
    assert_each_once(&done, &daemon.events().paths());
    let (end, events) = daemon.end_with_events();
    assert_eq!(events.of("OYEZ_RULES").next().unwrap()["oyez"]["added"], 2);
    end.assert_balanced(&events);
    assert!(!home.state_file().exists());
    turn.assert_as_found();
}

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn a_reload_in_a_storm_changes_rules_and_loses_no_event_that_old_and_new_ones_cover() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new(&config(&[RUNS, OPENS], ""));
    let daemon = home.start("out", &[]);
    await_keys(&["runs", "opens"]);
    let storm = Storm::start(&home.yard(), 2, Duration::from_micros(300));
    for (rules, keys) in [
        (&[OPENS][..], &["opens"][..]),
        (&[OPENS, FILES], &["opens", "files"]),
        (&[FILES], &["files"]),
        (&[RUNS, OPENS], &["runs", "opens"]),
        (&[OPENS, RUNS], &["opens", "runs"]),
    ] {
        home.configure(&config(rules, ""));
        daemon.signal(Signal::HUP);
        await_keys(keys);
    }
    home.configure(&config(&["-a always,exit -S opennat -F uid=5"], ""));
    daemon.signal(Signal::HUP);
    until("the refusal", || (daemon.events().of("OYEZ_RELOAD").count() == 6).then_some(()));
    assert_eq!(keys(), ["opens", "runs"]);
    let done = storm.stop().concat();
    daemon.catch_up(&home.yard());
    assert_each_once(&done, &daemon.events().paths());
    let (end, events) = daemon.end_with_events();
    end.assert_balanced(&events);
    end.assert_nothing_lost();
    turn.assert_as_found();
}

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn rules_that_auditctl_changes_are_put_back_and_who_it_was_is_told() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new(&config(&[OPENS, RUNS], "enforce = true"));
    let daemon = home.start("out", &[]);
    await_keys(&["opens", "runs"]);
    auditctl(&OPENS.replacen("-a", "-d", 1));
    until("the first word", || (told(&daemon).len() == 2).then_some(()));
    await_keys(&["opens", "runs"]);
    auditctl(FILES);
    until("the second word", || (told(&daemon).len() == 3).then_some(()));
    await_keys(&["opens", "runs"]);
    let told = told(&daemon);
    assert_eq!([&told[1]["added"], &told[1]["deleted"], &told[2]["added"], &told[2]["deleted"]], [1, 0, 0, 1]);
    for (told, change, key) in [(&told[1], "remove_rule", "opens"), (&told[2], "add_rule", "files")] {
        assert_eq!((&told["op"], &told["change"], &told["key"]), (&"enforce".into(), &change.into(), &key.into()));
        assert!(told["exe"].as_str().is_some_and(|exe| exe.ends_with("auditctl")), "{told}");
        assert!(told["pid"].is_u64() && told["auid"].is_u64() && told["ses"].is_u64(), "{told}");
    }
    // Its own changes lead to nothing, however long one waits, and rules that nobody changes are not looked at.
    await_idle(&daemon);
    assert_eq!(told.len(), daemon.events().of("OYEZ_RULES").count());
    let (end, events) = daemon.end_with_events();
    assert!(end.errors.contains("changed the rules: added 1 again, deleted 0 again"), "{}", end.errors);
    end.assert_balanced(&events);
    turn.assert_as_found();
}

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn rules_of_a_killed_run_are_replaced_by_the_next_and_gone_at_its_end() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new(&config(&[OPENS, RUNS], ""));
    let first = home.start("out", &[]);
    await_keys(&["opens", "runs"]);
    first.kill();
    assert_eq!(keys(), ["opens", "runs"]);
    home.configure(&config(&[RUNS, FILES], ""));
    let second = home.start("out", &[]);
    await_keys(&["runs", "files"]);
    let end = second.end();
    assert_eq!(end.code, Some(0), "{}", end.errors);
    assert!(!home.state_file().exists());
    turn.assert_as_found();
}
