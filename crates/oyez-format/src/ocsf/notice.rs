//! Events of oyez's own: base events, the worse the more was lost.

use oyez_events::notice::Notice;

use super::classes::{BASE, OTHER};
use super::table::{HIGH, INFORMATIONAL, LOW, MEDIUM, Row};
use super::{OcsfOptions, VERSION, device};
use crate::document::Document;
use crate::id::IdWriter;

/// Begins and fills the object of `notice`.
pub(super) fn write(
    notice: &Notice<'_>,
    (options, ids): (&OcsfOptions, Option<&mut IdWriter>),
    document: &mut Document,
) {
    let row = Row { class: &BASE, activity: OTHER, severity: severity(notice.kind) };
    document.start();
    document.number("time", notice.sec.saturating_mul(1000).saturating_add(notice.ms.into()));
    super::classification(&row, &crate::gather::action(notice), document);
    document.number("status_id", 0);
    document.text("status", b"Unknown");
    document.text("message", crate::gather::said(notice).as_bytes());
    document.object("metadata", |document| {
        document.text("version", VERSION.as_bytes());
        super::product(document);
        document.texts("profiles", std::iter::once(&b"host"[..]));
        if let Some(ids) = ids {
            let mut id = Vec::new();
            ids.notice(notice, &mut id);
            document.text("uid", &id);
        }
        document.text("event_code", notice.kind.as_bytes());
        document.text("log_name", b"oyez");
        document.text("log_provider", b"oyez");
    });
    document.object("device", |document| device::name(&options.node, document));
    document.object("unmapped", |document| {
        document.some("boot", options.boot.as_deref().map(str::as_bytes));
        document.object("oyez", |document| crate::gather::members(notice, document));
        document.inexact("hex");
    });
}

fn severity(kind: &str) -> u32 {
    match kind {
        "OYEZ_LOSS" | "OYEZ_REPLACE" => HIGH,
        "OYEZ_THROTTLE" | "OYEZ_MALFORMED" | "OYEZ_OUTPUT" | "OYEZ_DETACHED" => MEDIUM,
        "OYEZ_BACKLOG" => LOW,
        _ => INFORMATIONAL,
    }
}
