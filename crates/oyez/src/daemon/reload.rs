//! SIGHUP and `oyez reload`: the configuration read again. A good one is taken between two batches; a bad one changes
//! nothing and is told in full.
//!
//! Keys that count only at the next start are named and left. Outputs are opened anew either way the configuration went, so
//! that a rotated log is let go of. What an output needs is opened before anything is changed: a configuration with one that
//! cannot run is refused whole.

use oyez_filter::Filters;
use oyez_netlink::Kernel;

use super::outputs::{self, Common, Difference, Steps, Wanted};
use super::pipeline::{Change, Command, Grouping};
use super::restore::Restorer;
use super::told::Told;
use crate::config::{KernelSettings, Loaded, Problems, ReceiveSettings, Settings};
use crate::filters;
use crate::rules::compile::Plan;

/// Reads the configuration as at the start, flags included.
pub(crate) type Load = Box<dyn Fn() -> Result<Loaded, Problems>>;

/// Says which outputs a configuration asks for.
pub(crate) type Want = Box<dyn Fn(&Loaded) -> Vec<Wanted>>;

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

/// A configuration that can be taken.
struct Prepared {
    loaded: Loaded,
    filters: Filters,
    wanted: Vec<Wanted>,
    steps: Steps,
    difference: Difference,
}

/// Takes configurations.
pub(crate) struct Reloader {
    load: Load,
    want: Want,
    /// What the daemon was started with: what counts only at a start is compared with it.
    started: Loaded,
    current: Settings,
    outputs: Vec<Wanted>,
    common: Common,
    standing: Standing,
    report: fn(&str),
}

impl Reloader {
    /// Reads through `load`, and makes outputs of it through `want`; `outputs` run now.
    pub(crate) fn new(
        (load, want): (Load, Want),
        started: Loaded,
        (outputs, common): (Vec<Wanted>, Common),
        standing: Standing,
        report: fn(&str),
    ) -> Self {
        let current = started.settings.clone();
        Self { load, want, started, current, outputs, common, standing, report }
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
        let (mut rules, mut filters, mut outputs) = (None, None, None);
        let told = match (self.load)().map_err(|problems| problems.to_string()).and_then(|loaded| self.prepare(loaded))
        {
            Ok(Prepared { loaded, filters: compiled, wanted, steps, difference }) => {
                let told = self.take(loaded.clone(), restorer);
                rules = self.take_rules(&loaded, restorer);
                (filters, outputs, self.outputs) = (Some(compiled), Some(steps), wanted);
                self.name(told, &difference)
            }
            Err(problems) => self.refuse(&problems),
        };
        let change = Change {
            grouping: Grouping::of(&self.current.group),
            cpu_limit: self.current.cpu_limit,
            filters,
            outputs,
            told,
        };
        (Command::Change(Box::new(change)), rules)
    }

    /// A configuration with its filters and outputs as they are to run.
    fn prepare(&self, loaded: Loaded) -> Result<Prepared, String> {
        let boot = self.common.boot.id.as_deref();
        let filters = filters::of(&loaded, boot).map_err(|problems| problems.to_string())?;
        let wanted = (self.want)(&loaded);
        let beside = (&self.common, loaded.settings.drain_time);
        let (steps, difference) =
            outputs::steps(&self.outputs, &wanted, &loaded.settings, beside).map_err(|error| format!("{error:#}"))?;
        Ok(Prepared { loaded, filters, wanted, steps, difference })
    }

    /// Adds to a notice which outputs came, went or changed, and says so.
    fn name(&self, told: Told, difference: &Difference) -> Told {
        let Difference { added, removed, changed } = difference;
        let mut all = told;
        for (key, word, names) in [
            ("outputs_added", "new", added),
            ("outputs_removed", "gone", removed),
            ("outputs_changed", "changed", changed),
        ] {
            if !names.is_empty() {
                (self.report)(&format!("outputs {word}: {}", names.join(", ")));
                all = all.with(key, names.join(","));
            }
        }
        all
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

    fn refuse(&self, problems: &str) -> Told {
        (self.report)(&format!("the configuration was not taken, the old one stays: {problems}"));
        Told::now("OYEZ_RELOAD").with("result", "failed").with("error", problems)
    }
}
