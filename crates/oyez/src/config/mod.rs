//! The configuration: defaults, `oyez.toml` and flags in, [`Settings`] out, or everything that is wrong.
//!
//! [`keys`] is the one table of what there is. [`check`] is pure; [`load()`] reads the file first. Refused: unknown keys,
//! values of another type or out of range, values that contradict each other, files that are not UTF-8 or too large.

mod conflicts;
pub mod docs;
mod document;
mod enrich;
mod fields;
pub(crate) mod filters;
pub mod given;
mod keyed;
pub mod keys;
pub mod kind;
mod load;
pub(crate) mod outputs;
pub mod problem;
mod record_types;
pub(crate) mod rules;
pub mod settings;
mod suggest;
mod table;
#[cfg(test)]
mod tests;
pub mod units;

pub use enrich::EnrichSettings;
pub use load::{Effective, Loaded, Origin, Override, Source, check, load};
pub use problem::{Place, Problem, Problems};
pub use settings::{
    Color, Format, GroupSettings, KernelSettings, Mode, Node, OnExit, OnFailure, OnOverload, ReceiveSettings, Settings,
    Share, under_service_manager,
};

/// Where the configuration is looked for when no flag names it.
pub const DEFAULT_PATH: &str = "/etc/oyez/oyez.toml";
