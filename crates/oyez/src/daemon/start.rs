//! The start: looks at the host, attaches, starts the threads, and only then changes what is to be changed.
//!
//! What can fail for the user's reasons comes first and leaves no trace: output, pid file, mode. From the registration on
//! the socket is read; slow requests to the kernel come after it.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use crossbeam_channel::{Receiver as Channel, Sender, bounded, unbounded};
use oyez_netlink::{Attempt, Control as KernelControl, WaitPolicy, WaitSettings, Wake};

use super::advice::{self, Found};
use super::attach::{self, Plan, Seen};
use super::claim::Claim;
use super::clock::{self, Clock};
use super::control::{Control, Happening, Reason, ToControl, Ways};
use super::enforce::{self, Enforcer};
use super::enrich::Enricher;
use super::filter::{self, Plan as FilterPlan, Why};
use super::filtering::Filtering;
use super::finale::Finale;
use super::kernel_watch::KernelWatch;
use super::outputs::{self, Common, Outputs, Wanted};
use super::own::Own;
use super::pipeline::{Command, Dormant, Grouping, Pipeline};
use super::receive::{Intake, Kernel as KernelSource, Orders, Receiver};
use super::reload::{Load, Reloader, Standing};
use super::restore::Restorer;
use super::router::Router;
use super::state::State;
use super::tally::Tally;
use super::told::Told;
use super::{identity, process, queue, signals, threads};
use crate::config::{Loaded, Mode, OnOverload, Problems, Settings, under_service_manager};
use crate::exit::Exit;
use crate::filters;
use crate::form::{Boot, Terminal};

/// Commands that may wait for the pipeline.
const COMMANDS: usize = 1024;
/// "There is one already" (errno of the generic architecture, and of all that Linux audit serves).
const EEXIST: i32 = 17;

/// Attaches to the kernel and writes events until a signal ends it. `reload` reads the configuration again, `report`
/// takes messages for the user.
///
/// # Errors
/// An output that can't be opened, a kernel that refuses, another daemon in its place, a state file that can't be
/// written; a socket that fails on the way; a fault of oyez itself.
pub fn run(
    loaded: &Loaded,
    reload: impl Fn() -> Result<Loaded, Problems> + 'static,
    report: fn(&str),
) -> anyhow::Result<Exit> {
    let (happen, happenings) = unbounded();
    signals::listen(happen.clone()).context(Exit::Internal.because("cannot take signals"))?;
    let site = Site::look(report);
    let outputs = site.open_outputs(loaded)?;
    let wake = Wake::new().context(Exit::Internal.because("cannot start"))?;
    let way_in = WayIn::find(&loaded.settings, wake)?;
    let claim = Claim::stake(&loaded.settings, report);
    let result = site.work(loaded, Box::new(reload), outputs, way_in, &claim, (happen, happenings));
    claim.end(report);
    result
}

/// Outputs that run, and the way to the pipeline that is to hand them events.
struct Ready {
    wanted: Vec<Wanted>,
    outputs: Outputs,
    common: Common,
    commands: Channel<Command>,
}

/// What was found out about this process and host.
struct Site {
    boot: Boot,
    terminal: Terminal,
    service: bool,
    clock: Clock,
    report: fn(&str),
}

/// What the threads share.
struct Shared {
    tally: Arc<Tally>,
    wake: Wake,
    orders: Orders,
    dormant: Dormant,
    finale: Finale,
    commands: Sender<Command>,
    happen: Sender<Happening>,
}

/// What came of starting the threads.
struct Started {
    plan: Plan,
    filtering: Filtering,
    shared: Shared,
}

impl Site {
    fn look(report: fn(&str)) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            boot: identity::boot(),
            terminal: Terminal::look(),
            service: under_service_manager(set("NOTIFY_SOCKET"), io::stdin().is_terminal()),
            clock: Clock::start(),
            report,
        }
    }

    /// Opens what can fail for the user's reasons.
    fn open_outputs(&self, loaded: &Loaded) -> anyhow::Result<Ready> {
        let (look, commands) = bounded(COMMANDS);
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned().into();
        let common = Common { boot: self.boot.clone(), host, look };
        let wanted = outputs::of(loaded, self.terminal);
        let outputs = outputs::start(&wanted, &loaded.settings, &common)?;
        Ok(Ready { wanted, outputs, common, commands })
    }

    fn work(
        &self,
        loaded: &Loaded,
        load: Load,
        ready: Ready,
        mut way_in: WayIn,
        claim: &Claim,
        (happen, happenings): (Sender<Happening>, Channel<Happening>),
    ) -> anyhow::Result<Exit> {
        let report = self.report;
        let mut restorer = Restorer::new(way_in.kernel.take(), claim.state_file.clone(), self.boot.id.clone(), report);
        let previous = self.take_over(claim, &mut restorer);
        if loaded.rules.starter {
            refuse_starter(&mut restorer, claim.second)?;
        }
        let watch = KernelWatch::from(way_in.seen.status.as_ref().ok());
        let (wanted, common) = (ready.wanted.clone(), ready.common.clone());
        let started = self.start_threads(loaded, way_in, ready, previous, &mut restorer, happen)?;
        let Started { plan, mut filtering, shared } = started;
        let Shared { tally, wake, orders, dormant, finale, commands, happen } = shared;

        let terminal = self.terminal;
        let want = Box::new(move |loaded: &Loaded| outputs::of(loaded, terminal));
        let standing = Standing { service: self.service, tunes: may_tune(&plan, claim.second), loads: !claim.second };
        let reloader = Reloader::new((load, want), loaded.clone(), (wanted, common), standing, report);
        restorer.note_filter(filtering.types());
        if loaded.settings.cpu_limit.is_some() {
            restorer.note_cpu_limit(loaded.settings.cpu_limit);
        }
        let mut enforcer = Enforcer::new(enforce::Own::this());
        let from = clock::wall_ms();
        let begun = begin(&mut restorer, loaded, &plan, &reloader, claim.second, report);
        enforcer.did(from, clock::wall_ms());
        let begun = begun.map(|rules| {
            if let Some(told) = rules {
                // A rule may leave out the very records that would have it looked at.
                filtering.reloaded(Instant::now());
                // There is room, unless the output is blocked already; the user was told in any case.
                let _ = commands.try_send(Command::Tell(told));
            }
        });
        let ways = Ways { happenings, happen, commands, orders, wake, dormant, finale };
        let control = Control::new(restorer, reloader, (watch, filtering, enforcer), Arc::clone(&tally), ways, report);
        let result = match begun {
            Ok(()) => conclude(control.run()),
            Err(error) => {
                control.give_up();
                Err(error)
            }
        };
        report(&tally.to_string());
        result.and_then(|exit| balanced(&tally).map(|()| exit))
    }

    /// Registers, and starts all threads but this one.
    fn start_threads(
        &self,
        loaded: &Loaded,
        way_in: WayIn,
        ready: Ready,
        previous: Option<&State>,
        restorer: &mut Restorer<KernelControl>,
        happen: Sender<Happening>,
    ) -> anyhow::Result<Started> {
        let WayIn { seen, filter, opened, wake, .. } = way_in;
        let settings = &loaded.settings;
        // Both take their time: once registered, the socket must be read.
        let filters =
            filters::of(loaded, self.boot.id.as_deref()).map_err(|wrong| Exit::Usage.because(wrong.to_string()))?;
        let (enricher, helpers) = Enricher::new(&settings.enrich)?;
        helpers.complaints.iter().for_each(|complaint| (self.report)(complaint));
        let Ready { outputs, common: Common { look: commands, .. }, commands: commands_out, .. } = ready;
        let (tally, orders, dormant) = (Arc::new(Tally::default()), Orders::default(), Dormant::default());
        let shared = Shared { tally, wake, orders, dormant, finale: Finale::default(), commands, happen };
        let (feeder, drainer) = queue::new(settings.receive.queue);
        let mut intake = Intake::new(feeder, Arc::clone(&shared.tally), shared.commands.clone(), std::process::id())
            .waiting(settings.on_overload == OnOverload::Wait);
        let opened = register(settings, opened, &filter.types, &shared.wake, &mut intake, restorer, self.clock)?;
        let plan = opened.plan;
        if matches!(plan, Plan::Multicast { .. }) {
            shared.tally.listen_by_multicast();
        }
        // The queue for commands is empty: there is room for the first word.
        let _ = shared.commands.try_send(Command::Tell(self.first_word(&plan, &filter, &seen, previous)));
        let resume = previous.and_then(|state| state.last_serial);
        let filtering = Filtering::started(filter);
        let attended = helpers.watch.as_ref().map(|watch| Arc::clone(&watch.seen)).unwrap_or_default();
        threads::helpers(helpers, enricher.end(), shared.commands.clone(), Arc::clone(&shared.tally))?;
        let pipeline = self
            .pipeline(settings, outputs, resume, &plan, &shared)
            .enriched(enricher, attended)
            .filtered(filters)
            .without(filtering.absent())
            .limited(settings.cpu_limit, drainer.ending.clone());
        threads::pipeline(pipeline, drainer, commands_out, shared.happen.clone())?;
        let receiver = Receiver::new(opened.source, intake, opened.policy, shared.orders.clone(), self.clock);
        threads::receive(receiver, shared.happen.clone())?;
        Ok(Started { plan, filtering, shared })
    }

    /// The state that the last run left, if it was in this boot. What a run that crashed had changed is taken over.
    fn take_over<'c>(&self, claim: &'c Claim, restorer: &mut Restorer<KernelControl>) -> Option<&'c State> {
        let previous = claim.previous.as_ref().filter(|state| self.boot.id.is_some() && state.boot == self.boot.id);
        if let Some(crashed) = previous.filter(|state| !state.ended) {
            let pid = crashed.pid;
            (self.report)(&format!("an earlier oyez (pid {pid}) did not end in order; its changes are taken over"));
            restorer.take_over(crashed);
        }
        if let Some(ended) = previous.filter(|state| state.ended) {
            restorer.take_over_kept_rules(ended);
        }
        previous
    }

    fn first_word(&self, plan: &Plan, filter: &FilterPlan, seen: &Seen, previous: Option<&State>) -> Told {
        let mode = if *plan == Plan::Unicast { "unicast" } else { "multicast" };
        let status = seen.status.as_ref().ok();
        let readers: Vec<_> = process::multicast_readers().iter().map(|(name, pid)| format!("{name}:{pid}")).collect();
        Told::now("OYEZ_START")
            .with("mode", mode)
            .with("version", env!("CARGO_PKG_VERSION"))
            .with("pid", std::process::id())
            .with_some("kernel_pid", status.and_then(|status| status.pid))
            .with_some("kernel_lost", status.and_then(|status| status.lost))
            .with_some("boot", self.boot.id.clone())
            .with_some("listeners", (!readers.is_empty()).then(|| readers.join(" ")))
            .with_some("filtered", filter.names())
            .with_some("eoe_fetched", filter.eoe_fetched.map(Why::text))
            .with_some("after_crash_of", previous.filter(|state| !state.ended).map(|state| state.pid))
    }

    fn pipeline(
        &self,
        settings: &Settings,
        outputs: Outputs,
        resume: Option<u32>,
        plan: &Plan,
        shared: &Shared,
    ) -> Pipeline<ToControl> {
        let own = matches!(plan, Plan::Multicast { .. }).then(|| Own::new(process::own_pids()));
        let router = Router::new(outputs, own, shared.finale.clone(), Arc::clone(&shared.tally));
        let watcher = (shared.dormant.clone(), ToControl(shared.happen.clone()));
        let grouping = Grouping::of(&settings.group);
        Pipeline::new(grouping, router, resume, Arc::clone(&shared.tally), self.clock, watcher)
    }
}

/// How to get at the kernel's records; nothing is changed by finding it.
struct WayIn {
    seen: Seen,
    kernel: Option<KernelControl>,
    filter: FilterPlan,
    opened: Opened,
    wake: Wake,
}

/// An open socket, and how to read it.
struct Opened {
    plan: Plan,
    source: KernelSource,
    policy: WaitPolicy,
}

impl WayIn {
    fn find(settings: &Settings, wake: Wake) -> anyhow::Result<Self> {
        let (seen, mut kernel) = attach::look()?;
        let plan = attach::decide(settings.mode, &seen).map_err(attach::refusal)?;
        let filter = FilterPlan::choose(settings, filter::read_rules(kernel.as_mut()), None);
        let opened = Opened::open(plan, settings, &filter.types, &wake)?;
        Ok(Self { seen, kernel, filter, opened, wake })
    }
}

impl Opened {
    fn open(plan: Plan, settings: &Settings, filtered: &[u16], wake: &Wake) -> anyhow::Result<Self> {
        let (socket, receive_buffer) = attach::open(&plan, settings.receive.buffer, filtered)?;
        let pid = (plan == Plan::Unicast).then(std::process::id);
        let policy = WaitPolicy::new(WaitSettings {
            batch_delay: settings.receive.batch_delay,
            latency_bound: settings.receive.latency,
            receive_buffer,
            buffer_limit: usize::try_from(settings.receive.buffer_limit).unwrap_or(usize::MAX),
        });
        let source = KernelSource::new(socket, settings.receive.batch, wake.clone(), pid);
        Ok(Self { plan, source, policy })
    }
}

/// Has the kernel send its records. Where another daemon was quicker, `auto` listens beside it.
fn register(
    settings: &Settings,
    mut opened: Opened,
    filtered: &[u16],
    wake: &Wake,
    intake: &mut Intake,
    restorer: &mut Restorer<KernelControl>,
    clock: Clock,
) -> anyhow::Result<Opened> {
    match intake.register(&mut opened.source, clock) {
        Err(error) if error.errno() == Some(EEXIST) && settings.mode == Mode::Auto => {
            let owner = restorer.status().and_then(|status| attach::owner(&status));
            return Opened::open(Plan::Multicast { owner, obstacle: None }, settings, filtered, wake);
        }
        // Older kernels lose the answer when the socket was full just then.
        Err(error) if error.errno().is_none() && restorer.is_ours() => {}
        Err(error) => return Err(attach::fail(Attempt::Register, error)),
        Ok(()) => {}
    }
    if opened.plan == Plan::Unicast {
        restorer.set_registered();
    }
    Ok(opened)
}

/// Whether the kernel's settings are oyez's to change: not beside another oyez, nor beside another daemon.
fn may_tune(plan: &Plan, second: bool) -> bool {
    !second && !matches!(plan, Plan::Multicast { owner: Some(_), .. })
}

/// Changes what is to be changed, and says what the user should know; a notice if rules were loaded.
fn begin(
    restorer: &mut Restorer<KernelControl>,
    loaded: &Loaded,
    plan: &Plan,
    reloader: &Reloader,
    second: bool,
    report: fn(&str),
) -> anyhow::Result<Option<Told>> {
    if may_tune(plan, second) {
        restorer.change(&loaded.settings.kernel, reloader.restores())?;
    }
    if matches!(plan, Plan::Multicast { obstacle: None, .. }) && !second {
        // Where it is refused the pipeline leaves our own events out.
        restorer.add_own_rule();
    }
    let rules = reloader.load_rules(loaded, restorer)?;
    let readers = process::multicast_readers();
    let was_off = restorer.has_turned_on() && !process::booted_with_audit();
    let (status, rules_held) = (restorer.status(), restorer.rules());
    let waits = loaded.settings.on_overload == OnOverload::Wait;
    let found = Found { plan, second, status, waits, rules: rules_held, was_off, readers: &readers };
    for line in advice::lines(&found) {
        report(&line);
    }
    Ok(rules)
}

/// The starter rules are for a kernel that has none.
fn refuse_starter(restorer: &mut Restorer<KernelControl>, second: bool) -> anyhow::Result<()> {
    let why = match restorer.rules_of_others() {
        _ if second => "another oyez runs here".to_owned(),
        None => "the kernel's rules cannot be read from here".to_owned(),
        Some(0) if restorer.status().is_some_and(|status| status.is_locked()) => {
            "the kernel's rules are locked until the next boot (-e 2)".to_owned()
        }
        Some(0) => return Ok(()),
        Some(rules) => format!("the kernel has rules already ({rules}); `oyez rules list` shows them"),
    };
    Err(Exit::Unavailable.because(format!("cannot load the starter rules: {why}")).into())
}

fn conclude(reason: Reason) -> anyhow::Result<Exit> {
    match reason {
        Reason::Signal | Reason::ReaderGone => Ok(Exit::Done),
        Reason::Failed(error) => Err(anyhow::Error::new(error)
            .context(Exit::Unavailable.because("the connection with the kernel's audit system failed"))),
        Reason::Fault(fault) => Err(Exit::Internal.because(fault).into()),
    }
}

fn balanced(tally: &Tally) -> anyhow::Result<()> {
    let uneven = tally.uneven();
    if uneven.is_empty() {
        return Ok(());
    }
    Err(Exit::Internal.because(format!("the books do not balance: {}", uneven.join("; "))).into())
}
