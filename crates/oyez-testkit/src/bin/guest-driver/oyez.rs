//! A running `oyez run`: started, asked what it wrote, signalled, ended.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::events::Events;
use crate::kernel;
use crate::wait::until;

/// What a signal handler may take.
const HANDLER: Duration = Duration::from_millis(500);

/// One run.
pub(crate) struct Oyez {
    child: Child,
    /// Where to read what it wrote.
    pub(crate) output: PathBuf,
    said: PathBuf,
}

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) events: Events,
    /// Its standard error.
    pub(crate) said: String,
}

impl Oyez {
    /// Starts one and waits until it listens; `words` follow `oyez run`. What it changed is put back at its end.
    pub(crate) fn start(words: &[&str]) -> Result<Self> {
        let oyez = Self::spawn(&path("events"), words)?;
        until("oyez listens", || Ok(oyez.events()?.said("OYEZ_START").count() == 1))?;
        Ok(oyez)
    }

    /// Starts one that is the registered daemon, and waits until it has raised the backlog limit, its last change but
    /// turning audit on.
    pub(crate) fn start_registered(words: &[&str]) -> Result<Self> {
        let oyez = Self::start(words)?;
        oyez.await_registration()?;
        Ok(oyez)
    }

    /// Waits until it is the registered daemon and has raised the backlog limit.
    pub(crate) fn await_registration(&self) -> Result<()> {
        until("oyez is registered and has changed the settings", || {
            let status = kernel::status()?;
            Ok(status["pid"] == self.pid() && status["backlog_limit"] >= 8192 && status["enabled"] == 1)
        })
    }

    /// Starts one that writes to `output`.
    pub(crate) fn spawn(output: &Path, words: &[&str]) -> Result<Self> {
        Self::spawn_by(Command::new("/bin/oyez"), output, words)
    }

    /// The same by a command that becomes oyez with the words given to it.
    pub(crate) fn spawn_by(mut command: Command, output: &Path, words: &[&str]) -> Result<Self> {
        let said = path("said");
        command.args(["run", "--on-exit", "restore", "--format", "json"]).arg("--output").arg(output).args(words);
        let child = command.stderr(File::create(&said)?).spawn().context("cannot run oyez")?;
        Ok(Self { child, output: output.to_owned(), said })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has written so far.
    pub(crate) fn events(&self) -> Result<Events> {
        // Not there before it has opened it.
        Events::parse(&fs::read_to_string(&self.output).unwrap_or_default())
    }

    /// What it has said so far on standard error.
    pub(crate) fn said(&self) -> Result<String> {
        fs::read_to_string(&self.said).context("cannot read what oyez said")
    }

    /// Waits until all of these opens came out.
    pub(crate) fn await_opens(&self, names: &[String]) -> Result<()> {
        until("all opens came out", || Ok(self.events()?.opened(names)? == names.len()))
    }

    /// Waits until all came out that has happened by now: where audit was on before, what the kernel still holds at the end
    /// is for the next one.
    pub(crate) fn catch_up(&self) -> Result<()> {
        let behind = path("behind").display().to_string();
        // That there is no such file is what the kernel says of it.
        let _ = File::open(&behind);
        until("oyez has caught up", || Ok(fs::read_to_string(&self.output)?.contains(&behind)))
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(Pid::from_child(&self.child), signal).context("cannot signal oyez")
    }

    /// Kills it, and looks at nothing; where it wrote to.
    pub(crate) fn kill(mut self) -> Result<PathBuf> {
        self.signal(Signal::KILL)?;
        self.child.wait().context("cannot wait for oyez")?;
        Ok(self.output.clone())
    }

    /// Ends it by a signal that it has no say in, or that it ends by in order.
    pub(crate) fn end_by(mut self, signal: Signal) -> Result<Ended> {
        self.signal(signal)?;
        if signal == Signal::SEGV {
            // Rust's handler, there for overflowing stacks, takes itself away and waits for the fault to come again.
            sleep(HANDLER);
            self.signal(signal)?;
        }
        self.wait()
    }

    /// Ends it as an administrator would, which must succeed.
    pub(crate) fn end(self) -> Result<Ended> {
        let ended = self.end_by(Signal::TERM)?;
        ensure!(ended.status.success(), "oyez ended with {}: {}", ended.status, ended.said);
        Ok(ended)
    }

    /// Waits for an end that nobody brings about.
    pub(crate) fn wait(&mut self) -> Result<Ended> {
        let child = &mut self.child;
        until("oyez has ended", || Ok(child.try_wait()?.is_some()))?;
        let status = self.child.wait()?;
        Ok(Ended { status, events: self.events()?, said: self.said()? })
    }
}

impl Drop for Oyez {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ = self.child.kill();
    }
}

impl Ended {
    /// Refuses unless the last word's books balance.
    pub(crate) fn balances(&self) -> Result<()> {
        let count = |key| self.events.number("OYEZ_STOP", key);
        let (received, out) =
            (count("received")?, count("emitted")? + count("filtered")? + count("shed")? + count("lost")?);
        ensure!(received == out, "received {received}, accounted for {out}");
        Ok(())
    }

    /// Refuses unless this was said on standard error.
    pub(crate) fn has_said(&self, part: &str) -> Result<()> {
        ensure!(self.said.contains(part), "oyez did not say {part:?} but: {}", self.said);
        Ok(())
    }
}

/// A new file's path.
pub(crate) fn path(what: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("/tmp/{what}.{}", COUNT.fetch_add(1, Ordering::Relaxed)).into()
}
