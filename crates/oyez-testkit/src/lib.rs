//! Corpus readers, fakes and truth files for oyez's tests; never published

pub mod corpus;
pub mod games;
pub mod json;
pub mod live;
pub mod short;
mod temp;

pub use temp::TempDir;
