//! One output as the pipeline sees it: what it is to have, what there is room for, and what it was told of losses.
//!
//! Messages in, gathered in a parcel that is handed over once per batch; what there is no room for is refused *before* it is
//! formatted: routine events from the first mark of the queue on, the rest from the second, those of the last rank only at
//! its bound. Where nothing may be left out the caller is held up instead. Nothing is allocated once a parcel has grown.

use std::sync::Arc;
use std::time::{Duration, Instant};

use oyez_events::group::Millis;
use oyez_filter::matcher::Condition;
use oyez_filter::{Field, Read as _, Value, View};
use oyez_output::lane::{Lane, OnFull};
use oyez_output::parcel::Label;
use oyez_output::queue::{self, FULL, Handed};
use oyez_output::spool::Worth;
use oyez_output::stats::{Reason, State};
use oyez_output::{Level, Parcel};

use super::finale::Finale;
use super::ledger::{Account, Cause, Ledger, Shelf, Telling, What};
use super::priority::Priority;
use super::standing::Standing;

/// How long an output that has kept up so far is waited for before anything is shed, where it is the only one.
const BREATH: Duration = Duration::from_millis(200);
/// How long an output is waited for at the end while it takes nothing.
const STALLED: Duration = Duration::from_secs(1);
/// Bytes above the bound that are kept for oyez's own events.
pub(crate) const OWN_ROOM: u64 = 64 << 10;

/// What an output is to have.
#[derive(Debug)]
pub(crate) struct Wish {
    /// Which events; `None`: all.
    pub(crate) filter: Option<Condition>,
    /// What its messages are sorted by.
    pub(crate) key: Option<Field>,
    /// Whether it has oyez's own events.
    pub(crate) notices: bool,
    /// Whether it asks for ids.
    pub(crate) ids: bool,
    /// Which of the formats.
    pub(crate) form: usize,
}

/// What a message is, for every output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    pub(crate) id: &'a str,
    pub(crate) time_ms: u64,
    pub(crate) received_ms: u64,
    pub(crate) level: Level,
    pub(crate) worth: Worth,
}

/// What may be in memory, in bytes.
#[derive(Clone, Copy, Debug)]
struct Room {
    on_full: OnFull,
    bound: u64,
}

impl Room {
    fn of(lane: &Lane) -> Self {
        Self { on_full: lane.on_full(), bound: lane.bound().saturating_sub(OWN_ROOM) }
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

/// An output.
pub(crate) struct Route {
    lane: Lane,
    parcel: Parcel,
    wish: Wish,
    room: Room,
    /// How much longer the output is waited for, until it has caught up.
    breath: Duration,
    /// Nothing more comes in: it is waited for, but for what has stalled.
    is_ending: bool,
    has_stalled: bool,
    /// The value of its key in the event at hand.
    key: Vec<u8>,
    /// Whether the message at hand is for it, and there is room.
    takes: bool,
    /// What it left out.
    shelf: Shelf,
    /// What of that is in its counts as dropped by its queue, in events.
    shed_events: u64,
    account: Account,
    /// Losses that were told and are not safe yet, by ticket.
    tellings: Vec<(u32, Telling)>,
    last_ticket: u32,
    /// Where the last of them stands.
    told_at: u64,
    /// The serial noted last.
    noted: Option<u32>,
    standing: Standing,
}

impl Route {
    /// To `lane`, whose bound is [`OWN_ROOM`] above the one that holds for events.
    pub(crate) fn new(lane: Lane, wish: Wish, account: Account, standing: Standing) -> Self {
        Self {
            room: Room::of(&lane),
            lane,
            parcel: queue::parcel(),
            wish,
            breath: BREATH,
            is_ending: false,
            has_stalled: false,
            key: Vec::new(),
            takes: false,
            shelf: Shelf::default(),
            shed_events: 0,
            account,
            tellings: Vec::new(),
            last_ticket: 0,
            told_at: 0,
            noted: None,
            standing,
        }
    }

    pub(super) fn name(&self) -> &Arc<str> {
        self.lane.name()
    }

    pub(super) fn lane(&self) -> &Lane {
        &self.lane
    }

    pub(super) fn wish(&self) -> &Wish {
        &self.wish
    }

    pub(super) fn standing(&mut self) -> &mut Standing {
        &mut self.standing
    }

    pub(super) fn account(&mut self) -> &mut Account {
        &mut self.account
    }

    /// Goes on with another wish, and with what its lane was changed to.
    pub(super) fn change(&mut self, wish: Wish) {
        (self.wish, self.room) = (wish, Room::of(&self.lane));
    }

    /// What is left of it when it goes.
    pub(super) fn into_lane(self) -> Lane {
        self.lane
    }

    /// Whether it wants this event; reads the event's key for it if so.
    pub(super) fn wants(&mut self, view: Option<&mut View<'_>>) -> bool {
        let Some(view) = view else { return true };
        if self.wish.filter.as_ref().is_some_and(|filter| !filter.holds(view, &[])) {
            return false;
        }
        if let Some(field) = &self.wish.key {
            self.key.clear();
            match view.value(field) {
                Some(Value::Text(text)) => self.key.extend_from_slice(text),
                Some(Value::Number(number)) => self.key.extend_from_slice(number.to_string().as_bytes()),
                Some(Value::Flag(flag)) => self.key.extend_from_slice(if flag { b"true" } else { b"false" }),
                None => {}
            }
        }
        true
    }

    /// What comes next is no event.
    pub(super) fn forget_key(&mut self) {
        self.key.clear();
    }

    /// When there is something to say of it; `None`: there is nothing new.
    pub(super) fn has_news(&self) -> Option<Millis> {
        self.standing.deadline()
    }

    /// That it will never take anything any more, and why; said once.
    pub(super) fn gone(&self) -> Option<String> {
        self.standing.gone()
    }

    pub(super) fn takes(&self) -> bool {
        self.takes
    }

    pub(super) fn set_takes(&mut self, takes: bool) {
        self.takes = takes;
    }

    /// Adds the message whose lines `write` appends.
    pub(super) fn push(&mut self, about: &About<'_>, write: impl FnOnce(&mut Vec<u8>)) {
        self.push_with(about, 0, write);
    }

    fn push_with(&mut self, about: &About<'_>, ticket: u32, write: impl FnOnce(&mut Vec<u8>)) {
        let About { id, time_ms, received_ms, level, worth } = *about;
        let id = if self.wish.ids { id } else { "" };
        let label = Label { id, key: &self.key, time_ms, received_ms, level, worth, ticket };
        self.parcel.push(&label, write);
    }

    /// The lines of the message that was added last.
    pub(super) fn last(&self) -> &[u8] {
        let last = self.parcel.len().checked_sub(1).and_then(|last| self.parcel.get(last));
        last.map_or(b"", |message| message.lines)
    }

    /// Whether it is to be handed over though more comes.
    pub(super) fn is_full(&self) -> bool {
        self.parcel.lines().len() >= FULL
    }

    fn fill(&self) -> u64 {
        self.lane.fill() + self.parcel.size() as u64
    }

    /// Bytes that are gathered or handed over and not done with.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> u64 {
        self.fill()
    }

    /// Whether nothing is left out but the caller waits.
    pub(super) fn waits(&self, finale: &Finale) -> bool {
        (self.room.on_full == OnFull::Wait || self.is_ending) && !self.has_stalled && !finale.is_over()
    }

    /// Whether there is room for what has this rank.
    pub(super) fn has_room(&self, priority: Priority, finale: &Finale) -> bool {
        self.fill() < self.room.mark(priority) || self.room.on_full == OnFull::DropOldest || self.waits(finale)
    }

    /// Whether there is room after all: after a breath, or because of the rank.
    pub(super) fn makes_room(&mut self, priority: Priority, is_alone: bool, finale: &Finale) -> bool {
        if (is_alone && !self.breath.is_zero()) || self.lane.fill() == 0 {
            self.flush(is_alone, finale);
        }
        self.has_room(priority, finale)
    }

    /// Whether there is room for an event of oyez's own.
    pub(super) fn own_have_room(&self, finale: &Finale) -> bool {
        self.fill() < self.room.bound + OWN_ROOM || self.room.on_full == OnFull::DropOldest || self.waits(finale)
    }

    /// Counts a message that it wants and that there is no room for.
    pub(super) fn shed(&mut self, ledger: &mut Ledger, what: What, key: &[u8], worth: Worth) {
        self.lane.shed(worth);
        self.shed_events += u64::from(worth.events);
        ledger.shed((Some(self.lane.name()), &mut self.shelf), what, key, Cause::Output);
    }

    /// Nothing more comes in: from here on waiting hurts nobody.
    pub(super) fn wait_from_now_on(&mut self) {
        self.is_ending = true;
    }

    /// Hands over what was gathered; what there is no room for stays.
    pub(super) fn flush(&mut self, is_alone: bool, finale: &Finale) {
        if self.parcel.is_empty() {
            return;
        }
        if self.lane.fill() == 0 {
            self.breath = BREATH;
        }
        loop {
            match self.lane.hand(&mut self.parcel) {
                Handed::Taken => break,
                Handed::Full if self.waits(finale) && self.wait_for_room(finale) => {}
                Handed::Full => return,
                Handed::Gone => return self.lose(),
            }
        }
        if self.waits(finale) {
            self.wait_for_room(finale);
        } else if is_alone {
            self.breathe();
        }
    }

    /// Waits until there is room, or the end is over, or nobody takes any more; at the end also no longer than it gets on.
    fn wait_for_room(&mut self, finale: &Finale) -> bool {
        let mut at = (self.lane.fill(), Instant::now());
        while !self.lane.wait_below(self.room.bound, Some(finale.slice())) {
            if finale.is_over() || self.is_gone() {
                return false;
            }
            if self.lane.fill() != at.0 {
                at = (self.lane.fill(), Instant::now());
            } else if (self.is_ending || finale.has_begun()) && at.1.elapsed() >= STALLED {
                self.has_stalled = true;
                return false;
            }
        }
        true
    }

    /// Gives an output that kept up until now a little time.
    fn breathe(&mut self) {
        let low = self.room.mark(Priority::Routine);
        if self.lane.fill() < low || self.breath.is_zero() {
            return;
        }
        let start = Instant::now();
        self.lane.wait_below(low, Some(self.breath));
        self.breath = self.breath.saturating_sub(start.elapsed());
    }

    /// Whether it will never take anything any more.
    pub(super) fn is_gone(&self) -> bool {
        self.lane.stats().health.state() == State::Ended
    }

    /// Nobody takes what was gathered.
    pub(super) fn lose(&mut self) {
        for message in self.parcel.messages() {
            self.lane.shed(message.label.worth);
            let telling = self.tellings.iter().find(|(ticket, _)| *ticket == message.label.ticket);
            if let Some((_, telling)) = telling.filter(|_| message.label.ticket != 0) {
                self.account.take_back(*telling);
            }
        }
        self.parcel.clear(FULL);
    }

    /// Notes the serial up to which all events were taken, if all of them were handed over.
    pub(super) fn note(&mut self, serial: u32) {
        if self.parcel.is_empty() && self.noted != Some(serial) {
            self.lane.note(serial.into());
            self.noted = Some(serial);
        }
    }

    /// Takes what its lane dropped into the books of losses.
    pub(super) fn count(&self, ledger: &mut Ledger) {
        let stats = self.lane.stats();
        for reason in Reason::ALL {
            let dropped = stats.dropped(reason).get().events;
            // What there was no room for is told by type and key.
            let told = if reason == Reason::Queue { self.shed_events } else { 0 };
            ledger.set_dropped(self.lane.name(), reason, dropped.saturating_sub(told));
        }
    }

    /// Sees which losses that were told have come out, and which have to be told again.
    pub(super) fn take_back(&mut self) {
        for ticket in self.lane.lost_tickets() {
            if let Some((_, telling)) = self.tellings.iter().find(|(told, _)| *told == ticket) {
                self.account.take_back(*telling);
            }
        }
        if !self.tellings.is_empty() && self.parcel.is_empty() && self.lane.is_safe(self.told_at) {
            self.tellings.clear();
        }
    }

    /// Whether the losses that were told last have come out: no more are told before that.
    pub(super) fn told_is_out(&self) -> bool {
        self.tellings.is_empty()
    }

    /// When there is a loss to tell; `None`: there is nothing.
    pub(super) fn deadline(&self, ledger: &Ledger) -> Option<Millis> {
        if self.wish.notices { self.account.deadline(ledger) } else { None }
    }

    /// Adds a notice that tells of a loss; if it does not come out it is told again.
    pub(super) fn tell(
        &mut self,
        about: &About<'_>,
        telling: Telling,
        finale: &Finale,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        if !self.own_have_room(finale) {
            return self.account.take_back(telling);
        }
        self.last_ticket = self.last_ticket.wrapping_add(1).max(1);
        self.tellings.push((self.last_ticket, telling));
        self.key.clear();
        self.push_with(about, self.last_ticket, write);
        self.told_at = self.lane.handed() + self.parcel.len() as u64;
    }
}
