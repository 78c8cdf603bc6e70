//! One object of the Elastic Common Schema per event, with the fields of auditbeat's auditd module.
//!
//! Schema: ECS 8.11. What auditbeat writes is where auditbeat writes it, with the types that ECS gives it; `auditd.*` are that
//! module's own fields. `docs/schema/ecs.csv` lists every field and its type: no record can add another, so no index is
//! filled with fields that somebody made up. Text that is not UTF-8 is written with U+FFFD, and its exact bytes are listed in
//! `auditd.hex`. Refuses nothing.

mod auditd;
mod file;
mod network;
mod notice;
mod people;
mod process;
mod table;

use oyez_events::Event;
use oyez_events::context::{Added, Context};
use oyez_events::notice::Notice;
use oyez_interpret::normal::{Outcome, Scratch, sentence};
use oyez_tables::key::Key;

use crate::document::Document;
use crate::gather::{Gathered, View, identity};
use crate::id::{IdWriter, Ids};
use crate::time::Clock;
pub(crate) use table::{Direction, direction};

/// The version of the schema, `ecs.version`.
pub const VERSION: &str = "8.11.0";

/// What an [`EcsFormat`] needs to know.
#[derive(Clone, Debug, Default)]
pub struct EcsOptions {
    /// The boot id of the host whose kernel is heard, 32 hex digits; `None` for logs.
    pub boot: Option<String>,
    /// What ids begin with; `None` for logs.
    pub ids: Option<Ids>,
    /// The node's name for events that name none; empty for none.
    pub node: Vec<u8>,
}

/// Writes events as ECS; keeps its buffers from one event to the next.
#[derive(Debug, Default)]
pub struct EcsFormat {
    options: EcsOptions,
    ids: Option<IdWriter>,
    clock: Clock,
    /// For other times than the event's.
    other_clock: Clock,
    found: Gathered,
    meaning: Scratch,
    sentence: Vec<u8>,
    document: Document,
    scratch: Vec<u8>,
}

impl EcsFormat {
    /// A format with these options.
    pub fn new(options: EcsOptions) -> Self {
        EcsFormat { ids: options.ids.as_ref().map(IdWriter::new), options, ..EcsFormat::default() }
    }

    /// Appends one object and a newline.
    pub fn event(&mut self, event: &Event, context: &Context<'_>, out: &mut Vec<u8>) {
        self.found.read(event);
        self.sentence.clear();
        let normal = sentence(event, context, &mut self.meaning, &mut self.sentence);
        let view = View { event, context, found: &self.found, normal: &normal, sentence: &self.sentence };
        let row = table::row(normal.action);
        let node = if event.node().is_empty() { &self.options.node } else { event.node() };
        let (document, scratch) = (&mut self.document, &mut self.scratch);
        let id = event.id();
        document.start();
        document.text("@timestamp", self.clock.text(id.sec, id.ms));
        document.object("ecs", |document| document.text("version", VERSION.as_bytes()));
        document.text("message", view.sentence);
        document.object("event", |document| {
            categories(&view, &row, document);
            identity(self.ids.as_mut(), node, self.options.boot.as_deref(), event, scratch);
            document.text("id", scratch);
        });
        document.object("service", |document| document.text("type", b"auditd"));
        people::write(&view, row.people, document, scratch);
        process::write(&view, row.people, &mut self.other_clock, document, scratch);
        file::write(&view, document, scratch);
        network::write(&view, document);
        around(&view, node, document);
        tags(&view, document, scratch);
        labels(context, document);
        document.object("auditd", |document| {
            auditd::write(&view, self.options.boot.as_deref(), &mut self.other_clock, document, scratch);
            marks(event, document);
            document.inexact("hex");
        });
        document.end(out);
    }

    /// Appends one object and a newline for an event of oyez's own.
    pub fn notice(&mut self, notice: &Notice<'_>, out: &mut Vec<u8>) {
        notice::write(notice, (&self.options, self.ids.as_mut()), &mut self.clock, &mut self.document);
        self.document.end(out);
    }
}

/// What kind of event it is; of files that an open made it is the creation.
fn categories(view: &View<'_>, row: &table::Row, document: &mut Document) {
    let is_new = |item| view.of_item(item, Key::Nametype).is_some_and(|spot| spot.bytes(view.event) == b"CREATE");
    let is_creation = row.types == ["access"] && view.found.items().iter().any(is_new);
    document.text("kind", if row.is_alert { b"alert" } else { b"event" });
    document.text("module", b"auditd");
    document.text("dataset", b"auditd");
    document.texts("category", row.category.iter().map(|word| word.as_bytes()));
    let types = if is_creation { &["creation"] } else { row.types };
    document.texts("type", types.iter().map(|word| word.as_bytes()));
    document.text("action", view.normal.action.word().as_bytes());
    document.text(
        "outcome",
        match view.normal.result {
            Some(Outcome::Success) => b"success",
            Some(Outcome::Failed(_)) => b"failure",
            None => b"unknown",
        },
    );
    document.number("sequence", view.event.id().serial.into());
}

/// Where it happened: host, container.
fn around(view: &View<'_>, node: &[u8], document: &mut Document) {
    let host = view.host();
    document.object("host", |document| {
        document.some("name", (!node.is_empty()).then_some(node));
        document.some("hostname", (!node.is_empty()).then_some(node));
        document.some("id", host.and_then(|host| host.machine.as_deref()).map(str::as_bytes));
    });
    if let Some(instance) = host.and_then(|host| host.instance.as_deref()) {
        document.object("cloud", |document| {
            document.object("instance", |document| document.text("id", instance.as_bytes()));
        });
    }
    let place = view.context.process.and_then(|process| process.place.as_ref());
    let Some(container) = place.and_then(|place| place.container.as_ref()) else { return };
    document.object("container", |document| {
        document.text("id", container.id.as_bytes());
        document.some("runtime", container.runtime.as_deref().map(str::as_bytes));
    });
    if let Some(pod) = &container.pod_uid {
        document.object("orchestrator", |document| {
            document.text("type", b"kubernetes");
            document.object("resource", |document| {
                document.text("type", b"pod");
                document.text("id", pod.as_bytes());
            });
        });
    }
}

/// The keys of the rule that matched; several are joined by byte 1 (linux/audit.h, `AUDIT_KEY_SEPARATOR`). Behind them what filters
/// tagged the event with.
fn tags(view: &View<'_>, document: &mut Document, scratch: &mut Vec<u8>) {
    let keys = view.own(Key::Key, scratch).map(|keys| keys.split(|byte| *byte == 1));
    let tags = view.context.tags.iter().map(|tag| tag.as_bytes());
    document.texts("tags", keys.into_iter().flatten().chain(tags));
}

/// What filters added: ECS keeps all labels as keywords.
fn labels(context: &Context<'_>, document: &mut Document) {
    document.object("labels", |document| {
        for addition in context.added {
            match &addition.value {
                Added::Text(text) => document.text(&addition.name, text),
                Added::Number(number) => document.printed(&addition.name, number),
                Added::Flag(flag) => document.printed(&addition.name, flag),
                Added::Texts(texts) => document.texts_of(&addition.name, texts.iter().map(|text| &**text)),
            }
        }
    });
}

fn marks(event: &Event, document: &mut Document) {
    if event.part() > 0 {
        document.number("part", event.part().into());
    }
    let marks = crate::gather::marks(event);
    document.texts("marks", marks.iter().filter(|(has, _)| *has).map(|(_, mark)| mark.as_bytes()));
}
