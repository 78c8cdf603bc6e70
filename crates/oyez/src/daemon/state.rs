//! The state file: what this run changed in the kernel and how far it came, so that the next start can put things back
//! after a crash and say how much was missed.
//!
//! [`State`] in, JSON on disk out, and back. Replaced in one step (a new file, then rename(2)), mode 0600, in a directory
//! that is made if need be. A file of another version or with other content is refused, not guessed at.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::process;
use super::rule_notes::RuleNotes;
use super::tally::Tally;
use super::tune::Change;
use crate::config::Share;

/// The only version there is.
const VERSION: u32 = 1;

/// What a run leaves for the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    version: u32,
    /// The process that wrote it.
    pub(crate) pid: u32,
    /// When that process started, in clock ticks since boot (proc(5), `/proc/[pid]/stat`): a pid alone may be reused.
    pub(crate) started: Option<u64>,
    /// The boot id, 32 hex digits: after a reboot nothing here is true any more.
    pub(crate) boot: Option<String>,
    /// The run ended in order: there is nothing to put back.
    pub(crate) ended: bool,
    /// Kernel settings that were changed.
    pub(crate) changes: Vec<Change>,
    /// What was done to the list of rules.
    #[serde(default)]
    pub(crate) rules: RuleNotes,
    /// The process for which a `never` rule was added.
    pub(crate) own_rule: Option<u32>,
    /// The record types that the filter on the socket drops.
    #[serde(default)]
    pub(crate) filtered: Vec<u16>,
    /// What became of `cpu_limit`; `None`: there is none.
    #[serde(default)]
    pub(crate) cpu_limit: Option<CpuNote>,
    /// The serial up to which all was written, left out, or counted as shed or lost: what is held dies with the process.
    pub(crate) last_serial: Option<u32>,
    /// Records received so far.
    pub(crate) received: u64,
    /// Records emitted so far.
    pub(crate) emitted: u64,
}

/// A limit on CPU time, and what it came to by the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CpuNote {
    /// In thousandths of a core.
    pub(crate) share: Share,
    /// It left something out, or made oyez wait, since the look before.
    pub(crate) in_force: bool,
    /// Events left out so far.
    pub(crate) shed: u64,
    /// Microseconds waited so far.
    pub(crate) waited_us: u64,
}

impl CpuNote {
    /// A limit that did nothing yet.
    pub(crate) fn new(share: Share) -> Self {
        Self { share, in_force: false, shed: 0, waited_us: 0 }
    }

    /// Looks at what it did since.
    pub(crate) fn look(&mut self, tally: &Tally) {
        let (shed, waited_us) = (tally.cpu_shed.get(), tally.cpu_waited_us.get());
        self.in_force = (shed, waited_us) != (self.shed, self.waited_us);
        (self.shed, self.waited_us) = (shed, waited_us);
    }
}

impl State {
    /// The state of this process, which has not changed anything yet.
    pub(crate) fn of_this_process(boot: Option<String>) -> Self {
        let pid = process::pid_in_proc();
        Self { version: VERSION, pid, started: process::started(pid), boot, ..Self::default() }
    }

    /// Whether the process that wrote it is still there.
    pub(crate) fn is_living(&self) -> bool {
        let now = process::started(self.pid);
        now.is_some() && (self.started.is_none() || self.started == now)
    }
}

/// Where the state is kept.
#[derive(Clone, Debug)]
pub(crate) struct StateFile(PathBuf);

impl StateFile {
    /// The one at `path`.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Reads it; `None` if there is none.
    ///
    /// # Errors
    /// It can't be read, or is not a state of this version.
    pub(crate) fn read(&self) -> io::Result<Option<State>> {
        let text = match fs::read(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let state: State = serde_json::from_slice(&text)?;
        if state.version == VERSION { Ok(Some(state)) } else { Err(ErrorKind::Unsupported.into()) }
    }

    /// Replaces it.
    ///
    /// # Errors
    /// The directory or the file can't be written.
    pub(crate) fn write(&self, state: &State) -> io::Result<()> {
        if let Some(parent) = self.0.parent() {
            make_directory(parent)?;
        }
        let next = self.0.with_added_extension(std::process::id().to_string());
        let result = write_new(&next, state).and_then(|()| fs::rename(&next, &self.0));
        if result.is_err() {
            // The old state stays; a half-written new one would only be in the way.
            let _ = fs::remove_file(&next);
        }
        result
    }

    /// Removes it, if it is there.
    ///
    /// # Errors
    /// It can't be removed.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Makes a directory and those above it, for all to enter and one to write.
pub(crate) fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o755).create(path)
}

fn write_new(path: &Path, state: &State) -> io::Result<()> {
    let mut text = serde_json::to_vec(state)?;
    text.push(b'\n');
    // One that is there was left by a crash of a process with our pid.
    let _ = fs::remove_file(path);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use oyez_testkit::TempDir;

    use super::*;
    use crate::daemon::tune::Setting;

    #[test]
    fn a_state_reads_back_as_it_was_written_and_is_private() {
        let root = TempDir::new().unwrap();
        let file = StateFile::at(&root.join("deep/state.json"));
        assert_eq!(file.read().unwrap(), None);
        let mut state = State::of_this_process(Some("0".repeat(32)));
        state.changes = vec![Change::new(Setting::Enabled, 0, 1)];
        (state.own_rule, state.last_serial) = (Some(7), Some(u32::MAX));
        state.cpu_limit = Some(CpuNote::new(Share::of_thousandths(250)));
        file.write(&state).unwrap();
        state.received = 9;
        file.write(&state).unwrap();
        let mode = fs::metadata(file.path()).unwrap().permissions().mode() & 0o777;
        let (read, files) = (file.read().unwrap(), fs::read_dir(root.join("deep")).unwrap().count());
        file.remove().unwrap();
        let gone = (file.read().unwrap(), file.remove().is_ok());
        assert_eq!((read, mode, files), (Some(state), 0o600, 1));
        assert_eq!(gone, (None, true));
    }

    #[test]
    fn a_limit_is_in_force_while_it_does_something() {
        let (tally, mut note) = (Tally::default(), CpuNote::new(Share::of_thousandths(250)));
        let mut look = || {
            note.look(&tally);
            (note.in_force, note.shed, note.waited_us)
        };
        assert_eq!(look(), (false, 0, 0));
        tally.cpu_shed.add(3);
        assert_eq!([look(), look()], [(true, 3, 0), (false, 3, 0)]);
        tally.cpu_waited_us.add(5);
        assert_eq!([look(), look()], [(true, 3, 5), (false, 3, 5)]);
    }

    #[test]
    fn a_torn_or_foreign_file_is_refused() {
        let root = TempDir::new().unwrap();
        let file = StateFile::at(&root.join("state.json"));
        file.write(&State::of_this_process(None)).unwrap();
        let whole = fs::read(file.path()).unwrap();
        let mut refused = Vec::new();
        for text in [&whole[..whole.len() / 2], b"", b"{}", b"null", b"{\"version\":2}"] {
            fs::write(file.path(), text).unwrap();
            refused.push(file.read().is_err());
        }
        assert_eq!(refused, [true; 5]);
    }

    #[test]
    fn a_pid_that_was_reused_is_not_the_process_that_wrote_it() {
        let state = State::of_this_process(None);
        assert!(state.is_living());
        assert!(!State { started: state.started.map(|ticks| ticks + 1), ..state.clone() }.is_living());
        assert!(!State { pid: u32::MAX, ..state }.is_living());
    }
}
