//! What is done around writing: by time, by size, and when room runs low.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::keep::surplus;
use super::super::live::Live;
use super::super::pack::{self, Shelf};
use super::super::rotate;
use super::super::settings::{LowAction, Sync};
use super::super::tail::End as _;
use super::{Log, STOP};
use crate::sink::Failure;

/// How often it is looked whether logs have become too old.
pub(super) const KEEP: Duration = Duration::from_mins(1);

impl Log {
    /// Once a second: where the path leads, and how much room there is.
    pub(super) fn look(&mut self, now: Instant) {
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

    pub(super) fn upkeep(&mut self) -> Result<(), Failure> {
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

    pub(super) fn sync(&mut self) -> Result<(), Failure> {
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
    pub(super) fn rotate(&mut self) -> bool {
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
    pub(super) fn leave(&mut self) {
        let Some(live) = &mut self.live else { return };
        self.tail.leave(live);
        if self.unsynced_since.take().is_some()
            && let Err(error) = live.sync()
        {
            let text = format!("cannot sync {}: {error}", self.shown());
            self.remarks.add(text);
        }
    }

    pub(super) fn set_shelf(&mut self, live: &Live) {
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
    pub(super) fn remove_oldest(&mut self) -> bool {
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
