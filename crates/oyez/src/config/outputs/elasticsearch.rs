//! `[[output]]` of type `elasticsearch`: Elasticsearch and OpenSearch.

use std::sync::Arc;

use oyez_output::Kind as Output;
use oyez_output::http::elasticsearch::{Index, Settings};

use super::endpoint::{Common, Keys};
use super::keys::Extra;
use super::making::Making;
use super::registry::{TypeDef, Typed};
use crate::config::given::{Given, Value};
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::{Kind, Refusal, quoted};

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "elasticsearch",
    doc: "Elasticsearch and OpenSearch: a document for each event",
    guarantees: "Delivered means that the document was created, or was there already: events come once, by their ids, in one index.",
    tested: "stub: written from \"Bulk API\" of Elasticsearch's reference 8",
    takes: &[Extra::Tls],
    table: Some(&TABLE),
    feature: Some("http"),
    ..TypeDef::BLANK
};

static TABLE: Typed<Keys<Own>> = Typed { keys: KEYS, make };

/// What its own keys hold.
#[derive(Clone, Debug, Default)]
struct Own {
    index: Option<Index>,
    pipeline: Option<String>,
    timestamp: bool,
}

type All = Common<Own>;

static KEYS: &[KeyDef<Keys<Own>>] = &[
    All::URL,
    KeyDef {
        name: "index",
        kind: Kind::Own { read: read_index, what: "the name of an index, such as \"oyez-%Y.%m.%d\"" },
        default: None,
        applies: Reload,
        doc: "The index, alias or data stream that events go to. `%Y`, `%m`, `%d` and `%H` in it stand for the event's time in UTC.",
    },
    KeyDef {
        name: "pipeline",
        kind: Kind::Text { at: |s| &mut s.own.pipeline, what: "the name of a pipeline" },
        default: None,
        applies: Reload,
        doc: "The ingest pipeline that documents pass through.",
    },
    KeyDef {
        name: "timestamp",
        kind: Kind::Bool(|s| &mut s.own.timestamp),
        default: Some("true"),
        applies: Reload,
        doc: "Whether a document without `@timestamp` gets one, as data streams want it. The format `ecs` has it.",
    },
    KeyDef {
        name: "auth.api_key_file",
        kind: Kind::File(|s| &mut s.token),
        default: None,
        applies: Reload,
        doc: "A file with an API key in its encoded form, which goes with every request as `Authorization: ApiKey …`.",
    },
    All::HEADERS,
    All::BEARER,
    All::USER,
    All::PASSWORD,
    All::HEADER_FILE,
    All::GZIP_ONLY,
];

fn read_index(given: &Given<'_>, keys: &mut Keys<Own>) -> Result<String, Vec<Refusal>> {
    let Value::Text(text) = &given.value else { return Err(Vec::new()) };
    match text.parse::<Index>() {
        Ok(index) => {
            keys.own.index = Some(index);
            Ok(quoted(text))
        }
        Err(why) => Err(vec![Refusal { message: why.to_owned(), hint: None, span: given.span.clone() }]),
    }
}

fn make(keys: &Keys<Own>, making: &mut Making<'_>) -> Option<Arc<dyn Output>> {
    let endpoint = keys.endpoint(("ApiKey", "auth.api_key_file"), making);
    let Own { index, pipeline, timestamp } = keys.own.clone();
    let Some(index) = index else {
        making.refuse("index", "it needs the name of an index or data stream");
        return None;
    };
    Some(Arc::new(Settings { endpoint: endpoint?, index, pipeline, timestamp }))
}
