//! A [`Report`] for a person: one line per field under the kernel's names, then what is worth knowing about it.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};
use std::time::Duration;

use super::report::{Bitmap, CpuLimit, Process, Reader, Report, Switch};
use crate::cli::stdio::defuse;

/// Names are padded to this width.
const WIDTH: usize = 26;

/// The lines.
pub(super) fn render(report: &Report) -> String {
    let mut lines = Lines(String::new());
    state(&mut lines, report);
    readers(&mut lines, report.multicast.as_deref());
    if let Some(oyez) = &report.oyez {
        let filtered = if oyez.filtered.is_empty() { "nothing".to_owned() } else { oyez.filtered.join(" ") };
        lines.put("oyez", format_args!("{}, filters out {filtered}", oyez.pid));
        lines.put_some("cpu_limit", oyez.cpu_limit.map(limit));
    }
    for note in notes(report) {
        let _ = writeln!(lines.0, "note: {note}");
    }
    lines.0
}

struct Lines(String);

impl Lines {
    fn put(&mut self, name: &str, value: impl Display) {
        // Writing to a `String` can't fail.
        let _ = writeln!(self.0, "{name:WIDTH$}{value}");
    }

    fn put_some(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }
}

fn state(lines: &mut Lines, report: &Report) {
    lines.put_some("enabled", report.enabled.map(|enabled| format!("{} ({})", enabled.number, enabled.name)));
    lines.put_some("failure", report.failure.map(|failure| format!("{} ({})", failure.number, failure.name)));
    lines.put_some(
        "pid",
        report.pid.map(|pid| report.daemon.as_ref().map_or_else(|| format!("{pid} (no daemon)"), show)),
    );
    lines.put("rules", report.rules);
    lines.put_some("rate_limit", report.rate_limit.map(|limit| limited(limit, " records/s")));
    lines.put_some("backlog_limit", report.backlog_limit.map(|limit| limited(limit, " records")));
    lines.put_some("backlog", report.backlog.map(|records| format!("{records} records")));
    lines.put_some("backlog_wait_time", report.backlog_wait_time.map(|jiffies| format!("{jiffies} jiffies")));
    lines.put_some(
        "backlog_wait_time_actual",
        report.backlog_wait_time_actual.map(|jiffies| format!("{jiffies} jiffies")),
    );
    lines.put_some("lost", report.lost);
    lines.put_some("feature_bitmap", report.feature_bitmap.as_ref().map(abilities));
    lines.put("only_unset_loginuid", switch(report.only_unset_loginuid));
    lines.put("loginuid_immutable", switch(report.loginuid_immutable));
}

fn limit(limit: CpuLimit) -> String {
    let CpuLimit { cores, in_force, shed, waited_ms } = limit;
    let now = if in_force { "in force" } else { "not in force" };
    let waited = Duration::from_millis(waited_ms);
    format!("{cores} of a core, {now}; so far {shed} events shed, {waited:?} waited")
}

fn limited(limit: u32, unit: &str) -> String {
    if limit == 0 { "0 (no limit)".to_owned() } else { format!("{limit}{unit}") }
}

fn abilities(bitmap: &Bitmap) -> String {
    format!("{:#x} ({})", bitmap.number, bitmap.names.join(", "))
}

fn switch(switch: Switch) -> &'static str {
    match (switch.on, switch.locked) {
        (false, false) => "off",
        (false, true) => "off, locked",
        (true, false) => "on",
        (true, true) => "on, locked",
    }
}

fn readers(lines: &mut Lines, readers: Option<&[Reader]>) {
    match readers {
        None => lines.put("multicast", "unknown (/proc/net/netlink cannot be read)"),
        Some([]) => lines.put("multicast", "nobody"),
        Some(readers) => readers.iter().for_each(|reader| lines.put("multicast", show_reader(reader))),
    }
}

fn show_reader(reader: &Reader) -> String {
    let who = reader.process.as_ref().map_or_else(|| "a process that cannot be found".to_owned(), show);
    format!("{who}: {} bytes waiting, {} records missed", reader.queued, reader.drops)
}

/// `912 auditd (/usr/sbin/auditd)`; what a process calls itself is not to be trusted with the terminal.
fn show(process: &Process) -> String {
    let exe = process.exe.as_deref().map_or(String::new(), |exe| format!(" ({})", one_line(exe)));
    let comm = if process.comm.is_empty() { "?".into() } else { one_line(&process.comm) };
    format!("{} {comm}{exe}", process.pid)
}

fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains('\n') { defuse(text).replace('\n', "\\n").into() } else { defuse(text) }
}

/// What follows from the numbers.
fn notes(report: &Report) -> Vec<Cow<'static, str>> {
    let mut notes: Vec<Cow<'static, str>> = Vec::new();
    match report.enabled.map(|enabled| enabled.number) {
        Some(0) => notes.push("audit is off: the kernel says nothing".into()),
        Some(2) => notes.push("the settings are locked: nothing can be changed until reboot".into()),
        _ => {}
    }
    if report.rules == 0 {
        notes.push(
            "there are no rules: add one, such as `auditctl -a always,exit -F arch=b64 -S execve -k exec`".into(),
        );
    }
    if report.failure.is_some_and(|failure| failure.number == 2) {
        notes.push("the kernel panics when it loses a record".into());
    }
    if report.lost.is_some_and(|lost| lost > 0) {
        notes.push("records were lost: raise backlog_limit, and see whether the daemon keeps up".into());
    }
    if report.backlog_wait_time_actual.is_some_and(|jiffies| jiffies > 0) {
        notes.push("tasks had to wait for the daemon: it slows the host down; a higher backlog_limit (of oyez: kernel.backlog_max) \
             helps where it keeps up on the whole"
                .into());
    }
    let journald =
        |reader: &Reader| reader.process.as_ref().is_some_and(|process| process.comm.starts_with("systemd-journal"));
    if report.multicast.iter().flatten().any(journald) {
        notes.push(JOURNALD.into());
    }
    notes
}

const JOURNALD: &str = "journald reads every record too, which costs the host more than oyez does; to stop it: \
                        `systemctl mask --now systemd-journald-audit.socket`, then restart systemd-journald";
