//! `[[output]]` of type `http`: any receiver of lines.

use std::sync::Arc;

use oyez_output::Kind as Output;
use oyez_output::http::generic::{Body, Method, Settings};

use super::endpoint::{Common, Keys};
use super::keys::Extra;
use super::making::Making;
use super::registry::{TypeDef, Typed};
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::{Choice, Kind};

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "http",
    doc: "anything that takes lines by HTTP: Vector, Fluent Bit, Logstash, a web hook",
    guarantees: "Delivered means that the receiver answered 2xx. An event comes twice where a request arrived and its answer did not.",
    tested: "real: nginx 1.22 and haproxy 2.6 before a stub written from RFC 9110",
    takes: &[Extra::Tls],
    table: Some(&TABLE),
    feature: Some("http"),
    ..TypeDef::BLANK
};

static TABLE: Typed<Keys<Own>> = Typed { keys: KEYS, make };

/// What its own keys hold.
#[derive(Clone, Debug, Default)]
struct Own {
    method: Method,
    body: Body,
    content_type: Option<String>,
}

type All = Common<Own>;

static KEYS: &[KeyDef<Keys<Own>>] = &[
    All::URL,
    KeyDef {
        name: "method",
        kind: Kind::Choice {
            of: &[
                Choice { name: "post", doc: "POST", set: |s| s.own.method = Method::Post },
                Choice { name: "put", doc: "PUT", set: |s| s.own.method = Method::Put },
            ],
            refused: &[],
        },
        default: Some("\"post\""),
        applies: Reload,
        doc: "How requests are made.",
    },
    KeyDef {
        name: "body",
        kind: Kind::Choice {
            of: &[
                Choice {
                    name: "lines",
                    doc: "events as they are formatted, one behind the other: with JSON, NDJSON",
                    set: |s| s.own.body = Body::Lines,
                },
                Choice { name: "array", doc: "one JSON array of events", set: |s| s.own.body = Body::Array },
            ],
            refused: &[],
        },
        default: Some("\"lines\""),
        applies: Reload,
        doc: "What a request carries.",
    },
    KeyDef {
        name: "content_type",
        kind: Kind::Text { at: |s| &mut s.own.content_type, what: "a media type" },
        default: None,
        applies: Reload,
        doc: "What requests say they carry. Unset: `application/x-ndjson`, `text/plain` or `application/json`, whichever it is.",
    },
    All::HEADERS,
    All::BEARER,
    All::USER,
    All::PASSWORD,
    All::HEADER_FILE,
    All::COMPRESSION,
];

fn make(keys: &Keys<Own>, making: &mut Making<'_>) -> Option<Arc<dyn Output>> {
    let endpoint = keys.endpoint(("", ""), making)?;
    let Own { method, body, content_type } = keys.own.clone();
    if content_type.as_ref().is_some_and(|content| !content.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '))
    {
        making.refuse("content_type", "no header can have this value");
        return None;
    }
    Some(Arc::new(Settings { endpoint, method, body, content_type }))
}
