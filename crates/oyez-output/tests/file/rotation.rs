//! Rotation by size and time, and what stays.

use std::fs;
use std::time::Duration;

use oyez_output::file::{Keep, Names, Rotate, Settings};
use oyez_testkit::TempDir;

use super::help::{DAY_MS, Log, START_MS, all, lines, names, text};

fn settings(directory: &TempDir, rotate: Rotate) -> Settings {
    Settings { rotate, ..Settings::at(directory.join("events")) }
}

fn by_size(directory: &TempDir, size: u64) -> Settings {
    settings(directory, Rotate { size: Some(size), ..Rotate::default() })
}

#[test]
fn no_file_becomes_longer_than_it_may_and_no_message_is_split() {
    let directory = TempDir::new().unwrap();
    let settings = by_size(&directory, 100);
    let mut log = Log::open(&settings);
    let texts: Vec<String> = (0..40).map(|number| format!("{number} {}", "x".repeat(number % 30))).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    texts.chunks(7).for_each(|texts| log.write(texts));
    assert_eq!(all(&settings.path), lines(&texts));
    let lengths: Vec<u64> =
        names(directory.path()).iter().map(|name| fs::metadata(directory.join(name)).unwrap().len()).collect();
    assert!(lengths.len() > 6 && lengths.iter().all(|length| *length <= 100), "{lengths:?}");
    // One that is longer than a file may be has one of its own.
    let long = "y".repeat(300);
    log.write(&["before", &long, "after"]);
    assert_eq!(text(&settings.path), "after\n");
    assert!(all(&settings.path).ends_with(&lines(&["before", &long, "after"])));
}

#[test]
fn a_restart_goes_on_with_the_file_that_is_there() {
    let directory = TempDir::new().unwrap();
    let settings = by_size(&directory, 20);
    for number in 0..6 {
        let mut log = Log::open(&settings);
        log.write(&[&format!("message {number}")]);
        log.close();
    }
    assert_eq!(names(directory.path()), ["events", "events.20261124T000000Z", "events.20261124T000000Z_000001"]);
    assert_eq!(text(&settings.path), "message 4\nmessage 5\n");
}

#[test]
fn a_day_ends_at_midnight_and_a_clock_that_swings_makes_no_storm() {
    let directory = TempDir::new().unwrap();
    let rotate = Rotate { time: Some(Duration::from_millis(DAY_MS)), ..Rotate::default() };
    let settings = settings(&directory, rotate);
    let mut log = Log::open(&settings);
    let mut texts = Vec::new();
    for hour in 0..72 {
        let text = format!("hour {hour}");
        log.write(&[&text]);
        texts.push(text);
        log.wait(Duration::from_hours(1));
    }
    // The third day is over, and put aside while nothing is written.
    assert_eq!(
        names(directory.path()),
        ["events", "events.20261125T000000Z", "events.20261126T000000Z", "events.20261127T000000Z"]
    );
    assert_eq!(text(&settings.path), "");
    assert!(text(&directory.join("events.20261125T000000Z")).ends_with("hour 23\n"));
    for swing in 0..100 {
        log.hands.set(START_MS + DAY_MS * (3 + 3 * (swing % 2)));
        log.write(&["swing"]);
        texts.push("swing".to_owned());
        log.wait(Duration::from_secs(1));
    }
    assert_eq!(names(directory.path()).len(), 4, "{:?}", names(directory.path()));
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(all(&settings.path), lines(&texts));
}

#[test]
fn an_empty_log_is_not_put_aside() {
    let directory = TempDir::new().unwrap();
    let mut log = Log::open(&settings(&directory, Rotate { time: Some(Duration::from_hours(1)), ..Rotate::default() }));
    log.write(&[]);
    (0..10).for_each(|_| log.wait(Duration::from_hours(1)));
    assert_eq!(names(directory.path()), ["events"]);
}

#[test]
fn the_oldest_go_by_count_and_by_bytes() {
    for (keep, left) in [
        (Keep { files: Some(2), ..Keep::default() }, 3),
        (Keep { bytes: Some(35), ..Keep::default() }, 4),
        (Keep { files: Some(0), ..Keep::default() }, 1),
        (Keep::default(), 10),
    ] {
        let directory = TempDir::new().unwrap();
        fs::write(directory.join("events.bak"), "another's").unwrap();
        let settings = Settings { keep, ..by_size(&directory, 10) };
        let mut log = Log::open(&settings);
        for number in 0..10 {
            log.write(&[&format!("message {number}")]);
        }
        assert_eq!(names(directory.path()).len(), left + 1, "{keep:?}");
        assert_eq!(text(&settings.path), "message 9\n");
        assert_eq!(text(&directory.join("events.bak")), "another's");
    }
}

#[test]
fn logs_go_for_their_age_only_by_a_clock_that_runs_evenly() {
    let directory = TempDir::new().unwrap();
    let keep = Keep { age: Some(Duration::from_hours(48)), ..Keep::default() };
    let settings = Settings { keep, ..by_size(&directory, 10) };
    let mut log = Log::open(&settings);
    let age = |name: &str, ms: u64| {
        let time = std::time::UNIX_EPOCH + Duration::from_millis(ms);
        fs::File::options().append(true).open(directory.join(name)).unwrap().set_modified(time).unwrap();
    };
    log.write(&["message 1"]);
    log.write(&["message 2"]);
    age("events.20261124T000000Z", START_MS - DAY_MS);
    log.hands.set(START_MS + 3000 * DAY_MS);
    (0..50).for_each(|_| log.wait(Duration::from_mins(1)));
    assert_eq!(names(directory.path()).len(), 2, "a clock that is wrong for less than an hour removes nothing");
    log.hands.set(START_MS);
    (0..55).for_each(|_| log.wait(Duration::from_mins(1)));
    assert_eq!(names(directory.path()).len(), 2);
    (0..24 * 60).for_each(|_| log.wait(Duration::from_mins(1)));
    assert_eq!(names(directory.path()), ["events"]);
}

#[test]
fn a_rotation_that_was_broken_off_leaves_nothing_behind() {
    // The log was renamed, the new one not yet in its place.
    let directory = TempDir::new().unwrap();
    let settings = by_size(&directory, 20);
    fs::write(directory.join("events.20261124T000000Z"), "old\n").unwrap();
    fs::write(directory.join(".events.new"), "").unwrap();
    let mut log = Log::open(&settings);
    log.write(&["new"]);
    assert_eq!(names(directory.path()), ["events", "events.20261124T000000Z"]);
    assert_eq!(all(&settings.path), "old\nnew\n");
}

#[test]
fn what_cannot_be_rotated_is_written_on_and_said_once() {
    let directory = TempDir::new().unwrap();
    let settings = by_size(&directory, 20);
    let mut log = Log::open(&settings);
    log.write(&["message 1"]);
    fs::create_dir(directory.join(".events.new")).unwrap();
    for number in 0..30 {
        log.write(&[&format!("message {number}")]);
        log.wait(Duration::from_secs(5));
    }
    let remarks = log.remarks();
    assert_eq!(remarks.len(), 1, "{remarks:?}");
    assert_eq!(text(&settings.path).lines().count(), 31);
    fs::remove_dir(directory.join(".events.new")).unwrap();
    log.wait(Duration::from_secs(10));
    log.write(&["message"]);
    assert_eq!(text(&settings.path), "message\n");
    assert!(log.remarks()[0].contains("can be rotated again"));
}

#[test]
fn numbers_count_up_and_gaps_are_filled() {
    let directory = TempDir::new().unwrap();
    let rotate = Rotate { size: Some(10), names: Names::Number, ..Rotate::default() };
    let settings = Settings { keep: Keep { files: Some(4), ..Keep::default() }, ..settings(&directory, rotate) };
    let mut log = Log::open(&settings);
    (0..4).for_each(|number| log.write(&[&format!("message {number}")]));
    // Counting up was broken off between 1 and 2.
    fs::rename(directory.join("events.3"), directory.join("events.4")).unwrap();
    fs::rename(directory.join("events.2"), directory.join("events.3")).unwrap();
    log.write(&["message 4"]);
    let shown = |name: &str| text(&directory.join(name));
    assert_eq!(names(directory.path()), ["events", "events.1", "events.2", "events.3", "events.4"]);
    assert_eq!(
        ["events.4", "events.3", "events.2", "events.1", "events"].map(shown).concat(),
        lines(&["message 0", "message 1", "message 2", "message 3", "message 4"])
    );
    log.write(&["message 5"]);
    assert_eq!(shown("events.4"), "message 1\n");
    assert_eq!(names(directory.path()).len(), 5);
}
