//! `cargo xtask bench live`: what `oyez run` costs on this host's own kernel, beside the floor (a program that only copies
//! records to a log) and auditd.
//!
//! Each run is a process of `bench-live` (`crates/oyez-testkit/src/bin/bench-live`), which has the host's audit system for
//! itself as long as it lives and puts it back. Here are the rounds, their ratios, and the page. An output of oyez that
//! does not tell everything the load did exactly once is an error.

mod chart;
mod once;
mod results;
mod table;
mod targets;

use std::fs::File;
use std::io::{self, Write as _, stdout};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use super::page::{self, Section};
use crate::run;
use crate::tables::workspace_root;
use crate::test::Outcome;
use once::Once;
use results::Results;

/// The loads, as `bench-live` names them.
const LOADS: [&str; 6] = ["http", "open", "exec", "openpaced", "quiet", "idle"];
/// The contenders, as `bench-live` names them; all but those of [`USUAL`] only when asked for.
const CONTENDERS: [&str; 16] = [
    "oyez",
    "oyez-records",
    "oyez-names",
    "oyez-logins",
    "oyez-processes",
    "oyez-redact",
    "oyez-all",
    "floor",
    "floor-without-eoe",
    "auditd-raw",
    "auditd-enriched",
    "none",
    "oyez-with-eoe",
    "oyez-exclude-eoe",
    "oyez-ignore-cwd",
    "oyez-exclude-cwd",
];
const USUAL: [&str; 3] = ["oyez", "floor", "auditd-raw"];
/// Rounds at most of loads that take long and hardly vary.
const STEADY_ROUNDS: usize = 2;
const CHART: &str = "docs/benchmarks-live.svg";
const CSV: &str = "docs/benchmarks-live.csv";

/// What is run.
struct Options {
    rounds: usize,
    /// How long a load is, in percent of its usual length.
    percent: u64,
    loads: Vec<String>,
    contenders: Vec<String>,
    write: bool,
    /// No round begins after so many minutes.
    minutes: u64,
    /// Files that are locked during each round, in this order, so that other work on the machine can wait for it.
    locks: Vec<PathBuf>,
}

/// Runs the command with the arguments after `bench live`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    match bench(&options(arguments)?)? {
        Outcome::Skipped(why) => bail!("cannot measure: {why}"),
        Outcome::Passed(..) => Ok(()),
    }
}

/// Two short rounds, as a part of `cargo xtask test`: the figures mean little, whether everything came out means all.
pub(crate) fn shortly() -> Result<Outcome> {
    let options = options(&["--rounds", "2", "--percent", "10"].map(str::to_owned))?;
    bench(&options)
}

fn bench(options: &Options) -> Result<Outcome> {
    if let Some(why) = unable(options) {
        return Ok(Outcome::Skipped(why));
    }
    run::succeed(&mut run::cargo(&["build", "--release", "--package", "oyez"]))?;
    run::succeed(&mut run::cargo(&["build", "--release", "--package", "oyez-testkit", "--bin", "bench-live"]))?;
    let results = match rounds(options)? {
        Ok(results) => results,
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    let text = page_text(&results, options)?;
    writeln!(stdout(), "\n{text}")?;
    if options.write {
        run::write(&workspace_root().join(CSV), &results.csv())?;
        run::write(&workspace_root().join(CHART), &chart::svg(&results, &options.loads, &options.contenders))?;
        page::write(Section::Live, &text, results.rounds())?;
    }
    let faults = results.faults();
    ensure!(faults.is_empty(), "not everything came out once:\n{}", faults.join("\n"));
    Ok(Outcome::Passed(format!("{} runs", results.runs()), Vec::new()))
}

/// Runs all rounds; contenders take turns, and each round another one begins. `Err` inside: why this host can't be used.
fn rounds(options: &Options) -> Result<Result<Results, String>> {
    let mut results = Results::default();
    let start = Instant::now();
    for round in 1..=options.rounds {
        if start.elapsed().as_secs() / 60 >= options.minutes {
            break;
        }
        let _locked = locked(&options.locks)?;
        let hardly_varies = |load: &str| matches!(load, "openpaced" | "quiet" | "idle");
        for load in options.loads.iter().filter(|load| round <= STEADY_ROUNDS || !hardly_varies(load)) {
            let mut contenders = options.contenders.clone();
            let first = (round - 1) % contenders.len();
            contenders.rotate_left(first);
            for contender in contenders.iter().filter(|name| says_something(load, name)) {
                let figures = match once::run(load, contender, options.percent)? {
                    Once::Figures(figures) => figures,
                    Once::Skipped(why) => return Ok(Err(why)),
                };
                let run = results.add(round, load, contender, figures);
                writeln!(stdout(), "{}", run.line())?;
            }
        }
    }
    Ok(Ok(results))
}

/// Takes locks on all these files; they go when what is returned does.
fn locked(files: &[PathBuf]) -> Result<Vec<File>> {
    let lock = |path: &PathBuf| {
        let file = File::options().create(true).append(true).open(path)?;
        file.lock()?;
        Ok(file)
    };
    files
        .iter()
        .map(|path| {
            lock(path).map_err(|error: io::Error| anyhow!(error).context(format!("cannot lock {}", path.display())))
        })
        .collect()
}

/// Whether it is worth its time: without rules nobody has anything to do, idle or not; and how soon an event is out is asked
/// of oyez alone.
fn says_something(load: &str, contender: &str) -> bool {
    match load {
        "idle" => contender != "none",
        "quiet" => contender.starts_with("oyez"),
        _ => true,
    }
}

/// The part of docs/benchmarks.md that is generated.
fn page_text(results: &Results, options: &Options) -> Result<String> {
    let versions = once::versions(&options.contenders)?;
    let scale = if options.percent == 100 { String::new() } else { format!(" Loads at {} %.", options.percent) };
    let mut text = format!("{versions}.{scale} All rounds: [benchmarks-live.csv](benchmarks-live.csv).\n\n");
    text.push_str("![CPU beside the floor](benchmarks-live.svg)\n\n");
    text.push_str(&targets::text(results));
    for load in &options.loads {
        text.push_str(&table::text(results, load, &options.contenders));
    }
    Ok(text.trim_end().to_owned() + "\n")
}

/// What is missing here, if anything is.
fn unable(options: &Options) -> Option<String> {
    let wants = |name: &str| options.contenders.iter().any(|contender| contender.starts_with(name));
    let mut tools = vec![("setpriv", "util-linux"), ("auditctl", "auditd")];
    tools.extend(wants("auditd").then_some(("auditd", "auditd")));
    tools.extend(options.loads.iter().any(|load| load == "http").then_some(("nginx", "nginx-light")));
    let missing = tools.into_iter().find(|(tool, _)| run::find(tool).is_none());
    missing.map(|(tool, package)| format!("{tool} is not installed (Debian package {package})"))
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options {
        rounds: 15,
        percent: 100,
        loads: LOADS.map(str::to_owned).to_vec(),
        contenders: USUAL.map(str::to_owned).to_vec(),
        write: false,
        minutes: u64::MAX,
        locks: Vec::new(),
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} takes a value"));
        match word.as_str() {
            "--rounds" => options.rounds = value()?.parse().context("--rounds takes a number")?,
            "--percent" => options.percent = value()?.parse().context("--percent takes a number")?,
            "--loads" => options.loads = chosen(value()?, &LOADS)?,
            "--contenders" => options.contenders = chosen(value()?, &CONTENDERS)?,
            "--write" => options.write = true,
            "--minutes" => options.minutes = value()?.parse().context("--minutes takes a number")?,
            "--lock" => options.locks.push(value()?.into()),
            _ => bail!("unknown argument {word:?}; usage: cargo xtask bench live {USAGE}"),
        }
    }
    ensure!(options.rounds > 0 && options.percent > 0, "nothing to measure");
    Ok(options)
}

/// The arguments, for those who have to be told.
pub(crate) const USAGE: &str =
    "[--rounds N] [--percent N] [--loads LIST] [--contenders LIST] [--write] [--minutes N] [--lock FILE]";

/// The names in a list with commas, each of which must be one of `known`.
fn chosen(list: &str, known: &[&str]) -> Result<Vec<String>> {
    let names: Vec<String> = list.split(',').map(str::to_owned).collect();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => bail!("no {unknown:?}; there are {}", known.join(", ")),
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_and_contenders_are_chosen_by_name() {
        let given = ["--rounds", "3", "--loads", "open,idle", "--contenders", "oyez,none"].map(str::to_owned);
        let options = options(&given).unwrap();
        assert_eq!((options.rounds, options.percent, options.write), (3, 100, false));
        assert_eq!(
            (options.loads, options.contenders),
            (vec!["open".into(), "idle".into()], vec!["oyez".into(), "none".into()])
        );
        for wrong in [&["--loads", "all"][..], &["--rounds"], &["--rounds", "0"], &["--fast"]] {
            let wrong: Vec<_> = wrong.iter().map(|word| (*word).to_owned()).collect();
            assert!(super::options(&wrong).is_err(), "{wrong:?}");
        }
    }
}
