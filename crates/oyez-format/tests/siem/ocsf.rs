//! Whether an object keeps to `docs/schema/ocsf-1.3.0.json`.

use std::net::IpAddr;
use std::sync::LazyLock;

use oyez_testkit::corpus::workspace;
use serde_json::{Map, Value};

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let text = std::fs::read_to_string(workspace().join("docs/schema/ocsf-1.3.0.json")).expect("ocsf-1.3.0.json");
    serde_json::from_str(&text).expect("JSON")
});

/// What is wrong with `event`.
pub(crate) fn problems(event: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let number = |name: &str| event[name].as_u64();
    let class = number("class_uid").and_then(|uid| SCHEMA["classes"].get(uid.to_string()));
    match (class, event.as_object()) {
        (Some(class), Some(members)) => {
            classification(event, class, &mut found);
            let mut attributes = SCHEMA["base"]["attributes"].as_object().unwrap().clone();
            attributes.extend(class["attributes"].as_object().unwrap().clone());
            required(members, &SCHEMA["base"], "event", &mut found);
            required(members, class, "event", &mut found);
            object(members, &attributes, "event", &mut found);
        }
        _ => found.push(format!("class {:?}", event["class_uid"])),
    }
    if !found.is_empty() {
        found.push(format!("in {event}"));
    }
    found
}

fn classification(event: &Value, class: &Value, found: &mut Vec<String>) {
    let number = |name: &str| event[name].as_u64().unwrap_or(u64::MAX);
    let (uid, activity) = (number("class_uid"), number("activity_id"));
    let caption = class["activities"].get(activity.to_string());
    let is_known = caption.is_some_and(|caption| *caption == event["activity_name"]) || activity == 99;
    for (name, is_so) in [
        ("activity", is_known),
        ("type_uid", number("type_uid") == uid * 100 + activity),
        ("category", class["category"] == event["category_uid"]),
        ("class_name", class["name"] == event["class_name"]),
        ("version", event["metadata"]["version"] == SCHEMA["version"]),
    ] {
        if !is_so {
            found.push(format!("{name} is wrong"));
        }
    }
}

fn required(members: &Map<String, Value>, rules: &Value, path: &str, found: &mut Vec<String>) {
    let names = |list: &str| rules[list].as_array().cloned().unwrap_or_default();
    let has = |name: &Value| members.contains_key(name.as_str().unwrap());
    found.extend(names("required").iter().filter(|name| !has(name)).map(|name| format!("{path} has no {name}")));
    let one = names("at_least_one");
    if !one.is_empty() && !one.iter().any(has) {
        found.push(format!("{path} has none of {one:?}"));
    }
}

fn object(members: &Map<String, Value>, attributes: &Map<String, Value>, path: &str, found: &mut Vec<String>) {
    for (name, value) in members {
        let path = format!("{path}.{name}");
        match attributes.get(name) {
            Some(kind) => attribute(value, kind, &path, found),
            None => found.push(format!("{path} is no attribute")),
        }
    }
}

fn attribute(value: &Value, kind: &Value, path: &str, found: &mut Vec<String>) {
    let name = kind.as_str().unwrap_or_default();
    if let Some(of) = name.strip_prefix("list:") {
        match value.as_array() {
            Some(items) => items.iter().for_each(|item| attribute(item, &of.into(), path, found)),
            None => found.push(format!("{path} is no list")),
        }
    } else if let Some(rules) = SCHEMA["objects"].get(name) {
        match value.as_object() {
            Some(members) => {
                required(members, rules, path, found);
                object(members, rules["attributes"].as_object().unwrap(), path, found);
            }
            None => found.push(format!("{path} is no object")),
        }
    } else if !is_of(value, kind) {
        found.push(format!("{path} is no {kind}: {value}"));
    }
}

fn is_of(value: &Value, kind: &Value) -> bool {
    if let Some(numbers) = kind.as_array() {
        return numbers.contains(value);
    }
    match kind.as_str().unwrap_or_default() {
        "string" => value.is_string(),
        "integer" => value.as_i64().is_some(),
        "boolean" => value.is_boolean(),
        "port" => value.as_u64().is_some_and(|port| port <= 65535),
        "ip" => value.as_str().is_some_and(|text| text.parse::<IpAddr>().is_ok()),
        "any" => value.is_object(),
        _ => false,
    }
}

#[test]
fn what_is_no_event_of_the_schema_is_refused() {
    let good = serde_json::json!({
        "time": 1, "category_uid": 1, "class_uid": 1001, "class_name": "File System Activity", "activity_id": 14,
        "activity_name": "Open", "type_uid": 100_114, "severity_id": 1,
        "metadata": {"version": "1.3.0", "product": {"vendor_name": "oyez"}},
        "device": {"type_id": 0, "hostname": "web-1"}, "actor": {"process": {"pid": 7}},
        "file": {"name": "x", "type_id": 1}, "unmapped": {"anything": 1},
    });
    assert_eq!(problems(&good), [""; 0]);
    for (path, bad) in [
        ("/class_uid", 9.into()),
        ("/activity_id", 98.into()),
        ("/activity_name", "Close".into()),
        ("/type_uid", 100_115.into()),
        ("/category_uid", 2.into()),
        ("/severity_id", 7.into()),
        ("/file", serde_json::json!({"name": "x"})),
        ("/file/type_id", 9.into()),
        ("/actor", serde_json::json!({})),
        ("/actor/process", serde_json::json!({"name": "x"})),
        ("/device", serde_json::json!({"type_id": 0})),
        ("/metadata/version", "1.0.0".into()),
    ] {
        let mut event = good.clone();
        *event.pointer_mut(path).unwrap() = bad;
        assert!(!problems(&event).is_empty(), "{event}");
    }
    let mut event = good.clone();
    event["surprise"] = 1.into();
    assert!(!problems(&event).is_empty());
}
