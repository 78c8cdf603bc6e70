//! The attribute `device`: the host whose kernel told it.

use crate::document::Document;
use crate::gather::View;

/// What a host is called whose name nobody gave: OCSF has no device without any.
pub(super) const UNKNOWN: &[u8] = b"unknown";

/// Appends it.
pub(super) fn write(view: &View<'_>, node: &[u8], document: &mut Document) {
    document.object("device", |document| {
        name(node, document);
        let host = view.host();
        document.some("uid", host.and_then(|host| host.machine.as_deref()).map(str::as_bytes));
        document.some("instance_uid", host.and_then(|host| host.instance.as_deref()).map(str::as_bytes));
    });
}

/// Its type, which nobody knows, and its name.
pub(super) fn name(node: &[u8], document: &mut Document) {
    document.number("type_id", 0);
    document.text("type", b"Unknown");
    document.text("hostname", if node.is_empty() { UNKNOWN } else { node });
}
