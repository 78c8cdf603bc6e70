//! Every event of our own logs and of the shared ones: unchanged, it stays as it is; with one member changed, it has that
//! member changed, and what is made of it.

use std::path::PathBuf;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_testkit::corpus::{files, read, shared, skipped, workspace};
use serde_json::Value;

use crate::log::{self, events, json, json_of_raw, rewritten, tree};

/// As much of one log is looked at: the rest of a recorded log says nothing new.
const BYTES_PER_LOG: usize = 20_000;
/// Of so many events of one log every member is changed.
const EVENTS_PER_LOG: usize = 5;

/// Members that are made of others, wherever they stand.
const MADE: [&str; 12] = [
    "action",
    "actor",
    "object",
    "how",
    "result",
    "errno",
    "args_name",
    "argc",
    "argv_cut",
    "proctitle_cut",
    "kind",
    "records",
];
const FIXED: [&str; 9] = ["v", "time", "serial", "boot", "node", "part", "origin", "marks", "type"];

fn logs(own: bool) -> Vec<PathBuf> {
    if own {
        let mut logs = files(&workspace().join("corpus"), ".log").unwrap();
        logs.push(workspace().join("crates/oyez-interpret/tests/normal/deeds.log"));
        return logs;
    }
    let others = shared("corpus").unwrap();
    [".log", ".zst", ".yaml"].iter().flat_map(|ending| files(&others, ending).unwrap()).collect()
}

fn text(path: &std::path::Path) -> Vec<u8> {
    let log = read(path).unwrap();
    // YAML holds records, indented.
    String::from_utf8_lossy(log.get(..BYTES_PER_LOG).unwrap_or(&log)).replace("\n    ", "\n").into_bytes()
}

/// A place in an event.
type Path = Vec<Value>;

fn at<'v>(value: &'v mut Value, path: &[Value]) -> &'v mut Value {
    path.iter().fold(value, |value, step| match step {
        Value::String(name) => &mut value[name],
        place => &mut value[usize::try_from(place.as_u64().unwrap()).unwrap()],
    })
}

/// The paths of all scalars.
fn leaves(value: &Value, path: &mut Path, out: &mut Vec<Path>) {
    let mut below = |step: Value, value: &Value| {
        path.push(step);
        leaves(value, path, out);
        path.pop();
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| below(name.as_str().into(), value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(place, value)| below(place.into(), value)),
        _ => out.push(path.clone()),
    }
}

fn names(path: &[Value]) -> Vec<&str> {
    path.iter().filter_map(Value::as_str).collect()
}

/// Whether a member is made of others.
fn is_made(path: &[Value]) -> bool {
    let names = names(path);
    let is_ending = |name: &&str| ["_hex", "_name", "_parts"].iter().any(|ending| name.ends_with(ending));
    let first = names.first().copied().unwrap_or_default();
    let is_first = names.len() == 1 && (MADE.contains(&first) || FIXED.contains(&first));
    is_first
        || matches!(first, "actor" | "object" | "records" | "marks")
        || names.iter().any(is_ending)
        || names.contains(&"more")
        || names.last() == Some(&"rest")
        || matches!(first, "syscall" | "process") && names.iter().skip(1).any(|name| MADE[5..10].contains(name))
        || matches!(&names[..], ["syscall", "name" | "arch"] | ["details", "type"])
}

/// Values that a member could have instead, the likeliest first.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Number(number) => vec![(number.as_i64().unwrap_or(7).wrapping_add(1) & 0x7fff_ffff).into()],
        Value::String(text) => [
            "x\" uid=0 key=\"y'\n\u{e4}",
            "changed it",
            "changed",
            "0x77",
            "7777",
            "fd:77",
            "192.0.2.77",
            "2001:db8::77",
            "77",
            "granted",
            "denied",
        ]
        .iter()
        .filter(|other| *other != text)
        .map(|other| Value::from(*other))
        .collect(),
        Value::Null => vec!["0x77".into(), "changed".into()],
        _ => Vec::new(),
    }
}

/// Where two events differ.
fn differences(a: &Value, b: &Value, path: &mut Path, out: &mut Vec<Path>) {
    let mut below = |step: Value, a: &Value, b: &Value| {
        path.push(step);
        differences(a, b, path, out);
        path.pop();
    };
    match (a, b) {
        (Value::Object(one), Value::Object(other)) => {
            let all = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
            all.for_each(|name| below(name.as_str().into(), &a[name], &b[name]));
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            one.iter().zip(other).enumerate().for_each(|(place, (a, b))| below(place.into(), a, b));
        }
        _ if a != b => out.push(path.clone()),
        _ => {}
    }
}

/// Whether what is at `path` may follow when what is at `changed` changes.
fn may_follow(path: &[Value], changed: &[Value]) -> bool {
    let (names, changed) = (names(path), names(changed));
    let is_of_address = names.first() == Some(&"sockets") && changed.first() == Some(&"sockets");
    let is_of_call = changed == ["syscall", "number"] && names.first() == Some(&"syscall");
    // A claim decides in a login whose success differs from it.
    let is_result = matches!(names.last(), Some(&"success" | &"res"));
    is_made(path) && !names.ends_with(&["more"]) || is_of_address || is_of_call || is_result || names == ["details"]
}

/// Changes each member of `event` in turn; returns how many could be.
fn change_each(event: &Event) -> (usize, usize) {
    let context = Context::default();
    let before = json(event, &context);
    let has_tail = is_more_than_raw(event);
    let (mut all, mut done) = (Vec::new(), 0);
    leaves(&before, &mut Vec::new(), &mut all);
    for path in &all {
        let mut table = before.clone();
        let (mut problems, mut is_done) = (Vec::new(), false);
        for other in others(at(&mut before.clone(), path)) {
            *at(&mut table, path) = other.clone();
            let result = rewritten(event, &context, &tree(&table), |event, context| {
                (json(event, context), if has_tail { Value::Null } else { json_of_raw(event) })
            });
            match result {
                Ok((mut after, of_raw)) => {
                    assert!(!is_made(path), "{path:?} is made of others, and was set to {other} in {before}");
                    let now = at(&mut after, path).clone();
                    assert_eq!(now, other, "{path:?} of {after}");
                    assert!(has_tail || of_raw == after, "{path:?}: {of_raw} {after}");
                    let mut found = Vec::new();
                    differences(&before, &after, &mut Vec::new(), &mut found);
                    let odd: Vec<_> = found.iter().filter(|found| *found != path && !may_follow(found, path)).collect();
                    assert!(odd.is_empty(), "{odd:?} changed with {path:?}: {before} {after}");
                    is_done = true;
                }
                Err(invalid) => problems.push(invalid.to_string()),
            }
        }
        let is_family = names(path) == ["sockets", "family"];
        let is_right = is_done || is_made(path) || is_family || at(&mut before.clone(), path).is_boolean();
        assert!(is_right, "{path:?} cannot be changed: {problems:#?} in {before}");
        done += usize::from(is_done);
    }
    (all.len(), done)
}

/// Takes each member of `event` out in turn.
fn remove_each(event: &Event) {
    let context = Context::default();
    let before = json(event, &context);
    let has_tail = is_more_than_raw(event);
    let mut all = Vec::new();
    leaves(&before, &mut Vec::new(), &mut all);
    for path in all.iter().filter(|path| path.last().is_some_and(Value::is_string)) {
        let mut table = before.clone();
        let (name, above) = path.split_last().unwrap();
        at(&mut table, above).as_object_mut().unwrap().remove(name.as_str().unwrap());
        let result = rewritten(event, &context, &tree(&table), |event, context| {
            (json(event, context), if has_tail { Value::Null } else { json_of_raw(event) })
        });
        match result {
            Ok((after, of_raw)) => {
                assert!(has_tail || of_raw == after, "{path:?}: {of_raw} {after}");
                let pointer =
                    path.iter().map(|step| format!("/{}", step.as_str().map_or(step.to_string(), str::to_owned)));
                let left = after.pointer(&pointer.collect::<String>());
                let old = at(&mut before.clone(), path).clone();
                assert!(is_made(path) || left != Some(&old) || is_again(path), "{path:?} stays in {after}");
            }
            Err(invalid) => {
                let is_last = event.len() == 1 && invalid.member == "event";
                assert!(is_lasting(path) || is_last, "{path:?}: {invalid} in {before}");
            }
        }
    }
}

/// Whether auditd's log lacks something of the event: its tails, or what is said of its end.
fn is_more_than_raw(event: &Event) -> bool {
    event.part() > 0 || event.end().is_early() || event.records().any(|record| !record.tail().is_empty())
}

/// Whether a member may be told again by another field or record when the first of them goes.
fn is_again(path: &[Value]) -> bool {
    let names = names(path);
    matches!(names.first(), Some(&"paths" | &"details"))
}

/// Whether a member can be changed but not taken out.
fn is_lasting(path: &[Value]) -> bool {
    let names = names(path);
    names.first() == Some(&"sockets") || matches!(names.last(), Some(&"seresult" | &"seperms"))
}

fn each(own: bool) {
    let (mut count, mut members, mut changed) = (0, 0, 0);
    for path in logs(own) {
        let mut seen = 0;
        events(&text(&path), |event| {
            seen += 1;
            unchanged(event);
            if seen <= EVENTS_PER_LOG {
                let (all, done) = change_each(event);
                (members, changed) = (members + all, changed + done);
                remove_each(event);
            }
        });
        count += seen;
    }
    assert!(count > 50 && changed > members / 2, "{count} events, {members} members, {changed} of them changed");
}

/// An unchanged table, one without what is made of others, and the event of both are the same in every format.
fn unchanged(event: &Event) {
    let context = Context::default();
    let (before, said) = (log::all_formats(event, &context), json(event, &context));
    let mut bare = said.clone();
    without_made(&mut bare, &mut Vec::new());
    for table in [&said, &bare] {
        let after = rewritten(event, &context, &tree(table), log::all_formats);
        assert_eq!(after.as_ref(), Ok(&before), "{said}");
    }
}

fn without_made(value: &mut Value, path: &mut Path) {
    match value {
        Value::Object(members) => {
            members.retain(|name, value| {
                path.push(name.as_str().into());
                // Words and misfits are no fields by their names, but fields.
                let goes = is_made(path) && !matches!(&**name, "more" | "rest") && !names(path).contains(&"more");
                if !goes {
                    without_made(value, path);
                }
                path.pop();
                !goes
            });
        }
        Value::Array(items) => items.iter_mut().for_each(|value| without_made(value, path)),
        _ => {}
    }
}

#[test]
fn members_of_our_own_logs_can_be_changed_each() {
    each(true);
}

#[test]
fn members_of_logs_of_others_can_be_changed_each() {
    if shared("corpus").is_none() {
        return skipped("no logs of others here ($OYEZ_SHARED)");
    }
    each(false);
}
