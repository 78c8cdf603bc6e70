//! The kernel's backlog is full and nobody reads oyez's output.

use std::fs::{self, File, OpenOptions};
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::process::Signal;

use crate::oyez::{Ended, Oyez};
use crate::wait::until;
use crate::{kernel, load};

const PIPE: &str = "/tmp/pipe";
/// As small as they go, and tasks do not wait: records are lost at every place.
const SMALL: &str = "kernel.backlog_limit = 64\nkernel.backlog_max = 64\nkernel.backlog_wait_time = 0\nreceive.queue = \"1MiB\"\noutput.buffer = \"1MiB\"\n";
/// What the flood may take: far more than it does, far less than if each open waited for the reader.
const FLOOD: Duration = Duration::from_mins(1);

/// Somebody reads after all: what was lost is told, place by place.
pub(super) fn fills(_: u32) -> Result<()> {
    let (mut oyez, pipe) = start()?;
    flood()?;
    let reader = Command::new("/bin/cat").arg(PIPE).stdout(File::create("/tmp/read")?).spawn();
    let mut reader = reader.context("cannot run cat")?;
    oyez.output = "/tmp/read".into();
    await_recovery(&oyez)?;
    // The reader holds it open now, and will hear of the end.
    drop(pipe);
    let before = kernel::number("lost")?;
    oyez.signal(Signal::TERM)?;
    let ended = oyez.wait()?;
    let after = kernel::number("lost")?;
    reader.wait()?;
    ensure!(ended.status.success(), "oyez ended with {}: {}", ended.status, ended.said);
    // The reader may have been behind when oyez ended.
    is_told(&Ended { events: oyez.events()?, ..ended }, before.into()..=after.into())
}

/// Nobody does: oyez ends all the same, puts everything back, and says how much was not written.
pub(super) fn stays_full(_: u32) -> Result<()> {
    let before = kernel::settings()?;
    let (mut oyez, _pipe) = start()?;
    flood()?;
    // Of the pipe nothing may be read.
    oyez.output = "/dev/null".into();
    let ended = oyez.end()?;
    ended.has_said("the output is blocked")?;
    ended.has_said("records were not written")?;
    let (pid, after) = (kernel::number("pid")?, kernel::settings()?);
    ensure!(pid == 0 && after == before, "the settings were {before:?} and are {after:?}, the pid {pid}");
    Ok(())
}

/// Starts oyez with a pipe as its output, held open here at both ends, so that oyez can open it too.
fn start() -> Result<(Oyez, File)> {
    kernel::watch_opens()?;
    fs::write("/tmp/small.toml", SMALL)?;
    kernel::command("mkfifo", &[PIPE])?;
    let pipe = OpenOptions::new().read(true).write(true).open(PIPE)?;
    let oyez = Oyez::spawn(Path::new(PIPE), &["--config", "/tmp/small.toml"])?;
    until("oyez is registered", || Ok(kernel::number("pid")? == oyez.pid()))?;
    until("tasks do not wait", || Ok(kernel::number("backlog_wait_time")? == 0))?;
    Ok((oyez, pipe))
}

fn flood() -> Result<()> {
    let start = Instant::now();
    load::open("flood", 6000);
    let took = start.elapsed();
    ensure!(took < FLOOD, "the flood took {took:?}");
    Ok(())
}

/// Waits until an open comes out again; while the queues run empty some still get lost.
fn await_recovery(oyez: &Oyez) -> Result<()> {
    let mut names = Vec::new();
    until("oyez has recovered", || {
        names.extend(load::open(&format!("after{}", names.len()), 1));
        Ok(oyez.events()?.opened(&names)? > 0)
    })
}

/// Refuses unless all losses are told, the kernel's being in `lost`: nobody listens between oyez's last look and its end.
fn is_told(ended: &Ended, lost: RangeInclusive<u64>) -> Result<()> {
    ended.balances()?;
    let (kernel, total) = ended.events.lost("kernel");
    ensure!(kernel > 0 && kernel == total, "lost by the kernel, told: {kernel} of {total}");
    let known = kernel + ended.events.number("OYEZ_START", "kernel_lost")?;
    ensure!(lost.contains(&known), "the kernel lost {lost:?}, told: {known}");
    let mut stopped = 0;
    for (place, key) in [("queue", "lost"), ("shed", "shed")] {
        let (told, total) = ended.events.lost(place);
        ensure!(told == total, "{place}: told {told} of {total}");
        let last = ended.events.number("OYEZ_STOP", key)?;
        // The last word counts records; what was shed is told by events, of a record or more each.
        let is_same = if place == "shed" { last >= told && (last > 0) == (told > 0) } else { last == told };
        ensure!(is_same, "{place}: the last word tells {last}, told before: {told}");
        stopped += told;
    }
    ensure!(stopped > 0, "nothing was lost at the queue, and nothing shed");
    Ok(())
}
