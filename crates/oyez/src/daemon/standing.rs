//! How an output does, as others are told: what its threads see in, now and then an `OYEZ_OUTPUT` out.
//!
//! Its threads leave what they see in a [`Beacon`] and go on; the pipeline looks. A failing output is told at once, and what
//! changes after that no more than once in [`SILENCE_MS`]: what came and went in between is not told. Texts are the receiver's
//! in part, and cut.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::Sender;
use oyez_events::group::Millis;
use oyez_output::lane::{Change, Watcher};
use oyez_output::stats::{Health, State};

use super::pipeline::Command;
use super::told::Told;

/// How long there is silence about an output after something was told.
const SILENCE_MS: Millis = 2000;
/// Bytes that are kept of what a receiver says.
const TEXT: usize = 512;

/// What the threads of one output have seen.
#[derive(Debug)]
pub(crate) struct Beacon {
    seen: Mutex<Seen>,
    is_lit: AtomicBool,
    look: Sender<Command>,
}

#[derive(Debug, Default)]
struct Seen {
    gone: Option<String>,
    refused: Option<String>,
    not_reopened: Option<String>,
    remark: Option<String>,
    /// Why the spool fails, while it does.
    spool: Option<String>,
}

impl Beacon {
    /// Has the pipeline look through `look`.
    pub(crate) fn new(look: Sender<Command>) -> Arc<Self> {
        Arc::new(Self { seen: Mutex::default(), is_lit: AtomicBool::new(false), look })
    }

    fn take<T>(&self, take: impl FnOnce(&mut Seen) -> T) -> T {
        take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Watcher for Beacon {
    fn see(&self, change: Change<'_>) {
        self.take(|seen| match change {
            Change::Gone(text) => seen.gone = Some(cut(text)),
            Change::Refused(text) => seen.refused = Some(cut(text)),
            Change::NotReopened(text) => seen.not_reopened = Some(cut(text)),
            Change::SpoolFails(text) => seen.spool = Some(cut(text)),
            Change::SpoolWorks => seen.spool = None,
            Change::Remark(text) => seen.remark = Some(cut(text)),
            Change::Fails(_) | Change::Works | Change::Lost(_) | Change::Ended => {}
        });
        if !self.is_lit.swap(true, Ordering::AcqRel) {
            // A pipeline with so many commands looks anyway.
            let _ = self.look.try_send(Command::Look);
        }
    }
}

/// The first bytes of a text, and no half of a character.
fn cut(text: &str) -> String {
    let end = (0..=text.len().min(TEXT)).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default().to_owned()
}

/// Something to say of an output: as a notice, and in a line for the user.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) told: Told,
    pub(crate) line: String,
}

/// What was said of an output.
#[derive(Debug)]
pub(crate) struct Standing {
    beacon: Arc<Beacon>,
    fails: bool,
    spool_fails: bool,
    silent_until: Millis,
}

impl Standing {
    /// Of an output of which nothing was said yet.
    pub(crate) fn new(beacon: Arc<Beacon>) -> Self {
        Self { beacon, fails: false, spool_fails: false, silent_until: 0 }
    }

    /// That it will never take anything any more, and why; said once.
    pub(crate) fn gone(&self) -> Option<String> {
        self.beacon.take(|seen| seen.gone.take())
    }

    /// When there is more to say than could be said last.
    pub(crate) fn deadline(&self) -> Option<Millis> {
        if !self.beacon.is_lit.load(Ordering::Acquire) {
            return None;
        }
        Some(if self.beacon.take(|seen| seen.gone.is_some()) { 0 } else { self.silent_until })
    }

    /// What is to be said of it now.
    pub(crate) fn look(&mut self, name: &str, health: &Health, now: Millis) -> Vec<News> {
        if self.deadline().is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.beacon.is_lit.store(false, Ordering::Release);
        let mut all = self.health(name, health);
        self.spool(name, &mut all);
        let (refused, not_reopened, remark) =
            self.beacon.take(|seen| (seen.refused.take(), seen.not_reopened.take(), seen.remark.take()));
        all.extend(remark.map(|what| news(name, "remark", Some(what), "says")));
        all.extend(refused.map(|why| news(name, "refused", Some(why), "was refused events for good")));
        all.extend(
            not_reopened.map(|why| news(name, "not-reopened", Some(why), "cannot be opened anew, the old one stays")),
        );
        if !all.is_empty() {
            self.silent_until = now.saturating_add(SILENCE_MS);
        }
        all
    }

    fn health(&mut self, name: &str, health: &Health) -> Vec<News> {
        let fails = health.state() == State::Failing;
        if self.fails == fails {
            return Vec::new();
        }
        self.fails = fails;
        let why = health.trouble().map(|trouble| trouble.text);
        vec![if fails { news(name, "failing", why, "fails") } else { news(name, "working", None, "works again") }]
    }

    fn spool(&mut self, name: &str, all: &mut Vec<News>) {
        let why = self.beacon.take(|seen| seen.spool.clone());
        if self.spool_fails != why.is_some() {
            self.spool_fails = why.is_some();
            all.push(match why {
                Some(why) => news(name, "spool-failing", Some(why), "cannot use its spool"),
                None => news(name, "spool-working", None, "can use its spool again"),
            });
        }
    }
}

/// What is said of an output that is in this state.
pub(crate) fn news(name: &str, state: &str, error: Option<String>, words: &str) -> News {
    let why = error.as_deref().map_or_else(String::new, |error| format!(": {error}"));
    let line = format!("output {name:?} {words}{why}");
    let told = Told::now("OYEZ_OUTPUT").with("output", name).with("state", state).with_some("error", error);
    News { told, line }
}
