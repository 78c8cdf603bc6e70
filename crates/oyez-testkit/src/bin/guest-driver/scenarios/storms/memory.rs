//! A memory limit by control group (memory.max, Documentation/admin-guide/cgroup-v2.rst) in a storm: what can be given
//! back is, and when the kernel kills oyez all the same, the next run tells what that cost.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rustix::process::Signal;

use super::contest::{NOWHERE, OPENS, contest, figure};
use super::killed::{Config, end, is_told};
use super::outputs::{Reader as _, Stopped, piped};
use crate::oyez::Oyez;
use crate::wait::until;
use crate::{kernel, load};

const GROUPS: &str = "/tmp/groups";
const GROUP: &str = "/tmp/groups/oyez";
/// Where the run without a limit writes.
const FREE: &str = "/shared/free";
/// Of the host: pages of its files are memory that can be written out.
const SHARED: &str = "/shared";
/// Half of what it is to make do with after any load, and no more than the events of one storm.
const LIMIT: u64 = 12_000_000;

/// What oyez writes stays in the page cache and counts as its own, until there is more than it may have.
pub(in crate::scenarios) fn of_the_page_cache(_: u32) -> Result<()> {
    make_group(LIMIT)?;
    let mut hit = 0;
    contest(OPENS, FREE, |round| {
        let output = Path::new(SHARED).join(format!("events{round}"));
        let oyez = Oyez::spawn_by(grouped(), &output, &[])?;
        oyez.await_registration()?;
        let (names, took) = load::storm(&format!("storm{round}"), OPENS);
        oyez.catch_up()?;
        let ended = oyez.end()?;
        ended.balances()?;
        ended.events.opened_all(&names)?;
        ensure!(event("oom_kill")? == 0, "something was killed");
        hit = event("max")?;
        fs::remove_file(output)?;
        Ok(took)
    })?;
    let peak = fs::read_to_string(format!("{GROUP}/memory.peak")).unwrap_or_default();
    figure(&format!("memory.max {LIMIT} was hit {hit} times, peak {}", peak.trim_end()))?;
    ensure!(hit > 0, "the limit was not hit");
    Ok(())
}

/// It needs more than it may have: it is killed, and the run after it tells what may be missing.
pub(in crate::scenarios) fn is_more_than_it_may_take(_: u32) -> Result<()> {
    make_group(LIMIT)?;
    contest(OPENS, NOWHERE, |round| {
        let config = Config::new("output.buffer = \"256MiB\"\n")?;
        let (mut oyez, mut reader) = piped::<Stopped>(grouped(), &config.words())?;
        oyez.await_registration()?;
        oyez.await_opens(&load::open(&format!("before{round}"), 5))?;
        config.await_note()?;
        reader.hinder(true)?;
        let (mut names, took) = load::storm(&format!("storm{round}"), OPENS);
        until("oyez is killed", || {
            names.extend(load::open(&format!("more{round}-{}", names.len()), 500));
            Ok(event("oom_kill")? > round as u64)
        })?;
        let ended = oyez.wait()?;
        ensure!(ended.status.signal() == Some(Signal::KILL.as_raw()), "it ended with {}", ended.status);
        reader.hinder(false)?;
        reader.join()?;
        let first = oyez.events()?;
        let second = Oyez::start_registered(&config.words())?;
        is_told(&first, &end(second)?, &names)?;
        Ok(took)
    })
}

fn make_group(limit: u64) -> Result<()> {
    fs::create_dir(GROUPS)?;
    kernel::command("mount", &["-t", "cgroup2", "none", GROUPS])?;
    fs::write(format!("{GROUPS}/cgroup.subtree_control"), "+memory").context("no memory controller")?;
    fs::create_dir(GROUP)?;
    fs::write(format!("{GROUP}/memory.max"), limit.to_string()).context("cannot set the limit")
}

/// A command that is in the group before it becomes oyez.
fn grouped() -> Command {
    let mut command = Command::new("/bin/sh");
    let script = format!("echo $$ > {GROUP}/cgroup.procs && exec /bin/oyez \"$@\"");
    command.args(["-c", &script, "oyez"]);
    command
}

/// How often this happened in the group (memory.events).
fn event(name: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("{GROUP}/memory.events"))?;
    let count = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    count.with_context(|| format!("memory.events has no {name}"))
}
