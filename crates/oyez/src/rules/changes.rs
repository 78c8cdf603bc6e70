//! A plan on a kernel → what has to change.
//!
//! The plan's acts are played on the list of rules that the kernel holds: what comes out is the list that is wanted, and
//! `oyez_rules::diff` says the steps. A rule that is there already stays where it is, and one that is to go and is not
//! there is no error, so that a plan that was applied changes nothing when it is applied again. With `-D` the list starts
//! empty: the files are the whole truth, rules included that oyez cannot read.

use std::collections::HashMap;

use oyez_netlink::{Features, Status};
use oyez_rules::diff::{self, Step};
use oyez_rules::model::Rule;

use super::compile::{Act, Origin, Plan, Request};
use super::held::{Held, has_key_with};
use crate::daemon::tune::{Change, Setting};

/// What has to change, in the order in which it is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Settings that change before the rules do.
    pub(crate) settings: Vec<Change>,
    /// Steps from the rules that are held to those that are wanted.
    pub(crate) steps: Vec<Step>,
    /// Rules that oyez cannot read, to be deleted.
    pub(crate) unread: Vec<Vec<u8>>,
    pub(crate) loginuid_immutable: bool,
    pub(crate) requests: Vec<Request>,
    /// The switch, which changes last: it may lock everything else.
    pub(crate) enabled: Option<Change>,
    /// The rules that are wanted, each with the place that asked for it; none for those that are only kept.
    pub(crate) wanted: Vec<(Rule, Option<Origin>)>,
    /// Rules that were asked for more than once: where again, and where first.
    pub(crate) repeated: Vec<(Origin, Origin)>,
    /// The first rule that stands behind one that comes later in the files, and that one: both were held before.
    pub(crate) misplaced: Option<(Origin, Origin)>,
}

impl Changes {
    /// Whether there is nothing to do. Requests, which have no state to be looked at, do not count.
    pub(crate) fn is_empty(&self) -> bool {
        self.settings.is_empty()
            && self.steps.is_empty()
            && self.unread.is_empty()
            && !self.loginuid_immutable
            && self.enabled.is_none()
    }

    /// Rules that are wanted and not held, and held and not wanted. Those that only change their places are in neither.
    pub(crate) fn net(&self, held: &Held) -> (Vec<&Rule>, Vec<Rule>) {
        let wanted = |rule: &Rule| self.wanted.iter().any(|(known, _)| known.same(rule));
        let is_held = |rule: &Rule| held.rules.iter().any(|known| known.same(rule));
        let added = self.wanted.iter().map(|(rule, _)| rule).filter(|rule| !is_held(rule)).collect();
        (added, held.rules.iter().filter(|rule| !wanted(rule)).cloned().collect())
    }

    /// The place that asked for a rule.
    pub(crate) fn origin(&self, rule: &Rule) -> Option<&Origin> {
        self.wanted.iter().find(|(known, _)| known.same(rule))?.1.as_ref()
    }
}

/// What the plan changes on a kernel with these rules, settings and features.
pub(crate) fn changes(plan: &Plan, held: &Held, status: &Status, features: Features) -> Changes {
    let mut changes = Changes::default();
    let mut wanted = Wanted::on(held);
    for (act, origin) in &plan.acts {
        match act {
            Act::Add(rule) => wanted.add(rule, origin, &mut changes.repeated),
            Act::Delete(rule) => wanted.rules.retain(|(known, _)| !known.same(rule)),
            Act::Clear(None) => wanted = Wanted::default(),
            Act::Clear(Some(key)) => wanted.rules.retain(|(rule, _)| !has_key_with(rule, key)),
        }
    }
    let rules: Vec<_> = wanted.rules.iter().map(|(rule, _)| rule.clone()).collect();
    changes.steps = diff::steps(&rules, &held.rules);
    if !wanted.keeps_unread {
        changes.unread = held.unread.iter().map(|(bytes, _)| bytes.clone()).collect();
    }
    changes.wanted = wanted.rules;
    changes.misplaced = misplaced(&changes.wanted, plan);
    changes.loginuid_immutable = plan.loginuid_immutable && !is_set(features);
    changes.requests.clone_from(&plan.requests);
    let (enabled, settings) = plan
        .settings
        .iter()
        .filter_map(|(setting, value)| change(*setting, *value, status))
        .partition(|change: &Change| change.setting == Setting::Enabled);
    changes.settings = settings;
    changes.enabled = Vec::into_iter(enabled).next();
    changes
}

/// A rule whose place in its list is not that of the files, which only rules that stay where they are can have. Those that
/// are to be prepended are not meant.
fn misplaced(wanted: &[(Rule, Option<Origin>)], plan: &Plan) -> Option<(Origin, Origin)> {
    let appended = |act: &Act| matches!(act, Act::Add(rule) if !rule.prepend);
    let acts = plan.acts.iter().enumerate().filter(|(_, (act, _))| appended(act));
    let ranks: HashMap<_, _> = acts.map(|(rank, (_, origin))| (origin, rank)).collect();
    let mut last: HashMap<u32, (usize, &Origin)> = HashMap::new();
    for (rule, origin) in wanted {
        let Some((origin, rank)) = origin.as_ref().and_then(|origin| Some((origin, *ranks.get(origin)?))) else {
            continue;
        };
        match last.insert(rule.list.number(), (rank, origin)) {
            Some((before, other)) if before > rank => return Some((origin.clone(), other.clone())),
            _ => {}
        }
    }
    None
}

fn is_set(features: Features) -> bool {
    features.loginuid_immutable.on && features.loginuid_immutable.locked
}

fn change(setting: Setting, value: u32, status: &Status) -> Option<Change> {
    // What the kernel does not tell counts as another value.
    let found = setting.read(status).unwrap_or(!value);
    (found != value).then_some(Change::new(setting, found, value))
}

/// A list of rules that is being changed.
#[derive(Default)]
struct Wanted {
    rules: Vec<(Rule, Option<Origin>)>,
    keeps_unread: bool,
}

impl Wanted {
    fn on(held: &Held) -> Self {
        Self { rules: held.rules.iter().map(|rule| (rule.clone(), None)).collect(), keeps_unread: true }
    }

    fn add(&mut self, rule: &Rule, origin: &Origin, repeated: &mut Vec<(Origin, Origin)>) {
        if let Some((_, known)) = self.rules.iter_mut().find(|(known, _)| known.same(rule)) {
            match known {
                Some(first) => repeated.push((origin.clone(), first.clone())),
                None => *known = Some(origin.clone()),
            }
            return;
        }
        let at = if rule.prepend { 0 } else { self.rules.len() };
        self.rules.insert(at, (rule.clone().with_prepend(false), Some(origin.clone())));
    }
}
