//! Where lines go: standard output or a file. Whole lines in, how many of them were written out.
//!
//! A line is never torn: when a write stops in the middle of one, its rest goes first at the next write. What follows it
//! in the refused buffer is lost, and the caller counts it. Refuses to wait: only the target itself can block.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// How long to wait before a target that is not ready is tried again.
const RETRY: Duration = Duration::from_millis(5);

/// What a line is worth when it is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Worth {
    /// Records in it.
    pub(crate) records: u64,
    /// 1 if it is an event.
    pub(crate) events: u64,
}

/// A line's end in its buffer, and what it is worth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) end: usize,
    pub(crate) worth: Worth,
}

impl Worth {
    fn add(&mut self, other: Self) {
        self.records += other.records;
        self.events += other.events;
    }
}

/// What became of a buffer.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) written: Worth,
    pub(crate) lost: Worth,
    /// The end of the last line of which the target took at least the start; what is behind it was refused.
    pub(crate) taken: usize,
    /// What is new about the target.
    pub(crate) change: Option<Change>,
}

/// A change in how a target does.
#[derive(Debug)]
pub(crate) enum Change {
    /// It fails, for another reason than before.
    Fails(io::Error),
    /// It works again.
    Works,
}

/// A target for lines.
pub(crate) struct Output {
    target: Box<dyn Write + Send>,
    path: Option<PathBuf>,
    /// The rest of a line whose start was written.
    torn: Vec<u8>,
    torn_worth: Worth,
    /// What was lost outside of a write, and not yet told.
    lost: Worth,
    failing: Option<ErrorKind>,
}

impl Output {
    /// Appends to the file at `path`, which is made with mode 0600, or writes to standard output.
    ///
    /// # Errors
    /// The file can't be opened.
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Self> {
        let target: Box<dyn Write + Send> = match path {
            Some(path) => Box::new(append(path)?),
            None => Box::new(File::from(io::stdout().as_fd().try_clone_to_owned()?)),
        };
        Ok(Self { path: path.map(Path::to_owned), ..Self::to(target) })
    }

    /// Writes to `target`.
    pub(crate) fn to(target: Box<dyn Write + Send>) -> Self {
        let none = Worth::default();
        Self { target, path: None, torn: Vec::new(), torn_worth: none, lost: none, failing: None }
    }

    /// Opens the file at `path`, also when it is the same one: it may have been moved away. A line that was torn can't be
    /// finished there and is lost.
    ///
    /// # Errors
    /// The new one can't be opened; the old one stays.
    pub(crate) fn reopen(&mut self, path: Option<&Path>) -> io::Result<()> {
        if path.is_none() && self.path.is_none() {
            return Ok(());
        }
        let next = Self::open(path)?;
        let unfinished = self.unfinished();
        self.lost.add(unfinished);
        (self.target, self.path) = (next.target, next.path);
        Ok(())
    }

    /// Whether it is standard output and nobody reads it any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.failing == Some(ErrorKind::BrokenPipe) && self.path.is_none()
    }

    /// What it is called in messages.
    pub(crate) fn name(&self) -> String {
        let quoted = |path: &PathBuf| format!("{:?}", path.display().to_string());
        self.path.as_ref().map_or_else(|| "standard output".to_owned(), quoted)
    }

    /// Writes whole lines, `marks` being the end of each.
    pub(crate) fn write(&mut self, lines: &[u8], marks: &[Mark]) -> Outcome {
        let mut outcome = Outcome { lost: std::mem::take(&mut self.lost), ..Outcome::default() };
        let (done, result) = match self.finish_torn(&mut outcome) {
            Ok(()) => write_some(&mut *self.target, lines),
            Err(error) => (0, Err(error)),
        };
        self.settle(lines, marks, done, &mut outcome);
        let failing = result.as_ref().err().map(io::Error::kind);
        if failing != self.failing {
            outcome.change = Some(result.map_or_else(Change::Fails, |()| Change::Works));
            self.failing = failing;
        }
        outcome
    }

    /// Gives up a line that was torn; what it is worth is lost.
    pub(crate) fn unfinished(&mut self) -> Worth {
        self.torn.clear();
        std::mem::take(&mut self.torn_worth)
    }

    fn finish_torn(&mut self, outcome: &mut Outcome) -> io::Result<()> {
        if self.is_gone() {
            return Err(ErrorKind::BrokenPipe.into());
        }
        if self.torn.is_empty() {
            return Ok(());
        }
        let (done, result) = write_some(&mut *self.target, &self.torn);
        self.torn.drain(..done);
        if self.torn.is_empty() {
            outcome.written.add(std::mem::take(&mut self.torn_worth));
        }
        result
    }

    /// Sorts the lines into written, torn and lost, `done` bytes having been written.
    fn settle(&mut self, lines: &[u8], marks: &[Mark], done: usize, outcome: &mut Outcome) {
        let mut start = 0;
        for mark in marks {
            if start < done {
                outcome.taken = mark.end;
            }
            if mark.end <= done {
                outcome.written.add(mark.worth);
            } else if start < done {
                self.torn.extend_from_slice(lines.get(done..mark.end).unwrap_or_default());
                self.torn_worth = mark.worth;
            } else {
                outcome.lost.add(mark.worth);
            }
            start = mark.end;
        }
    }
}

/// Opens a file to append to. A last line that a crash left torn gets its end, so that the next one starts anew.
fn append(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    if file.metadata()?.is_file() && !ends_with_newline(path)? {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

fn ends_with_newline(path: &Path) -> io::Result<bool> {
    // One that may be written but not read is taken as it is.
    let Ok(mut file) = File::open(path) else { return Ok(true) };
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

/// Writes as much as it can; how much that was, and why not all.
fn write_some(target: &mut dyn Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut done = 0;
    while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
        match target.write(rest) {
            Ok(0) => return (done, Err(ErrorKind::WriteZero.into())),
            Ok(count) => done += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Somebody who shares standard output made it non-blocking.
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(RETRY),
            Err(error) => return (done, Err(error)),
        }
    }
    (done, Ok(()))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::{Arc, Mutex};

    use oyez_testkit::TempDir;

    use super::*;

    /// Takes as many bytes as each step allows, or fails; when the steps are used up it takes all.
    #[derive(Clone, Default)]
    struct Fake {
        steps: Arc<Mutex<VecDeque<Result<usize, ErrorKind>>>>,
        got: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Fake {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let step = self.steps.lock().unwrap().pop_front().unwrap_or(Ok(usize::MAX))?;
            let count = step.min(bytes.len());
            self.got.lock().unwrap().extend(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const LINES: &[u8] = b"one\ntwo\nthree\n";

    fn marks() -> [Mark; 3] {
        [(4, 1), (8, 10), (14, 100)].map(|(end, records)| Mark { end, worth: Worth { records, events: 1 } })
    }

    fn worth(records: u64, events: u64) -> Worth {
        Worth { records, events }
    }

    fn output(steps: impl IntoIterator<Item = Result<usize, ErrorKind>>) -> (Output, Fake) {
        let fake = Fake { steps: Arc::new(Mutex::new(steps.into_iter().collect())), ..Fake::default() };
        (Output::to(Box::new(fake.clone())), fake)
    }

    #[test]
    fn short_and_interrupted_writes_are_gone_on_with() {
        let (mut output, fake) = output([Ok(1), Err(ErrorKind::Interrupted), Ok(5), Err(ErrorKind::WouldBlock)]);
        let outcome = output.write(LINES, &marks());
        assert_eq!((outcome.written, outcome.lost), (worth(111, 3), worth(0, 0)));
        assert!(outcome.change.is_none());
        assert_eq!(*fake.got.lock().unwrap(), LINES);
    }

    #[test]
    fn a_line_is_torn_by_a_full_disk_and_finished_later() {
        let full = Err(ErrorKind::StorageFull);
        let (mut output, fake) = output([Ok(5), full, full, Ok(1), full]);
        let first = output.write(LINES, &marks());
        assert_eq!((first.written, first.lost, first.taken), (worth(1, 1), worth(100, 1), 8));
        assert!(matches!(first.change, Some(Change::Fails(error)) if error.kind() == ErrorKind::StorageFull));
        for _ in 0..2 {
            let still = output.write(LINES, &marks());
            assert_eq!((still.written, still.lost), (worth(0, 0), worth(111, 3)));
            assert!(still.change.is_none(), "told once");
        }
        let last = output.write(LINES, &marks());
        assert_eq!((last.written, last.lost), (worth(121, 4), worth(0, 0)));
        assert!(matches!(last.change, Some(Change::Works)));
        assert_eq!(*fake.got.lock().unwrap(), b"one\ntwo\none\ntwo\nthree\n");
        assert_eq!(output.unfinished(), worth(0, 0));
    }

    #[test]
    fn nothing_more_is_written_once_the_reader_has_gone() {
        let (mut output, fake) = output([Err(ErrorKind::BrokenPipe)]);
        assert_eq!(output.write(LINES, &marks()).lost, worth(111, 3));
        assert!(output.is_gone());
        assert_eq!(output.write(LINES, &marks()).lost, worth(111, 3));
        assert!(fake.got.lock().unwrap().is_empty());
    }

    #[test]
    fn a_file_is_private_starts_on_a_new_line_and_follows_its_name() {
        let directory = TempDir::new().unwrap();
        let (path, old) = (directory.join("events"), directory.join("events.1"));
        let mut output = Output::open(Some(&path)).unwrap();
        output.write(LINES, &marks());
        std::fs::rename(&path, &old).unwrap();
        output.reopen(Some(&path)).unwrap();
        output.write(b"torn", &[Mark { end: 4, worth: worth(1, 1) }]);
        let mut output = Output::open(Some(&path)).unwrap();
        output.write(LINES, &marks());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let (text, old_text) = (std::fs::read(&path).unwrap(), std::fs::read(&old).unwrap());
        let missing = output.reopen(Some(&directory.join("none/events")));
        assert_eq!((text, old_text), (b"torn\none\ntwo\nthree\n".to_vec(), LINES.to_vec()));
        assert_eq!(mode, 0o600);
        assert!(missing.is_err() && output.name().contains("events"));
    }
}
