//! The objects `file` and `network_endpoint`.

use std::fmt::Display;

use oyez_interpret::normal::Kind;
use oyez_tables::key::Key;

use super::actor;
use crate::document::Document;
use crate::gather::{Parts, View};

/// A program's file.
pub(super) fn executable(path: Option<&[u8]>, hash: Option<&[u8; 32]>, document: &mut Document) {
    let Some(path) = path else { return };
    document.text("name", name(path));
    document.text("path", path);
    document.number("type_id", 1);
    document.text("type", b"Regular File");
    if let Some(hash) = hash {
        document.list("hashes", |document| {
            document.element(|document| {
                document.number("algorithm_id", 3);
                document.text("algorithm", b"SHA-256");
                document.printed("value", &Hash(hash));
            });
        });
    }
}

struct Hash<'a>(&'a [u8; 32]);

impl Display for Hash<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The last part of a path; all of it where that is empty.
pub(super) fn name(path: &[u8]) -> &[u8] {
    let front = path.strip_suffix(b"/").unwrap_or(path);
    front.rsplit(|byte| *byte == b'/').next().filter(|name| !name.is_empty()).unwrap_or(path)
}

/// The object of the event as a file.
pub(super) fn file(view: &View<'_>, path: &[u8], document: &mut Document, scratch: &mut Vec<u8>) {
    let (number, caption) = kind(view.normal.object.kind);
    document.text("name", name(path));
    document.text("path", path);
    document.number("type_id", number);
    document.text("type", caption.as_bytes());
    let Some(item) = view.item(scratch) else { return };
    let inode = view.of_item(item, Key::Inode).and_then(|spot| spot.value(view.event).text(scratch));
    document.some("uid", inode);
    let owner = view.of_item(item, Key::Ouid).and_then(|spot| view.id(spot, false));
    document.object("owner", |document| actor::user(owner, document));
    let label = view.of_item(item, Key::Obj).and_then(|spot| spot.value(view.event).text(scratch));
    document.some("security_descriptor", label);
}

fn kind(kind: Kind) -> (u64, &'static str) {
    match kind {
        Kind::File => (1, "Regular File"),
        Kind::Directory | Kind::Filesystem => (2, "Folder"),
        Kind::CharacterDevice => (3, "Character Device"),
        Kind::BlockDevice => (4, "Block Device"),
        Kind::Socket => (5, "Local Socket"),
        Kind::Fifo => (6, "Named Pipe"),
        Kind::Symlink => (7, "Symbolic Link"),
        _ => (0, "Unknown"),
    }
}

/// One end of a connection. A local socket's path is its name.
pub(super) fn endpoint(end: &Parts<'_>, document: &mut Document) {
    if let Some(ip) = end.ip {
        document.printed("ip", &ip);
    }
    document.some("hostname", end.domain);
    if let Some(port) = end.port {
        document.number("port", port.into());
    }
    document.some("name", end.path);
}
