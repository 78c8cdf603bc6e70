//! oyez is killed in a storm and started again at once: what died with it is told as an upper bound, from the
//! serial that the state file has to the first one of the next run.

use std::fs;
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::Value;

use super::contest::{NOWHERE, contest, figure};
use super::outputs::{Reader as _, Stopped, piped};
use crate::events::Events;
use crate::oyez::{Ended, Oyez, path};
use crate::wait::until;
use crate::{kernel, load};

/// So many that some come after the restart, whose own cost is small beside theirs.
const OPENS: u32 = 40_000;
/// When oyez is killed, after the storm's start; it is in the midst of it then.
const KILL: Duration = Duration::from_millis(400);
/// Opens whose lines wait, more than a pipe holds.
const WAITING: u32 = 2000;

/// It writes to a file that takes all there is.
pub(in crate::scenarios) fn while_it_writes(_: u32) -> Result<()> {
    contest(OPENS, NOWHERE, |round| {
        let config = Config::new("")?;
        let oyez = Oyez::start_registered(&config.words())?;
        oyez.await_opens(&load::open(&format!("before{round}"), 5))?;
        config.await_note()?;
        let storm = storm(round);
        thread::sleep(KILL);
        ensure!(!storm.is_finished(), "the storm was over before the kill");
        let output = oyez.kill()?;
        // Nobody asks how it does before the storm is over: asking would slow the storm.
        let second = Oyez::spawn(&path("events"), &config.words())?;
        let (names, took) = storm.join().map_err(|_| anyhow!("the storm panicked"))?;
        second.await_registration()?;
        is_told(&Events::read(&output)?, &end(second)?, &names)?;
        Ok(took)
    })
}

/// Nobody reads its pipe, and it notes how far it came: what it has made of the records and cannot write is not noted as
/// done, dies with it, and is told.
pub(in crate::scenarios) fn with_lines_that_wait(_: u32) -> Result<()> {
    kernel::watch_opens()?;
    let config = Config::new("output.buffer = \"64MiB\"\n")?;
    let (oyez, mut reader) = piped::<Stopped>(Command::new("/bin/oyez"), &config.words())?;
    oyez.await_registration()?;
    oyez.await_opens(&load::open("before", 5))?;
    config.await_note()?;
    reader.hinder(true)?;
    let (mut names, _) = load::storm("waiting", WAITING);
    until("oyez has taken them", || Ok(config.read()?["received"].as_u64() >= Some(u64::from(WAITING))))?;
    let output = oyez.kill()?;
    reader.hinder(false)?;
    reader.join()?;
    let second = Oyez::start_registered(&config.words())?;
    names.extend(load::open("more", 5));
    is_told(&Events::read(&output)?, &end(second)?, &names)
}

fn storm(round: usize) -> JoinHandle<(Vec<String>, Duration)> {
    thread::spawn(move || load::storm(&format!("storm{round}"), OPENS))
}

/// A configuration with a state file of its own.
pub(super) struct Config {
    path: String,
    state: String,
}

impl Config {
    pub(super) fn new(more: &str) -> Result<Self> {
        let (config, state) = (path("config").display().to_string(), path("state").display().to_string());
        fs::write(&config, format!("state_file = {state:?}\n{more}"))?;
        Ok(Self { path: config, state })
    }

    pub(super) fn words(&self) -> [&str; 2] {
        ["--config", &self.path]
    }

    /// Waits until the run has noted how far it came.
    pub(super) fn await_note(&self) -> Result<()> {
        until("oyez has noted how far it came", || Ok(self.read()?["last_serial"].is_u64()))
    }

    /// What the state file says now.
    fn read(&self) -> Result<Value> {
        serde_json::from_str(&fs::read_to_string(&self.state)?).context("the state file is not JSON")
    }
}

/// Ends the run after the storm, once it has heard of something behind it.
pub(super) fn end(second: Oyez) -> Result<Ended> {
    second.catch_up()?;
    let ended = second.end()?;
    ended.events.number("OYEZ_START", "after_crash_of")?;
    ended.balances()?;
    Ok(ended)
}

/// Refuses unless what is in neither run's output was told.
pub(super) fn is_told(first: &Events, second: &Ended, names: &[String]) -> Result<()> {
    let out = first.opened(names)? + second.events.opened(names)?;
    let missing = (names.len() - out.min(names.len())) as u64;
    ensure!(out <= names.len(), "an open came out of both runs");
    let (restart, total) = second.events.lost("restart");
    ensure!(restart == total, "a gap of {total}, told: {restart}");
    // What the kernel could not hold meanwhile; its count is of records.
    let before = second.events.number("OYEZ_START", "kernel_lost")? - first.number("OYEZ_START", "kernel_lost")?;
    let since = second.events.number("OYEZ_STOP", "kernel_lost")?;
    figure(&format!("{missing} missing, told: {restart} at the restart, {before} and {since} by the kernel"))?;
    ensure!(restart > 0, "no gap is told");
    ensure!(missing <= restart + before + since, "{missing} are missing, {restart} and {before} and {since} told");
    Ok(())
}
