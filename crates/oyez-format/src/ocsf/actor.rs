//! The attribute `actor`: the process that acted, who is responsible, in which session.

use oyez_events::context::Process;
use oyez_interpret::normal::Person;
use oyez_tables::key::Key;

use super::object;
use crate::document::Document;
use crate::gather::{Id, View};

/// Appends its attributes.
pub(super) fn write(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    document.object("process", |document| process(view, document, scratch));
    document.object("user", |document| person(view.normal.actor.primary, document));
    document.object("session", |document| session(view, document));
}

/// Whether there is any of them.
pub(super) fn is_known(view: &View<'_>) -> bool {
    view.number(Key::Pid).is_some() || view.normal.actor.primary.is_some()
}

pub(super) fn person(person: Option<Person<'_>>, document: &mut Document) {
    if let Some(Person { id, name }) = person {
        user(Some(Id { number: id, name }), document);
    }
}

/// A user. Those that are no person's are not told apart: every host draws that line elsewhere.
pub(super) fn user(user: Option<Id<'_>>, document: &mut Document) {
    let Some(Id { number, name }) = user else { return };
    document.some("name", name);
    document.printed("uid", &number);
    if number == 0 {
        document.number("type_id", 2);
        document.text("type", b"Admin");
    }
}

/// The process that acted; left out without its number, for OCSF has no process without one.
pub(super) fn process(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    let Some(pid) = view.number(Key::Pid) else { return };
    document.number("pid", pid.into());
    document.some("name", view.own(Key::Comm, scratch));
    let exe =
        if view.found.own(Key::Exe).is_some() { view.own(Key::Exe, scratch) } else { view.claim(Key::Exe, scratch) };
    let hash = view.context.process.and_then(|process| process.sha256.as_ref());
    document.object("file", |document| object::executable(exe, hash, document));
    command_line(view, document);
    known(view.context.process, document);
    document.object("user", |document| user(view.user(Key::Uid), document));
    document.object("group", |document| group(view.group(Key::Gid), document));
    for (name, key) in [("auid", Key::Auid), ("euid", Key::Euid), ("egid", Key::Egid)] {
        if let Some(id) = view.number(key).filter(|id| *id != u32::MAX) {
            document.number(name, id.into());
        }
    }
    document.object("parent_process", |document| parent(view, document));
}

pub(super) fn group(group: Option<Id<'_>>, document: &mut Document) {
    if let Some(Id { number, name }) = group {
        document.some("name", name);
        document.printed("uid", &number);
    }
}

/// The arguments with blanks between, as OCSF wants them; which is which is in `unmapped.argv`.
fn command_line(view: &View<'_>, document: &mut Document) {
    if view.found.has_argv {
        document.joined("cmd_line", view.found.argv.args().map(Option::unwrap_or_default));
    } else if let Some(process) = view.context.process {
        line_of(process, document);
    }
}

fn line_of(process: &Process, document: &mut Document) {
    let argv = process.argv.strip_suffix(b"\0").unwrap_or(&process.argv);
    document.joined("cmd_line", argv.split(|byte| *byte == 0));
}

fn known(process: Option<&Process>, document: &mut Document) {
    let Some(process) = process else { return };
    if let Some(ms) = process.started_ms {
        document.number("created_time", ms.min(i64::MAX as u64));
    }
    if let Some(container) = process.place.as_ref().and_then(|place| place.container.as_ref()) {
        document.object("container", |document| {
            document.text("uid", container.id.as_bytes());
            document.some("runtime", container.runtime.as_deref().map(str::as_bytes));
            document.some("pod_uuid", container.pod_uid.as_deref().map(str::as_bytes));
        });
    }
}

fn parent(view: &View<'_>, document: &mut Document) {
    let ppid = view.number(Key::Ppid);
    let known = view.context.ancestors.first();
    if let Some(pid) = ppid.or(known.map(|parent| parent.key.pid)) {
        document.number("pid", pid.into());
    }
    // By the time of the event the process may have another parent than at its start.
    let Some(parent) = known.filter(|parent| ppid.is_none_or(|pid| pid == parent.key.pid)) else { return };
    document.some("name", (!parent.comm.is_empty()).then_some(&parent.comm));
    let exe = (!parent.exe.is_empty()).then_some(&*parent.exe);
    document.object("file", |document| object::executable(exe, parent.sha256.as_ref(), document));
    line_of(parent, document);
}

/// The login session.
pub(super) fn session(view: &View<'_>, document: &mut Document) {
    let Some(session) = view.number(Key::Ses).filter(|session| *session != u32::MAX) else { return };
    document.printed("uid", &session);
    let Some(login) = view.context.login else { return };
    if let Some(ms) = login.started_ms {
        document.number("created_time", ms.min(i64::MAX as u64));
    }
    document.some("terminal", login.terminal.as_deref().map(str::as_bytes));
    document.some("issuer", login.by.as_deref().map(str::as_bytes));
    document.flag("is_remote", login.addr.is_some());
}
