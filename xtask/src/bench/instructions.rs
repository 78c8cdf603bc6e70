//! How many instructions `oyez parse` takes for a record, counted by callgrind: a change of 2 % is seen, on any machine.
//!
//! A small and a larger part of the log are read; what they differ by is what records cost, without start and end. Each is
//! read several times and the median taken: hashes are seeded at random, and one run in ten has an unlucky seed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::logs::Log;
use crate::run;

/// How often each part is read.
const RUNS: usize = 5;
/// Lines of the two parts.
const LINES: [usize; 2] = [20_000, 60_000];

/// Counts, and says in Markdown what came of it.
pub(crate) fn run(log: &Log) -> Result<String> {
    if run::find("valgrind").is_none() {
        return Ok(format!("- {}: instructions were not counted, valgrind is not installed\n", log.name));
    }
    let [small, large] = LINES.map(|lines| part(log, lines).and_then(|part| usual(&part)));
    let per_record = large?.saturating_sub(small?) / (LINES[1] - LINES[0]) as u64;
    Ok(format!("- {}: {per_record} instructions for a record (callgrind)\n", log.name))
}

/// The first lines of the log, in a file beside it.
fn part(log: &Log, lines: usize) -> Result<PathBuf> {
    let text = fs::read(&log.path).with_context(|| format!("cannot read {}", log.path.display()))?;
    let first: Vec<u8> = text.split_inclusive(|byte| *byte == b'\n').take(lines).flatten().copied().collect();
    let path = log.path.with_extension(format!("{lines}.log"));
    fs::write(&path, first).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// The median of several counts.
fn usual(part: &Path) -> Result<u64> {
    let mut counts = (0..RUNS).map(|_| count(part)).collect::<Result<Vec<_>>>()?;
    counts.sort_unstable();
    counts.get(RUNS / 2).copied().context("nothing was counted")
}

/// The instructions of reading this part.
fn count(part: &Path) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", &super::program()?, "parse"]);
    let output = run::output(command.arg(part).args(["--format", "json"]))?;
    collected(&String::from_utf8_lossy(&output.stderr)).context("callgrind does not say what it counted")
}

/// The number in callgrind's last words.
pub(super) fn collected(words: &str) -> Option<u64> {
    let count = words.lines().find_map(|line| line.split_once("Collected :"))?.1;
    count.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_among_what_callgrind_says() {
        assert_eq!(collected("==7== Events    : Ir\n==7== Collected : 123456\n==7==\n"), Some(123_456));
        assert_eq!(collected("==7== Collected\n"), None);
    }
}
