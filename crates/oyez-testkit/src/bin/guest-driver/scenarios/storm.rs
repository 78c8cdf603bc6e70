//! The whole system under a rule, and a great deal going on.

use anyhow::{Result, ensure};

use crate::oyez::Oyez;
use crate::{kernel, load};

/// Ended right behind the last of it: each command and each name comes out once, the books balance, the kernel lost nothing,
/// and audit is off as it was.
pub(super) fn balances(_: u32) -> Result<()> {
    kernel::auditctl("-a always,exit -F arch=b64 -S execve,openat -k all")?;
    kernel::auditctl("-e 0")?;
    let oyez = Oyez::start_registered(&[])?;
    let mut names = Vec::new();
    let mut titles = Vec::new();
    for round in 0..10 {
        names.extend(load::open(&format!("storm{round}"), 400));
        titles.extend(load::execute(&format!("storm{round}"), 30)?);
    }
    let ended = oyez.end()?;
    ended.balances()?;
    ended.events.opened_all(&names)?;
    let executed = ended.events.executed(&titles)?;
    ensure!(executed == titles.len(), "{executed} of {} commands came out", titles.len());
    let lost = ended.events.number("OYEZ_STOP", "kernel_lost")?;
    ensure!(lost == 0, "the kernel lost {lost}");
    ensure!(kernel::number("enabled")? == 0, "audit was off, and is on");
    Ok(())
}
