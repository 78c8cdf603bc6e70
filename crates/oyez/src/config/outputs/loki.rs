//! `[[output]]` of type `loki`: Grafana Loki.

use std::sync::Arc;

use oyez_output::Kind as Output;
use oyez_output::http::loki::Settings;

use super::endpoint::{Common, Keys};
use super::keys::Extra;
use super::making::Making;
use super::registry::{TypeDef, Typed};
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::Kind;

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "loki",
    doc: "Grafana Loki: lines of one stream",
    guarantees: "Delivered means that Loki answered 204. An event that comes again has the same time and text, and Loki drops it while it \
        has the first one in memory.",
    tested: "stub: written from Loki's HTTP API reference 3",
    takes: &[Extra::Tls],
    table: Some(&TABLE),
    feature: Some("http"),
    ..TypeDef::BLANK
};

static TABLE: Typed<Keys<Own>> = Typed { keys: KEYS, make };

/// What its own keys hold.
#[derive(Clone, Debug, Default)]
struct Own {
    labels: Vec<(String, String)>,
    level: bool,
    tenant: Option<String>,
}

type All = Common<Own>;

static KEYS: &[KeyDef<Keys<Own>>] = &[
    All::URL,
    KeyDef {
        name: "labels",
        kind: Kind::Pairs { at: |s| &mut s.own.labels, what: "a table of labels" },
        default: Some("{ job = \"oyez\" }"),
        applies: Reload,
        doc: "Labels of all lines. `host`, this host's name, is added where it is not among them. What events hold is no label: \
            each value would be a stream of its own.",
    },
    KeyDef {
        name: "level",
        kind: Kind::Bool(|s| &mut s.own.level),
        default: Some("false"),
        applies: Reload,
        doc: "Whether lines have a label `level`: `critical`, `warning`, `notice` or `info`.",
    },
    KeyDef {
        name: "tenant",
        kind: Kind::Text { at: |s| &mut s.own.tenant, what: "a tenant's name" },
        default: None,
        applies: Reload,
        doc: "The tenant, where Loki has several: `X-Scope-OrgID`.",
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
    let Own { labels, level, tenant } = keys.own.clone();
    for (name, _) in &labels {
        if let Some(why) = Settings::label_fault(name) {
            making.refuse(&format!("labels.{name}"), why);
            return None;
        }
    }
    if level && labels.iter().any(|(name, _)| name == "level") {
        making.refuse("level", "there is a label of this name among `labels`");
        return None;
    }
    if tenant.as_ref().is_some_and(|tenant| !tenant.bytes().all(|byte| byte.is_ascii_graphic())) {
        making.refuse("tenant", "no header can have this value");
        return None;
    }
    Some(Arc::new(Settings { endpoint, labels: labels.into_iter().collect(), level, tenant }))
}
