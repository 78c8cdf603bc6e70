//! Parcels into the pipe, and what the program has read of them.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::child::Child;
use super::pipe::Woken;
use super::{Protocol, Settings, check, shown};
use crate::audispd::FRAME;
use crate::parcel::{Message, Parcel};
use crate::sink::{Done, Failure, Patience, Sink};
use crate::stats::Stats;

/// Bytes that are made ready to be written at a time; one message may be more.
const PORTION: usize = 256 << 10;

/// Between two looks at how much was read, at first and at most: that is nothing one could wait for.
const NAP: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(20));

/// What a program that is told to end at a bad time gets to do so.
const SHORT: Duration = Duration::from_millis(200);

/// A program at the other end of a pipe.
#[derive(Debug)]
pub(super) struct Program {
    settings: Settings,
    stats: Arc<Stats>,
    child: Option<Child>,
    /// Bytes that are being written: several messages.
    portion: Vec<u8>,
    /// The message of which the program has read some, but not all; from one delivery to the next.
    torn: Option<Torn>,
    /// The same, while its rest is being written though it is no message to be delivered any more.
    stray: Vec<u8>,
    /// Whether it was started before.
    was_started: bool,
}

#[derive(Debug)]
struct Torn {
    bytes: Vec<u8>,
    /// How much of it was read.
    read: usize,
}

/// Where a delivery is.
#[derive(Debug, Default)]
struct Way {
    /// The next message to write.
    next: usize,
    /// How much of the portion is written.
    at: usize,
    /// Messages that are not read, or not written.
    open: VecDeque<Leg>,
    /// Messages that were read.
    read: usize,
}

/// A message on its way, and the count of written bytes at which it begins and ends.
#[derive(Clone, Copy, Debug)]
struct Leg {
    /// `None` for the stray one.
    index: Option<usize>,
    start: u64,
    end: u64,
}

impl Program {
    pub(super) fn new(settings: Settings, stats: Arc<Stats>) -> Self {
        Self { settings, stats, child: None, portion: Vec::new(), torn: None, stray: Vec::new(), was_started: false }
    }

    fn failed(&self, what: &str) -> Failure {
        Failure::new(format!("{what} {}", shown(&self.settings.path)))
    }

    /// Makes sure that it runs.
    fn start(&mut self) -> Result<(), Failure> {
        if self.child.as_ref().is_some_and(Child::has_ended) {
            return Err(self.fallen());
        }
        if self.child.is_none() {
            self.was_started = true;
            check(&self.settings.path)?;
            let child = Child::start(&self.settings).map_err(|error| self.failed("cannot start").because(error))?;
            self.child = Some(child);
            self.torn = None;
            self.stats.connects.fetch_add(1, Relaxed);
        }
        Ok(())
    }

    /// It has ended, or does not read any more and has to end.
    fn fallen(&mut self) -> Failure {
        // What it had read a half of is read from its beginning by the next one.
        self.torn = None;
        let Some(child) = self.child.take() else { return self.failed("cannot write to") };
        if !child.has_ended() {
            // It has closed its standard input. Most who do so are about to end.
            child.terminate(SHORT);
        }
        self.failed("cannot write to").because(format!("the program has ended: {}", child.reap()))
    }

    /// Writes the messages, and acknowledges them as they are read. `Err` when there is no use in going on with this program.
    fn push(&mut self, parcel: &Parcel, done: &mut Done, way: &mut Way, patience: &Patience) -> Result<(), Stuck> {
        let mut nap = NAP.0;
        loop {
            let wrote = self.write(parcel, done, way)?;
            let was_read = self.settle(done, way)?;
            if way.at == self.portion.len() && way.open.is_empty() && way.next >= parcel.len() {
                return Ok(());
            }
            if wrote {
                continue;
            }
            if patience.is_over() {
                return Err(Stuck::Slow);
            }
            nap = if was_read { NAP.0 } else { NAP.1.min(nap * 2) };
            self.wait(way, done, patience.slice(nap))?;
        }
    }

    /// Writes what there is room for; `false` when that is nothing.
    fn write(&mut self, parcel: &Parcel, done: &Done, way: &mut Way) -> Result<bool, Stuck> {
        let Some(child) = &mut self.child else { return Err(Stuck::Gone) };
        if way.at == self.portion.len() {
            let written = child.pipe.written();
            self.load(parcel, done, way, written);
        }
        let rest = self.portion.get(way.at..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(false);
        }
        let Some(child) = &mut self.child else { return Err(Stuck::Gone) };
        let piece = match self.settings.protocol {
            // Whoever reads frames wants each at once.
            Protocol::Binary if !child.pipe.is_half_free().map_err(|_| Stuck::Gone)? => return Ok(false),
            Protocol::Binary => rest.get(..FRAME).unwrap_or(rest),
            Protocol::Lines | Protocol::Audispd => rest,
        };
        let count = child.pipe.write(piece).map_err(|_| Stuck::Gone)?;
        way.at += count;
        Ok(count > 0)
    }

    /// Acknowledges what was read; `false` when that is nothing.
    fn settle(&mut self, done: &mut Done, way: &mut Way) -> Result<bool, Stuck> {
        let Some(child) = &self.child else { return Err(Stuck::Gone) };
        let read = child.pipe.read().map_err(|_| Stuck::Gone)?;
        let before = way.open.len();
        while let Some(leg) = way.open.pop_front_if(|leg| leg.end <= read) {
            if let Some(index) = leg.index {
                done.ack(index);
                way.read += 1;
            }
        }
        Ok(way.open.len() < before)
    }

    fn wait(&mut self, way: &mut Way, done: &mut Done, time: Duration) -> Result<(), Stuck> {
        let Some(child) = &mut self.child else { return Err(Stuck::Gone) };
        // Where frames wait for half of the pipe to be free, that there is some room says nothing.
        let room = way.at < self.portion.len() && self.settings.protocol != Protocol::Binary;
        if child.wait(room, time) == Woken::Gone || child.has_ended() {
            self.settle(done, way)?;
            return Err(Stuck::Gone);
        }
        Ok(())
    }

    /// Takes back what was not read, so that nothing is on its way between deliveries but the rest of one message.
    fn take_back(&mut self, parcel: &Parcel, done: &mut Done, way: &mut Way) -> Result<(), Stuck> {
        let Some(child) = &mut self.child else { return Err(Stuck::Gone) };
        child.pipe.take_back().map_err(|_| Stuck::Gone)?;
        let read = child.pipe.written();
        self.settle(done, way)?;
        let Some(leg) = way.open.front().filter(|leg| leg.start < read) else { return Ok(()) };
        let bytes = match leg.index.and_then(|index| parcel.get(index)) {
            Some(message) => self.encoded(&message),
            None => mem::take(&mut self.stray),
        };
        self.torn = Some(Torn { bytes, read: usize::try_from(read - leg.start).unwrap_or(usize::MAX) });
        Ok(())
    }

    /// Fills the empty portion with the next messages that are not done. `written`: where it begins.
    fn load(&mut self, parcel: &Parcel, done: &Done, way: &mut Way, written: u64) {
        self.portion.clear();
        self.portion.shrink_to(2 * PORTION);
        way.at = 0;
        if let Some(torn) = self.torn.take() {
            self.mend(torn, parcel, done, way, written);
        }
        while self.portion.len() < PORTION && way.next < parcel.len() {
            let index = way.next;
            way.next += 1;
            let Some(message) = parcel.get(index).filter(|_| !done.is_done(index)) else { continue };
            let start = written + self.portion.len() as u64;
            self.settings.protocol.encode(&message, &mut self.portion);
            way.open.push_back(Leg { index: Some(index), start, end: written + self.portion.len() as u64 });
        }
    }

    /// Puts the rest of a torn message in front. It is the first message again, unless that was dropped meanwhile.
    fn mend(&mut self, torn: Torn, parcel: &Parcel, done: &Done, way: &mut Way, written: u64) {
        self.portion.extend_from_slice(torn.bytes.get(torn.read..).unwrap_or_default());
        let end = written + self.portion.len() as u64;
        let start = end.saturating_sub(torn.bytes.len() as u64);
        let first = (way.next..parcel.len()).find(|index| !done.is_done(*index));
        let index = first.filter(|index| parcel.get(*index).is_some_and(|first| self.encoded(&first) == torn.bytes));
        match index {
            Some(index) => way.next = index + 1,
            None => self.stray = torn.bytes,
        }
        way.open.push_back(Leg { index, start, end });
    }

    fn encoded(&self, message: &Message<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.settings.protocol.encode(message, &mut bytes);
        bytes
    }
}

/// Why a delivery cannot go on.
enum Stuck {
    /// The program has ended, or closed its standard input.
    Gone,
    /// It did not read in time.
    Slow,
}

impl Sink for Program {
    /// Looks whether it could be run; it is not started by that.
    fn connect(&mut self, _: &Patience) -> Result<(), Failure> {
        check(&self.settings.path)
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        self.start()?;
        self.portion.clear();
        let mut way = Way::default();
        let pushed = self.push(parcel, done, &mut way, patience);
        match pushed {
            Ok(()) => Ok(()),
            Err(Stuck::Slow) => match self.take_back(parcel, done, &mut way) {
                // One that reads slowly is not one that does not read.
                Ok(()) if way.read > 0 => Ok(()),
                Ok(()) => Err(self.failed("cannot write to").because("the program did not read in time")),
                Err(_) => Err(self.fallen()),
            },
            Err(Stuck::Gone) => Err(self.fallen()),
        }
    }

    /// Starts it for the first time, listens to its complaints, and finds out whether it has ended.
    fn tick(&mut self) -> Result<(), Failure> {
        if !self.was_started {
            return self.start();
        }
        if let Some(child) = &mut self.child {
            child.listen();
            if child.has_ended() {
                return Err(self.fallen());
            }
        }
        Ok(())
    }

    /// Sends it SIGHUP, where it is one that wants that.
    fn reopen(&mut self) -> Result<(), Failure> {
        if let Some(child) = self.child.as_ref().filter(|_| self.settings.hangup) {
            child.hang_up();
        }
        Ok(())
    }

    fn close(&mut self, patience: &Patience) -> Result<(), Failure> {
        let Some(child) = self.child.take() else { return Ok(()) };
        let by_itself = patience.left() / 2;
        let grace = self.settings.grace.min(patience.left() / 2).max(SHORT);
        if child.end(by_itself.min(self.settings.grace), grace) {
            return Err(self.failed("cannot end").because("the program had to be killed"));
        }
        Ok(())
    }
}
