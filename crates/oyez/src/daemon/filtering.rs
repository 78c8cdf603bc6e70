//! Keeps the filter on the socket as settings, rules and experience ask for it: the control thread's part.
//!
//! News in, [`Order`]s and words for the user out. The rules are read again when they changed, at most five times a second;
//! what was seen to speak against dropping `EOE` counts until the configuration is read again.

use std::time::{Duration, Instant};

use oyez_netlink::Kernel;

use super::filter::{Absent, Plan, Why};
use super::proof::News;
use super::restore::Restorer;
use super::switch::{Order, Switch};
use super::told::Told;
use crate::config::Settings;

/// How often the rules are read at most: whoever loads many makes a record for each.
const BETWEEN: Duration = Duration::from_millis(200);

/// What the filter is, and is to be.
#[derive(Debug)]
pub(crate) struct Filtering {
    switch: Switch,
    plan: Plan,
    seen: Option<Why>,
    checked: Option<Instant>,
    /// When to read the rules again.
    due: Option<Instant>,
}

impl Filtering {
    /// One whose socket has this filter already.
    pub(crate) fn started(plan: Plan) -> Self {
        Self { switch: Switch::on(plan.types.clone()), plan, seen: None, checked: None, due: None }
    }

    /// The types that are dropped.
    pub(crate) fn types(&self) -> &[u16] {
        self.switch.types()
    }

    /// What the pipeline has to make do without as it starts.
    pub(crate) fn absent(&self) -> Absent {
        Absent::of(self.types())
    }

    /// When [`check`](Self::check) is to be called; `None`: no need.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Takes what the pipeline saw.
    pub(crate) fn news(&mut self, news: &News, now: Instant) {
        if let News::Doubt(why) = news {
            self.seen = Some(*why);
            self.due = Some(now);
        } else {
            let soonest = self.checked.map_or(now, |checked| now.max(checked + BETWEEN));
            self.due = Some(self.due.map_or(soonest, |due| due.min(soonest)));
        }
    }

    /// The configuration was read again: what was seen is forgotten.
    pub(crate) fn reloaded(&mut self, now: Instant) {
        self.seen = None;
        self.due = Some(now);
    }

    /// Decides anew.
    pub(crate) fn check<K: Kernel>(
        &mut self,
        settings: &Settings,
        restorer: &mut Restorer<K>,
        now: Instant,
    ) -> Option<Order> {
        (self.checked, self.due) = (Some(now), None);
        self.plan = Plan::choose(settings, restorer.objection(), self.seen);
        self.switch.want(self.plan.types.clone())
    }

    /// The pipeline makes do without what is to be dropped.
    pub(crate) fn expecting(&mut self) -> Option<Order> {
        self.switch.told()
    }

    /// The pipeline could not be told.
    pub(crate) fn not_told(&mut self) {
        self.switch.not_told();
    }

    /// The filter was set and the socket emptied at that time; `None`: it could not be set.
    pub(crate) fn set(&mut self, emptied: Option<Duration>) -> Option<Order> {
        self.switch.set(emptied)
    }

    /// What is dropped now, as a notice.
    pub(crate) fn told(&self) -> Told {
        let on = Plan { types: self.types().to_vec(), eoe_fetched: None };
        let why = (!self.absent().eoe).then_some(self.plan.eoe_fetched).flatten();
        Told::now("OYEZ_FILTER").with_some("filtered", on.names()).with_some("eoe_fetched", why.map(Why::text))
    }

    /// What is to be told to the user: that `EOE` had to be fetched again, against expectation.
    pub(crate) fn complaint(&self) -> Option<String> {
        let why = self.seen.filter(|seen| !self.absent().eoe && self.plan.eoe_fetched == Some(*seen))?;
        Some(format!("EOE records are fetched from here on: {}", why.text()))
    }
}
