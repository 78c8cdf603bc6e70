//! What this process may call its own on this host, as against another oyez: the pid file, the state file, the kernel's
//! settings.
//!
//! Paths in, a [`Claim`] out. Refuses nothing: a file that can't be written is told and done without, and beside another
//! living oyez this one makes do with listening.

use super::pid_file::PidFile;
use super::state::{State, StateFile};
use crate::config::Settings;

/// What this process holds.
#[derive(Debug)]
pub(crate) struct Claim {
    pid_file: Option<PidFile>,
    /// Where to note what was changed.
    pub(crate) state_file: Option<StateFile>,
    /// What the run before this one left.
    pub(crate) previous: Option<State>,
    /// Another oyez lives: state and kernel are its business.
    pub(crate) second: bool,
}

impl Claim {
    /// Takes what is free.
    pub(crate) fn stake(settings: &Settings, report: fn(&str)) -> Self {
        let mut second = false;
        let pid_file = settings.pid_file.as_deref().and_then(|path| match PidFile::take(path) {
            Ok(taken) => {
                second = taken.is_none();
                taken
            }
            Err(error) => {
                let path = path.display().to_string();
                report(&format!("cannot write the pid file {path:?}, so `oyez reload` will not work: {error}"));
                None
            }
        });
        let state_file = settings.state_file.as_deref().map(StateFile::at);
        let previous = state_file.as_ref().and_then(|file| read(file, report));
        second |= previous.as_ref().is_some_and(|state| !state.ended && state.is_living());
        if second {
            return Self { pid_file, state_file: None, previous: None, second };
        }
        Self { pid_file, state_file, previous, second }
    }

    /// Gives up what was taken.
    pub(crate) fn end(self, report: fn(&str)) {
        if let Some(Err(error)) = self.pid_file.map(PidFile::remove) {
            report(&format!("cannot remove the pid file: {error}"));
        }
    }
}

fn read(file: &StateFile, report: fn(&str)) -> Option<State> {
    file.read().unwrap_or_else(|error| {
        let path = file.path().display().to_string();
        report(&format!("cannot use the state file {path:?}, so nothing of an earlier run is put back: {error}"));
        None
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use oyez_testkit::TempDir;

    use super::*;

    fn settings() -> (Settings, TempDir) {
        let root = TempDir::new().unwrap();
        let (pid_file, state_file) = (Some(root.join("oyez.pid")), Some(root.join("state.json")));
        (Settings { state_file, pid_file, ..Settings::default() }, root)
    }

    #[test]
    fn a_second_process_claims_nothing_and_the_next_one_everything() {
        let (settings, root) = settings();
        let first = Claim::stake(&settings, |_| {});
        let second = Claim::stake(&settings, |_| {});
        let claims = (first.second, first.state_file.is_some(), second.second, second.state_file.is_some());
        second.end(|_| {});
        let kept = root.join("oyez.pid").exists();
        first.end(|_| {});
        let gone = !root.join("oyez.pid").exists();
        assert_eq!(claims, (false, true, true, false));
        assert!(kept && gone);
    }

    #[test]
    fn a_state_of_the_living_makes_this_one_the_second_and_one_of_the_dead_is_its_own() {
        for (pid, ended, second) in
            [(std::process::id(), false, true), (std::process::id(), true, false), (u32::MAX, false, false)]
        {
            let (settings, root) = settings();
            let mut state = State::of_this_process(None);
            (state.pid, state.ended, state.started) = (pid, ended, None);
            StateFile::at(&root.join("state.json")).write(&state).unwrap();
            let claim = Claim::stake(&settings, |_| {});
            assert_eq!((claim.second, claim.previous.is_none()), (second, second), "{pid} {ended}");
        }
    }

    #[test]
    fn files_that_cannot_be_written_are_done_without() {
        let (mut settings, root) = settings();
        settings.pid_file = Some(root.join("state.json/oyez.pid"));
        fs::write(root.join("state.json"), "no state").unwrap();
        let claim = Claim::stake(&settings, |_| {});
        assert!(!claim.second && claim.previous.is_none());
    }
}
