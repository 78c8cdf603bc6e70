//! Outputs that speak HTTP: batches in, requests out; what the answers say becomes each message's fate.
//!
//! One engine for all (`engine`), and one module for each interface: [`generic`] (any receiver of lines), [`elasticsearch`],
//! [`splunk`], [`loki`], [`clickhouse`]; OTLP, which uses it too, is [`otlp`](crate::otlp). No redirects, no proxies, no
//! answers without bound; certificates always checked.

mod auth;
pub mod clickhouse;
pub(crate) mod client;
pub(crate) mod document;
pub mod elasticsearch;
pub(crate) mod engine;
pub mod generic;
pub mod loki;
mod pack;
pub mod splunk;
pub(crate) mod trust;
mod url;
pub(crate) mod verdict;
mod when;
mod wire;
mod work;

pub use auth::Auth;
pub use client::Endpoint;
pub use pack::Compression;
pub use url::Url;
