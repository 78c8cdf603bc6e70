//! What is looked at once a second: where the log's path leads, and how much room its disk has.

use std::path::Path;
use std::time::{Duration, Instant};

use super::live::{Live, Place};
use super::settings::Space;
use super::space::{self, Low};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);
/// It is looked again after so many bytes, however little time has passed.
const BYTES: u64 = 16 << 20;

/// What was seen last.
#[derive(Debug, Default)]
pub(super) struct Guard {
    looked: Option<Instant>,
    /// Bytes that were written since.
    written: u64,
    /// How often in a row the path led nowhere.
    missing: u8,
    /// Whether the log is to be opened anew.
    moved: bool,
    /// What is to be done for lack of room.
    pub(super) low: Option<Low>,
}

impl Guard {
    /// Whether it is time to look; if so the next time is a second later.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let is_due =
            self.looked.is_none_or(|looked| now.saturating_duration_since(looked) >= EVERY) || self.written >= BYTES;
        if is_due {
            (self.looked, self.written) = (Some(now), 0);
        }
        is_due
    }

    /// So many bytes were written.
    pub(super) fn wrote(&mut self, bytes: u64) {
        self.written = self.written.saturating_add(bytes);
    }

    /// Looks where the path leads. When it leads nowhere, whoever moved the file has a second to put a new one there.
    pub(super) fn watch(&mut self, live: &Live, path: &Path) {
        let place = live.place(path);
        self.missing = if place == Place::Nowhere { self.missing.saturating_add(1) } else { 0 };
        self.moved = place == Place::Elsewhere || self.missing >= 2;
    }

    /// Looks how much room there is. What could not be told is as it was.
    pub(super) fn measure(&mut self, live: &Live, space: &Space) {
        if (space.left.is_some() || space.admin_left.is_some())
            && let Ok(room) = live.room()
        {
            self.low = space::judge(space, room);
        }
    }

    /// Whether the log is to be opened anew; said once for each look.
    pub(super) fn take_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }
}
