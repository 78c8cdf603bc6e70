//! Keeps entries on disk until their receiver has them: at least once, in order, across restarts and crashes.
//!
//! An entry is bytes (one line, or a batch of them) and how many events and records these are worth. [`Spool::append`] takes
//! entries, [`Spool::read`] hands them out oldest first, [`Spool::ack`] says that all up to one of them are delivered. What is
//! not acknowledged is handed out again after [`Spool::rewind`] or a restart. It refuses payloads above 16 MiB, a directory
//! that others may write to or that is in use, and files of other versions.
//!
//! **Several batches in flight.** `read` may be called again before anything is acknowledged, and goes on behind what it
//! handed out. Acknowledgement is in order: an output whose receiver confirms batches out of order remembers which, and
//! acknowledges the last position before the first unconfirmed one. After a failure it rewinds, and everything unconfirmed, and
//! what was confirmed behind it, comes again.
//!
//! **Nothing goes silently.** Every entry is acknowledged, or in [`Losses`] (evicted, damaged), or in [`Recovered`] (missing).
//! Counts are exact, since every entry, and the cursor file, says how much was appended before; where a crash makes them
//! uncertain they are too high. Only of what was torn off the end, after the cursor file was written, may less be known.
//!
//! **Bounds.** On disk [`Settings::bytes`] and 8 KiB; when that is full the oldest segment is removed, its entries counted as
//! evicted. In memory 64 KiB or the largest entry to read ahead, 1 MiB or the largest entry twice to write, 80 bytes for each of at
//! most some 8000 segments and 1024 stretches of damage; beside that the caller's [`Batch`]. Nothing here reads a clock; time
//! going back changes nothing.
//!
//! # Format
//! Version 1. All numbers are little-endian; checksums are CRC-32 as zlib's (polynomial 0x04C11DB7, reflected). The directory
//! has mode 0700, files 0600.
//!
//! - `lock`: empty; whoever uses the directory holds its `flock(2)`.
//! - `cursor`: two slots, at 0 and 4096; of the whole ones that with the higher generation counts. They are written in place
//!   by turns, a new one only when the other is synced.
//! - `0123456789abcdef.segment`: entries, named by the segment's number in hexadecimal. Numbers grow and are not reused.
//!
//! ## Slot of the cursor, 104 bytes
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 8 | `OYEZCUR`, line feed |
//! | 8 | 4 | version |
//! | 12 | 4 | 0 |
//! | 16 | 8 | generation |
//! | 24 | 8 | mark of new segments |
//! | 32 | 8 | sequence number of the first entry that is not acknowledged |
//! | 40 | 8 | events in all entries before it |
//! | 48 | 8 | records in all entries before it |
//! | 56 | 8 | number of the segment that entry is in, |
//! | 64 | 8 | and offset there, if these are in that segment; else it is searched for |
//! | 72 | 8 | sequence number of what was to be appended next when this was written |
//! | 80 | 8 | events in all entries before that |
//! | 88 | 8 | records in all entries before that |
//! | 96 | 4 | 0 |
//! | 100 | 4 | checksum of the 100 bytes before |
//!
//! ## Segment
//! A header of 64 bytes, then entries without gaps. Between damaged entries a reader looks for the next mark.
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 8 | `OYEZSPL`, line feed |
//! | 8 | 4 | version |
//! | 12 | 4 | 0 |
//! | 16 | 8 | number of the segment |
//! | 24 | 8 | mark: a random number of the spool; who does not know it cannot write a payload that looks like an entry |
//! | 32 | 8 | sequence number of the first entry; entries of earlier segments with this number or a higher one do not count |
//! | 40 | 8 | events in all entries before it, since the spool began |
//! | 48 | 8 | records in all entries before it |
//! | 56 | 4 | 0 |
//! | 60 | 4 | checksum of the 60 bytes before |
//!
//! ## Entry, 60 bytes and its payload
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 8 | mark |
//! | 8 | 4 | bytes of the payload as stored, at most 16 MiB |
//! | 12 | 4 | bytes of the payload as appended, at most 16 MiB |
//! | 16 | 4 | 0: stored as appended; 1: as a zstd frame (RFC 8878) |
//! | 20 | 8 | sequence number |
//! | 28 | 8 | events in all entries before |
//! | 36 | 8 | records in all entries before |
//! | 44 | 4 | events in this one |
//! | 48 | 4 | records in this one |
//! | 52 | 4 | checksum of the payload as stored |
//! | 56 | 4 | checksum of the segment's number, 8 bytes, and the 56 bytes before |
//! | 60 | – | payload |

mod append;
mod batch;
mod count;
mod cursor;
mod disk;
mod error;
mod folder;
mod layout;
mod packing;
mod progress;
mod read;
mod recover;
mod segment;
mod settings;
#[cfg(any(test, feature = "simulated"))]
mod simulated;
#[cfg(test)]
mod tests;
mod walk;
mod window;

use std::collections::VecDeque;

use append::Current;
use count::Point;
use cursor::Cursor;
use layout::Packing;
use packing::Packer;
use progress::Hole;
use read::Reader;
use segment::Segment;

pub use batch::{Batch, Entry};
pub use count::{Count, Losses, Position, Worth};
pub use disk::{Disk, DiskFile};
pub use error::Error;
pub use folder::Folder;
pub use recover::Recovered;
pub use settings::{Settings, Sync};
#[cfg(any(test, feature = "simulated"))]
pub use simulated::{Fault, Simulated};

/// An open spool, of one output. Dropping it loses nothing that was written, and syncs nothing.
pub struct Spool<D: Disk = Folder> {
    disk: D,
    settings: Settings,
    mark: u64,
    /// Oldest first.
    segments: VecDeque<Segment>,
    /// The last segment, if it is written to.
    current: Option<Current<D::File>>,
    /// The highest number that a segment has had.
    number: u64,
    /// What is appended next.
    next: Point,
    /// Bytes of all segments.
    bytes: u64,
    is_directory_dirty: bool,
    /// All before is acknowledged or lost.
    cursor: Position,
    /// Whether losses moved the cursor since it was written.
    is_cursor_ahead: bool,
    cursor_file: Cursor<D::File>,
    reader: Reader<D::File>,
    /// Damage between the cursor and the reader, oldest first.
    holes: VecDeque<Hole>,
    losses: Losses,
    packer: Packer,
    /// The entry that is being written, and how its payload is stored.
    scratch: Vec<u8>,
    scratch_packing: Packing,
    header: Vec<u8>,
}

impl<D: Disk> Spool<D> {
    /// What is gone since this was last asked. Ask after every call that appends, reads or acknowledges: a crash before the
    /// next such call makes the next start tell what was evicted, later ones do not. Call [`sync`](Self::sync) last of all.
    #[must_use = "it is told once"]
    pub fn losses(&mut self) -> Losses {
        std::mem::take(&mut self.losses)
    }

    /// What is not acknowledged: handed out or not, damaged or not.
    pub fn held(&self) -> Count {
        self.next.since(self.cursor.next)
    }

    /// What [`read`](Self::read) has not handed out yet.
    pub fn unread(&self) -> Count {
        self.next.since(self.reader.at.next)
    }

    /// The sequence number of the oldest entry that is not acknowledged, if there is one.
    pub fn oldest(&self) -> Option<u64> {
        (self.next.sequence > self.cursor.next.sequence).then_some(self.cursor.next.sequence)
    }

    /// What the segments take on disk, in bytes of file length.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// For what may fail without anything being lost by it.
fn ignored<T, E>(_: Result<T, E>) {}
