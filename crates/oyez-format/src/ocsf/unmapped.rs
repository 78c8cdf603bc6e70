//! The attribute `unmapped`: all that OCSF has no attribute for, by the names the kernel and our own JSON give it.

use oyez_events::context::{Added, Context};
use oyez_tables::key::Key;

use super::classes::Class;
use crate::document::Document;
use crate::gather::rest::{self, Told};
use crate::gather::{View, lineage, marks};

/// What has attributes of OCSF in every class.
const TOLD: Told = Told {
    own: &[
        Key::Pid,
        Key::Ppid,
        Key::Auid,
        Key::Uid,
        Key::Gid,
        Key::Euid,
        Key::Egid,
        Key::Ses,
        Key::Comm,
        Key::Exe,
        Key::Key,
    ],
    claimed: &[Key::Exe],
};

/// Without a process's number there is nowhere to tell of it.
const TOLD_WITHOUT_PROCESS: Told = Told { own: &[Key::Key, Key::Ses], claimed: &[] };

/// Appends its members.
pub(super) fn write(view: &View<'_>, class: &Class, document: &mut Document, scratch: &mut Vec<u8>) {
    let told = if view.number(Key::Pid).is_some() { TOLD } else { TOLD_WITHOUT_PROCESS };
    document.text("action", view.normal.action.word().as_bytes());
    document.object("object", |document| {
        document.text("kind", view.normal.object.kind.word().as_bytes());
        document.some("primary", view.normal.object.primary);
        document.some("secondary", view.normal.object.secondary);
    });
    if view.normal.is_claim {
        document.flag("claimed", true);
    }
    if class.uid == 0 && view.event.is_empty() {
        document.flag("empty", true);
    }
    document.object("data", |document| rest::members(view, told, document, scratch));
    rest::others(view, told, "more", document, scratch);
    process(view, document, scratch);
    rest::paths(view, "paths", |_, _, _| false, document, scratch);
    let marks = marks(view.event);
    document.texts("marks", marks.iter().filter(|(has, _)| *has).map(|(_, mark)| mark.as_bytes()));
    if view.event.part() > 0 {
        document.number("part", view.event.part().into());
    }
    added(view.context, document);
}

/// What filters added. OCSF's `enrichments` are of one attribute each, and from another source of data; these are neither.
fn added(context: &Context<'_>, document: &mut Document) {
    document.object("added", |document| {
        for addition in context.added {
            match &addition.value {
                Added::Text(text) => document.text(&addition.name, text),
                Added::Number(number) => document.signed(&addition.name, *number),
                Added::Flag(flag) => document.flag(&addition.name, *flag),
                Added::Texts(texts) => document.texts_of(&addition.name, texts.iter().map(|text| &**text)),
            }
        }
    });
}

fn process(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    document.some("cwd", view.found.cwd.and_then(|spot| spot.value(view.event).text(scratch)));
    if let Some(title) = view.found.title.and_then(|spot| spot.value(view.event).text(scratch)) {
        document.texts("proctitle", title.split(|byte| *byte == 0));
    }
    if view.found.has_argv {
        document.texts("argv", view.found.argv.args().map(Option::unwrap_or_default));
        if view.found.argv.is_cut() {
            document.flag("argv_cut", true);
        }
    }
    lineage::write(view, ("comm", "exe"), document);
}
