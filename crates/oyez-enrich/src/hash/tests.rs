use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant, UNIX_EPOCH};

use oyez_testkit::TempDir;
use rustix::fs::{AtFlags, CWD, FileType, Mode, mknodat};

use super::file::key;
use super::worker::Outcome;
use super::*;

/// FIPS 180-4's example, "abc".
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn hex(sha256: [u8; 32]) -> String {
    sha256.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// A /proc of processes that run files of this test's.
struct Host {
    dir: TempDir,
    hasher: Hasher,
    worker: Worker,
}

impl Host {
    fn new(settings: Settings) -> Self {
        let dir = TempDir::new().unwrap();
        let (hasher, worker) = Hasher::new(settings, dir.path());
        Host { dir, hasher, worker }
    }

    /// A file that has not changed for a while, by its own account.
    fn file(&self, name: &str, text: &[u8]) -> PathBuf {
        let path = self.dir.join(name);
        fs::write(&path, text).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(UNIX_EPOCH + Duration::from_nanos(7)).unwrap();
        path
    }

    fn runs(&self, pid: u32, path: &Path) {
        let process = self.dir.join(pid.to_string());
        fs::create_dir_all(&process).unwrap();
        let _ = fs::remove_file(process.join("exe"));
        symlink(path, process.join("exe")).unwrap();
    }

    fn ask(&self, pid: u32, path: &Path) -> Option<FileKey> {
        self.hasher.ask(pid, path.as_os_str().as_encoded_bytes())
    }
}

#[test]
fn a_hash_is_there_once_the_worker_has_read_the_file() {
    let mut host = Host::new(Settings::default());
    let file = host.file("abc", b"abc");
    host.runs(1, &file);
    let key = host.ask(1, &file).unwrap();
    assert_eq!((key.size, key.mtime_ns), (3, 7));
    assert_eq!(host.hasher.get(&key), None);
    assert!(host.worker.step() && !host.worker.step());
    assert_eq!(host.hasher.get(&key).map(hex).as_deref(), Some(ABC));
}

#[test]
fn a_redacted_name_is_compared_with_a_redacted_name() {
    let mut host = Host::new(Settings::default());
    let file = host.file("secret", b"abc");
    host.runs(1, &file);
    let mut redact = |name: &mut [u8]| {
        let at = name.len() - 6;
        name[at..].fill(b'*');
    };
    let mut name = file.as_os_str().as_encoded_bytes().to_vec();
    redact(&mut name);
    assert_eq!(host.hasher.ask(1, &name), None);
    let key = host.hasher.ask_redacted(1, &name, &mut redact).unwrap();
    assert!(host.worker.step() && host.hasher.get(&key).is_some());
}

#[test]
fn a_process_whose_program_nobody_knows_is_not_hashed() {
    let host = Host::new(Settings::default());
    host.runs(1, &host.file("abc", b"abc"));
    assert_eq!([host.hasher.ask(1, b""), host.hasher.ask(1, b" (deleted)")], [None, None]);
    assert_eq!(host.hasher.counts(), Counts { other: 2, ..Counts::default() });
}

#[test]
fn a_file_is_read_once_for_many_processes() {
    let mut host = Host::new(Settings::default());
    let file = host.file("abc", b"abc");
    for pid in 1..=5 {
        host.runs(pid, &file);
        assert!(host.ask(pid, &file).is_some());
    }
    assert!(host.worker.step() && !host.worker.step());
    assert_eq!(host.hasher.counts(), Counts { hashed: 1, known: 4, ..Counts::default() });
}

#[test]
fn a_file_that_just_changed_is_read_again_and_an_older_one_is_not() {
    /// Files are looked at twice within so long a time of their change.
    const JUST: Duration = Duration::from_secs(1);
    let mut host = Host::new(Settings::default());
    // A busy machine may leave too much time between the two.
    let (file, key) = loop {
        let (file, start) = (host.file("abc", b"abc"), Instant::now());
        host.runs(1, &file);
        let key = host.ask(1, &file).unwrap();
        host.worker.step();
        // Its ctime is of just now, so it could have changed since without telling.
        let asked = host.ask(1, &file);
        let (held, was_read) = (host.hasher.get(&key), host.worker.step());
        if start.elapsed() < JUST {
            assert_eq!((asked, held, was_read), (Some(key), None, true));
            break (file, key);
        }
    };
    std::thread::sleep(Duration::from_millis(2100));
    host.ask(1, &file);
    assert!(host.worker.step());
    assert_eq!(host.ask(1, &file), Some(key));
    assert!(host.hasher.get(&key).is_some() && !host.worker.step());
}

#[test]
fn a_file_that_changes_before_it_is_read_is_not_told() {
    let mut host = Host::new(Settings::default());
    let file = host.file("abc", b"abc");
    host.runs(1, &file);
    let before = host.ask(1, &file).unwrap();
    File::options().append(true).open(&file).unwrap().write_all(b"d").unwrap();
    host.worker.step();
    assert_eq!(host.hasher.get(&before), None);
    assert_eq!(host.hasher.counts().changed, 1);
    let after = host.ask(1, &file).unwrap();
    host.worker.step();
    assert!(after != before && host.hasher.get(&after).is_some());
}

/// A file that somebody writes to when it is first read.
struct Altered<'a> {
    file: File,
    path: &'a Path,
    text: Option<&'static [u8]>,
}

impl Read for Altered<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(out)?;
        if let Some(text) = self.text.take() {
            // Later than the kernel's tick, so that ctime shows it.
            std::thread::sleep(Duration::from_millis(30));
            fs::write(self.path, text)?;
        }
        Ok(read)
    }
}

impl AsFd for Altered<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_not_told() {
    let mut host = Host::new(Settings::default());
    for text in [&b"abX"[..], b"", b"abcd"] {
        let path = host.file("abc", b"abc");
        let mut file = Altered { file: File::open(&path).unwrap(), path: &path, text: Some(text) };
        let wanted = key(&file, AtFlags::empty()).unwrap().unwrap();
        assert_eq!(host.worker.hash(&mut file, &wanted).unwrap(), Outcome::Changed);
    }
    let path = host.file("abc", b"abc");
    let mut file = Altered { file: File::open(&path).unwrap(), path: &path, text: None };
    let wanted = key(&file, AtFlags::empty()).unwrap().unwrap();
    assert!(matches!(host.worker.hash(&mut file, &wanted).unwrap(), Outcome::Hashed(sha256) if hex(sha256) == ABC));
}

#[test]
fn a_file_whose_name_goes_while_it_waits_is_hashed_all_the_same() {
    let mut host = Host::new(Settings::default());
    let file = host.file("abc", b"abc");
    host.runs(1, &file);
    fs::hard_link(&file, host.dir.join("link")).unwrap();
    host.runs(2, &host.dir.join("link"));
    // The hard link changed its ctime, and so does the removal: taken for a change.
    host.ask(1, &file).unwrap();
    // Later than the kernel's tick, so that ctime shows it.
    std::thread::sleep(Duration::from_millis(30));
    fs::remove_file(&file).unwrap();
    host.worker.step();
    assert_eq!(host.hasher.counts().changed, 1);
    // What holds from then on is told, process or none.
    let key = host.ask(2, &host.dir.join("link")).unwrap();
    fs::remove_dir_all(host.dir.join("2")).unwrap();
    host.worker.step();
    assert_eq!(host.hasher.get(&key).map(hex).as_deref(), Some(ABC));
}

#[test]
fn fifos_devices_and_directories_are_refused_without_waiting() {
    let host = Host::new(Settings::default());
    let fifo = host.dir.join("fifo");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RWXU, 0).unwrap();
    let (start, all) = (Instant::now(), [fifo, "/dev/zero".into(), "/dev/tty".into(), host.dir.path().to_owned()]);
    for (pid, path) in (1..).zip(&all) {
        host.runs(pid, path);
        assert_eq!(host.ask(pid, path), None, "{}", path.display());
    }
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(host.hasher.counts(), Counts { irregular: 4, ..Counts::default() });
}

#[test]
fn a_file_over_the_limit_is_refused() {
    let host = Host::new(Settings { max_bytes: 3, ..Settings::default() });
    let (small, large) = (host.file("small", b"abc"), host.file("large", b"abcd"));
    host.runs(1, &small);
    host.runs(2, &large);
    assert!(host.ask(1, &small).is_some() && host.ask(2, &large).is_none());
    assert_eq!(host.hasher.counts().too_large, 1);
}

#[test]
fn a_full_queue_is_counted_and_does_not_keep_a_file_from_being_asked_for_again() {
    let mut host = Host::new(Settings { queue: 1, ..Settings::default() });
    let (one, two) = (host.file("one", b"1"), host.file("two", b"2"));
    host.runs(1, &one);
    host.runs(2, &two);
    assert!(host.ask(1, &one).is_some() && host.ask(2, &two).is_none());
    assert_eq!(host.hasher.counts().full, 1);
    host.worker.step();
    assert!(host.ask(2, &two).is_some() && host.worker.step());
}

#[test]
fn a_process_that_is_gone_or_runs_another_file_has_no_hash() {
    let host = Host::new(Settings::default());
    let file = host.file("abc", b"abc");
    host.runs(1, &file);
    assert_eq!(host.ask(2, &file), None);
    assert_eq!(host.ask(1, Path::new("/bin/other")), None);
    assert_eq!(host.hasher.counts(), Counts { gone: 1, other: 1, ..Counts::default() });
    // In a chroot a process names its file from its own root.
    assert!(host.ask(1, Path::new("/abc")).is_some());
}

#[test]
fn no_more_hashes_are_held_than_the_bound() {
    let mut host = Host::new(Settings { known: 4, ..Settings::default() });
    let keys: Vec<_> = (0..20)
        .map(|at| {
            let file = host.file(&format!("f{at}"), b"x");
            host.runs(at, &file);
            let key = host.ask(at, &file).unwrap();
            host.worker.step();
            key
        })
        .collect();
    let held = keys.iter().filter(|key| host.hasher.get(key).is_some()).count();
    assert!((1..=4).contains(&held), "{held}");
}

#[test]
fn the_worker_ends_with_its_hasher() {
    let host = Host::new(Settings::default());
    let file = host.file("abc", b"abc");
    host.runs(1, &file);
    host.ask(1, &file).unwrap();
    let worker = host.worker;
    let thread = std::thread::spawn(|| worker.run(|| {}));
    drop(host.hasher);
    thread.join().unwrap();
}

/// A process of a program in a file of its own.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a program whose file was just written. A child that another test is about to start may hold it open for a moment more:
/// it has all open files until its own program begins.
fn run_written(command: &mut Command) -> Child {
    let start = Instant::now();
    loop {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && start.elapsed().as_secs() < 20 => {
                std::thread::sleep(Duration::from_millis(5));
            }
            child => return child.unwrap(),
        }
    }
}

#[test]
fn a_running_program_whose_file_was_deleted_is_hashed() {
    let dir = TempDir::new().unwrap();
    let program = dir.join("program");
    let Some(sleep) = ["/bin/sleep", "/usr/bin/sleep"].map(Path::new).into_iter().find(|path| path.is_file()) else {
        return println!("skipped: no sleep(1)");
    };
    fs::copy(sleep, &program).unwrap();
    let child = Running(run_written(Command::new(&program).arg("60")));
    fs::remove_file(&program).unwrap();
    let (hasher, mut worker) = Hasher::new(Settings::default(), "/proc");
    let key = hasher.ask(child.0.id(), program.as_os_str().as_encoded_bytes()).unwrap();
    drop(child);
    worker.step();
    let sum = Command::new("sha256sum").arg(sleep).output().unwrap().stdout;
    assert_eq!(hasher.get(&key).map(hex).unwrap(), String::from_utf8_lossy(&sum[..64]));
}
