//! One helper process: asked for one id at a time, with a time by which it has to answer.

use std::ffi::OsStr;
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Answer, wire};
use crate::users::Id;

/// How long one wait is at most, so that the end of the daemon is noticed.
const SLICE: Duration = Duration::from_millis(100);

/// All that a helper has of an environment: what the daemon was started with may name libraries and files for NSS to load.
const ENVIRONMENT: [(&str, &str); 2] =
    [("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ("LANG", "C")];

/// A helper that runs, or so we think.
#[derive(Debug)]
pub(super) struct Helper {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
}

/// Why a helper has to go.
#[derive(Debug)]
pub(super) enum Fault {
    /// It did not answer in time.
    Hung,
    /// It ended, or its pipes broke.
    Died,
    /// It said what it was not asked.
    Garbage,
    /// Nobody wants an answer any more.
    Stopped,
}

impl Helper {
    /// Starts `program`, in a process group of its own, so that a terminal's Ctrl-C is the daemon's alone to answer, and in an
    /// environment of its own.
    pub(super) fn start(program: &OsStr, args: &[Box<OsStr>]) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.env_clear().envs(ENVIRONMENT).current_dir("/").process_group(0).spawn()?;
        match pipes(&mut child) {
            Ok((stdin, stdout)) => Ok(Helper { child, stdin, stdout }),
            Err(error) => {
                // It has done nothing yet that could hold up its end.
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// Asks for `id`, and waits for the answer until `timeout` has passed or `stop` is set.
    pub(super) fn ask(&mut self, id: Id, timeout: Duration, stop: &AtomicBool) -> Result<Answer, Fault> {
        let mut line = Vec::with_capacity(wire::MAX_LINE);
        wire::write_query(id, &mut line);
        self.stdin.write_all(&line).map_err(|_| Fault::Died)?;
        line.clear();
        self.read_line(&mut line, Instant::now() + timeout, stop)?;
        let line = line.strip_suffix(b"\n").ok_or(Fault::Garbage)?;
        match wire::answer(line) {
            Some((answered, answer)) if answered == id => Ok(answer),
            _ => Err(Fault::Garbage),
        }
    }

    /// Reads until a line's end has come; what is behind it, or too long, is garbage.
    fn read_line(&mut self, line: &mut Vec<u8>, deadline: Instant, stop: &AtomicBool) -> Result<(), Fault> {
        let mut bytes = [0; wire::MAX_LINE];
        while !line.contains(&b'\n') {
            self.wait(deadline, stop)?;
            let count = match self.stdout.read(&mut bytes) {
                Ok(0) => return Err(Fault::Died),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(Fault::Died),
            };
            line.extend_from_slice(bytes.get(..count).unwrap_or_default());
            if line.len() > wire::MAX_LINE {
                return Err(Fault::Garbage);
            }
        }
        Ok(())
    }

    /// Waits until there is something to read.
    fn wait(&self, deadline: Instant, stop: &AtomicBool) -> Result<(), Fault> {
        loop {
            if stop.load(Ordering::Relaxed) {
                return Err(Fault::Stopped);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Fault::Hung);
            }
            let slice = Timespec::try_from(left.min(SLICE)).map_err(|_| Fault::Hung)?;
            let mut fds = [PollFd::new(&self.stdout, PollFlags::IN)];
            match poll(&mut fds, Some(&slice)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(_) => return Err(Fault::Died),
            }
        }
    }

    /// Kills it. The process is to be waited for: one in a system call that can't be interrupted outlives its death.
    pub(super) fn kill(mut self) -> Child {
        // It fails for one that has ended, which is as good.
        let _ = self.child.kill();
        self.child
    }
}

/// Both ends; the one that is written to never waits: a helper that takes no questions must not hold us up once it is full.
fn pipes(child: &mut Child) -> io::Result<(ChildStdin, ChildStdout)> {
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    rustix::io::ioctl_fionbio(&stdin, true)?;
    Ok((stdin, stdout))
}
