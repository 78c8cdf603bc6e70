//! The guest's kernel, asked and changed by `auditctl`: a word other than oyez's own.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// The audit status: name and number, as `auditctl -s` prints them.
pub(crate) type Status = BTreeMap<String, u32>;

/// Runs `program` with `words`; what it printed.
///
/// # Errors
/// It can't be run, or fails.
pub(crate) fn command(program: &str, words: &[&str]) -> Result<String> {
    let output = Command::new(program).args(words).output().with_context(|| format!("cannot run {program}"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {}: {}", words.join(" "), complaint.trim_end());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs auditctl.
///
/// # Errors
/// It fails.
pub(crate) fn auditctl(words: &str) -> Result<()> {
    let words: Vec<_> = words.split(' ').collect();
    command("auditctl", &words).map(drop)
}

/// The present status.
///
/// # Errors
/// The kernel does not tell.
pub(crate) fn status() -> Result<Status> {
    let text = command("auditctl", &["-s"])?;
    let pair = |line: &str| {
        let (name, number) = line.split_once(' ')?;
        Some((name.to_owned(), number.parse().ok()?))
    };
    Ok(text.lines().filter_map(pair).collect())
}

/// One number of the present status.
///
/// # Errors
/// The kernel does not tell it.
pub(crate) fn number(name: &str) -> Result<u32> {
    status()?.get(name).copied().with_context(|| format!("the status has no {name}"))
}

/// The settings alone: the status without what counts, and without whose the registration is.
///
/// # Errors
/// The kernel does not tell.
pub(crate) fn settings() -> Result<Status> {
    let mut status = status()?;
    status.retain(|name, _| !["pid", "lost", "backlog", "backlog_wait_time_actual"].contains(&name.as_str()));
    Ok(status)
}

/// Puts every open in the guest under a rule.
///
/// # Errors
/// The kernel refuses.
pub(crate) fn watch_opens() -> Result<()> {
    auditctl("-a always,exit -F arch=b64 -S openat -k opens")
}
