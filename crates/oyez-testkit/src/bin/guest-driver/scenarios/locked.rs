//! `auditctl -e 2`: nothing about audit can be changed until the next boot.

use anyhow::{Result, ensure};

use crate::oyez::Oyez;
use crate::{kernel, load};

/// oyez starts on a locked kernel: it hears, says what it can't set, and leaves no trace.
pub(super) fn stays_as_it_is(_: u32) -> Result<()> {
    kernel::watch_opens()?;
    kernel::auditctl("-e 2")?;
    let before = kernel::settings()?;
    ensure!(before["enabled"] == 2 && before["backlog_limit"] < 8192, "not a kernel to test on: {before:?}");
    let oyez = Oyez::start(&[])?;
    ensure!(kernel::number("pid")? == oyez.pid(), "oyez is not registered");
    ensure!(kernel::command("/bin/oyez", &["status"])?.contains("locked"), "the status does not say locked");
    oyez.await_opens(&load::open("locked", 50))?;
    let ended = oyez.end()?;
    ended.has_said("cannot set the kernel's backlog_limit")?;
    ensure!(!ended.said.contains("put back"), "put something back: {}", ended.said);
    is_released(&before)?;
    ended.balances()
}

/// The lock comes while oyez runs: what it changed can't be put back, which it says.
pub(super) fn comes_later(_: u32) -> Result<()> {
    kernel::watch_opens()?;
    let oyez = Oyez::start_registered(&[])?;
    kernel::auditctl("-e 2")?;
    let before = kernel::settings()?;
    oyez.await_opens(&load::open("locked", 20))?;
    let ended = oyez.end()?;
    ended.has_said("cannot put back the kernel's backlog_limit")?;
    is_released(&before)?;
    ended.balances()
}

/// Refuses unless the registration is free and the settings are these.
fn is_released(settings: &kernel::Status) -> Result<()> {
    let (pid, after) = (kernel::number("pid")?, kernel::settings()?);
    ensure!(pid == 0, "pid {pid} is still registered");
    ensure!(after == *settings, "the settings were {settings:?} and are {after:?}");
    Ok(())
}
