//! go-libaudit's goldens, which are what auditbeat makes its fields of: ours are the same, or differ for a stated reason.
//!
//! Action, actor, object and `how` are compared where they are made (`oyez-interpret`, `tests/normal/elastic.rs`).

use std::collections::BTreeMap;

use oyez_events::context::Context;
use oyez_testkit::corpus::{files, shared, skipped};
use serde_json::Value;

use crate::log::{self, events, object};

/// Field by field: which is told otherwise, in which events (`*`: in all), and why that is right.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("*", "@timestamp", "always three digits of a second"),
    ("*", "auditd.data.tty", "(none) stands for nothing, and is left out"),
    ("*", "auditd.data.argc", "process.args_count"),
    ("*", "tags", "the key as the rule has it, although it begins with key="),
    ("CRYPTO_KEY_USER", "user.saved.id", "a program's suid= is not the kernel's: auditd.data.suid"),
    ("CRYPTO_SESSION", "user.saved.id", "a program's suid= is not the kernel's: auditd.data.suid"),
    ("make-device", "file.*", "what was made, not the directory that it was made in"),
    ("AVC_AppArmor", "event.*", "a refusal, whatever it is that was refused"),
    ("AVC_AppArmor_unlink", "event.*", "a permission that was used, with audit"),
    ("AVC_AppArmor_unlink", "auditd.data.fsuid", "user.filesystem.id, the same"),
    ("AVC_AppArmor_unlink", "auditd.data.name", "all records have their value, not the last alone"),
    ("ANOM_PROMISCUOUS", "auditd.data.auid", "user.audit.id, the same"),
    ("ANOM_PROMISCUOUS", "auditd.data.uid", "user.id, the same"),
    ("ANOM_PROMISCUOUS", "auditd.data.gid", "user.group.id, the same"),
    ("ANOM_PROMISCUOUS", "auditd.data.ses", "auditd.session, the same"),
    ("EXECVE with multiple keys", "process.args", "the log has a quote behind the argument"),
    ("AUDIT_TIME_ADJNTPVAL freq/tick", "auditd.data.new", "all records have their value, not the last alone"),
    ("AUDIT_TIME_ADJNTPVAL freq/tick", "auditd.data.old", "all records have their value, not the last alone"),
    ("AUDIT_TIME_ADJNTPVAL freq/tick", "auditd.data.op", "all records have their value, not the last alone"),
    ("*", "user.selinux.user", "a label of AppArmor has no SELinux user: auditd.data.subj"),
];

type Fields = BTreeMap<String, String>;

#[test]
fn auditbeats_fields_are_the_same_or_differ_for_a_reason() {
    let Some(folder) = shared("corpus/go-libaudit/aucoalesce") else {
        return skipped("the shared corpus is not here");
    };
    let (mut wrong, mut count) = (Vec::new(), 0);
    for golden in files(&folder, ".json.golden").unwrap() {
        let logs = logs(&std::fs::read_to_string(golden.to_string_lossy().replace(".json.golden", ".yaml")).unwrap());
        let tests: Value = serde_json::from_slice(&std::fs::read(&golden).unwrap()).unwrap();
        for test in tests.as_array().unwrap() {
            let name = test["test_name"].as_str().unwrap();
            let mut ours = Vec::new();
            let mut format = log::ecs();
            events(logs[name].as_bytes(), |event| ours.push(object(&mut format, event, &Context::default())));
            assert_eq!(ours.len(), 1, "{name}");
            compare(name, &theirs(&test["event"]), &flat(&ours[0]), &mut wrong);
            count += 1;
        }
    }
    assert!(count >= 48, "{count}");
    let is_known = |(name, field, _): &(String, String, String)| {
        DIFFERENCES.iter().any(|(test, of, _)| is_like(field, of) && (*test == "*" || test == name))
    };
    let unknown: Vec<_> = wrong.iter().filter(|found| !is_known(found)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    let is_seen = |(test, of, _): &&(&str, &str, &str)| {
        wrong.iter().any(|(name, field, _)| is_like(field, of) && (*test == "*" || test == name))
    };
    let unseen: Vec<_> = DIFFERENCES.iter().filter(|known| !is_seen(known)).collect();
    assert!(unseen.is_empty(), "{unseen:#?}");
}

fn is_like(field: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(field == pattern, |front| field.starts_with(front))
}

/// Their fields, by the names that auditbeat gives them (`auditbeat/module/auditd/audit_linux.go`).
fn theirs(event: &Value) -> Fields {
    let mut fields = Fields::new();
    for (path, value) in flat(event) {
        let name = renamed(&path);
        if !name.is_empty() && value != "unset" {
            fields.insert(name, value);
        }
    }
    // The schema's view of users wins over the ids of the process.
    for who in ["user", "user.effective", "user.target"] {
        let has = |end: &str| flat(event).contains_key(&format!("ecs.{who}.{end}"));
        if has("id") || has("name") {
            for end in ["id", "name"] {
                fields.remove(&format!("{who}.{end}"));
                if let Some(value) = flat(event).get(&format!("ecs.{who}.{end}")).filter(|value| *value != "unset") {
                    fields.insert(format!("{who}.{end}"), value.clone());
                }
            }
        }
    }
    for end in ["id", "group.id"] {
        if fields.get(&format!("user.effective.{end}")) == fields.get(&format!("user.{end}")) {
            fields.remove(&format!("user.effective.{end}"));
        }
    }
    fields
}

fn renamed(path: &str) -> String {
    let exact = [
        ("@timestamp", "@timestamp"),
        ("sequence", "event.sequence"),
        ("record_type", "auditd.message_type"),
        ("result", "auditd.result"),
        ("session", "auditd.session"),
        ("tags", "tags"),
        ("ecs.event.kind", "event.kind"),
        ("ecs.event.category", "event.category"),
        ("ecs.event.type", "event.type"),
        ("network.direction", "network.direction"),
        ("process.exe", "process.executable"),
        ("process.cwd", "process.working_directory"),
        ("process.ppid", "process.parent.pid"),
        ("user.ids.uid", "user.id"),
        ("user.ids.gid", "user.group.id"),
        ("user.ids.euid", "user.effective.id"),
        ("user.ids.egid", "user.effective.group.id"),
        ("user.ids.suid", "user.saved.id"),
        ("user.ids.sgid", "user.saved.group.id"),
        ("user.ids.fsuid", "user.filesystem.id"),
        ("user.ids.fsgid", "user.filesystem.group.id"),
        ("user.ids.auid", "user.audit.id"),
        ("user.ids.old-auid", "user.old-auid.id"),
    ];
    if let Some((_, name)) = exact.iter().find(|(theirs, _)| *theirs == path) {
        return (*name).to_owned();
    }
    if let Some(part) = path.strip_prefix("data.socket_") {
        return format!("auditd.data.socket.{part}");
    }
    for (front, ours) in [("data.", "auditd.data."), ("paths[", "auditd.paths[")] {
        if let Some(rest) = path.strip_prefix(front) {
            return format!("{ours}{rest}");
        }
    }
    let same = ["process.", "file.", "source.", "destination.", "user.selinux."];
    if same.iter().any(|front| path.starts_with(front)) { path.to_owned() } else { String::new() }
}

/// Scalars by path; lists of them sorted and without doubles, for a list of words is a set.
fn flat(value: &Value) -> Fields {
    let mut fields = Fields::new();
    walk("", value, &mut fields);
    fields
}

fn walk(path: &str, value: &Value, fields: &mut Fields) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                walk(&if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, member, fields);
            }
        }
        Value::Array(items) if items.first().is_some_and(Value::is_object) => {
            for (place, item) in items.iter().enumerate() {
                walk(&format!("{path}[{place}]"), item, fields);
            }
        }
        Value::Array(items) => {
            let mut words: Vec<_> = items.iter().map(shown).collect();
            if path.ends_with("category") || path.ends_with("type") {
                words.sort();
                words.dedup();
            }
            fields.insert(path.to_owned(), words.join(" "));
        }
        scalar => drop(fields.insert(path.to_owned(), shown(scalar))),
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn compare(name: &str, theirs: &Fields, ours: &Fields, wrong: &mut Vec<(String, String, String)>) {
    for (field, value) in theirs {
        let mine = ours.get(field).map_or("", String::as_str);
        if mine != value {
            wrong.push((name.to_owned(), field.clone(), format!("theirs {value:?}, ours {mine:?}")));
        }
    }
}

/// Their YAML: `  NAME: |` and lines that are indented deeper.
fn logs(yaml: &str) -> BTreeMap<String, String> {
    let mut logs = BTreeMap::<_, String>::new();
    let mut name = String::new();
    for line in yaml.lines() {
        if let Some(record) = line.strip_prefix("    ") {
            let log = logs.entry(name.clone()).or_default();
            log.push_str(record.trim());
            log.push('\n');
        } else {
            let quoted = line.trim().trim_end_matches(['|', '>', '-']).trim().trim_end_matches(':');
            quoted.trim_matches(['"', '\'']).clone_into(&mut name);
        }
    }
    logs
}
