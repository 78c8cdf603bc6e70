//! Where events go: queues, spools and outputs, each on its own.
//!
//! Bytes in: [`Parcel`]s of messages that were formatted elsewhere. Out: the same messages at whoever is to have them, and
//! [counts](stats) of what became of each. Nothing here knows what a record is. An output is a [`Sink`]; what stands in front
//! of it (queue, spool, batches, tries again) is the same for all.

pub mod journald;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod nats;
pub mod net;
pub mod parcel;
pub mod secret;
pub mod sink;
pub mod spool;
pub mod stats;
pub mod syslog;
pub mod tcp;
mod time;
pub mod tls;

pub use parcel::{Level, Message, Parcel};
pub use sink::{Done, Failure, Kind, Needs, Patience, Sink};
