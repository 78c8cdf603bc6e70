//! When lines become readable in a file that another process writes.
//!
//! A file in; a thread is woken by each write to it (inotify(7)) and notes how long the file is then. Out comes, for each
//! line, when it was there as a whole: no sooner than it was, and later by the wake-up alone. Refuses a file that is not
//! there.

use std::fs::{File, OpenOptions};
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use rustix::fd::OwnedFd;
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

/// Room for the notices of many writes.
const NOTICES: usize = 4096;

/// Watches a file.
pub(crate) struct Watch {
    path: PathBuf,
    over: Arc<AtomicBool>,
    thread: JoinHandle<Result<Arrivals>>,
}

/// How long the file was, and when; both only grow.
#[derive(Debug, Default)]
pub(crate) struct Arrivals(Vec<(u64, Instant)>);

impl Watch {
    /// Makes the file, and watches it from here on.
    pub(crate) fn start(path: &Path) -> Result<Self> {
        let file = File::create(path).context("cannot make the file to watch")?;
        let notices = inotify::init(CreateFlags::CLOEXEC).context("cannot watch files")?;
        inotify::add_watch(&notices, path, WatchFlags::MODIFY | WatchFlags::CLOSE_WRITE)
            .context("cannot watch a file")?;
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let thread = std::thread::spawn(move || watch(&file, notices, &is_over));
        Ok(Self { path: path.to_owned(), over, thread })
    }

    /// What it saw; nobody else is to write any more.
    pub(crate) fn end(self) -> Result<Arrivals> {
        self.over.store(true, Relaxed);
        // The end of a write wakes it.
        drop(OpenOptions::new().append(true).open(&self.path).context("cannot open the watched file")?);
        self.thread.join().map_err(|_| anyhow!("who watched the file panicked"))?
    }
}

fn watch(file: &File, notices: OwnedFd, is_over: &AtomicBool) -> Result<Arrivals> {
    let mut arrivals = Arrivals::default();
    let mut room = [MaybeUninit::uninit(); NOTICES];
    let mut reader = inotify::Reader::new(notices, &mut room);
    while !is_over.load(Relaxed) {
        reader.next().context("cannot hear of writes")?;
        let bytes = file.metadata().context("cannot measure the file")?.len();
        arrivals.note(bytes, Instant::now());
    }
    Ok(arrivals)
}

impl Arrivals {
    fn note(&mut self, bytes: u64, at: Instant) {
        if self.0.last().is_none_or(|(last, _)| *last < bytes) {
            self.0.push((bytes, at));
        }
    }

    /// When what ends at this byte was there.
    pub(crate) fn of(&self, end: u64) -> Option<Instant> {
        let at = self.0.partition_point(|(bytes, _)| *bytes < end);
        self.0.get(at).map(|(_, at)| *at)
    }
}

/// Microseconds from when each thing was `done` until the line that tells it was there, sorted; what no line tells is left
/// out. `told`: the number of what is told, and the end of its line.
pub(crate) fn delays_us(done: &[Instant], told: &[(u64, u64)], arrivals: &Arrivals) -> Vec<u64> {
    let delay = |(number, end): &(u64, u64)| {
        let done = done.get(usize::try_from(*number).ok()?)?;
        u64::try_from(arrivals.of(*end)?.saturating_duration_since(*done).as_micros()).ok()
    };
    let mut delays: Vec<_> = told.iter().filter_map(delay).collect();
    delays.sort_unstable();
    delays
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_line_is_there_when_its_end_is() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut arrivals = Arrivals::default();
        for (bytes, ms) in [(10, 5), (10, 6), (30, 9)] {
            arrivals.note(bytes, at(ms));
        }
        assert_eq!((arrivals.of(10), arrivals.of(11), arrivals.of(31)), (Some(at(5)), Some(at(9)), None));
        let delays = delays_us(&[at(1), at(4), at(50)], &[(1, 20), (0, 10), (2, 30), (9, 30), (1, 31)], &arrivals);
        assert_eq!(delays, [0, 4000, 5000], "one was there before it was said to be done");
    }

    #[test]
    fn a_write_is_seen_within_a_moment_and_an_end_ends_it() {
        // On a busy machine the moment may become longer.
        assert!((0..20).any(|_| is_seen_within_a_moment()));
    }

    fn is_seen_within_a_moment() -> bool {
        let home = oyez_testkit::TempDir::new().unwrap();
        let path = home.join("file");
        let watch = Watch::start(&path).unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        let before = Instant::now();
        file.write_all(b"one\n").unwrap();
        std::thread::sleep(Duration::from_millis(200));
        let after = Instant::now();
        file.write_all(b"two\n").unwrap();
        let arrivals = watch.end().unwrap();
        assert!(arrivals.of(8).unwrap() >= after);
        let one = arrivals.of(4).unwrap();
        assert!(before <= one);
        // Before the next one came.
        one < after
    }
}
