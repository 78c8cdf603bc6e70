//! Sessions that began before oyez did: which process is in which from /proc, the rest from logind's files.
//!
//! /proc tells number and user of every session that has a process left (`proc_pid_sessionid(5)`, `proc_pid_loginuid(5)`), and
//! where the program that opened it still waits for its end, that program. logind tells terminal, address and the opener's
//! process in /run/systemd/sessions (systemd's src/login/logind-session.c), one `KEY=value` file per session, of which the
//! first 64 KiB are read. When such a session began is known from logind alone. Sessions without any process are not taken
//! in: nothing can happen in them.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use oyez_events::context::{Login, LoginKind};

use super::said::{Claims, UNSET};
use super::text::clean;
use super::{Logins, program};

/// How much of a file of logind's is read, in bytes.
const MAX_FILE: u64 = 64 << 10;

/// A process in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InSession {
    /// The process.
    pub pid: u32,
    /// Its session.
    pub ses: u32,
    /// Its login uid.
    pub auid: u32,
}

/// What the host knows of sessions. Anything may be gone by the time it is asked for; then there is nothing.
pub trait Sessions {
    /// Hands every process that is in a session to `out`.
    fn processes(&self, out: &mut dyn FnMut(InSession));

    /// The path of a process's program.
    fn exe(&self, pid: u32) -> Option<Vec<u8>>;

    /// Hands the bytes of every session file of logind's to `out`.
    fn files(&self, out: &mut dyn FnMut(&[u8]));
}

/// The sessions of the host that /proc and /run tell of.
#[derive(Clone, Debug)]
pub struct HostSessions {
    proc: PathBuf,
    files: PathBuf,
}

impl Default for HostSessions {
    fn default() -> Self {
        HostSessions::at(Path::new("/proc"), Path::new("/run/systemd/sessions"))
    }
}

impl HostSessions {
    /// The sessions that these directories tell of.
    pub fn at(proc: &Path, files: &Path) -> Self {
        HostSessions { proc: proc.to_owned(), files: files.to_owned() }
    }

    fn number(&self, pid: &OsStr, file: &str) -> Option<u32> {
        let bytes = read(&self.proc.join(pid).join(file))?;
        str::from_utf8(bytes.trim_ascii()).ok()?.parse().ok().filter(|number| *number != UNSET)
    }
}

impl Sessions for HostSessions {
    fn processes(&self, out: &mut dyn FnMut(InSession)) {
        let Ok(entries) = self.proc.read_dir() else { return };
        for name in entries.flatten().map(|entry| entry.file_name()) {
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
            if let Some(ses) = self.number(&name, "sessionid")
                && let Some(auid) = self.number(&name, "loginuid")
            {
                out(InSession { pid, ses, auid });
            }
        }
    }

    fn exe(&self, pid: u32) -> Option<Vec<u8>> {
        let path = self.proc.join(pid.to_string()).join("exe").read_link().ok()?;
        let path = path.as_os_str().as_bytes();
        // proc_pid_exe(5): the mark of a program replaced meanwhile, as after an update of sshd.
        Some(path.strip_suffix(b" (deleted)").unwrap_or(path).to_vec())
    }

    fn files(&self, out: &mut dyn FnMut(&[u8])) {
        let Ok(entries) = self.files.read_dir() else { return };
        // Beside each session's file stands a fifo with its name and `.ref`, which must not be opened.
        for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())) {
            if let Some(bytes) = read(&entry.path()) {
                out(&bytes);
            }
        }
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

impl Logins {
    /// Takes in the sessions that are there; those that are known already stay as they are. To be called once, when records
    /// are being received: then no session is missed in between.
    pub fn found(&mut self, sessions: &dyn Sessions) {
        let mut is_new = Vec::new();
        sessions.processes(&mut |process| {
            let InSession { pid, ses, auid } = process;
            if self.table.entry(ses).is_none() && !self.table.is_full() {
                self.table.insert(Login { ses, auid, ..Login::default() }, self.turn);
                is_new.push(ses);
            }
            let is_unnamed = self.table.entry(ses).is_some_and(|entry| entry.login.by.is_none());
            if is_unnamed && let Some(exe) = sessions.exe(pid).and_then(|exe| clean(&exe)) {
                self.opened_by(ses, &exe);
            }
        });
        is_new.sort_unstable();
        sessions.files(&mut |bytes| {
            let file = SessionFile::parse(bytes);
            if let Some(ses) = file.ses.filter(|ses| is_new.binary_search(ses).is_ok()) {
                self.describe(ses, &file, sessions);
            }
        });
    }

    fn opened_by(&mut self, ses: u32, exe: &str) {
        if program::opens_sessions(exe) {
            self.fill(ses, &Claims { exe: Some(exe.into()), ..Claims::default() });
        }
    }

    fn describe(&mut self, ses: u32, file: &SessionFile, sessions: &dyn Sessions) {
        let exe = file.leader.and_then(|leader| sessions.exe(leader)).and_then(|exe| clean(&exe));
        self.table.change(ses, |login| {
            login.started_ms = file.started_ms;
            login.pid = file.leader;
            if exe.is_some() {
                login.by.clone_from(&exe);
                login.kind = exe.as_deref().map_or(LoginKind::User, program::kind);
            }
            login.acct.clone_from(&file.user);
            login.terminal.clone_from(&file.terminal);
            login.addr.clone_from(&file.addr);
            if file.is_job {
                login.kind = LoginKind::Job;
            }
        });
        if let Some(entry) = self.table.entry(ses) {
            // pam_systemd made the file.
            entry.is_pam = true;
        }
    }
}

/// What logind notes of a session.
#[derive(Debug, Default, PartialEq, Eq)]
struct SessionFile {
    ses: Option<u32>,
    leader: Option<u32>,
    started_ms: Option<u64>,
    user: Option<Box<str>>,
    terminal: Option<Box<str>>,
    addr: Option<Box<str>>,
    is_job: bool,
}

impl SessionFile {
    fn parse(bytes: &[u8]) -> Self {
        let mut file = SessionFile::default();
        for line in bytes.split(|byte| *byte == b'\n') {
            let Some(equals) = line.iter().position(|byte| *byte == b'=') else { continue };
            let (key, value) = line.split_at(equals);
            let value = value.strip_prefix(b"=").unwrap_or(value);
            let number = || str::from_utf8(value).ok()?.parse::<u64>().ok();
            let id = || number().and_then(|number| u32::try_from(number).ok());
            match key {
                b"AUDIT" => file.ses = id().filter(|ses| *ses != UNSET),
                b"LEADER" => file.leader = id(),
                b"REALTIME" => file.started_ms = number().map(|microseconds| microseconds / 1000),
                b"USER" => file.user = clean(value),
                b"TTY" => file.terminal = terminal(value),
                b"REMOTE_HOST" => file.addr = clean(value),
                b"CLASS" => file.is_job |= value.starts_with(b"background") || value.starts_with(b"manager"),
                b"SERVICE" => file.is_job |= matches!(value, b"cron" | b"crond" | b"atd" | b"systemd-user"),
                _ => {}
            }
        }
        file
    }
}

/// logind leaves `/dev/` out.
fn terminal(value: &[u8]) -> Option<Box<str>> {
    let is_device = value.starts_with(b"tty") || value.starts_with(b"pts/");
    clean(&if is_device { [b"/dev/", value].concat() } else { value.to_vec() })
}
