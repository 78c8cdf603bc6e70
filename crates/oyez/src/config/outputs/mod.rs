//! `[[output]]` tables → outputs, in their order, and everything that is wrong with them, each at its place in the file.
//!
//! Each table is checked key by key, those of its type too; then as a whole, then beside the others and the rest of the
//! configuration. Refused: types that are not there, keys of another type, two outputs that write to the same place.
//!
//! # How to add a type
//! 1. `TYPE.rs` in this folder, [`mod@file`] being an example: a struct for what its keys hold, `static KEYS: &[KeyDef<Keys>]`
//!    with an entry for each (`Kind` has a variant for most that one may want, [`Kind::Own`](super::kind::Kind::Own) reads
//!    anything), and `pub(super) const TYPE: TypeDef` with what is to be said of it. A key in a table below the output's is named with
//!    a dot: `rotate.size`. Common keys (`timeout`, `batch.…`, `spool.…`) are there already; `takes` asks for `key` and `tls.…`.
//! 2. Its `make` turns the struct into the `Arc<dyn oyez_output::Kind>`, and tells the [`Making`](making::Making) what is wrong
//!    with keys together, or what no other output may have. It does no I/O on files that the output will open.
//! 3. One line in [`registry::TYPES`], and its `mod` here; behind a cargo feature of oyez where it brings much with it.
//! 4. `docs/outputs/TYPE.md`; then `cargo xtask docs`.

#[cfg(feature = "http")]
mod clickhouse;
mod conflicts;
#[cfg(feature = "http")]
mod elasticsearch;
#[cfg(feature = "http")]
mod endpoint;
mod file;
#[cfg(feature = "http")]
mod http;
mod journald;
#[cfg(feature = "kafka")]
mod kafka;
pub(crate) mod keys;
#[cfg(any(feature = "kafka", feature = "nats"))]
mod login;
#[cfg(feature = "http")]
mod loki;
pub(crate) mod making;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "otlp")]
mod otlp;
mod program;
mod reader;
mod receiver;
#[cfg(feature = "redis")]
mod redis;
pub(crate) mod registry;
#[cfg(feature = "http")]
mod splunk;
mod stdout;
mod syslog;
mod tcp;
mod unix;
mod who;

use std::sync::Arc;

use oyez_filter::matcher::Condition;
use oyez_filter::{Field, Tree};
use oyez_output::Kind;
use oyez_output::lane::{self, OnFull};

use self::registry::TypeDef;
use super::keyed;
use super::kind::quoted;
use super::load::{Effective, Origin};
use super::problem::Problem;
use super::settings::{Format, OnOverload, Settings};

pub(super) use self::reader::{Draft, of_flag, read, standard};

/// The name of the tables.
pub(super) const NAME: &str = "output";
/// No configuration has more outputs.
const MAX_OUTPUTS: usize = 64;
/// Where a value stands that nobody gave.
const NOWHERE: &str = "default";

/// One output that is to run.
#[derive(Clone, Debug)]
pub(crate) struct OutputSpec {
    /// What it is called; no two have the same name.
    pub(crate) name: Arc<str>,
    /// What it is.
    pub(crate) of: &'static TypeDef,
    /// What its sink is made from.
    pub(crate) kind: Arc<dyn Kind>,
    /// How it writes events.
    pub(crate) format: Format,
    /// Which events it gets, as it was written, and as it is asked; `None`: all.
    pub(crate) filter: Option<(Tree, Condition)>,
    /// Whether it gets oyez's own events, whatever the filter says.
    pub(crate) notices: bool,
    /// What its messages are sorted by at the receiver.
    pub(crate) key: Option<Field>,
    /// Queue, batches, tries and spool.
    pub(crate) lane: lane::Settings,
}

/// All of a configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConfiguredOutputs {
    /// Those that are to run.
    running: Vec<OutputSpec>,
    /// The keys of all there are.
    all: Vec<Vec<Effective>>,
}

impl ConfiguredOutputs {
    /// The outputs that are to run, in the order of the file.
    pub(crate) fn specs(&self) -> &[OutputSpec] {
        &self.running
    }

    /// What each output says, key by key; those that are not enabled, too.
    pub(crate) fn all(&self) -> impl Iterator<Item = &[Effective]> {
        self.all.iter().map(Vec::as_slice)
    }
}

/// Puts outputs beside each other and the rest of the configuration, whose `format` is told to be `format`; everything that is
/// wrong with them together.
pub(super) fn settle(
    mut drafts: Vec<Draft>,
    settings: &Settings,
    format: &Effective,
) -> (ConfiguredOutputs, Vec<Problem>) {
    let problems = conflicts::find(&drafts, settings);
    let on_fulls: Vec<_> = drafts.iter().map(|draft| on_full(draft, settings)).collect();
    for (draft, on_full) in drafts.iter_mut().zip(&on_fulls) {
        settle_values(draft, *on_full, format);
    }
    let all = drafts.iter_mut().map(|draft| std::mem::take(&mut draft.values)).collect();
    let spec = |(draft, on_full): (Draft, OnFull)| {
        Some(OutputSpec {
            name: draft.name.into(),
            of: draft.of?,
            kind: draft.kind?,
            format: draft.keys.format.unwrap_or(settings.format),
            filter: draft.filter,
            notices: draft.keys.notices,
            key: draft.keys.key.clone(),
            lane: draft.keys.lane(on_full),
        })
    };
    (ConfiguredOutputs { running: drafts.into_iter().zip(on_fulls).filter_map(spec).collect(), all }, problems)
}

/// What `on_full` comes to where it is not set.
fn on_full(draft: &Draft, settings: &Settings) -> OnFull {
    let unset = match (&draft.keys.spool_path, settings.on_overload) {
        (Some(_), _) => OnFull::Spool,
        (None, OnOverload::Wait) => OnFull::Wait,
        (None, OnOverload::Shed) => OnFull::DropNewest,
    };
    draft.keys.on_full.unwrap_or(unset)
}

/// Shows what holds where nothing was set, and leaves out what does not count.
fn settle_values(draft: &mut Draft, on_full: OnFull, format: &Effective) {
    let (keys, values) = (&draft.keys, &mut draft.values);
    if keys.format.is_none()
        && let Some(shown) = format.value.clone()
    {
        keyed::show(values, "format", shown, format.origin.clone());
    }
    if keys.on_full.is_none() {
        keyed::show(values, "on_full", quoted(keys::word(on_full)), Origin::Default);
    }
    if keys.name.is_none() {
        keyed::show(values, "name", quoted(&draft.name), Origin::Default);
    }
    let counts = |name: &str| keys.spool_path.is_some() || !name.starts_with("spool.");
    values.retain(|value| counts(&value.path) && reader::takes(draft.of, &value.path));
}

#[cfg(test)]
mod tests;
