//! SIGHUP and `oyez reload`: the configuration read again. A good one is taken between two batches; a bad one changes
//! nothing and is told in full.
//!
//! Keys that count only at the next start are named and left. The output is opened anew either way the configuration
//! went, so that a rotated log is let go of.

use oyez_filter::Filters;
use oyez_netlink::Kernel;

use super::pipeline::{Change, Command, Grouping};
use super::restore::Restorer;
use super::told::Told;
use crate::config::{KernelSettings, Loaded, OutputSettings, Problems, ReceiveSettings, Settings};
use crate::filters;
use crate::form::{self, Boot, Terminal};
use crate::rules::compile::Plan;

/// Reads the configuration as at the start, flags included.
pub(crate) type Load = Box<dyn Fn() -> Result<Loaded, Problems>>;

/// What this process is on its host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// A service manager started it.
    pub(crate) service: bool,
    /// The kernel's settings are its business.
    pub(crate) tunes: bool,
    /// The kernel's rules are.
    pub(crate) loads: bool,
}

/// Takes configurations.
pub(crate) struct Reloader {
    load: Load,
    /// What the daemon was started with: what counts only at a start is compared with it.
    started: Loaded,
    current: Settings,
    terminal: Terminal,
    boot: Boot,
    standing: Standing,
    report: fn(&str),
}

impl Reloader {
    /// Reads through `load`.
    pub(crate) fn new(
        load: Load,
        started: Loaded,
        terminal: Terminal,
        boot: Boot,
        standing: Standing,
        report: fn(&str),
    ) -> Self {
        let current = started.settings.clone();
        Self { load, started, current, terminal, boot, standing, report }
    }

    /// The settings in force.
    pub(crate) fn settings(&self) -> &Settings {
        &self.current
    }

    /// Whether the kernel's settings are this process's business.
    pub(crate) fn tunes(&self) -> bool {
        self.standing.tunes
    }

    /// Whether the host is to be put back at the end.
    pub(crate) fn restores(&self) -> bool {
        self.current.on_exit.restores(self.standing.service)
    }

    /// Whether the rules that were loaded go at the end: with everything else, or because they are the starter rules.
    pub(crate) fn restores_rules(&self) -> bool {
        self.restores() || self.started.rules.starter
    }

    /// Reads the configuration again; the command makes the pipeline go on with it, or with the old one. Also what became of
    /// the rules, if they changed.
    pub(crate) fn reload<K: Kernel>(&mut self, restorer: &mut Restorer<K>) -> (Command, Option<Told>) {
        let (mut rules, mut filters) = (None, None);
        let told = match (self.load)().and_then(|loaded| self.compile(loaded)) {
            Ok((loaded, compiled)) => {
                let told = self.take(loaded.clone(), restorer);
                rules = self.take_rules(&loaded, restorer);
                filters = Some(compiled);
                told
            }
            Err(problems) => self.refuse(&problems),
        };
        let change = Change {
            formatter: form::formatter(&self.current, self.terminal, &self.boot),
            grouping: Grouping::of(&self.current.group),
            cpu_limit: self.current.cpu_limit,
            filters,
            output: self.current.output.path.clone(),
            told,
        };
        (Command::Change(Box::new(change)), rules)
    }

    /// A configuration with its filters as they are to run.
    fn compile(&self, loaded: Loaded) -> Result<(Loaded, Filters), Problems> {
        let compiled = filters::of(&loaded, self.boot.id.as_deref())?;
        Ok((loaded, compiled))
    }

    /// Brings the kernel's rules to what the configuration asks for; a notice if there was anything to do.
    ///
    /// # Errors
    /// The state file can't be written while the rules are to be put back at the end; then nothing was changed.
    pub(crate) fn load_rules<K: Kernel>(
        &self,
        loaded: &Loaded,
        restorer: &mut Restorer<K>,
    ) -> anyhow::Result<Option<Told>> {
        if !self.standing.loads {
            if loaded.rules.plan != Plan::default() {
                (self.report)("the rules are not loaded: they are the business of the other oyez");
            }
            return Ok(None);
        }
        for line in &loaded.rules.warnings {
            (self.report)(line);
        }
        restorer.load_rules(&loaded.rules.plan, self.restores_rules())
    }

    fn take_rules<K: Kernel>(&self, loaded: &Loaded, restorer: &mut Restorer<K>) -> Option<Told> {
        self.load_rules(loaded, restorer).unwrap_or_else(|error| {
            (self.report)(&format!("{error:#}"));
            Some(
                Told::now("OYEZ_RULES").with("op", "load").with("result", "failed").with("error", format!("{error:#}")),
            )
        })
    }

    fn take<K: Kernel>(&mut self, loaded: Loaded, restorer: &mut Restorer<K>) -> Told {
        let waiting: Vec<String> = self.started.needs_restart(&loaded).map(|(old, _)| old.path.clone()).collect();
        if !waiting.is_empty() {
            (self.report)(&format!("at the next start only: {}", waiting.join(", ")));
        }
        let warnings = loaded.warnings;
        // What counts only at a start stays as it was.
        let kept = self.started.settings.clone();
        let before = self.current.cpu_limit;
        self.current = Settings {
            mode: kept.mode,
            on_overload: kept.on_overload,
            state_file: kept.state_file,
            pid_file: kept.pid_file,
            receive: ReceiveSettings { filter_eoe: loaded.settings.receive.filter_eoe, ..kept.receive },
            kernel: KernelSettings { enable: kept.kernel.enable, ..loaded.settings.kernel },
            output: OutputSettings { buffer: kept.output.buffer, ..loaded.settings.output },
            ..loaded.settings
        };
        if self.standing.tunes
            && let Err(error) = restorer.change(&self.current.kernel, self.restores())
        {
            (self.report)(&format!("{error:#}"));
        }
        if self.current.cpu_limit != before {
            restorer.note_cpu_limit(self.current.cpu_limit);
        }
        for line in &warnings {
            (self.report)(line);
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
