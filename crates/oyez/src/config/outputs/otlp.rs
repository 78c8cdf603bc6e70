//! `[[output]]` of type `otlp`: OpenTelemetry logs over HTTP.

use std::sync::Arc;

use oyez_output::Kind as Output;
use oyez_output::otlp::Settings;

use super::endpoint::{Common, Keys};
use super::keys::Extra;
use super::making::Making;
use super::registry::{TypeDef, Typed};
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::Kind;

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "otlp",
    doc: "OpenTelemetry logs, by OTLP over HTTP: a collector, or a back end that speaks it",
    guarantees: "Delivered means that the collector answered 200; most say so when events are in their own queue. An event comes twice \
        where a request arrived and its answer did not.",
    tested: "stub: written from the OTLP specification 1.8",
    takes: &[Extra::Tls],
    table: Some(&TABLE),
    feature: Some("otlp"),
    ..TypeDef::BLANK
};

static TABLE: Typed<Keys<Own>> = Typed { keys: KEYS, make };

/// What its own keys hold.
#[derive(Clone, Debug, Default)]
struct Own {
    resource: Vec<(String, String)>,
}

type All = Common<Own>;

static KEYS: &[KeyDef<Keys<Own>>] = &[
    All::URL,
    KeyDef {
        name: "resource",
        kind: Kind::Pairs { at: |s| &mut s.own.resource, what: "a table of attributes" },
        default: None,
        applies: Reload,
        doc: "Attributes of the resource beside `service.name` (`oyez`) and `host.name`, which they may replace.",
    },
    All::HEADERS,
    All::BEARER,
    All::USER,
    All::PASSWORD,
    All::HEADER_FILE,
    All::GZIP_ONLY,
];

fn make(keys: &Keys<Own>, making: &mut Making<'_>) -> Option<Arc<dyn Output>> {
    let endpoint = keys.endpoint(("", ""), making)?;
    Some(Arc::new(Settings { endpoint, resource: keys.own.resource.clone() }))
}
