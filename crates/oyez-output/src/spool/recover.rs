//! Opening: what the files say, and what is missing in them.
//!
//! Of all segments but the last only headers are read: where one ends its successor's header says. What is damaged inside
//! shows when it is read. The last one is read whole and cut behind its last whole entry.

use std::collections::VecDeque;
use std::path::Path;

use super::append::Current;
use super::count::{Count, Losses, Point, Position};
use super::cursor::{self, Before, Cursor};
use super::disk::{Disk, DiskFile};
use super::error::Error;
use super::folder::Folder;
use super::layout::{Key, Noted, Packing, SEGMENT_HEADER};
use super::packing::Packer;
use super::read::Reader;
use super::segment::{self, Seen, Segment, Tail};
use super::settings::{Settings, Sync};
use super::{Spool, ignored};

/// What a spool found when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// What will be handed out, damaged entries inside included.
    pub held: Count,
    /// Loss: between the cursor and the oldest segment, or the end if there is none. It was evicted shortly before a crash, or someone removed files; after
    /// a power failure, without [`Sync::Each`], it may be acknowledged instead.
    pub missing: Count,
    /// How many bytes were cut off at the end. Entries in them that are known of, because their headers are whole or the cursor
    /// file noted them, are held as damaged; of others, which were appended just before the crash, nothing is known.
    pub torn_bytes: u64,
    /// Segments that were removed because nothing in them could be read. What they held shows as damaged or missing, unless
    /// they were the last.
    pub unreadable: u64,
    /// The bytes of these.
    pub unreadable_bytes: u64,
    /// Whether the cursor was lost: everything in the segments is handed out, again or not.
    pub cursor_lost: bool,
}

impl Spool<Folder> {
    /// Opens the spool in a directory, which is made if it is not there.
    ///
    /// # Errors
    /// Those of [`Folder::open`] and [`Spool::on`].
    pub fn open(path: &Path, settings: Settings) -> Result<(Self, Recovered), Error> {
        Self::on(Folder::open(path)?, settings)
    }
}

impl<D: Disk> Spool<D> {
    /// Opens the spool on a disk.
    ///
    /// # Errors
    /// [`Error::Settings`]; [`Error::Version`] if a file is of another version; [`Error::File`] if a file cannot be read, or
    /// the cursor not be made. Nothing that holds entries is changed then.
    pub fn on(mut disk: D, settings: Settings) -> Result<(Self, Recovered), Error> {
        let settings = settings.checked()?;
        let mut recovered = Recovered::default();
        let (mut cursor_file, before) = Cursor::open(&mut disk)?;
        let mut found = Files::look(&mut disk, &before)?;
        cursor_file.set_mark(found.mark);
        let unreadable = found.chain(&mut disk)?;
        let tail = found.end(&mut disk, settings, &mut recovered)?;
        for (number, len) in unreadable {
            // A process that is killed while it makes a segment leaves an empty file.
            recovered.unreadable += u64::from(len > 0);
            recovered.unreadable_bytes += len;
            ignored(disk.remove(&segment::name(number)));
        }
        let (cursor, next) = start(&before, &mut found.segments, tail.as_ref(), &mut recovered);
        // Where less is there than was acknowledged, offsets that the cursor knew are given again: not in the same segment.
        let is_current = tail.is_some_and(|tail| tail.next.sequence >= cursor.next.sequence);
        begin_cursor(&mut cursor_file, &before, Noted { cursor, end: next }, settings.sync)?;
        let mut spool = Self {
            next,
            bytes: found.segments.iter().map(|segment| segment.len).sum(),
            number: found.number.max(cursor.segment),
            mark: found.mark,
            segments: found.segments,
            current: found.current.filter(|_| is_current),
            is_directory_dirty: true,
            is_cursor_ahead: !recovered.missing.is_zero(),
            cursor,
            cursor_file,
            reader: Reader::new(cursor),
            holes: VecDeque::new(),
            losses: Losses::default(),
            packer: Packer::new(settings.compression)?,
            scratch: Vec::new(),
            scratch_packing: Packing::Plain,
            header: Vec::new(),
            disk,
            settings,
        };
        if settings.sync != Sync::Never {
            // A run before may not have come to it; what fails is tried again by the next sync.
            ignored(spool.sync_directory());
        }
        ignored(spool.reclaim());
        recovered.held = spool.held();
        Ok((spool, recovered))
    }
}

/// Segments as they are found.
struct Files<F> {
    segments: VecDeque<Segment>,
    /// Number and bytes of those whose headers are damaged.
    headless: Vec<(u64, u64)>,
    mark: u64,
    /// The highest number of any.
    number: u64,
    /// The last, if it can be written to.
    current: Option<Current<F>>,
}

impl<F: DiskFile> Files<F> {
    /// Reads all headers.
    fn look<D: Disk<File = F>>(disk: &mut D, before: &Before) -> Result<Self, Error> {
        let names = disk.names().map_err(Error::file("list directory of", cursor::NAME))?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| segment::number(name)).collect();
        numbers.sort_unstable();
        let (mut segments, mut headless) = (VecDeque::new(), Vec::new());
        for &number in &numbers {
            match Segment::look(disk, number)? {
                Seen::Segment(segment) => segments.push_back(segment),
                Seen::Headless(len) => headless.push((number, len)),
            }
        }
        let mark = match (before, segments.back()) {
            (Before::Found(slot), _) => slot.mark,
            (_, Some(last)) => last.mark,
            (_, None) => disk.random().map_err(Error::file("draw a mark for", cursor::NAME))?,
        };
        let number = numbers.last().copied().unwrap_or_default();
        Ok(Self { segments, headless, mark, number, current: None })
    }

    /// Puts segments in order, each ending where the next begins, those without headers too if they have entries. Returns
    /// number and bytes of the others.
    fn chain<D: Disk<File = F>>(&mut self, disk: &mut D) -> Result<Vec<(u64, u64)>, Error> {
        let mut unreadable = Vec::new();
        for (number, len) in std::mem::take(&mut self.headless) {
            match Segment::behead(disk, Key { number, mark: self.mark }, len)? {
                Some(segment) => self.segments.push_back(segment),
                None => unreadable.push((number, len)),
            }
        }
        self.segments.make_contiguous().sort_unstable_by_key(|segment| segment.number);
        let mut chained: VecDeque<Segment> = VecDeque::with_capacity(self.segments.len());
        for segment in self.segments.drain(..) {
            match chained.back_mut() {
                Some(last) if segment.first.sequence < last.first.sequence => {
                    unreadable.push((segment.number, segment.len));
                    continue;
                }
                Some(last) => last.next = segment.first,
                None => {}
            }
            chained.push_back(segment);
        }
        self.segments = chained;
        Ok(unreadable)
    }

    /// Reads the last segment, cuts it and opens it for writing. Returns what its end looked like.
    fn end<D: Disk<File = F>>(
        &mut self,
        disk: &mut D,
        settings: Settings,
        recovered: &mut Recovered,
    ) -> Result<Option<Tail>, Error> {
        let Some(last) = self.segments.back_mut() else { return Ok(None) };
        let name = segment::name(last.number);
        let file = disk.open(&name).map_err(Error::file("open", &name))?;
        let tail = last.tail(&file).map_err(Error::file("read", &name))?;
        let len = tail.len;
        let is_torn = len < last.len;
        recovered.torn_bytes = last.len.saturating_sub(len);
        // A run before may not have come to syncing it; and what is cut off must not come back under what is written next.
        let is_cut = !is_torn || file.truncate(len).is_ok();
        let is_synced = (!is_torn && settings.sync == Sync::Never) || file.sync().is_ok();
        last.len = len;
        if is_cut && is_synced && !last.is_headless && len < settings.segment_bytes {
            self.current = Some(Current { file, is_dirty: true });
        }
        Ok(Some(tail))
    }
}

/// Where the cursor stands, and what is appended next. What is known to have been at the end and is not there is damage in the
/// last segment, or missing if there is none.
fn start(
    before: &Before,
    segments: &mut VecDeque<Segment>,
    tail: Option<&Tail>,
    recovered: &mut Recovered,
) -> (Position, Point) {
    let first = segments.front().map(|first| Position {
        next: first.first,
        segment: first.number,
        offset: SEGMENT_HEADER as u64,
    });
    let found = match before {
        Before::Found(slot) => Some(slot.noted),
        Before::New | Before::Lost => None,
    };
    let cursor = found.map_or(first.unwrap_or(Position::START), |noted| noted.cursor);
    recovered.cursor_lost = found.is_none() && first.is_some();
    let known = [found.map(|noted| noted.end), tail.map(|tail| tail.end), first.map(|first| first.next)];
    let end = known.into_iter().flatten().fold(cursor.next, Point::later);
    if let Some(last) = segments.back_mut() {
        last.next = end;
    }
    let oldest = first.unwrap_or(Position { next: end, ..cursor });
    if oldest.next.sequence > cursor.next.sequence {
        recovered.missing = oldest.next.since(cursor.next);
        return (oldest, end);
    }
    (cursor, end)
}

/// Makes sure of a cursor that was found, writes one that was not.
fn begin_cursor<F: DiskFile>(file: &mut Cursor<F>, before: &Before, noted: Noted, sync: Sync) -> Result<(), Error> {
    match before {
        Before::Found(_) if sync == Sync::Never => {}
        // Until it is synced no segment that it covers is removed.
        Before::Found(_) => ignored(file.sync_found()),
        // The disk may be full, and there is a cursor file: it is written at the first acknowledgement.
        Before::Lost => ignored(file.begin(noted, sync != Sync::Never)),
        Before::New => file.begin(noted, sync != Sync::Never)?,
    }
    Ok(())
}
