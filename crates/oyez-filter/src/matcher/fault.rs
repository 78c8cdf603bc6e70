//! What is wrong with a condition, and where in its tree.

use std::fmt;

/// One step on the way from the root of a tree to a place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a member of an object.
    Name(String),
    /// To an element of a list, counted from 0.
    Index(usize),
}

/// Something that is wrong with a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, from the root; empty for the root itself.
    pub at: Vec<Step>,
    /// Whether it is the name of the last step, not what stands there.
    pub is_name: bool,
    /// What, in lower case, without a full stop.
    pub message: String,
    /// What was probably meant, as it would be written; or what to do instead.
    pub hint: Option<String>,
}

impl fmt::Display for Fault {
    /// `any[1].exe: …, did you mean …?`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.at.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Name(name) if place == 0 => write!(f, "{name}")?,
                Step::Name(name) => write!(f, ".{name}")?,
            }
        }
        write!(f, "{}{}", if self.at.is_empty() { "" } else { ": " }, self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "; try {hint}"))
    }
}

impl std::error::Error for Fault {}
