//! Work that the kernel records, with names by which it is known again.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

/// Tries to open files that do not exist; their names, each of which is in the records of one event.
pub(crate) fn open(series: &str, count: usize) -> Vec<String> {
    let names = names(series, count);
    open_all(&names);
    names
}

/// The same, and how long the opens alone took.
pub(crate) fn storm(series: &str, count: u32) -> (Vec<String>, Duration) {
    let names = names(series, count as usize);
    let start = Instant::now();
    open_all(&names);
    let took = start.elapsed();
    (names, took)
}

fn names(series: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("/tmp/{}-{number}", hostile(series, number))).collect()
}

fn open_all(names: &[String]) {
    for name in names {
        // That there is no such file is what the kernel says of it.
        let _ = File::open(name);
    }
}

/// Every tenth name is one that a careless writer would break.
fn hostile(series: &str, number: usize) -> String {
    match number % 40 {
        3 => format!("{series} with space"),
        13 => format!("{series}\"quoted\" msg='"),
        23 => format!("{series}\nline\x1b[2J"),
        33 => format!("{series}-größer"),
        _ => series.to_owned(),
    }
}

/// The same in a process of its own, begun now.
///
/// # Errors
/// It can't be begun.
pub(crate) fn open_in_child(name: &str) -> Result<()> {
    let status = Command::new("/bin/cat").arg(name).stderr(Stdio::null()).status().context("cannot run cat")?;
    ensure!(!status.success(), "{name} exists");
    Ok(())
}

/// Runs a command so many times; the last argument of each, which is in the records of one event.
///
/// # Errors
/// One can't be run.
pub(crate) fn execute(series: &str, count: usize) -> Result<Vec<String>> {
    let titles: Vec<_> = (0..count).map(|number| format!("{}-{number}", hostile(series, number))).collect();
    for title in &titles {
        let status = Command::new("/bin/true").arg(title).status().context("cannot run true")?;
        ensure!(status.success(), "true ended with {status}");
    }
    Ok(titles)
}
