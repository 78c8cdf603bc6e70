//! Reading control groups from /proc.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use oyez_events::context::Place;

use super::{best_path, of_path};
use crate::recent::Recent;

/// At most this much of a file is read: a dozen of v1's lines with paths as long as the kernel allows.
const MAX_FILE: u64 = 64 << 10;

/// Tells where a process runs.
pub trait Places {
    /// The place of the process `pid`; `None` where it is gone, or nothing is known of it.
    fn of(&mut self, pid: u32) -> Option<Arc<Place>>;
}

/// Reads `/proc/PID/cgroup`. Processes of one control group share one [`Place`].
#[derive(Debug)]
pub struct ProcPlaces {
    proc: PathBuf,
    text: Vec<u8>,
    known: Recent<Box<[u8]>, Arc<Place>>,
}

impl ProcPlaces {
    /// How many places are remembered by their paths; of others a new one is made.
    pub const MAX_KNOWN: usize = 4096;

    /// Reads below `proc`, which is `/proc` but for tests.
    pub fn new(proc: impl Into<PathBuf>) -> Self {
        ProcPlaces { proc: proc.into(), text: Vec::new(), known: Recent::new(Self::MAX_KNOWN) }
    }

    /// The place of a control group's path, the same one for the same path while it is remembered.
    pub fn at(&mut self, path: &[u8]) -> Arc<Place> {
        if let Some(place) = self.known.get(path) {
            return Arc::clone(place);
        }
        let place = Arc::new(of_path(path));
        self.known.insert(path.into(), Arc::clone(&place));
        place
    }
}

impl Places for ProcPlaces {
    /// A process that ends while its file is read gives an error (ESRCH) or an empty text: both are `None`.
    fn of(&mut self, pid: u32) -> Option<Arc<Place>> {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        self.proc.push(itoa(pid, &mut [0; 10]));
        self.proc.push("cgroup");
        let read = File::open(&self.proc).and_then(|file| file.take(MAX_FILE).read_to_end(&mut text));
        self.proc.pop();
        self.proc.pop();
        let place = read.ok().and_then(|_| best_path(&text)).map(|path| self.at(path));
        self.text = text;
        place
    }
}

/// The number's decimal digits, for a path, without an allocation.
fn itoa(mut number: u32, digits: &mut [u8; 10]) -> &str {
    let mut start = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        (number, start) = (number / 10, start - 1);
        if number == 0 {
            break;
        }
    }
    digits.get(start..).and_then(|digits| str::from_utf8(digits).ok()).unwrap_or_default()
}
