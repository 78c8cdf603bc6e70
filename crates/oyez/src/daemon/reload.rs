//! SIGHUP and `oyez reload`: the configuration read again. A good one is taken between two batches; a bad one changes
//! nothing and is told in full.
//!
//! Keys that count only at the next start are named and left. The output is opened anew either way the configuration
//! went, so that a rotated log is let go of.

use oyez_netlink::Kernel;

use super::pipeline::{Change, Command, Grouping};
use super::restore::Restorer;
use super::told::Told;
use crate::config::{KernelSettings, Loaded, Problems, Settings};
use crate::form::{self, Terminal};

/// Reads the configuration as at the start, flags included.
pub(crate) type Load = Box<dyn Fn() -> Result<Loaded, Problems>>;

/// Takes configurations.
pub(crate) struct Reloader {
    load: Load,
    /// What the daemon was started with: what counts only at a start is compared with it.
    started: Loaded,
    current: Settings,
    terminal: Terminal,
    boot: Option<String>,
    service: bool,
    /// Whether the kernel's settings are this process's to change.
    tunes: bool,
    report: fn(&str),
}

impl Reloader {
    /// Reads through `load`. `service` is whether a service manager started the daemon, `tunes` whether the kernel's
    /// settings are its business.
    pub(crate) fn new(
        load: Load,
        started: Loaded,
        terminal: Terminal,
        boot: Option<String>,
        (service, tunes): (bool, bool),
        report: fn(&str),
    ) -> Self {
        let current = started.settings.clone();
        Self { load, started, current, terminal, boot, service, tunes, report }
    }

    /// Whether the host is to be put back at the end.
    pub(crate) fn restores(&self) -> bool {
        self.current.on_exit.restores(self.service)
    }

    /// Reads the configuration again; the command makes the pipeline go on with it, or with the old one.
    pub(crate) fn reload<K: Kernel>(&mut self, restorer: &mut Restorer<K>) -> Command {
        let told = match (self.load)() {
            Ok(loaded) => self.take(loaded, restorer),
            Err(problems) => self.refuse(&problems),
        };
        Command::Change(Box::new(Change {
            formatter: form::formatter(&self.current, self.terminal, self.boot.as_deref()),
            grouping: Grouping::of(&self.current.group),
            output: self.current.output.path.clone(),
            told,
        }))
    }

    fn take<K: Kernel>(&mut self, loaded: Loaded, restorer: &mut Restorer<K>) -> Told {
        let waiting: Vec<String> = self.started.needs_restart(&loaded).map(|(old, _)| old.path.clone()).collect();
        if !waiting.is_empty() {
            (self.report)(&format!("at the next start only: {}", waiting.join(", ")));
        }
        // What counts only at a start stays as it was.
        let kept = self.started.settings.clone();
        self.current = Settings {
            mode: kept.mode,
            state_file: kept.state_file,
            pid_file: kept.pid_file,
            receive: kept.receive,
            kernel: KernelSettings { enable: kept.kernel.enable, ..loaded.settings.kernel },
            ..loaded.settings
        };
        if self.tunes
            && let Err(error) = restorer.change(&self.current.kernel, self.restores())
        {
            (self.report)(&format!("{error:#}"));
        }
        (self.report)("the configuration was taken");
        let told = Told::now("OYEZ_RELOAD").with("result", "success");
        if waiting.is_empty() { told } else { told.with("next_start", waiting.join(",")) }
    }

    fn refuse(&self, problems: &Problems) -> Told {
        (self.report)(&format!("the configuration was not taken, the old one stays: {problems}"));
        Told::now("OYEZ_RELOAD").with("result", "failed").with("error", problems.to_string())
    }
}
