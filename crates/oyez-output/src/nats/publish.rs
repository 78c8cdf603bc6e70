//! One parcel: published message by message, without waiting for each, and what the server says of them.
//!
//! At most [`WINDOW`] messages wait for a stream's word. Every message of a session has another number, and its confirmation
//! goes to the inbox of that number, so no word can be taken for another's.

use std::collections::VecDeque;
use std::io;

use serde_json::Value;

use super::Settings;
use super::op::{Outgoing, words};
use super::session::{News, Session};
use super::subject::Pattern;
use crate::parcel::{Message, Parcel};
use crate::sink::{Done, Failure, Patience};

/// Messages that wait for a stream's word, at most.
const WINDOW: usize = 512;
/// Bytes that are sent before what was heard is looked at; one message may be longer.
const CHUNK: usize = 64 << 10;

/// What streams answer when a message is longer than they take, or its headers are (nats-server, `errors.json`).
const TOO_LONG: [u64; 2] = [10_054, 10_097];

/// A parcel on its way.
pub(super) struct Publishing<'a> {
    session: &'a mut Session,
    settings: &'a Settings,
    pattern: &'a Pattern,
    parcel: &'a Parcel,
    patience: &'a Patience,
    words: Words<'a>,
    /// Whether the server owes us nothing.
    is_even: bool,
}

/// What is said of messages.
struct Words<'a> {
    done: &'a mut Done,
    /// Numbers of messages that wait for a word, each with its place in the parcel; those that have it leave a gap.
    open: VecDeque<(u64, usize, bool)>,
    /// How many of them have none.
    waiting: usize,
    has_pong: bool,
    /// Why the first that was not stored was not.
    wrong: Option<String>,
    /// What the server finds wrong with all of us. It confirms nothing then.
    complaint: Option<String>,
}

impl<'a> Publishing<'a> {
    pub(super) fn new(
        session: &'a mut Session,
        settings: &'a Settings,
        pattern: &'a Pattern,
        parcel: &'a Parcel,
        done: &'a mut Done,
        patience: &'a Patience,
    ) -> Self {
        let words = Words { done, open: VecDeque::new(), waiting: 0, has_pong: false, wrong: None, complaint: None };
        Self { session, settings, pattern, parcel, patience, words, is_even: true }
    }

    /// Whether nothing is said of these messages any more, so that the session can go on.
    pub(super) fn is_even(&self) -> bool {
        self.is_even
    }

    /// Publishes all that are not done, and waits until they are.
    pub(super) fn all(&mut self) -> Result<(), Failure> {
        self.is_even = false;
        let result = if self.settings.jetstream { self.confirmed() } else { self.forgotten() };
        let failed = Failure::new(format!("cannot deliver to NATS at \"{}\"", self.session.name()));
        if let Err(error) = result {
            let said = self.session.last_words().or(self.words.wrong.take());
            return Err(match said {
                Some(words) => failed.because(words),
                None => failed.because(error),
            });
        }
        self.is_even = true;
        self.words.wrong.take().map_or(Ok(()), |words| Err(failed.because(words)))
    }

    /// With a stream's word for each.
    fn confirmed(&mut self) -> io::Result<()> {
        let (mut next, mut out) = (0, Vec::new());
        loop {
            out.clear();
            // A stream that will not have one will not have the next.
            while next < self.parcel.len()
                && self.words.wrong.is_none()
                && self.words.waiting < WINDOW
                && out.len() < CHUNK
            {
                if self.put(next, &mut out) {
                    self.words.open.push_back((self.session.number, next, true));
                    self.words.waiting += 1;
                    self.session.number += 1;
                }
                next += 1;
            }
            if !out.is_empty() {
                self.session.send(&out, self.patience)?;
            } else if self.words.waiting == 0 {
                return Ok(());
            } else {
                self.session.wait(self.patience)?;
            }
            self.hear()?;
        }
    }

    /// Without; the server has read them when it answers a `PING` behind them.
    fn forgotten(&mut self) -> io::Result<()> {
        let mut out = Vec::new();
        let mut put = Vec::new();
        for index in 0..self.parcel.len() {
            if self.put(index, &mut out) {
                put.push(index);
            }
            if out.len() >= CHUNK {
                self.session.send(&out, self.patience)?;
                self.hear()?;
                out.clear();
            }
        }
        out.extend_from_slice(b"PING\r\n");
        self.session.send(&out, self.patience)?;
        self.hear()?;
        while !self.words.has_pong {
            self.session.wait(self.patience)?;
            self.hear()?;
        }
        if self.words.wrong.is_none() {
            for index in put {
                self.words.done.ack(index);
            }
        }
        Ok(())
    }

    /// Appends one message, unless it is done or the server takes none so long.
    fn put(&mut self, index: usize, out: &mut Vec<u8>) -> bool {
        let Some(message) = self.parcel.get(index).filter(|_| !self.words.done.is_done(index)) else { return false };
        let headers = if self.session.has_headers { headers(self.settings, &message) } else { Vec::new() };
        let outgoing = Outgoing { headers: &headers, payload: message.text() };
        if outgoing.len() as u64 > self.session.most {
            let why = format!("{} bytes with its headers are more than {}", outgoing.len(), self.session.most);
            self.words.done.refuse(index, why);
            return false;
        }
        let Session { inbox, number, .. } = &*self.session;
        let reply = |out: &mut Vec<u8>| {
            if self.settings.jetstream {
                out.extend_from_slice(format!("{inbox}{number}").as_bytes());
            }
        };
        outgoing.write(out, |out| self.pattern.write(message.label.key, out), reply);
        true
    }

    fn hear(&mut self) -> io::Result<()> {
        let words = &mut self.words;
        let inbox = self.session.inbox.clone();
        self.session.news(&mut |news| match news {
            News::Message(subject, status, payload) => {
                let number = subject.strip_prefix(&inbox).and_then(|number| number.parse().ok());
                if let Some(number) = number {
                    words.one(number, status, payload);
                }
            }
            News::Pong => words.has_pong = true,
            News::Wrong(complaint) => words.complaint = words.complaint.take().or(Some(complaint)),
        })?;
        self.words.complaint.take().map_or(Ok(()), |complaint| Err(io::Error::other(complaint)))
    }
}

impl Words<'_> {
    /// What is said of the message with this number.
    fn one(&mut self, number: u64, status: u16, payload: &[u8]) {
        let first = self.open.front().map_or(0, |(first, ..)| *first);
        let place = number.checked_sub(first).and_then(|place| usize::try_from(place).ok());
        let Some((_, index, is_open)) = place.and_then(|place| self.open.get_mut(place)) else { return };
        if !std::mem::replace(is_open, false) {
            return;
        }
        let index = *index;
        self.waiting -= 1;
        while self.open.pop_front_if(|(_, _, is_open)| !*is_open).is_some() {}
        match verdict(status, payload) {
            Verdict::Stored => self.done.ack(index),
            Verdict::TooLong(why) => self.done.refuse(index, why),
            Verdict::NotNow(why) => self.wrong = self.wrong.take().or(Some(why)),
        }
    }
}

/// A stream's word on a message.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Stored,
    TooLong(String),
    NotNow(String),
}

fn verdict(status: u16, payload: &[u8]) -> Verdict {
    if status == 503 {
        return Verdict::NotNow("no stream takes this subject".into());
    }
    let Ok(answer) = serde_json::from_slice::<Value>(payload) else {
        return Verdict::NotNow("what answers is no stream".into());
    };
    let Some(error) = answer.get("error") else {
        // A duplicate is stored too: it was before.
        let is_stored = answer.get("stream").is_some_and(Value::is_string) && answer.get("seq").is_some();
        return if is_stored { Verdict::Stored } else { Verdict::NotNow("what answers is no stream".into()) };
    };
    let code = error.get("err_code").and_then(Value::as_u64).unwrap_or(0);
    let what = words(error.get("description").and_then(Value::as_str).unwrap_or("an error without words").as_bytes());
    if TOO_LONG.contains(&code) { Verdict::TooLong(what) } else { Verdict::NotNow(format!("{what} ({code})")) }
}

/// The headers of a message.
fn headers(settings: &Settings, message: &Message<'_>) -> Vec<u8> {
    let mut out = b"NATS/1.0\r\n".to_vec();
    let id =
        Some(("Nats-Msg-Id", message.label.id)).filter(|(name, id)| !id.is_empty() && super::op::is_header(name, id));
    let stream = settings.stream.iter().map(|stream| ("Nats-Expected-Stream", stream.as_str()));
    let others = settings.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in id.into_iter().chain(stream).chain(others) {
        for part in [name, ": ", value, "\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_stream_says_it_stored_is_stored() {
        let of = |payload: &str| verdict(0, payload.as_bytes());
        assert_eq!(of(r#"{"stream":"A","seq":7}"#), Verdict::Stored);
        assert_eq!(of(r#"{"stream":"A","seq":7,"duplicate":true}"#), Verdict::Stored);
        let long = r#"{"error":{"code":400,"err_code":10054,"description":"message size exceeds maximum allowed"}}"#;
        assert_eq!(of(long), Verdict::TooLong("message size exceeds maximum allowed".into()));
        for other in [
            r#"{"error":{}}"#,
            "{}",
            "",
            "OK",
            "[1]",
            r#"{"stream":1,"seq":2}"#,
            r#"{"error":"x","stream":"A","seq":1}"#,
        ] {
            assert!(matches!(of(other), Verdict::NotNow(_)), "{other}");
        }
        assert_eq!(verdict(503, b""), Verdict::NotNow("no stream takes this subject".into()));
    }
}
