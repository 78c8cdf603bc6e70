//! The member `process`: what the records say of it, then what is known of it and its parent.

use oyez_events::context::Process;
use oyez_tables::key::Key;

use super::people;
use super::table::People;
use crate::document::Document;
use crate::gather::View;
use crate::time::Clock;

/// Appends it.
pub(super) fn write(view: &View<'_>, whose: People, clock: &mut Clock, document: &mut Document, scratch: &mut Vec<u8>) {
    document.object("process", |document| {
        if let Some(pid) = view.number(Key::Pid) {
            document.number("pid", pid.into());
        }
        names(view, document, scratch);
        arguments(view, document);
        title(view, document, scratch);
        directory(view, document, scratch);
        if whose != People::Process {
            own_people(view, document);
        }
        known(view.context.process, clock, document, scratch);
        parent(view, document);
    });
}

/// The process's own users, where `user` is about others.
fn own_people(view: &View<'_>, document: &mut Document) {
    let (user, group) = (view.user(Key::Euid), view.group(Key::Egid));
    document.object("user", |document| people::id(user.or(view.user(Key::Uid)), document));
    document.object("real_user", |document| people::id(user.and(view.user(Key::Uid)), document));
    document.object("group", |document| people::id(group.or(view.group(Key::Gid)), document));
    document.object("real_group", |document| people::id(group.and(view.group(Key::Gid)), document));
}

fn names(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    for (name, key) in [("name", Key::Comm), ("executable", Key::Exe)] {
        if view.found.own(key).is_some() {
            document.some(name, view.own(key, scratch));
        } else {
            document.some(name, view.claim(key, scratch));
        }
    }
}

/// The arguments of what was executed; else, of a process that is known, those that it was started with.
fn arguments(view: &View<'_>, document: &mut Document) {
    if view.found.has_argv {
        let args = view.found.argv.args();
        document.texts("args", args.clone().map(Option::unwrap_or_default));
        document.number("args_count", view.found.argv.argc().unwrap_or(args.len() as u64).min(i64::MAX as u64));
    } else if let Some(process) = view.context.process {
        known_arguments(process, document);
    }
}

fn known_arguments(process: &Process, document: &mut Document) {
    let count = argv(process).count();
    document.texts("args", argv(process));
    if count > 0 {
        document.number("args_count", count as u64);
    }
}

/// The arguments that a process was started with.
fn argv(process: &Process) -> impl Iterator<Item = &[u8]> {
    let text = process.argv.strip_suffix(b"\0").unwrap_or(&process.argv);
    text.split(|byte| *byte == 0).filter(|_| !process.argv.is_empty())
}

/// The kernel's title of the process, its NULs made blanks as auditbeat does.
fn title(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    let Some(title) = view.found.title.and_then(|spot| spot.value(view.event).text(scratch)) else { return };
    let title = title.strip_suffix(b"\0").unwrap_or(title);
    document.joined("title", title.split(|byte| *byte == 0));
}

fn directory(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    let cwd = match view.found.cwd {
        Some(spot) => spot.value(view.event).text(scratch),
        None => view.claim(Key::Cwd, scratch),
    };
    document.some("working_directory", cwd);
}

fn known(process: Option<&Process>, clock: &mut Clock, document: &mut Document, scratch: &mut Vec<u8>) {
    let Some(process) = process else { return };
    if let Some(ms) = process.started_ms {
        let time = clock.text(ms / 1000, u16::try_from(ms % 1000).unwrap_or_default());
        document.text("start", time);
    }
    if let Some(hash) = &process.sha256 {
        crate::gather::lower_hex(hash, scratch);
        document.object("hash", |document| document.text("sha256", scratch));
    }
}

fn parent(view: &View<'_>, document: &mut Document) {
    let ppid = view.number(Key::Ppid);
    let known = view.context.ancestors.first();
    document.object("parent", |document| {
        if let Some(pid) = ppid.or(known.map(|parent| parent.key.pid)) {
            document.number("pid", pid.into());
        }
        // By the time of the event the process may have another parent than at its start.
        let Some(parent) = known.filter(|parent| ppid.is_none_or(|pid| pid == parent.key.pid)) else { return };
        document.some("name", (!parent.comm.is_empty()).then_some(&parent.comm));
        document.some("executable", (!parent.exe.is_empty()).then_some(&parent.exe));
        known_arguments(parent, document);
    });
}
