//! The right to change this host's audit state for the length of a test, and the promise that it is put back.
//!
//! [`Turn::take`] in; out comes a turn that nobody else has, or the reason why there is none, printed as a skipped test. It
//! refuses a host whose audit system is in use. Everything goes through `auditctl`: what is tested has no hand in saying
//! whether it left the host as it was. Rules of such tests match uid 5 (games on Debian) alone, and their load runs as uid 5.

use std::collections::BTreeMap;
use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::corpus::skipped;

/// Locked by the run whose turn it is, programs of others included.
const LOCK: &str = "/var/tmp/live.lock";
/// How long to wait for one's turn.
const PATIENCE: Duration = Duration::from_mins(3);
/// How long the kernel may take to notice that a registered reader has died.
const SETTLED: Duration = Duration::from_secs(30);
/// What `auditctl -l` says where there are none.
const NO_RULES: &str = "No rules";
/// What is put back; the rest of the status are counts.
const SETTINGS: [&str; 6] = ["enabled", "failure", "pid", "rate_limit", "backlog_limit", "backlog_wait_time"];

/// The right to change this host's audit state; dropped, it puts everything back, and panics where that did not work. So
/// does its `restorer`, a process of its own, when this one is killed: its standard input ends then.
#[derive(Debug)]
pub struct Turn {
    found: Vec<Option<u64>>,
    restorer: Child,
    _lock: File,
}

impl Turn {
    /// Takes the turn, or prints why not: audit must be there, off, without rules, and without a daemon.
    pub fn take() -> Option<Self> {
        Self::try_take().inspect_err(|why| skipped(why)).ok()
    }

    fn try_take() -> Result<Self, String> {
        let lock = File::options().create(true).truncate(false).write(true).open(LOCK);
        let lock = lock.map_err(|error| format!("cannot open {LOCK}: {error}"))?;
        let start = Instant::now();
        while lock.try_lock().is_err() {
            if start.elapsed() > PATIENCE {
                return Err("another live run has the lock".into());
            }
            sleep(Duration::from_millis(100));
        }
        let (status, rules) = (status()?, asked("-l")?);
        let free = status.get("enabled") == Some(&0) && status.get("pid") == Some(&0);
        if !free || status.get("failure") == Some(&2) || rules.trim() != NO_RULES {
            return Err(format!("the audit system is in use here ({status:?}, rules: {})", rules.trim()));
        }
        let restorer = restorer(&status).map_err(|error| format!("cannot run setsid: {error}"))?;
        Ok(Self { found: settings(&status), restorer, _lock: lock })
    }

    /// Panics unless the kernel's settings are, or soon are, those that were found, and there is no rule.
    ///
    /// # Panics
    /// They are others, or the kernel does not tell.
    pub fn assert_as_found(&self) {
        let now = settings_within(SETTLED, &self.found);
        assert_eq!(now.as_ref(), Ok(&self.found), "settings: {SETTINGS:?}");
        assert_eq!(asked("-l").as_deref().map(str::trim), Ok(NO_RULES));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.restorer.stdin.take());
        let _ended = self.restorer.wait();
        let now = settings_within(SETTLED, &self.found);
        assert!(now.as_ref() == Ok(&self.found) || std::thread::panicking(), "left {now:?}, found {:?}", self.found);
    }
}

/// The settings, once they are `wanted` or the time is over.
fn settings_within(time: Duration, wanted: &[Option<u64>]) -> Result<Vec<Option<u64>>, String> {
    let end = Instant::now() + time;
    loop {
        let now = settings(&status()?);
        if now == wanted || Instant::now() > end {
            return Ok(now);
        }
        sleep(Duration::from_millis(50));
    }
}

fn settings(status: &BTreeMap<String, u64>) -> Vec<Option<u64>> {
    SETTINGS.iter().map(|name| status.get(*name).copied()).collect()
}

/// Waits for the end of its standard input, then puts back what `found` says.
///
/// The kernel notices that a registered reader has died when it has something to tell it: turning audit off is told.
fn restorer(found: &BTreeMap<String, u64>) -> std::io::Result<Child> {
    let value = |name| found.get(name).copied().unwrap_or_default();
    let script = format!(
        "cat > /dev/null; exec > /dev/null 2>&1; auditctl -D; auditctl -e 0; \
         for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do \
         auditctl -s | grep -qx 'pid 0' && break; auditctl -e 1; auditctl -e 0; sleep 0.1; done; \
         auditctl -f {}; auditctl -r {}; auditctl -b {}; auditctl --backlog_wait_time {}",
        value("failure"),
        value("rate_limit"),
        value("backlog_limit"),
        value("backlog_wait_time"),
    );
    Command::new("setsid").args(["sh", "-c", &script]).stdin(Stdio::piped()).spawn()
}

/// The kernel's audit status, as `auditctl -s` names its numbers.
///
/// # Errors
/// `auditctl` is missing or refused; its own words.
pub fn status() -> Result<BTreeMap<String, u64>, String> {
    let numbers = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
    };
    Ok(asked("-s")?.lines().filter_map(numbers).collect())
}

/// Runs `auditctl` with these words, which contain no spaces.
///
/// # Panics
/// It fails.
pub fn auditctl(arguments: &str) {
    let result = asked(arguments);
    assert!(result.is_ok(), "auditctl {arguments}: {result:?}");
}

fn asked(arguments: &str) -> Result<String, String> {
    let output = Command::new("auditctl").args(arguments.split(' ')).output();
    let output = output.map_err(|error| format!("cannot run auditctl: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("auditctl {arguments}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
