//! The member `file`: the object of the event, where that is a file.

use oyez_interpret::normal::{Action, Kind};
use oyez_tables::key::Key;

use super::people;
use crate::document::Document;
use crate::gather::{Item, View};

/// Appends it.
pub(super) fn write(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    let object = view.normal.object;
    let Some(path) = object.primary.filter(|_| view.is_of_files()) else { return };
    document.object("file", |document| {
        document.text("path", path);
        document.some("name", name(path));
        document.text("type", kind(object.kind));
        if view.normal.action == Action::Symlinked {
            document.some("target_path", object.secondary);
        }
        if let Some(item) = view.item(scratch) {
            about(view, item, document, scratch);
        }
    });
}

/// The last part of a path.
fn name(path: &[u8]) -> Option<&[u8]> {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    path.rsplit(|byte| *byte == b'/').next().filter(|name| !name.is_empty())
}

fn kind(kind: Kind) -> &'static [u8] {
    match kind {
        Kind::Directory | Kind::Filesystem => b"dir",
        Kind::Symlink => b"symlink",
        Kind::Fifo => b"fifo",
        Kind::CharacterDevice | Kind::BlockDevice => b"device",
        _ => b"file",
    }
}

/// What the `PATH` record says of it.
fn about(view: &View<'_>, item: &Item, document: &mut Document, scratch: &mut Vec<u8>) {
    for (name, key) in [("inode", Key::Inode), ("device", Key::Rdev)] {
        document.some(name, view.of_item(item, key).and_then(|spot| spot.value(view.event).text(scratch)));
    }
    let mode = view.of_item(item, Key::Mode).and_then(|spot| permissions(spot.bytes(view.event)));
    if let Some(mode) = mode {
        document.printed("mode", &format_args!("{mode:04o}"));
    }
    for (key, is_group, number, name) in [(Key::Ouid, false, "uid", "owner"), (Key::Ogid, true, "gid", "group")] {
        if let Some(id) = view.of_item(item, key).and_then(|spot| view.id(spot, is_group)) {
            document.printed(number, &id.number);
            document.some(name, id.name);
        }
    }
    if let Some(label) = view.of_item(item, Key::Obj) {
        document.object("selinux", |document| people::parts(label.bytes(view.event), document));
    }
}

/// The twelve bits of a mode that are permissions.
fn permissions(mode: &[u8]) -> Option<u32> {
    u32::from_str_radix(str::from_utf8(mode).ok()?, 8).ok().map(|mode| mode & 0o7777)
}
