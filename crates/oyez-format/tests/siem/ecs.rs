//! Whether an object keeps to `docs/schema/ecs.csv` and to the values that ECS allows for categories.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::LazyLock;

use oyez_tables::key;
use oyez_testkit::corpus::workspace;
use serde_json::Value;

/// Fields and their types.
static FIELDS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let text = std::fs::read_to_string(workspace().join("docs/schema/ecs.csv")).expect("ecs.csv");
    let rows = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    rows.map(|row| (row[0].to_owned(), row[1].to_owned())).collect()
});

/// Categories and the types that may go with them (ECS 8.11, "ECS Categorization Field: event.category").
const CATEGORIES: &[(&str, &[&str])] = &[
    ("authentication", &["start", "end", "info"]),
    ("configuration", &["access", "change", "creation", "deletion", "info"]),
    ("driver", &["change", "end", "info", "start"]),
    ("file", &["access", "change", "creation", "deletion", "info"]),
    ("host", &["access", "change", "end", "info", "start"]),
    ("iam", &["admin", "change", "creation", "deletion", "group", "info", "user"]),
    ("intrusion_detection", &["allowed", "denied", "info"]),
    ("library", &["start"]),
    ("network", &["access", "allowed", "connection", "denied", "end", "info", "protocol", "start"]),
    ("package", &["access", "change", "deletion", "info", "installation", "start"]),
    ("process", &["access", "change", "end", "info", "start"]),
    ("session", &["start", "end", "info"]),
];
const KINDS: [&str; 4] = ["alert", "event", "metric", "pipeline_error"];
const OUTCOMES: [&str; 3] = ["failure", "success", "unknown"];

/// What is wrong with `event`.
pub(crate) fn problems(event: &Value) -> Vec<String> {
    let mut found = Vec::new();
    fields("", event, &mut found);
    let word = |path: &str| event.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let words = |path: &str| {
        let list = event.pointer(path).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        list.iter().filter_map(Value::as_str).collect::<Vec<_>>()
    };
    for required in ["/@timestamp", "/ecs/version", "/event/kind", "/event/action", "/event/module", "/message"] {
        if word(required).is_empty() {
            found.push(format!("no {required}"));
        }
    }
    if !KINDS.contains(&word("/event/kind")) {
        found.push(format!("event.kind is {:?}", word("/event/kind")));
    }
    if event.get("oyez").is_none() && !OUTCOMES.contains(&word("/event/outcome")) {
        found.push(format!("event.outcome is {:?}", word("/event/outcome")));
    }
    let categories = words("/event/category");
    let allowed = |category: &&str| CATEGORIES.iter().find(|(name, _)| name == category).map(|(_, types)| *types);
    found.extend(categories.iter().filter(|word| allowed(word).is_none()).map(|word| format!("category {word}")));
    let types = words("/event/type");
    let fits = |kind: &&&str| !categories.iter().filter_map(allowed).any(|types| types.contains(*kind));
    found.extend(types.iter().filter(fits).map(|word| format!("type {word} of {categories:?}")));
    if !found.is_empty() {
        found.push(format!("in {event}"));
    }
    found
}

fn fields(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                fields(&if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, member, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(path, item, found)),
        _ => match kind(path) {
            Some(kind) if is_of(value, kind) => {}
            Some(kind) => found.push(format!("{path} is no {kind}: {value}")),
            None => found.push(format!("{path} is no field")),
        },
    }
}

/// The type of a field; below `auditd.data` and `auditd.paths` the kernel's known keys alone have one.
fn kind(path: &str) -> Option<&'static str> {
    if let Some(kind) = FIELDS.get(path) {
        return Some(kind);
    }
    let (parent, name) = path.rsplit_once('.')?;
    let is_known = !parent.starts_with("auditd") || key::lookup(name.as_bytes()).is_some();
    FIELDS.get(&format!("{parent}.*")).filter(|_| is_known).map(String::as_str)
}

fn is_of(value: &Value, kind: &str) -> bool {
    let is_date = |text: &str| text.len() == 24 && text.ends_with('Z') && text.as_bytes()[10] == b'T';
    match kind {
        "keyword" | "text" => value.is_string(),
        "long" => value.as_i64().is_some(),
        "boolean" => value.is_boolean(),
        "date" => value.as_str().is_some_and(is_date),
        "ip" => value.as_str().is_some_and(|text| text.parse::<IpAddr>().is_ok()),
        "any" => value.is_string() || value.is_boolean() || value.as_i64().is_some(),
        _ => false,
    }
}

#[test]
fn what_is_no_event_of_the_schema_is_refused() {
    let good = serde_json::json!({
        "@timestamp": "2026-11-23T04:20:11.360Z", "ecs": {"version": "8.11.0"}, "message": "x",
        "event": {"kind": "event", "action": "x", "module": "auditd", "outcome": "success", "category": ["file"],
            "type": ["access"]},
        "source": {"ip": "::1", "port": 7}, "auditd": {"data": {"a0": ["1", "2"]}},
    });
    assert_eq!(problems(&good), [""; 0]);
    for (path, bad) in [
        ("/event/kind", "fact".into()),
        ("/event/outcome", "good".into()),
        ("/event/category/0", "files".into()),
        ("/event/type/0", "start".into()),
        ("/source/ip", "here".into()),
        ("/source/port", "7".into()),
        ("/auditd/data", serde_json::json!({"made_up_by_somebody": "1"})),
        ("/message", Value::Null),
    ] {
        let mut event = good.clone();
        *event.pointer_mut(path).unwrap() = bad;
        assert!(!problems(&event).is_empty(), "{event}");
    }
}
