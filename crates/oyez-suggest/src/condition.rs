//! What a suggestion matches: a few values that an event must have, and one of some calls.

/// A value, by its place among all that came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(u32);

impl Id {
    /// The event does not say, or it does not matter.
    pub(crate) const NONE: Id = Id(0);
    /// It was forgotten.
    pub(crate) const FORGOTTEN: Id = Id(u32::MAX);

    pub(crate) fn new(place: usize) -> Self {
        Id(u32::try_from(place + 1).unwrap_or(u32::MAX))
    }

    pub(crate) fn is_some(self) -> bool {
        self != Self::NONE && self != Self::FORGOTTEN
    }

    pub(crate) fn place(self) -> Option<usize> {
        self.is_some().then(|| self.0 as usize - 1)
    }
}

/// What an event must have beside its call; [`Id::NONE`] for what does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Condition {
    /// The type of its first record, of events without a call.
    pub(crate) kind: Id,
    /// One of its keys.
    pub(crate) key: Id,
    /// Its program.
    pub(crate) who: Id,
    /// The unit or operation that is named.
    pub(crate) what: Id,
    /// A folder one of its paths is below.
    pub(crate) dir: Id,
    /// Its parent's program.
    pub(crate) parent: Id,
    /// Whether it must have succeeded.
    pub(crate) succeeded: bool,
}
