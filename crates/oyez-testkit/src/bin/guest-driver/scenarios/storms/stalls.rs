//! The whole of oyez is stopped and let go again, a millisecond each, as on a host whose processors others want too: all
//! that comes meanwhile is kept in the kernel, and nothing is lost.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::contest::{NOWHERE, OPENS, contest, figure};
use crate::load;
use crate::oyez::Oyez;

/// How long it is stopped, and how long let go; the guest's clock may make more of it.
const STALL: Duration = Duration::from_millis(1);
/// Fewer are no storm of stalls.
const LEAST: u32 = 100;

pub(in crate::scenarios) fn stalls(_: u32) -> Result<()> {
    let (mut count, mut stood) = (0, Duration::ZERO);
    contest(OPENS, NOWHERE, |round| {
        let oyez = Oyez::start_registered(&[])?;
        let stalls = Stalls::start(oyez.pid())?;
        let (names, took) = load::storm(&format!("storm{round}"), OPENS);
        let stalled = stalls.end()?;
        (count, stood) = (count + stalled.0, stood + stalled.1);
        oyez.catch_up()?;
        let output = oyez.output.clone();
        let ended = oyez.end()?;
        ended.balances()?;
        ended.events.opened_all(&names)?;
        for key in ["lost", "shed", "kernel_lost"] {
            let lost = ended.events.number("OYEZ_STOP", key)?;
            ensure!(lost == 0, "{key}: {lost}");
        }
        fs::remove_file(output)?;
        Ok(took)
    })?;
    figure(&format!("{count} stalls, {:.1} ms each", 1e3 * stood.as_secs_f64() / f64::from(count)))?;
    ensure!(count >= LEAST, "stopped only {count} times");
    Ok(())
}

/// A thread that stops a process and lets it go.
struct Stalls {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Result<(u32, Duration)>>,
}

impl Stalls {
    fn start(pid: u32) -> Result<Self> {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).context("no process id")?;
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        Ok(Self { over, thread: thread::spawn(move || stall(pid, &is_over)) })
    }

    /// Lets it go for good; how often and for how long it was stopped.
    fn end(self) -> Result<(u32, Duration)> {
        self.over.store(true, Relaxed);
        self.thread.join().map_err(|_| anyhow!("who stops it panicked"))?
    }
}

fn stall(pid: Pid, is_over: &AtomicBool) -> Result<(u32, Duration)> {
    let (mut count, mut stood) = (0, Duration::ZERO);
    while !is_over.load(Relaxed) {
        let start = Instant::now();
        kill_process(pid, Signal::STOP).context("cannot stop oyez")?;
        sleep(STALL);
        kill_process(pid, Signal::CONT).context("cannot let oyez go on")?;
        (count, stood) = (count + 1, stood + start.elapsed());
        sleep(STALL);
    }
    Ok((count, stood))
}
