//! How the process ends: one table of exit codes, and the errors that carry one.
//!
//! An error says how the process ends by a [`Coded`] in its chain; one without ends as [`Exit::Io`] when its cause is an
//! I/O error, else as [`Exit::Internal`]. The codes never change their meaning.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All is done.
    Done = 0,
    /// Done, but not everything came through: with `--strict` a log is in doubt: records lost or
    /// malformed, none at all, garbage behind it; with `-c` in a rules file lines. For `rules diff`:
    /// something differs. For `rules lint`: an error or a warning. For `import`: something has no counterpart.
    Incomplete = 1,
    /// The command line, the configuration or a rules file is wrong.
    Usage = 2,
    /// An input or output can't be read or written.
    Io = 3,
    /// The kernel refuses, something or everything, or has no audit system.
    Unavailable = 4,
    /// Another process is the audit daemon.
    Taken = 5,
    /// No daemon runs.
    NotRunning = 6,
    /// A fault of oyez itself.
    Internal = 70,
}

/// Every code with what it means, for the help and the man page.
pub const TABLE: [(Exit, &str); 8] = [
    (Exit::Done, "done"),
    (Exit::Incomplete, "done, but logs in doubt (--strict), rules left out, differing or at fault, import not whole"),
    (Exit::Usage, "the command line, the configuration or a rules file is wrong"),
    (Exit::Io, "an input or output cannot be read or written"),
    (Exit::Unavailable, "the kernel refuses (no privilege, a namespace, a rule, a lock) or has no audit system"),
    (Exit::Taken, "another process is the audit daemon, and --mode unicast was given"),
    (Exit::NotRunning, "no daemon is running (reload)"),
    (Exit::Internal, "a fault of oyez itself, please report it"),
];

impl Exit {
    /// The number.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// An error, or the context of one, that ends the process this way.
    pub fn because(self, message: impl Into<String>) -> Coded {
        Coded { exit: self, message: message.into() }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// An error message with the way the process ends. As a context it keeps the cause:
/// `result.context(Exit::Io.because("cannot open \"x\""))`.
#[derive(Debug)]
pub struct Coded {
    /// The way.
    pub exit: Exit,
    message: String,
}

impl fmt::Display for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Coded {}

/// Whoever read our standard output has gone: nothing to report, nothing more to do.
#[derive(Debug)]
pub struct ReaderGone;

impl fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reader of standard output has gone")
    }
}

impl std::error::Error for ReaderGone {}

/// The error for a failed write to standard output: [`ReaderGone`] when its reader closed it (`oyez … | head`).
#[must_use]
pub fn stdout_error(error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return ReaderGone.into();
    }
    anyhow::Error::new(error).context(Exit::Io.because("cannot write to standard output"))
}

/// How the process ends after this error.
#[must_use]
pub fn of(error: &anyhow::Error) -> Exit {
    if error.is::<ReaderGone>() {
        Exit::Done
    } else if let Some(coded) = error.downcast_ref::<Coded>() {
        coded.exit
    } else if error.chain().any(<dyn std::error::Error>::is::<io::Error>) {
        Exit::Io
    } else {
        Exit::Internal
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    fn disk_full() -> io::Error {
        io::ErrorKind::StorageFull.into()
    }

    #[test]
    fn the_code_is_found_under_and_over_other_contexts() {
        let refused = || anyhow::Error::from(Exit::Unavailable.because("cannot open the audit socket"));
        let cases = [
            (refused(), Exit::Unavailable),
            (refused().context("cannot start"), Exit::Unavailable),
            (anyhow!(disk_full()).context(Exit::Usage.because("cannot read the list")), Exit::Usage),
            (anyhow!(disk_full()).context("cannot write"), Exit::Io),
            (anyhow!("a surprise"), Exit::Internal),
            (stdout_error(io::ErrorKind::BrokenPipe.into()), Exit::Done),
            (stdout_error(io::ErrorKind::BrokenPipe.into()).context(Exit::Io.because("cannot write")), Exit::Done),
            (stdout_error(disk_full()), Exit::Io),
        ];
        for (error, exit) in cases {
            assert_eq!(of(&error), exit, "{error:#}");
        }
    }

    #[test]
    fn causes_stay_readable_behind_a_coded_context() {
        let result: Result<(), _> = Err(disk_full());
        let error = result.context(Exit::Io.because("cannot write \"x\"")).unwrap_err();
        assert_eq!(format!("{error:#}"), format!("cannot write \"x\": {}", disk_full()));
    }

    #[test]
    fn codes_are_listed_once_in_order() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0.number() < pair[1].0.number()));
    }
}
