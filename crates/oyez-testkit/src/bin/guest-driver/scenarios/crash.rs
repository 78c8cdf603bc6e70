//! oyez dies without a chance to put anything back.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;

use anyhow::{Result, ensure};
use rustix::process::Signal;

use crate::oyez::{Ended, Oyez};
use crate::wait::until;
use crate::{kernel, load};

/// Lies on the host, so that the next boot finds it.
const STATE: &str = "/shared/state.json";
const CONFIG: &str = "/shared/oyez.toml";
/// What the kernel boots with.
const FOUND: u32 = 64;

/// SIGKILL; the next run puts right what it left, and tells the gap. Then it is killed again and the host boots: that is
/// another life, of which nothing is put back and nothing is missing.
pub(super) fn by_kill(boot: u32) -> Result<()> {
    if boot == 2 {
        return after_a_boot();
    }
    fs::write(CONFIG, format!("state_file = {STATE:?}\n"))?;
    kernel::watch_opens()?;
    crash(Signal::KILL)?;
    // The kernel holds these, being booted with audit=1.
    let between = load::open("between", 5);
    let ended = restart()?;
    ended.events.opened_all(&between)?;
    let (_, missed) = ended.events.lost("restart");
    ensure!(missed > 0, "the events that died with the first run are not told");
    crash(Signal::KILL)
}

fn after_a_boot() -> Result<()> {
    ensure!(fs::exists(STATE)?, "no state outlived the boot");
    kernel::watch_opens()?;
    let oyez = Oyez::start_registered(&["--config", CONFIG])?;
    oyez.await_opens(&load::open("booted", 5))?;
    let ended = oyez.end()?;
    ensure!(!ended.said.contains("earlier oyez"), "took over from another boot: {}", ended.said);
    ensure!(ended.events.lost("restart") == (0, 0), "tells a gap between two boots");
    is_put_back()
}

/// Faults of oyez itself end it the same way.
pub(super) fn by_fault(_: u32) -> Result<()> {
    fs::write(CONFIG, format!("state_file = {STATE:?}\n"))?;
    kernel::watch_opens()?;
    for signal in [Signal::SEGV, Signal::ABORT] {
        crash(signal)?;
        restart()?;
    }
    Ok(())
}

/// Runs one until it has noted how far it came, has it hear more, and ends it by `signal`.
fn crash(signal: Signal) -> Result<()> {
    let oyez = Oyez::start_registered(&["--config", CONFIG])?;
    oyez.await_opens(&load::open("noted", 5))?;
    until("oyez has noted how far it came", || Ok(!fs::read_to_string(STATE)?.contains("\"last_serial\":null")))?;
    oyez.await_opens(&load::open("unnoted", 5))?;
    let pid = oyez.pid();
    let ended = oyez.end_by(signal)?;
    ensure!(ended.status.signal() == Some(signal.as_raw()), "{signal:?} was sent, it ended with {}", ended.status);
    ensure!(kernel::number("backlog_limit")? >= 8192, "somebody put back what {pid} could not");
    Ok(())
}

/// Runs one after a crash, which puts everything right.
fn restart() -> Result<Ended> {
    let oyez = Oyez::start_registered(&["--config", CONFIG])?;
    let names = load::open("restarted", 5);
    oyez.await_opens(&names)?;
    let ended = oyez.end()?;
    ended.has_said("did not end in order; its changes are taken over")?;
    ended.events.number("OYEZ_START", "after_crash_of")?;
    ended.balances()?;
    is_put_back()?;
    Ok(ended)
}

fn is_put_back() -> Result<()> {
    let limit = kernel::number("backlog_limit")?;
    ensure!(limit == FOUND, "the backlog limit was {FOUND} and is {limit}");
    ensure!(!fs::exists(STATE)?, "the state outlived its use");
    Ok(())
}
