//! What `string.find` and its like, `oyez.regex` and `oyez.glob` search with: compiled once, searched in linear time.
//!
//! A pattern and a text in; where it matches out. A search takes no more than about [`MAX_STEPS`] steps, or is refused: the
//! time limit cannot end a search that runs. Compiled patterns are kept, [`MAX_KEPT`] at most, each of 1 MiB at most.

use std::sync::Arc;

use foldhash::HashMap;
use memchr::memmem;
use regex::bytes::{CaptureLocations, Regex, RegexBuilder};

use super::pattern;

/// Patterns that are kept compiled; when there are more, all are forgotten.
const MAX_KEPT: usize = 64;

/// Longer patterns are not kept, in bytes: those that are no regular expressions may be of any length.
const MAX_KEPT_LEN: usize = 4 << 10;

/// A longer pattern is refused, in bytes.
const MAX_PATTERN: usize = 4096;

/// Bytes of the text times size of the compiled pattern, in states: what the slowest search goes through.
const MAX_STEPS: usize = 1 << 24;

/// Sizes of compiled patterns, in bytes: the smallest that a pattern fits into says how long searching with it can take.
const SIZES: [usize; 4] = [1 << 10, 1 << 12, 1 << 14, 1 << 16];

/// Bytes that one state of a compiled pattern takes, about.
const STATE: usize = 32;

/// Whose pattern it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Syntax {
    /// Lua's.
    Lua,
    /// Lua's, as `gmatch` reads it.
    LuaEach,
    /// A regular expression.
    Regex,
    /// Plain text.
    Plain,
    /// A pattern of file names.
    Glob,
}

impl Syntax {
    /// By its number in text.lua.
    pub(super) fn of(number: u32) -> Syntax {
        match number {
            0 => Syntax::Lua,
            1 => Syntax::LuaEach,
            2 => Syntax::Regex,
            4 => Syntax::Glob,
            _ => Syntax::Plain,
        }
    }
}

/// Patterns, compiled.
#[derive(Default)]
pub(super) struct Searches {
    kept: HashMap<(Syntax, Box<[u8]>), Arc<Pattern>>,
}

/// A pattern, compiled.
pub(super) enum Pattern {
    Plain(Box<memmem::Finder<'static>>),
    Regex {
        regex: Regex,
        /// Bytes of the longest text it may be searched in.
        longest: usize,
        is_anchored: bool,
        /// Of each capture whether it is of a place; empty for none of them.
        places: Vec<bool>,
    },
}

impl Searches {
    /// `pattern`, compiled now or before.
    ///
    /// # Errors
    /// It is no pattern, or is too large: what is wrong with it.
    pub(super) fn get(&mut self, syntax: Syntax, pattern: &[u8]) -> Result<Arc<Pattern>, String> {
        // Boxed for the look-up alone: the map's key is a pair, which cannot be borrowed in halves.
        let key = (syntax, Box::from(pattern));
        if let Some(kept) = self.kept.get(&key) {
            return Ok(Arc::clone(kept));
        }
        let made = Arc::new(compile(syntax, pattern)?);
        if pattern.len() > MAX_KEPT_LEN {
            return Ok(made);
        }
        if self.kept.len() >= MAX_KEPT {
            self.kept.clear();
        }
        self.kept.insert(key, Arc::clone(&made));
        Ok(made)
    }
}

impl Pattern {
    /// Searches `text` from byte `from`, and appends the first match: its first and last byte, counted from 1, then those of
    /// each capture; of one that took no part (-1, -1), of a place (it, -2).
    ///
    /// # Errors
    /// The text is too long for this pattern.
    pub(super) fn find(&self, text: &[u8], from: usize, found: &mut Vec<i64>) -> Result<(), String> {
        match self {
            Pattern::Plain(finder) => {
                let at = text.get(from..).and_then(|rest| finder.find(rest));
                found.extend(at.into_iter().flat_map(|at| place(from + at, from + at + finder.needle().len())));
                Ok(())
            }
            Pattern::Regex { regex, longest, is_anchored, places } => {
                if text.len().saturating_sub(from) > *longest {
                    return Err(format!("text of more than {longest} bytes is too long for this pattern"));
                }
                // Lua's patterns look at nothing before where they begin; an anchor means there.
                let (text, from, skipped) =
                    if *is_anchored { (text.get(from..).unwrap_or_default(), 0, from) } else { (text, from, 0) };
                let mut locations = regex.capture_locations();
                if regex.captures_read_at(&mut locations, text, from.min(text.len())).is_some() {
                    write(&locations, skipped, places, found);
                }
                Ok(())
            }
        }
    }
}

fn write(locations: &CaptureLocations, skipped: usize, places: &[bool], found: &mut Vec<i64>) {
    for index in 0..locations.len() {
        let is_place = index > 0 && places.get(index - 1).copied().unwrap_or(false);
        match locations.get(index) {
            Some((start, _)) if is_place => found.extend([number(start + skipped + 1), -2]),
            Some((start, end)) => found.extend(place(start + skipped, end + skipped)),
            None => found.extend([-1, -1]),
        }
    }
}

fn place(start: usize, end: usize) -> [i64; 2] {
    [number(start + 1), number(end)]
}

fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

fn compile(syntax: Syntax, pattern: &[u8]) -> Result<Pattern, String> {
    if syntax == Syntax::Plain {
        return Ok(Pattern::Plain(Box::new(memmem::Finder::new(pattern).into_owned())));
    }
    if pattern.len() > MAX_PATTERN {
        return Err(format!("a pattern of more than {MAX_PATTERN} bytes is too long"));
    }
    let text = || str::from_utf8(pattern).map_err(|_| "the pattern is not UTF-8".to_owned());
    let (expression, is_anchored, places) = match syntax {
        Syntax::Lua | Syntax::LuaEach => {
            let made = pattern::translate(pattern, syntax == Syntax::Lua)?;
            // `\A` as the text is cut to where the search begins.
            let anchor = if made.is_anchored { "\\A" } else { "" };
            (format!("{anchor}{}", made.regex), made.is_anchored, made.places)
        }
        Syntax::Regex => (text()?.to_owned(), false, Vec::new()),
        Syntax::Glob | Syntax::Plain => (super::glob::expression(text()?)?, false, Vec::new()),
    };
    let (regex, size) = sized(&expression)?;
    Ok(Pattern::Regex { regex, longest: MAX_STEPS / (size / STATE), is_anchored, places })
}

/// Compiled, with its size.
fn sized(expression: &str) -> Result<(Regex, usize), String> {
    let mut why = String::new();
    for size in SIZES {
        let made = RegexBuilder::new(expression).size_limit(size).dfa_size_limit(1 << 18).nest_limit(50).build();
        match made {
            Ok(regex) => return Ok((regex, size)),
            Err(regex::Error::CompiledTooBig(_)) => "the pattern is too large".clone_into(&mut why),
            // The last of several lines says what is wrong; the others draw where.
            Err(error) => {
                let error = error.to_string();
                let what = error.lines().last().unwrap_or(&error);
                return Err(format!("no regular expression: {}", what.strip_prefix("error: ").unwrap_or(what)));
            }
        }
    }
    Err(why)
}
