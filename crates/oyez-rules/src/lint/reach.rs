//! Rules that never decide anything, and rules that say what others say: the order of a list, and its repetitions.

use super::logic::{contradiction, covers, impossible, tests_cover};
use super::seen::Seen;
use super::{Code, Finding, other};
use crate::model::{Action, Field, List, Op, Rule};
use crate::text::applies;

pub(super) fn look<'a>(rules: &[Seen<'a>], found: &mut Vec<Finding<'a>>) {
    for (at, seen) in rules.iter().enumerate() {
        let earlier = &rules[..at];
        let finding = dead(seen).or_else(|| twice(seen, earlier)).or_else(|| behind(seen, earlier));
        found.extend(finding.or_else(|| late(seen, earlier)));
        found.extend(mergeable(seen, earlier, &rules[at + 1..]));
    }
}

/// A rule that matches nothing, whatever stands before it.
fn dead<'a>(seen: &Seen<'a>) -> Option<Finding<'a>> {
    let rule = seen.rule;
    let dead =
        |message: String| Finding::at(Code::NeverMatches, &seen.entry, message).hint("take it out, or correct it");
    if let Some(test) = impossible(rule.fields()) {
        let (name, op) = (test.field().name(), test.op().symbol());
        let message = format!("no value of {name} passes {op}{}", test.as_number().unwrap_or_default());
        return Some(dead(message).hint("the kernel compares numbers without sign; for errors there is -F success=0"));
    }
    if let Some((first, second)) = contradiction(rule.fields()) {
        let name = second.field().name();
        let same = first.field() == second.field();
        let message = format!("its tests of {} and {name} never hold together", first.field().name());
        return Some(dead(if same { format!("no value of {name} meets both of its tests") } else { message }));
    }
    if let Some(test) = rule.fields().iter().find(|test| !applies(rule.list, test.field())) {
        return Some(dead(format!("the {} list never matches {}", rule.list.name(), test.field().name())));
    }
    if rule.list.takes_syscalls() && seen.calls.is_empty() {
        return Some(dead("its perm is about none of the calls it names".to_owned()));
    }
    let tests = rule.fields().iter().any(|test| test.field() != Field::Key);
    let needs_tests = matches!(rule.list, List::User | List::Exclude | List::Filesystem);
    (needs_tests && !tests)
        .then(|| dead(format!("a rule of the {} list without a test matches nothing", rule.list.name())))
}

/// A rule that the kernel has already.
fn twice<'a>(seen: &Seen<'a>, earlier: &[Seen<'a>]) -> Option<Finding<'a>> {
    let first = earlier.iter().find(|first| first.rule.same(seen.rule))?;
    let message = format!("the same rule as {}", other(first, seen));
    Some(Finding::at(Code::Duplicate, &seen.entry, message).hint("take one of them out: the kernel refuses the second"))
}

/// A rule all of whose matches an earlier one takes.
fn behind<'a>(seen: &Seen<'a>, earlier: &[Seen<'a>]) -> Option<Finding<'a>> {
    let first = earlier.iter().find(|first| covers(first, seen))?;
    let place = other(first, seen);
    let action = |rule: &Rule| if rule.list == List::Exclude { Action::Never } else { rule.action };
    Some(match (action(first.rule), action(seen.rule)) {
        (Action::Never, Action::Always) => {
            let message = format!("it never records: all it matches is left out by {place}");
            Finding::at(Code::Shadowed, &seen.entry, message).hint(format!("put it before {place}, or take it out"))
        }
        (Action::Always, Action::Never) => {
            let message = format!("it leaves nothing out: all it matches is recorded by {place}");
            Finding::at(Code::LateNever, &seen.entry, message).hint(format!("put it before {place}"))
        }
        (Action::Always, Action::Always) => {
            let message = format!("all it matches is recorded by {place}, with that one's key");
            let hint = format!("take it out, or put it before {place} if its key is to be seen");
            Finding::at(Code::Unreachable, &seen.entry, message).hint(hint)
        }
        (Action::Never, Action::Never) => {
            let message = format!("all it matches is left out by {place}");
            Finding::at(Code::Unreachable, &seen.entry, message).hint("take it out")
        }
    })
}

/// A `never` that comes too late for some of the calls it is about. One with the same tests is no such: it leaves out the
/// rest, on purpose.
fn late<'a>(seen: &Seen<'a>, earlier: &[Seen<'a>]) -> Option<Finding<'a>> {
    if seen.rule.action == Action::Always || !seen.rule.list.takes_syscalls() {
        return None;
    }
    let takes_some = |first: &&Seen<'_>| {
        let calls = first.calls.intersection(&seen.calls);
        let same_list = first.rule.list == seen.rule.list && first.rule.action == Action::Always;
        same_list && !calls.is_empty() && tests_cover(first, seen) && !tests_cover(seen, first)
    };
    let first = earlier.iter().find(takes_some)?;
    let place = other(first, seen);
    let message = format!("some of what it is to leave out is recorded by {place}");
    Some(Finding::at(Code::LateNever, &seen.entry, message).hint(format!("put it before {place}")))
}

/// Rules that differ in their calls only; told at the first of them.
fn mergeable<'a>(seen: &Seen<'a>, earlier: &[Seen<'a>], later: &[Seen<'a>]) -> Option<Finding<'a>> {
    let one_rule = |known: &&Seen<'_>| {
        let (a, b) = (seen.rule, known.rule);
        let alike = a.list == b.list && a.action == b.action && a.fields() == b.fields();
        alike && a.syscalls != b.syscalls && !b.syscalls.is_all()
    };
    let named = seen.rule.list.takes_syscalls() && !seen.rule.syscalls.is_all();
    if !named || earlier.iter().any(|known| one_rule(&known)) {
        return None;
    }
    let rest: Vec<_> = later.iter().filter(one_rule).collect();
    let last = rest.last()?;
    let message = match rest.len() {
        1 => format!("it could be one rule with {}, which differs in its calls only", other(last, seen)),
        n => format!(
            "it could be one rule with {n} others up to {}, which differ in their calls only",
            other(last, seen)
        ),
    };
    let calls: Vec<_> = std::iter::once(seen).chain(rest.iter().copied()).flat_map(Seen::call_names).collect();
    Some(Finding::at(Code::Mergeable, &seen.entry, message).hint(format!("-S {}", calls.join(","))))
}

/// Whether a rule of the `task` list takes everything.
pub(super) fn takes_every_task(rule: &Rule) -> bool {
    let tests = rule.fields().iter().any(|test| !matches!((test.field(), test.op()), (Field::Key, Op::Equal)));
    rule.list == List::Task && rule.action == Action::Never && !tests
}
