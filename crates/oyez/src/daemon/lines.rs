//! Events and notices → chunks of lines → the outlet; what there is no room for is shed, by priority, and counted.
//!
//! While the output keeps up nothing is judged: events are formatted one behind the other, and nothing is allocated once a
//! chunk has grown. Above marks of what is not written yet, events are shed *before* they are formatted: routine ones from
//! the first mark on, the rest from the second, those of the last rank only at the bound. A short breath is taken before
//! the first is shed: the queue behind has room for that long. Where nothing may be shed the caller is held up instead.
//! What there is no time for is shed alike, by the caller's word.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::Millis;
use oyez_events::notice::Notice;
use oyez_format::Formatter;

use super::outlet::{Chunk, FULL, Outlet};
use super::output::{Mark, Worth};
use super::own::Own;
use super::priority::{self, Priority};
use super::shed::{Cause, Shed, Telling, What};
use super::tally::Tally;
use super::told::Told;
use crate::config::{OnOverload, Settings};

/// How long an output that has kept up so far is waited for before anything is shed.
const BREATH: Duration = Duration::from_millis(200);
/// Bytes above the bound that are kept for oyez's own events.
const OWN_ROOM: u64 = 64 << 10;

/// What may wait to be written, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    on_overload: OnOverload,
    bound: u64,
}

impl Room {
    /// What the settings say.
    pub(crate) fn of(settings: &Settings) -> Self {
        Self { on_overload: settings.on_overload, bound: settings.output.buffer }
    }

    /// From how many bytes on events of this rank are shed.
    fn mark(self, priority: Priority) -> u64 {
        match priority {
            Priority::Routine => self.bound / 2,
            Priority::Rest => self.bound / 4 * 3,
            Priority::Last => self.bound,
        }
    }
}

/// Formats, gathers and hands over, or sheds.
pub(crate) struct Lines {
    formatter: Formatter,
    outlet: Outlet,
    chunk: Chunk,
    room: Room,
    /// The highest rank that there is no time for.
    left_out: Option<Priority>,
    /// How much longer the output is waited for, until it has caught up.
    breath: Duration,
    shed: Shed,
    /// Where the outlet stood when losses were told last.
    told_at: u64,
    refused: Vec<Telling>,
    /// Notices so far.
    notices: u64,
    own: Option<Own>,
    tally: Arc<Tally>,
}

impl Lines {
    /// Hands over to `outlet`; leaves out the events of `own`.
    pub(crate) fn new(formatter: Formatter, outlet: Outlet, room: Room, own: Option<Own>, tally: Arc<Tally>) -> Self {
        Self {
            formatter,
            outlet,
            chunk: Chunk::default(),
            room,
            left_out: None,
            breath: BREATH,
            shed: Shed::default(),
            told_at: 0,
            refused: Vec::new(),
            notices: 0,
            own,
            tally,
        }
    }

    /// Whether an event is of oyez's own doing; it is counted here.
    pub(crate) fn leaves(&mut self, event: &Event) -> bool {
        self.own.as_ref().is_some_and(|own| own.is(event)) && !self.drop_filtered(event.len())
    }

    /// Counts the records of an event that is left out on purpose; `false`, as it does not go on.
    pub(crate) fn drop_filtered(&mut self, records: usize) -> bool {
        self.tally.filtered.add(records as u64);
        false
    }

    /// Whether an event that is over is to be written; one that is not is counted here.
    pub(crate) fn admits(&mut self, event: &Event) -> bool {
        let records = event.len() as u64;
        let Some(cause) = self.objection(event) else { return true };
        let (number, key) = priority::name(event);
        self.shed(What::Record(number), key, cause, records);
        false
    }

    /// Writes an event that was admitted, and what is known of it besides; it came with so many `records`.
    pub(crate) fn event(&mut self, event: &Event, context: &Context<'_>, records: usize) {
        self.formatter.event(event, context, &mut self.chunk.bytes);
        self.mark(Worth { records: records as u64, events: 1 });
    }

    /// Takes a record of this type that is told as it is, for it cannot be read.
    pub(crate) fn malformed(&mut self, number: u16, notice: &Notice<'_>) {
        if self.leaves_out(|| Priority::Rest) {
            return self.shed(What::Record(number), b"", Cause::CpuLimit, 1);
        }
        if !self.has_room(Priority::Rest) {
            return self.shed(What::Record(number), b"", Cause::Output, 1);
        }
        self.write(notice);
        self.mark(Worth { records: 1, events: 0 });
    }

    /// Takes a notice.
    pub(crate) fn notice(&mut self, notice: &Notice<'_>) {
        if self.own_have_room() {
            self.write(notice);
            self.mark(Worth::default());
        } else {
            self.shed(What::Notice(notice.kind), b"", Cause::Output, 0);
        }
    }

    /// Takes a notice for which nothing else may be shed: what scripts say may be much.
    pub(crate) fn chatter(&mut self, notice: &Notice<'_>) {
        if self.has_room(Priority::Routine) {
            self.notice(notice);
        } else {
            self.shed(What::Notice(notice.kind), b"", Cause::Output, 0);
        }
    }

    /// Takes a notice that tells of a loss: if it does not come out it is among the [`refused`](Self::refused).
    pub(crate) fn tell(&mut self, told: &Told, telling: Telling) {
        if !self.own_have_room() {
            return self.refused.push(telling);
        }
        told.show(|notice| self.write(notice));
        self.chunk.tellings.push((self.chunk.bytes.len(), telling));
        self.mark(Worth::default());
        self.told_at = self.outlet.handed() + self.chunk.bytes.len() as u64;
    }

    fn write(&mut self, notice: &Notice<'_>) {
        self.notices += 1;
        self.formatter.notice(&Notice { number: self.notices, ..*notice }, &mut self.chunk.bytes);
    }

    fn waits(&self) -> bool {
        self.room.on_overload == OnOverload::Wait
    }

    fn fill(&self) -> u64 {
        self.outlet.fill() + self.chunk.bytes.len() as u64
    }

    /// Bytes that are gathered or handed over and not written.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> u64 {
        self.fill()
    }

    fn has_room(&self, priority: Priority) -> bool {
        self.waits() || self.fill() < self.room.mark(priority)
    }

    /// Why the event is to be shed, if it is.
    fn objection(&mut self, event: &Event) -> Option<Cause> {
        if self.leaves_out(|| Priority::of(event)) {
            return Some(Cause::CpuLimit);
        }
        (!self.has_room(Priority::Routine) && !self.makes_room(event)).then_some(Cause::Output)
    }

    /// Whether there is no time for what has this rank.
    fn leaves_out(&self, rank: impl FnOnce() -> Priority) -> bool {
        self.left_out.is_some_and(|most| !self.waits() && rank() <= most)
    }

    /// From here on, what has this rank or a lower one is shed.
    pub(crate) fn leave_out(&mut self, most: Option<Priority>) {
        self.left_out = most;
    }

    /// Whether there is room for the event after all: after a breath, or because of its rank.
    fn makes_room(&mut self, event: &Event) -> bool {
        if !self.breath.is_zero() || self.outlet.fill() == 0 {
            self.flush();
        }
        self.has_room(Priority::of(event))
    }

    fn own_have_room(&self) -> bool {
        self.waits() || self.fill() < self.room.bound + OWN_ROOM
    }

    fn shed(&mut self, what: What, key: &[u8], cause: Cause, records: u64) {
        self.shed.count(what, key, cause);
        self.tally.cpu_shed.add(u64::from(cause == Cause::CpuLimit));
        self.tally.shed.add(records);
        self.tally.shed_events.add(1);
    }

    fn mark(&mut self, worth: Worth) {
        self.chunk.marks.push(Mark { end: self.chunk.bytes.len(), worth });
        if self.chunk.bytes.len() >= FULL {
            self.flush();
        }
    }

    /// Every event up to this serial was taken: to be noted once its line is written.
    pub(crate) fn settled(&mut self, serial: u32) {
        if self.fill() == 0 {
            self.chunk.settled = None;
            self.tally.see_serial(serial);
        } else {
            self.chunk.settled = Some(serial);
        }
    }

    /// Hands over what was gathered.
    pub(crate) fn flush(&mut self) {
        if self.chunk.marks.is_empty() {
            return;
        }
        if self.outlet.fill() == 0 {
            self.breath = BREATH;
        }
        if !self.outlet.hand(&mut self.chunk) {
            self.lose();
        }
        if self.waits() {
            self.outlet.wait_below(self.room.bound, None);
        } else {
            self.breathe();
        }
    }

    /// Gives an output that kept up until now a little time.
    fn breathe(&mut self) {
        let low = self.room.mark(Priority::Routine);
        if self.outlet.fill() < low || self.breath.is_zero() {
            return;
        }
        let start = Instant::now();
        self.outlet.wait_below(low, Some(self.breath));
        self.breath = self.breath.saturating_sub(start.elapsed());
    }

    /// Nobody writes any more: the writer's thread has failed.
    fn lose(&mut self) {
        for mark in &self.chunk.marks {
            self.tally.output_lost.add(mark.worth.records);
            self.tally.output_lost_events.add(mark.worth.events);
        }
        self.refused.extend(self.chunk.tellings.iter().map(|(_, telling)| *telling));
        self.chunk.clear();
    }

    /// Nothing more comes in: from here on waiting hurts nobody, and nothing is shed.
    pub(crate) fn wait_from_now_on(&mut self) {
        self.room.on_overload = OnOverload::Wait;
    }

    /// Waits until all is written, or refused.
    pub(crate) fn settle(&mut self) {
        self.flush();
        self.outlet.settle();
    }

    /// Waits until all is written and the writer has ended.
    pub(crate) fn end(&mut self) {
        self.flush();
        self.outlet.end();
    }

    /// Whether the losses that were told last have come out: no more are told before that.
    pub(crate) fn told_is_out(&self) -> bool {
        self.outlet.is_done(self.told_at)
    }

    /// What was told and did not come out; of what was shed, it is noted here.
    pub(crate) fn refused(&mut self) -> Vec<Telling> {
        let mut refused = std::mem::take(&mut self.refused);
        refused.extend(self.outlet.refused());
        for telling in &refused {
            if let Telling::Pair(pair, count) = telling {
                self.shed.take_back(*pair, *count);
            }
        }
        refused
    }

    /// Tells what was shed and is to be told now; at the `end` all of it.
    pub(crate) fn tell_shed(&mut self, now: Millis, end: bool) {
        let due = if end { self.shed.all() } else { self.shed.due(now) };
        for (told, telling) in due {
            self.tell(&told, telling);
        }
    }

    /// When there is something shed to be told; `None`: there is nothing.
    pub(crate) fn shed_deadline(&self) -> Option<Millis> {
        self.shed.deadline()
    }

    /// Formats in another way from here on.
    pub(crate) fn set_formatter(&mut self, formatter: Formatter) {
        self.formatter = formatter;
    }

    /// Has the output opened anew.
    pub(crate) fn reopen(&mut self, path: Option<PathBuf>) {
        self.flush();
        self.outlet.reopen(path);
    }
}
