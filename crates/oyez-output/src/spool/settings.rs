//! What the owner of a spool decides.

use super::error::Error;
use super::layout::{ENTRY_HEADER, SEGMENT_HEADER};

/// When what was written is made sure to survive a power failure. A crash of the process alone loses nothing written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// When the system does it by itself. After a power failure the latest entries may be gone, and entries that were
    /// acknowledged may come again.
    Never,
    /// Before [`append`](super::Spool::append) and [`ack`](super::Spool::ack) return.
    Each,
    /// When a segment is full, and when the owner calls [`sync`](super::Spool::sync), say once a second: the spool reads no
    /// clock. Entries since then may be gone after a power failure, or come again.
    Interval,
}

/// Bounds and habits of one spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The most that all segments take on disk, in bytes of file length: at least 4096. The cursor's 4200 bytes come on top.
    pub bytes: u64,
    /// A segment that would become longer than this, in bytes, is ended; at least 1/4096 and at most 1/8 of `bytes` are taken. It
    /// is the unit of eviction, and the last one is read whole at the start. An entry that is larger has a segment of its own.
    pub segment_bytes: u64,
    /// When to sync.
    pub sync: Sync,
    /// The zstd level that payloads are packed with, 1 to 19; not at all if `None`.
    pub compression: Option<i32>,
}

impl Settings {
    /// 1 GiB in segments of 16 MiB, synced when told, not packed.
    pub const DEFAULT: Self = Self { bytes: 1 << 30, segment_bytes: 16 << 20, sync: Sync::Interval, compression: None };

    /// Refuses what contradicts itself, and bounds the length of segments.
    pub(super) fn checked(mut self) -> Result<Self, Error> {
        if self.bytes < 4096 {
            return Err(Error::Settings("the bound is below 4096 bytes"));
        }
        if self.compression.is_some_and(|level| !(1..=19).contains(&level)) {
            return Err(Error::Settings("the compression level is not between 1 and 19"));
        }
        let least = ((SEGMENT_HEADER + ENTRY_HEADER) as u64).max(self.bytes / 4096);
        self.segment_bytes = self.segment_bytes.clamp(least, self.bytes / 8);
        Ok(self)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::DEFAULT
    }
}
