//! Filters in their order: what of an event goes on, and as what.
//!
//! In go events, in two steps where that saves work: [`Filters::early`] asks those leading filters that need an event's records
//! alone, before anything is found out about it; [`Filters::late`] asks the rest, or all where `early` was not called. The
//! result is the same either way. Out comes what is left of it, changed or not, and through `tell` what filters have to say
//! besides. Time comes in as the caller's; only how long filters take is measured, by a clock that is given. Memory is what
//! the filters hold, each within its own bounds, and one event for each script.

mod compile;
mod counts;
mod link;
mod lua;
mod matchers;
mod script;
#[cfg(test)]
mod tests;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::{Limits, Millis};
use oyez_format::json::JsonOptions;

pub use self::compile::{Blocks, Cause, Settings, Wrong};
use self::counts::Stopwatch;
pub use self::counts::{Clock, Counts, Time};
pub use self::link::Verdict;
use self::link::{Known, Link};
use crate::field::Source;
use crate::spec::Spec;
use crate::tell::Told;
use crate::view::Reader;

/// A chain of filters.
pub struct Filters {
    reader: Reader,
    slots: Vec<Slot>,
    /// How many of them need records alone.
    early: usize,
    /// What was said of the event that comes next to [`Filters::late`]; `None` where it was not asked.
    begun: Option<Did>,
    /// What rewritten events are made with.
    made_with: (JsonOptions, Limits),
}

/// What became of an event.
#[derive(Clone, Copy)]
pub struct Outcome<'a> {
    /// What is left of it, unless it was dropped.
    pub left: Option<(&'a Event, Context<'a>)>,
    /// What was done with it.
    pub did: Did,
}

/// What filters did with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Did {
    /// What is to become of it.
    pub verdict: Verdict,
    /// Whether one tagged or rewrote it.
    pub is_changed: bool,
    /// Whether one could not tell, for an error or a limit.
    pub is_failed: bool,
}

impl Did {
    const NOTHING: Self = Did { verdict: Verdict::Pass, is_changed: false, is_failed: false };
}

/// A link with what the chain keeps of it.
struct Slot {
    link: Box<dyn Link>,
    /// What it was made of.
    specs: Vec<Spec>,
    watch: Stopwatch,
    /// It changed the event at hand.
    is_changed: bool,
}

impl Filters {
    /// A chain of no filters: every event goes on as it is.
    pub fn none() -> Self {
        Self::of(Vec::new(), JsonOptions::default(), Limits::default())
    }

    fn of(slots: Vec<Slot>, options: JsonOptions, limits: Limits) -> Self {
        let early = slots.iter().take_while(|slot| slot.link.source() == Source::Records).count();
        let reader = Reader::new(options.clone());
        Filters { reader, slots, early, begun: None, made_with: (options, limits) }
    }

    /// Whether there are no filters.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Asks the filters that need the event's records alone; says whether it goes on. Then [`Filters::late`] is to be asked of
    /// the same event, or nothing.
    pub fn early(&mut self, event: &Event, now: Millis, tell: &mut dyn FnMut(Told)) -> bool {
        self.begun = None;
        let Some(leading) = self.slots.get_mut(..self.early).filter(|leading| !leading.is_empty()) else { return true };
        let (did, _) = ask(&mut self.reader, leading, (event, Context::default()), now, tell);
        self.begun = Some(did);
        did.verdict != Verdict::Drop
    }

    /// What becomes of the event, of which `context` is known. `event` may be the one that [`Filters::early`] saw
    /// without its secrets.
    pub fn late<'a>(
        &'a mut self,
        event: &'a Event,
        context: Context<'a>,
        now: Millis,
        tell: &mut dyn FnMut(Told),
    ) -> Outcome<'a> {
        let Self { reader, slots, early, begun, .. } = self;
        let begun = begun.take();
        let asked = if begun.is_some() { slots.len().min(*early) } else { 0 };
        let (asked, rest) = slots.split_at_mut(asked);
        let begun = begun.unwrap_or(Did::NOTHING);
        // The last of them has what all before it did, too.
        let changed = asked.iter().rev().find(|slot| slot.is_changed);
        let at = changed.map_or((event, context), |slot| slot.link.changed((event, context)));
        if begun.verdict == Verdict::Keep || rest.is_empty() {
            return Outcome { left: Some(at), did: begun };
        }
        let (did, at) = ask(reader, rest, at, now, tell);
        let left = (did.verdict != Verdict::Drop).then_some(at);
        let (is_changed, is_failed) = (did.is_changed || begun.is_changed, did.is_failed || begun.is_failed);
        Outcome { left, did: Did { is_changed, is_failed, ..did } }
    }

    /// Time went by.
    pub fn tick(&mut self, now: Millis, tell: &mut dyn FnMut(Told)) {
        self.slots.iter_mut().for_each(|slot| slot.link.tick(now, tell));
    }

    /// When a filter has something to do though no event comes; `None`: none has.
    pub fn deadline(&self) -> Option<Millis> {
        self.slots.iter().filter_map(|slot| slot.link.deadline()).min()
    }

    /// Nothing more comes: what is held back is told.
    pub fn finish(&mut self, now: Millis, tell: &mut dyn FnMut(Told)) {
        self.slots.iter_mut().for_each(|slot| slot.link.finish(now, tell));
    }

    /// What each filter did so far, in their order.
    pub fn counts(&self) -> Vec<Counts> {
        let mut all = Vec::new();
        for slot in &self.slots {
            let from = all.len();
            slot.link.counts(&mut all);
            let time = slot.watch.time(all.len() - from);
            all.iter_mut().skip(from).for_each(|counts| counts.time = time);
        }
        all
    }

    /// Goes on as `newer`. What is made of the same specs stays as it is, with all it holds; what is not ends, and its counts
    /// are handed back. Nothing stays where events are read or made in another way.
    pub fn replace(&mut self, mut newer: Filters, now: Millis, tell: &mut dyn FnMut(Told)) -> Vec<Counts> {
        let is_alike = self.made_with == newer.made_with;
        for slot in newer.slots.iter_mut().filter(|_| is_alike) {
            if let Some(same) = self.slots.iter_mut().find(|old| !old.specs.is_empty() && old.specs == slot.specs) {
                std::mem::swap(slot, same);
                // Its place is taken.
                same.specs.clear();
            }
        }
        let taken = |slot: &Slot| slot.specs.is_empty();
        self.slots.retain(|slot| !taken(slot));
        self.finish(now, tell);
        let ended = self.counts();
        *self = newer;
        ended
    }
}

/// Asks these slots, one after the other; what they did, and what the event is now.
fn ask<'a>(
    reader: &mut Reader,
    slots: &'a mut [Slot],
    (mut event, mut context): Known<'a>,
    now: Millis,
    tell: &mut dyn FnMut(Told),
) -> (Did, Known<'a>) {
    for slot in slots.iter_mut() {
        slot.is_changed = false;
    }
    let (mut slots, mut did) = (slots.iter_mut(), Did::NOTHING);
    'changed: loop {
        // What was read of an event serves every filter, until one changes it.
        let seen = context;
        let mut view = reader.view(event, &seen);
        for slot in slots.by_ref() {
            let start = slot.watch.start();
            let judged = slot.link.judge(&mut view, (event, context), now, tell);
            slot.watch.stop(start);
            slot.is_changed = judged.is_changed;
            did.verdict = judged.verdict;
            did.is_failed |= judged.is_failed;
            if judged.is_changed && judged.verdict != Verdict::Drop {
                did.is_changed = true;
                (event, context) = slot.link.changed((event, context));
            }
            if judged.verdict != Verdict::Pass {
                return (did, (event, context));
            }
            if judged.is_changed {
                continue 'changed;
            }
        }
        return (did, (event, context));
    }
}
