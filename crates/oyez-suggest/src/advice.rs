//! What comes out: how much there was, and what takes out how much of it.

use oyez_events::EventId;
use serde::Serialize;

use crate::{Stays, Volume};

/// What makes the volume, and how to take it out.
#[derive(Clone, Debug)]
pub struct Advice {
    /// All that was looked at.
    pub all: Volume,
    /// Events that were left out for their time.
    pub left_out: u64,
    /// The stamps of the first and the last event, by their time.
    pub range: Option<(EventId, EventId)>,
    /// What must stay, and why.
    pub stays: Vec<(Stays, Volume)>,
    /// What came too rarely to be kept apart, beside much else: suggestions may take out of it more than they say.
    pub coarse: Volume,
    /// In the order in which they are to stand in the configuration; each is counted on what those before it leave.
    pub suggestions: Vec<Suggestion>,
    /// What is left of what need not stay, the largest first.
    pub left: Vec<Left>,
}

/// Something that takes volume out.
#[derive(Clone, Debug, Serialize)]
pub struct Suggestion {
    /// What the filter is called: no other suggestion has the name.
    pub name: String,
    /// Which events.
    pub what: What,
    /// What becomes of them.
    pub action: Action,
    /// What comes out no more, of what the suggestions before this one leave.
    pub saves: Volume,
    /// Whether it may be more.
    pub at_least: bool,
    /// Why this action.
    pub why: String,
    /// What is no longer seen.
    pub costs: String,
    /// Whether the filter asks for what only a live event has, so that a log on its own shows no match.
    pub live: bool,
    /// The filter, ready for a configuration.
    pub filter: String,
    /// The same in the kernel, where that can be done: the records are not even made.
    pub kernel: Option<Kernel>,
    /// How a rule that is there could be narrowed instead.
    pub narrowing: Option<Narrowing>,
}

/// What becomes of events that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// They are gone.
    Drop,
    /// Of those that repeat one another one comes out, and a notice that counts the rest.
    Suppress,
    /// Of a flood a few a second come out.
    Limit,
}

impl Action {
    /// Its word in a configuration.
    pub fn word(self) -> &'static str {
        match self {
            Action::Drop => "drop",
            Action::Suppress => "suppress",
            Action::Limit => "limit",
        }
    }
}

/// Which events a suggestion is about: they have all that is said here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct What {
    /// The type of the first record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// A key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The field the program is told in, and the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<(&'static str, String)>,
    /// One of these system calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub syscalls: Vec<String>,
    /// The field of a program's own words, and those words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<(&'static str, String)>,
    /// A folder that one of the paths is below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dir: Option<String>,
    /// The parent's program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Only those that succeeded.
    pub succeeded: bool,
    /// Paths, as globs: an event with one of them is left alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spares: Vec<&'static str>,
}

/// Rules for the kernel.
#[derive(Clone, Debug, Serialize)]
pub struct Kernel {
    /// One rule each.
    pub rules: Vec<String>,
    /// Where they belong.
    pub place: String,
    /// What is no longer recorded, of what the suggestions before this one leave.
    pub saves: Volume,
    /// What is no longer seen, by any reader.
    pub costs: String,
}

/// What to add to the rules with a key.
#[derive(Clone, Debug, Serialize)]
pub struct Narrowing {
    /// The key.
    pub key: String,
    /// A field to test.
    pub add: String,
    /// What is no longer recorded, of what the suggestions before this one leave.
    pub saves: Volume,
    /// What is no longer seen, by any reader.
    pub costs: String,
}

/// What is left under a key, or of a type where there is no key.
#[derive(Clone, Debug, Serialize)]
pub struct Left {
    /// `key` or `type`; `other` for what came too rarely to be kept apart.
    pub field: &'static str,
    /// Its value as one harmless word.
    pub value: String,
    /// How much.
    pub volume: Volume,
}

impl Advice {
    /// How much must stay.
    pub fn all_stays(&self) -> Volume {
        Volume::sum(self.stays.iter().map(|(_, volume)| *volume))
    }

    /// What all suggestions save together.
    pub fn saves(&self) -> Volume {
        Volume::sum(self.suggestions.iter().map(|suggestion| suggestion.saves))
    }

    /// Adds to what must stay.
    pub(crate) fn stays(&mut self, why: Stays, volume: Volume) {
        match self.stays.iter_mut().find(|(other, _)| *other == why) {
            Some((_, all)) => all.add(volume),
            None => self.stays.push((why, volume)),
        }
        self.stays.sort_unstable_by_key(|(why, _)| *why);
    }
}
