//! Filters one by one, each a chain of its own, so that what each does with an event can be seen.

use std::sync::Arc;

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
    /// Whether the event went on.
    pub(super) is_left: bool,
    /// Why it failed.
    pub(super) error: Option<Arc<str>>,
}

/// A chain of one filter.
struct Link {
    filters: Filters,
    /// It was switched off.
    is_off: bool,
}

/// Filters, one by one.
pub(super) struct Links {
    links: Vec<Link>,
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
            let filters = filters::compile(one, settings, None, (Blocks::Alone, EACH));
            let filters = filters.map_err(|wrongs| filters::wrong(one, &wrongs))?;
            Ok(Link { filters, is_off: false })
        };
        let links = specs.iter().map(compile).collect::<anyhow::Result<_>>()?;
        Ok(Self { links, format: JsonFormat::new(form::fields(settings, None)) })
    }

    /// What each filter that is asked does with an event.
    pub(super) fn event(&mut self, event: &Event, now: Millis, tell: &mut dyn FnMut(Told)) -> Vec<Deed> {
        let Self { links, format } = self;
        let (mut at, mut deeds) = ((event, Context::default()), Vec::with_capacity(links.len()));
        for (filter, link) in links.iter_mut().enumerate() {
            if link.is_off {
                deeds.push(Deed { filter, did: Did::Off, members: Vec::new(), is_left: true, error: None });
                continue;
            }
            let Outcome { left, did } = link.filters.late(at.0, at.1, now, tell);
            let members = left.filter(|_| did.is_changed).map(|left| differing(format, at, left));
            let (is_left, members) = (left.is_some(), members.unwrap_or_default());
            at = left.unwrap_or(at);
            deeds.push(Deed { filter, did: word(did), members, is_left, error: None });
            if did.verdict != Verdict::Pass {
                break;
            }
        }
        for deed in deeds.iter_mut().filter(|deed| deed.did == Did::Error) {
            deed.error = links.get_mut(deed.filter).and_then(Link::look);
        }
        deeds
    }

    /// Time went by.
    pub(super) fn tick(&mut self, now: Millis, tell: &mut dyn FnMut(Told)) {
        for link in &mut self.links {
            link.filters.tick(now, tell);
            link.look();
        }
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self, now: Millis, tell: &mut dyn FnMut(Told)) {
        self.links.iter_mut().for_each(|link| link.filters.finish(now, tell));
    }

    /// What each did in all.
    pub(super) fn counts(&self) -> Vec<Counts> {
        self.links.iter().flat_map(|link| link.filters.counts()).collect()
    }
}

impl Link {
    /// Looks whether it was switched off; says why it failed last.
    fn look(&mut self) -> Option<Arc<str>> {
        let counts = self.filters.counts().pop()?;
        self.is_off = counts.is_off;
        counts.error
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
