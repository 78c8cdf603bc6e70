//! `cargo xtask bench`: what oyez costs. `offline`, which is what is meant without a word: how much faster `oyez parse` is
//! than `ausearch --raw` and `oyez report` than `aureport`, the instructions of `oyez parse` for a record and of `oyez run` for an
//! event, and how memory grows with the input. `filters`: what filters cost, see [`filters`]. `live`: see [`live`].
//!
//! Figures of one machine mean little, and those of two runs of it not much more: contenders run in turn, round by round,
//! and what is told is the median of the rounds' ratios with a bootstrap interval. CPU time, not the clock, is measured.

mod contest;
mod filters;
mod instructions;
pub(crate) mod live;
mod logs;
pub(crate) mod measure;
mod memory;
mod page;
mod requests;
mod stats;

use std::io::{Write as _, stdout};

use anyhow::{Context as _, Result, bail};

use crate::run;

/// The hidden command of the process that measures.
pub(crate) const MEASURE: &str = "measure";

/// What to do.
struct Options {
    rounds: usize,
    megabytes: u64,
    memory: bool,
    write: bool,
}

/// Runs the command with the arguments after `bench`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    match arguments.split_first() {
        Some((word, rest)) if word == "live" => live::run(rest),
        Some((word, rest)) if word == "offline" => offline(rest),
        Some((word, rest)) if word == "filters" => filtered(rest),
        _ => offline(arguments),
    }
}

fn offline(arguments: &[String]) -> Result<()> {
    let options = options(arguments)?;
    run::succeed(&mut run::cargo(&["build", "--release", "--package", "oyez"]))?;
    let mut text = String::new();
    let logs = logs::prepare(options.megabytes)?;
    for log in &logs {
        text.push_str(&contest::run(log, options.rounds)?);
        text.push_str(&instructions::run(log)?);
    }
    text.push_str(&requests::run()?);
    if options.memory {
        let recorded = logs.first().context("no log to measure memory with")?;
        text.push_str(&memory::run(recorded)?);
    }
    writeln!(stdout(), "{text}")?;
    if options.write { page::write(page::Section::Offline, &text, options.rounds) } else { Ok(()) }
}

/// What filters cost, on the recorded log.
fn filtered(arguments: &[String]) -> Result<()> {
    let options = options(arguments)?;
    run::succeed(&mut run::cargo(&["build", "--release", "--package", "oyez"]))?;
    let logs = logs::prepare(options.megabytes)?;
    let text = filters::run(logs.first().context("no log to measure with")?, options.rounds)?;
    writeln!(stdout(), "{text}")?;
    if options.write { page::write(page::Section::Filters, &text, options.rounds) } else { Ok(()) }
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options { rounds: 15, megabytes: 110, memory: true, write: false };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut number =
            || words.next().and_then(|word| word.parse().ok()).with_context(|| format!("{word} takes a number"));
        match word.as_str() {
            "--rounds" => options.rounds = usize::try_from(number()?)?.max(1),
            "--mb" => options.megabytes = number()?,
            "--no-memory" => options.memory = false,
            "--write" => options.write = true,
            _ => bail!(
                "unknown argument; usage: cargo xtask bench [offline|filters] [--rounds N] [--mb N] [--no-memory] [--write]"
            ),
        }
    }
    Ok(options)
}

/// The program that is measured, as `cargo build --release` leaves it.
fn program() -> Result<String> {
    let path = run::target_dir().join("release/oyez");
    path.into_os_string().into_string().ok().context("a path that is not UTF-8")
}
