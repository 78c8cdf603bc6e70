//! Members that are made of others: a table may have them as they were, or not at all, and they are made anew.

use super::invalid::{At, Invalid};
use super::pairs::{Pair, is_same, pairs, sibling};
use crate::document::{Item, Kind};
use crate::tree::Tree;
use crate::view::Value;

/// Endings of names, and what the members are that end so.
const ENDINGS: [(&[u8], &str); 3] = [
    (b"_hex", "the exact bytes of the member without _hex; change that one, which may hold any bytes"),
    (b"_name", "looked up for the member without _name; change that one"),
    (b"_parts", "the parts of the member without _parts; change that one"),
];

/// Members that are made of others, wherever they come from: their names in full, but for places in lists.
const MADE: [(&str, &str); 22] = [
    ("v", "the version of the schema"),
    ("time", "the kernel's stamp, which names the event"),
    ("serial", "the kernel's stamp, which names the event"),
    ("boot", "the boot that the event is of, which names it"),
    ("node", "the host that the event is of, which names it"),
    ("part", "the number of a late part"),
    ("kind", "the type of the first record"),
    ("origin", "who wrote the first record"),
    ("action", "made of the types of the records and of syscall.number"),
    ("actor", "made of user.auid and user.uid, or of what a program claimed"),
    ("object", "made of paths, sockets and other records"),
    ("how", "made of process.exe, or of process.comm"),
    ("result", "what the records say with success= or res="),
    ("records", "the types of the records, which come and go with the members they hold"),
    ("marks", "how the event was put together"),
    ("process.argc", "counted from process.argv; change that one"),
    ("process.argv_cut", "whether process.argv is whole; change that one"),
    ("process.proctitle_cut", "whether process.proctitle is whole; change that one"),
    ("syscall.name", "looked up for syscall.number; change that one"),
    ("syscall.arch", "what the other numbers mean depends on it"),
    ("syscall.errno", "looked up for syscall.exit; change that one"),
    ("syscall.args_name", "made of syscall.args; change these"),
];

/// Checks a member that cannot be set: one that is made of others, or one that no event has.
///
/// # Errors
/// It is there and is not what it was.
pub(super) fn member(pair: &Pair<'_, '_>, object: Option<Item<'_>>, at: &At<'_>) -> Result<(), Invalid> {
    let ending = ENDINGS.iter().find(|(ending, _)| {
        let stem = pair.name.strip_suffix(*ending);
        stem.is_some_and(|stem| !stem.is_empty() && (pair.item.is_some() || sibling(object, stem, b"").is_some()))
    });
    match ending {
        Some((_, what)) => unchanged(pair, at, what),
        None if pair.item.is_some() => unchanged(pair, at, "made of other members; change these"),
        None if pair.tree.is_some() => Err(at.unknown()),
        None => Ok(()),
    }
}

/// Checks a member of the event itself, or `path` of it, that is made of others; `false` where it is none of those.
///
/// # Errors
/// It is there and is not what it was.
pub(super) fn made(path: &str, pair: &Pair<'_, '_>, root: Item<'_>, at: &At<'_>) -> Result<bool, Invalid> {
    let Some((_, what)) = MADE.iter().find(|(name, _)| *name == path) else { return Ok(false) };
    if let (Some(item), Some(tree @ Tree::Object(_))) = (pair.item, pair.tree)
        && matches!(item.kind(), Kind::Object)
    {
        for pair in pairs(Some(item), Some(tree), at)? {
            let done = unchanged(&pair, &at.name(pair.name), what);
            done.map_err(|_| refused(&at.name(pair.name), &instead(what, pair.item, root)))?;
        }
        return Ok(true);
    }
    unchanged(pair, at, what)?;
    Ok(true)
}

fn unchanged(pair: &Pair<'_, '_>, at: &At<'_>, what: &str) -> Result<(), Invalid> {
    match (pair.item, pair.tree) {
        (_, None) => Ok(()),
        (Some(item), Some(tree)) if is_like(item, tree) => Ok(()),
        _ => Err(refused(at, what)),
    }
}

fn refused(at: &At<'_>, what: &str) -> Invalid {
    at.invalid(format!("cannot be set: it is {what}"))
}

/// Whether the table says nothing else than the event; it may say less.
fn is_like(item: Item<'_>, tree: &Tree) -> bool {
    match (item.kind(), tree) {
        (Kind::Object, Tree::Object(members)) => {
            let is_there = |(name, tree): &(Vec<u8>, Tree)| item.get(name).is_some_and(|item| is_like(item, tree));
            members.iter().all(is_there)
        }
        (Kind::List, Tree::List(items)) => {
            // Places without a value may be missing at the end.
            let mut items = items.iter();
            let is_there = |child: Item<'_>| is_like(child, items.next().unwrap_or(&Tree::Null));
            item.children().all(is_there) && items.all(|tree| *tree == Tree::Null)
        }
        _ => is_same(item, None, tree),
    }
}

/// What to change instead: the member that says the same, where there is one.
fn instead(what: &str, item: Option<Item<'_>>, root: Item<'_>) -> String {
    let said = item.and_then(|item| match item.kind() {
        Kind::Scalar(value) => Some(value),
        _ => None,
    });
    let parts = [&b"paths"[..], b"sockets", b"claimed", b"process", b"user", b"details"];
    let found = said.and_then(|said| {
        parts.iter().find_map(|name| {
            let at = At::EVENT.name(name);
            holds(root.get(name)?, said, &at)
        })
    });
    found.map_or_else(|| what.to_owned(), |path| format!("made of {path}; change that one"))
}

/// Where `item`, or what is below it, says `said`.
fn holds(item: Item<'_>, said: Value<'_>, at: &At<'_>) -> Option<String> {
    match item.kind() {
        Kind::Scalar(value) => (value == said).then(|| at.path()),
        Kind::Null => None,
        Kind::List => item.children().enumerate().find_map(|(place, item)| holds(item, said, &at.place(place))),
        Kind::Object => item.children().find_map(|item| holds(item, said, &at.name(item.name()))),
    }
}
