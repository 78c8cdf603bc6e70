//! Splunk's HTTP Event Collector: one event object for each message.
//!
//! A `200` is the acknowledgement, or, with `ack`, only what the indexers then say of it. Interface: "HTTP Event Collector
//! REST API endpoints", "About HTTP Event Collector Indexer Acknowledgment" and "Troubleshoot HTTP Event Collector" (codes) of
//! Splunk's documentation, version 9.

use std::any::Any;
use std::collections::HashMap;
use std::io::Write as _;
use std::thread::sleep;
use std::time::Duration;

use rustix::rand::{GetRandomFlags, getrandom};
use serde::Deserialize;
use ureq::http::header::{HeaderName, HeaderValue};

use super::auth::Header;
use super::client::{Answer, Ask, Client, Endpoint};
use super::document;
use super::engine::{ANSWER, Api, Engine, Pending};
use super::trust::{Refusal, SLOW};
use super::verdict::{Verdict, busy, set_up_wrongly};
use crate::parcel::Message;
use crate::sink::{Failure, Kind, Patience, Sink, Site, same};

/// Between two questions whether events are indexed; Splunk asks for about ten seconds where there are many senders.
const POLL: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];
/// While waiting, hurry is looked for so often.
const LOOK: Duration = Duration::from_millis(100);

/// A collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it is, without `/services/collector`.
    pub endpoint: Endpoint,
    /// The index events go to; `None`: the token's.
    pub index: Option<String>,
    /// `source` of events.
    pub source: String,
    /// `sourcetype` of events.
    pub sourcetype: String,
    /// `host` of events; `None`: this host's name.
    pub host: Option<String>,
    /// Whether a batch is delivered only when the indexers have it, on a channel of its own. The token must allow it.
    pub ack: bool,
}

impl Settings {
    /// With Splunk's usual answers to what is not said.
    pub fn new(endpoint: Endpoint) -> Self {
        let (source, sourcetype) = ("oyez".to_owned(), "_json".to_owned());
        Self { endpoint, index: None, source, sourcetype, host: None, ack: false }
    }
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        let url = |path| self.endpoint.url.with(path);
        let mut meta = b"{".to_vec();
        document::member(&mut meta, "host", self.host.as_deref().unwrap_or(&site.host).as_bytes());
        document::member(&mut meta, "source", self.source.as_bytes());
        document::member(&mut meta, "sourcetype", self.sourcetype.as_bytes());
        if let Some(index) = &self.index {
            document::member(&mut meta, "index", index.as_bytes());
        }
        let channel = if self.ack { vec![channel()?] } else { Vec::new() };
        let api = Splunk {
            event: url("/services/collector/event"),
            ack: url("/services/collector/ack"),
            is_acked: self.ack,
            channel,
            meta,
        };
        Ok(Box::new(Engine::new(api, &self.endpoint, site)?))
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

/// A channel's name: a random UUID (RFC 9562, 5.4).
fn channel() -> Result<Header, Failure> {
    let mut bytes = [0; 16];
    getrandom(&mut bytes, GetRandomFlags::empty())
        .map_err(|error| Failure::new("cannot make a channel's name").because(std::io::Error::from(error)))?;
    let number = u128::from_be_bytes(bytes) & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{number:032x}");
    let parts: Vec<_> = [0..8, 8..12, 12..16, 16..20, 20..32].into_iter().filter_map(|part| digits.get(part)).collect();
    let value = HeaderValue::try_from(parts.join("-"))
        .map_err(|error| Failure::new("cannot make a channel's name").because(error))?;
    Ok((HeaderName::from_static("x-splunk-request-channel"), value))
}

struct Splunk {
    event: String,
    ack: String,
    is_acked: bool,
    channel: Vec<Header>,
    /// What all events have, opened and not closed.
    meta: Vec<u8>,
}

impl Api for Splunk {
    fn encode(&mut self, messages: &[Message<'_>], body: &mut Vec<u8>) {
        for message in messages {
            let ms = message.label.time_ms;
            body.extend_from_slice(&self.meta);
            // A `Vec` takes all that it is given.
            let _ = write!(body, ",\"time\":{}.{:03},\"event\":", ms / 1000, ms % 1000);
            match document::object(message) {
                Some(object) => body.extend_from_slice(object),
                None => document::string(body, message.text()),
            }
            body.extend_from_slice(b"}\n");
        }
    }

    /// What has no text is an error 13 there, "event field cannot be blank".
    fn unfit(&self, message: &Message<'_>) -> Option<String> {
        message.text().is_empty().then(|| "an empty message cannot be an event".to_owned())
    }

    fn request(&mut self, _: &[Message<'_>]) -> Ask<'_> {
        let (url, headers) = (&self.event, &self.channel);
        Ask { method: "POST", url, content: "application/json", headers, body: b"", most: ANSWER }
    }

    fn judge(&mut self, answer: &Answer, _: usize) -> Verdict {
        let said: Said = serde_json::from_slice(&answer.body).unwrap_or_default();
        match (answer.status, said.code) {
            (200..=299, _) if !self.is_acked => Verdict::Taken,
            (200..=299, _) => match said.ack {
                Some(ticket) => Verdict::Ticket(ticket),
                None => Verdict::Later(
                    Failure::new("the token does not allow acknowledgements of indexers")
                        .because(answer.told())
                        .after(SLOW),
                ),
            },
            // 6 invalid data format, 12 event field required, 13 it is blank, 15 indexed fields.
            (400, Some(6 | 12 | 13 | 15)) => {
                let refusal = Refusal { reason: answer.told(), is_sure: false };
                said.number.map_or(Verdict::Bad(refusal.clone()), |number| Verdict::BadAt(number, refusal))
            }
            // 5 no data, 7 incorrect index, 10 and 11 channel, 14 acknowledgement is disabled, 16 and more: the set-up.
            (400, Some(_)) => Verdict::Later(set_up_wrongly(answer)),
            _ => Verdict::by_status(answer),
        }
    }

    /// A request without an event: code 5, "no data", comes behind the token's check.
    fn probe(&mut self) -> Ask<'_> {
        let (url, headers) = (&self.event, &self.channel);
        Ask { method: "POST", url, content: "application/json", headers, body: b"", most: ANSWER }
    }

    fn judge_probe(&mut self, answer: &Answer) -> Result<(), Failure> {
        let said: Said = serde_json::from_slice(&answer.body).unwrap_or_default();
        match (answer.status, said.code) {
            (200..=299, _) | (400, Some(5)) => Ok(()),
            (408 | 425 | 429 | 500..=599, _) => Err(busy(answer)),
            _ => Err(set_up_wrongly(answer)),
        }
    }

    fn settle(&mut self, client: &mut Client, pending: &mut Pending<'_>, patience: &Patience) -> Result<(), Failure> {
        let mut pauses = POLL.iter().chain(std::iter::repeat(&POLL[POLL.len() - 1]));
        while !pending.tickets.is_empty() {
            if !pause(pauses.next().copied().unwrap_or_default(), patience) {
                let told = format!("{} requests are not yet acknowledged by the indexers", pending.tickets.len());
                return Err(Failure::new(told));
            }
            let tickets: Vec<_> = pending.tickets.iter().map(|(ticket, _)| *ticket).collect();
            let body = serde_json::json!({ "acks": tickets }).to_string();
            let (url, headers, content) = (&self.ack, &self.channel, "application/json");
            let ask = Ask { method: "POST", url, content, headers, body: body.as_bytes(), most: 1 << 20 };
            let answer = client.ask(&ask, patience)?;
            if answer.status != 200 {
                return Err(busy(&answer));
            }
            let acks: Acks = serde_json::from_slice(&answer.body)
                .map_err(|error| Failure::new("cannot read which events are indexed").because(error))?;
            pending.tickets.retain(|(ticket, places)| {
                let is_indexed = acks.acks.get(&ticket.to_string()).is_some_and(|is_indexed| *is_indexed);
                places.iter().filter(|_| is_indexed).for_each(|place| pending.done.ack(*place));
                !is_indexed
            });
        }
        Ok(())
    }
}

/// Waits so long; `false` where there is less time.
fn pause(time: Duration, patience: &Patience) -> bool {
    let mut left = time;
    while !left.is_zero() {
        if patience.is_over() {
            return false;
        }
        let nap = left.min(LOOK);
        sleep(nap);
        left = left.saturating_sub(nap);
    }
    !patience.is_over()
}

#[derive(Default, Deserialize)]
struct Said {
    code: Option<u32>,
    /// Which event it is; some codes count from 0, some from 1.
    #[serde(rename = "invalid-event-number")]
    number: Option<usize>,
    #[serde(rename = "ackId")]
    ack: Option<u64>,
}

#[derive(Deserialize)]
struct Acks {
    acks: HashMap<String, bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_a_random_uuid() {
        let [one, two] = [channel(), channel()].map(|channel| channel.unwrap().1.to_str().unwrap().to_owned());
        assert_ne!(one, two);
        for name in [one, two] {
            let parts: Vec<_> = name.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12]);
            assert!(
                name.get(14..15) == Some("4") && name.get(19..20).is_some_and(|digit| "89ab".contains(digit)),
                "{name}"
            );
        }
    }

    #[test]
    fn a_pause_ends_with_patience() {
        let start = std::time::Instant::now();
        assert!(!pause(Duration::from_mins(1), &Patience::of(Duration::from_millis(150))));
        assert!(start.elapsed() < Duration::from_secs(5));
        assert!(pause(Duration::from_millis(1), &Patience::of(Duration::from_secs(5))));
    }
}
