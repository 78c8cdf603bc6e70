//! Booted with `audit=1`, nobody listens: the kernel holds what it can, up to `backlog_limit` records.

use anyhow::{Result, ensure};

use crate::oyez::Oyez;
use crate::{kernel, load};

/// There is room for everything: everything comes out at the attach.
pub(super) fn comes_whole(_: u32) -> Result<()> {
    kernel::auditctl("-b 4096")?;
    kernel::watch_opens()?;
    let lost = kernel::number("lost")?;
    let names = load::open("held", 200);
    ensure!(kernel::number("lost")? == lost, "the kernel could not hold what it should");
    let oyez = Oyez::start(&[])?;
    oyez.await_opens(&names)?;
    let ended = oyez.end()?;
    ended.events.opened_all(&names)?;
    ended.balances()
}

/// There is not: oyez tells how much the kernel had lost before it came, and the rest comes out.
pub(super) fn overflows(_: u32) -> Result<()> {
    kernel::auditctl("-b 64")?;
    kernel::auditctl("--backlog_wait_time 0")?;
    kernel::watch_opens()?;
    let names = load::open("held", 400);
    let lost = kernel::number("lost")?;
    ensure!(lost > 0, "the kernel lost nothing");
    let oyez = Oyez::start(&[])?;
    let later = load::open("later", 5);
    oyez.await_opens(&later)?;
    let ended = oyez.end()?;
    let held = ended.events.opened(&names)?;
    // An open is five records.
    ensure!((1..=64 / 4 + 1).contains(&held), "{held} of the held opens came out");
    let before = ended.events.number("OYEZ_START", "kernel_lost")?;
    ensure!(before >= u64::from(lost), "the kernel had lost {lost}, oyez says {before}");
    ended.balances()
}
