//! The loads: what the rules match, done as uid 5, each thing under a number by which it is known again in the output.

mod exec;
mod http;
mod open;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use oyez_testkit::games::{self, GAMES};

use crate::nginx::Nginx;

/// What is opened by the loads that open.
pub(crate) const OPENED: &str = "/etc/passwd";
/// What a program that is run is told before its number.
pub(crate) const ITERATION: &str = "--iteration";
/// How long nothing is looked at before an idle host is: `oyez` looks at the kernel for 10 s after activity.
const QUIET: Duration = Duration::from_secs(12);

pub(crate) use http::number_of;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Opens of one file.
    Open,
    /// Runs of `/bin/true`.
    Exec,
    /// HTTP requests, a new connection each.
    Http,
    /// Nothing.
    Idle,
}

/// A load: what, how often, and how fast.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) kind: Kind,
    /// How often; for `Idle`, for how many seconds nothing.
    pub(crate) count: u64,
    /// How often a second; 0: as fast as it goes.
    rate: u32,
}

/// What became of it.
#[derive(Debug, Default)]
pub(crate) struct Played {
    pub(crate) seconds: f64,
    /// What could not be done.
    pub(crate) errors: u64,
    /// How long each took in µs, sorted, where that is measured.
    pub(crate) took_us: Vec<u64>,
    /// When each was done, where there is a pace.
    pub(crate) done: Vec<Instant>,
}

impl Load {
    /// The load of this name, at `percent` of its usual length.
    pub(crate) fn named(name: &str, percent: u64) -> Result<Self> {
        let (kind, count, rate) = match name {
            "http" => (Kind::Http, 100_000, 10_000),
            "open" => (Kind::Open, 100_000, 0),
            "openpaced" => (Kind::Open, 10_000, 1000),
            "quiet" => (Kind::Open, 20, 3),
            "exec" => (Kind::Exec, 5000, 0),
            "idle" => (Kind::Idle, 20, 0),
            _ => bail!("no load {name:?}"),
        };
        Ok(Self { kind, count: (count * percent / 100).max(1), rate })
    }

    /// The rule for it, as auditctl takes it.
    pub(crate) fn rule(&self) -> String {
        let (calls, key) = match self.kind {
            Kind::Open | Kind::Idle => ("openat", "open"),
            Kind::Exec => ("execve,execveat", "exec"),
            Kind::Http => ("accept,accept4,connect,recvfrom,sendto,openat", "net"),
        };
        format!("-a always,exit -F arch=b64 -S {calls} -F uid={GAMES} -k {key}")
    }

    /// Whether it is known when each thing was done.
    pub(crate) fn has_pace(&self) -> bool {
        self.kind == Kind::Open && self.rate > 0
    }

    /// Starts what it needs. To be called once audit has been on: what was there before is never heard.
    pub(crate) fn prepare(&self, home: &Path) -> Result<Option<Nginx>> {
        if self.kind == Kind::Http { Nginx::start(home, GAMES).map(Some) } else { Ok(None) }
    }

    /// What is waited for before it is measured.
    pub(crate) fn pause(&self) {
        if self.kind == Kind::Idle {
            std::thread::sleep(QUIET);
        }
    }

    /// Plays it.
    pub(crate) fn play(&self, server: Option<&Nginx>) -> Result<Played> {
        let pace = Pace { start: Instant::now(), rate: self.rate };
        let count = self.count;
        let played = match self.kind {
            Kind::Open => as_games(move || open::play(count, &pace))?,
            Kind::Exec => as_games(move || exec::play(count, &pace))?,
            Kind::Http => http::play(count, &pace, server.context("no server")?.port())?,
            Kind::Idle => {
                std::thread::sleep(Duration::from_secs(count));
                Played::default()
            }
        };
        Ok(Played { seconds: pace.start.elapsed().as_secs_f64(), ..played })
    }
}

/// When the next is due.
#[derive(Clone, Copy)]
struct Pace {
    start: Instant,
    rate: u32,
}

impl Pace {
    /// Sleeps until number `number` is due; not at all where that is past.
    fn await_turn(&self, number: u64) {
        if self.rate == 0 {
            return;
        }
        let due = Duration::from_micros(number * 1_000_000 / u64::from(self.rate));
        if let Some(left) = due.checked_sub(self.start.elapsed()).filter(|left| *left > Duration::from_micros(50)) {
            std::thread::sleep(left);
        }
    }
}

/// Does `work` as uid 5.
fn as_games<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    games::start(work).join().map_err(|_| anyhow!("the load panicked"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_for_uid_5_alone() {
        for name in ["http", "open", "openpaced", "quiet", "exec", "idle"] {
            let rule = Load::named(name, 100).unwrap().rule();
            assert!(rule.contains(" -F uid=5 "), "{rule}");
        }
        assert!(Load::named("all", 100).is_err());
    }

    #[test]
    fn a_percentage_shortens_and_leaves_one() {
        assert_eq!(Load::named("open", 5).unwrap().count, 5000);
        assert_eq!(Load::named("idle", 1).unwrap().count, 1);
    }

    #[test]
    fn a_pace_waits_for_what_is_not_due() {
        let pace = Pace { start: Instant::now(), rate: 100 };
        pace.await_turn(3);
        assert!(pace.start.elapsed() >= Duration::from_micros(29_900));
    }
}
