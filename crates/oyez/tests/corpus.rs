//! What becomes of each recorded log: `corpus/own/NAME.log` gives, byte for byte, the events in `NAME.jsonl` beside it.
//!
//! `OYEZ_RENEW=1` writes those files again instead; read what changed in them before you commit it.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use oyez_testkit::corpus;

const HOW: &str = "if that is right: OYEZ_RENEW=1 cargo test -p oyez --test corpus, and read the difference";

/// The logs, by their paths below the workspace: a malformed line's event names its file.
fn logs() -> Vec<PathBuf> {
    let root = corpus::workspace();
    let files = corpus::files(&root.join("corpus/own"), ".log").unwrap();
    files.iter().map(|path| path.strip_prefix(&root).unwrap().to_owned()).collect()
}

/// What the program writes for `log`.
fn events(log: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyez"));
    let output =
        command.current_dir(corpus::workspace()).args(["parse", "--format", "json"]).arg(log).output().unwrap();
    assert!(output.status.success(), "{}: {output:?}", log.display());
    String::from_utf8(output.stdout).unwrap()
}

/// The first line in which two texts differ, with its number.
fn difference(recorded: &str, found: &str) -> Option<String> {
    let (mut left, mut right) = (recorded.split_inclusive('\n'), found.split_inclusive('\n'));
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (old, new) if old == new => {}
            (old, new) => {
                let shown = |line: Option<&str>| line.map_or_else(|| "nothing\n".to_owned(), str::to_owned);
                return Some(format!("line {number}\n  recorded: {}  found:    {}", shown(old), shown(new)));
            }
        }
    }
    None
}

#[test]
fn the_recorded_logs_give_the_events_beside_them() {
    let renew = env::var_os("OYEZ_RENEW").is_some_and(|value| value == "1");
    let logs = logs();
    assert!(logs.len() >= 14, "only {} logs", logs.len());
    for log in &logs {
        let beside = log.with_extension("jsonl");
        let place = corpus::workspace().join(&beside);
        let found = events(log);
        if renew {
            fs::write(&place, &found).unwrap();
        }
        let recorded = fs::read_to_string(&place).unwrap_or_default();
        let difference = difference(&recorded, &found);
        assert!(difference.is_none(), "{}, {}{HOW}", beside.display(), difference.unwrap_or_default());
    }
    let beside = corpus::files(&corpus::workspace().join("corpus/own"), ".jsonl").unwrap();
    let alone: Vec<_> = beside.iter().filter(|events| !events.with_extension("log").exists()).collect();
    assert!(alone.is_empty(), "events without a log: {alone:?}");
}

#[test]
fn a_difference_is_told_by_its_first_line() {
    assert_eq!(difference("a\nb\n", "a\nb\n"), None);
    for (old, new, told) in [
        ("a\nb\n", "a\nc\n", "line 2\n  recorded: b\n  found:    c\n"),
        ("a\n", "a\nb\n", "line 2\n  recorded: nothing\n  found:    b\n"),
        ("a\n", "", "line 1\n  recorded: a\n  found:    nothing\n"),
        ("a\n", "a", "line 1\n  recorded: a\n  found:    a"),
    ] {
        assert_eq!(difference(old, new).as_deref(), Some(told));
    }
}
