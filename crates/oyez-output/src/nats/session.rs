//! A connection to one server on which we are known: an address and a login in, operations out and in.
//!
//! Refuses servers that speak no TLS where it is wanted, and want it where it is not; and what is said in plain text behind
//! the greeting, where TLS is to follow.

use std::io;
use std::sync::atomic::Ordering::Relaxed;

use serde_json::{Map, Value, json};

use super::Settings;
use super::op::{self, HEARD, Op};
use crate::net::{Address, Heard, Talk};
use crate::sink::{Failure, Patience, Site};

/// What a server takes where it does not say (its `max_payload`), in bytes.
const PAYLOAD: u64 = 1 << 20;

/// A connection.
pub(super) struct Session {
    talk: Talk,
    heard: Heard,
    /// What we still have to answer.
    owed: Vec<u8>,
    /// The longest message, its headers included, in bytes.
    pub(super) most: u64,
    /// Whether it knows headers.
    pub(super) has_headers: bool,
    /// What confirmations are sent to, without the number behind it; it ends in a dot.
    pub(super) inbox: String,
    /// The number of the next message.
    pub(super) number: u64,
    name: String,
}

/// What of an operation is of interest to who publishes.
#[derive(Debug)]
pub(super) enum News<'a> {
    /// A message with this subject, status and payload.
    Message(&'a str, u16, &'a [u8]),
    /// Everything before our last `PING` was read.
    Pong,
    /// Something is wrong, in the server's words.
    Wrong(String),
}

/// Who a server says it is.
#[derive(Debug, Default)]
struct Info {
    most: u64,
    has_headers: bool,
    tls_available: bool,
    tls_required: bool,
    nonce: Option<String>,
}

impl Info {
    fn read(text: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(text).ok()?;
        let is = |name: &str| value.get(name).and_then(Value::as_bool).unwrap_or(false);
        Some(Self {
            most: value.get("max_payload").and_then(Value::as_u64).filter(|most| *most > 0).unwrap_or(PAYLOAD),
            has_headers: is("headers"),
            tls_available: is("tls_available"),
            tls_required: is("tls_required"),
            nonce: value.get("nonce").and_then(Value::as_str).map(str::to_owned),
        })
    }
}

impl Session {
    /// Connects, and says who we are.
    ///
    /// # Errors
    /// There is nobody, or not the right one, or it does not let us in, or no answer in time.
    pub(super) fn open(
        address: &Address,
        settings: &Settings,
        site: &Site,
        patience: &Patience,
    ) -> Result<Self, Failure> {
        let mut session = Self {
            talk: Talk::connect(address, patience)?,
            heard: Heard::up_to(HEARD),
            owed: Vec::new(),
            most: PAYLOAD,
            has_headers: false,
            inbox: format!("{}.{:016x}{:016x}.", settings.inbox, random()?, random()?),
            number: 0,
            name: address.to_string(),
        };
        let info = session.greeting(address, settings, patience)?;
        session.log_in(&info, settings, site, patience)?;
        (session.most, session.has_headers) = (info.most, info.has_headers);
        if settings.jetstream && !info.has_headers {
            return Err(session.failed("it knows no headers, so no JetStream"));
        }
        site.stats.connects.fetch_add(1, Relaxed);
        Ok(session)
    }

    /// Hears who it is, and goes on with TLS where that is wanted.
    fn greeting(&mut self, address: &Address, settings: &Settings, patience: &Patience) -> Result<Info, Failure> {
        if let (Some(tls), true) = (&settings.tls, settings.tls_first) {
            self.talk.secure(address, tls, patience)?;
        }
        let info = loop {
            match op::parse(&self.heard.bytes) {
                Ok(Some((Op::Info(text), taken))) => {
                    let info = Info::read(text).ok_or_else(|| self.failed("its greeting is no JSON"))?;
                    self.heard.bytes.drain(..taken);
                    break info;
                }
                Ok(Some((Op::Err(words), _))) => return Err(self.failed(words)),
                Ok(None) => self.talk.read(&mut self.heard, patience).map_err(|error| self.failed(error))?,
                Ok(Some(_)) => return Err(self.failed("it does not greet as a NATS server")),
                Err(why) => return Err(self.failed(format!("it says {why}"))),
            }
        };
        match &settings.tls {
            None if info.tls_required => return Err(self.failed("it wants TLS")),
            Some(_) if settings.tls_first => {}
            Some(_) if !info.tls_required && !info.tls_available => return Err(self.failed("it speaks no TLS")),
            Some(_) if !self.heard.bytes.is_empty() => {
                return Err(self.failed("somebody says more in plain text than a greeting"));
            }
            Some(tls) => self.talk.secure(address, tls, patience)?,
            None => {}
        }
        Ok(info)
    }

    /// Says who we are, and waits for the answer.
    fn log_in(&mut self, info: &Info, settings: &Settings, site: &Site, patience: &Patience) -> Result<(), Failure> {
        let mut members = Map::new();
        for (name, value) in [
            ("verbose", json!(false)),
            ("pedantic", json!(false)),
            ("tls_required", json!(settings.tls.is_some())),
            ("name", json!(format!("oyez-{}", site.name))),
            ("lang", json!("rust")),
            ("version", json!(env!("CARGO_PKG_VERSION"))),
            ("protocol", json!(1)),
            ("echo", json!(false)),
            ("headers", json!(true)),
            ("no_responders", json!(true)),
        ] {
            members.insert(name.into(), value);
        }
        settings.login.add(info.nonce.as_deref(), &mut members)?;
        let listen = if settings.jetstream { format!("SUB {}* 1\r\n", self.inbox) } else { String::new() };
        let words = format!("CONNECT {}\r\n{listen}PING\r\n", Value::Object(members));
        self.send(words.as_bytes(), patience).map_err(|error| self.refused(error))?;
        loop {
            let mut answer = None;
            let heard = self.news(&mut |news| match news {
                News::Wrong(words) => answer = answer.take().or(Some(Err(words))),
                News::Pong => answer = answer.take().or(Some(Ok(()))),
                News::Message(..) => {}
            });
            heard.map_err(|error| self.failed(error))?;
            match answer {
                Some(Ok(())) => return Ok(()),
                Some(Err(words)) => return Err(self.failed(words)),
                None => self.talk.read(&mut self.heard, patience).map_err(|error| self.refused(error))?,
            }
        }
    }

    /// Sends all of it, and takes in what comes meanwhile.
    ///
    /// # Errors
    /// As [`Talk::write`].
    pub(super) fn send(&mut self, words: &[u8], patience: &Patience) -> io::Result<()> {
        self.talk.write(words, &mut self.heard, patience)
    }

    /// Waits until something more was heard.
    ///
    /// # Errors
    /// As [`Talk::read`].
    pub(super) fn wait(&mut self, patience: &Patience) -> io::Result<()> {
        self.answer(patience)?;
        self.talk.read(&mut self.heard, patience)
    }

    /// Tells what was heard, and notes what we owe.
    ///
    /// # Errors
    /// It is not the protocol.
    pub(super) fn news(&mut self, tell: &mut dyn FnMut(News<'_>)) -> io::Result<()> {
        let mut at = 0;
        let result = loop {
            match op::parse(self.heard.bytes.get(at..).unwrap_or_default()) {
                Ok(Some((op, taken))) => {
                    at += taken;
                    match op {
                        Op::Message { subject, status, payload } => tell(News::Message(subject, status, payload)),
                        Op::Pong => tell(News::Pong),
                        Op::Err(words) => tell(News::Wrong(words)),
                        // One answer stands for all.
                        Op::Ping => self.owed = b"PONG\r\n".to_vec(),
                        Op::Info(_) | Op::Ok => {}
                    }
                }
                Ok(None) => break Ok(()),
                Err(why) => break Err(io::Error::new(io::ErrorKind::InvalidData, format!("it says {why}"))),
            }
        };
        self.heard.bytes.drain(..at);
        result
    }

    /// Answers a server's `PING`.
    fn answer(&mut self, patience: &Patience) -> io::Result<()> {
        let owed = std::mem::take(&mut self.owed);
        if owed.is_empty() { Ok(()) } else { self.send(&owed, patience) }
    }

    /// Hears what the server has to say while there is nothing to publish, and answers.
    ///
    /// # Errors
    /// The connection is over, or should be: something is wrong.
    pub(super) fn listen(&mut self) -> io::Result<()> {
        self.talk.hear(&mut self.heard)?;
        let mut is_wrong = false;
        self.news(&mut |news| is_wrong |= matches!(news, News::Wrong(_)))?;
        if is_wrong {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.answer(&Patience::of(std::time::Duration::from_millis(100)))
    }

    /// Ends it.
    pub(super) fn close(self) {
        self.talk.close();
    }

    /// Why the connection ended, as the server may have said before it did.
    pub(super) fn last_words(&mut self) -> Option<String> {
        let mut said = None;
        // What is no operation says nothing.
        let _ = self.news(&mut |news| {
            if let News::Wrong(words) = news {
                said = said.take().or(Some(words));
            }
        });
        said
    }

    /// The server's name, as it is reached by.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn failed(&self, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
        Failure::new(format!("cannot connect to NATS at \"{}\"", self.name)).because(why)
    }

    fn refused(&mut self, error: io::Error) -> Failure {
        match self.last_words() {
            Some(words) => self.failed(words),
            None => self.failed(error),
        }
    }
}

/// A number that others cannot guess: whoever knows our inbox could confirm messages in the server's place.
fn random() -> Result<u64, Failure> {
    let mut bytes = [0; 8];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())
        .map_err(|error| Failure::new("cannot make a random number").because(error))?;
    Ok(u64::from_ne_bytes(bytes))
}
