//! Any receiver that takes messages by HTTP: their lines as they are, or as one JSON array.
//!
//! A `2xx` is the acknowledgement of a whole request; what other statuses mean is said in `engine`.

use std::any::Any;

use super::client::{Answer, Ask, Endpoint};
use super::document;
use super::engine::{ANSWER, Api, Engine};
use super::verdict::set_up_wrongly;
use crate::parcel::Message;
use crate::sink::{Failure, Kind, Sink, Site, same};

/// A receiver of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it is.
    pub endpoint: Endpoint,
    /// How it is spoken to.
    pub method: Method,
    /// What a request carries.
    pub body: Body,
    /// `Content-Type` of requests; `None`: what the body is.
    pub content_type: Option<String>,
}

/// How requests are made (RFC 9110, 9.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// `POST`.
    #[default]
    Post,
    /// `PUT`.
    Put,
}

/// What a request carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// The messages' lines, one behind the other: with a format of JSON, NDJSON (`application/x-ndjson`), else `text/plain`.
    #[default]
    Lines,
    /// One JSON array (`application/json`); a message that is no JSON object is a string in it.
    Array,
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        let api = Generic { settings: self.clone(), url: self.endpoint.url.as_str().to_owned() };
        Ok(Box::new(Engine::new(api, &self.endpoint, site)?))
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

struct Generic {
    settings: Settings,
    url: String,
}

impl Api for Generic {
    fn encode(&mut self, messages: &[Message<'_>], body: &mut Vec<u8>) {
        if self.settings.body == Body::Lines {
            for message in messages {
                body.extend_from_slice(message.text());
                body.push(b'\n');
            }
            return;
        }
        body.push(b'[');
        for message in messages {
            if body.len() > 1 {
                body.extend_from_slice(b",\n");
            }
            match document::object(message) {
                Some(object) => body.extend_from_slice(object),
                None => document::string(body, message.text()),
            }
        }
        body.push(b']');
    }

    fn request(&mut self, messages: &[Message<'_>]) -> Ask<'_> {
        let is_json = || messages.iter().all(|message| document::object(message).is_some());
        let content = match (&self.settings.content_type, self.settings.body) {
            (Some(content), _) => content,
            (None, Body::Array) => "application/json",
            (None, Body::Lines) if is_json() => "application/x-ndjson",
            (None, Body::Lines) => "text/plain; charset=utf-8",
        };
        let method = match self.settings.method {
            Method::Post => "POST",
            Method::Put => "PUT",
        };
        Ask { method, url: &self.url, content, headers: &[], body: b"", most: ANSWER }
    }

    fn probe(&mut self) -> Ask<'_> {
        Ask { method: "OPTIONS", url: &self.url, content: "", headers: &[], body: b"", most: ANSWER }
    }

    /// Who takes `POST` may know no other method, and say so in any way: that somebody answers is enough, if it is not that
    /// we are unknown.
    fn judge_probe(&mut self, answer: &Answer) -> Result<(), Failure> {
        if answer.status == 401 { Err(set_up_wrongly(answer)) } else { Ok(()) }
    }
}
