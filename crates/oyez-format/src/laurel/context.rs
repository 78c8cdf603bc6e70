//! What oyez knows of the process → the members that laurel adds to records: `PID`, `PPID`, and to `SYSCALL` also `EXE_HASH`,
//! `SCRIPT`, `SPAWNED_BY` and `LABELS`.
//!
//! laurel names a process by the event of its execve (`EVENT_ID`) or, where it knew it before, by its start (`START_TIME`); oyez
//! always by its start. `container` is told in `PID`, where laurel 0.8 has it; its deprecated `CONTAINER_INFO` is not written,
//! nor is what oyez does not keep: `UID_GROUPS` and `ENV`, and processes that are only named as objects (`OPID`).

use std::io::Write as _;

use oyez_events::context::{Added, Context, Process};
use oyez_events::{Event, Record};
use oyez_tables::key::Key;
use oyez_tables::record_type;

use super::object::{Object, list};
use super::string::string;
use crate::raw::hex;

/// Appends what belongs to `record`, whose fields `find` gives.
pub(super) fn write<'a>(
    event: &Event,
    record: &Record<'_>,
    context: &Context<'_>,
    find: &dyn Fn(Key) -> Option<&'a [u8]>,
    object: &mut Object,
    out: &mut Vec<u8>,
) {
    let Some(process) = context.process else { return };
    let parent = context.ancestors.first();
    let is = |key, pid: u32| find(key).and_then(|said| str::from_utf8(said).ok()?.parse().ok()) == Some(pid);
    if is(Key::Pid, process.key.pid) {
        object.member(b"PID", out, |out| own(process, out));
    }
    if let Some(parent) = parent.filter(|parent| is(Key::Ppid, parent.key.pid)) {
        object.member(b"PPID", out, |out| {
            out.push(b'{');
            started(parent, out);
            out.push(b'}');
        });
    }
    if record.number() != record_type::SYSCALL {
        return;
    }
    if let Some(hash) = &process.sha256 {
        object.member(b"EXE_HASH", out, |out| {
            out.push(b'"');
            hex(hash, b"0123456789abcdef", out);
            out.push(b'"');
        });
    }
    let is_exec = event.numbers().any(|number| number == record_type::EXECVE);
    if let Some(script) = process.script.as_ref().filter(|_| is_exec) {
        object.member(b"SCRIPT", out, |out| string(script, out));
    }
    if let Some(parent) = parent {
        object.member(b"SPAWNED_BY", out, |out| spawner(parent, out));
    }
    if !process.labels.is_empty() {
        object.member(b"LABELS", out, |out| list(process.labels.iter().map(|label| label.as_bytes()), out));
    }
}

/// Appends what filters said of the event: the members `TAGS` and `ADDED`, which no type of record is called.
pub(super) fn filters(context: &Context<'_>, out: &mut Vec<u8>) {
    if !context.tags.is_empty() {
        out.extend_from_slice(b",\"TAGS\":");
        list(context.tags.iter().map(|tag| tag.as_bytes()), out);
    }
    for (place, addition) in context.added.iter().enumerate() {
        out.extend_from_slice(if place == 0 { b",\"ADDED\":{" } else { b"," });
        string(addition.name.as_bytes(), out);
        out.push(b':');
        match &addition.value {
            Added::Text(text) => string(text, out),
            // Writing to a Vec cannot fail.
            Added::Number(number) => drop(write!(out, "{number}")),
            Added::Flag(flag) => drop(write!(out, "{flag}")),
            Added::Texts(texts) => list(texts.iter().map(|text| &**text), out),
        }
    }
    if !context.added.is_empty() {
        out.push(b'}');
    }
}

/// Start, container and systemd services of the process itself.
fn own(process: &Process, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut comma = started(process, out);
    let mut member = |name: &[u8], out: &mut Vec<u8>| {
        out.extend_from_slice(if comma { b",\"" } else { b"\"" });
        out.extend_from_slice(name);
        out.extend_from_slice(b"\":");
        comma = true;
    };
    if let Some(place) = &process.place {
        if let Some(container) = &place.container {
            member(b"container", out);
            out.extend_from_slice(b"{\"id\":");
            string(container.id.as_bytes(), out);
            out.push(b'}');
        }
        let services = || place.cgroup.split('/').filter_map(|part| part.strip_suffix(".service"));
        if services().next().is_some() {
            member(b"systemd_service", out);
            list(services().map(str::as_bytes), out);
        }
    }
    out.push(b'}');
}

/// Who started the process.
fn spawner(parent: &Process, out: &mut Vec<u8>) {
    out.push(b'{');
    if started(parent, out) {
        out.push(b',');
    }
    // Writing to a Vec cannot fail.
    let _ = write!(out, "\"pid\":{}", parent.key.pid);
    for (name, text) in [("comm", &parent.comm), ("exe", &parent.exe)] {
        if !text.is_empty() {
            let _ = write!(out, ",\"{name}\":");
            string(text, out);
        }
    }
    out.push(b'}');
}

/// Appends the member `START_TIME`, in seconds; `false` where it is unknown.
fn started(process: &Process, out: &mut Vec<u8>) -> bool {
    let Some(ms) = process.started_ms else { return false };
    let _ = write!(out, "\"START_TIME\":\"{}.{:03}\"", ms / 1000, ms % 1000);
    true
}
