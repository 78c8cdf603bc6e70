//! A real file system that is full: tmpfs, in a mount namespace of its own (needs root, or user namespaces).

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use oyez_output::file::{FullAction, Limit, LowAction, Rotate, Settings, Space};
use oyez_testkit::TempDir;
use oyez_testkit::corpus::skipped;

use super::help::{Log, all, names, text};

/// Names the mount point, for the process inside.
const INSIDE: &str = "OYEZ_FILE_TMPFS";
/// What the process inside says when it has seen all.
const DONE: &str = "the full disk was survived";

#[test]
fn a_full_disk_tears_no_line_and_does_what_is_asked_for() {
    let directory = TempDir::new().unwrap();
    let mut unshare = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    let script = "mount -t tmpfs -o size=256k,mode=0700 none \"$1\" || exit 77; shift; exec \"$@\"";
    unshare.args(["--mount", "sh", "-c", script, "sh"]).arg(directory.path()).arg(env::current_exe().unwrap());
    unshare.args(["--ignored", "--exact", "--nocapture", "full::inside"]).env(INSIDE, directory.path());
    let Ok(output) = unshare.output() else { return skipped("there is no unshare here (util-linux)") };
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() == Some(77) || complaint.contains("unshare failed") {
        return skipped(&format!("no tmpfs can be mounted here: {}", complaint.trim_end()));
    }
    assert!(output.status.success() && said.contains(DONE), "{said}\n{complaint}");
}

#[test]
#[ignore = "it is run by the other test, inside the namespace"]
fn inside() {
    let Ok(path) = env::var(INSIDE) else { return };
    let path = Path::new(&path);
    for scene in [waits_when_full, drops_when_full, rotates_when_full, warns, waits, drops, rotates] {
        scene(&path.join("events"));
        for name in names(path) {
            fs::remove_file(path.join(name)).unwrap();
        }
    }
    println!("{DONE}");
}

/// Messages of a thousand bytes, numbered.
fn message(number: usize) -> String {
    format!("{number} {}", "x".repeat(990))
}

/// Writes until it fails; how many that were.
fn fill(log: &mut Log) -> usize {
    let mut number = 0;
    loop {
        // Two at a time, so that one of them is torn now and then.
        let texts = [message(number), message(number + 1)];
        let (done, result) = log.give(&[&texts[0], &texts[1]]);
        number += (0..2).filter(|index| done.is_acked(*index)).count();
        if result.is_err() || !done.is_acked(1) {
            return number;
        }
    }
}

fn expect(path: &Path, count: usize) {
    let expected: String = (0..count).map(|number| message(number) + "\n").collect();
    assert!(all(path) == expected, "{count} messages");
}

/// Bytes that a file takes.
fn ballast(path: &Path, bytes: usize) {
    fs::write(path.with_file_name("ballast"), vec![b'b'; bytes]).unwrap();
}

fn waits_when_full(path: &Path) {
    let mut log = Log::open(&Settings::at(path));
    ballast(path, 50_000);
    let count = fill(&mut log);
    assert!(count > 100);
    expect(path, count);
    fs::remove_file(path.with_file_name("ballast")).unwrap();
    log.write(&[&message(count), &message(count + 1)]);
    expect(path, count + 2);
}

fn drops_when_full(path: &Path) {
    let space = Space { full_action: FullAction::Drop, ..Space::default() };
    let mut log = Log::open(&Settings { space, ..Settings::at(path) });
    let count = fill(&mut log);
    expect(path, count);
    let (done, result) = log.give(&[&message(count), &message(count + 1)]);
    assert!(result.is_ok() && done.is_complete() && done.is_refused(1));
    assert!(done.reasons()[0].1.contains("No space left"), "{:?}", done.reasons());
    expect(path, count);
}

fn rotates_when_full(path: &Path) {
    let space = Space { full_action: FullAction::Rotate, ..Space::default() };
    let rotate = Rotate { size: Some(50_000), ..Rotate::default() };
    let mut log = Log::open(&Settings { space, rotate, ..Settings::at(path) });
    (0..1000).for_each(|number| log.write(&[&message(number)]));
    let found = all(path);
    let expected: String = (0..1000).map(|number| message(number) + "\n").collect();
    assert!(expected.ends_with(&found) && found.len() > 100_000, "{}", found.len());
    assert!(log.remarks()[0].contains("to make room"));
}

fn low(action: LowAction) -> Settings {
    let space = Space { left: Some(Limit::Percent(50)), left_action: action, ..Space::default() };
    Settings { space, ..Settings::at("") }
}

fn warns(path: &Path) {
    let mut log = Log::open(&Settings { path: path.to_owned(), ..low(LowAction::Warn) });
    log.write(&["one"]);
    assert_eq!(log.remarks(), Vec::<String>::new());
    ballast(path, 160_000);
    (0..5).for_each(|_| log.wait(Duration::from_secs(1)));
    let remarks = log.remarks();
    assert!(remarks.len() == 1 && remarks[0].contains("space_left"), "{remarks:?}");
    log.write(&["two"]);
    ballast(path, 0);
    log.wait(Duration::from_secs(1));
    assert!(log.remarks()[0].contains("has room again"));
    assert_eq!(text(path), "one\ntwo\n");
}

fn waits(path: &Path) {
    let mut log = Log::open(&Settings { path: path.to_owned(), ..low(LowAction::Stop) });
    log.write(&["one"]);
    ballast(path, 160_000);
    log.hands.pass(Duration::from_secs(1));
    let (done, result) = log.give(&["two"]);
    assert!(!done.is_done(0) && result.unwrap_err().told().contains("space_left"));
    ballast(path, 0);
    log.hands.pass(Duration::from_secs(1));
    log.write(&["two"]);
    assert_eq!(text(path), "one\ntwo\n");
}

fn drops(path: &Path) {
    let mut settings = low(LowAction::Warn);
    settings.space.admin_left = Some(Limit::Bytes(100_000));
    settings.space.admin_left_action = LowAction::Drop;
    let mut log = Log::open(&Settings { path: path.to_owned(), ..settings });
    ballast(path, 140_000);
    log.write(&["one"]);
    ballast(path, 180_000);
    log.hands.pass(Duration::from_secs(1));
    let (done, result) = log.give(&["two"]);
    assert!(result.is_ok() && done.is_refused(0) && done.reasons()[0].1.contains("admin_space_left"));
    assert_eq!(text(path), "one\n");
    assert_eq!(log.remarks().len(), 2);
}

fn rotates(path: &Path) {
    let rotate = Rotate { size: Some(20_000), ..Rotate::default() };
    let mut log = Log::open(&Settings { path: path.to_owned(), rotate, ..low(LowAction::Rotate) });
    for number in 0..500 {
        log.write(&[&message(number)]);
        log.wait(Duration::from_secs(1));
    }
    let (found, expected) = (all(path), (0..500).map(|number| message(number) + "\n").collect::<String>());
    assert!(expected.ends_with(&found) && (90_000..150_000).contains(&found.len()), "{}", found.len());
}
