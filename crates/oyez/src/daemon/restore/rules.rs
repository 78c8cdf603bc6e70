//! The kernel's rules: loads what the configuration asks for as a difference, keeps the list as it was then, and takes out
//! again what was added.
//!
//! Plans in, changes of the kernel and notices out. oyez's own rule, which keeps a multicast reader out of the log, is no
//! part of any list here.

use oyez_netlink::{Kernel, Result, rule};
use oyez_rules::bytes;
use oyez_rules::diff::{self, Step};
use oyez_rules::model::Rule;

use super::Restorer;
use crate::daemon::rule_notes::RuleNotes;
use crate::daemon::state::State;
use crate::daemon::told::Told;
use crate::daemon::tune::Change;
use crate::rules::apply::{Outcome, apply};
use crate::rules::changes::{Changes, changes};
use crate::rules::compile::Plan;
use crate::rules::held::{self, Held};
use crate::rules::refusal::refusal;
use crate::rules::show;

/// What was found to differ from the rules as they are to stay, and put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PutBack {
    /// Rules that were missing and are there again.
    pub(crate) added: usize,
    /// Rules that were too many, and are gone.
    pub(crate) deleted: usize,
    /// What could not be put back, in words.
    pub(crate) refused: Vec<String>,
}

impl<K: Kernel> Restorer<K> {
    /// Takes over the rules that a run before this one was to keep.
    pub(crate) fn take_over_kept_rules(&mut self, ended: &State) {
        self.state.rules.clone_from(&ended.rules);
    }

    /// How many rules there are without those of a run that crashed; `None` if the kernel does not tell.
    pub(crate) fn rules_of_others(&mut self) -> Option<usize> {
        let held = held::ask(self.kernel.as_mut()?).ok()?;
        Some(self.state.rules.as_found(&self.without_own(&held)).len() + held.unread.len())
    }

    /// Brings the kernel to what the configuration asks for. What is refused is told and left out; a notice if there was
    /// anything to do.
    ///
    /// # Errors
    /// The state file can't be written while the rules are to be put back at the end (`must_note`); then nothing is changed.
    pub(crate) fn load_rules(&mut self, plan: &Plan, must_note: bool) -> anyhow::Result<Option<Told>> {
        let told = if *plan == Plan::default() && self.state.rules.is_empty() {
            None
        } else {
            match self.find_changes(plan).transpose() {
                None => Some(self.cannot_load("the kernel cannot be controlled from here")),
                Some(Err(error)) => Some(self.cannot_load(&error.to_string())),
                Some(Ok((changes, held, locked))) => self.make(&changes, &held, locked, must_note)?,
            }
        };
        self.expected = self.kernel.as_mut().and_then(|kernel| held::ask(kernel).ok());
        Ok(told)
    }

    /// What the plan changes, on which rules, and whether the kernel is locked.
    fn find_changes(&mut self, plan: &Plan) -> Result<Option<(Changes, Held, bool)>> {
        let Some(kernel) = &mut self.kernel else { return Ok(None) };
        let (held, status, features) = (held::ask(kernel)?, kernel.status()?, kernel.features()?);
        let now = self.without_own(&held);
        let base = Held { rules: self.state.rules.base(&now), unread: held.unread.clone() };
        let mut found = changes(plan, &base, &status, features);
        let wanted: Vec<_> = found.wanted.iter().map(|(rule, _)| rule.clone()).collect();
        found.steps = diff::steps(&wanted, &now);
        Ok(Some((found, held, status.is_locked())))
    }

    fn make(&mut self, changes: &Changes, held: &Held, locked: bool, must_note: bool) -> anyhow::Result<Option<Told>> {
        if changes.is_empty() && changes.requests.is_empty() {
            return Ok(None);
        }
        if locked {
            return Ok(Some(self.tell_locked(changes, held)));
        }
        let before = self.state.clone();
        self.state.rules.note(&self.without_own(held), &changes.steps, &changes.unread);
        for change in changes.settings.iter().chain(&changes.enabled) {
            note_setting(&mut self.state.changes, *change);
        }
        if let Err(error) = self.note_way_back(must_note) {
            self.state = before;
            return Err(error);
        }
        let Some(kernel) = &mut self.kernel else { return Ok(None) };
        let outcome = match apply(kernel, changes, held, false) {
            Ok(outcome) => outcome,
            Err(error) => return Ok(Some(self.cannot_load(&error.to_string()))),
        };
        Ok(Some(self.tell_loaded(&outcome, changes)))
    }

    fn tell_loaded(&self, outcome: &Outcome, changes: &Changes) -> Told {
        let refused: Vec<_> = outcome.refused.iter().map(|refused| refusal(refused, changes)).collect();
        for line in &refused {
            (self.report)(line);
        }
        let result = if refused.is_empty() { "success" } else { "incomplete" };
        let told = Told::now("OYEZ_RULES").with("op", "load").with("result", result);
        told.with("added", outcome.added as u64)
            .with("deleted", outcome.deleted as u64)
            .with("refused", refused.len() as u64)
            .with("wanted", changes.wanted.len() as u64)
            .with_some("error", (!refused.is_empty()).then(|| refused.join("\n")))
    }

    fn tell_locked(&self, changes: &Changes, held: &Held) -> Told {
        let (missing, left) = changes.net(&Held { rules: self.without_own(held), unread: Vec::new() });
        let missing = missing.into_iter().map(|rule| format!("missing: {}", show::text(rule)));
        let left = left.iter().map(|rule| format!("too many: {}", show::text(rule)));
        let differs: Vec<_> = missing.chain(left).collect();
        for line in &differs {
            (self.report)(line);
        }
        let told = self.cannot_load("the kernel's rules and settings are locked until the next boot (-e 2)");
        told.with("differs", differs.join("\n"))
    }

    fn cannot_load(&self, why: &str) -> Told {
        (self.report)(&format!("cannot load the rules: {why}"));
        Told::now("OYEZ_RULES").with("op", "load").with("result", "failed").with("error", why)
    }

    /// Puts the rules back as they were after they were last loaded; `None` if they still are, or can't be looked at.
    ///
    /// # Errors
    /// The kernel's.
    pub(crate) fn put_rules_back(&mut self) -> Result<Option<PutBack>> {
        let (Some(kernel), Some(expected)) = (&mut self.kernel, &self.expected) else { return Ok(None) };
        let now = held::ask(kernel)?;
        if now == *expected || kernel.status()?.is_locked() {
            return Ok(None);
        }
        let changes = Changes {
            steps: diff::steps(&expected.rules, &now.rules),
            unread: missing(&now, expected),
            ..Changes::default()
        };
        let lost = missing(expected, &now);
        self.note_put_back(&now, &changes);
        let Some(kernel) = &mut self.kernel else { return Ok(None) };
        let outcome = apply(kernel, &changes, &now, false)?;
        let refused = outcome.refused.iter().map(|refused| refusal(refused, &changes)).collect();
        let mut put_back = PutBack { added: outcome.added, deleted: outcome.deleted, refused };
        for rule in lost {
            match kernel.add_rule(&rule) {
                Ok(()) => put_back.added += 1,
                Err(error) => put_back.refused.push(format!("{error}")),
            }
        }
        Ok(Some(put_back))
    }

    /// Notes what is about to be put back; oyez's own rule has a note of its own.
    fn note_put_back(&mut self, now: &Held, changes: &Changes) {
        let own = self.own_rule();
        let is_own = |step: &Step| matches!(step, Step::Add(rule) if own.as_ref().is_some_and(|own| own.same(rule)));
        let steps: Vec<_> = changes.steps.iter().filter(|step| !is_own(step)).cloned().collect();
        let before = self.state.rules.clone();
        self.state.rules.note(&self.without_own(now), &steps, &[]);
        if self.state.rules != before {
            self.note_or_say();
        }
    }

    /// Takes out again what this run added, and puts back what it deleted.
    pub(crate) fn restore_rules(&mut self) {
        let notes = std::mem::take(&mut self.state.rules);
        self.expected = None;
        if notes.is_empty() {
            return;
        }
        match self.take_out(&notes) {
            Ok(left) => left.iter().for_each(|line| (self.report)(&format!("cannot put back the rules: {line}"))),
            Err(error) => (self.report)(&format!("cannot put back the rules: {error}")),
        }
    }

    fn take_out(&mut self, notes: &RuleNotes) -> Result<Vec<String>> {
        let own = self.own_rule();
        let Some(kernel) = &mut self.kernel else { return Ok(Vec::new()) };
        let held = held::ask(kernel)?;
        let now = without(&held.rules, own.as_ref());
        let changes = Changes { steps: diff::steps(&notes.as_found(&now), &now), ..Changes::default() };
        if !changes.steps.is_empty() && kernel.status()?.is_locked() {
            return Ok(vec!["they are locked until the next boot (-e 2)".to_owned()]);
        }
        let outcome = apply(kernel, &changes, &held, false)?;
        let mut left: Vec<_> = outcome.refused.iter().map(|refused| refusal(refused, &changes)).collect();
        let unread = notes.unread().filter(|rule| !held.unread.iter().any(|(known, _)| known == rule));
        left.extend(unread.filter_map(|rule| kernel.add_rule(&rule).err()).map(|error| error.to_string()));
        Ok(left)
    }

    /// The rules stay; notes which are oyez's, so that the next run can replace them.
    pub(crate) fn keep_rules(&mut self) {
        if self.state.rules.is_empty() {
            return;
        }
        match self.kernel.as_mut().map(held::ask) {
            Some(Ok(held)) => self.state.rules.keep(&held.rules),
            Some(Err(error)) => (self.report)(&format!("cannot note which rules stay: {error}")),
            None => {}
        }
    }

    fn own_rule(&self) -> Option<Rule> {
        bytes::decode(&rule::never_for_pid(self.state.own_rule?)).ok()
    }

    fn without_own(&self, held: &Held) -> Vec<Rule> {
        without(&held.rules, self.own_rule().as_ref())
    }
}

fn without(rules: &[Rule], own: Option<&Rule>) -> Vec<Rule> {
    rules.iter().filter(|rule| !own.is_some_and(|own| own.same(rule))).cloned().collect()
}

/// Rules that oyez can't read and are in one list and not in the other.
fn missing(of: &Held, other: &Held) -> Vec<Vec<u8>> {
    let gone = of.unread.iter().filter(|rule| !other.unread.contains(rule));
    gone.map(|(rule, _)| rule.clone()).collect()
}

/// Notes a change of a setting; what was found is what was before the first change.
fn note_setting(changes: &mut Vec<Change>, change: Change) {
    match changes.iter_mut().find(|known| known.setting == change.setting) {
        Some(known) => *known = known.then(change.set),
        None => changes.push(change),
    }
}

#[cfg(test)]
mod tests;
