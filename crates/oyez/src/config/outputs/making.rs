//! What stands by while one output is made of its keys: it takes complaints, each at the place of a key, and notes what the
//! output claims for itself, so that no two outputs claim the same.

use std::ops::Range;
use std::path::PathBuf;

use oyez_output::tls;

use super::NAME;
use super::keys::OutputKeys;
use crate::config::given::Given;
use crate::config::keyed;
use crate::config::keys::KeyDef;
use crate::config::kind::Refusal;
use crate::config::load::{Effective, Origin};
use crate::config::problem::{Place, Problem};

/// A key that an output sets: below its tables, `batch.events`.
#[derive(Debug)]
pub(crate) struct Leaf<'a> {
    /// Its name within the output.
    pub(super) path: String,
    /// Where its name stands.
    pub(super) name_span: Range<usize>,
    /// What it holds.
    pub(super) given: Given<'a>,
}

/// What only one output can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Standard output.
    Stdout,
    /// A file or socket that it makes.
    File(PathBuf),
    /// A directory that it fills.
    Directory(PathBuf),
}

/// A claim, and the key that makes it.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub(super) claim: Claim,
    pub(super) key: String,
    pub(super) place: Place,
}

/// Where an output's keys stand.
pub(super) struct Site<'p> {
    /// Where a span is.
    pub(super) place: &'p dyn Fn(&Range<usize>) -> Place,
    /// Where the output begins.
    pub(super) span: Range<usize>,
}

/// One output in the making.
pub(crate) struct Making<'m> {
    site: &'m Site<'m>,
    leaves: &'m [Leaf<'m>],
    common: OutputKeys,
    problems: Vec<Problem>,
    claims: Vec<Claimed>,
}

impl<'m> Making<'m> {
    pub(super) fn new(site: &'m Site<'m>, leaves: &'m [Leaf<'m>]) -> Self {
        Self { site, leaves, common: OutputKeys::default(), problems: Vec::new(), claims: Vec::new() }
    }

    /// What its keys for TLS say.
    pub(crate) fn tls(&self) -> &tls::Settings {
        &self.common.tls
    }

    /// Whether the configuration has this key, rather than its default.
    pub(crate) fn is_set(&self, key: &str) -> bool {
        self.leaves.iter().any(|leaf| leaf.path == key)
    }

    /// A complaint about a key; about the output where it is not set. `message` is lowercase, without a full stop.
    pub(crate) fn refuse(&mut self, key: &str, message: impl Into<String>) {
        self.complain(key, message.into(), None);
    }

    /// The same, with what to do about it.
    pub(crate) fn refuse_with(&mut self, key: &str, message: impl Into<String>, hint: impl Into<String>) {
        self.complain(key, message.into(), Some(hint.into()));
    }

    /// Notes what no other output may have.
    pub(crate) fn claim(&mut self, key: &str, claim: Claim) {
        let place = self.place_of(key);
        self.claims.push(Claimed { claim, key: key.to_owned(), place });
    }

    pub(super) fn common(&mut self) -> &mut OutputKeys {
        &mut self.common
    }

    /// How many complaints there were.
    pub(super) fn problems(&self) -> usize {
        self.problems.len()
    }

    /// Checks a value and stores it.
    pub(super) fn take<S>(&mut self, key: &'static KeyDef<S>, leaf: &Leaf<'_>, to: (&mut S, &mut [Effective])) {
        let origin = match (self.site.place)(&leaf.name_span) {
            Place::Flag(super::NOWHERE) => Origin::Default,
            Place::Flag(flag) => Origin::Flag(flag),
            place => Origin::File(place),
        };
        if let Err(refusals) = keyed::take(key, &leaf.given, origin, to) {
            for (at, refusal) in refusals {
                self.refusal(&at, refusal);
            }
        }
    }

    pub(super) fn refusal(&mut self, key: &str, refusal: Refusal) {
        let place = (self.site.place)(&refusal.span);
        self.push(place, key, refusal.message, refusal.hint);
    }

    /// Where a key's value stands; the output, if it has none.
    pub(super) fn place_of(&self, key: &str) -> Place {
        let leaf = self.leaves.iter().find(|leaf| leaf.path == key);
        (self.site.place)(leaf.map_or(&self.site.span, |leaf| &leaf.given.span))
    }

    pub(super) fn finish(self) -> (OutputKeys, Vec<Problem>, Vec<Claimed>) {
        (self.common, self.problems, self.claims)
    }

    fn complain(&mut self, key: &str, message: String, hint: Option<String>) {
        self.push(self.place_of(key), key, message, hint);
    }

    fn push(&mut self, place: Place, key: &str, message: String, hint: Option<String>) {
        self.problems.push(Problem { place, key: Some(full_name(key)), message, hint });
    }
}

/// `output.batch.events`; `output` for none.
pub(super) fn full_name(key: &str) -> String {
    if key.is_empty() { NAME.to_owned() } else { format!("{NAME}.{key}") }
}
