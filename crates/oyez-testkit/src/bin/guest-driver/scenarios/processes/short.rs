//! Very many processes that end at once, several at a time, most begun by this program, some by a shell of their own.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use oyez_testkit::short;

use super::lines::Line;
use crate::kernel;
use crate::oyez::Oyez;
use crate::scenarios::storms::figure;

/// Processes wanted, and how long the guest may take to run them: its slowest part is a fork. What was run by then is looked
/// at, if it is no fewer than `LEAST`.
const WANTED: usize = 50_000;
const LIMIT: Duration = Duration::from_secs(90);
const LEAST: usize = 1_000;
/// The most memory that oyez may ever have had, in KiB: with debug assertions, and all bounds at their defaults.
const MEMORY_KIB: u64 = 64 << 10;

/// Each comes out once with its arguments and its parent, and oyez has not grown beyond its bound.
pub(in crate::scenarios) fn come_out_once(_: u32) -> Result<()> {
    kernel::auditctl("-b 8192")?;
    kernel::auditctl("-a always,exit -F arch=b64 -S execve -k short")?;
    let oyez = Oyez::start_registered(&[])?;
    let start = Instant::now();
    let count = short::run(WANTED, start + LIMIT)?.len();
    let took = start.elapsed();
    // For the open that says so.
    kernel::watch_opens()?;
    oyez.catch_up()?;
    let memory = most_memory(oyez.pid())?;
    let output = oyez.output.clone();
    let ended = oyez.end()?;
    figure(&format!("{count} of {WANTED} processes in {:.0} s, VmHWM {memory} KiB", took.as_secs_f64()))?;
    ensure!(count >= LEAST, "only {count} processes in {LIMIT:?}");
    ended.balances()?;
    for key in ["lost", "shed", "kernel_lost"] {
        let lost = ended.events.number("OYEZ_STOP", key)?;
        ensure!(lost == 0, "{key}: {lost}");
    }
    each_once(&output, count)?;
    ensure!(memory <= MEMORY_KIB, "oyez had {memory} KiB, and may have {MEMORY_KIB}");
    Ok(())
}

/// Refuses unless each of `count` numbers was executed once, with its true parent.
fn each_once(output: &Path, count: usize) -> Result<()> {
    let mut seen: HashMap<usize, u32> = HashMap::new();
    let (mut no_parent, own) = (0, std::process::id());
    Line::read_all(output, |line| {
        let Some(command) = line.process.command().filter(|_| line.is_exec()) else { return Ok(()) };
        let Some((number, shell)) = short::told(&command) else { return Ok(()) };
        *seen.entry(number).or_default() += 1;
        let parent = shell.unwrap_or(own);
        let Some(told) = line.process.parent.as_ref().map(|parent| parent.pid) else {
            no_parent += 1;
            return Ok(());
        };
        ensure!(told == parent, "{command} was begun by {parent}, and {told} is told");
        Ok(())
    })?;
    if let Some((number, times)) = seen.iter().find(|(_, times)| **times > 1) {
        bail!("process {number} came out {times} times");
    }
    ensure!(seen.len() == count, "{count} processes were run, {} came out", seen.len());
    ensure!(no_parent == 0, "of {no_parent} processes no parent is told");
    Ok(())
}

/// The most memory that a process ever had, in KiB.
fn most_memory(pid: u32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let words = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    words.trim().trim_end_matches(" kB").parse().context("VmHWM is no number")
}
