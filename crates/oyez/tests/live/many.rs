//! Very many processes that end at once: each execution comes out once, with its arguments, its process and its parent.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use oyez_testkit::live::{Turn, auditctl};
use oyez_testkit::short;
use serde_json::Value;

use crate::daemon::Home;
use crate::games;
use crate::until::until;

const RULE: &str = "always,exit -F arch=b64 -S execve -F uid=5 -k many";
/// How many are run unless the environment wants more.
const USUAL: usize = 2000;
/// What all of them may take.
const LIMIT: Duration = Duration::from_mins(20);
/// What the last process is called.
const LAST: &str = "the-last-of-many";
/// The most memory that oyez may ever have had, in KiB.
const MEMORY_KIB: u64 = 96 << 10;

#[test]
#[ignore = "makes this host audit uid 5 for some seconds, or a minute where many processes are wanted"]
fn each_of_many_short_processes_comes_out_once_with_its_parent() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new("");
    let daemon = home.start("out", &[]);
    auditctl(&format!("-a {RULE}"));
    let (wanted, start) = (short::wanted(USUAL), Instant::now());
    let begun = games::play(move || short::run(wanted, start + LIMIT)).unwrap();
    let took = start.elapsed();
    games::play(|| assert!(Command::new("/bin/true").arg(LAST).status().unwrap().success()));
    until("the last process", || daemon.wrote_lately(LAST).then_some(()));
    let memory = daemon.most_memory();
    auditctl(&format!("-d {RULE}"));
    let (end, output) = daemon.end_with_output();
    println!("{wanted} in {} ms, {} records, VmHWM {memory} KiB", took.as_millis(), end.book("received"));
    end.assert_nothing_lost();
    turn.assert_as_found();
    let seen = check(&output, &begun);
    // A shell is run beside each process that it runs; and the last one.
    let shells = wanted.div_ceil(short::SHELL);
    assert_eq!((begun.len(), seen.short, seen.shells), (wanted, wanted, shells));
    end.assert_counted(seen.events as u64);
    assert!(seen.events > wanted + shells && memory <= MEMORY_KIB, "{} events, {memory} KiB", seen.events);
}

/// How many events of which kind came out.
#[derive(Default)]
struct Seen {
    events: usize,
    short: usize,
    shells: usize,
}

/// Looks at each line by itself: together they are too many to be held.
fn check(output: &Path, begun: &HashMap<usize, u32>) -> Seen {
    let (mut seen, mut numbers) = (Seen::default(), HashSet::new());
    for line in BufReader::new(File::open(output).unwrap()).lines() {
        let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if event["origin"] == "oyez" {
            continue;
        }
        seen.events += 1;
        assert!(event["marks"].is_null(), "{event}");
        if event["syscall"]["name"] != "execve" {
            continue;
        }
        let argv: Vec<&str> =
            event["process"]["argv"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
        match (short::told(&argv.join(" ")), &argv[..]) {
            (Some((number, shell)), _) => {
                seen.short += 1;
                assert!(numbers.insert(number), "{number} came out twice");
                assert_right(&event, begun[&number], shell);
            }
            (None, ["/bin/sh", "-c", short::SCRIPT, word]) => {
                seen.shells += 1;
                let number: usize = word.strip_prefix("short-").unwrap().parse().unwrap();
                assert_right(&event, begun[&number], None);
            }
            _ => {}
        }
    }
    seen
}

/// Panics unless the event of process `begun`, or of a child of that shell, tells so, and of its parent what that is.
fn assert_right(event: &Value, begun: u32, shell: Option<u32>) {
    let process = &event["process"];
    let parent = &process["parent"];
    match shell {
        None => assert_eq!((&process["pid"], &parent["pid"]), (&begun.into(), &std::process::id().into()), "{event}"),
        Some(shell) => {
            assert_eq!((&parent["pid"], shell), (&begun.into(), begun), "{event}");
            assert_eq!(
                (&parent["argv"][2], &parent["exe"]),
                (&short::SCRIPT.into(), &"/usr/bin/dash".into()),
                "{event}"
            );
        }
    }
    assert!(process["ppid"] == parent["pid"] && process["started"].is_string(), "{event}");
    assert!(process["argv_cut"].is_null() && event["result"] == "success", "{event}");
}
