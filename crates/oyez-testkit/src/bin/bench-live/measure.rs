//! The order of one run: the contender registers, the rule is added, the load plays, the contender catches up and ends.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use oyez_testkit::TempDir;
use oyez_testkit::live::{auditctl, status};

use crate::arrival::{self, Watch};
use crate::contender::{Contender, Running, output};
use crate::load::{Load, Played};
use crate::process::{self, Used};
use crate::truth;

/// What is waited for at least after the load; and how often a contender is looked at that has not caught up.
const SETTLE: Duration = Duration::from_millis(1500);
const LOOK: Duration = Duration::from_millis(500);
/// A contender that used less than this between two looks has caught up.
const CAUGHT_UP_NS: u64 = 2_000_000;
/// How often it is looked at.
const MAX_LOOKS: usize = 120;

/// The figures of a run, by name.
pub(crate) type Figures = Vec<(&'static str, f64)>;

/// Runs it. The turn must have been taken: it puts back what is changed here.
pub(crate) fn run(load: &Load, contender: Contender, oyez: &Path) -> Result<Figures> {
    // A task from before audit was first on is never heard.
    auditctl("-e 1");
    auditctl("-e 0");
    auditctl("--reset-lost");
    auditctl("--reset_backlog_wait_time_actual");
    let home = TempDir::new().context("cannot make a directory")?;
    let server = load.prepare(home.path())?;
    let events = output(home.path());
    let watch = (contender.is_oyez() && load.has_pace()).then(|| Watch::start(&events)).transpose()?;
    let mut running = contender.start(home.path(), oyez)?;
    if running.is_some() {
        contender.rule().map(auditctl);
        for words in ["-f 0", "-b 8192", "--backlog_wait_time 15000", &load.rule(), "-e 1"] {
            auditctl(words);
        }
    }
    load.pause();
    let before = used(running.as_ref())?;
    let played = load.play(server.as_ref())?;
    settle(running.as_ref())?;
    let after = used(running.as_ref())?;
    let mut figures = of_load(load, &played);
    if let Some(mut running) = running.take() {
        running.ensure_up()?;
        figures.extend(of_contender(&before, &after)?);
        running.stop()?;
    }
    if contender.is_oyez() {
        figures.extend(truth::count(&events, load, played.errors)?.figures());
    }
    if let Some(watch) = watch {
        let delays = arrival::delays_us(&played.done, &truth::told(&events, load)?, &watch.end()?);
        figures.extend(spread(["out_p50_us", "out_p99_us", "out_max_us"], &delays));
    }
    Ok(figures)
}

/// The middle, the 99th of a hundred and the last of a sorted list, under these names; nothing of an empty one.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn spread(names: [&'static str; 3], sorted: &[u64]) -> Figures {
    let at = |share: usize| sorted.get(sorted.len() * share / 100).copied();
    let values = [at(50), at(99), sorted.last().copied()];
    names.into_iter().zip(values).filter_map(|(name, value)| Some((name, value? as f64))).collect()
}

/// The contender's, and kauditd's.
fn used(running: Option<&Running>) -> Result<(Used, Used)> {
    let contender = running.map_or_else(|| Ok(Used::default()), |running| process::of_tree(running.pid()))?;
    Ok((contender, process::of_kauditd()?))
}

fn settle(running: Option<&Running>) -> Result<()> {
    std::thread::sleep(SETTLE);
    let mut last = used(running)?.0.cpu_ns;
    for _ in 0..MAX_LOOKS {
        std::thread::sleep(LOOK);
        let now = used(running)?.0.cpu_ns;
        if now - last < CAUGHT_UP_NS {
            break;
        }
        last = now;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn of_load(load: &Load, played: &Played) -> Figures {
    let mut figures = vec![
        ("done", load.count as f64),
        ("seconds", played.seconds),
        ("per_second", load.count as f64 / played.seconds),
        ("errors", played.errors as f64),
    ];
    figures.extend(spread(["p50_us", "p99_us", "max_us"], &played.took_us));
    figures
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn of_contender(before: &(Used, Used), after: &(Used, Used)) -> Result<Figures> {
    let status = status().map_err(anyhow::Error::msg)?;
    let count = |name: &str| status.get(name).copied().unwrap_or_default() as f64;
    Ok(vec![
        ("cpu_s", (after.0.cpu_ns - before.0.cpu_ns) as f64 / 1e9),
        ("kauditd_s", (after.1.cpu_ns - before.1.cpu_ns) as f64 / 1e9),
        ("sleeps", (after.0.sleeps - before.0.sleeps) as f64),
        ("start_rss_kib", before.0.max_rss_kib as f64),
        ("max_rss_kib", after.0.max_rss_kib as f64),
        ("lost", count("lost")),
        ("backlog_waits", count("backlog_wait_time_actual")),
    ])
}
