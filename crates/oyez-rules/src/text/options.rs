//! Words → options with their values, as `getopt_long` finds them for auditctl: short ones may be bundled and have their
//! value attached, long ones may be cut short, and words that belong to no option may stand anywhere.

use super::lex::Token;
use super::problem::{Code, Problem, show};

/// An option of auditctl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opt {
    /// By its letter.
    Short(u8),
    /// By its name.
    Long(&'static str),
}

impl Opt {
    /// As it is written.
    pub(super) fn name(self) -> String {
        match self {
            Self::Short(letter) => format!("-{}", char::from(letter)),
            Self::Long(name) => format!("--{name}"),
        }
    }
}

/// An option that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) opt: Opt,
    /// Where the option stands.
    pub(super) column: usize,
    /// Its value; empty where it takes none.
    pub(super) value: Token,
}

/// Letters of options, those with a value apart (auditctl(8)).
const PLAIN: &[u8] = b"hicslDvt";
const WITH_VALUE: &[u8] = b"CefrbaAdSFmRwWkpq";
/// Long options, and whether they take a value.
const LONG: [(&str, bool); 6] = [
    ("help", false),
    ("loginuid-immutable", false),
    ("backlog_wait_time", true),
    ("reset-lost", false),
    ("reset_backlog_wait_time_actual", false),
    ("signal", true),
];

/// The options of a line, and what is wrong with them.
pub(super) fn read(tokens: &[Token]) -> (Vec<Given>, Vec<Problem>) {
    let mut reader = Reader { tokens: tokens.iter(), given: Vec::new(), problems: Vec::new() };
    while let Some(token) = reader.tokens.next() {
        match token.text.as_slice() {
            b"--" => {
                for token in std::mem::take(&mut reader.tokens) {
                    reader.stray(token);
                }
            }
            [b'-', b'-', ..] => reader.long(token),
            [b'-', _, ..] => reader.short(token),
            _ => reader.stray(token),
        }
    }
    (reader.given, reader.problems)
}

struct Reader<'a> {
    tokens: std::slice::Iter<'a, Token>,
    given: Vec<Given>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn stray(&mut self, token: &Token) {
        let what = format!("\"{}\" belongs to no option", show(&token.text));
        let problem = Problem::error(Code::StrayWord, token.column, what);
        self.problems.push(match token.text.first() {
            Some(b'#') => problem.hint("a comment needs a line of its own"),
            _ => problem.hint("a value with spaces stands in quotes"),
        });
    }

    fn short(&mut self, token: &Token) {
        for (at, letter) in token.text.iter().enumerate().skip(1) {
            // The first letter's place is that of its dash.
            let (opt, column) = (Opt::Short(*letter), token.column_of(if at == 1 { 0 } else { at }));
            if PLAIN.contains(letter) {
                self.given.push(Given { opt, column, value: token.from(token.text.len()) });
            } else if WITH_VALUE.contains(letter) {
                let attached = Some(token.from(at + 1)).filter(|value| !value.text.is_empty());
                return self.with_value(opt, column, attached);
            } else {
                let what = format!("unknown option {}", show(&token.text));
                return self.problems.push(Problem::error(Code::UnknownOption, column, what));
            }
        }
    }

    fn long(&mut self, token: &Token) {
        let (name, value) = match token.text.iter().position(|byte| *byte == b'=') {
            Some(at) => (&token.text[2..at], Some(token.from(at + 1))),
            None => (&token.text[2..], None),
        };
        let exact = LONG.iter().find(|(known, _)| known.as_bytes() == name);
        let cut: Vec<_> = LONG.iter().filter(|(known, _)| known.as_bytes().starts_with(name)).collect();
        let found = exact.or(if let [only] = cut[..] { Some(only) } else { None });
        match found {
            Some((name, true)) => self.with_value(Opt::Long(name), token.column, value),
            Some((name, false)) if value.is_none() => {
                let value = token.from(token.text.len());
                self.given.push(Given { opt: Opt::Long(name), column: token.column, value });
            }
            Some((name, _)) => {
                let what = format!("--{name} takes no value");
                self.problems.push(Problem::error(Code::OptionConflict, token.column, what));
            }
            None => {
                let what = format!("unknown option --{}", show(name));
                let names = LONG.iter().map(|(name, _)| *name);
                self.problems.push(Problem::error(Code::UnknownOption, token.column, what).meant(name, names));
            }
        }
    }

    fn with_value(&mut self, opt: Opt, column: usize, attached: Option<Token>) {
        if let Some(value) = attached.or_else(|| self.tokens.next().cloned()) {
            self.given.push(Given { opt, column, value });
        } else {
            let what = format!("{} needs a value", opt.name());
            self.problems.push(Problem::error(Code::MissingValue, column, what));
        }
    }
}
