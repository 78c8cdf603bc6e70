//! The host as it was found: notes every change before it is made, and puts it back.
//!
//! The kernel and the state file are changed here and nowhere else. The file is written before the first change, so that
//! a crash at any moment leaves enough behind for the next start. Refuses to touch settings while another living audit
//! daemon is registered: they are its business then.

use anyhow::Context as _;
use oyez_netlink::{Kernel, Status, rule};

use super::filter::{self, Why};
use super::process;
use super::state::{CpuNote, State, StateFile};
use super::tally::Tally;
use super::tune::{self, Change, Setting};
use crate::config::{KernelSettings, Share};
use crate::exit::Exit;
use crate::rules::held::Held;

mod rules;

pub(crate) use rules::PutBack;

/// Changes the host, and puts it back.
pub(crate) struct Restorer<K> {
    /// `None` without the right to control audit: then nothing is changed.
    kernel: Option<K>,
    /// `None` where nothing is to be noted.
    file: Option<StateFile>,
    state: State,
    /// Registered as the audit daemon.
    registered: bool,
    /// The rules as they are to stay.
    expected: Option<Held>,
    report: fn(&str),
}

impl<K: Kernel> Restorer<K> {
    /// Has not changed anything yet.
    pub(crate) fn new(kernel: Option<K>, file: Option<StateFile>, boot: Option<String>, report: fn(&str)) -> Self {
        Self { kernel, file, state: State::of_this_process(boot), registered: false, expected: None, report }
    }

    /// The present status, if the kernel tells it.
    pub(crate) fn status(&mut self) -> Option<Status> {
        self.kernel.as_mut()?.status().ok()
    }

    /// How many rules there are, if the kernel tells.
    pub(crate) fn rules(&mut self) -> Option<usize> {
        self.kernel.as_mut()?.list_rules(&mut |_| {}).ok()
    }

    /// What stands in the kernel's rules against dropping `EOE`.
    pub(crate) fn objection(&mut self) -> Option<Why> {
        filter::read_rules(self.kernel.as_mut())
    }

    /// Notes which record types are dropped, for `oyez status`.
    pub(crate) fn note_filter(&mut self, types: &[u16]) {
        self.state.filtered = types.to_vec();
        self.note_or_say();
    }

    /// Notes the limit on CPU time, for `oyez status`.
    pub(crate) fn note_cpu_limit(&mut self, share: Option<Share>) {
        let before = self.state.cpu_limit;
        self.state.cpu_limit = share.map(|share| before.map_or(CpuNote::new(share), |note| CpuNote { share, ..note }));
        self.note_or_say();
    }

    /// Whether audit was off until this run, or one that crashed, turned it on.
    pub(crate) fn has_turned_on(&self) -> bool {
        self.state.changes.iter().any(|change| change.setting == Setting::Enabled && change.found == 0)
    }

    /// Takes over from a run of this boot that crashed: its rule goes, and what it found counts as what was found.
    pub(crate) fn take_over(&mut self, crashed: &State) {
        self.state.changes.clone_from(&crashed.changes);
        self.state.rules.clone_from(&crashed.rules);
        if let (Some(kernel), Some(pid)) = (&mut self.kernel, crashed.own_rule) {
            // Gone already is as good.
            let _ = kernel.delete_rule(&rule::never_for_pid(pid));
        }
    }

    /// Makes the kernel what the configuration asks for. A setting that is refused is told and left.
    ///
    /// # Errors
    /// The state file can't be written while there is something to put back at the end (`must_note`); then nothing is
    /// changed.
    pub(crate) fn change(&mut self, wanted: &KernelSettings, must_note: bool) -> anyhow::Result<()> {
        let Some(status) = self.status() else { return Ok(()) };
        let planned = tune::plan(&status, wanted, &self.state.changes);
        let before = std::mem::replace(&mut self.state.changes, planned);
        if let Err(error) = self.note_way_back(must_note && self.state.changes != before) {
            self.state.changes = before;
            return Err(error);
        }
        let report = self.report;
        let Some(kernel) = &mut self.kernel else { return Ok(()) };
        let made =
            tune::make(kernel, &status, &self.state.changes, |setting, error| refused(report, "set", setting, &error));
        if made != std::mem::replace(&mut self.state.changes, made.clone()) {
            self.note_or_say();
        }
        Ok(())
    }

    /// Raises the kernel's backlog limit from what the status said it is.
    ///
    /// # Errors
    /// The state file can't be written while there is something to put back at the end (`must_note`), or the kernel
    /// refuses; then nothing is changed.
    pub(crate) fn raise_backlog_limit(&mut self, from: u32, to: u32, must_note: bool) -> anyhow::Result<()> {
        let before = self.state.changes.clone();
        let limit = Setting::BacklogLimit;
        let stands = |change: &&mut Change| change.setting == limit && change.stands(from);
        if let Some(change) = self.state.changes.iter_mut().find(stands) {
            *change = change.then(to);
        } else {
            // What somebody else made of it meanwhile is what was found.
            self.state.changes.retain(|change| change.setting != limit);
            self.state.changes.insert(0, Change::new(limit, from, to));
        }
        let made = self.note_way_back(must_note).and_then(|()| {
            let Some(kernel) = &mut self.kernel else { return Ok(()) };
            limit.write(kernel, to).context("cannot raise the kernel's backlog_limit")
        });
        match made {
            Ok(()) => self.state.changes.iter_mut().for_each(Change::settle),
            Err(_) => self.state.changes = before,
        }
        self.note_or_say();
        made
    }

    /// Writes the state file before a change is made.
    ///
    /// # Errors
    /// It can't be written, and must be.
    fn note_way_back(&self, must_note: bool) -> anyhow::Result<()> {
        let Err(error) = self.note() else { return Ok(()) };
        let path = self.file.as_ref().map_or_else(String::new, |file| file.path().display().to_string());
        let message = format!("cannot note in {path:?} what to put back after a crash");
        if must_note {
            return Err(error).context(Exit::Io.because(message + " (state_file = \"\" goes without)"));
        }
        (self.report)(&format!("{message}: {error}"));
        Ok(())
    }

    /// Keeps this process out of the log; says whether that was possible.
    pub(crate) fn add_own_rule(&mut self) -> bool {
        let pid = std::process::id();
        self.state.own_rule = Some(pid);
        self.note_or_say();
        let added = self.kernel.as_mut().is_some_and(|kernel| kernel.add_rule(&rule::never_for_pid(pid)).is_ok());
        if !added {
            self.state.own_rule = None;
            self.note_or_say();
        }
        added
    }

    /// Remembers that this process is the registered daemon.
    pub(crate) fn set_registered(&mut self) {
        self.registered = true;
    }

    /// Whether the kernel says that this process is the registered daemon.
    pub(crate) fn is_ours(&mut self) -> bool {
        self.status().is_some_and(|status| status.pid == Some(std::process::id()))
    }

    /// Whether this process registered as the audit daemon.
    pub(crate) fn is_registered(&self) -> bool {
        self.registered
    }

    /// Notes how far the run has come.
    pub(crate) fn note_progress(&mut self, tally: &Tally) {
        let account = tally.account();
        (self.state.received, self.state.emitted) = (account.received, account.emitted);
        if let Some(note) = &mut self.state.cpu_limit {
            note.look(tally);
        }
        self.state.last_serial = tally.last_serial().or(self.state.last_serial);
        self.note_or_say();
    }

    /// Turns audit off if it was off, so that the source dries up while somebody still listens; says whether it did.
    pub(crate) fn quieten(&mut self) -> bool {
        let off = self.state.changes.iter().position(|change| change.setting == Setting::Enabled);
        let (Some(status), Some(off)) = (self.status(), off) else { return false };
        if is_anothers(&status) {
            return false;
        }
        let (report, change) = (self.report, self.state.changes.remove(off));
        if let Some(kernel) = &mut self.kernel {
            tune::put_back(kernel, &status, &[change], |setting, error| refused(report, "put back", setting, &error));
        }
        true
    }

    /// Gives up the registration, if this process has it.
    pub(crate) fn unregister(&mut self) {
        if !std::mem::take(&mut self.registered) {
            return;
        }
        if let Some(Err(error)) = self.kernel.as_mut().map(Kernel::unregister) {
            (self.report)(&format!("{error}"));
        }
    }

    /// Puts back all settings, and takes oyez's own rule away.
    pub(crate) fn put_back(&mut self) {
        self.delete_own_rule();
        let changes = std::mem::take(&mut self.state.changes);
        let Some(status) = self.status().filter(|_| !changes.is_empty()) else { return };
        if is_anothers(&status) {
            return (self.report)(
                "another audit daemon is registered: the kernel's audit settings are left as they are",
            );
        }
        let report = self.report;
        if let Some(kernel) = &mut self.kernel {
            tune::put_back(kernel, &status, &changes, |setting, error| refused(report, "put back", setting, &error));
        }
    }

    /// Takes oyez's own rule away: it is for a process that is about to end.
    pub(crate) fn delete_own_rule(&mut self) {
        let rule = self.state.own_rule.take().map(rule::never_for_pid);
        if let (Some(rule), Some(kernel)) = (rule, &mut self.kernel)
            && let Err(error) = kernel.delete_rule(&rule)
        {
            (self.report)(&format!("{error}"));
        }
    }

    /// The run ended in order. A state that was put back is of no more use; one that is kept says how far the run came.
    pub(crate) fn end(&mut self, restored: bool, tally: &Tally) {
        if restored {
            if let Some(Err(error)) = self.file.as_ref().map(StateFile::remove) {
                (self.report)(&format!("cannot remove the state file: {error}"));
            }
            return;
        }
        self.state.changes.clear();
        self.state.ended = true;
        self.note_progress(tally);
    }

    fn note(&self) -> std::io::Result<()> {
        self.file.as_ref().map_or(Ok(()), |file| file.write(&self.state))
    }

    fn note_or_say(&self) {
        if let Err(error) = self.note() {
            (self.report)(&format!("cannot write the state file: {error}"));
        }
    }
}

/// Whether a living process other than this one is the registered daemon.
fn is_anothers(status: &Status) -> bool {
    status.pid.is_some_and(|pid| pid != 0 && pid != std::process::id() && process::is_living(pid))
}

fn refused(report: fn(&str), action: &str, setting: Setting, error: &oyez_netlink::Error) {
    let reason = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    report(&format!("cannot {action} the kernel's {}{reason}", setting.name()));
}

#[cfg(test)]
mod tests;
