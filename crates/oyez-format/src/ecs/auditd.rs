//! The member `auditd`: the fields of auditbeat's own module, and with them all that ECS has no field for.

use oyez_events::context::{Login, LoginKind};
use oyez_interpret::fields;
use oyez_interpret::normal::Person;
use oyez_tables::key::Key;

use crate::document::Document;
use crate::gather::rest::{self, Told};
use crate::gather::{View, lineage};
use crate::time::Clock;

/// What has members of ECS.
const TOLD: Told = Told {
    own: &[
        Key::Pid,
        Key::Ppid,
        Key::Auid,
        Key::OldAuid,
        Key::Uid,
        Key::Gid,
        Key::Euid,
        Key::Egid,
        Key::Suid,
        Key::Sgid,
        Key::Fsuid,
        Key::Fsgid,
        Key::Ses,
        Key::Comm,
        Key::Exe,
        Key::Subj,
        Key::Key,
    ],
    claimed: &[Key::Exe, Key::Comm, Key::Cwd],
};

/// Appends its members.
pub(super) fn write(
    view: &View<'_>,
    boot: Option<&str>,
    clock: &mut Clock,
    document: &mut Document,
    scratch: &mut Vec<u8>,
) {
    if let Some(first) = view.event.record(0) {
        crate::gather::type_name(&first, scratch);
        scratch.make_ascii_lowercase();
        document.text("message_type", scratch);
    }
    document.number("sequence", view.event.id().serial.into());
    document.text(
        "result",
        match view.normal.result {
            Some(result) if result.word() == "failed" => b"fail",
            Some(_) => b"success",
            None => b"unknown",
        },
    );
    if let Some(session) = view.number(Key::Ses).filter(|session| *session != u32::MAX) {
        document.printed("session", &session);
    }
    document.some("boot", boot.map(str::as_bytes));
    if view.normal.is_claim {
        document.flag("claimed", true);
    }
    document.object("summary", |document| summary(view, document));
    document.object("data", |document| rest::members(view, TOLD, document, scratch));
    rest::others(view, TOLD, "more", document, scratch);
    rest::paths(view, "paths", label, document, scratch);
    document.object("login", |document| login(view.context.login, clock, document));
    lineage::write(view, ("name", "executable"), document);
}

fn summary(view: &View<'_>, document: &mut Document) {
    let (actor, object) = (view.normal.actor, view.normal.object);
    document.object("actor", |document| {
        person("primary", actor.primary, document);
        person("secondary", actor.secondary, document);
    });
    document.object("object", |document| {
        if !object.kind.word().is_empty() {
            document.text("type", object.kind.word().as_bytes());
        }
        document.some("primary", object.primary);
        document.some("secondary", object.secondary);
    });
    document.some("how", view.normal.how);
}

/// By name where there is one, as auditbeat does.
fn person(member: &'static str, person: Option<Person<'_>>, document: &mut Document) {
    match person {
        Some(Person { name: Some(name), .. }) => document.text(member, name),
        Some(Person { id, .. }) => document.printed(member, &id),
        None => {}
    }
}

/// Writes the parts of a file's security context where auditbeat has them.
fn label(key: Key, text: &[u8], document: &mut Document) -> bool {
    let Some(label) = fields::label(text).filter(|_| key == Key::Obj) else { return false };
    let parts = [
        ("obj_user", label.user),
        ("obj_role", label.role),
        ("obj_domain", label.type_),
        ("obj_level", label.sensitivity),
        ("obj_category", label.categories),
    ];
    for (name, part) in parts.into_iter().filter(|(_, part)| !part.is_empty()) {
        document.text(name, part);
    }
    true
}

fn login(login: Option<&Login>, clock: &mut Clock, document: &mut Document) {
    let Some(login) = login else { return };
    for (name, ms) in [("started", login.started_ms), ("ended", login.ended_ms)] {
        if let Some(ms) = ms {
            document.text(name, clock.text(ms / 1000, u16::try_from(ms % 1000).unwrap_or_default()));
        }
    }
    document.text("kind", if login.kind == LoginKind::Job { b"job" } else { b"user" });
    let texts = [("acct", &login.acct), ("by", &login.by), ("terminal", &login.terminal), ("addr", &login.addr)];
    for (name, text) in texts {
        document.some(name, text.as_deref().map(str::as_bytes));
    }
    if let Some(pid) = login.pid {
        document.number("pid", pid.into());
    }
}
