//! Messages into a Redis stream, by `XADD`.
//!
//! A parcel in; a message is acknowledged when the server says which id it gave it, and, where replicas are wanted, when so many
//! have it. Redis knows no ids of ours: what was added and not confirmed before a connection broke is added again, and is there
//! twice; its field `id` tells. An id of ours in the place of Redis' own would not help: a stream takes only ids above its
//! last one, so that events of two hosts, or late ones, would be refused instead.
//!
//! The protocol (RESP 2, redis.io, "Redis serialization protocol specification") is spoken here: what is needed of it is
//! little, and what a server may say is bounded. Refused by name is a message longer than the server takes.

mod add;
mod reply;
mod session;

use std::any::Any;
use std::sync::atomic::Ordering::Relaxed;

use crate::net::Address;
use crate::parcel::Parcel;
use crate::secret::Secret;
use crate::sink::{Done, Failure, Kind, Needs, Patience, Sink, Site, same};
use crate::tls;
use add::Adding;
use session::Session;

/// Where messages go, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The server.
    pub server: Address,
    /// The key of the stream; it is made where there is none.
    pub stream: String,
    /// How many entries it keeps, about: the oldest go (`MAXLEN ~`). `None`: all stay.
    pub max_length: Option<u64>,
    /// How many replicas have to have a message too (`WAIT`).
    pub replicas: u32,
    /// The number of the database.
    pub database: u32,
    /// Who we are; `None` for nobody.
    pub login: Option<Login>,
    /// TLS; `None` for plain TCP.
    pub tls: Option<tls::Settings>,
}

/// Where Redis listens (redis.io).
pub const PORT: u16 = 6379;

/// A password, and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The user's name; `None` for the one that has none (`requirepass`).
    pub user: Option<String>,
    /// The file with the password; read at each connection.
    pub password: Secret,
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        Ok(Box::new(Redis { settings: self.clone(), site: site.clone(), session: None }))
    }

    fn needs(&self) -> Needs {
        Needs { ids: true }
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

/// The sink.
struct Redis {
    settings: Settings,
    site: Site,
    session: Option<Session>,
}

impl Redis {
    /// The session that there is, or a new one.
    fn session(&mut self, patience: &Patience) -> Result<&mut Session, Failure> {
        let session = if let Some(session) = self.session.take() {
            session
        } else {
            let session = Session::open(&self.settings, patience)?;
            self.site.stats.connects.fetch_add(1, Relaxed);
            session
        };
        Ok(self.session.insert(session))
    }
}

impl Sink for Redis {
    fn connect(&mut self, patience: &Patience) -> Result<(), Failure> {
        self.session(patience).map(drop)
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        self.tick()?;
        self.session(patience)?;
        let Some(session) = &mut self.session else { return Ok(()) };
        let mut adding = Adding::new(session, &self.settings, parcel, done, patience);
        let result = adding.all();
        if !adding.can_go_on() {
            self.session = None;
        }
        result
    }

    /// Looks whether the server went away. That is no error: nothing is open, and the next delivery connects.
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
