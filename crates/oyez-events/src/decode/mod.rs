//! Encoded values → bytes that mean something: untrusted strings, argument lists, socket addresses.

pub mod argv;
pub mod sockaddr;
mod untrusted;

pub use untrusted::{Text, hex, untrusted};
