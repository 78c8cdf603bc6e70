//! Writing: entries to the last segment, new segments, and room for both.

use super::count::{Point, Worth};
use super::cursor;
use super::disk::{Disk, DiskFile, write_all_at};
use super::error::Error;
use super::layout::{ENTRY_HEADER, EntryHeader, Key, Noted, PAYLOAD_MAX, SEGMENT_HEADER, SegmentHeader};
use super::packing::Packer;
use super::segment::{self, Segment};
use super::settings::{Settings, Sync};
use super::{Spool, ignored};

/// The segment that is written to: the last.
pub(super) struct Current<F> {
    pub(super) file: F,
    /// Written to since it was last synced.
    pub(super) is_dirty: bool,
}

/// More than this is not kept for the next entry, in bytes.
const SCRATCH: usize = 1 << 20;

impl<D: Disk> Spool<D> {
    /// Appends one entry behind all others, evicting the oldest segments where there is no room, and returns its sequence
    /// number. With [`Sync::Each`] it is on disk for good.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if it does not fit in an entry (16 MiB) or the spool; [`Error::File`] if the disk is full or
    /// fails. Then the entry is not in the spool and all others are. It may only come back if the power fails before anything
    /// else is appended, so that who appends it again has it twice at worst.
    ///
    /// What was evicted, also if appending failed then, is in [`losses`](Self::losses).
    pub fn append(&mut self, payload: &[u8], worth: Worth) -> Result<u64, Error> {
        if payload.len() > PAYLOAD_MAX {
            return Err(Error::TooLarge { bytes: payload.len() as u64, limit: PAYLOAD_MAX as u64 });
        }
        self.note_losses();
        let size = self.pack(payload);
        self.make_room(size)?;
        self.open_segment(size)?;
        self.write_entry(worth, payload.len())?;
        let sequence = self.next.sequence;
        self.next = self.next.after(worth);
        let Some(last) = self.segments.back_mut() else { return Ok(sequence) };
        last.next = self.next;
        last.len += size;
        self.bytes += size;
        Ok(sequence)
    }

    /// Goes on with other bounds and habits. Where it is larger than it may be, what is appended next evicts.
    ///
    /// # Errors
    /// [`Error::Settings`], as when it is opened; it stays as it was then.
    pub fn change(&mut self, settings: Settings) -> Result<(), Error> {
        let settings = settings.checked()?;
        if settings.compression != self.settings.compression {
            self.packer = Packer::new(settings.compression)?;
        }
        self.settings = settings;
        Ok(())
    }

    /// Makes sure that everything appended and acknowledged so far is on disk for good.
    ///
    /// # Errors
    /// [`Error::File`] if that is not sure. What was appended since the last success is still handed out, but may be gone
    /// after a power failure, even if a later call succeeds.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.sync_current()?;
        self.sync_directory()?;
        if self.cursor_file.synced != Some(Noted { cursor: self.cursor, end: self.next }) {
            self.commit(true)?;
        }
        self.reclaim()
    }

    /// Leaves room for a header in `scratch`, then what is to be stored; returns bytes of both.
    fn pack(&mut self, payload: &[u8]) -> u64 {
        if self.scratch.capacity() > SCRATCH {
            self.scratch = Vec::new();
        }
        let (packing, stored) = self.packer.pack(payload);
        self.scratch.clear();
        self.scratch.resize(ENTRY_HEADER, 0);
        self.scratch.extend_from_slice(stored);
        self.scratch_packing = packing;
        self.scratch.len() as u64
    }

    /// Removes segments from the oldest on until there is room for `size` bytes, in the last segment or a new one.
    fn make_room(&mut self, size: u64) -> Result<(), Error> {
        let limit = self.settings.bytes;
        let alone = size + SEGMENT_HEADER as u64;
        if alone > limit {
            return Err(Error::TooLarge { bytes: alone, limit });
        }
        // A new segment is taken into account even where none is made.
        while self.bytes + alone > limit {
            if self.is_oldest_acknowledged() {
                self.remove_acknowledged()?;
            } else {
                self.evict()?;
            }
        }
        Ok(())
    }

    /// Sees to it that there is a segment with room for `size` bytes.
    fn open_segment(&mut self, size: u64) -> Result<(), Error> {
        let is_full = self.segments.back().is_some_and(|last| {
            last.next.sequence > last.first.sequence && last.len + size > self.settings.segment_bytes
        });
        if self.current.is_some() && is_full {
            if self.settings.sync != Sync::Never {
                self.sync_current()?;
            }
            self.current = None;
        }
        if self.current.is_none() {
            self.create_segment()?;
        }
        Ok(())
    }

    fn create_segment(&mut self) -> Result<(), Error> {
        // A number is never given twice, not even if making the file fails: it might be there after a crash.
        self.number = self.number.saturating_add(1);
        let (number, first) = (self.number, self.next);
        let name = segment::name(number);
        let file = self.disk.create(&name).map_err(Error::file("make", &name))?;
        let header = SegmentHeader { number, mark: self.mark, first }.encode();
        if let Err(error) = write_all_at(&file, &header, 0) {
            ignored(self.disk.remove(&name));
            return Err(Error::file("write", &name)(error));
        }
        let len = header.len() as u64;
        self.segments.push_back(Segment { number, mark: self.mark, first, next: first, len, is_headless: false });
        self.bytes += len;
        self.current = Some(Current { file, is_dirty: true });
        self.is_directory_dirty = true;
        Ok(())
    }

    /// Writes what is in `scratch`, with its header; leaves the segment as it was if that fails.
    fn write_entry(&mut self, worth: Worth, plain: usize) -> Result<(), Error> {
        let Some(&last) = self.segments.back() else { return Ok(()) };
        self.fill_header(last.key(), self.next, worth, plain);
        let name = segment::name(last.number);
        let Some(current) = &mut self.current else { return Ok(()) };
        current.is_dirty = true;
        if let Err(error) = write_all_at(&current.file, &self.scratch, last.len) {
            ignored(current.file.truncate(last.len));
            return Err(Error::file("write", &name)(error));
        }
        if self.settings.sync != Sync::Each {
            return Ok(());
        }
        let synced = self.sync_current().and_then(|()| self.sync_directory());
        if synced.is_err() {
            self.take_back(last);
        }
        synced
    }

    /// Writes the header of what is in `scratch` into the room left for it.
    fn fill_header(&mut self, key: Key, at: Point, worth: Worth, plain: usize) {
        let Some((front, stored)) = self.scratch.split_at_mut_checked(ENTRY_HEADER) else { return };
        let narrow = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        let header = EntryHeader {
            stored: narrow(stored.len()),
            plain: narrow(plain),
            packing: self.scratch_packing,
            at,
            worth,
            crc: crc32fast::hash(stored),
        };
        self.header.clear();
        header.encode(key, &mut self.header);
        front.copy_from_slice(&self.header);
    }

    /// Takes back an entry that was written and could not be synced. The segment is not written to any more; its successor
    /// says where it ends, should the entry be there after a crash.
    fn take_back(&mut self, last: Segment) {
        if let Some(current) = self.current.take() {
            ignored(current.file.truncate(last.len));
        }
        if last.first == last.next && self.disk.remove(&segment::name(last.number)).is_ok() {
            self.segments.pop_back();
            self.bytes = self.bytes.saturating_sub(last.len);
        }
    }

    fn sync_current(&mut self) -> Result<(), Error> {
        let Some(current) = self.current.as_mut().filter(|current| current.is_dirty) else { return Ok(()) };
        if let Err(error) = current.file.sync() {
            let name = self.segments.back().map(|last| segment::name(last.number)).unwrap_or_default();
            return Err(Error::file("sync", &name)(error));
        }
        current.is_dirty = false;
        Ok(())
    }

    pub(super) fn sync_directory(&mut self) -> Result<(), Error> {
        if self.is_directory_dirty {
            self.disk.sync().map_err(Error::file("sync directory of", cursor::NAME))?;
            self.is_directory_dirty = false;
        }
        Ok(())
    }
}
