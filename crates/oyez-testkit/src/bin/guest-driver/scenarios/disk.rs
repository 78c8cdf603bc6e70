//! The disk that the events go to is full for a while.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::oyez::Oyez;
use crate::wait::until;
use crate::{kernel, load};

pub(super) fn fills(_: u32) -> Result<()> {
    fs::create_dir("/full")?;
    kernel::command("mount", &["-t", "tmpfs", "-o", "size=256k", "none", "/full"])?;
    kernel::watch_opens()?;
    let oyez = Oyez::spawn(Path::new("/full/events"), &[])?;
    oyez.await_opens(&load::open("before", 10))?;
    let full = load::open("full", 500);
    until("the disk is full", || Ok(oyez.said()?.contains("No space left on device")))?;
    kernel::command("mount", &["-o", "remount,size=64m", "/full"])?;
    let after = load::open("after", 10);
    oyez.await_opens(&after)?;
    let ended = oyez.end()?;
    for part in ["cannot write to \"/full/events\", events are lost", "\"/full/events\" can be written again"] {
        ensure!(ended.said.matches(part).count() == 1, "not once {part:?}: {}", ended.said);
    }
    ended.balances()?;
    let written = ended.events.opened(&full)?;
    ensure!(written < full.len(), "all {written} events fitted on a full disk");
    let (told, total) = ended.events.lost("output");
    ensure!(total >= (full.len() - written) as u64, "{written} of {} written, {total} told as lost", full.len());
    ensure!(told == total, "the events that tell of {total} losses add up to {told}");
    Ok(())
}
