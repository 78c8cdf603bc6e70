//! A piece of a file in memory, which goes along with whoever reads the file from front to back.
//!
//! It holds [`WINDOW`] bytes, or one entry where that is larger. Bytes before `end` are read once: they must not change.

use std::io;

use super::disk::{DiskFile, read_full_at};

/// How many bytes are read ahead.
pub(super) const WINDOW: usize = 64 << 10;

/// Bytes of one file, from `start` on.
#[derive(Debug, Default)]
pub(super) struct Window {
    bytes: Vec<u8>,
    start: u64,
}

impl Window {
    /// Forgets what it holds, for another file.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// `length` bytes from `offset` on, fewer where the file, or what of it counts, ends before.
    pub(super) fn get(&mut self, file: &impl DiskFile, offset: u64, length: usize, end: u64) -> io::Result<&[u8]> {
        let there = length.min(usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX));
        let bytes = self.rest(file, offset, there, end)?;
        Ok(bytes.get(..there).unwrap_or(bytes))
    }

    /// What is in memory from `offset` on, at least `least` bytes unless the file, or what of it counts, ends before.
    pub(super) fn rest(&mut self, file: &impl DiskFile, offset: u64, least: usize, end: u64) -> io::Result<&[u8]> {
        let left = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
        if self.held(offset).len() < least.min(left) {
            self.fill(file, offset, least.max(WINDOW).min(left))?;
        }
        let held = self.held(offset);
        Ok(held.get(..left).unwrap_or(held))
    }

    fn held(&self, offset: u64) -> &[u8] {
        let skip = offset.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        skip.and_then(|skip| self.bytes.get(skip..)).unwrap_or_default()
    }

    fn fill(&mut self, file: &impl DiskFile, offset: u64, length: usize) -> io::Result<()> {
        if length <= WINDOW && self.bytes.capacity() > WINDOW {
            self.bytes = Vec::new();
        }
        self.bytes.resize(length, 0);
        let filled = read_full_at(file, &mut self.bytes, offset);
        // After an error nothing is held: some of it may have been overwritten.
        self.bytes.truncate(*filled.as_ref().unwrap_or(&0));
        self.start = offset;
        filled.map(|_| ())
    }
}
