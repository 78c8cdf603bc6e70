//! What can go wrong with a spool.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a spool did not do what it was asked to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The directory cannot be made, opened or locked.
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Someone else could put files into the directory.
    Unsafe {
        /// The directory.
        path: PathBuf,
        /// Who or how.
        why: &'static str,
    },
    /// Another process, or another spool of this one, uses the directory.
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// A file was written by a version with another format; nothing was changed.
    Version {
        /// The file's name.
        name: String,
        /// The version that it says.
        version: u32,
    },
    /// The settings contradict each other.
    Settings(&'static str),
    /// An entry is larger than an entry, or the whole spool, may be.
    TooLarge {
        /// What it takes, in bytes.
        bytes: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// What was acknowledged has not been handed out.
    NotHandedOut,
    /// A file cannot be read, written, made, removed or synced.
    File {
        /// What was tried.
        action: &'static str,
        /// The file's name.
        name: String,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// Makes an error of a file's from what the system says.
    pub(super) fn file(action: &'static str, name: &str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { action, name: name.to_owned(), source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory { path, .. } => write!(f, "cannot open spool directory \"{}\"", path.display()),
            Self::Unsafe { path, why } => write!(f, "cannot trust spool directory \"{}\": {why}", path.display()),
            Self::Locked { path } => write!(f, "cannot lock spool directory \"{}\": it is in use", path.display()),
            Self::Version { name, version } => {
                write!(f, "cannot read spool file {name:?}: its format is version {version}")
            }
            Self::Settings(why) => write!(f, "cannot use spool settings: {why}"),
            Self::TooLarge { bytes, limit } => write!(f, "cannot spool {bytes} bytes at once: the limit is {limit}"),
            Self::NotHandedOut => f.write_str("cannot acknowledge what was not handed out"),
            Self::File { action, name, .. } => write!(f, "cannot {action} spool file {name:?}"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Directory { source, .. } | Self::File { source, .. } => Some(source),
            _ => None,
        }
    }
}
