//! What go-libaudit's authors expect of the same records: their `.golden` files, where both say the same thing.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::faithful::{Said, collect};
use crate::json::list;
use crate::ours;

/// What was compared: how many values, and those not found, by key.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) records: usize,
    pub(crate) values: usize,
    pub(crate) unequal: BTreeMap<String, Vec<String>>,
}

/// Where they decide otherwise than oyez: a key, and a value or none for all.
const DISAGREED: &[(&str, &str)] = &[
    // A terminal called `(none)` is no terminal.
    ("tty", "(none)"),
    // They keep the raw bytes of addresses that oyez says in full: netlink, unspec.
    ("saddr", "100000000000000000000000"),
    ("saddr", "00000000000000000000000000000000"),
    // A signal's name comes with the interpretation of every field.
    ("sig", "SIGSYS"),
];

/// Their name for a member, and oyez's.
const NAMES: &[(&str, &str)] = &[
    ("a0", "args"),
    ("a1", "args"),
    ("a2", "args"),
    ("a3", "args"),
    ("ses", "session"),
    ("new_auid", "auid"),
    ("old_auid", "old-auid"),
    ("syscall", "name"),
    ("exit", "errno"),
    ("socket_family", "family"),
    ("socket_addr", "addr"),
    ("socket_port", "port"),
    ("socket_path", "path"),
];

/// Compares a file of `auparse/testdata`: single records and their fields.
pub(crate) fn records(path: &Path, compared: &mut Compared) {
    // A line that they could not read is `null`.
    for record in read(path).iter().filter(|record| record["raw_msg"].is_string()) {
        let kind = record["record_type"].as_str().unwrap_or_default().to_uppercase();
        let line = format!("type={kind} msg={}", record["raw_msg"].as_str().unwrap_or_default());
        let reading = ours::read(line.as_bytes());
        let event = reading.events.into_values().next().unwrap_or_else(|| panic!("no event: {line}"));
        compared.records += 1;
        data(&record["data"], &event.json, &line, compared);
    }
}

fn read(path: &Path) -> Vec<Value> {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn data(data: &Value, ours: &Value, line: &str, compared: &mut Compared) {
    let mut said = Said::new();
    collect("", ours, &mut said);
    for (key, value) in data.as_object().into_iter().flatten() {
        let Some(text) = value.as_str() else { continue };
        compared.values += 1;
        let is_it = is_said(key, text, &said) || is_argument(key, text, ours);
        let is_disagreed = DISAGREED.iter().any(|(name, value)| name == key && (value.is_empty() || *value == text));
        if !is_it && !is_disagreed {
            compared.unequal.entry(key.clone()).or_default().push(format!("{text:?} {line}"));
        }
    }
}

fn is_argument(key: &str, text: &str, ours: &Value) -> bool {
    let Some(argv) = list(&ours["process"], "argv") else { return false };
    let place = key.strip_prefix('a').and_then(|digits| digits.parse::<usize>().ok());
    let argument = place.and_then(|place| argv.get(place).cloned().flatten());
    argument.is_some_and(|argument| argument == text.as_bytes()) || (key == "argc" && argv.len().to_string() == text)
}

fn is_said(key: &str, text: &str, said: &Said) -> bool {
    // They take labels apart.
    if let Some((label, _)) = key.split_once('_').filter(|(label, _)| matches!(*label, "subj" | "obj")) {
        return said.iter().any(|(name, value)| name == label && String::from_utf8_lossy(value).contains(text));
    }
    let renamed = NAMES.iter().filter(|(theirs, _)| *theirs == key).map(|(_, ours)| *ours);
    let ours = ours_of(key, text);
    renamed.chain([key]).any(|name| said.contains(&(name.to_owned(), ours.clone().into_bytes())))
}

/// Their words in oyez's.
fn ours_of(key: &str, text: &str) -> String {
    match (key, text) {
        (_, "unset") => "4294967295".to_owned(),
        (_, "fail") => "failed".to_owned(),
        ("family" | "socket_family", "ipv4") => "inet".to_owned(),
        ("family" | "socket_family", "ipv6") => "inet6".to_owned(),
        ("family" | "socket_family", "0") => "unspec".to_owned(),
        ("a0" | "a1" | "a2" | "a3", text) => format!("0x{text}"),
        _ => text.to_owned(),
    }
}

/// Compares a file of `aucoalesce/testdata`: groups of records, their paths, arguments and addresses.
pub(crate) fn events(path: &Path, text: &[u8], compared: &mut Compared) {
    let readings = ours::read(text);
    for test in read(path) {
        let theirs = &test["event"];
        let serial = theirs["sequence"].as_u64().unwrap_or_default();
        let time = theirs["@timestamp"].as_str().unwrap_or_default().trim_end_matches('Z');
        let is_it = |ours: &&Value| {
            ours["serial"] == serial && ours["time"].as_str().is_some_and(|ours| ours.starts_with(time))
        };
        let Some(ours) = readings.events.values().map(|event| &event.json).find(is_it) else {
            panic!("{}: no event {serial} at {time}", path.display());
        };
        compared.records += 1;
        compare_lists(theirs, ours, compared);
        data(&theirs["data"], ours, &serial.to_string(), compared);
    }
}

fn compare_lists(theirs: &Value, ours: &Value, compared: &mut Compared) {
    let argv = list(&ours["process"], "argv").map(|argv| argv.into_iter().flatten().map(lossy).collect::<Vec<_>>());
    if let (Some(args), Some(argv)) = (theirs["process"]["args"].as_array(), argv) {
        compared.values += args.len();
        let args: Vec<_> = args.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        // A quote that belongs to nothing stands behind this one's record; they drop it.
        if args != argv && args.last().is_none_or(|last| last != "721df12151a7") {
            compared.unequal.entry("argv".to_owned()).or_default().push(format!("{args:?} {argv:?}"));
        }
    }
    for (path, of_ours) in
        theirs["paths"].as_array().into_iter().flatten().zip(ours["paths"].as_array().into_iter().flatten())
    {
        for (key, value) in path.as_object().into_iter().flatten() {
            compared.values += 1;
            let is_same = crate::json::member(of_ours, key)
                .is_none_or(|ours| value.as_str().is_some_and(|value| value.as_bytes() == ours));
            if !is_same {
                compared.unequal.entry(format!("paths {key}")).or_default().push(format!("{path} {of_ours}"));
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map")]
fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}
