//! Elasticsearch and OpenSearch, by their `_bulk` interface: one `create` for each message, named by its id.
//!
//! A document that is there already (409) is a message that came before: acknowledged. So batches that come again make no
//! doubles. Each item of the answer counts for itself: 429, `5xx` and faults of the set-up come again, `400` is refused with
//! the receiver's reason. Interface: "Bulk API" of Elasticsearch's reference, version 8; OpenSearch's is the same.

use std::any::Any;
use std::fmt::Write as _;
use std::str::FromStr;

use serde::Deserialize;

use super::client::{Answer, Ask, Endpoint};
use super::document;
use super::engine::{ANSWER, Api, Engine};
use super::trust::Refusal;
use super::verdict::{Fate, Verdict, busy, set_up_wrongly};
use crate::parcel::Message;
use crate::sink::{Failure, Kind, Needs, Sink, Site, same};
use crate::time::{civil, rfc3339};

/// Bytes of an answer: what the filter leaves of an item is some 30 bytes where it went well, and its reason where not.
const BULK_ANSWER: usize = 16 << 20;
/// Only this of an answer is sent.
const FILTER: &str = "filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason,error.reason";

/// An index or a data stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where the cluster is, without `_bulk`.
    pub endpoint: Endpoint,
    /// What documents go to.
    pub index: Index,
    /// The ingest pipeline they pass through.
    pub pipeline: Option<String>,
    /// Whether a document that has no `@timestamp` gets one: data streams want it.
    pub timestamp: bool,
}

/// The name of an index or data stream; `%Y`, `%m`, `%d`, `%H` in it stand for the time of the event, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index(String);

impl Index {
    /// The name at this time, in milliseconds since 1970.
    fn at(&self, time_ms: u64) -> String {
        let (year, month, day, ms) = civil(time_ms);
        let hour = ms / 3_600_000;
        let mut name = String::with_capacity(self.0.len() + 4);
        let mut signs = self.0.chars();
        while let Some(sign) = signs.next() {
            // A `String` takes all that it is given.
            let _ = match (sign, sign == '%') {
                (_, true) => match signs.next() {
                    Some('Y') => write!(name, "{year:04}"),
                    Some('m') => write!(name, "{month:02}"),
                    Some('d') => write!(name, "{day:02}"),
                    _ => write!(name, "{hour:02}"),
                },
                (sign, false) => write!(name, "{sign}"),
            };
        }
        name
    }

    fn is_fixed(&self) -> bool {
        !self.0.contains('%')
    }
}

/// Lower case, and none of the characters that Elasticsearch does not take ("Create index", path parameters).
impl FromStr for Index {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut plain = text.to_owned();
        for sign in ["%Y", "%m", "%d", "%H"] {
            plain = plain.replace(sign, "0");
        }
        if plain.contains('%') {
            return Err("of times it can have %Y, %m, %d and %H only");
        }
        if plain.is_empty() || plain.len() > 200 || plain == "." || plain == ".." || plain.starts_with(['-', '_', '+'])
        {
            return Err("no index can have this name");
        }
        let fits = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || "-_.+".contains(sign);
        if !plain.chars().all(fits) {
            return Err("it can have lower case letters, digits, \"-\", \"_\", \"+\" and \".\" only");
        }
        Ok(Self(text.to_owned()))
    }
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        let fixed = if self.index.is_fixed() { format!("/{}", self.index.0) } else { String::new() };
        let mut bulk = self.endpoint.url.with(&format!("{fixed}/_bulk?{FILTER}"));
        if let Some(pipeline) = &self.pipeline {
            bulk.push_str("&pipeline=");
            escape(&mut bulk, pipeline);
        }
        let api = Elasticsearch { settings: self.clone(), bulk, root: self.endpoint.url.with("/") };
        Ok(Box::new(Engine::new(api, &self.endpoint, site)?))
    }

    fn needs(&self) -> Needs {
        Needs { ids: true }
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

/// Appends text as a part of a query (RFC 3986, 2.1).
pub(super) fn escape(url: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // A `String` takes all that it is given.
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

struct Elasticsearch {
    settings: Settings,
    bulk: String,
    root: String,
}

impl Elasticsearch {
    fn action(&self, message: &Message<'_>, body: &mut Vec<u8>) {
        body.extend_from_slice(b"{\"create\":{");
        if !self.settings.index.is_fixed() {
            document::member(body, "_index", self.settings.index.at(message.label.time_ms).as_bytes());
        }
        if !message.label.id.is_empty() {
            document::member(body, "_id", message.label.id.as_bytes());
        }
        body.extend_from_slice(b"}}\n");
    }

    fn document(&self, message: &Message<'_>, body: &mut Vec<u8>) {
        let object = document::object(message);
        let stamped = object.is_some_and(|object| object.starts_with(b"{\"@timestamp\":"));
        if let Some(object) = object.filter(|_| stamped || !self.settings.timestamp) {
            body.extend_from_slice(object);
            return;
        }
        body.push(b'{');
        body.extend_from_slice(b"\"@timestamp\":\"");
        rfc3339(message.label.time_ms, body);
        body.push(b'"');
        match object.and_then(|object| object.get(1..)) {
            Some(b"}") => body.push(b'}'),
            Some(rest) => {
                body.push(b',');
                body.extend_from_slice(rest);
            }
            None => {
                document::member(body, "message", message.text());
                body.push(b'}');
            }
        }
    }
}

impl Api for Elasticsearch {
    fn encode(&mut self, messages: &[Message<'_>], body: &mut Vec<u8>) {
        for message in messages {
            self.action(message, body);
            self.document(message, body);
            body.push(b'\n');
        }
    }

    fn request(&mut self, _: &[Message<'_>]) -> Ask<'_> {
        let content = "application/x-ndjson";
        Ask { method: "POST", url: &self.bulk, content, headers: &[], body: b"", most: BULK_ANSWER }
    }

    fn judge(&mut self, answer: &Answer, messages: usize) -> Verdict {
        if !matches!(answer.status, 200..=299) {
            return Verdict::by_status(answer);
        }
        let wrong = |why: &str| Verdict::Later(Failure::new(format!("cannot use the answer to a bulk request: {why}")));
        if answer.is_cut {
            return wrong("it is longer than 16 MiB");
        }
        match serde_json::from_slice::<Bulk>(&answer.body) {
            Err(error) => Verdict::Later(Failure::new("cannot read the answer to a bulk request").because(error)),
            Ok(bulk) if bulk.items.len() != messages => wrong("it tells of another number of documents than were sent"),
            Ok(bulk) => Verdict::Each(bulk.items.into_iter().map(Item::fate).collect()),
        }
    }

    fn probe(&mut self) -> Ask<'_> {
        Ask { method: "GET", url: &self.root, content: "", headers: &[], body: b"", most: ANSWER }
    }

    /// The root may be closed to who may only write (403), and 401 says that we are not known.
    fn judge_probe(&mut self, answer: &Answer) -> Result<(), Failure> {
        match answer.status {
            200..=299 | 403 | 404 | 405 => Ok(()),
            429 | 500..=599 => Err(busy(answer)),
            _ => Err(set_up_wrongly(answer)),
        }
    }
}

/// What the filter leaves of an answer.
#[derive(Deserialize)]
struct Bulk {
    #[serde(default)]
    items: Vec<Item>,
}

/// `{"create": {…}}`
#[derive(Deserialize)]
struct Item {
    create: Created,
}

#[derive(Deserialize)]
struct Created {
    status: u16,
    error: Option<Cause>,
}

#[derive(Deserialize)]
struct Cause {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    reason: String,
}

/// Errors that are about the document's content, whatever else is right or wrong.
const OF_CONTENT: [&str; 4] = [
    "document_parsing_exception",
    "mapper_parsing_exception",
    "strict_dynamic_mapping_exception",
    "x_content_parse_exception",
];

impl Item {
    fn fate(self) -> Fate {
        let Created { status, error } = self.create;
        let (kind, mut reason) = error.map_or_else(Default::default, |error| (error.kind, error.reason));
        match status {
            // 409: it is there already.
            200..=299 | 409 => Fate::Taken,
            400 | 413 => {
                let most = reason.floor_char_boundary(300);
                reason.truncate(most);
                let is_sure = OF_CONTENT.contains(&kind.as_str());
                Fate::Bad(Refusal { reason: format!("status {status}: {kind}: {reason}"), is_sure })
            }
            _ => Fate::Later,
        }
    }
}
