//! A process that appends and acknowledges, and is killed.
//!
//! It is this test program, told by its environment to run one test that does it. It writes what it has done to a pipe, before
//! and after each step; the parent holds the spool to that.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::{sleep, spawn};
use std::time::Duration;

use super::super::{Batch, Settings, Spool, Sync};
use super::folder::scratch;
use super::{append, drain, id};

/// Names the spool's directory, for the child.
const DIRECTORY: &str = "OYEZ_SPOOL_VICTIM";
/// Names the first number that it appends.
const FIRST: &str = "OYEZ_SPOOL_FIRST";
/// How often a process is killed.
const TIMES: u64 = 40;
const SETTINGS: Settings = Settings { bytes: 1 << 20, segment_bytes: 4096, sync: Sync::Interval, compression: None };

/// What the child does until it is killed.
#[test]
#[ignore = "it is the process that the other test kills"]
fn victim() {
    let (Ok(path), Ok(first)) = (env::var(DIRECTORY), env::var(FIRST)) else { return };
    let (mut spool, _) = Spool::open(Path::new(&path), SETTINGS).unwrap();
    let (mut out, mut batch) = (std::io::stdout(), Batch::default());
    for number in first.parse::<u64>().unwrap().. {
        append(&mut spool, number).unwrap();
        writeln!(out, "appended {number}").unwrap();
        assert!(spool.losses().is_zero());
        if number % 3 == 0 && spool.read(1000, &mut batch).unwrap() {
            let last = batch.entries().map(|entry| id(&entry)).last().unwrap();
            writeln!(out, "acknowledging {last}").unwrap();
            spool.ack(batch.position().unwrap()).unwrap();
            writeln!(out, "acknowledged {last}").unwrap();
        }
    }
}

/// What the victims said.
#[derive(Default)]
struct Said {
    appended: u64,
    acknowledging: u64,
    acknowledged: u64,
}

impl Said {
    fn hear(&mut self, line: &str) {
        let Some((deed, number)) = line.split_once(' ') else { return };
        let Ok(number) = number.parse() else { return };
        match deed {
            "appended" => self.appended = number,
            "acknowledging" => self.acknowledging = number,
            "acknowledged" => self.acknowledged = number,
            _ => {}
        }
    }

    /// Runs a victim and kills it after a while.
    fn live(&mut self, path: &Path, first: u64, lifetime: Duration) {
        let mut victim = Command::new(env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "spool::tests::kill::victim"])
            .env(DIRECTORY, path)
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Read all the time, or it would wait for the pipe most of its life.
        let said = BufReader::new(victim.stdout.take().unwrap());
        let reading = spawn(move || said.lines().map(Result::unwrap).collect::<Vec<String>>());
        sleep(lifetime);
        victim.kill().unwrap();
        let lines = reading.join().unwrap();
        for line in &lines {
            self.hear(line);
        }
        assert_eq!(victim.wait().unwrap().signal(), Some(9), "{:?}", lines.last());
    }
}

#[test]
fn a_killed_process_leaves_everything_it_appended_and_did_not_acknowledge() {
    let (path, mut said, mut appended) = (scratch("kill"), Said::default(), 0);
    let mut first = 1;
    for time in 0..TIMES {
        said.live(&path, first, Duration::from_millis(15 + time * 37 % 90));
        let (mut spool, recovered) = Spool::open(&path, SETTINGS).unwrap();
        assert!(!recovered.cursor_lost && recovered.missing.is_zero() && recovered.unreadable == 0, "{recovered:?}");
        let held = drain(&mut spool);
        assert!(spool.losses().is_zero());
        // What was about to be acknowledged, or appended, may have been or not.
        let from = held.first().copied().unwrap_or(said.acknowledging + 1);
        assert!(from == said.acknowledged + 1 || from == said.acknowledging + 1, "from {from}");
        let to = from + held.len() as u64 - 1;
        assert_eq!(held, (from..=to).collect::<Vec<_>>());
        assert!(to == said.appended || to == said.appended + 1, "to {to}, appended {}", said.appended);
        (first, appended) = (to + 1, to);
        (said.appended, said.acknowledged) = (to, from - 1);
        said.acknowledging = said.acknowledged;
    }
    assert!(appended > 10 * TIMES, "{appended} appended: the victims hardly lived");
    std::fs::remove_dir_all(path).unwrap();
}
