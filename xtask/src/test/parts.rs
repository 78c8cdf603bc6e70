//! The parts: what each runs, and what it takes for granted.

use std::io::{BufRead as _, BufReader, Write as _, stdout};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use super::Depth;
use super::packages;
use super::report::Outcome;
use crate::tables::workspace_root;
use crate::{bench, fuzz, guest, run, schema, tables};

/// How long the usual run fuzzes each target, in seconds.
const FUZZ_SECONDS: u64 = 10;
/// How long the full run does.
const LONG_FUZZ_SECONDS: u64 = 600;

/// How many short processes the full run begins, for each test that has very many of them.
const SHORT_PROCESSES: &str = "50000";

/// One part.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// The least depth that includes it.
    pub(super) from: Depth,
    pub(super) run: fn() -> Result<Outcome>,
}

/// All parts, in the order in which they run: what is cheap and fails often comes first.
pub(crate) const ALL: [Part; 17] = [
    Part { name: "packages", from: Depth::Usual, run: packages::install },
    Part { name: "format", from: Depth::Quick, run: format },
    Part { name: "tables", from: Depth::Quick, run: tables_check },
    Part { name: "schema", from: Depth::Quick, run: schema_check },
    Part { name: "lint", from: Depth::Quick, run: lint },
    Part { name: "tests", from: Depth::Quick, run: tests },
    Part { name: "documentation", from: Depth::Usual, run: documentation },
    Part { name: "man pages", from: Depth::Usual, run: man_pages },
    Part { name: "dependencies", from: Depth::Usual, run: dependencies },
    Part { name: "live kernel", from: Depth::Usual, run: live },
    Part { name: "fuzz", from: Depth::Usual, run: fuzz_shortly },
    Part { name: "short processes", from: Depth::Full, run: short_processes },
    Part { name: "ClickHouse", from: Depth::Full, run: clickhouse },
    Part { name: "guest", from: Depth::Full, run: guest::all },
    Part { name: "long fuzz", from: Depth::Full, run: fuzz_long },
    Part { name: "bench", from: Depth::Full, run: bench_all },
    Part { name: "live bench", from: Depth::Full, run: bench::live::shortly },
];

fn format() -> Result<Outcome> {
    if let Some(skipped) = without("fmt", "rustfmt") {
        return Ok(skipped);
    }
    done(&mut run::cargo(&["fmt", "--all", "--check"]))
}

fn lint() -> Result<Outcome> {
    if let Some(skipped) = without("clippy", "clippy") {
        return Ok(skipped);
    }
    done(&mut run::cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"]))
}

/// Skipped if the toolchain lacks a component that rustup can't add.
fn without(command: &str, component: &str) -> Option<Outcome> {
    let is_there = || run::output(&mut run::cargo(&[command, "--version"])).is_ok();
    if is_there() || (run::succeed(Command::new("rustup").args(["component", "add", component])).is_ok() && is_there())
    {
        return None;
    }
    Some(Outcome::Skipped(format!("the toolchain has no {component}, and rustup did not add it")))
}

fn tables_check() -> Result<Outcome> {
    tables::run(&["--check".to_owned()])?;
    Ok(Outcome::passed())
}

fn schema_check() -> Result<Outcome> {
    schema::run(&["--check".to_owned()])?;
    Ok(Outcome::passed())
}

fn documentation() -> Result<Outcome> {
    let mut command = run::cargo(&["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"]);
    // Private items are documented for those who work here; public pages linking to them is their right.
    done(command.env("RUSTDOCFLAGS", "--deny warnings --allow rustdoc::private_intra_doc_links"))
}

fn man_pages() -> Result<Outcome> {
    if run::find("groff").is_none() {
        return Ok(Outcome::Skipped("groff is not installed".into()));
    }
    let pages = files_in("man", "1")?;
    ensure!(!pages.is_empty(), "there are no man pages");
    let output = run::output(Command::new("groff").args(["-man", "-Tutf8", "-ww", "-z"]).args(&pages))?;
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(complaints.is_empty(), "groff complains:\n{}", complaints.trim_end());
    Ok(Outcome::Passed(format!("{} pages", pages.len()), Vec::new()))
}

fn files_in(dir: &str, extension: &str) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(workspace_root().join(dir)).with_context(|| format!("cannot read {dir}"))?;
    let mut files = Vec::new();
    for entry in entries {
        files.push(entry?.path());
    }
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    Ok(files)
}

fn dependencies() -> Result<Outcome> {
    if run::find("cargo-deny").is_none() {
        return Ok(Outcome::Skipped("cargo-deny is not installed".into()));
    }
    run::succeed(&mut run::cargo(&["deny", "check", "bans", "licenses", "sources"]))?;
    let advisories = run::output(&mut run::cargo(&["deny", "check", "advisories"]));
    match advisories.map_err(|error| format!("{error:#}")) {
        Ok(_) => Ok(Outcome::passed()),
        Err(error) if error.contains("failed to fetch advisory database") => {
            let skipped = vec!["advisories: their database cannot be fetched from here".to_owned()];
            Ok(Outcome::Passed("licences, sources, bans".into(), skipped))
        }
        Err(error) => bail!("{error}"),
    }
}

fn tests() -> Result<Outcome> {
    heard(&mut run::cargo(&["test", "--workspace", "--no-fail-fast", "--", "--show-output"]))
}

/// Tests that change the host's audit state for a moment; each looks first whether it may.
fn live() -> Result<Outcome> {
    let mut command = run::cargo(&["test", "--workspace", "--no-fail-fast", "--test", "live*"]);
    command.args(["--", "--ignored", "--test-threads=1", "--show-output"]);
    heard(&mut command)
}

/// Those of the tests above that begin very many processes, with more of them.
fn short_processes() -> Result<Outcome> {
    let mut command =
        run::cargo(&["test", "--workspace", "--no-fail-fast", "--test", "live", "--test", "process_live"]);
    command.args(["of_many_short_processes", "--", "--include-ignored", "--test-threads=1", "--show-output"]);
    heard(command.env("OYEZ_PROCESSES", SHORT_PROCESSES))
}

/// The output `clickhouse` against the real engine, which comes as a package for Python (chdb: half a gigabyte).
fn clickhouse() -> Result<Outcome> {
    let python = match std::env::var_os("OYEZ_CHDB") {
        Some(python) => PathBuf::from(python),
        None => match chdb() {
            Ok(python) => python,
            Err(error) => return Ok(Outcome::Skipped(format!("chdb cannot be had: {error:#}"))),
        },
    };
    let mut command = run::cargo(&["test", "--package", "oyez-output", "--test", "http", "the_real_engine"]);
    command.args(["--", "--ignored", "--show-output"]);
    heard(command.env("OYEZ_CHDB", python))
}

/// A Python that has chdb, in a directory of its own; installed once.
fn chdb() -> Result<PathBuf> {
    let home = workspace_root().join("target/chdb");
    let python = home.join("bin/python");
    let has_chdb = || run::output(Command::new(&python).args(["-c", "import chdb"])).is_ok();
    if !has_chdb() {
        run::output(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        run::output(Command::new(&python).args(["-m", "pip", "install", "--quiet", "chdb"]))?;
        ensure!(has_chdb(), "it was installed and cannot be used");
    }
    Ok(python)
}

/// Runs tests, shows what they print, and counts them. A line that begins with `skipped:` names what could not be tested.
fn heard(command: &mut Command) -> Result<Outcome> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot run cargo")?;
    let (mut passed, mut failed, mut skipped) = (0, Vec::new(), Vec::new());
    for line in BufReader::new(child.stdout.take().context("no output")?).split(b'\n') {
        let line = line.context("cannot read what the tests print")?;
        let line = String::from_utf8_lossy(&line);
        writeln!(stdout(), "{line}")?;
        passed += passed_in(&line);
        failed.extend(failed_in(&line).map(str::to_owned));
        if let Some(why) = line.trim_start().strip_prefix("skipped:") {
            skipped.push(why.trim().to_owned());
        }
    }
    let status = child.wait().context("cannot wait for cargo")?;
    ensure!(status.success(), "{passed} tests passed, {} failed ({status})\n{}", failed.len(), failed.join("\n"));
    skipped.sort();
    skipped.dedup();
    Ok(Outcome::Passed(format!("{passed} tests"), skipped))
}

/// How many tests passed, by the line with which a test binary ends.
fn passed_in(line: &str) -> u64 {
    let rest = line.strip_prefix("test result:").and_then(|rest| rest.split_once(". "));
    rest.and_then(|(_, rest)| rest.split_once(" passed")?.0.parse().ok()).unwrap_or(0)
}

/// The test that this line says has failed.
fn failed_in(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

fn fuzz_shortly() -> Result<Outcome> {
    fuzz::all(FUZZ_SECONDS)
}

fn fuzz_long() -> Result<Outcome> {
    fuzz::all(LONG_FUZZ_SECONDS)
}

fn bench_all() -> Result<Outcome> {
    if run::find("ausearch").is_none() {
        return Ok(Outcome::Skipped("ausearch is not installed".into()));
    }
    bench::run(&[])?;
    Ok(Outcome::passed())
}

fn done(command: &mut Command) -> Result<Outcome> {
    run::succeed(command)?;
    Ok(Outcome::passed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_tests_are_counted_and_failed_ones_named() {
        assert_eq!(passed_in("test result: ok. 17 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out"), 17);
        assert_eq!(passed_in("test result: FAILED. 3 passed; 1 failed; 0 ignored"), 3);
        assert_eq!(passed_in("test a_line ... ok"), 0);
        assert_eq!(failed_in("test a::line ... FAILED"), Some("a::line"));
        assert_eq!(failed_in("test a::line ... ok"), None);
    }
}
