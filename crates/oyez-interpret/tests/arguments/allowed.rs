//! Where ours differs from `ausearch`, and why. A difference that no longer occurs must go from the list.

/// A difference, wherever it occurs.
#[derive(Debug)]
pub(crate) struct Difference {
    /// Call and argument; empty for all.
    what: &'static str,
    /// What is in `ausearch`'s text.
    theirs: &'static str,
    /// What is in ours.
    ours: &'static str,
}

impl Difference {
    /// Whether it is of an argument, not of a result.
    pub(crate) fn is_of_argument(&self) -> bool {
        !self.what.ends_with("exit")
    }
}

const fn difference(what: &'static str, theirs: &'static str, ours: &'static str) -> Difference {
    Difference { what, theirs, ours }
}

/// Which listed difference this is.
pub(crate) fn find(what: &str, theirs: &str, ours: &str) -> Option<usize> {
    DIFFERENCES.iter().position(|one| {
        (one.what.is_empty() || one.what == what) && theirs.contains(one.theirs) && ours.contains(one.ours)
    })
}

/// All of them.
pub(crate) const DIFFERENCES: &[Difference] = &[];
