//! Rules that oyez loads for as long as it runs, on a kernel that may be put under them as a whole.

use std::fs;

use anyhow::{Result, ensure};
use rustix::process::Signal;

use crate::oyez::{Oyez, path};
use crate::wait::until;
use crate::{kernel, load};

/// How a run ends that the kernel refuses.
const REFUSED: i32 = 4;

/// The starter rules show what is run, go at the end, and after a crash at the next start.
pub(super) fn starter(_: u32) -> Result<()> {
    let oyez = start(&["--starter-rules"])?;
    let titles = load::execute("starter", 20)?;
    until("all commands came out", || Ok(oyez.events()?.executed(&titles)? == titles.len()))?;
    let ended = oyez.end()?;
    has_none("after the end")?;
    ended.balances()?;

    start(&["--starter-rules"])?.end_by(Signal::KILL)?;
    ensure!(!rules()?.is_empty(), "somebody took out the rules of a killed run");
    let again = start(&["--starter-rules"])?;
    ensure!(again.events()?.number("OYEZ_START", "after_crash_of")? > 0, "the crash is not told");
    again.end_by(Signal::KILL)?;
    let without = Oyez::start_registered(&[])?;
    until("the next start took the rules out", || Ok(rules()?.is_empty()))?;
    without.end()?.balances()
}

/// Where there are rules, or none can be added, the starter rules are refused and nothing is changed.
pub(super) fn starter_is_refused(_: u32) -> Result<()> {
    kernel::watch_opens()?;
    let before = (rules()?, kernel::settings()?);
    refuses("the kernel has rules already (1)")?;
    ensure!((rules()?, kernel::settings()?) == before, "a refused run changed something");
    kernel::auditctl("-D")?;
    kernel::auditctl("-e 2")?;
    refuses("locked until the next boot")
}

/// A configuration can lock its own rules; they are all there first, and stay.
pub(super) fn lock_themselves(_: u32) -> Result<()> {
    let config = path("config");
    let rules_of = |keys: &[&str]| {
        let rules = keys.iter().map(|key| format!("'-a always,exit -F arch=b64 -S openat -F key={key}'"));
        format!("enforce = true\nrules = ['-e 2', {}]\n", rules.collect::<Vec<_>>().join(", "))
    };
    fs::write(&config, rules_of(&["a", "b"]))?;
    let words = ["--config", &config.display().to_string()];
    let oyez = start(&words)?;
    until("the kernel is locked", || Ok(kernel::number("enabled")? == 2))?;
    let before = rules()?;
    ensure!(before.len() == 2, "the kernel has {before:?}");
    fs::write(&config, rules_of(&["a", "c"]))?;
    oyez.signal(Signal::HUP)?;
    until("the reload is told", || Ok(oyez.said()?.contains("missing: ")))?;
    oyez.await_opens(&load::open("locked", 20))?;
    let ended = oyez.end()?;
    ended.has_said("locked until the next boot (-e 2)")?;
    ended.has_said("-F key=c")?;
    ended.has_said("cannot put back the rules")?;
    ensure!(rules()? == before, "the rules changed");
    ended.balances()
}

/// Starts one and waits until its rules are there.
fn start(words: &[&str]) -> Result<Oyez> {
    let oyez = Oyez::start(words)?;
    until("the rules are loaded", || Ok(oyez.events()?.said("OYEZ_RULES").count() > 0 || !rules()?.is_empty()))?;
    Ok(oyez)
}

fn refuses(why: &str) -> Result<()> {
    let ended = Oyez::spawn(&path("refused"), &["--starter-rules"])?.wait()?;
    ensure!(ended.status.code() == Some(REFUSED), "ended with {}: {}", ended.status, ended.said);
    ended.has_said("cannot load the starter rules")?;
    ended.has_said(why)
}

fn has_none(when: &str) -> Result<()> {
    let rules = rules()?;
    ensure!(rules.is_empty(), "{when} the kernel has {rules:?}");
    Ok(())
}

/// The rules, as auditctl lists them.
fn rules() -> Result<Vec<String>> {
    let text = kernel::command("auditctl", &["-l"])?;
    Ok(text.lines().filter(|line| *line != "No rules").map(str::to_owned).collect())
}
