//! Messages into NATS: into a `JetStream` stream, or published and forgotten.
//!
//! A parcel in; with `JetStream` a message is acknowledged when the stream's server says that it has stored it. Each carries
//! its id as `Nats-Msg-Id`, so that the stream drops what comes again within its `duplicate_window`. Without `JetStream`, all
//! are when the server has read the last: whoever subscribes then may have them, and nobody else ever will.
//!
//! The protocol is spoken here, from its document (docs.nats.io, "Client Protocol" and "NATS `JetStream` wire API"): what a
//! publisher needs of it is little, and what a server may say is bounded. Refused by name is a message longer than the server
//! or the stream takes.

mod login;
mod op;
mod publish;
mod session;
mod subject;

use std::any::Any;

use crate::net::Address;
use crate::parcel::Parcel;
use crate::sink::{Done, Failure, Kind, Needs, Patience, Sink, Site, same};
use crate::tls;
pub use login::Login;
use publish::Publishing;
use session::Session;
use subject::Pattern;

/// Where messages go, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The servers, one at least; the first that takes us.
    pub servers: Vec<Address>,
    /// The subject; `{key}` in it stands for the message's key, with `_` for what no token may have.
    pub subject: String,
    /// Whether a stream has to confirm each message.
    pub jetstream: bool,
    /// The stream that must be the one that confirms it; `None`: whichever has the subject.
    pub stream: Option<String>,
    /// Headers that every message has beside `Nats-Msg-Id`: names and values.
    pub headers: Vec<(String, String)>,
    /// What confirmations are sent to begins with this; for users who may not listen to `_INBOX`.
    pub inbox: String,
    /// Who we are.
    pub login: Login,
    /// TLS; `None` for plain TCP.
    pub tls: Option<tls::Settings>,
    /// Whether the server begins with TLS (its `handshake_first`), instead of saying in plain text who it is.
    pub tls_first: bool,
}

/// Where NATS servers listen (docs.nats.io).
pub const PORT: u16 = 4222;

impl Default for Settings {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            subject: "oyez".into(),
            jetstream: true,
            stream: None,
            headers: Vec::new(),
            inbox: "_INBOX".into(),
            login: Login::None,
            tls: None,
            tls_first: false,
        }
    }
}

impl Settings {
    /// Looks whether they can be used, without reading secrets or connecting.
    ///
    /// # Errors
    /// No server is named, a subject or a header cannot be sent, or TLS is to come first and is not set.
    pub fn check(&self) -> Result<(), Failure> {
        if self.servers.is_empty() {
            return Err(Failure::new("cannot use NATS: no server is named"));
        }
        Pattern::new(&self.subject)?;
        if !subject::is_fit(&self.inbox) {
            return Err(Failure::new(format!("cannot use NATS inbox {:?}: it is no subject", self.inbox)));
        }
        let stream = self.stream.iter().map(|stream| ("Nats-Expected-Stream", stream.as_str()));
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in stream.chain(headers) {
            if !op::is_header(name, value) {
                return Err(Failure::new(format!("cannot use NATS header {name:?} with {value:?}")));
            }
        }
        if self.stream.is_some() && !self.jetstream {
            return Err(Failure::new("cannot expect a NATS stream to confirm messages without JetStream"));
        }
        if self.tls_first && self.tls.is_none() {
            return Err(Failure::new("cannot begin with TLS where there is none"));
        }
        Ok(())
    }
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        self.check()?;
        let pattern = Pattern::new(&self.subject)?;
        Ok(Box::new(Nats { settings: self.clone(), pattern, site: site.clone(), next: 0, session: None }))
    }

    fn needs(&self) -> Needs {
        Needs { ids: true }
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

/// The sink.
struct Nats {
    settings: Settings,
    pattern: Pattern,
    site: Site,
    /// The server to try first.
    next: usize,
    session: Option<Session>,
}

impl Nats {
    /// The session that there is, or a new one with the first server that takes us.
    fn session(&mut self, patience: &Patience) -> Result<&mut Session, Failure> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.meet(patience)?,
        };
        Ok(self.session.insert(session))
    }

    fn meet(&mut self, patience: &Patience) -> Result<Session, Failure> {
        let count = self.settings.servers.len();
        let mut last = None;
        for attempt in 0..count {
            let others = u32::try_from(count - attempt).unwrap_or(1);
            let Some(server) = self.settings.servers.get(self.next % count) else { break };
            match Session::open(server, &self.settings, &self.site, &patience.part(others)) {
                Ok(session) => return Ok(session),
                Err(failure) => last = Some(failure),
            }
            self.next = (self.next + 1) % count;
        }
        Err(last.unwrap_or_else(|| Failure::new("cannot connect to NATS: no server is named")))
    }
}

impl Sink for Nats {
    fn connect(&mut self, patience: &Patience) -> Result<(), Failure> {
        self.session(patience).map(drop)
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        self.tick()?;
        self.session(patience)?;
        let Some(session) = &mut self.session else { return Ok(()) };
        let mut publishing = Publishing::new(session, &self.settings, &self.pattern, parcel, done, patience);
        let result = publishing.all();
        if !publishing.is_even() {
            // What this server says later may not be taken for what is said of messages that come again.
            self.session = None;
            self.next = self.next.wrapping_add(1);
        }
        result
    }

    /// Answers the server's pings. One that went away is no error: nothing is open, and the next delivery connects.
    fn tick(&mut self) -> Result<(), Failure> {
        if self.session.as_mut().is_some_and(|session| session.listen().is_err()) {
            self.session = None;
        }
        Ok(())
    }

    fn close(&mut self, _: &Patience) -> Result<(), Failure> {
        if let Some(session) = self.session.take() {
            session.close();
        }
        Ok(())
    }
}
