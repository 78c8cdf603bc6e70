//! Outputs as a configuration wants them → lanes that run, at the start and when the configuration is taken anew.
//!
//! Everything that can be refused is found out by the control thread, before the running outputs are touched: it makes sinks
//! and opens spools, and hands the pipeline [`Steps`] that it takes between two events. An output is the one of the same name
//! before; what it holds stays with it. One whose spool is to be elsewhere is another output: the one before brings out what
//! it has beside it.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use crossbeam_channel::Sender;
use oyez_filter::matcher::Condition;
use oyez_filter::view::Reader;
use oyez_filter::{Field, Tree};
use oyez_format::IdWriter;
use oyez_output::Kind;
use oyez_output::clock::System;
use oyez_output::lane::{Lane, Settings as LaneSettings, Setup};
use oyez_output::sink::{Patience, Site};
use oyez_output::stats::Stats;

use super::forms::Forms;
use super::ledger::Account;
use super::pipeline::Command;
use super::route::{OWN_ROOM, Route, Wish};
use super::standing::{Beacon, Standing};
use crate::config::outputs::OutputSpec;
use crate::config::{Loaded, Settings};
use crate::exit::{Coded, Exit};
use crate::form::{self, Boot, Form, Terminal};

/// How long one attempt at a target on this host may take at the start.
const TRY: Duration = Duration::from_secs(1);

/// One output as the configuration wants it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) name: Arc<str>,
    pub(crate) form: Form,
    /// Which events, as it was written, and as it is asked.
    pub(crate) filter: Option<(Tree, Condition)>,
    pub(crate) key: Option<Field>,
    pub(crate) notices: bool,
    pub(crate) lane: LaneSettings,
    pub(crate) kind: Arc<dyn Kind>,
}

impl Wanted {
    fn has_same_sink(&self, other: &Self) -> bool {
        let other: &dyn Any = &*other.kind;
        self.kind.is_same(other)
    }

    /// Whether a running one of the other can become this one: its spool stays where it is.
    fn stays(&self, other: &Self) -> bool {
        let spool = |wanted: &Self| wanted.lane.spool.as_ref().map(|spool| spool.path.clone());
        self.name == other.name && spool(self) == spool(other)
    }

    /// Whether there is nothing to do to get from the other to this one.
    fn is_same(&self, other: &Self) -> bool {
        let tree = |wanted: &Self| wanted.filter.as_ref().map(|(tree, _)| tree.clone());
        self.name == other.name
            && self.form == other.form
            && tree(self) == tree(other)
            && self.key == other.key
            && self.notices == other.notices
            && self.lane == other.lane
            && self.has_same_sink(other)
    }

    /// The settings of its lane, with room for oyez's own events.
    fn settings(&self) -> LaneSettings {
        LaneSettings { queue: self.lane.queue.saturating_add(OWN_ROOM), ..self.lane.clone() }
    }
}

/// The outputs that a configuration asks for.
pub(crate) fn of(loaded: &Loaded, terminal: Terminal) -> Vec<Wanted> {
    let wanted = |spec: &OutputSpec| Wanted {
        name: Arc::clone(&spec.name),
        form: Form::chosen(spec.format, loaded.settings.color, spec.of.is_stdout(), terminal),
        filter: spec.filter.clone(),
        key: spec.key.clone(),
        notices: spec.notices,
        lane: spec.lane.clone(),
        kind: Arc::clone(&spec.kind),
    };
    loaded.outputs.specs().iter().map(wanted).collect()
}

/// What all outputs of a run have in common.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) boot: Boot,
    /// The host's name, for sinks that say it.
    pub(crate) host: Arc<str>,
    /// Where the pipeline is told to look.
    pub(crate) look: Sender<Command>,
}

/// What the router begins with.
pub(crate) struct Outputs {
    pub(super) routes: Vec<Route>,
    pub(super) forms: Forms,
    pub(super) reader: Reader,
    pub(super) ids: Option<IdWriter>,
}

/// What is to be done to get to other outputs.
pub(crate) struct Steps {
    /// In the order of the configuration; outputs without one go.
    pub(super) steps: Vec<Step>,
    pub(super) forms: Forms,
    pub(super) reader: Reader,
    pub(super) ids: Option<IdWriter>,
    /// How long outputs that go may take for what they have.
    pub(super) patience: Duration,
}

/// What is to be done about one output.
pub(crate) enum Step {
    /// It stays, as far as its lane goes, or changes.
    Stay { name: Arc<str>, wish: Box<Wish>, change: Option<Box<LaneChange>> },
    /// It begins.
    Begin(Box<Begin>),
}

/// What a lane is to be changed to.
pub(crate) struct LaneChange {
    pub(super) settings: LaneSettings,
    pub(super) kind: Option<Arc<dyn Kind>>,
}

/// An output that runs and is handed nothing yet.
pub(crate) struct Begin {
    lane: Lane,
    wish: Wish,
    beacon: Arc<Beacon>,
}

impl Begin {
    pub(super) fn route(self, account: Account) -> Route {
        Route::new(self.lane, self.wish, account, Standing::new(self.beacon))
    }
}

/// What became of outputs when a configuration was taken: their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) added: Vec<Arc<str>>,
    pub(crate) removed: Vec<Arc<str>>,
    pub(crate) changed: Vec<Arc<str>>,
}

impl Difference {
    fn between(before: &[Wanted], after: &[Wanted]) -> Self {
        let named = |all: &[Wanted], name: &Arc<str>| all.iter().find(|wanted| wanted.name == *name).cloned();
        let names = |all: &[Wanted], is: &dyn Fn(&Wanted) -> bool| {
            all.iter().filter(|wanted| is(wanted)).map(|wanted| Arc::clone(&wanted.name)).collect()
        };
        Self {
            added: names(after, &|wanted| named(before, &wanted.name).is_none()),
            removed: names(before, &|wanted| named(after, &wanted.name).is_none()),
            changed: names(after, &|wanted| named(before, &wanted.name).is_some_and(|old| !wanted.is_same(&old))),
        }
    }
}

/// Starts all outputs. Targets on this host are tried at once: one that cannot be opened is not found out in a week.
///
/// # Errors
/// A sink that cannot be made, a spool that cannot be opened, a file that cannot be.
pub(crate) fn start(wanted: &[Wanted], settings: &Settings, common: &Common) -> anyhow::Result<Outputs> {
    let mut forms = Forms::default();
    let mut routes = Vec::new();
    for wanted in wanted {
        try_target(wanted, common).with_context(|| cannot(wanted))?;
        let begin = begin(wanted, wish(wanted, &mut forms, settings, &common.boot), common)?;
        routes.push(begin.route(Account::default()));
    }
    let (reader, ids) = beside(settings, common);
    Ok(Outputs { routes, forms, reader, ids })
}

/// What gets from outputs that run to those that are wanted, and what that comes to. What is to be refused is found here: new
/// outputs run when this returns.
///
/// # Errors
/// A sink that cannot be made, a spool that cannot be opened. Then nothing was changed.
pub(crate) fn steps(
    before: &[Wanted],
    after: &[Wanted],
    settings: &Settings,
    (common, patience): (&Common, Duration),
) -> anyhow::Result<(Steps, Difference)> {
    let mut forms = Forms::default();
    let mut steps = Vec::new();
    for wanted in after {
        let wish = wish(wanted, &mut forms, settings, &common.boot);
        steps.push(match before.iter().find(|old| wanted.stays(old)) {
            Some(old) => {
                let kind = (!wanted.has_same_sink(old)).then(|| Arc::clone(&wanted.kind));
                if let Some(kind) = &kind {
                    kind.open(&site(wanted, common)).with_context(|| cannot(wanted))?;
                }
                let is_same = kind.is_none() && wanted.lane == old.lane;
                let change = (!is_same).then(|| Box::new(LaneChange { settings: wanted.settings(), kind }));
                Step::Stay { name: Arc::clone(&wanted.name), wish: Box::new(wish), change }
            }
            None => Step::Begin(Box::new(begin(wanted, wish, common)?)),
        });
    }
    let (reader, ids) = beside(settings, common);
    Ok((Steps { steps, forms, reader, ids, patience }, Difference::between(before, after)))
}

fn cannot(wanted: &Wanted) -> Coded {
    Exit::Io.because(format!("cannot start output {:?}", &*wanted.name))
}

fn beside(settings: &Settings, common: &Common) -> (Reader, Option<IdWriter>) {
    let reader = Reader::new(form::fields(settings, common.boot.id.as_deref()));
    (reader, common.boot.ids.as_ref().map(IdWriter::new))
}

fn wish(wanted: &Wanted, forms: &mut Forms, settings: &Settings, boot: &Boot) -> Wish {
    Wish {
        filter: wanted.filter.as_ref().map(|(_, condition)| condition.clone()),
        key: wanted.key.clone(),
        notices: wanted.notices,
        ids: wanted.kind.needs().ids,
        form: forms.place(wanted.form, settings, boot),
    }
}

fn begin(wanted: &Wanted, wish: Wish, common: &Common) -> anyhow::Result<Begin> {
    let beacon = Beacon::new(common.look.clone());
    let setup = Setup {
        name: Arc::clone(&wanted.name),
        host: Arc::clone(&common.host),
        settings: wanted.settings(),
        kind: Arc::clone(&wanted.kind),
        watcher: Arc::clone(&beacon) as Arc<_>,
        clock: Arc::new(System),
    };
    let lane = Lane::start(setup).with_context(|| cannot(wanted))?;
    Ok(Begin { lane, wish, beacon })
}

fn site(wanted: &Wanted, common: &Common) -> Site {
    Site { name: Arc::clone(&wanted.name), host: Arc::clone(&common.host), stats: Arc::new(Stats::default()) }
}

/// Tries a target on this host.
fn try_target(wanted: &Wanted, common: &Common) -> anyhow::Result<()> {
    if wanted.kind.is_file() {
        wanted.kind.open(&site(wanted, common))?.connect(&Patience::of(TRY))?;
    }
    Ok(())
}
