//! What a sink has to say though no delivery failed: each once, until it changes.

use std::collections::{BTreeMap, VecDeque};

/// Remarks that wait are at most so many; older ones go.
const MOST: usize = 16;

/// What waits to be said, and what was said last of each matter.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    waiting: VecDeque<String>,
    said: BTreeMap<&'static str, String>,
}

impl Remarks {
    /// Says something of a matter, unless that is what was said of it last.
    pub(super) fn say(&mut self, matter: &'static str, text: impl Into<String>) {
        let text = text.into();
        if self.said.get(matter) != Some(&text) {
            self.add(text.clone());
            self.said.insert(matter, text);
        }
    }

    /// A matter is settled: if something was said of it, so is this.
    pub(super) fn settle(&mut self, matter: &'static str, text: impl FnOnce() -> String) {
        if self.said.remove(matter).is_some() {
            self.add(text());
        }
    }

    /// Says something that is said each time.
    pub(super) fn add(&mut self, text: String) {
        if self.waiting.len() == MOST {
            self.waiting.pop_front();
        }
        self.waiting.push_back(text);
    }

    /// The next to be said.
    pub(super) fn next(&mut self) -> Option<String> {
        self.waiting.pop_front()
    }
}
