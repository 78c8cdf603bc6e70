//! A regular file that is appended to: messages in, at its end by the return; what else is done for it is in `upkeep`.

mod upkeep;

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::guard::Guard;
use super::keep::Steadiness;
use super::live::Live;
use super::pack::{Packer, Shelf};
use super::remarks::Remarks;
use super::runs::Runs;
use super::schedule::Schedule;
use super::settings::{ErrorAction, FullAction, LowAction, Settings, Sync};
use super::tail::{self, End as _, Mended, Tail};
use crate::clock::Clock;
use crate::parcel::Parcel;
use crate::sink::{Done, Failure, Patience};

/// How long to wait before a rotation that failed is tried again.
const AGAIN: Duration = Duration::from_secs(10);
/// How long delivery rests while there is no room.
const REST: Duration = Duration::from_secs(5);
/// The longest wait for packing to break off.
const STOP: Duration = Duration::from_secs(1);
/// How soon it is looked at again while something is to be done that goes by time.
const SOON: Duration = Duration::from_secs(1);

/// The log.
#[derive(Debug)]
pub(super) struct Log {
    settings: Settings,
    clock: Arc<dyn Clock>,
    live: Option<Live>,
    tail: Tail,
    /// Whether the end of the file was looked at since it was opened.
    is_mended: bool,
    schedule: Schedule,
    guard: Guard,
    steadiness: Steadiness,
    shelf: Option<Arc<Shelf>>,
    packer: Packer,
    /// Whether something may be there to be packed.
    is_unpacked: bool,
    remarks: Remarks,
    unsynced_since: Option<Instant>,
    rotation_failed: Option<Instant>,
    kept: Option<Instant>,
}

impl Log {
    pub(super) fn new(settings: Settings, clock: Arc<dyn Clock>) -> Self {
        Self {
            schedule: Schedule::new(settings.rotate.time),
            steadiness: Steadiness::new(clock.wall_ms(), clock.now()),
            settings,
            clock,
            live: None,
            tail: Tail::default(),
            is_mended: false,
            guard: Guard::default(),
            shelf: None,
            packer: Packer::default(),
            is_unpacked: false,
            remarks: Remarks::default(),
            unsynced_since: None,
            rotation_failed: None,
            kept: None,
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn remarks(&mut self) -> &mut Remarks {
        &mut self.remarks
    }

    pub(super) fn is_open(&self) -> bool {
        self.live.is_some()
    }

    /// Whether its last name has gone, so that nobody will ever read what is written to it.
    pub(super) fn is_lost(&self) -> bool {
        self.live.as_ref().is_none_or(|live| live.file.metadata().is_ok_and(|meta| meta.nlink() == 0))
    }

    /// Writes to this file from now on.
    pub(super) fn set(&mut self, live: Live) {
        self.leave();
        self.schedule.opened(live.written_ms());
        if self.settings.sync != Sync::Never {
            // Its name has to survive with it. Where a directory cannot be synced there is nothing more to be done.
            let _ = rustix::fs::fsync(&live.parent);
        }
        self.set_shelf(&live);
        (self.guard, self.is_mended) = (Guard::default(), false);
        self.is_unpacked = true;
        self.live = Some(live);
    }

    /// There is no file any more.
    pub(super) fn unset(&mut self) {
        self.leave();
        self.live = None;
    }

    /// Whether it is to be opened anew, for its path leads elsewhere.
    pub(super) fn has_moved(&mut self) -> bool {
        self.look(self.clock.now());
        self.guard.take_moved()
    }

    /// Writes messages.
    pub(super) fn deliver(&mut self, parcel: &Parcel, done: &mut Done) -> Result<(), Failure> {
        while let Err(error) = self.mend() {
            if !self.answer(error, parcel, done)? {
                return Ok(());
            }
        }
        self.upkeep()?;
        match self.guard.low {
            Some(low) if low.action == LowAction::Stop => return Err(self.no_room(low.key).after(REST)),
            Some(low) if low.action == LowAction::Drop => {
                refuse(parcel, done, &self.no_room(low.key).told());
                return Ok(());
            }
            _ => {}
        }
        while let Err(error) = self.append(parcel, done) {
            if !self.answer(error, parcel, done)? {
                break;
            }
        }
        Ok(())
    }

    /// What goes by time.
    pub(super) fn tick(&mut self) -> Result<(), Failure> {
        if self.live.is_none() {
            return Ok(());
        }
        self.mend().map_err(|error| self.cannot_write(error))?;
        self.upkeep()
    }

    /// How long nothing has to be done where nothing is written: where its path leads, and how much room there is, counts only
    /// then.
    pub(super) fn rest(&self) -> Option<Duration> {
        let is_busy = !self.is_mended || self.unsynced_since.is_some() || self.packer.is_busy();
        let packs = self.settings.rotate.packing.is_some() && self.is_unpacked;
        let keeps = self.settings.rotate.time.is_some() || !self.settings.keep.is_all();
        match () {
            () if self.live.is_none() => None,
            () if is_busy || packs => Some(SOON),
            () if keeps => Some(upkeep::KEEP),
            () => None,
        }
    }

    /// The end.
    pub(super) fn close(&mut self, patience: &Patience) -> Result<(), Failure> {
        self.packer.stop(patience.slice(STOP));
        let result = self.sync();
        self.leave();
        self.live = None;
        result
    }

    pub(super) fn cannot_write(&self, error: io::Error) -> Failure {
        Failure::new(format!("cannot write to {}", self.shown())).because(error)
    }

    fn shown(&self) -> String {
        format!("{:?}", self.settings.path.display().to_string())
    }

    fn no_room(&self, key: &str) -> Failure {
        Failure::new(format!("the disk of {} has less room than `{key}` asks for", self.shown()))
    }

    /// Writes what is open, in as many files as it takes.
    fn append(&mut self, parcel: &Parcel, done: &mut Done) -> io::Result<()> {
        let Some(live) = &mut self.live else { return Err(ErrorKind::NotConnected.into()) };
        if let Some(finished) = self.tail.begin(live, parcel, done)? {
            self.written(finished..finished + 1, 0, done)?;
        }
        let mut runs = Runs::of(parcel);
        while let Some(run) = runs.next(done, self.room()) {
            if self.tail.size > 0 && run.bytes.len() as u64 > self.room() {
                self.rotate();
            }
            let Some(live) = &mut self.live else { return Err(ErrorKind::NotConnected.into()) };
            let (whole, result) = self.tail.append(live, parcel, &run);
            self.written(whole, run.bytes.len() as u64, done)?;
            result?;
        }
        Ok(())
    }

    /// The file has these messages.
    fn written(&mut self, messages: std::ops::Range<usize>, bytes: u64, done: &mut Done) -> io::Result<()> {
        self.guard.wrote(bytes);
        match (self.settings.sync, &mut self.live) {
            (Sync::Each, Some(live)) if !messages.is_empty() => live.sync()?,
            (Sync::Every(_), _) if self.unsynced_since.is_none() => self.unsynced_since = Some(self.clock.now()),
            _ => {}
        }
        messages.for_each(|index| done.ack(index));
        Ok(())
    }

    /// Bytes that the file may get yet. An empty one takes any message, and so does one that cannot be rotated now.
    fn room(&self) -> u64 {
        match self.settings.rotate.size {
            Some(_) if !self.can_rotate() => u64::MAX,
            Some(size) if self.tail.size > 0 => size.saturating_sub(self.tail.size),
            Some(size) => size,
            None => u64::MAX,
        }
    }

    /// Whether a rotation may be tried: not right after one that failed.
    fn can_rotate(&self) -> bool {
        let since = self.rotation_failed.map(|failed| self.clock.now().saturating_duration_since(failed));
        since.is_none_or(|since| since >= AGAIN)
    }

    /// What is done about an error. Whether to try again.
    fn answer(&mut self, error: io::Error, parcel: &Parcel, done: &mut Done) -> Result<bool, Failure> {
        let is_full = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
        let action = self.settings.space;
        if is_full && action.full_action == FullAction::Rotate && self.remove_oldest() {
            return Ok(true);
        }
        let drops =
            if is_full { action.full_action == FullAction::Drop } else { action.error_action == ErrorAction::Drop };
        let failure = self.cannot_write(error);
        if !drops {
            return Err(failure);
        }
        refuse(parcel, done, &failure.told());
        Ok(false)
    }

    /// Cuts off what a crash left torn, and removes what else it left, once for each file that is opened.
    fn mend(&mut self) -> io::Result<()> {
        if self.is_mended {
            return Ok(());
        }
        let Some(live) = &mut self.live else { return Ok(()) };
        let mended = tail::mend(live)?;
        let shown = self.shown();
        match mended {
            Mended::Whole => {}
            Mended::Cut(bytes) => {
                self.remarks.add(format!("removed {bytes} bytes of a line that was torn at the end of {shown}"));
            }
            Mended::Ended => self.remarks.add(format!("ended a line that was torn at the end of {shown}")),
        }
        self.is_mended = true;
        if let Some(Err(error)) = self.shelf.as_ref().filter(|_| self.settings.rotates()).map(|shelf| shelf.clean()) {
            self.remarks.say("clean", format!("cannot look for what was rotated of {}: {error}", self.shown()));
        }
        Ok(())
    }
}

fn refuse(parcel: &Parcel, done: &mut Done, why: &str) {
    (0..parcel.len()).for_each(|index| done.refuse(index, why));
}
