//! One object of the Open Cybersecurity Schema Framework per event.
//!
//! Schema: OCSF 1.3.0 with the profiles `host`, `container` and `linux/linux_users`. An event that lacks what its class can't
//! be without comes out as a class that asks for less, in the end as a base event: what is written is always valid.
//! `docs/schema/ocsf-1.3.0.json` says what is written. What OCSF has no attribute for is in `unmapped`, under the kernel's
//! names; text that is not UTF-8 is written with U+FFFD, and its exact bytes are listed in `unmapped.hex`. Refuses nothing.

mod actor;
mod classes;
mod device;
mod notice;
mod object;
mod subject;
mod table;
mod unmapped;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::notice::Notice;
use oyez_interpret::normal::{Normal, Outcome, Scratch, sentence};
use oyez_tables::errno;
use oyez_tables::key::Key;

use crate::document::Document;
use crate::gather::{Gathered, View, identity, type_name};
use crate::id::{IdWriter, Ids};
use classes::Class;
use table::Row;

/// The version of the schema, `metadata.version`.
pub const VERSION: &str = "1.3.0";

/// What an [`OcsfFormat`] needs to know.
#[derive(Clone, Debug, Default)]
pub struct OcsfOptions {
    /// The boot id of the host whose kernel is heard, 32 hex digits; `None` for logs.
    pub boot: Option<String>,
    /// What ids begin with; `None` for logs.
    pub ids: Option<Ids>,
    /// The node's name for events that name none; empty for none.
    pub node: Vec<u8>,
}

/// Writes events as OCSF; keeps its buffers from one event to the next.
#[derive(Debug, Default)]
pub struct OcsfFormat {
    options: OcsfOptions,
    ids: Option<IdWriter>,
    uid: Vec<u8>,
    found: Gathered,
    meaning: Scratch,
    sentence: Vec<u8>,
    document: Document,
    scratch: Vec<u8>,
}

impl OcsfFormat {
    /// A format with these options.
    pub fn new(options: OcsfOptions) -> Self {
        OcsfFormat { ids: options.ids.as_ref().map(IdWriter::new), options, ..OcsfFormat::default() }
    }

    /// Appends one object and a newline.
    pub fn event(&mut self, event: &Event, context: &Context<'_>, out: &mut Vec<u8>) {
        self.found.read(event);
        self.sentence.clear();
        let normal = sentence(event, context, &mut self.meaning, &mut self.sentence);
        let view = View { event, context, found: &self.found, normal: &normal, sentence: &self.sentence };
        let row = subject::fitting(&view, table::row(normal.action, view.found.own(Key::Syscall).is_some()));
        let node = if event.node().is_empty() { &self.options.node } else { event.node() };
        let (document, scratch) = (&mut self.document, &mut self.scratch);
        identity(self.ids.as_mut(), node, self.options.boot.as_deref(), event, &mut self.uid);
        document.start();
        document.number("time", event.id().millis());
        classification(&row, normal.action.word(), document);
        status(&normal, document);
        document.text("message", view.sentence);
        metadata(&view, &self.uid, document, scratch);
        document.object("actor", |document| actor::write(&view, document, scratch));
        device::write(&view, node, document);
        subject::write(&view, row.class, (node, &self.uid), document, scratch);
        document.object("unmapped", |document| {
            unmapped::write(&view, row.class, document, scratch);
            // The id holds no more than half of it.
            let boot = self.options.boot.as_deref().filter(|_| self.ids.is_some());
            document.some("boot", boot.map(str::as_bytes));
            document.inexact("hex");
        });
        document.end(out);
    }

    /// Appends one object and a newline for an event of oyez's own.
    pub fn notice(&mut self, notice: &Notice<'_>, out: &mut Vec<u8>) {
        notice::write(notice, (&self.options, self.ids.as_mut()), &mut self.document);
        self.document.end(out);
    }
}

/// Category, class, activity, type and severity, each as number and caption.
fn classification(row: &Row, word: &str, document: &mut Document) {
    let Class { uid, name, category, .. } = row.class;
    document.number("category_uid", category.0.into());
    document.text("category_name", category.1.as_bytes());
    document.number("class_uid", (*uid).into());
    document.text("class_name", name.as_bytes());
    document.number("activity_id", row.activity.into());
    let activity = row.class.activity(row.activity);
    document.text("activity_name", activity.unwrap_or(word).as_bytes());
    document.number("type_uid", u64::from(*uid) * 100 + u64::from(row.activity));
    document.printed("type_name", &format_args!("{name}: {}", activity.unwrap_or("Other")));
    document.number("severity_id", row.severity.into());
    document.text("severity", table::severity(row.severity).as_bytes());
}

/// Whether it worked; the code is the error's name, the detail what it means.
fn status(normal: &Normal<'_>, document: &mut Document) {
    let (number, caption) = match normal.result {
        Some(Outcome::Success) => (1, "Success"),
        Some(Outcome::Failed(_)) => (2, "Failure"),
        None => (0, "Unknown"),
    };
    document.number("status_id", number);
    document.text("status", caption.as_bytes());
    if let Some(Outcome::Failed(Some(error))) = normal.result {
        document.some("status_code", errno::name(error).map(str::as_bytes));
        document.some("status_detail", errno::words(error).map(str::as_bytes));
    }
}

fn metadata(view: &View<'_>, uid: &[u8], document: &mut Document, scratch: &mut Vec<u8>) {
    document.object("metadata", |document| {
        document.text("version", VERSION.as_bytes());
        product(document);
        let profiles = [&b"host"[..], b"container", b"linux/linux_users"];
        document.texts("profiles", profiles.into_iter());
        document.text("uid", uid);
        if let Some(first) = view.event.record(0) {
            type_name(&first, scratch);
            document.text("event_code", scratch);
        }
        document.text("log_name", b"audit");
        document.text("log_provider", b"linux-audit");
        document.number("sequence", view.event.id().serial.into());
        // Several keys of one rule are joined by byte 1 (linux/audit.h, `AUDIT_KEY_SEPARATOR`).
        let keys = view.own(Key::Key, scratch).map(|keys| keys.split(|byte| *byte == 1));
        let tags = view.context.tags.iter().map(|tag| tag.as_bytes());
        document.texts("labels", keys.into_iter().flatten().chain(tags));
    });
}

fn product(document: &mut Document) {
    document.object("product", |document| {
        document.text("name", b"oyez");
        document.text("vendor_name", b"oyez");
        document.text("version", env!("CARGO_PKG_VERSION").as_bytes());
    });
}
