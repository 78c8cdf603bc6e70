//! A process that is killed at any moment, within a write, a rotation or packing: what it acknowledged is in its logs, once
//! and in order, but for what it wrote and could not acknowledge any more.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use oyez_output::file::{Names, Packing, Rotate, Settings};
use oyez_testkit::TempDir;

use super::help::{Log, names, text};

/// Names the log and the number of the first message, for the process that is killed.
const INSIDE: &str = "OYEZ_FILE_KILLED";
const ROUNDS: u64 = 16;

fn settings(path: &Path, names: Names) -> Settings {
    let rotate = Rotate { size: Some(60_000), names, packing: Some(Packing::Zstd), ..Rotate::default() };
    Settings { rotate, ..Settings::at(path) }
}

fn message(number: u64) -> String {
    format!("{number} {}", "x".repeat(usize::try_from(number % 700).unwrap()))
}

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    for way in [Names::Time, Names::Number] {
        let directory = TempDir::new().unwrap();
        let path = directory.join("events");
        let (mut next, mut doubles) = (0, 0);
        for round in 0..ROUNDS {
            next = run(&path, way, next, Duration::from_millis(3 + 5 * round)) + 1;
        }
        let mut log = Log::open(&settings(&path, way));
        log.write(&[&message(next)]);
        let start = Instant::now();
        while names(directory.path()).iter().any(|name| name != "events" && !name.contains(".zst")) {
            assert!(start.elapsed() < Duration::from_secs(20), "{:?}", names(directory.path()));
            thread::sleep(Duration::from_millis(5));
            log.wait(Duration::from_millis(5));
        }
        log.close();
        let mut expected = 0;
        for line in in_order(&path, way).lines() {
            let number: u64 = line.split(' ').next().unwrap().parse().unwrap();
            assert_eq!(line, message(number), "a torn line");
            assert!(number <= expected, "{expected} is missing before {number}");
            doubles += expected - number;
            expected = number + 1;
        }
        assert_eq!(expected, next + 1);
        println!("{next} messages, {ROUNDS} kills, {doubles} doubles");
    }
}

/// All lines, oldest first.
fn in_order(path: &Path, way: Names) -> String {
    let directory = path.parent().unwrap();
    let mut files: Vec<String> = names(directory).into_iter().filter(|name| name != "events").collect();
    if way == Names::Number {
        files.sort_by_key(|name| std::cmp::Reverse(name.split('.').nth(1).unwrap().parse::<u32>().unwrap()));
    }
    files.push("events".to_owned());
    files.iter().map(|name| text(&directory.join(name))).collect()
}

/// Has a process write from message `first` on, and kills it. The last message that it acknowledged.
fn run(path: &Path, way: Names, first: u64, time: Duration) -> u64 {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--ignored", "--exact", "--nocapture", "killed::inside"]).stdout(Stdio::piped()).stderr(Stdio::null());
    child.env(INSIDE, format!("{}\n{}\n{first}", path.display(), way == Names::Number));
    let mut child = child.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acked = None;
    let mut is_killed = false;
    while let Some(Ok(line)) = lines.next() {
        let Some(number) = line.strip_prefix("acked ").and_then(|number| number.parse().ok()) else { continue };
        acked = Some(number);
        if !is_killed {
            thread::sleep(time);
            child.kill().unwrap();
            is_killed = true;
        }
    }
    child.wait().unwrap();
    acked.unwrap()
}

#[test]
#[ignore = "it is run, and killed, by the other test"]
fn inside() {
    let Ok(told) = env::var(INSIDE) else { return };
    let mut told = told.lines();
    let path = told.next().unwrap();
    let way = if told.next() == Some("true") { Names::Number } else { Names::Time };
    let mut number: u64 = told.next().unwrap().parse().unwrap();
    let mut log = Log::open(&settings(Path::new(path), way));
    let mut out = std::io::stdout();
    writeln!(out).unwrap();
    loop {
        let texts: Vec<String> = (number..number + 5).map(message).collect();
        log.write(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        number += 5;
        // One write, so that it is there or not.
        out.write_all(format!("acked {}\n", number - 1).as_bytes()).unwrap();
    }
}
