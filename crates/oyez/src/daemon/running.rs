//! What a running daemon lets others know, through its state file.

use std::io;
use std::path::Path;

use super::filter::type_name;
use super::state::{CpuNote, StateFile};

/// A daemon that lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    /// Its process.
    pub(crate) pid: u32,
    /// The record types that the filter on its socket drops, by name; by number those that have none.
    pub(crate) filtered: Vec<String>,
    /// Its limit on CPU time, and what that came to.
    pub(crate) cpu_limit: Option<CpuNote>,
}

impl Running {
    /// The one whose state file this is; `None` if there is no file, or nobody who wrote it any more.
    ///
    /// # Errors
    /// The file can't be read, or is not a state of this version.
    pub(crate) fn find(state_file: &Path) -> io::Result<Option<Self>> {
        let state = StateFile::at(state_file).read()?.filter(|state| !state.ended && state.is_living());
        Ok(state.map(|state| Self {
            pid: state.pid,
            filtered: state.filtered.iter().map(|number| type_name(*number)).collect(),
            cpu_limit: state.cpu_limit,
        }))
    }
}

#[cfg(test)]
mod tests {
    use oyez_testkit::TempDir;

    use super::*;
    use crate::config::Share;
    use crate::daemon::state::State;

    #[test]
    fn only_the_living_run() {
        let root = TempDir::new().unwrap();
        let path = root.join("state.json");
        let mut state = State::of_this_process(None);
        state.filtered = vec![1320, 2990];
        state.cpu_limit = Some(CpuNote::new(Share::of_thousandths(250)));
        let find = |state: &State| {
            StateFile::at(&path).write(state).unwrap();
            Running::find(&path).unwrap()
        };
        let filtered = vec!["EOE".to_owned(), "2990".to_owned()];
        assert_eq!(find(&state), Some(Running { pid: std::process::id(), filtered, cpu_limit: state.cpu_limit }));
        state.ended = true;
        assert_eq!(find(&state), None);
        (state.ended, state.pid) = (false, u32::MAX);
        assert_eq!(find(&state), None);
        assert_eq!(Running::find(&root.join("none")).unwrap(), None);
        std::fs::write(&path, "{}").unwrap();
        assert!(Running::find(&path).is_err());
    }
}
