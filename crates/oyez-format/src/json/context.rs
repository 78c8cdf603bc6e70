//! What is known of an event beyond its records: members of `process`, and the members `login`, `container`, `host`, `tags`
//! and `added`.
//!
//! A [`Context`] in, members out; whatever is absent there is left out. What is said of a process and its ancestors is the same
//! for all its events, so it is rendered once and kept by their snapshots: [`SLOTS`] of them, each new one in the place of an
//! older.

use std::sync::Arc;

use oyez_events::context::{Added, Addition, Container, Context, Host, Login, LoginKind, Process};

use super::number;
use super::object::text_member;
use super::out::Out;
use super::parts::{section, string_list};
use super::string;
use crate::time::Clock;

/// How many processes' members are kept.
const SLOTS: usize = 256;
/// More than this of one process is not kept for the next event.
const MAX_BYTES: usize = 16 << 10;

/// Members of one process.
#[derive(Debug, Default)]
struct Kept {
    /// The snapshots of the process and its ancestors.
    of: Vec<u64>,
    /// Its arguments.
    argv: Out,
    /// All else.
    rest: Out,
}

/// What was rendered of processes lately.
#[derive(Debug)]
pub(super) struct Processes {
    slots: Box<[Kept]>,
    /// The one of the present event.
    found: Option<usize>,
}

impl Default for Processes {
    fn default() -> Self {
        Processes { slots: (0..SLOTS).map(|_| Kept::default()).collect(), found: None }
    }
}

impl Processes {
    /// Finds or renders what `context` knows of the process, its parent and its ancestors.
    pub(super) fn find(&mut self, context: &Context<'_>, clock: &mut Clock) {
        self.found = None;
        let Some(process) = context.process else { return };
        let place = usize::try_from(process.snapshot).unwrap_or_default() % SLOTS;
        let Some(slot) = self.slots.get_mut(place) else { return };
        self.found = Some(place);
        let snapshots = || std::iter::once(process.snapshot).chain(context.ancestors.iter().map(|of| of.snapshot));
        if !snapshots().eq(slot.of.iter().copied()) {
            slot.of.clear();
            slot.of.extend(snapshots());
            slot.argv.clear();
            argv(process, &mut slot.argv);
            slot.rest.clear();
            rest(process, context.ancestors, clock, &mut slot.rest);
        }
    }

    /// Appends the arguments.
    pub(super) fn argv(&self, out: &mut Out) {
        out.extend_from_slice(self.kept().map_or(b"", |kept| kept.argv.written()));
    }

    /// Appends all else, and forgets what is too much to keep.
    pub(super) fn rest(&mut self, out: &mut Out) {
        out.extend_from_slice(self.kept().map_or(b"", |kept| kept.rest.written()));
        if let Some(kept) = self.found.and_then(|place| self.slots.get_mut(place))
            && kept.argv.len() + kept.rest.len() > MAX_BYTES
        {
            *kept = Kept::default();
        }
    }

    fn kept(&self) -> Option<&Kept> {
        self.slots.get(self.found?)
    }
}

fn rest(process: &Process, ancestors: &[Arc<Process>], clock: &mut Clock, out: &mut Out) {
    if let Some(ms) = process.started_ms {
        time(out, b",\"started\":", ms, clock);
    }
    about(process, out);
    if let Some(hash) = &process.sha256 {
        out.extend_from_slice(b",\"sha256\":\"");
        for byte in hash {
            let digit = |half: u8| b"0123456789abcdef"[usize::from(half & 15)];
            out.extend_from_slice(&[digit(byte >> 4), digit(*byte)]);
        }
        out.push(b'"');
    }
    if !process.labels.is_empty() {
        string_list(out, "labels", process.labels.iter().map(|label| Some(label.as_bytes())));
    }
    if let Some(unit) = process.place.as_ref().and_then(|place| place.unit.as_ref()) {
        out.extend_from_slice(b",\"unit\":");
        string::quoted(out, unit.as_bytes());
    }
    lineage(ancestors, out);
}

fn argv(process: &Process, out: &mut Out) {
    let args = process.argv.strip_suffix(b"\0").unwrap_or(&process.argv);
    if !process.argv.is_empty() {
        string_list(out, "argv", args.split(|byte| *byte == 0).map(Some));
        if process.argv_cut {
            out.extend_from_slice(b",\"argv_cut\":true");
        }
    }
}

/// What is said of any process alike.
fn about(process: &Process, out: &mut Out) {
    if let Some(script) = &process.script {
        out.extend_from_slice(b",\"script\":");
        text_member(out, b"script", script);
    }
}

/// The nearest ancestor as `parent`, with all that is known of it; the others as `ancestors`, nearest first.
fn lineage(ancestors: &[Arc<Process>], out: &mut Out) {
    let Some((parent, others)) = ancestors.split_first() else { return };
    section(out, b",\"parent\":", |out| {
        identity(parent, out);
        argv(parent, out);
        about(parent, out);
    });
    for (place, ancestor) in others.iter().enumerate() {
        out.extend_from_slice(if place == 0 { b",\"ancestors\":[" } else { b"," });
        section(out, b"", |out| identity(ancestor, out));
    }
    if !others.is_empty() {
        out.push(b']');
    }
}

fn identity(process: &Process, out: &mut Out) {
    out.extend_from_slice(b",\"pid\":");
    number::decimal(out, process.key.pid.into());
    for (name, text) in [("comm", &process.comm), ("exe", &process.exe)] {
        if !text.is_empty() {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
            text_member(out, name.as_bytes(), text);
        }
    }
}

fn time(out: &mut Out, opening: &[u8], ms: u64, clock: &mut Clock) {
    out.extend_from_slice(opening);
    out.push(b'"');
    out.extend_from_slice(clock.text(ms / 1000, u16::try_from(ms % 1000).unwrap_or_default()));
    out.push(b'"');
}

/// Appends `login`: who logged in, when, where from, by what.
pub(super) fn login(login: &Login, clock: &mut Clock, out: &mut Out) {
    section(out, b",\"login\":", |out| {
        if let Some(ms) = login.started_ms {
            time(out, b",\"started\":", ms, clock);
        }
        if let Some(ms) = login.ended_ms {
            time(out, b",\"ended\":", ms, clock);
        }
        if login.kind == LoginKind::Job {
            out.extend_from_slice(b",\"kind\":\"job\"");
        }
        let texts = [("acct", &login.acct), ("by", &login.by), ("terminal", &login.terminal), ("addr", &login.addr)];
        for (name, text) in texts {
            member(out, name, text.as_deref());
        }
        if let Some(pid) = login.pid {
            out.extend_from_slice(b",\"pid\":");
            number::decimal(out, pid.into());
        }
    });
}

/// Appends `container`.
pub(super) fn container(container: &Container, out: &mut Out) {
    section(out, b",\"container\":", |out| {
        member(out, "id", Some(&container.id));
        member(out, "runtime", container.runtime.as_deref());
        member(out, "pod_uid", container.pod_uid.as_deref());
    });
}

/// Appends `host`.
pub(super) fn host(host: &Host, out: &mut Out) {
    section(out, b",\"host\":", |out| {
        member(out, "machine", host.machine.as_deref());
        member(out, "instance", host.instance.as_deref());
    });
}

/// Appends `tags` and `added`: what filters said of the event.
pub(super) fn filters(context: &Context<'_>, out: &mut Out) {
    if !context.tags.is_empty() {
        string_list(out, "tags", context.tags.iter().map(|tag| Some(tag.as_bytes())));
    }
    section(out, b",\"added\":", |out| context.added.iter().for_each(|addition| added(addition, out)));
}

fn added(Addition { name, value }: &Addition, out: &mut Out) {
    if let Added::Texts(texts) = value {
        return string_list(out, name, texts.iter().map(|text| Some(&**text)));
    }
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    match value {
        Added::Text(text) => text_member(out, name.as_bytes(), text),
        Added::Number(number) => {
            out.extend_from_slice(if *number < 0 { b"-" } else { b"" });
            number::decimal(out, number.unsigned_abs());
        }
        Added::Flag(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
        Added::Texts(_) => {}
    }
}

fn member(out: &mut Out, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        string::quoted(out, text.as_bytes());
    }
}

#[cfg(test)]
mod tests;
