//! Where events go: queues, spools and outputs, each on its own.
//!
//! Bytes in: [`Parcel`]s of messages that were formatted elsewhere. Out: the same messages at whoever is to have them, and
//! [counts](stats) of what became of each. Nothing here knows what a record is. An output is a [`Sink`]; what stands in front
//! of it (queue, spool, batches, tries again) is the same for all: a [`Lane`].

pub mod audispd;
pub mod clock;
mod courier;
pub mod file;
#[cfg(feature = "http")]
pub mod http;
pub mod journald;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod lane;
#[cfg(feature = "nats")]
pub mod nats;
pub mod net;
#[cfg(feature = "otlp")]
pub mod otlp;
pub mod parcel;
pub mod program;
pub mod queue;
#[cfg(feature = "redis")]
pub mod redis;
pub mod secret;
pub mod sink;
pub mod spool;
pub mod stats;
pub mod stdout;
pub mod syslog;
pub mod tcp;
mod time;
pub mod tls;
pub mod unix;

pub use lane::Lane;
pub use parcel::{Level, Message, Parcel};
pub use queue::Handed;
pub use sink::{Done, Failure, Kind, Needs, Patience, Sink};
