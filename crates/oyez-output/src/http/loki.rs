//! Grafana Loki, by its push interface in JSON: messages as lines of one stream, or one stream for each level.
//!
//! Labels are those of the settings and no others: every value of a label is a stream, and Loki takes few. Times are in
//! nanoseconds; those below a millisecond are made of the event's serial number, so that events of one millisecond keep their
//! order, and one that comes again has the same time: Loki drops a line that it has already, with that time and text.
//! Interface: "Ingest logs", `POST /loki/api/v1/push`, of Loki's HTTP API reference, version 3.

use std::any::Any;
use std::collections::BTreeMap;
use std::io::Write as _;

use ureq::http::header::{HeaderName, HeaderValue};

use super::auth::Header;
use super::client::{Answer, Ask, Endpoint};
use super::document;
use super::engine::{ANSWER, Api, Engine};
use super::trust::Refusal;
use super::verdict::{Fate, Verdict, busy, set_up_wrongly};
use crate::parcel::{Level, Message};
use crate::sink::{Failure, Kind, Needs, Sink, Site, same};

/// A Loki, or one tenant of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it is, without `/loki/api/v1/push`.
    pub endpoint: Endpoint,
    /// Labels of all lines; where `host` is not among them, this host's name is that.
    pub labels: BTreeMap<String, String>,
    /// Whether the level is a label, `level`: there are four.
    pub level: bool,
    /// The tenant (`X-Scope-OrgID`).
    pub tenant: Option<String>,
}

impl Settings {
    /// Why a label cannot have this name: it is `[a-zA-Z_][a-zA-Z0-9_]*`, and not one that Loki keeps for itself.
    pub fn label_fault(name: &str) -> Option<&'static str> {
        let fits = |(index, byte): (usize, u8)| {
            byte == b'_' || byte.is_ascii_alphabetic() || index > 0 && byte.is_ascii_digit()
        };
        if name.is_empty() || !name.bytes().enumerate().all(fits) {
            return Some("a label's name has letters, digits and \"_\", and begins with no digit");
        }
        name.starts_with("__").then_some("labels that begin with \"__\" are Loki's own")
    }
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        let mut labels = self.labels.clone();
        labels.entry("host".to_owned()).or_insert_with(|| site.host.to_string());
        let mut stream = b"{\"stream\":{".to_vec();
        for (name, value) in &labels {
            document::member(&mut stream, name, value.as_bytes());
        }
        let tenant = self.tenant.iter().map(|tenant| {
            let value = HeaderValue::try_from(tenant.as_str());
            let value = value.map_err(|error| Failure::new("cannot use this name of a tenant").because(error))?;
            Ok((HeaderName::from_static("x-scope-orgid"), value))
        });
        let api = Loki {
            push: self.endpoint.url.with("/loki/api/v1/push"),
            ready: self.endpoint.url.with("/ready"),
            headers: tenant.collect::<Result<_, Failure>>()?,
            stream,
            by_level: self.level,
        };
        Ok(Box::new(Engine::new(api, &self.endpoint, site)?))
    }

    fn needs(&self) -> Needs {
        Needs { ids: true }
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

struct Loki {
    push: String,
    ready: String,
    headers: Vec<Header>,
    /// A stream with its labels, opened and not closed.
    stream: Vec<u8>,
    by_level: bool,
}

/// The levels, as Grafana names them.
const LEVELS: [(Level, &str); 4] =
    [(Level::Alert, "critical"), (Level::Warning, "warning"), (Level::Notice, "notice"), (Level::Info, "info")];

impl Loki {
    fn stream<'a>(&self, level: Option<&str>, messages: impl Iterator<Item = &'a Message<'a>>, body: &mut Vec<u8>) {
        let mut messages = messages.peekable();
        if messages.peek().is_none() {
            return;
        }
        if body.last() == Some(&b'}') {
            body.push(b',');
        }
        body.extend_from_slice(&self.stream);
        if let Some(level) = level {
            document::member(body, "level", level.as_bytes());
        }
        body.extend_from_slice(b"},\"values\":[");
        for (index, message) in messages.enumerate() {
            // A `Vec` takes all that it is given.
            let _ = write!(body, "{}[\"{}\",", if index == 0 { "" } else { "," }, nanoseconds(message));
            document::string(body, message.text());
            body.push(b']');
        }
        body.extend_from_slice(b"]}");
    }
}

/// The message's time in nanoseconds since 1970; below a millisecond, its serial number.
fn nanoseconds(message: &Message<'_>) -> u64 {
    const BELOW: u64 = 1_000_000;
    let serial = message.label.id.rsplit('-').next().unwrap_or_default().trim_start_matches('n');
    let serial: u64 = serial.split('.').next().and_then(|digits| digits.parse().ok()).unwrap_or_default();
    message.label.time_ms.saturating_mul(BELOW).saturating_add(serial % BELOW)
}

impl Api for Loki {
    fn encode(&mut self, messages: &[Message<'_>], body: &mut Vec<u8>) {
        body.extend_from_slice(b"{\"streams\":[");
        if self.by_level {
            for (level, name) in LEVELS {
                self.stream(Some(name), messages.iter().filter(|message| message.label.level == level), body);
            }
        } else {
            self.stream(None, messages.iter(), body);
        }
        body.extend_from_slice(b"]}");
    }

    fn request(&mut self, _: &[Message<'_>]) -> Ask<'_> {
        let (url, headers) = (&self.push, &self.headers);
        Ask { method: "POST", url, content: "application/json", headers, body: b"", most: ANSWER }
    }

    fn judge(&mut self, answer: &Answer, messages: usize) -> Verdict {
        if answer.status != 400 {
            return Verdict::by_status(answer);
        }
        let refusal = Refusal { reason: answer.told(), is_sure: is_of_entries(&answer.body) };
        match ignored(&answer.body) {
            // What was taken beside them is not sent again.
            Some((bad, all)) if refusal.is_sure && bad == all && all == messages => {
                Verdict::Each((0..messages).map(|_| Fate::Bad(refusal.clone())).collect())
            }
            _ => Verdict::Bad(refusal),
        }
    }

    fn probe(&mut self) -> Ask<'_> {
        let (url, headers) = (&self.ready, &self.headers);
        Ask { method: "GET", url, content: "", headers, body: b"", most: ANSWER }
    }

    /// Gateways before Loki do not have `/ready`: who answers is there.
    fn judge_probe(&mut self, answer: &Answer) -> Result<(), Failure> {
        match answer.status {
            401 => Err(set_up_wrongly(answer)),
            500..=599 => Err(busy(answer)),
            _ => Ok(()),
        }
    }
}

/// Whether the receiver complains of times or lengths of lines, which no set-up of ours mends (Loki, `pkg/validation`).
fn is_of_entries(body: &[u8]) -> bool {
    ["too far behind", "out of order", "timestamp too old", "timestamp too new", "Max entry size"]
        .iter()
        .any(|words| memchr::memmem::find(body, words.as_bytes()).is_some())
}

/// `total ignored: 3 out of 7`: how many of how many were not taken.
fn ignored(body: &[u8]) -> Option<(usize, usize)> {
    let text = str::from_utf8(body).ok()?;
    let (_, rest) = text.rsplit_once("total ignored: ")?;
    let (bad, rest) = rest.split_once(" out of ")?;
    let all = rest.split(|sign: char| !sign.is_ascii_digit()).next()?;
    Some((bad.parse().ok()?, all.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parcel::Label;

    #[test]
    fn times_below_a_millisecond_are_serial_numbers() {
        for (id, ns) in [
            ("00f1-a2-17.5-348501", 7_348_501),
            ("00f1-a2-17.5-2348501.1", 7_348_501),
            ("00f1-a2-17.5-n12", 7_000_012),
            ("", 7_000_000),
            ("x", 7_000_000),
        ] {
            let label = Label { id, time_ms: 7, ..Label::default() };
            assert_eq!(nanoseconds(&Message { lines: b"", label }), ns, "{id}");
        }
        let far = Label { time_ms: u64::MAX, id: "1", ..Label::default() };
        assert_eq!(nanoseconds(&Message { lines: b"", label: far }), u64::MAX);
    }

    #[test]
    fn how_many_were_ignored_is_read_where_it_is_said() {
        let body = b"entry with timestamp 2026 ignored, reason: 'entry too far behind'\nuser 'fake', total ignored: 3 out of 7 for stream: {}";
        assert_eq!(ignored(body), Some((3, 7)));
        assert!(is_of_entries(body) && !is_of_entries(b"error at least one label pair is required"));
        assert_eq!((ignored(b"total ignored: x out of 7"), ignored(b"\xff")), (None, None));
    }

    #[test]
    fn names_of_labels_are_those_that_loki_takes() {
        for (name, fits) in [("job", true), ("a_1", true), ("1a", false), ("a-b", false), ("", false), ("__x", false)] {
            assert_eq!(Settings::label_fault(name).is_none(), fits, "{name}");
        }
    }
}
