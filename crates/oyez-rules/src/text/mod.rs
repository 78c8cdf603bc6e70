//! Text → [`Command`]s: lines of a rules file, and command lines of auditctl.
//!
//! Nothing is refused at the first error: all [`Problem`]s of all lines come back, each with its place. A line with an
//! error gives no command; one with warnings only gives what auditctl makes of it. Beyond auditctl, which ends such lines
//! with an error or misreads them, this reads: quoted values with spaces, `$'…'` with escapes, tabs between words, names
//! of address families, `unset` for groups and sessions, numbers for `filetype`, and operators within values.

mod calls;
mod field;
mod head;
mod lex;
mod number;
mod options;
mod problem;
mod rule;
mod setting;
mod target;
mod validity;

pub use problem::{Code, Level, Problem};
pub use target::{Names, NoNames, PermSyscalls, Target};
pub use validity::applies;

use crate::model::Command;

/// What came of some text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// What it asks for, in order. Empty for a blank line, for a comment, and where there is an error.
    pub commands: Vec<Command>,
    /// All that is wrong with it, and all that is doubtful.
    pub problems: Vec<Problem>,
}

impl Parsed {
    /// Whether an error is among the problems.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.level == Level::Error)
    }
}

/// One line of a file that asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// What it asks for; never empty.
    pub commands: Vec<Command>,
}

/// What came of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedFile {
    /// The lines that ask for something and have no error.
    pub lines: Vec<Line>,
    /// The problems of all lines.
    pub problems: Vec<Problem>,
}

/// Reads a rules file: one line after the other, as `auditctl -R` does with `-c`.
pub fn parse_file(text: &[u8], target: &Target<'_>) -> ParsedFile {
    let mut file = ParsedFile::default();
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let parsed = parse_line(line, number, target);
        file.problems.extend(parsed.problems);
        if !parsed.commands.is_empty() {
            file.lines.push(Line { number, commands: parsed.commands });
        }
    }
    file
}

/// Reads one line of a rules file, with or without its line end. `number` is its place, from 1, for problems.
pub fn parse_line(line: &[u8], number: usize, target: &Target<'_>) -> Parsed {
    let (tokens, problems) = lex::split(line);
    finish(rule::parse(&tokens, true, target), problems, number)
}

/// The words of one line of a rules file, as [`parse_line`] finds them: none in a blank line and in a comment.
pub fn words(line: &[u8]) -> Vec<Vec<u8>> {
    lex::split(line).0.into_iter().map(|token| token.text).collect()
}

/// Reads the arguments of one auditctl command, its own name not among them. Columns are those of the arguments with one
/// space between them, and the line of problems is 0.
pub fn parse_arguments<A: AsRef<[u8]>>(arguments: &[A], target: &Target<'_>) -> Parsed {
    let mut column = 1;
    let mut tokens = Vec::new();
    for argument in arguments {
        let text = argument.as_ref().to_vec();
        let len = text.len();
        tokens.push(lex::Token { text, column, exact: true });
        column += len + 1;
    }
    finish(rule::parse(&tokens, false, target), Vec::new(), 0)
}

/// Puts the problems of both steps together, in order of columns, and drops the commands of a line with errors.
fn finish(mut parsed: Parsed, mut problems: Vec<Problem>, number: usize) -> Parsed {
    problems.append(&mut parsed.problems);
    problems.sort_by_key(|problem| problem.column);
    for problem in &mut problems {
        problem.line = number;
    }
    parsed.problems = problems;
    if parsed.has_errors() {
        parsed.commands.clear();
    }
    parsed
}

#[cfg(test)]
mod tests;
