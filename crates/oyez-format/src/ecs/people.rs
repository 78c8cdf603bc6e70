//! The members `user` and `group`, and where they are about others the process's own users.

use oyez_interpret::fields::label;
use oyez_tables::key::Key;

use super::table::People;
use crate::document::Document;
use crate::gather::{Id, View};

/// Appends them.
pub(super) fn write(view: &View<'_>, people: People, document: &mut Document, scratch: &mut Vec<u8>) {
    document.object("user", |document| {
        match people {
            People::Process => of_process(view, document),
            People::Login => of_login(view, document, scratch),
            People::Account | People::Group => of_account(view, people, document, scratch),
        }
        for (name, user, group) in [("saved", Key::Suid, Key::Sgid), ("filesystem", Key::Fsuid, Key::Fsgid)] {
            document.object(name, |document| user_and_group(view, (user, group), document));
        }
        document.object("audit", |document| id(view.user(Key::Auid), document));
        document.object("selinux", |document| selinux(view, Key::Subj, document));
    });
    if people == People::Group {
        document.object("group", |document| named_group(view, document, scratch));
    }
}

/// Ids as keywords, for ECS has no numbers for users.
pub(super) fn id(id: Option<Id<'_>>, document: &mut Document) {
    if let Some(Id { number, name }) = id {
        document.printed("id", &number);
        document.some("name", name);
    }
}

fn user_and_group(view: &View<'_>, (user, group): (Key, Key), document: &mut Document) {
    id(view.user(user), document);
    document.object("group", |document| id(view.group(group), document));
}

fn of_process(view: &View<'_>, document: &mut Document) {
    user_and_group(view, (Key::Uid, Key::Gid), document);
    // As auditbeat does: the same again says nothing.
    let (user, group) = (view.user(Key::Euid), view.group(Key::Egid));
    document.object("effective", |document| {
        id(user.filter(|user| view.user(Key::Uid) != Some(*user)), document);
        document.object("group", |document| {
            id(group.filter(|group| view.group(Key::Gid) != Some(*group)), document);
        });
    });
}

/// Who logged in before, and who that becomes.
fn of_login(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    let is_login = view.found.own(Key::OldAuid).is_some();
    let before = view.user(if is_login { Key::OldAuid } else { Key::Auid });
    id(before, document);
    document.object("effective", |document| {
        let account = if is_login { view.user(Key::Auid) } else { claimed_id(view, false) };
        match account {
            Some(account) => id(Some(account).filter(|account| before != Some(*account)), document),
            None => match view.claim(Key::Acct, scratch) {
                Some(name) => document.text("name", name),
                None => id(view.user(Key::Uid).filter(|user| before != Some(*user)), document),
            },
        }
    });
}

fn of_account(view: &View<'_>, people: People, document: &mut Document, scratch: &mut Vec<u8>) {
    let (before, acting) = (view.user(Key::Auid), view.user(Key::Uid));
    id(before.or(acting), document);
    document
        .object("effective", |document| id(acting.filter(|acting| before.is_some_and(|id| id != *acting)), document));
    if people == People::Account {
        document.object("target", |document| named_account(view, document, scratch));
    }
}

fn named_account(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    let account = claimed_id(view, false);
    if let Some(account) = account {
        document.printed("id", &account.number);
    }
    match view.claim(Key::Acct, scratch) {
        Some(name) => document.text("name", name),
        None => document.some("name", account.and_then(|account| account.name)),
    }
}

/// Tools give a group by `grp=`, or as they do an account.
fn named_group(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    if let Some(group) = claimed_id(view, true) {
        document.printed("id", &group.number);
    }
    let key = if view.found.claimed(Key::Grp).is_some() { Key::Grp } else { Key::Acct };
    document.some("name", view.claim(key, scratch));
}

fn claimed_id<'v>(view: &View<'v>, is_group: bool) -> Option<Id<'v>> {
    view.id(view.found.claimed(Key::Id)?, is_group)
}

/// The parts of a security context, by auditbeat's names.
pub(super) fn selinux(view: &View<'_>, key: Key, document: &mut Document) {
    if let Some(spot) = view.found.own(key) {
        parts(spot.bytes(view.event), document);
    }
}

/// Appends the parts of the security context `text`.
pub(super) fn parts(text: &[u8], document: &mut Document) {
    let Some(label) = label(text) else { return };
    let parts = [
        ("user", label.user),
        ("role", label.role),
        ("domain", label.type_),
        ("level", label.sensitivity),
        ("category", label.categories),
    ];
    for (name, part) in parts.into_iter().filter(|(_, part)| !part.is_empty()) {
        document.text(name, part);
    }
}
