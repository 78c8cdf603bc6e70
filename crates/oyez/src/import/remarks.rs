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
    /// `auditd.conf:12`.
    pub(crate) place: String,
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
        write!(f, "{}: {}: {words}: {}", self.place, self.setting, self.why)
    }
}
