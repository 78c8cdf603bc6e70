//! What is said about the keys of a configuration that was imported.

use std::fmt;

/// How much is changed by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Nothing: the key has no effect, or none that is missed.
    Moot,
    /// It is done in another way.
    Otherwise,
    /// It is not done.
    Missing,
}

/// Something about one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    /// The file it is in, …
    pub(crate) file: String,
    /// … and the line there, from 1 on; 0 where it is not set.
    pub(crate) line: usize,
    /// As it stands there.
    pub(crate) setting: String,
    /// How much is changed.
    pub(crate) weight: Weight,
    /// Why.
    pub(crate) why: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.weight {
            Weight::Moot => "not needed",
            Weight::Otherwise => "done otherwise",
            Weight::Missing => "no counterpart",
        };
        let Self { file, line, setting, why, .. } = self;
        match line {
            0 => write!(f, "{file}: {setting}: {words}: {why}"),
            line => write!(f, "{file}:{line}: {setting}: {words}: {why}"),
        }
    }
}
