//! What an event is about, as its class wants it; and which class it can be of at all.

use oyez_interpret::normal::Action;
use oyez_tables::key::Key;

use super::classes::{self, Class, Needs, OTHER};
use super::table::Row;
use super::{actor, device, object};
use crate::document::Document;
use crate::ecs::{Direction, direction};
use crate::gather::{Id, Parts, View};

/// `row`, or where its class can't be what the event is, one that asks for less.
pub(super) fn fitting(view: &View<'_>, row: Row) -> Row {
    let kernel = Row { class: &classes::KERNEL, activity: 4, ..row };
    let base = Row { class: &classes::BASE, activity: OTHER, ..row };
    [row, kernel, base].into_iter().find(|row| fits(view, row.class)).unwrap_or(base)
}

fn fits(view: &View<'_>, class: &Class) -> bool {
    // All of the category "System Activity" tell who acted, but for those about the log itself.
    if class.category.0 == 1 && class.needs != Needs::LogName && !actor::is_known(view) {
        return false;
    }
    let object = view.normal.object;
    match class.needs {
        Needs::Nothing | Needs::Finding | Needs::LogName => true,
        Needs::File => view.is_of_files(),
        Needs::Driver | Needs::Module | Needs::Entity | Needs::App => object.primary.is_some(),
        Needs::Kernel => view.call().is_some(),
        Needs::Process => view.number(Key::Pid).is_some(),
        Needs::Endpoint => view.end().is_some() || view.claimed_end().is_some(),
        Needs::User => account(view).is_some() || has_name(view) || view.normal.actor.primary.is_some(),
        Needs::Group => claimed_id(view, true).is_some() || view.found.claimed(group_key(view)).is_some(),
    }
}

/// Appends what the class is about, and where it came from.
pub(super) fn write(
    view: &View<'_>,
    class: &Class,
    (node, uid): (&[u8], &[u8]),
    document: &mut Document,
    scratch: &mut Vec<u8>,
) {
    let primary = view.normal.object.primary;
    match class.needs {
        // Connections have two ends, logins may: below.
        Needs::Nothing | Needs::Endpoint => {}
        Needs::File => file(view, document, scratch),
        Needs::Driver => document.object("driver", |document| {
            document.object("file", |document| object::file(view, primary.unwrap_or_default(), document, scratch));
        }),
        Needs::Module => document.object("module", |document| {
            document.object("file", |document| object::file(view, primary.unwrap_or_default(), document, scratch));
            document.number("load_type_id", 1);
        }),
        Needs::Kernel => kernel(view, document),
        Needs::Process => process(view, document, scratch),
        Needs::User => people(view, class, node, document, scratch),
        Needs::Group => document.object("group", |document| group(view, document, scratch)),
        Needs::Entity => document.object("entity", |document| {
            document.text("name", primary.unwrap_or_default());
            document.text("type", view.normal.object.kind.word().as_bytes());
        }),
        Needs::App => document.object("app", |document| {
            document.text("name", primary.unwrap_or_default());
            document.text("vendor_name", device::UNKNOWN);
        }),
        Needs::Finding => finding(view, uid, document),
        Needs::LogName => document.text("log_name", b"audit"),
    }
    endpoints(view, class, document);
}

fn file(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    let object = view.normal.object;
    let Some(path) = object.primary else { return };
    document.object("file", |document| object::file(view, path, document, scratch));
    // Of a new name for an old file, the file as it is afterwards.
    if let Some(path) = object.secondary.filter(|_| matches!(view.normal.action, Action::Renamed | Action::Linked)) {
        document.object("file_result", |document| {
            document.text("name", object::name(path));
            document.text("path", path);
            document.number("type_id", 0);
        });
    }
}

fn kernel(view: &View<'_>, document: &mut Document) {
    document.object("kernel", |document| {
        document.some("name", view.call());
        document.number("type_id", 2);
        document.text("type", b"System Call");
        document.some("system_call", view.call());
    });
}

/// The process that it was done to: another where the records say which, else the one that acted.
fn process(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    let object = view.normal.object;
    let other = object.primary.filter(|_| object.kind.word() == "process").and_then(crate::number::id);
    document.object("process", |document| match other.filter(|pid| view.number(Key::Pid) != Some(*pid)) {
        Some(pid) => {
            document.number("pid", pid.into());
            document.some("name", object.secondary);
        }
        None => actor::process(view, document, scratch),
    });
}

/// The account that it is about, and for logins into what.
fn people(view: &View<'_>, class: &Class, node: &[u8], document: &mut Document, scratch: &mut Vec<u8>) {
    document.object("user", |document| {
        if has_name(view) || account(view).is_some() {
            let account = account(view);
            match view.claim(Key::Acct, scratch) {
                Some(name) => document.text("name", name),
                None => document.some("name", account.and_then(|account| account.name)),
            }
            if let Some(account) = account {
                document.printed("uid", &account.number);
            }
        } else {
            actor::person(view.normal.actor.primary, document);
        }
    });
    if class.uid != classes::AUTHENTICATION.uid {
        return;
    }
    if let Some(program) = view.normal.how {
        document.object("service", |document| document.text("name", object::name(program)));
    }
    document.object("dst_endpoint", |document| {
        document.text("hostname", if node.is_empty() { device::UNKNOWN } else { node });
    });
    document.object("session", |document| {
        if let Some(session) = view.number(Key::Ses).filter(|session| *session != u32::MAX) {
            document.printed("uid", &session);
        }
        document.some("terminal", view.claim(Key::Terminal, scratch));
    });
    document.flag("is_remote", view.claimed_end().is_some_and(|end| end.ip.is_some()));
}

/// The account that a program gives by number, or the new one of a `LOGIN`.
fn account<'v>(view: &View<'v>) -> Option<Id<'v>> {
    claimed_id(view, false).or_else(|| view.found.own(Key::OldAuid).and_then(|_| view.user(Key::Auid)))
}

fn has_name(view: &View<'_>) -> bool {
    let is_name = |name: &[u8]| !matches!(name, b"" | b"?" | b"(null)" | b"(none)");
    view.found.claimed(Key::Acct).is_some_and(|spot| is_name(spot.bytes(view.event)))
}

fn claimed_id<'v>(view: &View<'v>, is_group: bool) -> Option<Id<'v>> {
    view.id(view.found.claimed(Key::Id)?, is_group)
}

fn group_key(view: &View<'_>) -> Key {
    if view.found.claimed(Key::Grp).is_some() { Key::Grp } else { Key::Acct }
}

fn group(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    let id = claimed_id(view, true);
    match view.claim(group_key(view), scratch) {
        Some(name) => document.text("name", name),
        None => document.some("name", id.and_then(|id| id.name)),
    }
    if let Some(id) = id {
        document.printed("uid", &id.number);
    }
}

fn finding(view: &View<'_>, uid: &[u8], document: &mut Document) {
    document.object("finding_info", |document| {
        document.text("uid", uid);
        document.text("title", view.sentence);
        document.texts("types", std::iter::once(view.normal.action.word().as_bytes()));
    });
}

/// The ends of a connection. Of one that was accepted the socket's address is where it comes from; what a process binds its
/// own socket to is where others will go to.
fn endpoints(view: &View<'_>, class: &Class, document: &mut Document) {
    let is_network = class.uid == classes::NETWORK.uid;
    if let Some(end) = view.end().filter(|_| is_network) {
        let is_source = direction(view.normal.action) == Some(Direction::Ingress);
        let name = if is_source { "src_endpoint" } else { "dst_endpoint" };
        return document.object(name, |document| object::endpoint(&end, document));
    }
    let asks = is_network || class.category.0 == 3;
    if let Some(end) = view.claimed_end().filter(|end: &Parts<'_>| asks && !end.is_empty()) {
        document.object("src_endpoint", |document| object::endpoint(&end, document));
    }
}
