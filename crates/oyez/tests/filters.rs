//! `oyez filter` and `oyez parse --filter` as their users see them.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use oyez_testkit::{TempDir, corpus};
use serde_json::Value;

fn oyez(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_oyez")).args(words).stdin(Stdio::null()).output().unwrap()
}

fn file(dir: &TempDir, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn logs() -> Vec<PathBuf> {
    let mut logs = corpus::files(&corpus::workspace().join("corpus/own"), ".log").unwrap();
    logs.extend(corpus::shared("corpus").and_then(|shared| corpus::files(&shared, ".log").ok()).into_iter().flatten());
    logs
}

const NOTHING: &str =
    "function filter(event) local name = event.kind; if event:get('process.exe') == '' then name = nil end end";

/// Events of three kinds of things: reads of one file, a login, an execution.
const LOG: &str = "\
type=SYSCALL msg=audit(1700000000.100:1): arch=c000003e syscall=257 success=yes exit=3 items=1 ppid=1 pid=7 auid=1000 uid=0 ses=2 comm=\"cat\" exe=\"/usr/bin/cat\" key=\"secrets\"
type=CWD msg=audit(1700000000.100:1): cwd=\"/\"
type=PATH msg=audit(1700000000.100:1): item=0 name=\"/etc/shadow\" inode=1 dev=fe:00 mode=0100640 ouid=0 ogid=42 rdev=00:00 nametype=NORMAL
type=PROCTITLE msg=audit(1700000000.100:1): proctitle=\"cat\"
type=USER_LOGIN msg=audit(1700000000.200:2): pid=9 uid=0 auid=1000 ses=2 msg='op=login acct=\"alice\" exe=\"/usr/sbin/sshd\" res=success'
type=SYSCALL msg=audit(1700000000.300:3): arch=c000003e syscall=59 success=yes exit=0 items=0 ppid=1 pid=8 auid=1000 uid=0 ses=2 comm=\"curl\" exe=\"/usr/bin/curl\" key=\"run\"
type=EXECVE msg=audit(1700000000.300:3): argc=2 a0=\"curl\" a1=\"http://x\"
type=PROCTITLE msg=audit(1700000000.300:3): proctitle=\"curl\"
";

const TABLES: &str = "\
[[filter]]
name = \"logins\"
match = { kind = \"USER_LOGIN\" }
action = \"drop\"
[[filter]]
name = \"secrets\"
match = { key = \"secrets\" }
action = \"tag:secret\"
";

#[test]
fn a_filter_that_says_nothing_changes_no_byte_of_the_output() {
    let dir = TempDir::new().unwrap();
    let script = file(&dir, "nothing.lua", NOTHING);
    // However busy this host is.
    let script = file(&dir, "nothing.toml", &format!("[[filter]]\nlua = {script:?}\ntime_limit = \"1s\"\n"));
    let all = logs();
    assert!(all.len() > 5);
    for log in &all {
        for format in ["json", "raw", "text", "ecs"] {
            let plain = oyez(&["parse", "--format", format, word(log)]);
            let filtered = oyez(&["parse", "--format", format, "--filter", &script, word(log)]);
            let said = text(&filtered.stderr);
            assert!(
                said.contains("filters dropped 0 events, 0 errors"),
                "{said} {:?}",
                String::from_utf8_lossy(&filtered.stdout)
            );
            assert!(plain.stdout == filtered.stdout, "{} {format}", log.display());
        }
    }
}

#[test]
fn parse_applies_the_filters_of_a_configuration_then_those_that_are_named() {
    let dir = TempDir::new().unwrap();
    let (log, config) = (file(&dir, "audit.log", LOG), file(&dir, "oyez.toml", TABLES));
    let named = file(&dir, "two.toml", "[[filter]]\nmatch = { tag = \"secret\" }\naction = \"drop\"\n");
    let kinds = |words: &[&str]| {
        let output = oyez(&[&["parse"], words, &[log.as_str()]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let lines = text(&output.stdout).lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let shown = |event: Value| format!("{}{}", event["serial"], event["tags"]);
        (lines.map(shown).collect::<Vec<_>>(), text(&output.stderr).lines().last().unwrap().to_owned())
    };
    assert_eq!(kinds(&["--config", &config]).0, ["1[\"secret\"]", "3null"]);
    let (left, said) = kinds(&["--config", &config, "--filter", &named]);
    assert_eq!((left, said.as_str()), (vec!["3null".to_owned()], "oyez: filters dropped 2 events, 0 errors"));
    assert_eq!(kinds(&[]).0.len(), 3);
}

#[test]
fn a_filter_that_is_wrong_ends_every_command_that_is_given_it_with_its_place() {
    let dir = TempDir::new().unwrap();
    let (log, bad) = (file(&dir, "audit.log", LOG), file(&dir, "bad.lua", "function filter(event)\n  return )\nend\n"));
    for words in [&["parse"][..], &["filter", "test"], &["filter", "bench"]] {
        let output = oyez(&[words, &["--filter", &bad, &log]].concat());
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(text(&output.stderr).contains("bad.lua:2:1: error: "), "{}", text(&output.stderr));
    }
    assert_eq!(oyez(&["filter", "test", &log]).status.code(), Some(2), "no filter at all");
    let config = file(&dir, "oyez.toml", &format!("[[filter]]\nlua = {bad:?}\n"));
    let checked = oyez(&["check", &config]);
    assert_eq!(checked.status.code(), Some(2));
    assert!(text(&checked.stdout).contains("bad.lua:2:1: error: "), "{}", text(&checked.stdout));
}

#[test]
fn test_says_what_each_filter_did_with_each_event_and_in_all() {
    let dir = TempDir::new().unwrap();
    let (log, tables) = (file(&dir, "audit.log", LOG), file(&dir, "x.toml", TABLES));
    let mask = "function filter(event)
        if event.process.exe ~= '/usr/bin/curl' then return end
        local copy = event:copy()
        copy.process.argv[2] = '***'
        return copy
    end";
    let mask = file(&dir, "mask.lua", mask);
    let bad = file(&dir, "bad.lua", "function filter(event) error('on purpose') end");
    let run = |words: &[&str]| {
        let output = oyez(
            &[&["filter", "test", "--filter", &tables, "--filter", &mask, "--filter", &bad], words, &[log.as_str()]]
                .concat(),
        );
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    let shown = run(&[]);
    let line = |serial: &str| shown.lines().find(|line| line.contains(serial)).unwrap().to_owned();
    assert!(line("SYSCALL:1").ends_with("→ secrets: changed (+tags); bad: error (bad:1: on purpose)"), "{shown}");
    assert!(line("USER_LOGIN:2").ends_with("→ logins: dropped"), "{shown}");
    assert!(line("SYSCALL:3").contains("mask: changed (process.argv[1])"), "{shown}");
    assert!(shown.contains("OYEZ_FILTER_ERROR count=1 error=\"bad:1: on purpose\" filter=\"bad\""), "{shown}");
    let row = |name: &str| {
        shown
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap()
            .split_whitespace()
            .take(7)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(row("logins"), "logins 3 1 1 0 0 0");
    assert_eq!(row("secrets"), "secrets 2 1 0 0 1 0");
    assert_eq!(row("mask"), "mask 2 1 0 0 1 0");
    assert_eq!(row("bad"), "bad 2 0 0 0 0 2");

    let dropped = run(&["--only", "dropped"]);
    assert!(dropped.contains("USER_LOGIN:2") && !dropped.contains("SYSCALL:"), "{dropped}");
    let both = run(&["--only", "dropped,changed"]);
    assert!(both.contains("USER_LOGIN:2") && both.contains("SYSCALL:3"), "{both}");
    let summary = run(&["--summary"]);
    assert!(summary.starts_with("filter "), "no events");
    assert!(summary.ends_with("\nbad: last error: bad:1: on purpose\n\n2 of 3 events come out\n"), "{summary}");
    let json: Vec<Value> = run(&["--json"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let event = json.iter().find(|line| line["serial"] == 3).unwrap();
    assert_eq!(event["did"][2], serde_json::json!({"name": "mask", "did": "changed", "members": ["process.argv[1]"]}));
    assert_eq!(event["did"][3]["error"], "bad:1: on purpose");
    let last = json.last().unwrap();
    assert_eq!((&last["filters"][0]["dropped"], &last["left"], &last["events"]), (&1.into(), &2.into(), &3.into()));
}

#[test]
fn a_script_that_is_off_is_said_to_be_with_the_last_error_by_test_and_parse() {
    let dir = TempDir::new().unwrap();
    let log = file(&dir, "audit.log", LOG);
    let script =
        file(&dir, "bad.lua", "local n = oyez.counter('n') function filter(event) n:add() error('no ' .. n:get()) end");
    let tables = file(&dir, "x.toml", &format!("[[filter]]\nname = \"s\"\nlua = {script:?}\nmax_errors = 2\n"));
    let tested = oyez(&["filter", "test", "--filter", &tables, &log]);
    let shown = text(&tested.stdout);
    for line in
        ["→ s: error (s:1: no 1)\n", "→ s: error (s:1: no 2)\n", "→ s: off\n", "\ns: n = 2\ns: last error: s:1: no 2\n"]
    {
        assert!(shown.contains(line), "{shown} {}", text(&tested.stderr));
    }
    let parsed = oyez(&["parse", "--filter", &tables, &log]);
    let told = "the filter \"s\" was switched off after too many errors; the last one: s:1: no 2";
    assert!(text(&parsed.stderr).contains(told), "{}", text(&parsed.stderr));
}

#[test]
fn what_a_script_says_before_the_first_event_has_the_time_of_the_log() {
    let dir = TempDir::new().unwrap();
    let log = file(&dir, "audit.log", LOG);
    let script = "function init() oyez.log('info', 'init') end function tick() oyez.log('info', 'tick') end \
        function filter() end";
    let script = file(&dir, "early.lua", script);
    let parsed = oyez(&["parse", "--format", "json", "--filter", &script, &log]);
    let said: Vec<Value> = text(&parsed.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["kind"] == "OYEZ_FILTER_LOG")
        .collect();
    assert!(said.len() >= 2);
    for line in said {
        assert!(line["time"].as_str().unwrap().starts_with("2023-11-14T22:13:20."), "{line}");
    }
}

#[test]
fn test_and_parse_agree_on_what_is_left() {
    let dir = TempDir::new().unwrap();
    let tables = "[[filter]]\nname = \"a\"\nmatch = { kind = \"SYSCALL\" }\naction = \"sample:1/3\"\n\
        [[filter]]\nname = \"b\"\nmatch = { uid = 0 }\naction = \"limit:2/s per exe\"\n\
        [[filter]]\nname = \"c\"\nmatch = { kind = \"SYSCALL\" }\naction = \"suppress:10s per exe,key\"\n";
    let tables = file(&dir, "x.toml", tables);
    for log in logs() {
        let parsed = oyez(&["parse", "--filter", &tables, word(&log)]);
        let tested = oyez(&["filter", "test", "--json", "--filter", &tables, word(&log)]);
        let stands =
            |event: &Value| event["did"].as_array().is_some_and(|did| did.iter().all(|did| did["did"] != "dropped"));
        let left = text(&tested.stdout).lines().filter(|line| stands(&serde_json::from_str(line).unwrap())).count();
        let written = text(&parsed.stdout).lines().filter(|line| !line.contains("\"origin\":\"oyez\"")).count();
        assert_eq!(left, written, "{}", log.display());
    }
}

#[test]
fn bench_measures_with_and_without_and_says_how_they_compare() {
    let dir = TempDir::new().unwrap();
    let (log, tables) = (file(&dir, "audit.log", LOG), file(&dir, "x.toml", TABLES));
    let output = oyez(&["filter", "bench", "--json", "--rounds", "3", "--filter", &tables, &log]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&found["events"], &found["left"]), (&3.into(), &2.into()));
    assert!(found["ratio"].as_f64().unwrap() > 0.0 && found["none"]["each_ns"].as_u64().unwrap() > 0, "{found}");
    assert_eq!(found["filters"][0]["name"], "logins");
    let output = oyez(&["filter", "bench", "--rounds", "1", "--filter", &tables, &log]);
    assert!(text(&output.stdout).contains("3 events, 2 of them left"), "{}", text(&output.stdout));
}
