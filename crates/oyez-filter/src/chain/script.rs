//! One script in its place in the chain: what its answers come to, and what becomes of it when it fails.
//!
//! A failure is an error, a limit that was passed, or an answer that is no event. The event then goes on as it was, or is
//! dropped, as the spec says. Failures are counted and told, once a minute at most; so many in a row switch the script off,
//! which is told too: from then on events pass it by.

use std::sync::Arc;

use oyez_events::EventId;
use oyez_events::group::Millis;

use super::Counts;
use super::link::{Judged, Known, Link, Verdict};
use crate::Tree;
use crate::field::Source;
use crate::spec::OnError;
use crate::tell::Told;
use crate::view::View;

/// A filter's failures are told no more often.
const TELL_MS: Millis = 60_000;

/// What a script says of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// It goes on.
    Pass,
    /// It is gone.
    Drop,
    /// It goes on as this.
    Rewrite(Tree),
}

/// Something that can be asked about events, and fail.
pub(super) trait Scripted: Send {
    /// Asks it.
    fn call(&mut self, view: &mut View<'_>, now: Millis) -> Result<Says, String>;

    /// Makes the event that it answered; says whether that is another than it was.
    fn rewrite(&mut self, view: &mut View<'_>, of: Known<'_>, tree: &Tree) -> Result<bool, String>;

    /// The event that was made last, of what it was made of.
    fn rewritten<'a>(&'a self, known: Known<'a>) -> Known<'a>;

    /// Time went by.
    fn tick(&mut self, now: Millis) -> Result<(), String>;

    /// Nothing more comes.
    fn finish(&mut self, now: Millis) -> Result<(), String>;

    /// When it is to be told that time went by; `None`: it does not care.
    fn deadline(&self) -> Option<Millis>;

    /// What it counts itself.
    fn counters(&self) -> Vec<(Arc<str>, i64)>;

    /// Hands out what it has to tell.
    fn emitted(&mut self, tell: &mut dyn FnMut(Told));
}

/// A script with what it did.
pub(super) struct ScriptLink<S> {
    script: S,
    on_error: OnError,
    max_errors: Option<u32>,
    counts: Counts,
    in_row: u32,
    /// Failures that were not told yet, and when the next may be.
    untold: u64,
    next_tell: Option<Millis>,
    /// The last event, for the time of what is told.
    at: EventId,
}

impl<S: Scripted> ScriptLink<S> {
    pub(super) fn new(name: Arc<str>, script: S, on_error: OnError, max_errors: Option<u32>) -> Self {
        let (counts, at) = (Counts::new(name), EventId::default());
        ScriptLink { script, on_error, max_errors, counts, in_row: 0, untold: 0, next_tell: None, at }
    }

    fn answer(&mut self, view: &mut View<'_>, of: Known<'_>, now: Millis) -> Result<Judged, String> {
        Ok(match self.script.call(view, now)? {
            Says::Pass => Judged::PASS,
            Says::Drop => Judged::DROP,
            Says::Rewrite(tree) => {
                let is_changed = self.script.rewrite(view, of, &tree)?;
                Judged::new(Verdict::Pass, is_changed)
            }
        })
    }

    #[cold]
    fn fail(&mut self, error: &str, now: Millis, tell: &mut dyn FnMut(Told)) {
        self.counts.errors += 1;
        self.counts.error = Some(error.into());
        self.in_row += 1;
        self.untold += 1;
        if self.max_errors.is_some_and(|max| self.in_row >= max) {
            self.counts.is_off = true;
            return tell(self.told("OYEZ_FILTER_OFF", error).with("in_row", u64::from(self.in_row)));
        }
        if self.next_tell.is_none_or(|next| now >= next) {
            self.next_tell = Some(now.saturating_add(TELL_MS));
            tell(self.told("OYEZ_FILTER_ERROR", error));
            self.untold = 0;
        }
    }

    fn told(&self, kind: &'static str, error: &str) -> Told {
        Told::new(kind, self.at).with("filter", &*self.counts.name).with("error", error).with("count", self.untold)
    }

    /// What is to be done besides judging: it fails like that, but no event is concerned.
    fn aside(&mut self, done: Result<(), String>, now: Millis, tell: &mut dyn FnMut(Told)) {
        if let Err(error) = done {
            self.fail(&error, now, tell);
        }
        self.script.emitted(tell);
    }
}

impl<S: Scripted> Link for ScriptLink<S> {
    fn source(&self) -> Source {
        Source::Known
    }

    fn judge(&mut self, view: &mut View<'_>, of: Known<'_>, now: Millis, tell: &mut dyn FnMut(Told)) -> Judged {
        if self.counts.is_off {
            return Judged::PASS;
        }
        self.counts.seen += 1;
        self.at = of.0.id();
        let judged = match self.answer(view, of, now) {
            Ok(judged) => {
                self.in_row = 0;
                judged
            }
            Err(error) => {
                self.fail(&error, now, tell);
                let judged = if self.on_error == OnError::Drop { Judged::DROP } else { Judged::PASS };
                Judged { is_failed: true, ..judged }
            }
        };
        self.script.emitted(tell);
        self.counts.matched += u64::from(judged.verdict != Verdict::Pass || judged.is_changed);
        self.counts.dropped += u64::from(judged.verdict == Verdict::Drop);
        self.counts.changed += u64::from(judged.is_changed);
        judged
    }

    fn changed<'a>(&'a self, known: Known<'a>) -> Known<'a> {
        self.script.rewritten(known)
    }

    fn tick(&mut self, now: Millis, tell: &mut dyn FnMut(Told)) {
        if !self.counts.is_off && self.script.deadline().is_some_and(|at| at <= now) {
            let done = self.script.tick(now);
            self.aside(done, now, tell);
        }
    }

    fn finish(&mut self, now: Millis, tell: &mut dyn FnMut(Told)) {
        if !self.counts.is_off {
            let done = self.script.finish(now);
            // Nothing is told later.
            self.next_tell = None;
            self.aside(done, now, tell);
        }
    }

    fn deadline(&self) -> Option<Millis> {
        if self.counts.is_off { None } else { self.script.deadline() }
    }

    fn counts(&self, out: &mut Vec<Counts>) {
        out.push(Counts { counters: self.script.counters(), ..self.counts.clone() });
    }
}
