//! Outputs that speak HTTP, against stubs written from their protocols' documents, and real nginx and haproxy in front of one.

#![cfg(all(feature = "http", feature = "otlp"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its setting fails")]

mod clickhouse;
mod common;
mod elasticsearch;
mod engine;
mod fronts;
mod generic;
mod hostile;
mod loki;
mod otlp;
mod splunk;
