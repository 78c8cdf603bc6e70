//! The real `oyez run`: where it lives, how it is started and ended, and what it said.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use oyez_testkit::TempDir;
use oyez_testkit::live::{Turn, auditctl, status};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::events::{self, Events};
use crate::games;
use crate::until::until;

/// A rule for what the workload does.
const RULE: &str = "always,exit -F arch=b64 -S openat,connect,execve -F uid=5 -k oyez";

/// A directory with a configuration, and what the daemons that have it write.
pub(crate) struct Home(TempDir);

impl Home {
    /// A home with `settings` in its configuration, over and above where state is kept.
    pub(crate) fn new(settings: &str) -> Self {
        let home = Self(TempDir::new().unwrap());
        // For the workload to make files in.
        fs::create_dir(home.yard()).unwrap();
        fs::set_permissions(home.yard(), Permissions::from_mode(0o777)).unwrap();
        home.configure(settings);
        home
    }

    /// Writes the configuration anew.
    pub(crate) fn configure(&self, settings: &str) {
        let (state, pid) = (self.state_file(), self.0.join("run/oyez.pid"));
        let paths = format!("state_file = '{}'\npid_file = '{}'\n", state.display(), pid.display());
        fs::write(self.config(), paths + settings + "\n").unwrap();
    }

    fn config(&self) -> PathBuf {
        self.0.join("oyez.toml")
    }

    /// Where the state is kept.
    pub(crate) fn state_file(&self) -> PathBuf {
        self.0.join("run/state.json")
    }

    /// What stands in the state file.
    pub(crate) fn state(&self) -> Option<Value> {
        serde_json::from_slice(&fs::read(self.state_file()).ok()?).ok()
    }

    /// Where the workload may make files.
    pub(crate) fn yard(&self) -> PathBuf {
        self.0.join("yard")
    }

    /// Runs an `oyez run` that ends by itself.
    pub(crate) fn run(&self, words: &[&str]) -> End {
        let mut command = self.command(words);
        command.stdout(Stdio::null());
        self.spawn(command, self.0.join("refused")).await_end()
    }

    /// Starts `oyez run` with its events going to the file `name`, and waits until it hears the kernel.
    pub(crate) fn start(&self, name: &str, words: &[&str]) -> Daemon {
        let output = self.0.join(name);
        let mut command = self.command(words);
        command.arg("--output").arg(&output);
        let mut daemon = self.spawn(command, output);
        daemon.await_start();
        daemon
    }

    /// Starts `oyez run` with its events going to a pipe that nobody reads yet.
    pub(crate) fn start_on_pipe(&self) -> (Daemon, ChildStdout) {
        let mut command = self.command(&[]);
        command.stdout(Stdio::piped());
        let mut daemon = self.spawn(command, PathBuf::new());
        daemon.await_registration();
        let pipe = daemon.child.stdout.take().unwrap();
        (daemon, pipe)
    }

    /// The same with a reader, a process that copies all to a file.
    pub(crate) fn start_on_reader(&self) -> (Daemon, Reader) {
        let (daemon, pipe) = self.start_on_pipe();
        let path = self.0.join("read");
        let child = Command::new("cat").stdin(pipe).stdout(File::create(&path).unwrap()).spawn().unwrap();
        (daemon, Reader { child, path })
    }

    fn command(&self, words: &[&str]) -> Command {
        // It must not outlive this process, killed or not.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_oyez"), "run", "--on-exit", "restore", "--config"]);
        command.arg(self.config()).args(words).stdin(Stdio::null());
        command
    }

    fn spawn(&self, mut command: Command, output: PathBuf) -> Daemon {
        let errors =
            self.0.join(format!("{}.errors", output.file_name().map_or("pipe", |name| name.to_str().unwrap())));
        let child = command.stderr(File::create(&errors).unwrap()).spawn().unwrap();
        Daemon { child, output, errors }
    }
}

/// A running `oyez run`; it is killed with this.
pub(crate) struct Daemon {
    child: Child,
    output: PathBuf,
    errors: PathBuf,
}

impl Daemon {
    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn await_start(&mut self) {
        let pid = self.pid();
        let start = until("OYEZ_START", || {
            self.assert_runs();
            self.events().of("OYEZ_START").find(|start| start["oyez"]["pid"] == pid).cloned()
        });
        if start["oyez"]["mode"] == "unicast" {
            self.await_registration();
        }
    }

    fn await_registration(&mut self) {
        until("the registration", || {
            self.assert_runs();
            let status = status().unwrap();
            (status["pid"] == u64::from(self.pid()) && status["enabled"] == 1).then_some(())
        });
    }

    fn assert_runs(&mut self) {
        let status = self.child.try_wait().unwrap();
        assert!(status.is_none(), "oyez ended ({status:?}): {}", self.errors());
    }

    /// What it wrote so far.
    pub(crate) fn events(&self) -> Events {
        Events::read(&fs::read(&self.output).unwrap_or_default())
    }

    /// What it wrote so far of one kind; the rest, which may be very much, is not looked at.
    pub(crate) fn events_of(&self, kind: &str) -> Vec<Value> {
        let output = fs::read(&self.output).unwrap_or_default();
        let lines = output.split_inclusive(|byte| *byte == b'\n');
        let its = lines.filter(|line| events::contains(line, kind.as_bytes())).collect::<Vec<_>>().concat();
        Events::read(&its).of(kind).cloned().collect()
    }

    /// What it said on standard error so far.
    pub(crate) fn errors(&self) -> String {
        fs::read_to_string(&self.errors).unwrap()
    }

    /// Whether this text is in what it wrote so far.
    pub(crate) fn wrote(&self, text: &str) -> bool {
        fs::read(&self.output).is_ok_and(|output| events::contains(&output, text.as_bytes()))
    }

    /// The same of the last lines that it wrote, for very long outputs.
    pub(crate) fn wrote_lately(&self, text: &str) -> bool {
        const LATELY: u64 = 1 << 16;
        let mut lately = Vec::new();
        let Ok(mut output) = File::open(&self.output) else { return false };
        let from = output.metadata().unwrap().len().saturating_sub(LATELY);
        output.seek(SeekFrom::Start(from)).unwrap();
        output.read_to_end(&mut lately).unwrap();
        events::contains(&lately, text.as_bytes())
    }

    /// The most memory that it ever had, in KiB.
    pub(crate) fn most_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let words = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        words.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Has the workload do one more thing, and waits until it came out: all that was done before is out then, too, unless
    /// it was lost.
    pub(crate) fn catch_up(&self, yard: &Path) {
        let name = format!("last-{}", self.output.file_name().unwrap().display());
        let path = yard.join(&name);
        games::play(move || File::open(path).unwrap_err());
        until("the last event", || self.wrote(&name).then_some(()));
    }

    /// Waits until it has done all that it can: half a second without work.
    pub(crate) fn await_idle(&self) {
        let worked = || {
            let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
            let times = stat.rsplit(')').next().unwrap().split(' ').skip(12).take(2);
            times.map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>()
        };
        until("an idle oyez", || {
            let before = worked();
            std::thread::sleep(Duration::from_millis(500));
            (worked() == before).then_some(())
        });
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends it in order.
    pub(crate) fn end(mut self) -> End {
        self.signal(Signal::TERM);
        self.await_end()
    }

    /// Ends it in order; also all that it wrote.
    pub(crate) fn end_with_events(self) -> (End, Events) {
        let output = self.output.clone();
        let end = self.end();
        (end, Events::read(&fs::read(output).unwrap()))
    }

    /// Ends it in order; also where all that it wrote is, for outputs that are too long to be held.
    pub(crate) fn end_with_output(self) -> (End, PathBuf) {
        let output = self.output.clone();
        (self.end(), output)
    }

    /// Kills it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.await_end();
    }

    fn await_end(&mut self) -> End {
        let status = until("the end of oyez", || self.child.try_wait().unwrap());
        End::new(status, &self.errors())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Ended already, mostly.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Who reads the pipe that a daemon writes to.
pub(crate) struct Reader {
    child: Child,
    path: PathBuf,
}

impl Reader {
    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Whether this text is in what was read so far.
    pub(crate) fn has(&self, text: &str) -> bool {
        fs::read(&self.path).is_ok_and(|output| events::contains(&output, text.as_bytes()))
    }

    /// Waits until the writer has gone; all that was read.
    pub(crate) fn output(&mut self) -> Vec<u8> {
        self.child.wait().unwrap();
        fs::read(&self.path).unwrap()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Ended already, mostly; a stopped one can be killed, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct End {
    /// The exit code.
    pub(crate) code: Option<i32>,
    /// What it said on standard error.
    pub(crate) errors: String,
    /// The counts that it printed, by their names.
    pub(crate) books: BTreeMap<String, u64>,
}

impl End {
    fn new(status: ExitStatus, errors: &str) -> Self {
        let lines: Vec<&str> = errors.lines().skip_while(|line| !line.contains("received ")).take(2).collect();
        let text = lines.join(", ").replace("oyez: ", "").replace(" records = ", ", ").replace(" + ", ", ");
        let entry = |entry: &str| {
            let (name, count) = entry.rsplit_once(' ')?;
            Some((name.trim().to_owned(), count.parse().ok()?))
        };
        let mut books: BTreeMap<_, _> = text.split(", ").filter_map(entry).collect();
        if let Some(received) = text.strip_prefix("received ").and_then(|rest| rest.split(", ").next()?.parse().ok()) {
            books.insert("received".to_owned(), received);
        }
        Self { code: status.code(), errors: errors.to_owned(), books }
    }

    /// A count of the books.
    pub(crate) fn book(&self, name: &str) -> u64 {
        *self.books.get(name).unwrap_or_else(|| panic!("no {name} in {}", self.errors))
    }

    /// Panics unless it ended well: every record received is in one count, and as many events came out as it says.
    pub(crate) fn assert_balanced(&self, events: &Events) {
        self.assert_counted(events.of_kernel().count() as u64);
        let stop = events.last();
        assert_eq!(stop["kind"], "OYEZ_STOP");
        for name in ["received", "emitted", "filtered", "shed", "lost", "events", "late", "malformed"] {
            assert_eq!(stop["oyez"][name], self.book(name), "{name}");
        }
    }

    /// Panics unless it ended well: every record received is in one count, and so many events came out.
    pub(crate) fn assert_counted(&self, events: u64) {
        assert_eq!(self.code, Some(0), "{}", self.errors);
        let sum = self.book("emitted") + self.book("filtered") + self.book("shed") + self.book("lost");
        assert_eq!((self.book("received"), self.book("events")), (sum, events), "{}", self.errors);
    }

    /// Panics unless nothing was lost anywhere.
    pub(crate) fn assert_nothing_lost(&self) {
        self.assert_no_record_lost();
        assert_eq!(self.book("incomplete"), 0, "{}", self.errors);
    }

    /// The same, but an event may have come in parts: the kernel can make a task wait between two records of one.
    pub(crate) fn assert_no_record_lost(&self) {
        for name in ["lost", "shed", "kernel lost", "malformed", "truncated", "spoofed", "torn"] {
            assert_eq!(self.book(name), 0, "{name}: {}", self.errors);
        }
    }
}

/// Has the kernel audit what the workload does.
pub(crate) fn add_rules() {
    auditctl(&format!("-a {RULE}"));
}

/// Panics unless the host is as the turn found it, but for the rules, which go now.
pub(crate) fn assert_as_found(turn: &Turn) {
    auditctl(&format!("-d {RULE}"));
    turn.assert_as_found();
}
