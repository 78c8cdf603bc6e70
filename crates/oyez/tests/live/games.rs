//! What is played as uid 5, the only one of this host that the rules match.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub(crate) use oyez_testkit::games::start;

use crate::events::bytes;

/// Does `work` as uid 5.
pub(crate) fn play<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    start(work).join().unwrap()
}

/// Opens files that are not there, each but once, until it is told to stop.
pub(crate) struct Storm {
    dir: PathBuf,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<u64>>,
}

impl Storm {
    /// Starts `threads` threads that open files in `dir`, with a `pause` after each.
    pub(crate) fn start(dir: &Path, threads: usize, pause: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = (0..threads).map(|thread| {
            let (dir, stop) = (dir.to_owned(), Arc::clone(&stop));
            start(move || {
                let mut count = 0;
                while !stop.load(Ordering::Relaxed) {
                    assert!(File::open(path(&dir, thread, count)).is_err());
                    count += 1;
                    if !pause.is_zero() {
                        thread::sleep(pause);
                    }
                }
                count
            })
        });
        Self { dir: dir.to_owned(), threads: threads.collect(), stop }
    }

    /// Ends it; the paths that were opened, by thread, in their order.
    pub(crate) fn stop(self) -> Vec<Vec<Vec<u8>>> {
        self.stop.store(true, Ordering::Relaxed);
        let counts: Vec<_> = self.threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let paths = |(thread, count)| (0..count).map(|number| bytes(&path(&self.dir, thread, number))).collect();
        counts.into_iter().enumerate().map(paths).collect()
    }
}

fn path(dir: &Path, thread: usize, number: u64) -> PathBuf {
    dir.join(format!("storm-{thread}-{number}"))
}

/// Opens so many files that are not there, as fast as it goes; their paths.
pub(crate) fn opens(dir: &Path, count: u64) -> Vec<Vec<u8>> {
    let dir = dir.to_owned();
    play(move || {
        let open = |number| {
            let path = path(&dir, 0, number);
            assert!(File::open(&path).is_err());
            bytes(&path)
        };
        (0..count).map(open).collect()
    })
}
