//! A program of its own that reads messages from its standard input: a script, a forwarder, a plugin of auditd's.
//!
//! In: parcels. Out: lines, or what auditd's dispatcher writes ([`Protocol`]), on a pipe. **Acknowledged is what the program has
//! read.** A pipe tells at our end how much of it is unread, so what a program leaves behind when it ends is not
//! lost: it goes to the next one, message by message, from the first that was not read to its end. What a delivery leaves
//! unread when its time is over is taken back; a message of which the program has read one half is kept, and its other half is
//! the first that is written in the next delivery. Lost can only be what a program had read and not dealt with when it ended.
//!
//! The program runs without a shell, in a process group of its own, in `/`, with `PATH`, `LANG` and what it is given in its
//! environment, standard output to nowhere, and of standard error the last line kept, to be told when it ends. It is started by
//! the first delivery, and again by the first one after its end: how soon is the courier's business. At the end its pipe is closed;
//! if that does not end it, SIGTERM to its group, then SIGKILL. It never outlives its sink.
//!
//! The kernel does not exempt it from audit, as it does the audit daemon: what it does may be audited, and come to it as
//! further events.
//!
//! Refuses a file that is not executable, or that others than its owner and root could change: it runs as we do.

mod child;
mod pipe;
mod sink;

use std::any::Any;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use crate::audispd::Protocol;
use crate::sink::{Failure, Kind, Sink, Site, same};

/// What to run, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The program, an absolute path.
    pub path: PathBuf,
    /// Its arguments, without its name.
    pub args: Vec<String>,
    /// Variables of its environment, beside `PATH` and `LANG`, which they may replace.
    pub env: Vec<(String, String)>,
    /// The user it runs as, without further groups; `None`: ours.
    pub user: Option<u32>,
    /// The group it runs as; `None`: ours.
    pub group: Option<u32>,
    /// What it is written.
    pub protocol: Protocol,
    /// Whether it is sent SIGHUP when it shall open files anew or read its configuration again, as auditd does to plugins. Most
    /// programs end by that.
    pub hangup: bool,
    /// Whether the last line of its standard error is told when it ends; else that goes to nowhere.
    pub complaints: bool,
    /// How long it may take to end after SIGTERM.
    pub grace: Duration,
}

impl Settings {
    /// Runs this with what is usual.
    pub fn of(path: impl Into<PathBuf>, args: Vec<String>) -> Self {
        Self {
            path: path.into(),
            args,
            env: Vec::new(),
            user: None,
            group: None,
            protocol: Protocol::Lines,
            hangup: false,
            complaints: true,
            grace: Duration::from_secs(3),
        }
    }
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        Ok(Box::new(sink::Program::new(self.clone(), Arc::clone(&site.stats))))
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

/// Whether this can be run, and only its owner, who is root or we, can change it.
fn check(path: &Path) -> Result<(), Failure> {
    let failed = |why: &str| Failure::new(format!("cannot run {}: {why}", shown(path)));
    let meta =
        fs::metadata(path).map_err(|error| Failure::new(format!("cannot run {}", shown(path))).because(error))?;
    if !path.is_absolute() {
        return Err(failed("the path is not absolute"));
    }
    if !meta.is_file() || meta.mode() & 0o111 == 0 {
        return Err(failed("it is not an executable file"));
    }
    if meta.uid() != 0 && meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(failed("it belongs neither to root nor to the user oyez runs as"));
    }
    if meta.mode() & 0o022 != 0 {
        return Err(failed("others than its owner may change it (chmod go-w)"));
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}
