//! From one entry of a segment to the next, over whatever is damaged between them.
//!
//! Input is a file and an offset; output the next header that is whole, and on request its payload if that is. A header that
//! is whole is believed: its length says where the next one is. Where there is none the next mark is searched for. Payloads
//! cannot pose as entries, as nobody who writes them knows the mark. Every byte is looked at a bounded number of times.

use std::io;

use memchr::memmem;

use super::disk::DiskFile;
use super::layout::{ENTRY_HEADER, EntryHeader, Key};
use super::window::Window;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// An entry begins at the offset, which stays there.
    Entry(EntryHeader),
    /// An entry begins at the offset, but its payload is cut off.
    Cut(EntryHeader),
    /// There are no more.
    End,
}

/// Goes on to the next header that is whole, from `offset` on.
///
/// # Errors
/// The file cannot be read; `offset` is then where it can be tried again.
pub(super) fn step(
    window: &mut Window,
    file: &impl DiskFile,
    key: Key,
    offset: &mut u64,
    end: u64,
) -> io::Result<Step> {
    loop {
        let bytes = window.get(file, *offset, ENTRY_HEADER, end)?;
        if bytes.len() < ENTRY_HEADER {
            return Ok(Step::End);
        }
        if let Some(header) = EntryHeader::decode(bytes, key) {
            let fits = offset.saturating_add(header.size()) <= end;
            return Ok(if fits { Step::Entry(header) } else { Step::Cut(header) });
        }
        *offset = find(window, file, key, *offset + 1, end)?;
    }
}

/// The payload of the entry at `offset` as it is stored; `None` if it is damaged.
pub(super) fn payload<'a>(
    window: &'a mut Window,
    file: &impl DiskFile,
    header: &EntryHeader,
    offset: u64,
    end: u64,
) -> io::Result<Option<&'a [u8]>> {
    // Header and payload together, so that the window still begins at the header when it has to be filled again.
    let size = ENTRY_HEADER + header.stored as usize;
    let entry = window.get(file, offset, size, end)?;
    let stored = entry.get(ENTRY_HEADER..).filter(|_| entry.len() == size);
    Ok(stored.filter(|stored| crc32fast::hash(stored) == header.crc))
}

/// Where the mark stands next; `end` if nowhere.
fn find(window: &mut Window, file: &impl DiskFile, key: Key, mut offset: u64, end: u64) -> io::Result<u64> {
    let mark = key.mark.to_le_bytes();
    loop {
        let bytes = window.rest(file, offset, ENTRY_HEADER, end)?;
        if let Some(found) = memmem::find(bytes, &mark) {
            return Ok(offset + found as u64);
        }
        if bytes.len() < ENTRY_HEADER {
            return Ok(end);
        }
        // The last bytes may be the beginning of a mark.
        offset += (bytes.len() - (mark.len() - 1)) as u64;
    }
}
