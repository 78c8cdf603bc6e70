//! The cursor file: up to where everything is acknowledged.
//!
//! Two slots, written in place by turns: a new one only where the other is synced, so that a crash in the middle of writing
//! leaves the last synced one. A write in place needs no room on a disk that is full.

use std::io;

use super::disk::{Disk, DiskFile, read_full_at, write_all_at};
use super::error::Error;
use super::layout::{Form, Noted, SLOT, Slot};

pub(super) const NAME: &str = "cursor";
/// Where the slots stand: in pages of their own.
const SLOTS: [u64; 2] = [0, 4096];

/// The open cursor file.
pub(super) struct Cursor<F> {
    file: F,
    mark: u64,
    generation: u64,
    /// Which slot is written next.
    slot: usize,
    /// What the file says, whether synced or not.
    pub(super) written: Option<Noted>,
    /// What it will say after any crash.
    pub(super) synced: Option<Noted>,
}

/// What was in the file before.
pub(super) enum Before {
    /// It was not there.
    New,
    /// It is there, and says nothing.
    Lost,
    Found(Slot),
}

impl<F: DiskFile> Cursor<F> {
    /// Opens the file, or makes it. Nothing is written.
    pub(super) fn open<D: Disk<File = F>>(disk: &mut D) -> Result<(Self, Before), Error> {
        let (file, is_new) = match disk.open(NAME) {
            Ok(file) => (file, false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (disk.create(NAME).map_err(Error::file("make", NAME))?, true)
            }
            Err(error) => return Err(Error::file("open", NAME)(error)),
        };
        let mut slots = [None; 2];
        for (slot, offset) in slots.iter_mut().zip(SLOTS) {
            *slot = read(&file, offset)?;
        }
        let generation = |slot: &Option<Slot>| slot.map(|slot| slot.generation);
        let latest = usize::from(generation(&slots[1]) > generation(&slots[0]));
        let found = slots[latest];
        let cursor = Self {
            file,
            mark: found.map_or(0, |slot| slot.mark),
            generation: found.map_or(0, |slot| slot.generation),
            slot: found.map_or(0, |_| 1 - latest),
            written: found.map(|slot| slot.noted),
            synced: None,
        };
        let before = if is_new { Before::New } else { found.map_or(Before::Lost, Before::Found) };
        Ok((cursor, before))
    }

    /// The mark that it notes from now on.
    pub(super) fn set_mark(&mut self, mark: u64) {
        self.mark = mark;
    }

    /// Syncs what is there from before, so that the other slot may be written.
    pub(super) fn sync_found(&mut self) -> io::Result<()> {
        self.file.sync()?;
        self.synced = self.written;
        Ok(())
    }

    /// Writes for the first time, to both slots: later writes need no room on a disk that is full then.
    pub(super) fn begin(&mut self, noted: Noted, sync: bool) -> Result<(), Error> {
        self.slot = 1;
        self.commit(noted, false)?;
        self.slot = 0;
        self.commit(noted, sync)
    }

    /// Notes something new, and makes sure of it if `sync`.
    pub(super) fn commit(&mut self, noted: Noted, sync: bool) -> Result<(), Error> {
        let generation = self.generation.saturating_add(1);
        let slot = Slot { generation, mark: self.mark, noted };
        let offset = SLOTS.get(self.slot).copied().unwrap_or_default();
        write_all_at(&self.file, &slot.encode(), offset).map_err(Error::file("write", NAME))?;
        self.generation = generation;
        self.written = Some(noted);
        if sync {
            // After a failure the same slot is written again, whole.
            self.file.sync().map_err(Error::file("sync", NAME))?;
            self.synced = self.written;
            self.slot = 1 - self.slot;
        }
        Ok(())
    }
}

fn read(file: &impl DiskFile, offset: u64) -> Result<Option<Slot>, Error> {
    let mut bytes = [0; SLOT];
    let read = read_full_at(file, &mut bytes, offset).map_err(Error::file("read", NAME))?;
    match Slot::decode(bytes.get(..read).unwrap_or_default()) {
        Form::Good(slot) => Ok(Some(slot)),
        Form::Version(version) => Err(Error::Version { name: NAME.to_owned(), version }),
        Form::Bad => Ok(None),
    }
}
