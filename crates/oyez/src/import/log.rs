//! auditd's log as an output of type `file`.

use super::actions::{self, Action};
use super::entries::Entries;
use super::remarks::{Remark, Weight};
use super::toml::Part;

/// What the output is called.
pub(super) const NAME: &str = "log";

/// How auditd names its log where it is not told.
const LOG: &str = "/var/log/audit/audit.log";

/// The output, unless auditd writes no log.
pub(super) fn output(entries: &Entries, format: &str, remarks: &mut Vec<Remark>) -> Option<Part> {
    if entries.word("write_logs").as_deref() == Some("no") || entries.word("log_format").as_deref() == Some("nolog") {
        return None;
    }
    let mut part = Part::output(NAME, "file");
    part.text("path", entries.text("log_file").unwrap_or(LOG));
    part.text("format", format);
    access(entries, &mut part);
    rotation(entries, &mut part, remarks);
    for (amount, action) in [("space_left", "space_left_action"), ("admin_space_left", "admin_space_left_action")] {
        space(entries, amount, action, &mut part, remarks);
    }
    when_it_fails(entries, &mut part, remarks);
    sync(entries, &mut part);
    Some(part)
}

/// auditd lets a group other than root read its log.
fn access(entries: &Entries, part: &mut Part) {
    match entries.text("log_group").filter(|group| !matches!(*group, "root" | "0")) {
        Some(group) => {
            part.text("group", group);
            part.text("mode", "0640");
        }
        None => part.text("mode", "0600"),
    }
}

fn rotation(entries: &Entries, part: &mut Part, remarks: &mut Vec<Remark>) {
    let (key, logs) = ("max_log_file_action", entries.number("num_logs").unwrap_or(0));
    let action = entries.word(key).unwrap_or_else(|| "ignore".to_owned());
    let size = entries.number("max_log_file").filter(|size| (1..=1 << 20).contains(size));
    match (action.as_str(), size) {
        ("rotate" | "keep_logs", None) => {
            remarks.push(entries.remark("max_log_file", Weight::Otherwise, "without a size the log is not rotated"));
        }
        // auditd does not rotate then.
        ("rotate", Some(_)) if logs < 2 => {
            remarks.push(entries.remark("num_logs", Weight::Moot, "with less than 2 auditd does not rotate"));
        }
        ("rotate", Some(size)) => {
            part.put("rotate.size", format!("\"{size}MiB\""));
            part.text("rotate.names", "number");
            part.put("keep.files", (logs - 1).to_string());
        }
        ("keep_logs", Some(size)) => {
            part.put("rotate.size", format!("\"{size}MiB\""));
            part.text("rotate.names", "number");
        }
        ("ignore", _) => {}
        ("syslog" | "suspend" | "exec", _) => {
            let why = "nothing is done about the size of a log but rotating it; taken as \"ignore\"";
            remarks.push(entries.remark(key, Weight::Missing, why));
        }
        _ => remarks.push(entries.remark(key, Weight::Missing, "auditd knows no such action; left out")),
    }
}

fn space(entries: &Entries, amount: &str, action: &str, part: &mut Part, remarks: &mut Vec<Remark>) {
    let Some(found) = take(entries, action, actions::low, remarks) else { return };
    let Some(word) = found.word else { return };
    let Some(value) = entries.text(amount).and_then(limit) else {
        remarks.push(entries.remark(amount, Weight::Otherwise, "without an amount its action is never taken"));
        return;
    };
    part.text(amount, &value);
    part.text(action, word);
}

/// MiB, or a share of the disk.
fn limit(text: &str) -> Option<String> {
    let (digits, is_share) = text.strip_suffix('%').map_or((text, false), |digits| (digits, true));
    let number: u64 = digits.parse().ok()?;
    match (is_share, number) {
        (true, 1..=99) => Some(format!("{number}%")),
        (false, 1..=0xff_ffff_ffff) => Some(format!("{number}MiB")),
        _ => None,
    }
}

fn when_it_fails(entries: &Entries, part: &mut Part, remarks: &mut Vec<Remark>) {
    for (key, default, of) in [
        ("disk_full_action", "ignore", actions::full as fn(&str) -> Action),
        ("disk_error_action", "syslog", actions::error),
    ] {
        let found = take(entries, key, of, remarks).unwrap_or_else(|| of(default));
        if let Some(word) = found.word {
            part.text(key, word);
        }
    }
}

/// What becomes of the action that a key holds; what there is to say is said.
fn take(entries: &Entries, key: &str, of: fn(&str) -> Action, remarks: &mut Vec<Remark>) -> Option<Action> {
    let action = of(&entries.word(key)?);
    if let Some((weight, why)) = action.remark {
        remarks.push(entries.remark(key, weight, why));
    }
    Some(action)
}

fn sync(entries: &Entries, part: &mut Part) {
    let word = match entries.word("flush").as_deref() {
        Some("data" | "sync") => "each",
        Some("incremental" | "incremental_async") => "1s",
        _ => "never",
    };
    part.text("sync", word);
}
