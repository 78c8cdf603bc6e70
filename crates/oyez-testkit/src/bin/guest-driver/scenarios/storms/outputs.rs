//! Nobody, or hardly anybody, reads the pipe that oyez writes to while a storm goes on: whole events are shed, each is
//! counted, and the load is not held up.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle, sleep};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::contest::{NOWHERE, OPENS, contest};
use crate::oyez::{Ended, Oyez, path};
use crate::wait::until;
use crate::{kernel, load};

/// As small as it goes: a storm fills it.
const SMALL: &str = "output.buffer = \"1MiB\"\n";
/// What a slow reader takes at a time, and how long it sleeps then: 400 kB/s, of some MB/s.
const BITE: usize = 4096;
const CHEW: Duration = Duration::from_millis(10);

/// A reader that takes little.
pub(in crate::scenarios) fn slow(_: u32) -> Result<()> {
    contest(OPENS, NOWHERE, storm::<Slow>)
}

/// A reader that is stopped, and later goes on.
pub(in crate::scenarios) fn stopped(_: u32) -> Result<()> {
    contest(OPENS, NOWHERE, storm::<Stopped>)
}

fn storm<R: Reader>(round: usize) -> Result<Duration> {
    let config = path("config");
    fs::write(&config, SMALL)?;
    let (oyez, mut reader) = piped::<R>(Command::new("/bin/oyez"), &["--config", &config.display().to_string()])?;
    oyez.await_registration()?;
    reader.hinder(true)?;
    let (names, took) = load::storm(&format!("storm{round}"), OPENS);
    reader.hinder(false)?;
    let mut after = Vec::new();
    until("oyez has recovered", || {
        after.extend(load::open(&format!("after{round}-{}", after.len()), 1));
        Ok(oyez.events()?.opened(&after)? > 0)
    })?;
    is_told(&end(oyez, reader)?, &names)?;
    Ok(took)
}

/// Starts oyez, which `command` becomes, with a pipe as its output, and a reader of it that copies to a file.
pub(super) fn piped<R: Reader>(command: Command, words: &[&str]) -> Result<(Oyez, R)> {
    let (pipe, copy) = (path("pipe"), path("read"));
    kernel::command("mkfifo", &[&pipe.display().to_string()])?;
    // Held open at both ends until the other two are there.
    let held = OpenOptions::new().read(true).write(true).open(&pipe)?;
    let mut oyez = Oyez::spawn_by(command, &pipe, words)?;
    let reader = R::start(&pipe, &copy)?;
    oyez.output = copy;
    until("oyez listens", || Ok(oyez.events()?.said("OYEZ_START").count() == 1))?;
    drop(held);
    Ok((oyez, reader))
}

fn end(mut oyez: Oyez, reader: impl Reader) -> Result<Ended> {
    oyez.signal(Signal::TERM)?;
    let ended = oyez.wait()?;
    reader.join()?;
    ensure!(ended.status.success(), "oyez ended with {}: {}", ended.status, ended.said);
    // The reader may have been behind when oyez ended.
    Ok(Ended { events: oyez.events()?, ..ended })
}

/// Refuses unless something was shed, and all that is missing was.
fn is_told(ended: &Ended, names: &[String]) -> Result<()> {
    ended.balances()?;
    let (shed, total) = ended.events.lost("shed");
    ensure!(shed > 0, "nothing was shed: the reader kept up");
    ensure!(shed == total, "the events that tell of {total} that were shed add up to {shed}");
    let records = ended.events.number("OYEZ_STOP", "shed")?;
    ensure!(records >= shed, "{shed} events were shed, and {records} records");
    let missing = (names.len() - ended.events.opened(names)?) as u64;
    let elsewhere = ended.events.number("OYEZ_STOP", "lost")? + ended.events.number("OYEZ_STOP", "kernel_lost")?;
    ensure!(elsewhere == 0, "{elsewhere} were lost before they could be shed");
    // Opens of others may be among them.
    ensure!((1..=shed).contains(&missing), "{missing} opens are missing, {shed} events were shed");
    Ok(())
}

/// Who reads the pipe.
pub(super) trait Reader: Sized {
    /// Starts to copy from a pipe to a file.
    fn start(pipe: &Path, copy: &Path) -> Result<Self>;

    /// Makes it read less than comes, or all.
    fn hinder(&mut self, hinder: bool) -> Result<()>;

    /// Waits until it has read to the end.
    fn join(self) -> Result<()>;
}

struct Slow {
    is_slow: Arc<AtomicBool>,
    thread: JoinHandle<Result<()>>,
}

impl Reader for Slow {
    fn start(pipe: &Path, copy: &Path) -> Result<Self> {
        let is_slow = Arc::new(AtomicBool::new(false));
        let (pipe, copy, slow) = (PathBuf::from(pipe), PathBuf::from(copy), Arc::clone(&is_slow));
        let thread = thread::spawn(move || read(&pipe, &copy, &slow));
        Ok(Self { is_slow, thread })
    }

    fn hinder(&mut self, hinder: bool) -> Result<()> {
        self.is_slow.store(hinder, Relaxed);
        Ok(())
    }

    fn join(self) -> Result<()> {
        self.thread.join().map_err(|_| anyhow!("the reader panicked"))?
    }
}

fn read(pipe: &Path, copy: &Path, is_slow: &AtomicBool) -> Result<()> {
    let (mut pipe, mut copy) = (File::open(pipe)?, File::create(copy)?);
    let mut buffer = vec![0; 16 * BITE];
    loop {
        let is_slow = is_slow.load(Relaxed);
        let some = if is_slow { &mut buffer[..BITE] } else { &mut buffer[..] };
        match pipe.read(some).context("cannot read the pipe")? {
            0 => return Ok(()),
            bytes => copy.write_all(&some[..bytes]).context("cannot write the copy")?,
        }
        if is_slow {
            sleep(CHEW);
        }
    }
}

/// A process that can be stopped.
pub(super) struct Stopped(Child);

impl Reader for Stopped {
    fn start(pipe: &Path, copy: &Path) -> Result<Self> {
        let mut command = Command::new("/bin/cat");
        command.arg(pipe).stdin(Stdio::null()).stdout(File::create(copy)?);
        command.spawn().map(Self).context("cannot run cat")
    }

    fn hinder(&mut self, hinder: bool) -> Result<()> {
        let signal = if hinder { Signal::STOP } else { Signal::CONT };
        kill_process(Pid::from_child(&self.0), signal).context("cannot signal the reader")
    }

    fn join(mut self) -> Result<()> {
        until("the reader has ended", || Ok(self.0.try_wait()?.is_some()))
    }
}
