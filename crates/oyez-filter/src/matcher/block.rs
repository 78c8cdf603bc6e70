//! Matcher filters that stand one behind the other, compiled together.

use std::fmt;
use std::sync::Arc;

use oyez_events::group::Millis;

use super::action::Action;
use super::condition::Condition;
use super::elapsed::Elapsed;
use super::index::Index;
use super::limit::Limit;
use super::repeats::Repeats;
use crate::field::Source;
use crate::tell::Told;
use crate::view::{Read as _, View};

/// Rules of one block.
pub const MAX_RULES: usize = 10_000;
/// Rules of one block that remember values: `limit` and `suppress`. Each takes 5 MiB at most.
pub const MAX_REMEMBERING: usize = 100;
/// Regular expressions of one block, and globs that are not a front, an end, or both.
pub const MAX_PATTERNS: usize = 2_000;

/// A condition, and what is done with the events for which it holds.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The filter's name.
    pub name: Arc<str>,
    /// Which events.
    pub condition: Condition,
    /// What is done with them.
    pub action: Action,
}

impl Rule {
    /// What has to be done before it can be asked.
    pub fn source(&self) -> Source {
        self.condition.source().max(self.action.source())
    }
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It goes on to later filters.
    Pass,
    /// It goes out, and no later filter is asked.
    Keep,
    /// It is gone.
    Drop,
}

/// What a rule did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events that came to it: those that no earlier rule of the block dropped or kept.
    pub seen: u64,
    /// Those of them that matched.
    pub matched: u64,
    /// Those of them that it dropped.
    pub dropped: u64,
    /// Those of them that it kept.
    pub kept: u64,
    /// Those of them that it tagged, and that were not tagged so before.
    pub tagged: u64,
}

/// There are too many rules, or too many of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooMany {
    /// More than [`MAX_RULES`].
    Rules,
    /// More than [`MAX_REMEMBERING`].
    Remembering,
    /// More than [`MAX_PATTERNS`].
    Patterns,
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TooMany::Rules => write!(f, "cannot take more than {MAX_RULES} matchers"),
            TooMany::Remembering => {
                write!(f, "cannot take more than {MAX_REMEMBERING} matchers with limit or suppress")
            }
            TooMany::Patterns => {
                write!(f, "cannot take more than {MAX_PATTERNS} regular expressions and globs of several parts")
            }
        }
    }
}

impl std::error::Error for TooMany {}

/// Rules that are asked in their order.
#[derive(Debug)]
pub struct Matchers {
    rules: Vec<Compiled>,
    index: Index,
    source: Source,
    elapsed: Elapsed,
    events: u64,
}

#[derive(Debug)]
struct Compiled {
    name: Arc<str>,
    condition: Condition,
    act: Act,
    matched: u64,
    dropped: u64,
    kept: u64,
    tagged: u64,
}

/// An action with what it remembers.
#[derive(Debug)]
enum Act {
    Drop,
    Keep,
    Tag(Arc<str>),
    /// How many go on, of how many, and the place of the next event among them.
    Sample(u32, u32, u32),
    Limit(Box<Limit>),
    Suppress(Box<Repeats>),
}

impl Matchers {
    /// Compiles rules that stand one behind the other.
    ///
    /// # Errors
    /// There are too many.
    pub fn new(rules: Vec<Rule>) -> Result<Self, TooMany> {
        let remembers = |rule: &&Rule| matches!(rule.action, Action::Limit { .. } | Action::Suppress { .. });
        if rules.len() > MAX_RULES {
            return Err(TooMany::Rules);
        } else if rules.iter().filter(remembers).count() > MAX_REMEMBERING {
            return Err(TooMany::Remembering);
        } else if rules.iter().map(|rule| rule.condition.node.patterns()).sum::<usize>() > MAX_PATTERNS {
            return Err(TooMany::Patterns);
        }
        Ok(Matchers {
            index: Index::new(rules.iter().map(|rule| &rule.condition.node)),
            source: rules.iter().map(Rule::source).max().unwrap_or(Source::Records),
            rules: rules.into_iter().map(Compiled::new).collect(),
            elapsed: Elapsed::default(),
            events: 0,
        })
    }

    /// What has to be done before an event is judged: the most that one of the rules needs.
    pub fn source(&self) -> Source {
        self.source
    }

    /// What becomes of an event, at `now` by the caller's clock. `tags` are those it has besides what its context says; what rules
    /// tag it with is added, each once, and later rules see it.
    pub fn judge(&mut self, view: &mut View<'_>, now: Millis, tags: &mut Vec<Arc<str>>) -> Judgement {
        let now = self.elapsed.read(now);
        self.events += 1;
        for at in self.index.find(view) {
            let Some(rule) = self.rules.get_mut(*at as usize) else { continue };
            if !rule.condition.holds(view, tags) {
                continue;
            }
            rule.matched += 1;
            match rule.act(view, now, tags) {
                Judgement::Pass => (),
                Judgement::Keep => {
                    rule.kept += 1;
                    return Judgement::Keep;
                }
                Judgement::Drop => {
                    rule.dropped += 1;
                    return Judgement::Drop;
                }
            }
        }
        Judgement::Pass
    }

    /// Tells of repeats whose time is over, at `now` by the caller's clock. To be called at least once a second or so while there
    /// are events or [`Matchers::is_waiting`].
    pub fn tick(&mut self, now: Millis, tell: &mut dyn FnMut(Told)) {
        let now = self.elapsed.read(now);
        for (name, repeats) in self.suppressing() {
            repeats.end(name, now);
            repeats.tell(name, tell);
        }
    }

    /// Tells of all repeats that were not told yet: the filters end, or others take their place.
    pub fn finish(&mut self, tell: &mut dyn FnMut(Told)) {
        self.suppressing().for_each(|(name, repeats)| repeats.end_all(name, tell));
    }

    /// Whether there may be something to tell later, even if no further event comes.
    pub fn is_waiting(&self) -> bool {
        self.rules.iter().any(|rule| matches!(&rule.act, Act::Suppress(repeats) if repeats.is_waiting()))
    }

    /// What each rule did, in their order.
    pub fn counts(&self) -> impl Iterator<Item = (&Arc<str>, Counts)> {
        let mut left = self.events;
        self.rules.iter().map(move |rule| {
            let Compiled { name, matched, dropped, kept, tagged, .. } = rule;
            let counts = Counts { seen: left, matched: *matched, dropped: *dropped, kept: *kept, tagged: *tagged };
            left = left.saturating_sub(dropped + kept);
            (name, counts)
        })
    }

    fn suppressing(&mut self) -> impl Iterator<Item = (&str, &mut Repeats)> {
        self.rules.iter_mut().filter_map(|rule| match &mut rule.act {
            Act::Suppress(repeats) => Some((&*rule.name, &mut **repeats)),
            _ => None,
        })
    }
}

impl Compiled {
    fn new(rule: Rule) -> Self {
        let act = match rule.action {
            Action::Drop => Act::Drop,
            Action::Keep => Act::Keep,
            Action::Tag(tag) => Act::Tag(tag),
            Action::Sample { keep, of } => Act::Sample(keep, of, 0),
            Action::Limit { count, unit, per } => Act::Limit(Box::new(Limit::new(count, unit, per))),
            Action::Suppress { window, per } => Act::Suppress(Box::new(Repeats::new(window, per))),
        };
        Compiled { name: rule.name, condition: rule.condition, act, matched: 0, dropped: 0, kept: 0, tagged: 0 }
    }

    fn act(&mut self, view: &mut View<'_>, now: Millis, tags: &mut Vec<Arc<str>>) -> Judgement {
        let drops = match &mut self.act {
            Act::Drop => true,
            Act::Keep => return Judgement::Keep,
            Act::Tag(tag) => {
                if !tags.contains(tag) && !view.context().tags.contains(tag) {
                    tags.push(Arc::clone(tag));
                    self.tagged += 1;
                }
                false
            }
            Act::Sample(keep, of, next) => {
                let goes_on = u64::from(*next) * u64::from(*keep) % u64::from(*of) < u64::from(*keep);
                *next = (*next + 1) % *of;
                !goes_on
            }
            Act::Limit(limit) => !limit.admits(view, tags, now),
            Act::Suppress(repeats) => repeats.repeats(&self.name, view, tags, now),
        };
        if drops { Judgement::Drop } else { Judgement::Pass }
    }
}
