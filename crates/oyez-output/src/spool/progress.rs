//! Moving the cursor: on by acknowledgement, eviction and damage; and removing what lies behind it.

use std::io;

use super::count::{Count, Position};
use super::disk::Disk;
use super::error::Error;
use super::layout::{Noted, SEGMENT_HEADER};
use super::segment;
use super::settings::Sync;
use super::{Spool, ignored};

/// Entries that cannot be read. They count as lost when the cursor comes to them, and thus once, however often they are met.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hole {
    /// The sequence number of the first.
    pub(super) from: u64,
    /// Behind the last.
    pub(super) to: Position,
    pub(super) count: Count,
}

impl<D: Disk> Spool<D> {
    /// Acknowledges all entries up to `upto`: they are not handed out again, also after a restart. Acknowledging less than
    /// before does nothing.
    ///
    /// # Errors
    /// [`Error::NotHandedOut`] if `upto` was not handed out since the last [`rewind`](Self::rewind); [`Error::File`] if the
    /// cursor cannot be written, or a segment not removed. Then they still are not handed out again by this `Spool`, but
    /// perhaps after a restart.
    pub fn ack(&mut self, upto: Position) -> Result<(), Error> {
        if upto.next.sequence > self.reader.at.next.sequence {
            return Err(Error::NotHandedOut);
        }
        if upto.next.sequence > self.cursor.next.sequence {
            self.pass(upto);
        }
        if self.cursor_file.written.is_none_or(|noted| noted.cursor != self.cursor) {
            self.commit(self.settings.sync == Sync::Each)?;
        }
        self.reclaim()
    }

    /// Has everything that is not acknowledged handed out again, oldest first: for after a failed delivery.
    pub fn rewind(&mut self) {
        self.reader.at = self.cursor;
        self.reader.failures = 0;
        self.holes.clear();
    }

    /// Moves the cursor to a place, and over the holes before and behind it.
    pub(super) fn pass(&mut self, to: Position) {
        self.cursor = to;
        while let Some(hole) = self.holes.front().filter(|hole| hole.from <= self.cursor.next.sequence) {
            self.losses.damaged += hole.count;
            if hole.to.next.sequence > self.cursor.next.sequence {
                self.cursor = hole.to;
                self.is_cursor_ahead = true;
            }
            self.holes.pop_front();
        }
    }

    /// Removes the oldest segment, acknowledged or not.
    ///
    /// The cursor is written only when the owner has been told of it ([`note_losses`](Self::note_losses)): after a
    /// crash before that the next start misses these entries, and tells.
    pub(super) fn evict(&mut self) -> Result<(), Error> {
        let Some(&oldest) = self.segments.front() else {
            self.bytes = 0;
            return Ok(());
        };
        self.remove_oldest()?;
        if self.cursor.next.sequence >= oldest.next.sequence {
            return Ok(());
        }
        self.losses.evicted += oldest.next.since(self.cursor.next);
        let to = match self.segments.front() {
            Some(next) => Position { next: oldest.next, segment: next.number, offset: SEGMENT_HEADER as u64 },
            None => Position { next: oldest.next, segment: oldest.number, offset: u64::MAX },
        };
        // Holes in it went with it.
        self.holes.retain(|hole| hole.from >= to.next.sequence);
        self.pass(to);
        if self.reader.at.next.sequence < self.cursor.next.sequence {
            self.reader.at = self.cursor;
        }
        self.is_cursor_ahead = true;
        Ok(())
    }

    /// Writes the cursor where losses moved it, once [`losses`](Self::losses) were asked for.
    pub(super) fn note_losses(&mut self) {
        if self.is_cursor_ahead && self.losses.is_zero() {
            // What fails here is tried again; until it succeeds a restart would count the loss once more.
            ignored(self.commit(self.settings.sync == Sync::Each));
        }
    }

    pub(super) fn commit(&mut self, sync: bool) -> Result<(), Error> {
        self.cursor_file.commit(Noted { cursor: self.cursor, end: self.next }, sync)?;
        self.is_cursor_ahead = false;
        Ok(())
    }

    /// Whether everything in the oldest segment is acknowledged.
    pub(super) fn is_oldest_acknowledged(&self) -> bool {
        self.segments.front().is_some_and(|oldest| oldest.next.sequence <= self.cursor.next.sequence)
    }

    /// Removes the oldest segment, which is acknowledged, to make room now.
    pub(super) fn remove_acknowledged(&mut self) -> Result<(), Error> {
        // A cursor that cannot be written makes the next start miss what is removed here: told as lost, though it was not.
        ignored(self.commit(self.settings.sync != Sync::Never));
        self.remove_oldest()
    }

    /// Removes the segments of which the file of the cursor says, for good, that they are acknowledged. One that is written to
    /// stays.
    pub(super) fn reclaim(&mut self) -> Result<(), Error> {
        let noted = match self.settings.sync {
            Sync::Never => self.cursor_file.written,
            Sync::Each | Sync::Interval => self.cursor_file.synced,
        };
        let noted = noted.map_or(0, |noted| noted.cursor.next.sequence);
        let kept = usize::from(self.current.is_some());
        while self.segments.len() > kept && self.segments.front().is_some_and(|oldest| oldest.next.sequence <= noted) {
            self.remove_oldest()?;
        }
        Ok(())
    }

    fn remove_oldest(&mut self) -> Result<(), Error> {
        let Some(&oldest) = self.segments.front() else { return Ok(()) };
        let name = segment::name(oldest.number);
        match self.disk.remove(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::file("remove", &name)(error)),
            _ => {}
        }
        self.segments.pop_front();
        self.bytes = self.bytes.saturating_sub(oldest.len);
        if self.segments.is_empty() {
            self.current = None;
        }
        if self.reader.open.as_ref().is_some_and(|(number, _)| *number == oldest.number) {
            self.reader.open = None;
        }
        Ok(())
    }
}
