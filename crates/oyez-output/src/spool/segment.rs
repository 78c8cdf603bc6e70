//! One segment file: what is known of it without reading its entries.

use std::io;

use super::count::Point;
use super::disk::{Disk, DiskFile, read_full_at};
use super::error::Error;
use super::layout::{Form, Key, SEGMENT_HEADER, SegmentHeader};
use super::walk::{self, Step};
use super::window::Window;

/// No spool comes to so many segments: what says so is damaged.
pub(super) const NUMBER_MAX: u64 = 1 << 62;

/// The name of a segment's file.
pub(super) fn name(number: u64) -> String {
    format!("{number:016x}.segment")
}

/// The number in a segment's name; `None` for names that are none.
pub(super) fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".segment")?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    (number < NUMBER_MAX && self::name(number) == name).then_some(number)
}

/// One segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) number: u64,
    pub(super) mark: u64,
    /// Its first entry.
    pub(super) first: Point,
    /// Behind its last entry. What the file says of entries from here on does not count: they were taken back.
    pub(super) next: Point,
    /// Bytes of the file that count.
    pub(super) len: u64,
    /// Its header is damaged.
    pub(super) is_headless: bool,
}

/// What a file turned out to be.
pub(super) enum Seen {
    Segment(Segment),
    /// Its header is damaged; so many bytes.
    Headless(u64),
}

/// What the end of the last segment looks like.
pub(super) struct Tail {
    /// Behind the last whole entry.
    pub(super) next: Point,
    /// The offset of that.
    pub(super) len: u64,
    /// Behind all entries of which at least the headers are whole.
    pub(super) end: Point,
}

impl Segment {
    pub(super) fn key(&self) -> Key {
        Key { number: self.number, mark: self.mark }
    }

    /// Reads the header of a file.
    pub(super) fn look(disk: &mut impl Disk, number: u64) -> Result<Seen, Error> {
        let name = name(number);
        let file = disk.open(&name).map_err(Error::file("open", &name))?;
        let mut bytes = [0; SEGMENT_HEADER];
        let size = file.size().map_err(Error::file("read", &name))?;
        let read = read_full_at(&file, &mut bytes, 0).map_err(Error::file("read", &name))?;
        match SegmentHeader::decode(bytes.get(..read).unwrap_or_default()) {
            Form::Good(header) if header.number == number => {
                let SegmentHeader { number, mark, first } = header;
                Ok(Seen::Segment(Self { number, mark, first, next: first, len: size, is_headless: false }))
            }
            Form::Version(version) => Err(Error::Version { name, version }),
            _ => Ok(Seen::Headless(size)),
        }
    }

    /// Finds the first entry of a file without a header; `None` if it has no whole entry.
    pub(super) fn behead(disk: &mut impl Disk, key: Key, len: u64) -> Result<Option<Self>, Error> {
        let name = name(key.number);
        let file = disk.open(&name).map_err(Error::file("open", &name))?;
        let first = first_entry(&file, key, len).map_err(Error::file("read", &name))?;
        let Key { number, mark } = key;
        Ok(first.map(|first| Self { number, mark, first, next: first, len, is_headless: true }))
    }

    /// Reads all entries, to find the last whole one.
    pub(super) fn tail(&self, file: &impl DiskFile) -> io::Result<Tail> {
        let (mut window, mut offset) = (Window::default(), SEGMENT_HEADER as u64);
        let mut tail = Tail { next: self.first, len: offset, end: self.first };
        loop {
            let (header, is_whole) = match walk::step(&mut window, file, self.key(), &mut offset, self.len)? {
                Step::Entry(header) => (header, walk::payload(&mut window, file, &header, offset, self.len)?.is_some()),
                Step::Cut(header) => (header, false),
                Step::End => return Ok(tail),
            };
            offset = offset.saturating_add(header.size());
            let next = header.at.after(header.worth);
            tail.end = tail.end.later(next);
            if is_whole && next.sequence > tail.next.sequence {
                tail = Tail { next, len: offset, ..tail };
            }
        }
    }
}

fn first_entry(file: &impl DiskFile, key: Key, len: u64) -> io::Result<Option<Point>> {
    let (mut window, mut offset) = (Window::default(), SEGMENT_HEADER as u64);
    while let Step::Entry(header) = walk::step(&mut window, file, key, &mut offset, len)? {
        if walk::payload(&mut window, file, &header, offset, len)?.is_some() {
            return Ok(Some(header.at));
        }
        offset = offset.saturating_add(header.size());
    }
    Ok(None)
}
