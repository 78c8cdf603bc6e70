//! Corpus readers, fakes and truth files for oyez's tests; never published

pub mod certs;
pub mod corpus;
pub mod games;
pub mod http_stub;
pub mod json;
pub mod live;
pub mod proxy;
pub mod server;
pub mod short;
mod temp;

pub use certs::Certs;
pub use proxy::Proxy;
pub use temp::TempDir;
