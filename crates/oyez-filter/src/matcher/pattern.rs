//! One pattern for text: what it matches, and which pieces of text have to be there for it to match.
//!
//! Regular expressions are those of the crate `regex`, by bytes, with `.` for any byte: text that is not UTF-8, or has a line
//! end in it, escapes none. Refuses what compiles to more than [`MAX_COMPILED`].

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;
use regex_syntax::hir::literal::{ExtractKind, Extractor};

use super::glob::{self, Shape};

/// Bytes that a compiled pattern may take, and as many again while it matches.
const MAX_COMPILED: usize = 1 << 18;
/// Groups within groups of a regular expression.
const MAX_NEST: u32 = 50;
/// A longer piece is cut: it only has to be rare.
const MAX_PIECE: usize = 32;

/// What text has to be like.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    /// It begins with the first and ends with the second, which do not overlap; what lies between holds no `/` unless `across`.
    Ends { front: Box<[u8]>, back: Box<[u8]>, across: bool },
    /// It has this in it.
    Contains(Box<Finder<'static>>),
    /// It matches; in each match one text of each of these lists occurs.
    Regex(Box<Regex>, Vec<Pieces>),
}

/// Texts, of which one has to be in whatever matches; none is empty.
pub(crate) type Pieces = Vec<Box<[u8]>>;

/// What a text in a configuration comes to.
#[derive(Clone, Debug)]
pub(crate) enum Meant {
    /// This text and no other.
    Exact(Box<[u8]>),
    /// All of a pattern.
    Like(Pattern),
}

impl Pattern {
    pub(crate) fn starts(front: &[u8]) -> Self {
        Pattern::Ends { front: front.into(), back: [].into(), across: true }
    }

    pub(crate) fn ends(back: &[u8]) -> Self {
        Pattern::Ends { front: [].into(), back: back.into(), across: true }
    }

    pub(crate) fn contains(text: &[u8]) -> Self {
        Pattern::Contains(Box::new(Finder::new(text).into_owned()))
    }

    /// A regular expression, matched anywhere in the text.
    pub(crate) fn regex(pattern: &str, nocase: bool) -> Result<Self, String> {
        let hir = parse(pattern, nocase)?;
        if hir.properties().minimum_len() == Some(0) && hir.properties().look_set().is_empty() {
            return Err("it matches any text".to_owned());
        }
        let pieces = [ExtractKind::Prefix, ExtractKind::Suffix].into_iter().filter_map(|kind| pieces(&hir, kind));
        Ok(Pattern::Regex(Box::new(build(pattern, nocase)?), pieces.collect()))
    }

    /// Whether `text` is like this.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        match self {
            Pattern::Ends { front, back, across } => {
                let between = text.strip_prefix(&**front).and_then(|rest| rest.strip_suffix(&**back));
                between.is_some_and(|between| *across || memchr::memchr(b'/', between).is_none())
            }
            Pattern::Contains(finder) => finder.find(text).is_some(),
            Pattern::Regex(regex, _) => regex.is_match(text),
        }
    }

    /// Lists of pieces, each of which has one that is in every text that matches; none where nothing is known.
    pub(crate) fn pieces(&self) -> Vec<Pieces> {
        match self {
            Pattern::Ends { front, back, .. } => {
                let front = front.get(..front.len().min(MAX_PIECE));
                let back = back.get(back.len().saturating_sub(MAX_PIECE)..);
                [front, back]
                    .into_iter()
                    .flatten()
                    .filter(|text| !text.is_empty())
                    .map(|text| vec![text.into()])
                    .collect()
            }
            Pattern::Contains(finder) => vec![vec![cut(finder.needle())]],
            Pattern::Regex(_, pieces) => pieces.clone(),
        }
    }
}

/// What a glob means.
pub(crate) fn glob(text: &str, is_path: bool, nocase: bool) -> Result<Meant, String> {
    Ok(match glob::parse(text, is_path)? {
        Shape::Exact(text) => return exact(&text, nocase),
        Shape::Ends(front, back, across) if !nocase => {
            if across && front.is_empty() && back.is_empty() {
                return Err("it matches any text".to_owned());
            }
            Meant::Like(Pattern::Ends { front: front.into(), back: back.into(), across })
        }
        Shape::Contains(text) if !nocase => Meant::Like(Pattern::contains(&text)),
        Shape::Regex(regex, literals) => {
            let pieces = if nocase { Vec::new() } else { literals.iter().map(|text| vec![cut(text)]).collect() };
            Meant::Like(Pattern::Regex(Box::new(build(&regex, nocase)?), pieces))
        }
        Shape::Ends(front, back, across) => {
            let between = if across { ".*" } else { "[^/]*" };
            like(&format!("^{}{between}{}$", glob::escape(&front), glob::escape(&back)))?
        }
        Shape::Contains(text) => like(&glob::escape(&text))?,
    })
}

/// Exactly `text`.
pub(crate) fn exact(text: &[u8], nocase: bool) -> Result<Meant, String> {
    if nocase { like(&format!("^{}$", glob::escape(text))) } else { Ok(Meant::Exact(text.into())) }
}

fn like(regex: &str) -> Result<Meant, String> {
    Pattern::regex(regex, true).map(Meant::Like)
}

fn cut(text: &[u8]) -> Box<[u8]> {
    text.get(..text.len().min(MAX_PIECE)).unwrap_or_default().into()
}

fn parse(pattern: &str, nocase: bool) -> Result<Hir, String> {
    let mut parser = ParserBuilder::new();
    parser.utf8(false).unicode(false).dot_matches_new_line(true).case_insensitive(nocase).nest_limit(MAX_NEST);
    parser.build().parse(pattern).map_err(|error| match error {
        regex_syntax::Error::Parse(error) => format!("{} at byte {}", error.kind(), error.span().start.offset),
        regex_syntax::Error::Translate(error) => format!("{} at byte {}", error.kind(), error.span().start.offset),
        other => other.to_string(),
    })
}

fn build(pattern: &str, nocase: bool) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new(pattern);
    builder.unicode(false).dot_matches_new_line(true).case_insensitive(nocase);
    builder.nest_limit(MAX_NEST).size_limit(MAX_COMPILED).dfa_size_limit(MAX_COMPILED);
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => format!("it takes more than {limit} bytes when compiled"),
        other => other.to_string(),
    })
}

fn pieces(hir: &Hir, kind: ExtractKind) -> Option<Pieces> {
    let is_suffix = matches!(kind, ExtractKind::Suffix);
    let seq = Extractor::new().kind(kind).extract(hir);
    let literals = seq.literals().filter(|literals| !literals.is_empty())?;
    let piece = |bytes: &[u8]| -> Box<[u8]> {
        if is_suffix {
            bytes.get(bytes.len().saturating_sub(MAX_PIECE)..).unwrap_or_default().into()
        } else {
            cut(bytes)
        }
    };
    let pieces: Pieces = literals.iter().map(|literal| piece(literal.as_bytes())).collect();
    pieces.iter().all(|piece| !piece.is_empty()).then_some(pieces)
}
