//! Rules held by the kernel → rules wanted: the steps between.
//!
//! The kernel keeps each list in the order of adding, takes rules at the head or at the end only, refuses a rule that it
//! holds already, and lets the first that matches decide (kernel/auditfilter.c, `audit_add_rule`). So a rule cannot be put
//! between two others, and one that has to move must go before it can come back. What [`steps`] promises, list by list:
//!
//! - The lists end up as wanted, order included, and no step fails for a rule that is there already.
//! - At no moment between two steps goes an event unrecorded that both the old and the new rules record: a rule that must
//!   move has a stand-in while it is away (the same rule with a test more, which always holds, so that the kernel takes it
//!   for another one).
//! - Rules that need not move are not touched. These are the longest run of wanted rules, next to each other, that the
//!   kernel holds in this order and before which nothing must be added that would hide events while it grows.
//!
//! Limits: while steps are applied there can be up to twice as many rules. An event can be recorded meanwhile under the key
//! of another rule that matches it too. A rule with 64 tests, or a `filesystem` rule without `fstype`, has no stand-in: it
//! is absent between two steps if it has to move. A class of calls that is asked for by number (2032 and above) is not
//! listed as such, so that such a rule looks new each time; and where an unlisted rule is held, adding it fails.

use crate::model::{Action, Field, FieldTest, List, Op, Rule};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Add a rule: at the end of its list, or at its head if the rule says so ([`Rule::prepend`]).
    Add(Rule),
    /// Delete a rule.
    Delete(Rule),
}

/// What is to be done, in this order, so that the kernel has `wanted` instead of `held`. Both are in the order of their
/// lists, as the kernel answers and as [`order`] makes it. Of wanted rules that are the same the first counts.
pub fn steps(wanted: &[Rule], held: &[Rule]) -> Vec<Step> {
    List::ALL.into_iter().flat_map(|list| of_list(&unique(wanted, list), &unique(held, list))).collect()
}

/// The order in which the kernel holds rules that are added one after the other: those to be prepended first, last one
/// before. A rule that is the same as an earlier one is left out; the kernel refuses it.
pub fn order(added: &[Rule]) -> Vec<Rule> {
    let mut ordered: Vec<Rule> = Vec::new();
    for rule in added {
        if ordered.iter().any(|known| known.same(rule)) {
            continue;
        }
        if rule.prepend { ordered.insert(0, rule.clone()) } else { ordered.push(rule.clone()) }
    }
    ordered.into_iter().map(|rule| rule.with_prepend(false)).collect()
}

/// The rules of one list, each once.
fn unique(rules: &[Rule], list: List) -> Vec<Rule> {
    let mut seen: Vec<Rule> = Vec::new();
    for rule in rules.iter().filter(|rule| rule.list == list) {
        if !seen.iter().any(|known| known.same(rule)) {
            seen.push(rule.clone().with_prepend(false));
        }
    }
    seen
}

fn of_list(wanted: &[Rule], held: &[Rule]) -> Vec<Step> {
    let place = |rule: &Rule| held.iter().position(|known| known.same(rule));
    let places: Vec<_> = wanted.iter().map(place).collect();
    let kept = kept(wanted, &places);
    let moves = |at: &usize| places[*at].is_some();
    // From the first rule of the end part that moves on, and up to the last of the head part: a rule can come back to its
    // place only when those that follow it there, or stand before it, are still to come.
    let end_from = (kept.end..wanted.len()).find(moves).unwrap_or(wanted.len());
    let head_to = (0..kept.start).rfind(moves).map_or(0, |at| at + 1);
    let head = |at: usize| wanted[at].clone().with_prepend(true);
    let (ends, heads): (Vec<_>, Vec<_>) = (
        (end_from..wanted.len()).map(|at| stand_in(&wanted[at], held)).collect(),
        (0..head_to).map(|at| stand_in(&wanted[at], held)).collect(),
    );
    let prepended = |rule: &Rule| Step::Add(rule.clone().with_prepend(true));

    let mut steps = Vec::new();
    // First all that is new, or stands in: behind the old rules, then before them.
    steps.extend((kept.end..end_from).map(|at| Step::Add(wanted[at].clone())));
    steps.extend(ends.iter().flatten().cloned().map(Step::Add));
    steps.extend((head_to..kept.start).rev().map(|at| Step::Add(head(at))));
    steps.extend(heads.iter().rev().flatten().map(prepended));
    // Then what is old goes, from its end: what is left before decides as it did.
    let stays = |at: usize| kept.clone().any(|wanted| places[wanted] == Some(at));
    steps.extend((0..held.len()).rev().filter(|at| !stays(*at)).map(|at| Step::Delete(held[at].clone())));
    // Then those that moved come to their places, and their stand-ins go.
    steps.extend((end_from..wanted.len()).map(|at| Step::Add(wanted[at].clone())));
    steps.extend((0..head_to).rev().map(|at| Step::Add(head(at))));
    steps.extend(ends.into_iter().rev().flatten().map(Step::Delete));
    steps.extend(heads.into_iter().rev().flatten().map(Step::Delete));
    steps
}

/// The longest run of wanted rules that are held in this order and can be kept; the first of several.
fn kept(wanted: &[Rule], places: &[Option<usize>]) -> std::ops::Range<usize> {
    let mut best = 0..0;
    let mut start = 0;
    while start < places.len() {
        let mut end = start;
        while end < places.len() && places[end].is_some() && (end == start || places[end - 1] < places[end]) {
            end += 1;
        }
        if end - start > best.len() && grows_safely(&wanted[..start]) {
            best = start..end;
        }
        start = end.max(start + 1);
    }
    best
}

/// Whether rules can be put at the head one by one, the last one first, without hiding at any moment what they record
/// when all are there: no `never` may stand behind an `always`.
fn grows_safely(head: &[Rule]) -> bool {
    let always = head.iter().position(|rule| rule.action == Action::Always).unwrap_or(head.len());
    head[always..].iter().all(|rule| rule.action == Action::Always)
}

/// A rule that matches the same and is another one for the kernel, and none of those held: an earlier stand-in may have
/// been left there.
fn stand_in(rule: &Rule, held: &[Rule]) -> Option<Rule> {
    let test = match rule.list {
        List::Filesystem => rule.find(Field::FsType)?.clone(),
        _ => FieldTest::number(Field::Pid, Op::GreaterOrEqual, 0)?,
    };
    let mut other = rule.clone();
    while other.push(test.clone()) {
        if !held.iter().any(|known| known.same(&other)) {
            return Some(other);
        }
    }
    None
}

#[cfg(test)]
mod tests;
