//! Filters one by one, each a chain of its own, so that what each does with an event can be seen.

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::Millis;
use oyez_filter::chain::{self, Blocks, Counts, Outcome, Verdict};
use oyez_filter::spec::Spec;
use oyez_filter::{Filters, Told};
use oyez_format::json::JsonFormat;
use serde_json::Value;

use super::args::Did;
use super::members;
use crate::config::Settings;
use crate::filters::{self, EACH};
use crate::form;

/// What one filter did with one event.
pub(super) struct Deed {
    /// Which filter.
    pub(super) filter: usize,
    pub(super) did: Did,
    /// The members that differ.
    pub(super) members: Vec<String>,
}

/// Filters, one by one.
pub(super) struct Links {
    links: Vec<Filters>,
    format: JsonFormat,
}

impl Links {
    /// These filters.
    ///
    /// # Errors
    /// One does not compile.
    pub(super) fn new(specs: &[Spec], settings: &Settings) -> anyhow::Result<Self> {
        let compile = |spec: &Spec| {
            let one = std::slice::from_ref(spec);
            filters::compile(one, settings, None, (Blocks::Alone, EACH)).map_err(|wrongs| filters::wrong(one, &wrongs))
        };
        let links = specs.iter().map(compile).collect::<anyhow::Result<_>>()?;
        Ok(Self { links, format: JsonFormat::new(form::fields(settings, None)) })
    }

    /// What each filter that is asked does with an event.
    pub(super) fn event(&mut self, event: &Event, now: Millis, tell: &mut dyn FnMut(Told)) -> Vec<Deed> {
        let Self { links, format } = self;
        let (mut at, mut deeds) = ((event, Context::default()), Vec::with_capacity(links.len()));
        for (filter, link) in links.iter_mut().enumerate() {
            let Outcome { left, did } = link.late(at.0, at.1, now, tell);
            let mut deed = Deed { filter, did: word(did), members: Vec::new() };
            if let Some(left) = left.filter(|_| did.is_changed) {
                deed.members = differing(format, at, left);
            }
            at = left.unwrap_or(at);
            deeds.push(deed);
            if did.verdict != Verdict::Pass {
                break;
            }
        }
        deeds
    }

    /// Time went by.
    pub(super) fn tick(&mut self, now: Millis, tell: &mut dyn FnMut(Told)) {
        self.links.iter_mut().for_each(|link| link.tick(now, tell));
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self, now: Millis, tell: &mut dyn FnMut(Told)) {
        self.links.iter_mut().for_each(|link| link.finish(now, tell));
    }

    /// What each did in all.
    pub(super) fn counts(&self) -> Vec<Counts> {
        self.links.iter().flat_map(Filters::counts).collect()
    }
}

fn word(did: chain::Did) -> Did {
    match (did.is_failed, did.verdict) {
        (true, _) => Did::Error,
        (false, Verdict::Drop) => Did::Dropped,
        (false, Verdict::Keep) => Did::Kept,
        (false, Verdict::Pass) if did.is_changed => Did::Changed,
        (false, Verdict::Pass) => Did::Passed,
    }
}

fn differing(format: &mut JsonFormat, before: (&Event, Context<'_>), after: (&Event, Context<'_>)) -> Vec<String> {
    let mut json = |(event, context): (&Event, Context<'_>)| {
        let mut out = Vec::new();
        format.event(event, &context, &mut out);
        serde_json::from_slice::<Value>(&out).unwrap_or_default()
    };
    members::differing(&json(before), &json(after))
}
