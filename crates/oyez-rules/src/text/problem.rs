//! What is wrong with a line, and where.

use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// auditctl takes it, but hardly as it was meant.
    Warning,
    /// auditctl or the kernel would refuse it.
    Error,
}

/// What kind of problem it is, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// An option that auditctl does not have.
    UnknownOption,
    /// An option without its value.
    MissingValue,
    /// A word that belongs to no option.
    StrayWord,
    /// Options that cannot stand together, or not in this order.
    OptionConflict,
    /// Neither a list nor an action, or not one of each.
    UnknownList,
    /// The action `possible`, which is obsolete: auditctl passes over such a line.
    ObsoleteAction,
    /// A field, or a call, before its list.
    ListFirst,
    /// No operator, or one that the field does not take.
    BadOperator,
    /// A field that does not exist.
    UnknownField,
    /// A field that this list does not take.
    WrongList,
    /// A field that must not be there twice.
    Duplicate,
    /// A field that this list never matches.
    NeverMatches,
    /// An architecture that does not exist, or that this machine does not have.
    UnknownArch,
    /// `arch` behind `-S`.
    ArchLate,
    /// A call that this architecture does not have.
    UnknownSyscall,
    /// A call whose number is another one for 32-bit programs, and no `arch`.
    NoArch,
    /// A user or group that does not exist.
    UnknownUser,
    /// An error, record type, type of file or file system, or address family that does not exist.
    UnknownName,
    /// A value that is no number, or too large a one.
    BadNumber,
    /// Letters that are not of `rwxa`.
    BadPermission,
    /// A path that is not absolute, or otherwise not one the kernel takes.
    BadPath,
    /// A key without a call, path or program before it.
    KeyFirst,
    /// Keys, or another text, that are too long.
    TooLong,
    /// A byte that cannot stand here.
    BadByte,
    /// More tests than a rule can have.
    TooManyFields,
    /// Quotes that auditctl takes for part of the value.
    LiteralQuotes,
}

/// One thing that is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub level: Level,
    /// What kind it is.
    pub code: Code,
    /// The line, from 1; 0 on a command line.
    pub line: usize,
    /// The byte in the line, from 1.
    pub column: usize,
    /// What is wrong, in lower case and without a stop.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    pub(super) fn error(code: Code, column: usize, what: impl Into<String>) -> Self {
        Self { level: Level::Error, code, line: 0, column, what: what.into(), hint: None }
    }

    pub(super) fn warning(code: Code, column: usize, what: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(code, column, what) }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// With the known name nearest to `word` as the hint, if one is near.
    pub(super) fn meant<'a>(self, word: &[u8], known: impl IntoIterator<Item = &'a str>) -> Self {
        match crate::suggest::nearest(&show(word), known) {
            Some(name) => self.hint(format!("did you mean \"{name}\"?")),
            None => self,
        }
    }
}

impl fmt::Display for Problem {
    /// `LINE:COLUMN: LEVEL: WHAT (HINT)`; the line is left out on a command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:", self.line)?;
        }
        let level = if self.level == Level::Error { "error" } else { "warning" };
        write!(f, "{}: {level}: {}", self.column, self.what)?;
        self.hint.iter().try_for_each(|hint| write!(f, " ({hint})"))
    }
}

/// Bytes of a rule as a message can show them: one line, and no control characters.
pub(super) fn show(bytes: &[u8]) -> String {
    const MOST: usize = 200;
    let shown: String = String::from_utf8_lossy(bytes).chars().take(MOST).collect();
    shown.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}
