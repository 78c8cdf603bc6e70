//! What /proc tells of a process: `/proc/PID/{stat,exe,cmdline,cwd,status}` → [`Found`].
//!
//! Through the trait [`ProcFs`], since a process can be gone, run another program, or be another one, between two reads. The
//! start time is read first and last: what was read between two different ones is thrown away. Any bytes are accepted; a file
//! that is no stat file is a process that is not there.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use oyez_events::context::ProcessKey;

/// Clock ticks per second in /proc, `USER_HZ` (include/asm-generic/param.h): 100 wherever oyez runs.
pub const TICKS_PER_SECOND: u64 = 100;

/// Bytes of stat and status that are read; the longest seen have 400 and 1,500.
const STATUS_LIMIT: usize = 4096;

/// A file below /proc/PID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `stat`: name, parent, start (`proc_pid_stat(5)`).
    Stat,
    /// `status`: numbers in namespaces (`proc_pid_status(5)`).
    Status,
    /// `cmdline`: arguments, each ended by a zero byte.
    Cmdline,
    /// `exe`: where the link leads.
    Exe,
    /// `cwd`: where the link leads.
    Cwd,
}

/// /proc, or a fake.
pub trait ProcFs {
    /// Appends the numbers of all processes.
    ///
    /// # Errors
    /// There is no /proc.
    fn pids(&mut self, out: &mut Vec<u32>) -> io::Result<()>;

    /// Puts at most `limit` bytes of the file, or the link's target, into `out`, whose content is lost.
    ///
    /// # Errors
    /// It is gone, or may not be read.
    fn read(&mut self, pid: u32, part: Part, limit: usize, out: &mut Vec<u8>) -> io::Result<()>;
}

/// This host's.
#[derive(Debug)]
pub struct HostProc {
    root: PathBuf,
}

impl Default for HostProc {
    fn default() -> Self {
        HostProc { root: PathBuf::from("/proc") }
    }
}

impl ProcFs for HostProc {
    fn pids(&mut self, out: &mut Vec<u32>) -> io::Result<()> {
        for entry in fs::read_dir(&self.root)? {
            out.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
        }
        Ok(())
    }

    fn read(&mut self, pid: u32, part: Part, limit: usize, out: &mut Vec<u8>) -> io::Result<()> {
        out.clear();
        let name = match part {
            Part::Stat => "stat",
            Part::Status => "status",
            Part::Cmdline => "cmdline",
            Part::Exe => "exe",
            Part::Cwd => "cwd",
        };
        let path = self.root.join(pid.to_string()).join(name);
        if matches!(part, Part::Exe | Part::Cwd) {
            let target = fs::read_link(path)?;
            let bytes = target.as_os_str().as_bytes();
            out.extend_from_slice(bytes.get(..limit).unwrap_or(bytes));
            return Ok(());
        }
        File::open(path)?.take(limit as u64).read_to_end(out).map(drop)
    }
}

/// What /proc told of one process; made to be used again for the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) key: ProcessKey,
    pub(super) ppid: u32,
    pub(super) comm: Vec<u8>,
    pub(super) exe: Vec<u8>,
    pub(super) argv: Vec<u8>,
    pub(super) argv_cut: bool,
    pub(super) cwd: Vec<u8>,
    /// Its numbers are those of the initial pid namespace.
    pub(super) is_in_initial_namespace: bool,
    scratch: Vec<u8>,
}

impl Found {
    /// Reads process `pid`; `false` if it is not there, or was another one at the end.
    pub(super) fn read(&mut self, fs: &mut dyn ProcFs, pid: u32, max_argv: usize) -> bool {
        // A process that runs another program meanwhile is read once more.
        self.read_once(fs, pid, max_argv).or_else(|| self.read_once(fs, pid, max_argv)).is_some()
    }

    fn read_once(&mut self, fs: &mut dyn ProcFs, pid: u32, max_argv: usize) -> Option<()> {
        let before = self.stat(fs, pid)?;
        self.comm.clear();
        self.comm.extend_from_slice(before.comm(&self.scratch));
        let (start_ticks, ppid) = (before.start_ticks, before.ppid);
        // Kernel threads have none of the following, and whoever is not root may not see them of others.
        let is_there = |result: io::Result<()>, out: &mut Vec<u8>| result.unwrap_or_else(|_| out.clear());
        is_there(fs.read(pid, Part::Exe, STATUS_LIMIT, &mut self.exe), &mut self.exe);
        is_there(fs.read(pid, Part::Cmdline, max_argv.saturating_add(1), &mut self.argv), &mut self.argv);
        is_there(fs.read(pid, Part::Cwd, STATUS_LIMIT, &mut self.cwd), &mut self.cwd);
        is_there(fs.read(pid, Part::Status, STATUS_LIMIT, &mut self.scratch), &mut self.scratch);
        self.is_in_initial_namespace = has_one_number(&self.scratch);
        self.argv_cut = self.argv.len() > max_argv;
        self.argv.truncate(max_argv);
        let after = self.stat(fs, pid)?;
        (self.key, self.ppid) = (ProcessKey { pid, start_ticks }, ppid);
        (after.start_ticks == start_ticks && after.comm(&self.scratch) == self.comm).then_some(())
    }

    fn stat(&mut self, fs: &mut dyn ProcFs, pid: u32) -> Option<Stat> {
        fs.read(pid, Part::Stat, STATUS_LIMIT, &mut self.scratch).ok()?;
        Stat::parse(&self.scratch)
    }

    /// When process `pid` started, in ticks; `None` if it is not there.
    pub(super) fn start_ticks(&mut self, fs: &mut dyn ProcFs, pid: u32) -> Option<u64> {
        self.stat(fs, pid).map(|stat| stat.start_ticks)
    }
}

/// What is needed of a stat file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    comm: (usize, usize),
    ppid: u32,
    start_ticks: u64,
}

impl Stat {
    /// `PID (NAME) STATE PPID … START …`; the name may hold anything, so it ends at the last parenthesis.
    fn parse(text: &[u8]) -> Option<Self> {
        let (open, close) = (memchr::memchr(b'(', text)?, memchr::memrchr(b')', text)?);
        let mut words = text.get(close + 1..)?.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        // Fields 4 and 22 (proc_pid_stat(5)); the first behind the name is 3.
        let ppid = number(words.nth(1)?)?;
        let start_ticks = number(words.nth(17)?)?;
        (open < close).then_some(Stat { comm: (open + 1, close), ppid: ppid.try_into().ok()?, start_ticks })
    }

    fn comm(self, text: &[u8]) -> &[u8] {
        text.get(self.comm.0..self.comm.1).unwrap_or_default()
    }
}

/// `NSpid:` lists a process's numbers from this namespace to its own (`proc_pid_status(5)`); as far as we stand in the
/// initial one, who has one number is in it, too.
fn has_one_number(status: &[u8]) -> bool {
    let line = status.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"NSpid:"));
    line.is_some_and(|line| line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count() == 1)
}

fn number(word: &[u8]) -> Option<u64> {
    str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fakes::FakeProc;
    use super::*;

    #[test]
    fn a_name_may_look_like_the_fields_behind_it() {
        for name in ["bash", "a) R 1 (b", ") (", "", "x y\nz"] {
            let text = format!("7 ({name}) S 42 7 7 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 98765 100 5\n");
            let stat = Stat::parse(text.as_bytes()).unwrap();
            assert_eq!((stat.comm(text.as_bytes()), stat.ppid, stat.start_ticks), (name.as_bytes(), 42, 98765));
        }
    }

    #[test]
    fn a_stat_file_cut_short_is_none() {
        let text = b"7 (sh) S 42 7 7 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 98765";
        for length in 0..text.len() - 5 {
            assert_eq!(Stat::parse(&text[..length]), None, "{length}");
        }
        assert!(Stat::parse(text).is_some());
    }

    #[test]
    fn this_process_is_found() {
        let mut found = Found::default();
        assert!(found.read(&mut HostProc::default(), std::process::id(), 4096));
        assert_eq!(found.exe, std::env::current_exe().unwrap().as_os_str().as_bytes());
        let mut argv = Vec::new();
        std::env::args_os().for_each(|arg| argv.extend(arg.as_bytes().iter().chain(b"\0")));
        assert_eq!((&found.argv, found.argv_cut), (&argv, false));
        assert!(found.key.start_ticks > 0 && found.ppid > 0);
        assert!(!found.read(&mut HostProc::default(), u32::MAX, 4096));
    }

    #[test]
    fn a_process_that_goes_or_changes_between_two_reads_is_not_mixed_with_another() {
        for steps in 0..=12 {
            let mut fs = FakeProc::default();
            fs.add(5, 1, 100, "/bin/old", &["old", "1"]);
            fs.after(steps, |fs| {
                fs.remove(5);
            });
            let mut found = Found::default();
            assert_eq!(found.read(&mut fs, 5, 100), steps >= 6, "gone after {steps} reads");

            let mut fs = FakeProc::default();
            fs.add(5, 1, 100, "/bin/old", &["old", "1"]);
            fs.after(steps, |fs| fs.add(5, 2, 300, "/bin/new", &["new", "2"]));
            let is_read = found.read(&mut fs, 5, 100);
            assert!(is_read, "replaced after {steps} reads: the second time it is whole");
            let whole: [(u64, &[u8], &[u8]); 2] =
                [(100, b"/bin/old", b"old\x001\0"), (300, b"/bin/new", b"new\x002\0")];
            let got = (found.key.start_ticks, &*found.exe, &*found.argv);
            assert!(whole.contains(&got), "after {steps} reads: {found:?}");
        }
    }

    #[test]
    fn long_arguments_are_cut_and_said_so() {
        let mut fs = FakeProc::default();
        fs.add(5, 1, 100, "/bin/x", &["x", "0123456789"]);
        let mut found = Found::default();
        for (limit, is_cut) in [(12, true), (13, false), (0, true)] {
            assert!(found.read(&mut fs, 5, limit));
            assert_eq!((found.argv.len(), found.argv_cut), (limit.min(13), is_cut));
        }
    }

    #[test]
    fn who_has_one_number_is_in_the_initial_namespace() {
        assert!(has_one_number(b"Name:\tx\nNSpid:\t7\nNSpgid:\t7\n"));
        assert!(!has_one_number(b"Name:\tx\nNSpid:\t7\t1\nNSpgid:\t7\n"));
        assert!(!has_one_number(b"Name:\tx\n"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_stat_file_or_none(text: Vec<u8>) {
            let _stat = Stat::parse(&text);
            let _one = has_one_number(&text);
        }
    }
}
