//! A running program: settings in; a pipe into it, the end of what it complained, and how it ended, out.
//!
//! It is the leader of a process group of its own. However it ends, what is left of its group is killed and it is reaped: a
//! [`Child`] that is dropped leaves nothing behind. Refuses nothing.

use std::fmt::Write as _;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::Timespec;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

use super::Settings;
use super::pipe::{Pipe, Woken};

/// Where programs look for programs.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Bytes of complaints that are kept: the last ones.
const COMPLAINTS: usize = 512;

/// Bytes of complaints that are read at a time; more wait in their pipe.
const AT_ONCE: usize = 64 << 10;

/// How often a program that shall end is looked at.
const LOOK: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(super) struct Child {
    group: Group,
    pub(super) pipe: Pipe,
    complaints: Option<OwnedFd>,
    /// The last of what it wrote to standard error.
    last_words: Vec<u8>,
}

impl Child {
    /// Starts it.
    pub(super) fn start(settings: &Settings) -> io::Result<Self> {
        let (pipe, stdin) = Pipe::new()?;
        let mut command = Command::new(&settings.path);
        command.args(&settings.args).env_clear().env("PATH", PATH).current_dir("/").process_group(0);
        command.envs(std::env::var_os("LANG").map(|lang| ("LANG", lang)));
        command.envs(settings.env.iter().map(|(name, value)| (name, value)));
        if let Some(group) = settings.group {
            command.gid(group);
        }
        if let Some(user) = settings.user {
            command.uid(user);
        }
        let stderr = if settings.complaints { Stdio::piped() } else { Stdio::null() };
        let mut process = command.stdin(stdin).stdout(Stdio::null()).stderr(stderr).spawn()?;
        let complaints = process.stderr.take().map(OwnedFd::from);
        let child = Self { group: Group { process, is_reaped: false }, pipe, complaints, last_words: Vec::new() };
        if let Some(complaints) = &child.complaints {
            rustix::io::ioctl_fionbio(complaints, true)?;
        }
        Ok(child)
    }

    /// Whether it has ended. It stays a zombie until it is dropped, so that its group's number is nobody else's.
    pub(super) fn has_ended(&self) -> bool {
        self.group.has_ended()
    }

    /// Waits as [`Pipe::wait`] does, and listens to complaints meanwhile.
    pub(super) fn wait(&mut self, room: bool, time: Duration) -> Woken {
        let time = Timespec::try_from(time).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
        let woken = self.pipe.wait(room, self.complaints.as_ref(), &time);
        self.listen();
        woken
    }

    /// Reads complaints; the last of them are kept.
    pub(super) fn listen(&mut self) {
        let Some(from) = &self.complaints else { return };
        let mut bytes = [0; 4096];
        let mut total = 0;
        while total < AT_ONCE {
            match rustix::io::retry_on_intr(|| rustix::io::read(from, &mut bytes[..])) {
                Err(Errno::AGAIN) => return,
                Ok(0) | Err(_) => {
                    self.complaints = None;
                    return;
                }
                Ok(count) => {
                    total += count;
                    self.last_words.extend_from_slice(bytes.get(..count).unwrap_or_default());
                    let over = self.last_words.len().saturating_sub(COMPLAINTS);
                    self.last_words.drain(..over);
                }
            }
        }
    }

    /// Asks it to end, and waits so long.
    pub(super) fn terminate(&self, time: Duration) {
        self.group.signal(Signal::TERM);
        self.group.ends_within(time);
    }

    /// Tells it alone, and not what it started, as auditd does.
    pub(super) fn hang_up(&self) {
        if let Some(pid) = self.group.pid() {
            // It has ended: that is found out elsewhere.
            let _ = kill_process(pid, Signal::HUP);
        }
    }

    /// Kills what is left of it, and says how it ended and what it said last.
    pub(super) fn reap(mut self) -> String {
        let ended = self.group.reap();
        self.listen();
        let mut text = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
        let words = String::from_utf8_lossy(&self.last_words);
        if let Some(line) = words.lines().map(str::trim).rfind(|line| !line.is_empty()) {
            let _ = write!(text, "; it said last: {:?}", line.chars().take(200).collect::<String>());
        }
        text
    }

    /// Closes the pipe and gives it `patience` to end by itself; then SIGTERM and `grace`, then SIGKILL. Says whether it had
    /// to be killed.
    pub(super) fn end(self, patience: Duration, grace: Duration) -> bool {
        // Its complaints go unread, but may be made as long as it lives.
        let Self { mut group, pipe, complaints: _open, last_words: _ } = self;
        drop(pipe);
        if group.ends_within(patience) {
            return false;
        }
        group.signal(Signal::TERM);
        let killed = !group.ends_within(grace);
        let _ = group.reap();
        killed
    }
}

/// The program with all that it started and that stayed in its process group.
#[derive(Debug)]
struct Group {
    process: std::process::Child,
    is_reaped: bool,
}

impl Group {
    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(self.process.id().cast_signed())
    }

    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        // Where it cannot be asked about, it was reaped.
        self.pid().is_none_or(|pid| !matches!(waitid(WaitId::Pid(pid), options), Ok(None) | Err(Errno::INTR)))
    }

    fn ends_within(&self, time: Duration) -> bool {
        let start = Instant::now();
        while !self.has_ended() {
            if start.elapsed() >= time {
                return false;
            }
            thread::sleep(LOOK);
        }
        true
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            // There may be none left to be told.
            let _ = kill_process_group(pid, signal);
        }
    }

    /// Kills what is left and waits for the leader.
    fn reap(&mut self) -> io::Result<ExitStatus> {
        // Only before the leader was waited for: from then on the number may be another's.
        if !self.is_reaped {
            self.signal(Signal::KILL);
            self.is_reaped = true;
        }
        self.process.wait()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Nobody is left to be told how it ended.
        let _ = self.reap();
    }
}
