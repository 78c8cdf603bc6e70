//! A parcel as an entry of a spool.
//!
//! Messages in, bytes out, and back. Tickets are not kept: who gave them may be gone. Decoding refuses other versions, and bytes
//! that do not say exactly what they hold; it takes no more memory than a few times the bytes it is given, and never panics.
//!
//! # Format
//! Version 1; all numbers little-endian. One byte of version, the number of messages (4 bytes), a row of 37 bytes for each, then
//! ids and keys of all messages, then the lines of all.
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 4 | bytes of the lines |
//! | 4 | 4 | bytes of the id, which is UTF-8 |
//! | 8 | 4 | bytes of the key |
//! | 12 | 8 | [`time_ms`](super::Label::time_ms) |
//! | 20 | 8 | [`received_ms`](super::Label::received_ms) |
//! | 28 | 4 | events |
//! | 32 | 4 | records |
//! | 36 | 1 | [`Level`], by its number |

#[cfg(test)]
mod any_bytes;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

#[cfg(test)]
use super::Label;
use super::{Level, Mark, Parcel, plus, worth_of};
use crate::spool::Worth;

/// The version written, and the only one read.
pub const VERSION: u8 = 1;
/// Bytes before the rows.
const HEAD: usize = 5;
/// Bytes of a row.
const ROW: usize = 37;

/// Why bytes are no parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// They are of this version.
    Version(u8),
    /// They are more or fewer than they say.
    Length,
    /// An id is not UTF-8.
    Id,
    /// There is no level of this number.
    Level(u8),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "cannot read messages of version {version}"),
            Self::Length => f.write_str("cannot read messages: they are longer or shorter than they say"),
            Self::Id => f.write_str("cannot read messages: an id is not UTF-8"),
            Self::Level(level) => write!(f, "cannot read messages: there is no level {level}"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// How many bytes these messages take when they are encoded.
pub fn encoded_len(parcel: &Parcel, range: Range<usize>) -> usize {
    let (from, to) = (parcel.starts(range.start), parcel.starts(range.end));
    HEAD + range.len() * ROW + to.0.saturating_sub(from.0) + to.1.saturating_sub(from.1)
}

/// Appends these messages of a parcel to `out`; those that are not there are left out. Lines, ids and keys of 4 GiB and more do
/// not come back: [`Spool::append`](crate::spool::Spool::append) refuses them.
pub fn encode(parcel: &Parcel, range: Range<usize>, out: &mut Vec<u8>) {
    let range = range.start.min(parcel.len())..range.end.min(parcel.len());
    let marks = parcel.marks.get(range.clone()).unwrap_or_default();
    out.push(VERSION);
    out.extend_from_slice(&narrow(marks.len()).to_le_bytes());
    let from = parcel.starts(range.start);
    let mut at = from;
    for mark in marks {
        row(mark, at, out);
        at = (mark.end, mark.key_end);
    }
    out.extend_from_slice(parcel.words.get(from.1..at.1).unwrap_or_default());
    out.extend_from_slice(parcel.lines.get(from.0..at.0).unwrap_or_default());
}

/// Appends the row of a message whose lines and words start at these places.
fn row(mark: &Mark, (lines, words): (usize, usize), out: &mut Vec<u8>) {
    for length in [mark.end - lines, mark.id_end - words, mark.key_end - mark.id_end] {
        out.extend_from_slice(&narrow(length).to_le_bytes());
    }
    out.extend_from_slice(&mark.time_ms.to_le_bytes());
    out.extend_from_slice(&mark.received_ms.to_le_bytes());
    out.extend_from_slice(&mark.worth.events.to_le_bytes());
    out.extend_from_slice(&mark.worth.records.to_le_bytes());
    out.push(mark.level as u8);
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Appends the messages in `bytes` to a parcel.
///
/// # Errors
/// [`DecodeError`]; the parcel is as it was then.
pub fn decode(bytes: &[u8], into: &mut Parcel) -> Result<(), DecodeError> {
    let (lines, words, marks) = (into.lines.len(), into.words.len(), into.marks.len());
    let worth = into.worth;
    let result = decode_into(bytes, into);
    if result.is_err() {
        into.lines.truncate(lines);
        into.words.truncate(words);
        into.marks.truncate(marks);
    }
    into.worth = plus(worth, worth_of(into.marks.get(marks..).unwrap_or_default()));
    result
}

fn decode_into(bytes: &[u8], into: &mut Parcel) -> Result<(), DecodeError> {
    let (version, rest) = bytes.split_first().ok_or(DecodeError::Length)?;
    if *version != VERSION {
        return Err(DecodeError::Version(*version));
    }
    let (count, rest) = rest.split_first_chunk::<4>().ok_or(DecodeError::Length)?;
    let size = (u32::from_le_bytes(*count) as usize).checked_mul(ROW).ok_or(DecodeError::Length)?;
    let (rows, rest) = rest.split_at_checked(size).ok_or(DecodeError::Length)?;
    let first = into.marks.len();
    let base = (into.lines.len(), into.words.len());
    let mut at = base;
    for row in rows.chunks_exact(ROW) {
        let mark = read_row(row, at)?;
        at = (mark.end, mark.key_end);
        into.marks.push(mark);
    }
    let words = at.1 - base.1;
    let (words, lines) = rest.split_at_checked(words).ok_or(DecodeError::Length)?;
    if lines.len() != at.0 - base.0 {
        return Err(DecodeError::Length);
    }
    into.words.extend_from_slice(words);
    into.lines.extend_from_slice(lines);
    check_ids(into, first)
}

/// The mark of a row whose lines and words start at these places.
fn read_row(row: &[u8], (lines, words): (usize, usize)) -> Result<Mark, DecodeError> {
    let mut row = Row(row);
    let (line, id, key) = (row.u32()?, row.u32()?, row.u32()?);
    let sum = |start: usize, length: u32| start.checked_add(length as usize).ok_or(DecodeError::Length);
    let (end, id_end) = (sum(lines, line)?, sum(words, id)?);
    Ok(Mark {
        end,
        id_end,
        key_end: sum(id_end, key)?,
        time_ms: row.u64()?,
        received_ms: row.u64()?,
        worth: Worth { events: row.u32()?, records: row.u32()? },
        ticket: 0,
        level: level(row.u8()?)?,
    })
}

fn level(number: u8) -> Result<Level, DecodeError> {
    let all = [Level::Alert, Level::Warning, Level::Notice, Level::Info];
    all.into_iter().find(|level| *level as u8 == number).ok_or(DecodeError::Level(number))
}

/// Whether the ids of all messages from this place on are text.
fn check_ids(parcel: &Parcel, from: usize) -> Result<(), DecodeError> {
    for index in from..parcel.len() {
        let (_, start) = parcel.starts(index);
        let id = parcel.marks.get(index).and_then(|mark| parcel.words.get(start..mark.id_end));
        if id.is_none_or(|id| str::from_utf8(id).is_err()) {
            return Err(DecodeError::Id);
        }
    }
    Ok(())
}

/// What is left of a row.
struct Row<'a>(&'a [u8]);

impl Row<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (chunk, rest) = self.0.split_first_chunk::<N>().ok_or(DecodeError::Length)?;
        self.0 = rest;
        Ok(*chunk)
    }

    fn u64(&mut self) -> Result<u64, DecodeError> {
        self.take().map(u64::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, DecodeError> {
        self.take().map(u32::from_le_bytes)
    }

    fn u8(&mut self) -> Result<u8, DecodeError> {
        self.take::<1>().map(|[byte]| byte)
    }
}
