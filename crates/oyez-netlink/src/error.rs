//! What went wrong, with what was being done and the system's own reason.

use std::fmt;
use std::io;
use std::time::Duration;

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure, told as the action and its object; the system's reason is the `source`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A system call failed.
    System {
        /// Action and object, as in "cannot open the audit socket" without the "cannot".
        action: &'static str,
        /// The reason, with its errno.
        source: io::Error,
    },
    /// The kernel answered a request with an error.
    Refused {
        /// Action and object, as in [`Error::System`].
        action: &'static str,
        /// The reason, with its errno.
        source: io::Error,
    },
    /// The kernel did not answer in time. What was asked may still have been done.
    TimedOut {
        /// Action and object, as in [`Error::System`].
        action: &'static str,
        /// How long was waited.
        after: Duration,
    },
    /// The kernel's answer was not what was asked for: too short, cut, or lost among strangers' messages.
    Answer {
        /// Action and object, as in [`Error::System`].
        action: &'static str,
        /// What was wrong with the answer.
        problem: &'static str,
    },
    /// A record type that must not be filtered out before oyez sees it, or too many of them.
    Filter {
        /// What is wrong with the list.
        problem: &'static str,
    },
}

impl Error {
    /// The errno behind this failure, if a system call or the kernel gave one.
    pub fn errno(&self) -> Option<i32> {
        match self {
            Self::System { source, .. } | Self::Refused { source, .. } => source.raw_os_error(),
            Self::TimedOut { .. } | Self::Answer { .. } | Self::Filter { .. } => None,
        }
    }

    /// A closure for `map_err` on system calls.
    pub(crate) fn system(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { action, source }
    }

    /// A kernel's negative answer (`-errno`) to a request.
    pub(crate) fn refused(action: &'static str, code: i32) -> Self {
        Self::Refused { action, source: io::Error::from_raw_os_error(code.saturating_neg()) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System { action, .. } => write!(f, "cannot {action}"),
            Self::Refused { action, .. } => write!(f, "cannot {action}: the kernel refused"),
            Self::TimedOut { action, after } => {
                write!(f, "cannot {action}: no answer from the kernel within {} ms", after.as_millis())
            }
            Self::Answer { action, problem } => write!(f, "cannot {action}: {problem}"),
            Self::Filter { problem } => write!(f, "cannot filter record types on the socket: {problem}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System { source, .. } | Self::Refused { source, .. } => Some(source),
            Self::TimedOut { .. } | Self::Answer { .. } | Self::Filter { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn a_refusal_keeps_the_kernels_errno_as_its_source() {
        let error = Error::refused("register as the audit daemon", -libc::EEXIST);
        assert_eq!(error.errno(), Some(libc::EEXIST));
        assert_eq!(error.to_string(), "cannot register as the audit daemon: the kernel refused");
        assert!(error.source().is_some());
    }

    #[test]
    fn the_lowest_error_code_does_not_overflow() {
        assert_eq!(Error::refused("x", i32::MIN).errno(), Some(i32::MAX));
    }
}
