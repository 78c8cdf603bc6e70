//! A regular file that is appended to, and all that is done around that.

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::guard::Guard;
use super::keep::{Steadiness, surplus};
use super::live::Live;
use super::pack::{self, Packer, Shelf};
use super::remarks::Remarks;
use super::rotate;
use super::runs::Runs;
use super::schedule::Schedule;
use super::settings::{ErrorAction, FullAction, LowAction, Settings, Sync};
use super::tail::{self, End as _, Tail};
use crate::clock::Clock;
use crate::parcel::Parcel;
use crate::sink::{Done, Failure, Patience};

/// How long to wait before a rotation that failed is tried again.
const AGAIN: Duration = Duration::from_secs(10);
/// How often it is looked whether logs have become too old.
const KEEP: Duration = Duration::from_mins(1);
/// How long delivery rests while there is no room.
const REST: Duration = Duration::from_secs(5);
/// The longest wait for packing to break off.
const STOP: Duration = Duration::from_secs(1);

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
        self.mend()?;
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
        if self.live.is_some() { self.upkeep() } else { Ok(()) }
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
    fn mend(&mut self) -> Result<(), Failure> {
        if self.is_mended {
            return Ok(());
        }
        let Some(live) = &mut self.live else { return Ok(()) };
        match tail::mend(live) {
            Ok(0) => {}
            Ok(bytes) => {
                let text = format!("removed {bytes} bytes of a line that was torn at the end of {}", self.shown());
                self.remarks.add(text);
            }
            Err(error) => return Err(self.cannot_write(error)),
        }
        self.is_mended = true;
        if let Some(Err(error)) = self.shelf.as_ref().filter(|_| self.settings.rotates()).map(|shelf| shelf.clean()) {
            self.remarks.say("clean", format!("cannot look for what was rotated of {}: {error}", self.shown()));
        }
        Ok(())
    }

    /// Once a second: where the path leads, and how much room there is.
    fn look(&mut self, now: Instant) {
        if self.live.is_none() || !self.guard.is_due(now) {
            return;
        }
        let trusted = self.steadiness.see(self.clock.wall_ms(), now);
        if let Some(live) = &self.live {
            self.guard.watch(live, &self.settings.path);
        }
        self.make_room();
        if self.kept.is_none_or(|kept| now.saturating_duration_since(kept) >= KEEP) {
            self.keep(now, trusted);
        }
    }

    fn upkeep(&mut self) -> Result<(), Failure> {
        let now = self.clock.now();
        self.look(now);
        if self.schedule.is_due(self.clock.wall_ms(), now) {
            self.rotate_in_time(now);
        }
        self.pack();
        match self.settings.sync {
            Sync::Every(time)
                if self.unsynced_since.is_some_and(|since| now.saturating_duration_since(since) >= time) =>
            {
                self.sync()
            }
            _ => Ok(()),
        }
    }

    fn sync(&mut self) -> Result<(), Failure> {
        let Some(live) = self.live.as_mut().filter(|_| self.unsynced_since.is_some()) else { return Ok(()) };
        let result = live.sync();
        // A second try says nothing about what the first one failed to bring out (fsync(2)).
        self.unsynced_since = None;
        result.map_err(|error| Failure::new(format!("cannot sync {}", self.shown())).because(error))
    }

    fn rotate_in_time(&mut self, now: Instant) {
        let is_empty = self.live.as_mut().is_none_or(|live| live.size().is_ok_and(|size| size == 0));
        if is_empty {
            self.schedule.began(self.clock.wall_ms());
        } else if self.can_rotate() && self.rotate() {
            self.schedule.rotated(now);
        }
    }

    /// Puts the log aside and goes on with a new one; says so if that cannot be done, and whether it was.
    fn rotate(&mut self) -> bool {
        let (now, wall_ms) = (self.clock.now(), self.clock.wall_ms());
        let (Some(live), Some(shelf)) = (&self.live, &self.shelf) else { return false };
        let result = {
            let _lock = shelf.lock();
            rotate::rotate(live, &self.settings, wall_ms)
        };
        match result {
            Ok(new) => {
                self.leave();
                self.live = Some(new);
                self.schedule.began(wall_ms);
                (self.rotation_failed, self.is_unpacked) = (None, true);
                let shown = self.shown();
                self.remarks.settle("rotate", || format!("{shown} can be rotated again"));
                self.keep(now, false);
                self.pack();
                true
            }
            Err(failure) => {
                self.rotation_failed = Some(now);
                self.remarks.say("rotate", failure.told());
                false
            }
        }
    }

    /// Nothing more is written to the present file.
    fn leave(&mut self) {
        let Some(live) = &mut self.live else { return };
        self.tail.leave(live);
        if self.unsynced_since.take().is_some()
            && let Err(error) = live.sync()
        {
            let text = format!("cannot sync {}: {error}", self.shown());
            self.remarks.add(text);
        }
    }

    fn set_shelf(&mut self, live: &Live) {
        let is_same = |shelf: &Arc<Shelf>| {
            let id = |fd| rustix::fs::fstat(fd).map(|stat| (stat.st_dev, stat.st_ino)).ok();
            id(&shelf.parent) == id(&live.parent)
        };
        if self.shelf.as_ref().is_some_and(is_same) {
            return;
        }
        self.packer.stop(STOP);
        let parent = live.parent.try_clone().ok();
        let shelf = parent.map(|parent| Shelf::new(parent, live.name.clone(), self.settings.rotate.names));
        self.shelf = shelf.map(Arc::new);
    }

    fn pack(&mut self) {
        let (Some(shelf), Some(packing)) = (&self.shelf, self.settings.rotate.packing) else { return };
        if let Some(failure) = pack::failure(shelf) {
            self.remarks.add(failure);
        }
        if self.is_unpacked && !self.packer.is_busy() {
            self.is_unpacked = false;
            self.packer.poke(shelf, packing);
        }
    }

    /// Removes logs that need not be kept. Their age counts only if the clock can be trusted.
    fn keep(&mut self, now: Instant, trusted: bool) {
        self.kept = Some(now);
        let Some(shelf) = self.shelf.as_ref().filter(|_| !self.settings.keep.is_all()) else { return };
        let now_s = trusted.then(|| self.clock.wall_ms() / 1000);
        let removed = {
            let _lock = shelf.lock();
            shelf.list().and_then(|asides| {
                let count = surplus(&asides, &self.settings.keep, now_s);
                asides.iter().take(count).try_for_each(|aside| shelf.remove(aside))
            })
        };
        match removed {
            Ok(()) => self.remarks.settle("keep", || "old logs can be removed again".to_owned()),
            Err(error) => {
                let text = format!("cannot remove old logs of {}: {error}", self.shown());
                self.remarks.say("keep", text);
            }
        }
    }

    /// Looks how much room there is, and makes some if that is asked for.
    fn make_room(&mut self) {
        let before = self.guard.low.map(|low| low.key);
        self.measure();
        while self.guard.low.is_some_and(|low| low.action == LowAction::Rotate) && self.remove_oldest() {
            self.measure();
        }
        let shown = self.shown();
        match self.guard.low {
            Some(low) => {
                let done = match low.action {
                    LowAction::Warn => "events are still written",
                    LowAction::Rotate => "no old log is left to remove",
                    LowAction::Drop => "events are dropped",
                    LowAction::Stop => "events wait",
                };
                let wanted = low.wanted;
                let text = format!("the disk of {shown} has less room than `{}`, {wanted} bytes: {done}", low.key);
                self.remarks.say("room", text);
            }
            None if before.is_some() => self.remarks.settle("room", || format!("the disk of {shown} has room again")),
            None => {}
        }
    }

    fn measure(&mut self) {
        if let Some(live) = &self.live {
            self.guard.measure(live, &self.settings.space);
        }
    }

    /// Removes the oldest log that was put aside. Whether there was one.
    fn remove_oldest(&mut self) -> bool {
        let Some(shelf) = &self.shelf else { return false };
        let removed = {
            let _lock = shelf.lock();
            shelf.list().and_then(|asides| match asides.first() {
                Some(oldest) => shelf.remove(oldest).map(|()| Some(oldest.name.clone())),
                None => Ok(None),
            })
        };
        match removed {
            Ok(Some(name)) => {
                self.remarks.add(format!("removed {:?} to make room", String::from_utf8_lossy(&name)));
                true
            }
            Ok(None) => false,
            Err(error) => {
                let text = format!("cannot remove old logs of {}: {error}", self.shown());
                self.remarks.say("keep", text);
                false
            }
        }
    }
}

fn refuse(parcel: &Parcel, done: &mut Done, why: &str) {
    (0..parcel.len()).for_each(|index| done.refuse(index, why));
}
