//! Patterns, made ready: a text → the ranges of it that are secret.

use std::fmt;
use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::defaults::{CUT_URL, DEFAULTS};

/// Matches of one pattern that are looked for in one text: at least, and at most.
const MATCHES: (usize, usize) = (8, 1000);

/// Matches times bytes that are looked for in one text: each search may go to the text's end, for a match that began earlier
/// and does not come. What is behind the last match that is looked for is replaced altogether: a text made to have many costs
/// no more time, and shows no more.
const MAX_WORK: usize = 8 << 20;

/// What a pattern is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Command lines.
    Command,
    /// Every text that the kernel encodes (`name=`, `cwd=`, `exe=`, `path=`, `comm=`, …), each by itself, and command lines.
    Path,
}

/// An operator's own pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What errors call it.
    pub name: String,
    /// A regular expression of the `regex` crate on bytes (`.` is any byte, `\w` is ASCII); what its groups capture is
    /// replaced.
    pub regex: String,
    /// Where it is looked for.
    pub target: Target,
}

/// Why a pattern cannot be used.
#[derive(Debug)]
pub enum PatternError {
    /// It is no regular expression, or one too large.
    Regex {
        /// The pattern's name.
        name: String,
        /// What is wrong with it.
        source: Box<regex::Error>,
    },
    /// It captures nothing, so nothing would be replaced.
    NoGroup {
        /// The pattern's name.
        name: String,
    },
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PatternError::Regex { name, .. } => write!(f, "cannot read the pattern {name:?}"),
            PatternError::NoGroup { name } => {
                write!(f, "cannot use the pattern {name:?}: it has no group, put what is secret between ( and )")
            }
        }
    }
}

impl std::error::Error for PatternError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PatternError::Regex { source, .. } => Some(source),
            PatternError::NoGroup { .. } => None,
        }
    }
}

/// Some patterns that are looked for together. Copies share what was compiled.
#[derive(Clone, Debug)]
pub(super) struct Patterns {
    any: RegexSet,
    each: Vec<Regex>,
    /// What is looked for at the end of a text that was cut, besides.
    cut: Option<Regex>,
}

impl Patterns {
    /// Those for command lines, and those for paths.
    pub(super) fn both(defaults: bool, own: &[Pattern]) -> Result<(Self, Self), PatternError> {
        let builtin = DEFAULTS.iter().filter(|_| defaults).map(|default| (default.name, default.regex()));
        let own_of = |path: bool| {
            let wanted = own.iter().filter(move |pattern| !path || pattern.target == Target::Path);
            wanted.map(|pattern| (pattern.name.as_str(), pattern.regex.clone()))
        };
        let mut commands = Self::new(&builtin.chain(own_of(false)).collect::<Vec<_>>())?;
        let cut = defaults.then(|| RegexBuilder::new(CUT_URL).unicode(false).build()).transpose();
        commands.cut = cut.map_err(|source| error("the end of a cut text", source))?;
        Ok((commands, Self::new(&own_of(true).collect::<Vec<_>>())?))
    }

    fn new(patterns: &[(&str, String)]) -> Result<Self, PatternError> {
        let mut each = Vec::new();
        for (name, text) in patterns {
            let regex = RegexBuilder::new(text).unicode(false).build().map_err(|source| error(name, source))?;
            if regex.captures_len() < 2 {
                return Err(PatternError::NoGroup { name: (*name).to_owned() });
            }
            each.push(regex);
        }
        let texts = patterns.iter().map(|(_, text)| text);
        let any = RegexSetBuilder::new(texts).unicode(false).size_limit(64 << 20).build();
        Ok(Patterns { any: any.map_err(|source| error("all together", source))?, each, cut: None })
    }

    /// Adds what may be secret at the end of `text`, which was cut there, to the ranges found in it.
    pub(super) fn find_at_cut(&self, text: &[u8], out: &mut Vec<Range<usize>>) {
        let captures = self.cut.as_ref().and_then(|cut| cut.captures(text));
        let Some(mut secret) = captures.and_then(|captures| captures.get(1)).map(|group| group.range()) else { return };
        while let Some(last) = out.pop_if(|last| last.end >= secret.start) {
            secret.start = secret.start.min(last.start);
        }
        out.push(secret);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// The secret ranges of `text` into `out`, whose content is lost: in order, none empty, none touching another.
    pub(super) fn find(&self, text: &[u8], out: &mut Vec<Range<usize>>) {
        out.clear();
        if self.is_empty() || !self.any.is_match(text) {
            return;
        }
        for at in &self.any.matches(text) {
            if let Some(regex) = self.each.get(at) {
                captured(regex, text, out);
            }
        }
        out.sort_unstable_by_key(|range| range.start);
        out.dedup_by(|next, kept| {
            let touches = next.start <= kept.end;
            if touches {
                kept.end = kept.end.max(next.end);
            }
            touches
        });
    }
}

fn error(name: &str, source: regex::Error) -> PatternError {
    PatternError::Regex { name: name.to_owned(), source: Box::new(source) }
}

fn captured(regex: &Regex, text: &[u8], out: &mut Vec<Range<usize>>) {
    let most = (MAX_WORK / text.len().max(1)).clamp(MATCHES.0, MATCHES.1);
    for (count, captures) in regex.captures_iter(text).enumerate() {
        if count == most {
            let whole = captures.get(0).map_or(0, |whole| whole.start());
            return out.push(whole..text.len());
        }
        let groups = captures.iter().skip(1).flatten();
        out.extend(groups.map(|group| group.range()).filter(|range| !range.is_empty()));
    }
}
