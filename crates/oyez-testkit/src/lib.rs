//! Corpus readers, fakes and truth files for oyez's tests; never published

pub mod corpus;
mod temp;

pub use temp::TempDir;
