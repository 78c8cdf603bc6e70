//! A disk in memory that fails, fills up and loses power as told.
//!
//! What was written and not synced may be there after a power failure, or not, or a part of it; so may files that were made
//! or removed and whose directory was not synced. What could not be synced stays in doubt for good. Every call counts, so that
//! a fault can be put at each of them by turns.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;

use super::disk::{Disk, DiskFile};

/// What goes wrong at one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails with `EIO`; a write has written a part before.
    Io,
    /// It fails with `ENOSPC`; a write has written a part before.
    Full,
    /// A read or write does a part of what it was to do, and says so. Other calls are not concerned.
    Short,
    /// The process ends: this call and all that follow fail.
    Crash,
}

/// A handle to one disk; clones are of the same.
#[derive(Debug, Clone, Default)]
pub struct Simulated(Arc<Mutex<State>>);

/// An open file of it.
#[derive(Debug)]
pub struct SimulatedFile {
    disk: Simulated,
    index: usize,
}

#[derive(Debug, Default)]
struct State {
    /// As the running system sees them.
    names: BTreeMap<String, usize>,
    /// As they are after any power failure, but for `renamed`.
    safe_names: BTreeMap<String, usize>,
    /// Since the directory was synced: names made, or removed.
    renamed: Vec<(String, Option<usize>)>,
    files: Vec<Contents>,
    calls: u64,
    fault: Option<(u64, Fault)>,
    is_crashed: bool,
    /// Bytes that fit.
    room: Option<u64>,
    random: u64,
}

#[derive(Debug, Clone, Default)]
struct Contents {
    now: Vec<u8>,
    /// What is there after any power failure.
    safe: Vec<u8>,
    since: Vec<(Change, Sureness)>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sureness {
    Unsynced,
    /// It could not be synced; the system has forgotten that it should be.
    Doubtful,
    Synced,
}

impl Simulated {
    /// Puts a fault at the call that comes after `calls` others.
    pub fn fail_after(&self, calls: u64, fault: Fault) {
        let mut state = self.state();
        state.fault = Some((state.calls + calls, fault));
    }

    /// Another process goes on after one that ended: what is not synced is still not, and nothing fails.
    pub fn restart(&self) {
        let mut state = self.state();
        (state.is_crashed, state.fault) = (false, None);
    }

    /// How many calls were made.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Bounds the bytes of all files together.
    pub fn set_room(&self, room: Option<u64>) {
        self.state().room = room;
    }

    /// Puts a file there, synced.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let mut state = self.state();
        let index = state.files.len();
        state.files.push(Contents { now: bytes.to_vec(), safe: bytes.to_vec(), since: Vec::new() });
        state.names.insert(name.to_owned(), index);
        state.safe_names.insert(name.to_owned(), index);
    }

    /// The files: names and contents.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let state = self.state();
        let contents = |index: usize| state.files.get(index).map(|file| file.now.clone()).unwrap_or_default();
        state.names.iter().map(|(name, index)| (name.clone(), contents(*index))).collect()
    }

    /// The same files on a disk of their own, without faults.
    #[must_use]
    pub fn copy(&self) -> Self {
        let copy = Self::default();
        self.files().iter().for_each(|(name, bytes)| copy.put(name, bytes));
        copy
    }

    /// What is left after the power failed now. `seed` decides what becomes of what was not synced.
    #[must_use]
    pub fn after_power_failure(&self, seed: u64) -> Self {
        let (state, mut dice, left) = (self.state(), Dice(seed | 1), Self::default());
        let mut names = state.safe_names.clone();
        for (name, index) in state.renamed.iter().filter(|_| dice.roll(2) == 0) {
            match index {
                Some(index) => names.insert(name.clone(), *index),
                None => names.remove(name),
            };
        }
        for (name, index) in names {
            if let Some(file) = state.files.get(index) {
                left.put(&name, &file.after_power_failure(&mut dice));
            }
        }
        left.state().random = dice.roll(u64::MAX);
        left
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call; what goes wrong with it, if that is no error yet.
    fn call(&self) -> Result<(MutexGuard<'_, State>, Option<Fault>), io::Error> {
        let mut state = self.state();
        let fault = state.fault.filter(|(at, _)| *at == state.calls).map(|(_, fault)| fault);
        state.calls += 1;
        state.is_crashed |= fault == Some(Fault::Crash);
        if state.is_crashed && fault.is_none() {
            return Err(io::Error::other("the process has ended"));
        }
        Ok((state, fault))
    }

    /// The same, for calls that are not done in part.
    fn whole_call(&self) -> io::Result<MutexGuard<'_, State>> {
        let (state, fault) = self.call()?;
        fault.and_then(error).map_or(Ok(state), Err)
    }
}

/// What a fault has a call return; `None` if it succeeds.
fn error(fault: Fault) -> Option<io::Error> {
    match fault {
        Fault::Io => Some(Errno::IO.into()),
        Fault::Full => Some(Errno::NOSPC.into()),
        Fault::Crash => Some(io::Error::other("the process ends")),
        Fault::Short => None,
    }
}

impl Contents {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.since.push((change, Sureness::Unsynced));
    }

    fn sync(&mut self, sureness: Sureness) {
        for (_, known) in self.since.iter_mut().filter(|(_, known)| *known == Sureness::Unsynced) {
            *known = sureness;
        }
        let sure = self.since.iter().take_while(|(_, known)| *known == Sureness::Synced).count();
        for (change, _) in self.since.drain(..sure) {
            change.apply(&mut self.safe);
        }
    }

    fn after_power_failure(&self, dice: &mut Dice) -> Vec<u8> {
        let mut left = self.safe.clone();
        for (change, sureness) in &self.since {
            match (sureness, dice.roll(4)) {
                (Sureness::Synced, _) | (_, 0) => change.apply(&mut left),
                (_, 1) => {}
                _ => change.tear(dice).apply(&mut left),
            }
        }
        left
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(offset, written) => {
                let end = offset + written.len();
                bytes.resize(bytes.len().max(end), 0);
                if let Some(place) = bytes.get_mut(*offset..end) {
                    place.copy_from_slice(written);
                }
            }
            Self::Truncate(size) => bytes.truncate(*size),
        }
    }

    /// Some piece of it, from any byte to any byte.
    fn tear(&self, dice: &mut Dice) -> Self {
        match self {
            Self::Write(offset, written) => {
                let end = dice.below(written.len() + 1);
                let start = if dice.roll(2) == 0 { 0 } else { dice.below(end + 1) };
                Self::Write(offset + start, written.get(start..end).unwrap_or_default().to_vec())
            }
            Self::Truncate(size) => Self::Truncate(*size),
        }
    }
}

impl Disk for Simulated {
    type File = SimulatedFile;

    fn names(&mut self) -> io::Result<Vec<String>> {
        Ok(self.whole_call()?.names.keys().cloned().collect())
    }

    fn open(&mut self, name: &str) -> io::Result<SimulatedFile> {
        let index = self.whole_call()?.names.get(name).copied();
        Ok(SimulatedFile { disk: self.clone(), index: index.ok_or(Errno::NOENT)? })
    }

    fn create(&mut self, name: &str) -> io::Result<SimulatedFile> {
        let mut state = self.whole_call()?;
        if state.names.contains_key(name) {
            return Err(Errno::EXIST.into());
        }
        let index = state.files.len();
        state.files.push(Contents::default());
        state.names.insert(name.to_owned(), index);
        state.renamed.push((name.to_owned(), Some(index)));
        Ok(SimulatedFile { disk: self.clone(), index })
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.whole_call()?;
        state.names.remove(name).ok_or(Errno::NOENT)?;
        state.renamed.push((name.to_owned(), None));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.whole_call()?;
        state.safe_names = state.names.clone();
        state.renamed.clear();
        Ok(())
    }

    fn random(&mut self) -> io::Result<u64> {
        let mut state = self.whole_call()?;
        state.random = state.random.wrapping_add(1);
        Ok(Dice(state.random).roll(u64::MAX))
    }
}

impl SimulatedFile {
    fn with<T>(&self, state: &mut State, act: impl FnOnce(&mut Contents) -> T) -> io::Result<T> {
        state.files.get_mut(self.index).map(act).ok_or_else(|| Errno::BADF.into())
    }
}

impl DiskFile for SimulatedFile {
    fn size(&self) -> io::Result<u64> {
        let mut state = self.disk.whole_call()?;
        self.with(&mut state, |file| file.now.len() as u64)
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let (mut state, fault) = self.disk.call()?;
        if let Some(error) = fault.and_then(error) {
            return Err(error);
        }
        let wanted = if fault.is_some() { into.len().div_ceil(2) } else { into.len() };
        self.with(&mut state, |file| {
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(file.now.len());
            let held = file.now.get(start..).unwrap_or_default();
            let read = held.len().min(wanted);
            into.iter_mut().zip(held).take(read).for_each(|(to, from)| *to = *from);
            read
        })
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let (mut state, fault) = self.disk.call()?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let (room, taken) = (state.room, state.taken());
        let len = self.with(&mut state, |file| file.now.len())?;
        let free = room.map_or(usize::MAX, |room| usize::try_from(room.saturating_sub(taken)).unwrap_or(usize::MAX));
        let wanted = match fault {
            None => bytes.len(),
            Some(Fault::Short) => bytes.len().div_ceil(2),
            Some(_) => bytes.len() / 2,
        };
        let fits = wanted.min(free.saturating_add(len).saturating_sub(offset));
        let written = bytes.get(..fits).unwrap_or_default().to_vec();
        self.with(&mut state, |file| file.change(Change::Write(offset, written)))?;
        match fault.and_then(error) {
            Some(error) => Err(error),
            None if fits == 0 && !bytes.is_empty() && fault.is_none() => Err(Errno::NOSPC.into()),
            None => Ok(fits),
        }
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        let mut state = self.disk.whole_call()?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        self.with(&mut state, |file| file.change(Change::Truncate(size)))
    }

    fn sync(&self) -> io::Result<()> {
        let (mut state, fault) = self.disk.call()?;
        match fault.and_then(error) {
            Some(error) => {
                self.with(&mut state, |file| file.sync(Sureness::Doubtful))?;
                Err(error)
            }
            None => self.with(&mut state, |file| file.sync(Sureness::Synced)),
        }
    }
}

impl State {
    fn taken(&self) -> u64 {
        self.names.values().filter_map(|index| self.files.get(*index)).map(|file| file.now.len() as u64).sum()
    }
}

/// The splitmix64 generator (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides.max(1)
    }

    fn below(&mut self, sides: usize) -> usize {
        usize::try_from(self.roll(sides as u64)).unwrap_or_default()
    }
}
