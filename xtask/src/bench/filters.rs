//! What filters cost: `oyez parse` with none, with matchers and with Lua, in turns on one log.
//!
//! Each set lets (nearly) every event through, so that all but the filters is the same work; what a set that drops saves is
//! another figure. Told are CPU time against that of no filter in the same round, and what that comes to for one event.

mod sets;

use std::fmt::Write as _;
use std::io::{Write as _, stdout};

use anyhow::{Context as _, Result, ensure};

use super::logs::Log;
use super::{measure, stats};
use crate::run;
use sets::Set;

/// Runs all sets on `log`, so many rounds, and says in Markdown what came of it.
pub(crate) fn run(log: &Log, rounds: usize) -> Result<String> {
    let dir = run::target_dir().join("bench/filters");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let sets = sets::write(&dir)?;
    let program = super::program()?;
    let path = log.path.to_str().context("a path that is not UTF-8")?;
    let events = events(path)?;
    let mut seconds = vec![Vec::new(); sets.len()];
    for round in 1..=rounds {
        for (set, seconds) in sets.iter().zip(&mut seconds) {
            seconds.push(measure::usage(&words(&program, set, path)?)?.cpu_s);
        }
        writeln!(stdout(), "{} round {round} of filters", log.name)?;
    }
    Ok(table(&log.name, &sets, events, &seconds))
}

fn words<'a>(program: &'a str, set: &'a Set, path: &'a str) -> Result<Vec<&'a str>> {
    let mut words = vec![program, "parse", path, "--format", "json"];
    if let Some(file) = &set.file {
        words.extend(["--filter", file.to_str().context("a path that is not UTF-8")?]);
    }
    Ok(words)
}

/// How many events the log has, as `oyez parse` writes them.
fn events(path: &str) -> Result<u32> {
    let output = run::output(std::process::Command::new(super::program()?).args(["parse", path, "--format", "json"]))?;
    let lines = output.stdout.split(|byte| *byte == b'\n').count().saturating_sub(1);
    ensure!(lines > 0, "{path} has no events");
    Ok(u32::try_from(lines)?)
}

fn table(name: &str, sets: &[Set], events: u32, seconds: &[Vec<f64>]) -> String {
    let mut text = format!(
        "\n{name}, {events} events:\n\n| filters | CPU ÷ none (95 %) | µs more for an event | events for a CPU second |\n|---|---|---:|---:|\n"
    );
    let none = seconds.first().cloned().unwrap_or_default();
    for (set, seconds) in sets.iter().zip(seconds) {
        let ratios: Vec<f64> = seconds.iter().zip(&none).map(|(with, none)| with / none).collect();
        let more = seconds.iter().zip(&none).map(|(with, none)| (with - none) * 1e6 / f64::from(events)).collect();
        let stats::Estimate { median, low, high } = stats::estimate(&ratios);
        let rate = f64::from(events) / stats::median(seconds.clone());
        let _ = writeln!(
            text,
            "| {} | {median:.2} ({low:.2} to {high:.2}) | {:.2} | {rate:.0} |",
            set.name,
            stats::median(more)
        );
    }
    text
}
