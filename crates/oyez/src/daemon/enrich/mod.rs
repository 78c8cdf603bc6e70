//! What is known of events beyond their records, put together for the pipeline: secrets out; names, login, process, host in.
//!
//! An [`Event`] in, the same one or a redacted copy and its [`Context`] out. Runs on the pipeline's thread: what may take long
//! (NSS, hashing) has threads of its own, started here; what they find stands in later events. /proc alone is waited for, and
//! not for long: see [`patience`]. Every event comes by here, also those that are shed: each may tell of a process or a login.
//!
//! The process connector is drained between receiving a batch and handling it, and when [`Command::Attend`] asks for it: see
//! [`watch`].
//!
//! [`Command::Attend`]: super::pipeline::Command::Attend

mod hashes;
mod lineage;
mod missed;
mod patience;
mod proc;
mod session;
pub(crate) mod watch;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use oyez_enrich::host;
use oyez_enrich::logins::{HostSessions, Logins};
use oyez_enrich::place::ProcPlaces;
use oyez_enrich::process::{Actors, LabelRules, Now, Processes, Settings as Bounds};
use oyez_enrich::redact::Redactor;
use oyez_enrich::users::nss::{self, Keeper, Limits, Work};
use oyez_enrich::users::{EtcFiles, Users};
use oyez_events::Event;
use oyez_events::context::{Context, Host, Names};
use oyez_events::group::Millis;
use oyez_netlink::Wake;
use oyez_netlink::connector::{Drained, Listener, Messages};
use oyez_tables::record_type;
use rustix::time::{ClockId, Timespec, clock_gettime};

use self::hashes::Hashes;
use self::lineage::Lineages;
use self::missed::{Counts, Missed};
use self::patience::Patient;
use self::proc::Redacting;
use self::session::Session;
use super::clock;
use super::told::Told;
use crate::config::EnrichSettings;
use crate::exit::Exit;

/// Finds out what is known of events.
#[derive(Default)]
pub(crate) struct Enricher {
    redactor: Option<Redactor>,
    users: Option<Users<EtcFiles>>,
    logins: Option<Logins>,
    processes: Option<(Lineages, Processes)>,
    connector: Option<Box<dyn Messages + Send>>,
    /// Messages of the connector that were dropped here.
    connector_refused: u64,
    missed: Missed,
    /// What the user should know of, and was not told yet.
    complaint: Option<String>,
    hashes: Option<Hashes>,
    /// Arguments that /proc did not give in time.
    late: Arc<AtomicU64>,
    host: Option<Host>,
    actors: Actors,
    session: Session,
    /// Ends the watching thread.
    end: Option<Wake>,
}

/// What has to run on threads of its own, and what the user should know.
#[derive(Default)]
pub(crate) struct Helpers {
    pub(crate) nss: Option<(Keeper, Work)>,
    pub(crate) hash: Option<oyez_enrich::hash::Worker>,
    pub(crate) watch: Option<watch::Watch>,
    pub(crate) complaints: Vec<String>,
}

impl Enricher {
    /// What the settings ask for, and what is needed for it. Takes up to a second, for patterns and the connector's answer:
    /// not to be called while records wait. Nothing is read from the host yet but what it is called, and its users.
    ///
    /// # Errors
    /// Patterns that do not compile: nothing is written without them.
    pub(crate) fn new(settings: &EnrichSettings) -> anyhow::Result<(Self, Helpers)> {
        let mut helpers = Helpers::default();
        let mut enricher = Self::default();
        enricher.redactor = settings.redactor().context(Exit::Internal.because("cannot prepare the redaction"))?;
        enricher.logins = settings.logins.then(Logins::new);
        enricher.host = settings.host.then(|| host::read(Path::new("/")));
        enricher.end = Wake::new().ok();
        if settings.names {
            enricher.users = Some(users(settings.nss, &mut helpers));
        }
        if settings.processes {
            let redactor = enricher.redactor.as_ref().map(Redactor::another);
            let proc = Patient::default();
            enricher.late = proc.late();
            let processes = processes(settings, Redacting::new(proc, redactor))?;
            enricher.processes = Some((Lineages::new(settings.ancestors as usize), processes));
            enricher.connector = connector(settings, &mut helpers);
        }
        if settings.hash {
            let redactor = enricher.redactor.as_ref().map(Redactor::another);
            let (hashes, worker) = Hashes::new(settings.hash_max_size, redactor);
            (enricher.hashes, helpers.hash) = (Some(hashes), Some(worker));
        }
        Ok((enricher, helpers))
    }

    /// The same with these processes, `ancestors` of each.
    #[cfg(test)]
    pub(crate) fn with_processes(mut self, processes: Processes, ancestors: usize) -> Self {
        self.processes = Some((Lineages::new(ancestors), processes));
        self
    }

    /// What ends the watching thread.
    pub(crate) fn end(&self) -> Option<Wake> {
        self.end.clone()
    }

    /// Looks at what runs and who is logged in. To be called once, when records are being received: what changes meanwhile
    /// they tell.
    pub(crate) fn look_around(&mut self) {
        let now = now();
        if let Some(users) = &mut self.users {
            users.tick(now.monotonic_ns / 1_000_000);
        }
        if let Some(logins) = &mut self.logins {
            logins.found(&HostSessions::default());
        }
        if let Some((_, processes)) = &mut self.processes {
            // What the connector told meanwhile comes after the scan, or both would add the same processes.
            processes.tick(now);
            // Without /proc processes are known from their events alone.
            let _ = processes.scan();
        }
    }

    /// Brings all up to date: to be called before the events of a batch, and now and then. Says how many messages of the
    /// connector there were.
    pub(crate) fn attend(&mut self) -> u64 {
        let now = now();
        if let Some(users) = &mut self.users {
            users.tick(now.monotonic_ns / 1_000_000);
        }
        if let Some((_, processes)) = &mut self.processes {
            processes.tick(now);
        }
        let messages = self.drain();
        self.missed.see(self.counts());
        messages
    }

    /// Takes what the connector has to tell. Without it the table goes on, by events and /proc.
    fn drain(&mut self) -> u64 {
        let (Some((_, processes)), Some(connector)) = (&mut self.processes, &mut self.connector) else { return 0 };
        match processes.drain(&mut **connector) {
            Ok(Drained { messages, lost, spoofed, malformed, .. }) => {
                self.connector_refused += spoofed + malformed;
                messages + lost
            }
            Err(error) => {
                self.lose_connector(&error);
                0
            }
        }
    }

    #[cold]
    fn lose_connector(&mut self, error: &oyez_netlink::Error) {
        self.connector = None;
        if let Some(end) = &self.end {
            end.wake();
        }
        let fault = with_cause(error);
        self.complaint = Some(format!("{fault}; from here on parents are known from audit events and /proc alone"));
        self.missed.fail(fault);
    }

    fn counts(&self) -> Counts {
        Counts {
            connector_lost: self.processes.as_ref().map_or(0, |(_, processes)| processes.counts().messages_lost),
            connector_refused: self.connector_refused,
            hash_refused: self.hashes.as_ref().map_or(0, Hashes::refused),
            nss_failed: self.users.as_ref().map_or(0, |users| users.counts().failed),
            proc_late: self.late.load(Ordering::Relaxed),
        }
    }

    /// When there is something to tell of what could not be found out.
    pub(crate) fn deadline(&self) -> Option<Millis> {
        self.missed.deadline()
    }

    /// What could not be found out, if that is to be told now.
    pub(crate) fn due(&mut self, now: Millis) -> Option<Told> {
        self.missed.due(now)
    }

    /// What the user should know of since the last time.
    pub(crate) fn complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }

    /// Takes what an event that is not written tells of processes, logins and users. Secrets are looked for where these would
    /// keep them: in what was executed, and, with patterns for paths, in everything.
    pub(crate) fn heed(&mut self, event: &Event) {
        let is_executed = event.numbers().any(|number| number == record_type::EXECVE);
        let event = match &mut self.redactor {
            Some(redactor) if is_executed || redactor.looks_at_paths() => redactor.event(event),
            _ => event,
        };
        if let Some(users) = &mut self.users {
            users.event(event);
        }
        if let Some(logins) = &mut self.logins {
            logins.event(event);
        }
        if let Some((_, processes)) = &mut self.processes {
            processes.event(event);
        }
    }

    /// Whether secrets may stand in any field of any event: then none can be judged before they are taken out.
    pub(crate) fn hides_fields(&self) -> bool {
        self.redactor.as_ref().is_some_and(Redactor::looks_at_paths)
    }

    /// `event`, without its secrets, and what is known of it.
    pub(crate) fn event<'a>(&'a mut self, event: &'a Event) -> (&'a Event, Context<'a>) {
        let event = match &mut self.redactor {
            Some(redactor) => redactor.event(event),
            None => event,
        };
        let mut context = Context { host: self.host.as_ref(), ..Context::default() };
        if let Some(users) = &mut self.users {
            users.event(event);
            context.names = Some(&*users as &dyn Names);
        }
        if let Some(logins) = &mut self.logins {
            logins.event(event);
        }
        if self.logins.is_none() && self.processes.is_none() {
            return (event, context);
        }
        let actor = self.actors.of(event);
        if let Some(logins) = &self.logins {
            let ses = self.session.of(event, actor.as_ref());
            context.login = ses.and_then(|ses| logins.of(ses)).map(|login| &**login);
        }
        if let Some((lineages, processes)) = &mut self.processes
            && let Some(actor) = &actor
            && let Some((process, ancestors)) = lineages.of((event, actor), processes, self.hashes.as_mut())
        {
            (context.process, context.ancestors) = (Some(process), ancestors);
        }
        (event, context)
    }
}

impl Drop for Enricher {
    fn drop(&mut self) {
        if let Some(end) = &self.end {
            end.wake();
        }
    }
}

fn users(nss: bool, helpers: &mut Helpers) -> Users<EtcFiles> {
    let link = nss.then(|| {
        let (link, work) = nss::link();
        helpers.nss = Some((Keeper::new("/proc/self/exe", &["nss-helper"], Limits::default()), work));
        link
    });
    Users::new(EtcFiles::default(), link)
}

fn processes(settings: &EnrichSettings, proc: Redacting<Patient>) -> anyhow::Result<Processes> {
    let bounds = Bounds { max_processes: settings.max_processes as usize, ..Bounds::default() };
    let rules =
        LabelRules::compile(&settings.labels).context(Exit::Internal.because("cannot prepare the rules for labels"))?;
    Ok(Processes::new(bounds, rules, Box::new(proc), Box::new(ProcPlaces::new("/proc"))))
}

fn connector(settings: &EnrichSettings, helpers: &mut Helpers) -> Option<Box<dyn Messages + Send>> {
    if !settings.connector {
        return None;
    }
    match Listener::open().and_then(|listener| Ok((watch::Watch::of(&listener)?, listener))) {
        Ok((watch, listener)) => {
            helpers.watch = Some(watch);
            Some(Box::new(listener))
        }
        Err(error) => {
            helpers.complaints.push(format!(
                "{}; parents are known from audit events and /proc alone (enrich.connector = false says that is meant)",
                with_cause(&error)
            ));
            None
        }
    }
}

fn with_cause(error: &oyez_netlink::Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

/// How long reading three clocks may take, in nanoseconds, and how often they are read for it.
const AT_ONCE_NS: u64 = 1_000_000;
const READINGS: u32 = 4;

/// All clocks at one moment.
fn now() -> Now {
    let nanos = |time: Timespec| {
        u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
    };
    at_once(|| {
        let now = Now {
            monotonic_ns: nanos(clock_gettime(ClockId::Monotonic)),
            real_ms: clock::wall_ms(),
            boottime_ns: nanos(clock_gettime(ClockId::Boottime)),
        };
        (now, nanos(clock_gettime(ClockId::Monotonic)))
    })
}

/// The reading of clocks that took least, each with its end on the monotonic one: whoever is interrupted between two clocks would
/// take that for a clock that was set.
fn at_once(mut read: impl FnMut() -> (Now, u64)) -> Now {
    let took = |(now, end): &(Now, u64)| end.saturating_sub(now.monotonic_ns);
    let mut best = read();
    for _ in 1..READINGS {
        if took(&best) <= AT_ONCE_NS {
            break;
        }
        let again = read();
        if took(&again) < took(&best) {
            best = again;
        }
    }
    best.0
}

#[cfg(test)]
mod heed_tests;
#[cfg(test)]
mod tests;
