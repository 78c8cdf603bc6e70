//! The bytes of headers and of the cursor, as the table in [`super`] says.

use super::count::{Point, Position, Worth};
use super::segment::NUMBER_MAX;

/// Bytes of a segment's header.
pub(super) const SEGMENT_HEADER: usize = 64;
/// Bytes of an entry's header.
pub(super) const ENTRY_HEADER: usize = 60;
/// Bytes of a slot of the cursor.
pub(super) const SLOT: usize = 104;
/// The largest payload, in bytes, before and after packing.
pub(super) const PAYLOAD_MAX: usize = 16 << 20;

const VERSION: u32 = 1;
const SEGMENT_MAGIC: [u8; 8] = *b"OYEZSPL\n";
const CURSOR_MAGIC: [u8; 8] = *b"OYEZCUR\n";

/// What a fixed form says.
pub(super) enum Form<T> {
    Good(T),
    /// Whole, but of a version that is not known here.
    Version(u32),
    Bad,
}

/// The first bytes of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub(super) number: u64,
    pub(super) mark: u64,
    /// The first entry.
    pub(super) first: Point,
}

impl SegmentHeader {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(SEGMENT_HEADER);
        out.extend_from_slice(&SEGMENT_MAGIC);
        put_u32s(&mut out, &[VERSION, 0]);
        put_u64s(&mut out, &[self.number, self.mark, self.first.sequence, self.first.events, self.first.records]);
        put_u32s(&mut out, &[0]);
        seal(out)
    }

    pub(super) fn decode(bytes: &[u8]) -> Form<Self> {
        let mut take = match open(bytes, SEGMENT_HEADER, SEGMENT_MAGIC) {
            Form::Good(take) => take,
            Form::Version(version) => return Form::Version(version),
            Form::Bad => return Form::Bad,
        };
        let fields = (|| Some(Self { number: take.u64()?, mark: take.u64()?, first: take.point()? }))();
        fields.map_or(Form::Bad, Form::Good)
    }
}

/// One slot of the cursor file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// Of two good slots the one with the higher number counts.
    pub(super) generation: u64,
    pub(super) mark: u64,
    pub(super) noted: Noted,
}

/// What the cursor file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Noted {
    pub(super) cursor: Position,
    /// Behind all that was appended then.
    pub(super) end: Point,
}

impl Slot {
    pub(super) fn encode(&self) -> Vec<u8> {
        let Noted { cursor: Position { next, segment, offset }, end } = self.noted;
        let mut out = Vec::with_capacity(SLOT);
        out.extend_from_slice(&CURSOR_MAGIC);
        put_u32s(&mut out, &[VERSION, 0]);
        put_u64s(&mut out, &[self.generation, self.mark, next.sequence, next.events, next.records, segment, offset]);
        put_u64s(&mut out, &[end.sequence, end.events, end.records]);
        put_u32s(&mut out, &[0]);
        seal(out)
    }

    pub(super) fn decode(bytes: &[u8]) -> Form<Self> {
        let mut take = match open(bytes, SLOT, CURSOR_MAGIC) {
            Form::Good(take) => take,
            Form::Version(version) => return Form::Version(version),
            Form::Bad => return Form::Bad,
        };
        let fields = (|| {
            let (generation, mark) = (take.u64()?, take.u64()?);
            let cursor = Position { next: take.point()?, segment: take.u64()?, offset: take.u64()? };
            let noted = Noted { cursor, end: take.point()? };
            (cursor.segment < NUMBER_MAX).then_some(Self { generation, mark, noted })
        })();
        fields.map_or(Form::Bad, Form::Good)
    }
}

/// How a payload is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain = 0,
    Zstd = 1,
}

/// What every entry of one segment has in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) number: u64,
    pub(super) mark: u64,
}

/// What stands before a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryHeader {
    /// Bytes of the payload as stored.
    pub(super) stored: u32,
    /// Bytes of the payload as appended.
    pub(super) plain: u32,
    pub(super) packing: Packing,
    pub(super) at: Point,
    pub(super) worth: Worth,
    /// Of the payload as stored.
    pub(super) crc: u32,
}

impl EntryHeader {
    /// Appends its bytes to `out`.
    pub(super) fn encode(&self, key: Key, out: &mut Vec<u8>) {
        let start = out.len();
        put_u64s(out, &[key.mark]);
        put_u32s(out, &[self.stored, self.plain, self.packing as u32]);
        put_u64s(out, &[self.at.sequence, self.at.events, self.at.records]);
        put_u32s(out, &[self.worth.events, self.worth.records, self.crc]);
        let crc = entry_crc(key, out.get(start..).unwrap_or_default());
        put_u32s(out, &[crc]);
    }

    /// `None` unless it is whole and of this segment.
    pub(super) fn decode(bytes: &[u8], key: Key) -> Option<Self> {
        let (front, crc) = bytes.get(..ENTRY_HEADER)?.split_last_chunk::<4>()?;
        let mut take = Take(front);
        if take.u64()? != key.mark || entry_crc(key, front) != u32::from_le_bytes(*crc) {
            return None;
        }
        let (stored, plain, packing) = (take.u32()?, take.u32()?, take.u32()?);
        let packing = [Packing::Plain, Packing::Zstd].into_iter().find(|known| *known as u32 == packing)?;
        let at = take.point()?;
        let worth = Worth { events: take.u32()?, records: take.u32()? };
        let header = Self { stored, plain, packing, at, worth, crc: take.u32()? };
        let fits = stored.max(plain) as usize <= PAYLOAD_MAX && (packing == Packing::Zstd || stored == plain);
        fits.then_some(header)
    }

    /// Bytes of header and payload.
    pub(super) fn size(&self) -> u64 {
        ENTRY_HEADER as u64 + u64::from(self.stored)
    }
}

/// The segment's number counts in, so that blocks of a removed segment that come back after a crash are not taken for entries.
fn entry_crc(key: Key, front: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&key.number.to_le_bytes());
    crc.update(front);
    crc.finalize()
}

fn put_u32s(out: &mut Vec<u8>, numbers: &[u32]) {
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes());
    }
}

fn put_u64s(out: &mut Vec<u8>, numbers: &[u64]) {
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes());
    }
}

/// Appends the checksum.
fn seal(mut form: Vec<u8>) -> Vec<u8> {
    let crc = crc32fast::hash(&form);
    put_u32s(&mut form, &[crc]);
    form
}

/// Checks what segment headers and slots have in common, in every version; what is left begins behind the version.
fn open(bytes: &[u8], size: usize, magic: [u8; 8]) -> Form<Take<'_>> {
    let fields = (|| {
        let (front, crc) = bytes.get(..size)?.split_last_chunk::<4>()?;
        let mut take = Take(front);
        let is_whole = take.array()? == magic && crc32fast::hash(front) == u32::from_le_bytes(*crc);
        let version = take.u32()?;
        take.u32()?;
        is_whole.then_some((version, take))
    })();
    match fields {
        Some((VERSION, take)) => Form::Good(take),
        Some((version, _)) => Form::Version(version),
        None => Form::Bad,
    }
}

/// What is still to be read of a form.
struct Take<'a>(&'a [u8]);

impl Take<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*array)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn point(&mut self) -> Option<Point> {
        let point = Point { sequence: self.u64()?, events: self.u64()?, records: self.u64()? };
        point.is_plausible().then_some(point)
    }
}
