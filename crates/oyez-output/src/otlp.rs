//! OpenTelemetry logs, by OTLP over HTTP with protobuf: one log record for each message.
//!
//! A record's body is the message's text as it is formatted; its time, the time it was taken, its severity and its id stand
//! beside it. Protocol: "OTLP Specification 1.8", "Logs Data Model". Where it differs: the specification has requests with 500
//! and with statuses it does not name given up; here they are kept, and tried again slowly.

use std::any::Any;

use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;

use crate::http::Endpoint;
use crate::http::client::{Answer, Ask};
use crate::http::engine::{ANSWER, Api, Engine};
use crate::http::trust::Refusal;
use crate::http::verdict::{Fate, Verdict, busy, set_up_wrongly};
use crate::parcel::{Level, Message};
use crate::sink::{Failure, Kind, Needs, Sink, Site, same};

/// Where logs are taken, where the URL has no path (OTLP specification, "OTLP/HTTP Request").
const PATH: &str = "/v1/logs";

/// A receiver of OTLP: a collector, or a back end that speaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it is; without a path, `/v1/logs`.
    pub endpoint: Endpoint,
    /// Attributes of the resource beside `service.name` and `host.name`, which they may replace.
    pub resource: Vec<(String, String)>,
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        let url = &self.endpoint.url;
        let url = if url.path().is_empty() { url.with(PATH) } else { url.as_str().to_owned() };
        Ok(Box::new(Engine::new(Otlp { url, resource: self.resource(&site.host) }, &self.endpoint, site)?))
    }

    fn needs(&self) -> Needs {
        Needs { ids: true }
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

impl Settings {
    fn resource(&self, host: &str) -> Resource {
        let ours = [("service.name", "oyez"), ("host.name", host)];
        let replaced = |name: &str| self.resource.iter().any(|(other, _)| other == name);
        let ours = ours.iter().filter(|(name, _)| !replaced(name)).map(|(name, value)| attribute(name, value));
        let theirs = self.resource.iter().map(|(name, value)| attribute(name, value));
        Resource { attributes: ours.chain(theirs).collect(), ..Resource::default() }
    }
}

fn text(text: impl Into<String>) -> AnyValue {
    AnyValue { value: Some(Value::StringValue(text.into())) }
}

fn attribute(name: &str, value: &str) -> KeyValue {
    KeyValue { key: name.to_owned(), value: Some(text(value)), ..KeyValue::default() }
}

struct Otlp {
    url: String,
    resource: Resource,
}

impl Otlp {
    fn ask(&self) -> Ask<'_> {
        let content = "application/x-protobuf";
        Ask { method: "POST", url: &self.url, content, headers: &[], body: b"", most: ANSWER }
    }
}

/// "Logs Data Model", severity fields, and their mapping from syslog's levels.
fn severity(level: Level) -> (SeverityNumber, &'static str) {
    match level {
        Level::Alert => (SeverityNumber::Error3, "ALERT"),
        Level::Warning => (SeverityNumber::Warn, "WARNING"),
        Level::Notice => (SeverityNumber::Info2, "NOTICE"),
        Level::Info => (SeverityNumber::Info, "INFO"),
    }
}

fn record(message: &Message<'_>) -> LogRecord {
    let label = &message.label;
    let (number, name) = severity(label.level);
    // The semantic conventions' name for what makes a record one of a kind.
    let id = (!label.id.is_empty()).then(|| attribute("log.record.uid", label.id));
    LogRecord {
        time_unix_nano: label.time_ms.saturating_mul(1_000_000),
        observed_time_unix_nano: label.received_ms.saturating_mul(1_000_000),
        severity_number: number.into(),
        severity_text: name.to_owned(),
        body: Some(text(String::from_utf8_lossy(message.text()))),
        attributes: id.into_iter().collect(),
        ..LogRecord::default()
    }
}

impl Api for Otlp {
    fn encode(&mut self, messages: &[Message<'_>], body: &mut Vec<u8>) {
        let scope = InstrumentationScope {
            name: "oyez".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        };
        let logs = ScopeLogs {
            scope: Some(scope),
            log_records: messages.iter().map(record).collect(),
            ..ScopeLogs::default()
        };
        let logs =
            ResourceLogs { resource: Some(self.resource.clone()), scope_logs: vec![logs], ..ResourceLogs::default() };
        body.extend_from_slice(&ExportLogsServiceRequest { resource_logs: vec![logs] }.encode_to_vec());
    }

    fn request(&mut self, _: &[Message<'_>]) -> Ask<'_> {
        self.ask()
    }

    /// Of a partial success nobody says which records were rejected, and it must not be sent again: as many are counted as
    /// refused, the last ones.
    fn judge(&mut self, answer: &Answer, messages: usize) -> Verdict {
        match answer.status {
            200..=299 => {}
            400 | 408 | 413 | 422 | 429 | 502..=504 => return told(answer),
            _ => return Verdict::Later(set_up_wrongly(answer)),
        }
        let partial = ExportLogsServiceResponse::decode(&*answer.body).unwrap_or_default().partial_success;
        let Some((rejected, why)) = partial
            .and_then(|partial| Some((usize::try_from(partial.rejected_log_records).ok()?, partial.error_message)))
        else {
            return Verdict::Taken;
        };
        let taken = messages.saturating_sub(rejected);
        let reason = format!("{rejected} of {messages} rejected, which ones is not said: {}", line(&why));
        let refused = Refusal { reason, is_sure: true };
        let fate = |place| if place < taken { Fate::Taken } else { Fate::Bad(refused.clone()) };
        Verdict::Each((0..messages).map(fate).collect())
    }

    /// A request without records, which receivers take.
    fn probe(&mut self) -> Ask<'_> {
        self.ask()
    }

    fn judge_probe(&mut self, answer: &Answer) -> Result<(), Failure> {
        match answer.status {
            // Some do not take a request without records, and have looked who we are before they say so.
            200..=299 | 400 => Ok(()),
            429 | 500..=599 => Err(busy(answer)),
            _ => Err(set_up_wrongly(answer)),
        }
    }
}

/// What the status means; the reason is that of the `google.rpc.Status` that stands in the answer.
fn told(answer: &Answer) -> Verdict {
    match (Verdict::by_status(answer), Status::decode(&*answer.body)) {
        (Verdict::Bad(refusal), Ok(status)) if !status.message.is_empty() => {
            Verdict::Bad(Refusal { reason: format!("status {}: {}", answer.status, line(&status.message)), ..refusal })
        }
        (verdict, _) => verdict,
    }
}

/// The begin of a text, without signs that mean something to a terminal.
fn line(text: &str) -> String {
    text.chars().take(300).map(|sign| if sign.is_control() { ' ' } else { sign }).collect()
}

/// `google.rpc.Status`, as far as it is read.
#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(string, tag = "2")]
    message: String,
}
