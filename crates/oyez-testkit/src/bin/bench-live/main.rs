//! One measured run on this host's own kernel: a load under an audit rule, and what reads the records meanwhile.
//!
//! `bench-live run LOAD CONTENDER PERCENT OYEZ` in; a line of `name=value` words out, seconds, counts and KiB. A host that can't
//! be used is said with `skipped:` and the exit code 3. `bench-live floor` is one of the contenders. Everything else about
//! the benchmark (rounds, ratios, the page) is `cargo xtask bench live`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it is for")]

mod arrival;
mod contender;
mod floor;
mod load;
mod measure;
mod nginx;
mod process;
mod truth;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use oyez_testkit::live::Turn;

use contender::Contender;
use load::Load;

/// Where audit is missing or in use.
const SKIPPED: u8 = 3;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    dispatch(&words).unwrap_or_else(|error| {
        eprintln!("bench-live: {error:#}");
        ExitCode::FAILURE
    })
}

fn dispatch(words: &[String]) -> Result<ExitCode> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["run", load, contender, percent, oyez] => {
            let percent = percent.parse().with_context(|| format!("not a percentage: {percent:?}"))?;
            let load = Load::named(load, percent)?;
            run(&load, Contender::named(contender)?, Path::new(oyez))
        }
        ["floor", log] => floor::run(Path::new(log), &[]).map(|()| ExitCode::SUCCESS),
        ["floor", "--drop-eoe", log] => floor::run(Path::new(log), &[floor::EOE]).map(|()| ExitCode::SUCCESS),
        _ => bail!("usage: bench-live run LOAD CONTENDER PERCENT OYEZ | bench-live floor [--drop-eoe] LOG"),
    }
}

fn run(load: &Load, contender: Contender, oyez: &Path) -> Result<ExitCode> {
    let Some(_turn) = Turn::take() else { return Ok(ExitCode::from(SKIPPED)) };
    let words: Vec<String> =
        measure::run(load, contender, oyez)?.iter().map(|(name, value)| format!("{name}={value}")).collect();
    println!("{}", words.join(" "));
    Ok(ExitCode::SUCCESS)
}
