//! Arguments and results of system calls against Debian's `ausearch -i`, on records made for it: every call that means
//! something on three architectures, its arguments one after the other through small numbers, single bits and known names.
//!
//! Ours is as good where both say the same, or where `ausearch` gives only the number; any other difference is listed, with
//! the reason why ours is right. Without `ausearch` (package auditd) the test prints `skipped:` and why.

#![expect(clippy::panic, clippy::expect_used, clippy::print_stdout, reason = "a test says what is wrong by panicking")]

#[path = "arguments/allowed.rs"]
mod allowed;
#[path = "arguments/ausearch.rs"]
mod ausearch;
#[path = "arguments/cases.rs"]
mod cases;

use std::collections::BTreeMap;

use oyez_interpret::args::{Call, arg, exit, id};
use oyez_testkit::corpus::skipped;

use crate::cases::Case;

/// How two readings of the same number compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Equal,
    /// A user or a group: its name is the caller's.
    Id,
    /// `ausearch` gives only the number.
    Silent,
    /// `ausearch` leaves out bits that it does not know; ours has all its names, and more.
    Dropped,
    /// Listed.
    Allowed(usize),
    Differs,
}

#[test]
fn arguments_mean_what_ausearch_says_or_more() {
    let cases = cases::arguments();
    let Some(theirs) = ausearch::interpreted(&cases) else { return skipped("no ausearch here (package auditd)") };
    let mut verdicts = BTreeMap::new();
    let mut wrong = BTreeMap::new();
    for (case, theirs) in cases.iter().zip(&theirs) {
        let call = Call::new(case.arch, case.number, case.args.map(Some));
        let mut text = Vec::new();
        let said = arg(&call, case.index, &mut text);
        let ours = if said { String::from_utf8_lossy(&text).into_owned() } else { raw(case) };
        let theirs = &theirs.args[case.index];
        let verdict = if id(&call, case.index).is_some() {
            Verdict::Id
        } else {
            judge(&format!("{} a{}", call.name, case.index), theirs, &ours, said)
        };
        *verdicts.entry(verdict).or_insert(0) += 1;
        if verdict == Verdict::Differs {
            let told =
                format!("{} {} a{}: ausearch {theirs:?}, ours {ours:?}", call.arch.name(), call.name, case.index);
            wrong.entry(format!("{} a{}", call.name, case.index)).or_insert_with(Vec::new).push(told);
        }
    }
    finish(&verdicts, &wrong, true);
    assert!(verdicts[&Verdict::Equal] > 100_000, "{verdicts:?}");
}

#[test]
fn results_mean_what_ausearch_says_or_more() {
    let cases = cases::results();
    let Some(theirs) = ausearch::interpreted(&cases) else { return skipped("no ausearch here (package auditd)") };
    let mut verdicts = BTreeMap::new();
    let mut wrong = BTreeMap::new();
    for (case, theirs) in cases.iter().zip(&theirs) {
        let call = Call::new(case.arch, case.number, case.args.map(Some));
        let mut text = Vec::new();
        let said = exit(&call, case.exit, &mut text);
        let ours = if said { String::from_utf8_lossy(&text).into_owned() } else { case.exit.to_string() };
        let verdict = judge(&format!("{} exit", call.name), &theirs.exit, &ours, said);
        *verdicts.entry(verdict).or_insert(0) += 1;
        if verdict == Verdict::Differs {
            let told = format!("{} {}: ausearch {:?}, ours {ours:?}", call.arch.name(), call.name, theirs.exit);
            wrong.entry(call.name.to_owned()).or_insert_with(Vec::new).push(told);
        }
    }
    finish(&verdicts, &wrong, false);
    assert!(verdicts[&Verdict::Equal] > 4000, "{verdicts:?}");
}

/// The number as `ausearch` prints it.
fn raw(case: &Case) -> String {
    format!("0x{:x}", case.args[case.index])
}

fn judge(what: &str, theirs: &str, ours: &str, said: bool) -> Verdict {
    if theirs == ours {
        return Verdict::Equal;
    }
    let only_number = theirs.starts_with("0x")
        || theirs.starts_with("unknown-")
        || theirs.parse::<i64>().is_ok()
        || theirs == "UNKNOWN"
        || theirs.starts_with("(null)");
    if only_number {
        return Verdict::Silent;
    }
    if said && is_within(theirs, ours) {
        return Verdict::Dropped;
    }
    allowed::find(what, theirs, ours).map_or(Verdict::Differs, Verdict::Allowed)
}

/// Whether ours has all names that theirs has, in that order.
fn is_within(theirs: &str, ours: &str) -> bool {
    let mut ours = ours.split('|');
    theirs.split('|').all(|name| ours.any(|other| other == name))
}

/// Fails where anything differs that is not listed, or a listed difference no longer occurs.
fn finish(verdicts: &BTreeMap<Verdict, usize>, wrong: &BTreeMap<String, Vec<String>>, arguments: bool) {
    println!("{verdicts:?}");
    let told: Vec<String> =
        wrong.values().map(|all| format!("{} times: {}", all.len(), all[..all.len().min(4)].join("; "))).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    let listed = if arguments { allowed::DIFFERENCES } else { &[] };
    let gone: Vec<_> = (0..).zip(listed).filter(|(at, _)| !verdicts.contains_key(&Verdict::Allowed(*at))).collect();
    assert!(gone.is_empty(), "no longer differ: {gone:#?}");
}
