//! A block of matchers in its place in the chain.

use std::sync::Arc;

use oyez_events::context::Context;
use oyez_events::group::Millis;

use super::Counts;
use super::link::{Judged, Known, Link, Verdict};
use crate::field::Source;
use crate::matcher::{self, Judgement, Matchers};
use crate::tell::Told;
use crate::view::View;

/// How often a block is told the time while it holds something back, in milliseconds.
const TICK_MS: Millis = 1_000;

/// Matchers with the tags they gave the event at hand.
pub(super) struct MatcherLink {
    matchers: Matchers,
    given: Vec<Arc<str>>,
    /// All it has now.
    tags: Vec<Arc<str>>,
    next_tick: Millis,
}

impl MatcherLink {
    pub(super) fn new(matchers: Matchers) -> Self {
        MatcherLink { matchers, given: Vec::new(), tags: Vec::new(), next_tick: 0 }
    }
}

impl Link for MatcherLink {
    fn source(&self) -> Source {
        self.matchers.source()
    }

    fn judge(&mut self, view: &mut View<'_>, (_, context): Known<'_>, now: Millis, _: &mut dyn FnMut(Told)) -> Judged {
        self.given.clear();
        let verdict = match self.matchers.judge(view, now, &mut self.given) {
            Judgement::Pass => Verdict::Pass,
            Judgement::Keep => Verdict::Keep,
            Judgement::Drop => Verdict::Drop,
        };
        if self.given.is_empty() {
            return Judged::new(verdict, false);
        }
        self.tags.clear();
        self.tags.extend(context.tags.iter().cloned());
        self.tags.append(&mut self.given);
        Judged::new(verdict, true)
    }

    fn changed<'a>(&'a self, (event, context): Known<'a>) -> Known<'a> {
        (event, Context { tags: &self.tags, ..context })
    }

    fn tick(&mut self, now: Millis, tell: &mut dyn FnMut(Told)) {
        if now >= self.next_tick {
            self.next_tick = now.saturating_add(TICK_MS);
            self.matchers.tick(now, tell);
        }
    }

    fn finish(&mut self, _: Millis, tell: &mut dyn FnMut(Told)) {
        self.matchers.finish(tell);
    }

    fn deadline(&self) -> Option<Millis> {
        self.matchers.is_waiting().then_some(self.next_tick)
    }

    fn counts(&self, out: &mut Vec<Counts>) {
        for (name, counts) in self.matchers.counts() {
            let matcher::Counts { seen, matched, dropped, kept, tagged: changed } = counts;
            out.push(Counts { seen, matched, dropped, kept, changed, ..Counts::new(Arc::clone(name)) });
        }
    }
}
