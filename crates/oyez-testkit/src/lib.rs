//! Corpus readers, fakes and truth files for oyez's tests; never published

pub mod corpus;
pub mod games;
pub mod json;
pub mod live;
mod temp;

pub use temp::TempDir;
