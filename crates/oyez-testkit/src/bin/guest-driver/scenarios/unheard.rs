//! Booted without `audit=1`: tasks that were there before audit was first enabled are never heard.

use anyhow::{Result, ensure};

use crate::oyez::Oyez;
use crate::{kernel, load};

pub(super) fn before_the_start(_: u32) -> Result<()> {
    kernel::watch_opens()?;
    let before = kernel::settings()?;
    ensure!(before["enabled"] == 0, "audit is on already");
    let early = load::open("early", 20);
    let oyez = Oyez::start_registered(&[])?;
    // This process was there before.
    let ours = load::open("ours", 20);
    let child = "/tmp/child".to_owned();
    load::open_in_child(&child)?;
    oyez.await_opens(std::slice::from_ref(&child))?;
    let ended = oyez.end()?;
    ended.has_said("audit=1 on the kernel's command line")?;
    for names in [early, ours] {
        let opened = ended.events.opened(&names)?;
        ensure!(opened == 0, "{opened} of {:?}… were heard", names.first());
    }
    let after = kernel::settings()?;
    ensure!(after == before, "the settings were {before:?} and are {after:?}");
    ended.balances()
}
