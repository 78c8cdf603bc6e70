//! Encoded values → bytes that mean something: untrusted strings, argument lists, socket addresses.

pub mod argv;
mod decimal;
mod dotted;
pub mod sockaddr;
mod untrusted;

pub use decimal::Decimal;
pub use dotted::Dotted;
pub use untrusted::{Text, hex, hex_within, untrusted};
