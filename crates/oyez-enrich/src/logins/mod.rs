//! Login sessions: events in, what stands behind a `ses` out.
//!
//! A session begins when a process is given a login uid: the kernel gives it a number that nobody had since boot, and says
//! so in a `LOGIN` record (kernel/auditsc.c, `audit_log_set_loginuid`). Children inherit both. That record is the kernel's
//! word on number, user and process. Everything else (account, terminal, address, the program's path) is what PAM and the
//! login programs claim in `USER_AUTH`, `CRED_ACQ`, `USER_START` and `USER_LOGIN`, some of it before the session has its
//! number; `USER_END`, `CRED_DISP` (its
//! credentials are given back) or `USER_LOGOUT` ends it, whichever comes first.
//!
//! **Who is believed.** Who may send claims has `CAP_AUDIT_WRITE`, which the root of a container often has too, and shares
//! the session it was started in. So only the process that the kernel named in `LOGIN` speaks for its session; the kernel
//! stamps the process on every claim. `su` and `sudo` within a session, and `sshd` of a container started from it, change
//! nothing. Where `LOGIN` was not seen, the first program that is none of those (module `program`) speaks, and later only it.
//! Texts are bounded and made harmless (module `text`).
//!
//! **What is kept.** At most [`CAPACITY`] sessions. A session that ended stays, so that late events and processes that were
//! left behind still find it, until its room is needed: then the one that ended first goes, and if none has ended, the one
//! that nobody asked for the longest. A number that comes again (another boot) replaces what had it. 4294967295 is no
//! session. Sessions from before the start come from /proc and logind: [`Logins::found`].
//!
//! A session whose opener is killed has no `USER_END`, and stays open as far as is known here.

mod found;
mod program;
mod said;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod waiting;

use std::sync::Arc;

use oyez_events::context::{Login, LoginKind};
use oyez_events::{Event, Record};
use oyez_tables::record_type;

pub use found::{HostSessions, InSession, Sessions};
use said::{Claims, Reader, Said, UNSET};
use table::Table;
use waiting::Waiting;

/// How many sessions are kept.
pub const CAPACITY: usize = 4096;

/// The sessions of this host; belongs to one thread.
#[derive(Debug)]
pub struct Logins {
    table: Table,
    waiting: Waiting,
    reader: Reader,
    /// Counts events: the clock of [`Table::of`].
    turn: u64,
}

impl Default for Logins {
    fn default() -> Self {
        Logins::new()
    }
}

impl Logins {
    /// None yet.
    pub fn new() -> Self {
        Logins { table: Table::new(CAPACITY), waiting: Waiting::default(), reader: Reader::default(), turn: 0 }
    }

    /// Learns from an event; of most it looks at nothing but the numbers of their types.
    #[inline]
    pub fn event(&mut self, event: &Event) {
        self.turn += 1;
        if event.numbers().any(is_of_logins) {
            self.learn(event);
        }
    }

    /// The session `ses`.
    #[inline]
    pub fn of(&self, ses: u32) -> Option<&Arc<Login>> {
        if ses == UNSET {
            return None;
        }
        self.table.of(ses, self.turn)
    }

    fn learn(&mut self, event: &Event) {
        let ms = event.id().millis();
        for record in event.records().filter(|record| is_of_logins(record.number())) {
            let said = self.reader.read(&record);
            if record.number() == record_type::LOGIN {
                self.begin(&said, ms);
            } else {
                self.claim(&record, said, ms);
            }
        }
    }

    /// A process was given a login uid.
    fn begin(&mut self, said: &Said, ms: u64) {
        let (Some(ses), Some(auid), false) = (said.ses, said.auid, said.is_refused) else { return };
        if self.is_known(ses, auid, said.pid, ms) {
            return;
        }
        let waiting = said.pid.and_then(|pid| self.waiting.take(pid, ms));
        let login = Login { ses, auid, started_ms: Some(ms), pid: said.pid, ..Login::default() };
        self.table.insert(login, self.turn);
        if let Some(claims) = waiting {
            self.fill(ses, &claims);
        }
    }

    /// Whether the session that begins is there already: claims may be read before the `LOGIN` that they follow, since that
    /// belongs to an event that takes longer to be over; and a late part may say it again.
    fn is_known(&mut self, ses: u32, auid: u32, pid: Option<u32>, ms: u64) -> bool {
        let Some(entry) = self.table.entry(ses) else { return false };
        let is_same = entry.login.pid == pid && entry.login.auid == auid;
        let is_later = entry.login.started_ms.is_some_and(|started| started >= ms);
        if !is_same || !is_later {
            return false;
        }
        self.table.change(ses, |login| login.started_ms = Some(ms));
        true
    }

    /// A program said something about a login.
    fn claim(&mut self, record: &Record<'_>, said: Said, ms: u64) {
        if said.is_refused {
            return;
        }
        let number = record.number();
        let is_end = matches!(number, record_type::USER_END | record_type::USER_LOGOUT | record_type::CRED_DISP);
        let Some(ses) = said.ses else {
            if !is_end {
                self.waiting.note(said, ms);
            }
            return;
        };
        if is_end {
            return self.end(ses, &said, ms);
        }
        self.forget_other_user(ses, &said);
        if self.table.entry(ses).is_none() {
            self.begin_by_claim(number, ses, &said, ms);
        }
        if self.speaks_for(ses, &said) {
            self.fill(ses, &said.claims);
            if let Some(entry) = self.table.entry(ses) {
                entry.is_pam |= said.is_pam && number == record_type::USER_START;
            }
        }
    }

    /// A session has one user for good (setting another begins another session), so this number came again.
    fn forget_other_user(&mut self, ses: u32, said: &Said) {
        let had = self.table.entry(ses).map(|entry| entry.login.auid);
        if let (Some(had), Some(auid)) = (had, said.auid)
            && had != auid
        {
            self.table.remove(ses);
        }
    }

    /// A session whose `LOGIN` was not seen, or is still to come.
    fn begin_by_claim(&mut self, number: u16, ses: u32, said: &Said, ms: u64) {
        let opens = matches!(number, record_type::USER_START | record_type::USER_LOGIN);
        let Some(auid) = said.auid.filter(|auid| *auid != UNSET) else { return };
        if opens && !said.claims.exe.as_deref().is_none_or(program::stays_in_session) {
            let login = Login { ses, auid, started_ms: Some(ms), pid: said.pid, ..Login::default() };
            self.table.insert(login, self.turn);
        }
    }

    /// Whether the session is the speaker's to tell of.
    fn speaks_for(&mut self, ses: u32, said: &Said) -> bool {
        let Some(entry) = self.table.entry(ses) else { return false };
        let (by, exe) = (entry.login.by.as_deref(), said.claims.exe.as_deref());
        let is_program = by.is_none() || by == exe;
        match entry.login.pid {
            Some(_) => is_program && entry.login.pid == said.pid,
            None => is_program && !exe.is_none_or(program::stays_in_session),
        }
    }

    /// Adds what was not known. A terminal's device is better than the name of a service (`ssh`) that came first.
    fn fill(&mut self, ses: u32, claims: &Claims) {
        self.table.change(ses, |login| {
            if login.by.is_none() {
                login.by.clone_from(&claims.exe);
                login.kind = login.by.as_deref().map_or(LoginKind::User, program::kind);
            }
            if login.acct.is_none() {
                login.acct.clone_from(&claims.acct);
            }
            if login.addr.is_none() {
                login.addr.clone_from(&claims.addr);
            }
            let is_device = claims.terminal.as_deref().is_some_and(|terminal| terminal.starts_with("/dev/"));
            if login.terminal.is_none() || is_device {
                login.terminal.clone_from(&claims.terminal);
            }
        });
    }

    /// One connection of ssh may open several terminals, each with a `USER_LOGOUT`: where PAM opened, only PAM closes.
    fn end(&mut self, ses: u32, said: &Said, ms: u64) {
        let speaks = self.speaks_for(ses, said);
        let Some(entry) = self.table.entry(ses) else { return };
        if said.auid.is_some_and(|auid| auid != entry.login.auid) || (entry.is_pam && !said.is_pam) {
            return;
        }
        let by = entry.login.by.as_deref();
        let by_child = by.is_some_and(program::is_systemd) && by == said.claims.exe.as_deref();
        if speaks || by_child {
            self.table.change(ses, |login| login.ended_ms = login.ended_ms.or(Some(ms)));
        }
    }
}

/// The records that tell of logins.
fn is_of_logins(number: u16) -> bool {
    matches!(
        number,
        record_type::LOGIN
            | record_type::USER_AUTH
            | record_type::USER_ACCT
            | record_type::CRED_ACQ
            | record_type::CRED_DISP
            | record_type::USER_START
            | record_type::USER_END
            | record_type::USER_LOGIN
            | record_type::USER_LOGOUT
    )
}
