//! Filters as they are configured, before they are compiled: a name, and a matcher or a script with what it may use.
//!
//! Made by whoever reads a configuration, which has checked every bound; compiled by [`crate::chain`]. Two filters with equal
//! specs do the same, so that one can go on in the other's place.

use std::sync::Arc;
use std::time::Duration;

pub use crate::matcher::{Fault, Step};

use crate::Tree;

/// One filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// What it is called in counts and complaints; no two have the same.
    pub name: Arc<str>,
    /// What it does.
    pub what: What,
}

/// What a filter does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Something with the events that meet a condition.
    Match {
        /// The condition, as [`crate::matcher::Condition::parse`] takes it.
        condition: Tree,
        /// The action, as [`crate::matcher::Action::parse`] takes it.
        action: String,
    },
    /// What a script says.
    Script(Script),
}

/// A script in Lua, and what it may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its text.
    pub source: Arc<[u8]>,
    /// What its `init` is given.
    pub config: Tree,
    /// What becomes of an event on which it fails.
    pub on_error: OnError,
    /// How long one call may take.
    pub time_limit: Duration,
    /// How much memory all its values may take, in bytes.
    pub memory_limit: usize,
    /// After how many failures in a row it is switched off; `None`: never.
    pub max_errors: Option<u32>,
}

/// What becomes of an event on which a script fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// It goes on as it was.
    #[default]
    Pass,
    /// It is dropped.
    Drop,
}
