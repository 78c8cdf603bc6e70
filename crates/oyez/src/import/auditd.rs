//! auditd.conf and plugins.d as an `oyez.toml`.

use super::entries::Entries;
use super::keys::{self, Fate, NETWORK};
use super::plugins::Shared;
use super::remarks::{Remark, Weight};
use super::toml::Part;
use super::{log, plugins};

/// Records that a queue of the default size holds, at 1 KiB each.
const DEFAULT_DEPTH: u64 = 16 << 10;

/// The directory that auditd reads plugins from where it is not told.
const PLUGINS: &str = "/etc/audit/plugins.d";

/// What auditd reads.
#[derive(Debug)]
pub(crate) struct Files {
    /// auditd.conf.
    pub(crate) conf: Entries,
    /// The files of plugins.d.
    pub(crate) plugins: Vec<Entries>,
}

/// What it comes to.
#[derive(Debug)]
pub(crate) struct Imported {
    /// An `oyez.toml`.
    pub(crate) toml: String,
    /// What there is to say about it.
    pub(crate) remarks: Vec<Remark>,
}

impl Imported {
    /// Whether everything that auditd did is done.
    pub(crate) fn is_complete(&self) -> bool {
        self.remarks.iter().all(|remark| remark.weight < Weight::Missing)
    }
}

/// Where auditd reads its plugins from.
pub(crate) fn plugins_dir(conf: &Entries) -> &str {
    conf.text("plugin_dir").unwrap_or(PLUGINS)
}

/// Imports it.
pub(crate) fn auditd(files: &Files) -> Imported {
    let conf = &files.conf;
    let mut remarks = conf.faults.clone();
    known(conf, &mut remarks);
    let mut parts = vec![front(), top(conf, &mut remarks)];
    parts.extend(group(conf, &mut remarks));
    let format = format(conf, &mut remarks);
    parts.extend(log::output(conf, format, &mut remarks));
    let queue = queue(conf, &mut remarks);
    remarks.sort_by_key(|remark| remark.line);
    let mut shared = Shared { format, queue, names: vec![log::NAME.to_owned()] };
    for file in &files.plugins {
        parts.extend(plugins::output(file, &mut shared, &mut remarks));
    }
    if !parts.iter().any(|part| part.as_str().starts_with("[[output]]")) {
        let why = "nothing is written and no plugin is active; without an output oyez writes to its standard output";
        remarks.push(conf.remark("write_logs", Weight::Missing, why));
    }
    let texts: Vec<_> = parts.iter().map(Part::as_str).filter(|text| !text.is_empty()).collect();
    Imported { toml: texts.join("\n"), remarks }
}

/// What can be said of each key by itself.
fn known(conf: &Entries, remarks: &mut Vec<Remark>) {
    let listens = conf.get("tcp_listen_port").is_some();
    for entry in &conf.all {
        // An earlier one of the same name does not count.
        if conf.get(&entry.key) != Some(entry) {
            continue;
        }
        let (weight, why) = match keys::find(&entry.key).map(|key| key.fate) {
            None => (Weight::Missing, "auditd knows no such key"),
            Some(Fate::Becomes(_)) => continue,
            Some(Fate::Moot(why)) => (Weight::Moot, why),
            Some(Fate::Otherwise(why)) => (Weight::Otherwise, why),
            Some(Fate::Network) if listens => (Weight::Missing, NETWORK),
            Some(Fate::Network) => (Weight::Moot, "auditd does not listen (tcp_listen_port)"),
        };
        remarks.push(conf.remark(&entry.key, weight, why));
    }
    if conf.word("local_events").as_deref() == Some("no") {
        remarks.push(conf.remark("local_events", Weight::Missing, "oyez is for this host's events"));
    }
    if let Some("suspend" | "single" | "halt") = conf.word("overflow_action").as_deref() {
        let why = "what is too much for a queue is dropped, counted and told; the host goes on";
        remarks.push(conf.remark("overflow_action", Weight::Missing, why));
    }
}

fn front() -> Part {
    let mut part = Part::default();
    part.comment("Made by `oyez import auditd`: what auditd did, done by oyez. docs/import.md says how they differ.");
    part
}

fn top(conf: &Entries, remarks: &mut Vec<Remark>) -> Part {
    let mut part = Part::default();
    part.comment(
        "auditd leaves rules to augenrules(8); oyez loads them itself, where it is told:\nrules_dir = \"/etc/audit/rules.d\"",
    );
    match conf.word("name_format").as_deref() {
        None | Some("none") => {}
        Some("hostname") => part.text("node", "hostname"),
        Some("user") => match conf.text("name") {
            Some(name) => part.text("node", name),
            None => remarks.push(conf.remark("name", Weight::Missing, "name_format is user, and there is no name")),
        },
        Some("fqd" | "numeric") => {
            part.text("node", "hostname");
            let why =
                "oyez asks no name service for the host's own name; taken as \"hostname\". Or put the name into `node`";
            remarks.push(conf.remark("name_format", Weight::Missing, why));
        }
        Some(_) => remarks.push(conf.remark("name_format", Weight::Missing, "auditd knows no such format; left out")),
    }
    part
}

fn group(conf: &Entries, remarks: &mut Vec<Remark>) -> Option<Part> {
    let seconds = conf.number("end_of_event_timeout").filter(|seconds| *seconds != 2)?;
    if !(1..=3600).contains(&seconds) {
        let why = "1 to 3600 seconds are possible; left at 2";
        remarks.push(conf.remark("end_of_event_timeout", Weight::Missing, why));
        return None;
    }
    let mut part = Part::default();
    part.line("[group]");
    part.put("log_timeout", format!("\"{seconds}s\""));
    Some(part)
}

/// auditd writes, and gives plugins, enriched records unless told otherwise.
fn format(conf: &Entries, remarks: &mut Vec<Remark>) -> &'static str {
    match conf.word("log_format").as_deref() {
        Some("raw") => "raw",
        None | Some("enriched" | "nolog") => "enriched",
        Some(_) => {
            remarks.push(conf.remark("log_format", Weight::Missing, "auditd knows no such format; taken as enriched"));
            "enriched"
        }
    }
}

fn queue(conf: &Entries, remarks: &mut Vec<Remark>) -> Option<String> {
    let depth = conf.number("q_depth").filter(|depth| *depth > DEFAULT_DEPTH)?;
    if depth > 1 << 20 {
        remarks.push(conf.remark("q_depth", Weight::Otherwise, "a queue has 1 GiB at most"));
    }
    Some(format!("\"{}KiB\"", depth.min(1 << 20)))
}
