//! Debian's auditd on the same host, before oyez and after it.

use std::process::{Child, Command};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::oyez::Oyez;
use crate::wait::until;
use crate::{kernel, load};

/// It is there first: oyez listens beside it, and beside the next one, and never takes its place.
pub(super) fn was_first(_: u32) -> Result<()> {
    kernel::watch_opens()?;
    let first = start_registered()?;
    let before = kernel::settings()?;
    let mut refused = Oyez::spawn("/tmp/refused".as_ref(), &["--mode", "unicast"])?;
    let refused = refused.wait()?;
    ensure!(refused.status.code() == Some(5), "asked for unicast it ended with {}", refused.status);
    let oyez = Oyez::start(&[])?;
    until("oyez says who is registered", || {
        Ok(oyez.said()?.contains(&format!("\"auditd\" (pid {}) is the registered audit daemon", first.id())))
    })?;
    oyez.await_opens(&load::open("first", 20))?;
    ensure!(kernel::number("pid")? == first.id(), "auditd lost its place");
    stop(first)?;
    oyez.await_opens(&load::open("nobody", 5))?;
    ensure!(kernel::number("pid")? == 0, "somebody took auditd's place");
    let second = start_registered()?;
    oyez.await_opens(&load::open("second", 20))?;
    let ended = oyez.end()?;
    ensure!(kernel::number("pid")? == second.id(), "the second auditd lost its place");
    ensure!(kernel::settings()? == before, "the settings were changed");
    stop(second)?;
    ended.balances()
}

/// It comes later: the kernel refuses it, oyez stays and tells who tried.
pub(super) fn comes_later(_: u32) -> Result<()> {
    kernel::watch_opens()?;
    let oyez = Oyez::start_registered(&[])?;
    let mut auditd = start()?;
    until("the attempt is told", || Ok(oyez.events()?.said("OYEZ_REPLACE").count() > 0))?;
    until("auditd has given up", || Ok(auditd.try_wait()?.is_some()))?;
    ensure!(kernel::number("pid")? == oyez.pid(), "oyez lost its place");
    oyez.await_opens(&load::open("still", 10))?;
    let ended = oyez.end()?;
    let who = ended.events.number("OYEZ_REPLACE", "pid")?;
    ensure!(who == u64::from(auditd.id()), "told that {who} tried, and it was {}", auditd.id());
    ended.balances()
}

fn start() -> Result<Child> {
    let mut command = Command::new("/bin/auditd");
    // In the foreground, and audit left as it is.
    command.args(["-n", "-s", "nochange"]);
    command.spawn().context("cannot run auditd")
}

fn start_registered() -> Result<Child> {
    let auditd = start()?;
    until("auditd is registered", || Ok(kernel::number("pid")? == auditd.id()))?;
    Ok(auditd)
}

fn stop(mut auditd: Child) -> Result<()> {
    kill_process(Pid::from_child(&auditd), Signal::TERM).context("cannot signal auditd")?;
    until("auditd has ended", || Ok(auditd.try_wait()?.is_some()))
}
