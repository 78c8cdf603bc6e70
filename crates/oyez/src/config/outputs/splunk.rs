//! `[[output]]` of type `splunk`: Splunk's HTTP Event Collector.

use std::sync::Arc;

use oyez_output::Kind as Output;
use oyez_output::http::splunk::Settings;

use super::endpoint::{Common, Keys};
use super::keys::Extra;
use super::making::Making;
use super::registry::{TypeDef, Typed};
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::Kind;

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "splunk",
    doc: "Splunk's HTTP Event Collector",
    guarantees: "Delivered means that the collector answered 200, or with `ack` that the indexers have the event. What is not confirmed \
        in time comes again.",
    tested: "stub: written from Splunk's documentation of the collector, version 9",
    takes: &[Extra::Tls],
    table: Some(&TABLE),
    feature: Some("http"),
    ..TypeDef::BLANK
};

static TABLE: Typed<Keys<Own>> = Typed { keys: KEYS, make };

/// What its own keys hold.
#[derive(Clone, Debug, Default)]
struct Own {
    index: Option<String>,
    source: Option<String>,
    sourcetype: Option<String>,
    host: Option<String>,
    ack: bool,
}

type All = Common<Own>;

static KEYS: &[KeyDef<Keys<Own>>] = &[
    All::URL,
    KeyDef {
        name: "token_file",
        kind: Kind::File(|s| &mut s.token),
        default: None,
        applies: Reload,
        doc: "A file with the collector's token, which goes with every request as `Authorization: Splunk …`. It is for nobody to read \
            but its owner and a group; it is read again when the collector does not take what it said before.",
    },
    KeyDef {
        name: "index",
        kind: Kind::Text { at: |s| &mut s.own.index, what: "the name of an index" },
        default: None,
        applies: Reload,
        doc: "The index events go to. Unset: the token's.",
    },
    KeyDef {
        name: "source",
        kind: Kind::Text { at: |s| &mut s.own.source, what: "a source" },
        default: Some("\"oyez\""),
        applies: Reload,
        doc: "`source` of events.",
    },
    KeyDef {
        name: "sourcetype",
        kind: Kind::Text { at: |s| &mut s.own.sourcetype, what: "a source type" },
        default: Some("\"_json\""),
        applies: Reload,
        doc: "`sourcetype` of events.",
    },
    KeyDef {
        name: "host",
        kind: Kind::Text { at: |s| &mut s.own.host, what: "a host's name" },
        default: None,
        applies: Reload,
        doc: "`host` of events. Unset: this host's name.",
    },
    KeyDef {
        name: "ack",
        kind: Kind::Bool(|s| &mut s.own.ack),
        default: Some("false"),
        applies: Reload,
        doc: "Whether events count as delivered only when the indexers have them. The token has to allow it; `timeout` should be a \
            minute or more, for what is not confirmed in it is sent again.",
    },
    All::HEADERS,
    All::GZIP_ONLY,
];

fn make(keys: &Keys<Own>, making: &mut Making<'_>) -> Option<Arc<dyn Output>> {
    let endpoint = keys.endpoint(("Splunk", "token_file"), making)?;
    if keys.token.is_none() {
        making.refuse("token_file", "it needs a file with a token");
        return None;
    }
    let Own { index, source, sourcetype, host, ack } = keys.own.clone();
    let usual = Settings::new(endpoint);
    let source = source.unwrap_or_else(|| usual.source.clone());
    let sourcetype = sourcetype.unwrap_or_else(|| usual.sourcetype.clone());
    Some(Arc::new(Settings { index, source, sourcetype, host, ack, ..usual }))
}
