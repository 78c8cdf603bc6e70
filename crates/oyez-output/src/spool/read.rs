//! Reading: entries in order, from behind the last one handed out.

use std::io;

use rustix::io::Errno;

use super::Spool;
use super::batch::{Batch, OVERHEAD};
use super::count::{Count, Position};
use super::disk::Disk;
use super::error::Error;
use super::layout::SEGMENT_HEADER;
use super::progress::Hole;
use super::segment::{self, Segment};
use super::walk::{self, Step};
use super::window::Window;

/// So often the same place of the disk has to fail before the rest of its segment is given up.
const FAILURES: u32 = 3;
/// At most so many holes are remembered; nothing is read beyond them until they are acknowledged.
const HOLES: usize = 1024;

/// Where reading has come to.
pub(super) struct Reader<F> {
    /// Behind the last entry handed out.
    pub(super) at: Position,
    /// The segment that is open, by its number.
    pub(super) open: Option<(u64, F)>,
    window: Window,
    /// How often the disk failed since something was read.
    pub(super) failures: u32,
}

impl<F> Reader<F> {
    pub(super) fn new(at: Position) -> Self {
        Self { at, open: None, window: Window::default(), failures: 0 }
    }
}

/// What one step of reading came to.
enum Found {
    /// There may be more.
    More,
    /// Nothing more, or nothing that the batch has room for.
    Nothing,
}

impl<D: Disk> Spool<D> {
    /// Fills `batch` with the entries behind the last ones handed out: as many as take at most `max_bytes`, 64 bytes for each
    /// entry included; one at least, whatever its length. Returns whether there are any.
    ///
    /// Damaged entries are passed over, and are in [`losses`](Self::losses) as soon as all before them is acknowledged.
    ///
    /// # Errors
    /// [`Error::File`] if a segment cannot be read. What was read before that is handed out first; it is tried again the next
    /// time. Where the disk itself fails (`EIO` and the like) three times, the rest of the segment counts as damaged.
    pub fn read(&mut self, max_bytes: usize, batch: &mut Batch) -> Result<bool, Error> {
        batch.clear();
        while self.holes.len() < HOLES {
            match self.read_entry(max_bytes, batch) {
                Ok(Found::More) => {}
                Err(error) if batch.is_empty() => return Err(error),
                Ok(Found::Nothing) | Err(_) => break,
            }
        }
        Ok(!batch.is_empty())
    }

    fn read_entry(&mut self, max_bytes: usize, batch: &mut Batch) -> Result<Found, Error> {
        let Some(index) = self.locate() else { return Ok(Found::Nothing) };
        let Some(&segment) = self.segments.get(index) else { return Ok(Found::Nothing) };
        let following = self.segments.get(index + 1).copied();
        if self.reader.at.next.sequence >= segment.next.sequence {
            return Ok(self.enter(following));
        }
        match self.step(&segment, max_bytes, batch) {
            Ok(Some(found)) => {
                self.reader.failures = 0;
                Ok(found)
            }
            Ok(None) => Ok(self.give_up(&segment, following)),
            Err(error) => {
                self.reader.open = None;
                self.reader.failures += u32::from(is_lasting(&error));
                if self.reader.failures < FAILURES {
                    return Err(Error::file("read", &segment::name(segment.number))(error));
                }
                self.reader.failures = 0;
                Ok(self.give_up(&segment, following))
            }
        }
    }

    /// Which segment the reader is in, as an index; moves it to the start of one if it is in none.
    fn locate(&mut self) -> Option<usize> {
        let at = &mut self.reader.at;
        let is_in = |segment: &Segment| {
            (SEGMENT_HEADER as u64..=segment.len).contains(&at.offset) && segment.first.sequence <= at.next.sequence
        };
        let known = self.segments.binary_search_by_key(&at.segment, |segment| segment.number).ok();
        if let Some(index) = known.filter(|index| self.segments.get(*index).is_some_and(is_in)) {
            return Some(index);
        }
        let index = self.segments.iter().position(|segment| segment.next.sequence > at.next.sequence)?;
        at.segment = self.segments.get(index)?.number;
        at.offset = SEGMENT_HEADER as u64;
        Some(index)
    }

    /// Goes on to the next segment, if there is one.
    fn enter(&mut self, following: Option<Segment>) -> Found {
        let Some(following) = following else { return Found::Nothing };
        self.reader.at.segment = following.number;
        self.reader.at.offset = SEGMENT_HEADER as u64;
        Found::More
    }

    /// Takes what is left of a segment for damaged.
    fn give_up(&mut self, segment: &Segment, following: Option<Segment>) -> Found {
        let end = Position { next: segment.next, segment: segment.number, offset: segment.len };
        self.skip(end);
        self.enter(following)
    }

    /// Passes over damaged entries.
    fn skip(&mut self, to: Position) {
        let from = self.reader.at.next;
        let count = to.next.since(from);
        self.reader.at = to;
        if count != Count::default() {
            self.holes.push_back(Hole { from: from.sequence, to, count });
            // It counts now, if all before it is acknowledged.
            self.pass(self.cursor);
        }
    }

    /// Looks at the next entry; `None` if the segment has no more.
    fn step(&mut self, segment: &Segment, max_bytes: usize, batch: &mut Batch) -> io::Result<Option<Found>> {
        if self.reader.open.as_ref().is_none_or(|(number, _)| *number != segment.number) {
            self.reader.window.clear();
            self.reader.open = Some((segment.number, self.disk.open(&segment::name(segment.number))?));
        }
        let Some((_, file)) = &self.reader.open else { return Ok(None) };
        let (at, window, key) = (&mut self.reader.at, &mut self.reader.window, segment.key());
        let Step::Entry(header) = walk::step(window, file, key, &mut at.offset, segment.len)? else { return Ok(None) };
        if header.at.sequence >= segment.next.sequence {
            return Ok(None);
        }
        if header.at.sequence < at.next.sequence {
            at.offset += header.size();
            return Ok(Some(Found::More));
        }
        if !batch.is_empty() && batch.size() + OVERHEAD + header.plain as usize > max_bytes {
            return Ok(Some(Found::Nothing));
        }
        let behind = Position {
            next: header.at.after(header.worth),
            segment: segment.number,
            offset: at.offset.saturating_add(header.size()),
        };
        let stored = walk::payload(window, file, &header, at.offset, segment.len)?;
        let is_whole = stored.is_some_and(|stored| {
            let fill = |out: &mut Vec<u8>| self.packer.unpack(header.packing, stored, header.plain as usize, out);
            batch.push(header.worth, behind, fill)
        });
        if is_whole && header.at.sequence > at.next.sequence {
            let entry = Position { next: header.at, ..*at };
            self.skip(entry);
        }
        self.reader.at = if is_whole { behind } else { Position { offset: behind.offset, ..self.reader.at } };
        Ok(Some(Found::More))
    }
}

/// Whether a disk that says this will say it again.
fn is_lasting(error: &io::Error) -> bool {
    let lasting = [Errno::IO, Errno::BADMSG, Errno::UCLEAN, Errno::NOENT];
    lasting.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}
