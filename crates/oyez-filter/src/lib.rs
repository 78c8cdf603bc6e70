//! Which events stay, which go, and which go on as another: matchers, and filters in Lua.
//!
//! Input is an [`oyez_events::Event`] with the [`oyez_events::context::Context`] that is known of it; output is that it stays,
//! goes, or is rewritten. Filters see an event by the names of its JSON (docs/events.md), through a [`view::View`] that reads
//! what is asked for and no more. Nothing here does I/O or reads a clock; scripts come in as text. Hostile events and hostile
//! scripts cost bounded time and memory.

pub mod chain;
pub mod document;
pub mod edit;
pub mod field;
pub mod lua;
pub mod matcher;
pub mod spec;
pub mod tell;
pub mod tree;
pub mod view;

pub use chain::Filters;
pub use field::Field;
pub use tell::{Said, Told};
pub use tree::Tree;
pub use view::{Read, Reader, Value, View};
