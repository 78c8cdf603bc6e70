//! Messages into a Kafka topic, by librdkafka.
//!
//! A parcel in; a message is acknowledged when all in-sync replicas of its partition have it (`acks=all`). Within one call
//! librdkafka tries again by itself, and its idempotent producer keeps that from making doubles. A call that ends with
//! messages on their way ends that producer, and whatever it might still have reported; they come again with the next call,
//! from a new producer, so those that had arrived are there twice. Their header `oyez-id` tells.
//!
//! Refused by name is a message that is longer than allowed here or by the broker, or that the broker says is not valid.
//! Refused in the settings are options that librdkafka does not know, that are set here, or that would hold a secret.

mod config;
mod producer;
mod reports;
mod send;

use std::any::Any;
use std::collections::BTreeMap;

use crate::parcel::Parcel;
use crate::secret::Secret;
use crate::sink::{Done, Failure, Kind, Needs, Patience, Sink, Site, same};
use crate::tls;
use producer::Holder;

/// Where messages go, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Brokers to ask first, as `HOST:PORT`, one at least; they name the others.
    pub brokers: Vec<String>,
    /// The topic: 1 to 249 of the characters `a-z A-Z 0-9 . _ -`.
    pub topic: String,
    /// How batches are compressed.
    pub compression: Compression,
    /// Whether librdkafka numbers what it sends, so that its own retries make no doubles. Brokers before 2.8 want the right
    /// `IdempotentWrite` for that.
    pub idempotent: bool,
    /// No message may be longer than so many bytes, its key and headers included: 1000 to [`MOST`].
    pub max_message: usize,
    /// Headers that every message has beside `oyez-id` and `level`: names and values.
    pub headers: Vec<(String, String)>,
    /// TLS; `None` for plain TCP.
    pub tls: Option<tls::Settings>,
    /// Who we are, by SASL.
    pub login: Option<Login>,
    /// Options of librdkafka (its CONFIGURATION.md), for what is not here.
    pub options: BTreeMap<String, String>,
}

/// The most that [`Settings::max_message`] may be.
pub const MOST: usize = 64 << 20;

impl Default for Settings {
    fn default() -> Self {
        Self {
            brokers: Vec::new(),
            topic: String::new(),
            compression: Compression::default(),
            idempotent: true,
            max_message: 1_000_000,
            headers: Vec::new(),
            tls: None,
            login: None,
            options: BTreeMap::new(),
        }
    }
}

/// How batches are compressed; brokers and consumers must know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip.
    Gzip,
    /// Snappy.
    Snappy,
    /// LZ4.
    #[default]
    Lz4,
    /// zstd; Kafka 2.1 and newer.
    Zstd,
}

impl Compression {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// Its name in the configuration, here and in librdkafka's.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

/// A name and a password, and how they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// How.
    pub mechanism: Mechanism,
    /// The user's name.
    pub user: String,
    /// The file with the password; read at each connection.
    pub password: Secret,
}

/// How a password is shown (RFC 4616, RFC 5802).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// As it is; only TLS hides it.
    Plain,
    /// By a proof, with SHA-256.
    ScramSha256,
    /// By a proof, with SHA-512.
    ScramSha512,
}

impl Mechanism {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Plain, Self::ScramSha256, Self::ScramSha512];

    /// Its registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

impl Settings {
    /// Looks whether librdkafka takes them, without reading secrets or connecting.
    ///
    /// # Errors
    /// It does not; its words.
    pub fn check(&self) -> Result<(), Failure> {
        config::check(self)
    }
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        self.check()?;
        Ok(Box::new(Kafka { settings: self.clone(), site: site.clone(), holder: Holder::default() }))
    }

    fn needs(&self) -> Needs {
        Needs { ids: true }
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

/// The sink.
struct Kafka {
    settings: Settings,
    site: Site,
    holder: Holder,
}

impl Sink for Kafka {
    fn connect(&mut self, patience: &Patience) -> Result<(), Failure> {
        self.holder.ready(patience, || config::whole(&self.settings, &self.site.name))?;
        let Some(producer) = self.holder.get() else { return Ok(()) };
        let met = producer.meet(&self.settings.topic, patience);
        match met {
            Ok(()) => self.holder.note_contact(&self.site.stats),
            Err(_) => self.holder.bury(),
        }
        met
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        self.holder.ready(patience, || config::whole(&self.settings, &self.site.name))?;
        let Some(producer) = self.holder.get() else { return Ok(()) };
        let sent = send::parcel(producer, &self.settings, parcel, done, patience);
        if producer.has_contact() {
            self.holder.note_contact(&self.site.stats);
        }
        if sent.is_err() {
            // Nothing that this producer says later may be taken for what is said of messages that come again.
            self.holder.bury();
        }
        sent
    }

    fn tick(&mut self) -> Result<(), Failure> {
        if let Some(producer) = self.holder.get() {
            producer.listen();
        }
        Ok(())
    }

    fn close(&mut self, patience: &Patience) -> Result<(), Failure> {
        self.holder.bury();
        self.holder.wait(patience);
        Ok(())
    }
}
