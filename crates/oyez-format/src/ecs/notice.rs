//! Events of oyez's own: what went wrong on the way of events is a `pipeline_error`, what the kernel suffered a `metric`.

use oyez_events::notice::Notice;

use super::{EcsOptions, VERSION};
use crate::document::Document;
use crate::id::IdWriter;
use crate::time::Clock;

/// Begins and fills the object of `notice`.
pub(super) fn write(
    notice: &Notice<'_>,
    (options, ids): (&EcsOptions, Option<&mut IdWriter>),
    clock: &mut Clock,
    document: &mut Document,
) {
    let (kind, category, types) = row(notice.kind);
    document.start();
    document.text("@timestamp", clock.text(notice.sec, notice.ms));
    document.object("ecs", |document| document.text("version", VERSION.as_bytes()));
    document.text("message", crate::gather::said(notice).as_bytes());
    document.object("event", |document| {
        document.text("kind", kind.as_bytes());
        document.text("module", b"oyez");
        document.text("dataset", b"oyez");
        document.texts("category", category.iter().map(|word| word.as_bytes()));
        document.texts("type", types.iter().map(|word| word.as_bytes()));
        document.text("action", crate::gather::action(notice).as_bytes());
        if let Some(ids) = ids {
            let mut id = Vec::new();
            ids.notice(notice, &mut id);
            document.text("id", &id);
        }
    });
    document.object("service", |document| document.text("type", b"oyez"));
    document.object("host", |document| {
        document.some("name", (!options.node.is_empty()).then_some(&options.node));
        document.some("hostname", (!options.node.is_empty()).then_some(&options.node));
    });
    document.object("auditd", |document| {
        document.some("boot", options.boot.as_deref().map(str::as_bytes));
    });
    document.object("oyez", |document| {
        document.text("kind", notice.kind.as_bytes());
        crate::gather::members(notice, document);
        document.inexact("hex");
    });
}

type Words = &'static [&'static str];

/// `event.kind`, `event.category` and `event.type` of a kind of notice.
fn row(kind: &str) -> (&'static str, Words, Words) {
    match kind {
        "OYEZ_LOSS" | "OYEZ_MALFORMED" | "OYEZ_OUTPUT" | "OYEZ_ENRICH" | "OYEZ_FILTER_ERROR" | "OYEZ_FILTER_OFF" => {
            ("pipeline_error", &[], &[])
        }
        "OYEZ_THROTTLE" | "OYEZ_FILTER_COUNTS" | "OYEZ_REPEATS" => ("metric", &["host"], &["info"]),
        "OYEZ_START" => ("event", &["process"], &["start"]),
        "OYEZ_STOP" => ("event", &["process"], &["end"]),
        "OYEZ_BACKLOG" | "OYEZ_FILTER" | "OYEZ_RELOAD" | "OYEZ_RULES" => ("event", &["configuration"], &["change"]),
        "OYEZ_REPLACE" | "OYEZ_DETACHED" => ("alert", &["intrusion_detection"], &["info"]),
        _ => ("event", &["process"], &["info"]),
    }
}
