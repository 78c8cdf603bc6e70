//! Connections to receivers: an address and [`Patience`](crate::Patience) in, a connected [`Link`] out, plain or with TLS.
//!
//! Names are resolved anew at each connect, all addresses are tried, and nothing waits longer than it was told to, looking up
//! a name included. A [`Link`] knows how much of what it sent the other end's kernel has acknowledged; [`flow`] makes of that
//! which messages are done. Refuses addresses without a port, and TLS that cannot be checked.

pub mod address;
pub(crate) mod connect;
pub mod datagrams;
pub mod flow;
pub mod frames;
mod handshake;
pub mod link;
pub(crate) mod poll;
mod resolve;
pub mod talk;
pub mod target;

pub use address::Address;
pub use datagrams::{Datagrams, Port};
pub use flow::Flow;
pub use frames::Frames;
pub use link::{Link, Peer};
pub use talk::{Heard, Talk};
pub use target::{Ports, Target};
