//! Files that others move, cut and remove, and lines that a crash tore.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::process::Command;
use std::time::Duration;

use oyez_output::file::{ErrorAction, FullAction, Rotate, Settings, Space, Sync};
use oyez_output::sink::Sink as _;
use oyez_testkit::TempDir;
use oyez_testkit::corpus::skipped;

use super::help::{Log, names, text};

#[test]
fn a_log_that_was_moved_is_followed_by_name() {
    let directory = TempDir::new().unwrap();
    let (path, old) = (directory.join("events"), directory.join("events.1"));
    let mut log = Log::open(&Settings::at(&path));
    log.write(&["one"]);
    fs::rename(&path, &old).unwrap();
    log.write(&["two"]);
    log.wait(Duration::from_secs(1));
    assert!(!path.exists(), "whoever moved it has a second to put another there");
    log.write(&["three"]);
    log.hands.pass(Duration::from_secs(1));
    log.write(&["four"]);
    assert_eq!((text(&old), text(&path)), ("one\ntwo\nthree\n".to_owned(), "four\n".to_owned()));
    // With another in its place it is not waited.
    fs::rename(&path, &old).unwrap();
    fs::write(&path, "").unwrap();
    log.hands.pass(Duration::from_secs(1));
    log.write(&["five"]);
    assert_eq!((text(&old), text(&path)), ("four\n".to_owned(), "five\n".to_owned()));
}

#[test]
fn told_to_it_opens_the_log_at_once() {
    let directory = TempDir::new().unwrap();
    let (path, old) = (directory.join("events"), directory.join("events.1"));
    let mut log = Log::open(&Settings::at(&path));
    log.write(&["one"]);
    fs::rename(&path, &old).unwrap();
    log.sink.reopen().unwrap();
    log.write(&["two"]);
    assert_eq!((text(&old), text(&path)), ("one\n".to_owned(), "two\n".to_owned()));
    fs::rename(&path, &old).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(log.sink.reopen().is_err());
    log.hands.pass(Duration::from_secs(1));
    log.write(&["three"]);
    assert_eq!(text(&old), "two\nthree\n", "the old one stays where the new one cannot be opened");
    assert_eq!(log.remarks().len(), 1);
}

#[test]
fn a_log_that_was_removed_for_good_takes_nothing_until_it_can_be_made() {
    let directory = TempDir::new().unwrap();
    let inner = directory.join("inner");
    fs::create_dir(&inner).unwrap();
    let mut log = Log::open(&Settings::at(inner.join("events")));
    log.write(&["one"]);
    fs::remove_dir_all(&inner).unwrap();
    log.hands.pass(Duration::from_secs(1));
    let _ = log.sink.tick();
    log.hands.pass(Duration::from_secs(1));
    let (done, result) = log.give(&["two"]);
    assert!(result.is_err() && !done.is_done(0));
    fs::create_dir(&inner).unwrap();
    log.hands.pass(Duration::from_secs(1));
    log.write(&["two"]);
    assert_eq!(text(&inner.join("events")), "two\n");
}

#[test]
fn a_log_that_was_cut_is_appended_to() {
    let directory = TempDir::new().unwrap();
    let path = directory.join("events");
    let mut log = Log::open(&Settings::at(&path));
    log.write(&["one", "two"]);
    fs::File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    log.write(&["three"]);
    assert_eq!(fs::read(&path).unwrap(), b"three\n");
}

#[test]
fn a_line_that_a_crash_tore_is_cut_off_before_the_first_message() {
    let directory = TempDir::new().unwrap();
    let path = directory.join("events");
    fs::write(&path, "one\ntw").unwrap();
    let mut log = Log::open(&Settings::at(&path));
    log.sink.connect(&super::help::patience()).unwrap();
    assert_eq!(text(&path), "one\ntw", "to look whether it can be opened changes nothing");
    log.write(&["three"]);
    assert_eq!(text(&path), "one\nthree\n");
    assert!(log.remarks()[0].contains("2 bytes"));
}

#[test]
fn every_way_to_sync_writes_the_same() {
    let directory = TempDir::new().unwrap();
    for (name, sync) in [("a", Sync::Never), ("b", Sync::Each), ("c", Sync::Every(Duration::from_secs(1)))] {
        let path = directory.join(name);
        let mut log = Log::open(&Settings { sync, ..Settings::at(&path) });
        log.write(&["one"]);
        log.wait(Duration::from_secs(2));
        log.write(&["two"]);
        log.close();
        assert_eq!(text(&path), "one\ntwo\n");
    }
    assert_eq!(names(directory.path()).len(), 3);
}

#[test]
fn what_can_only_be_appended_to_gets_whole_lines_too() {
    let directory = TempDir::new().unwrap();
    let path = directory.join("events");
    fs::write(&path, "one\ntw").unwrap();
    let attribute = |change: &str| {
        let run = Command::new("chattr").arg(change).arg(&path).output();
        run.is_ok_and(|output| output.status.success())
    };
    if !attribute("+a") {
        return skipped("chattr +a cannot be used here");
    }
    let rotate = Rotate { size: Some(20), ..Rotate::default() };
    let mut log = Log::open(&Settings { rotate, ..Settings::at(&path) });
    (0..5).for_each(|_| log.write(&["message"]));
    let remarks = log.remarks();
    let found = text(&path);
    assert!(attribute("-a"));
    assert_eq!(found, format!("one\ntw\n{}", "message\n".repeat(5)), "it cannot be renamed either");
    assert!(remarks.len() == 2 && remarks[1].contains("cannot rotate"), "{remarks:?}");
    assert_eq!(names(directory.path()), ["events"]);
}

#[test]
fn a_failing_disk_keeps_messages_waiting_or_drops_them_as_asked() {
    let directory = TempDir::new().unwrap();
    let path = directory.join("events");
    let file = fs::File::create(&path).unwrap();
    // The longest that a file can be: ext4 with blocks of 4 KiB, and most others.
    let longest = [i64::MAX as u64, (1 << 44) - 4096]
        .into_iter()
        .find(|length| file.write_all_at(b"\n", length - 1).is_ok() && file.write_all_at(b"\n", *length).is_err());
    if longest.is_none() {
        return skipped("no file here is as long as it can be");
    }
    let mut log = Log::open(&Settings::at(&path));
    let (done, result) = log.give(&["message"]);
    assert!(!done.is_done(0) && result.unwrap_err().told().contains("File too large"));
    let space = Space { error_action: ErrorAction::Drop, full_action: FullAction::Stop, ..Space::default() };
    let mut log = Log::open(&Settings { space, ..Settings::at(&path) });
    let (done, result) = log.give(&["message"]);
    assert!(result.is_ok() && done.is_refused(0) && done.reasons()[0].1.contains("File too large"));
}
