//! Events and notices → the outputs that are to have them, each in its format; what there is no room for is shed, by
//! priority, and counted.
//!
//! While outputs keep up nothing is judged: events are formatted one behind the other, once for each format, and nothing is
//! allocated once parcels have grown. An event that no output wants is filtered; one that is wanted and that none has room for
//! is shed; any other is emitted, and what becomes of it is in the books of each output that took it. What no output has
//! room for is shed *before* it is enriched and formatted, where that can be told. What there is no time for is shed alike, by
//! the caller's word.

use std::sync::Arc;
use std::time::{Duration, Instant};

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::Millis;
use oyez_events::loss::LossCounts;
use oyez_events::notice::Notice;
use oyez_filter::view::Reader;
use oyez_format::IdWriter;
use oyez_output::Level;
use oyez_output::lane::Ending;
use oyez_output::spool::Worth;

use super::finale::Finale;
use super::forms::{Forms, Matter};
use super::ledger::{Cause, Ledger, Shelf, What};
use super::outputs::{Outputs, Step, Steps};
use super::own::Own;
use super::priority::{self, Priority};
use super::route::{About, Route};
use super::standing::{self, News};
use super::tally::Tally;
use super::told::Told;

/// How long the last losses are waited for at the end, so that they can be told.
const SETTLE: Duration = Duration::from_secs(1);
/// How long outputs may take to end when their time is over: a sink may be a second late.
const GRACE: Duration = Duration::from_millis(1500);
/// How long an output may go on with what it has while there is nothing that ends it.
const A_LONG_TIME: Duration = Duration::from_hours(24 * 365);
/// When to look again whether a retired output has ended.
const LOOK_AGAIN_MS: Millis = 1000;

/// Formats, gathers and hands over, or sheds.
pub(crate) struct Router {
    routes: Vec<Route>,
    forms: Forms,
    /// For filters and keys of outputs.
    reader: Reader,
    /// Whether one of them has a filter, or a key.
    asks: bool,
    filters: bool,
    ids: Option<IdWriter>,
    id: Vec<u8>,
    /// When the records at hand were received, in milliseconds since 1970-01-01 UTC.
    received_ms: u64,
    /// The highest rank that there is no time for.
    left_out: Option<Priority>,
    ledger: Ledger,
    /// What was shed because of that.
    limit: Shelf,
    /// Notices so far.
    notices: u64,
    settled: Option<u32>,
    retired: Vec<Ending>,
    own: Option<Own>,
    finale: Finale,
    tally: Arc<Tally>,
}

impl Router {
    /// Hands over to `outputs`; leaves out the events of `own`. The end is as `finale` says.
    pub(crate) fn new(outputs: Outputs, own: Option<Own>, finale: Finale, tally: Arc<Tally>) -> Self {
        let Outputs { routes, forms, reader, ids } = outputs;
        for route in &routes {
            tally.outputs.enter(route.lane().handle());
        }
        let mut router = Self {
            routes,
            forms,
            reader,
            asks: false,
            filters: false,
            ids: None,
            id: Vec::new(),
            received_ms: 0,
            left_out: None,
            ledger: Ledger::default(),
            limit: Shelf::default(),
            notices: 0,
            settled: None,
            retired: Vec::new(),
            own,
            finale,
            tally,
        };
        router.ids = ids.filter(|_| router.routes.iter().any(|route| route.wish().ids));
        router.look_at_wishes();
        router
    }

    fn look_at_wishes(&mut self) {
        self.filters = self.routes.iter().any(|route| route.wish().filter.is_some());
        self.asks = self.filters || self.routes.iter().any(|route| route.wish().key.is_some());
    }

    fn is_alone(&self) -> bool {
        self.routes.len() == 1
    }

    /// From here on, records were received at this time, in milliseconds since 1970-01-01 UTC.
    pub(crate) fn receive(&mut self, at_ms: u64) {
        self.received_ms = at_ms;
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

    /// Whether an event that is over may be written; one that is not is counted here. Where outputs have filters, whether
    /// there is room is only known once they were asked.
    pub(crate) fn admits(&mut self, event: &Event) -> bool {
        if self.leaves_out(|| Priority::of(event)) {
            let (number, key) = priority::name(event);
            self.leave(What::Record(number), key, event.len() as u64);
            return false;
        }
        if self.filters || self.routes.iter().any(|route| route.has_room(Priority::Routine, &self.finale)) {
            return true;
        }
        let (rank, is_alone, finale) = (Priority::of(event), self.is_alone(), &self.finale);
        let mut room = false;
        for route in &mut self.routes {
            // Each of them, so that each gets on with what it has.
            room |= route.makes_room(rank, is_alone, finale);
        }
        if !room && !self.routes.is_empty() {
            self.routes.iter_mut().for_each(|route| route.set_takes(false));
            self.shed_by_all(event, event.len());
        }
        room || self.routes.is_empty()
    }

    /// Whether there is no time for what has this rank.
    fn leaves_out(&self, rank: impl FnOnce() -> Priority) -> bool {
        let waits = || self.routes.iter().any(|route| route.waits(&self.finale));
        self.left_out.is_some_and(|most| !waits() && rank() <= most)
    }

    /// From here on, what has this rank or a lower one is shed.
    pub(crate) fn leave_out(&mut self, most: Option<Priority>) {
        self.left_out = most;
    }

    /// Counts what there is no time for.
    fn leave(&mut self, what: What, key: &[u8], records: u64) {
        self.ledger.shed((None, &mut self.limit), what, key, Cause::CpuLimit);
        self.tally.cpu_shed.add(1);
        self.count_shed(records);
    }

    fn count_shed(&self, records: u64) {
        self.tally.shed.add(records);
        self.tally.shed_events.add(1);
    }

    /// Counts an event that outputs without filters want and none has room for.
    fn shed_by_all(&mut self, event: &Event, records: usize) {
        let (number, key) = priority::name(event);
        for route in &mut self.routes {
            route.shed(&mut self.ledger, What::Record(number), key, worth(1, records));
        }
        self.count_shed(records as u64);
    }

    /// Writes an event that was admitted, and what is known of it besides; it came with so many `records`.
    pub(crate) fn event(&mut self, event: &Event, context: &Context<'_>, records: usize) {
        let (is_wanted, is_taken) = self.offer(event, context, records);
        if is_taken {
            self.tally.emitted.add(records as u64);
            self.tally.events.add(1);
            self.name(|ids, id| ids.event(event, id));
            let about = (event.id().millis(), self.received_ms, Level::Info, worth(1, records));
            self.write(about, Matter::Event(event, context));
        } else if is_wanted {
            self.count_shed(records as u64);
        } else {
            self.drop_filtered(records);
        }
    }

    /// Asks each output for an event: whether one wants it, and whether one of these takes it.
    fn offer(&mut self, event: &Event, context: &Context<'_>, records: usize) -> (bool, bool) {
        let is_alone = self.is_alone();
        let mut view = if self.asks { Some(self.reader.view(event, context)) } else { None };
        let (mut is_wanted, mut is_taken) = (false, false);
        for route in &mut self.routes {
            let wants = route.wants(view.as_mut());
            let takes = wants
                && (route.has_room(Priority::Routine, &self.finale)
                    || route.makes_room(Priority::of(event), is_alone, &self.finale));
            if wants && !takes {
                let (number, key) = priority::name(event);
                route.shed(&mut self.ledger, What::Record(number), key, worth(1, records));
            }
            route.set_takes(takes);
            (is_wanted, is_taken) = (is_wanted || wants, is_taken || takes);
        }
        (is_wanted, is_taken)
    }

    /// Makes the id of what is at hand, if an output asks for it.
    fn name(&mut self, write: impl FnOnce(&mut IdWriter, &mut Vec<u8>)) {
        if let Some(ids) = &mut self.ids {
            self.id.clear();
            write(ids, &mut self.id);
        }
    }

    /// Formats what is at hand for each output that takes it, once for each format.
    fn write(&mut self, (time_ms, received_ms, level, worth): (u64, u64, Level, Worth), matter: Matter<'_>) {
        let id = str::from_utf8(&self.id).unwrap_or_default();
        let about = About { id, time_ms, received_ms, level, worth };
        for place in 0..self.forms.len() {
            let is_for = |route: &Route| route.takes() && route.wish().form == place;
            let Some(first) = self.routes.iter().position(is_for) else { continue };
            let Some((head, rest)) = self.routes.split_at_mut_checked(first + 1) else { continue };
            let Some(route) = head.last_mut() else { continue };
            route.push(&about, |out| self.forms.write(place, matter, out));
            for other in rest.iter_mut().filter(|other| is_for(other)) {
                other.push(&about, |out| out.extend_from_slice(route.last()));
            }
        }
        let is_alone = self.is_alone();
        for route in self.routes.iter_mut().filter(|route| route.takes() && route.is_full()) {
            route.flush(is_alone, &self.finale);
        }
    }

    /// Takes a record of this type that is told as it is, for it cannot be read.
    pub(crate) fn malformed(&mut self, number: u16, notice: &Notice<'_>) {
        if self.leaves_out(|| Priority::Rest) {
            return self.leave(What::Record(number), b"", 1);
        }
        let worth = Worth { records: 1, events: 0 };
        let room = |route: &Route, finale: &Finale| route.has_room(Priority::Rest, finale);
        match self.tell_all(notice, What::Record(number), worth, room) {
            (_, true) => self.tally.emitted.add(1),
            (true, false) => self.count_shed(1),
            (false, false) => self.tally.filtered.add(1),
        }
    }

    /// Takes a notice.
    pub(crate) fn notice(&mut self, notice: &Notice<'_>) {
        self.tell_all(notice, What::Notice(notice.kind), Worth::default(), Route::own_have_room);
    }

    /// Takes a notice for which nothing else may be shed: what scripts say may be much.
    pub(crate) fn chatter(&mut self, notice: &Notice<'_>) {
        let room = |route: &Route, finale: &Finale| route.has_room(Priority::Routine, finale);
        self.tell_all(notice, What::Notice(notice.kind), Worth::default(), room);
    }

    /// Writes a notice to each output that has those and has room; whether there is one that has those, and one that has
    /// room.
    fn tell_all(
        &mut self,
        notice: &Notice<'_>,
        what: What,
        worth: Worth,
        has_room: impl Fn(&Route, &Finale) -> bool,
    ) -> (bool, bool) {
        let (mut is_wanted, mut is_taken) = (false, false);
        for route in &mut self.routes {
            let (wants, room) = (route.wish().notices, has_room(route, &self.finale));
            route.set_takes(wants && room);
            if wants && !room {
                route.shed(&mut self.ledger, what, b"", worth);
            }
            (is_wanted, is_taken) = (is_wanted || wants, is_taken || route.takes());
        }
        self.notices += 1;
        let notice = Notice { number: self.notices, ..*notice };
        self.name(|ids, id| ids.notice(&notice, id));
        self.routes.iter_mut().for_each(Route::forget_key);
        let time_ms = time_of(&notice);
        self.write((time_ms, time_ms, level(&notice), worth), Matter::Notice(&notice));
        (is_wanted, is_taken)
    }

    /// Every event up to this serial was taken: to be noted once all of them are out.
    pub(crate) fn settled(&mut self, serial: u32) {
        self.settled = Some(serial);
        self.tally.see_serial(serial);
    }

    /// Hands over what was gathered.
    pub(crate) fn flush(&mut self) {
        let is_alone = self.is_alone();
        for route in &mut self.routes {
            route.flush(is_alone, &self.finale);
            if let Some(serial) = self.settled {
                route.note(serial);
            }
        }
    }

    /// Takes what was lost elsewhere into the books, and back what was told and did not come out.
    pub(crate) fn count(&mut self, counts: &LossCounts) {
        self.ledger.set_places(counts);
        for route in &mut self.routes {
            route.take_back();
            route.count(&mut self.ledger);
        }
    }

    /// Whether the losses told last have come out somewhere.
    pub(crate) fn told_is_out(&self) -> bool {
        self.routes.iter().any(|route| route.wish().notices && route.told_is_out())
    }

    /// Tells each output what was lost and is to be told now; at the `end` all of it.
    pub(crate) fn tell_losses(&mut self, now: Millis, end: bool) {
        let (ids, id, finale) = (&mut self.ids, &mut self.id, &self.finale);
        for route in self.routes.iter_mut().filter(|route| route.wish().notices && (end || route.told_is_out())) {
            let account = route.account();
            let due = if end { account.all(&self.ledger) } else { account.due(&self.ledger, now) };
            for (told, telling) in due {
                self.notices += 1;
                told.show(|notice| {
                    let notice = Notice { number: self.notices, ..*notice };
                    if let Some(ids) = &mut *ids {
                        id.clear();
                        ids.notice(&notice, id);
                    }
                    let (at, id) = (time_of(&notice), str::from_utf8(id).unwrap_or_default());
                    let worth = Worth::default();
                    let about = About { id, time_ms: at, received_ms: at, level: Level::Warning, worth };
                    let form = route.wish().form;
                    route.tell(&about, telling, finale, |out| self.forms.write(form, Matter::Notice(&notice), out));
                });
            }
        }
    }

    /// Whether there is something new about outputs.
    pub(crate) fn has_news(&self, now: Millis) -> bool {
        let is_due = |route: &Route| route.has_news().is_some_and(|at| at <= now);
        !self.retired.is_empty() || self.routes.iter().any(is_due)
    }

    /// Looks how outputs do, tells it, and says it in `report`. Whether one is left.
    pub(crate) fn look(&mut self, now: Millis, report: &mut dyn FnMut(String)) -> bool {
        let mut all: Vec<News> = Vec::new();
        for route in &mut self.routes {
            let (name, stats) = (Arc::clone(route.name()), Arc::clone(route.lane().stats()));
            all.extend(route.standing().look(&name, &stats.health, now));
        }
        for News { told, line } in all {
            report(line);
            told.show(|notice| self.notice(notice));
        }
        self.close_retired(report);
        self.let_go(report)
    }

    /// Lets go of outputs that will never take anything any more. The last one stays: without it the run ends.
    fn let_go(&mut self, report: &mut dyn FnMut(String)) -> bool {
        while let Some((at, why)) = self.routes.iter().enumerate().find_map(|(at, route)| Some((at, route.gone()?))) {
            if self.is_alone() {
                return false;
            }
            let route = self.routes.remove(at);
            let News { told, line } = standing::news(route.name(), "ended", Some(why), "has ended");
            report(line);
            self.retire(route, Duration::ZERO);
            told.show(|notice| self.notice(notice));
        }
        true
    }

    /// Has an output end that is no more to be handed anything; what it has is given so much time.
    fn retire(&mut self, mut route: Route, time: Duration) {
        route.flush(false, &self.finale);
        route.lose();
        route.take_back();
        route.count(&mut self.ledger);
        let name = Arc::clone(route.name());
        // Others are told at once what it lost so far; its sums are forgotten with it.
        self.tell_losses(0, true);
        let forgotten = self.ledger.forget(&name);
        self.routes.iter_mut().for_each(|other| other.account().forget(&forgotten));
        self.tally.outputs.retire(&route.lane().handle());
        let now = Instant::now();
        self.retired.push(route.into_lane().end(now.checked_add(time).unwrap_or(now)));
        self.look_at_wishes();
    }

    fn close_retired(&mut self, report: &mut dyn FnMut(String)) {
        for ending in self.retired.extract_if(.., |ending| ending.is_over()) {
            report(self.tally.outputs.close(&ending.handle()));
        }
    }

    /// When there is something to tell or to look at though nothing comes; `None`: there is nothing.
    pub(crate) fn deadline(&self, now: Millis) -> Option<Millis> {
        let ledger = &self.ledger;
        let of = |route: &Route| {
            let loss = route.deadline(ledger);
            let loss = loss.map(|at| if route.told_is_out() { at } else { at.max(now + LOOK_AGAIN_MS) });
            [loss, route.has_news()].into_iter().flatten().min()
        };
        let routes = self.routes.iter().filter_map(of).min();
        let retired = (!self.retired.is_empty()).then_some(now + LOOK_AGAIN_MS);
        [routes, retired].into_iter().flatten().min()
    }

    /// Has every output open its target anew.
    pub(crate) fn reopen(&mut self) {
        self.flush();
        self.routes.iter().for_each(|route| route.lane().reopen());
    }

    /// Goes on with other outputs: those that stay keep what waits in them, and open their targets anew. What could not be
    /// done is said in `report`.
    pub(crate) fn change(&mut self, steps: Steps, report: &mut dyn FnMut(String)) {
        self.flush();
        let Steps { steps, forms, reader, ids, patience } = steps;
        let mut before = std::mem::take(&mut self.routes);
        for step in steps {
            match step {
                Step::Stay { name, wish, change } => {
                    let Some(at) = before.iter().position(|route| *route.name() == name) else { continue };
                    let mut route = before.remove(at);
                    let changed = change.map(|change| route.lane().change(change.settings, change.kind.as_deref()));
                    if let Some(Err(error)) = changed {
                        let error = anyhow::Error::new(error);
                        report(format!("output {name:?} goes on as it was: {error:#}"));
                    }
                    route.change(*wish);
                    route.lane().reopen();
                    self.routes.push(route);
                }
                Step::Begin(begin) => self.routes.push(self.begin(*begin)),
            }
        }
        (self.forms, self.reader) = (forms, reader);
        self.ids = ids.filter(|_| self.routes.iter().any(|route| route.wish().ids));
        self.look_at_wishes();
        for route in before {
            // One that only moves its spool brings out what is left in the old one.
            let is_replaced = self.routes.iter().any(|other| other.name() == route.name());
            self.retire(route, if is_replaced { A_LONG_TIME } else { patience });
        }
    }

    fn begin(&self, begin: super::outputs::Begin) -> Route {
        let mut route = begin.route(super::ledger::Account::from_now_on(&self.ledger));
        self.tally.outputs.enter(route.lane().handle());
        if let Some(serial) = self.settled {
            route.note(serial);
        }
        route
    }

    /// Nothing more comes in: from here on waiting hurts nobody, and nothing is shed by those who get on.
    pub(crate) fn wait_from_now_on(&mut self) {
        self.left_out = None;
        self.routes.iter_mut().for_each(Route::wait_from_now_on);
    }

    /// Waits a little until all that was handed over is safe.
    pub(crate) fn settle(&mut self) {
        self.settle_for(SETTLE);
    }

    fn settle_for(&mut self, time: Duration) {
        self.flush();
        let start = Instant::now();
        for route in &self.routes {
            let position = route.lane().handed();
            while start.elapsed() < time && !self.finale.is_over() && !route.is_gone() {
                if route.lane().wait_safe(position, Some(self.finale.slice())) {
                    break;
                }
            }
        }
    }

    /// Waits until all is out and every output has ended, all at once, for as long as the finale allows. What is left then is in
    /// spools, or counted as lost.
    pub(crate) fn end(&mut self) {
        self.flush();
        let mut endings = std::mem::take(&mut self.retired);
        let far = Instant::now() + A_LONG_TIME;
        for mut route in self.routes.drain(..) {
            // There was no room to the last.
            route.lose();
            endings.push(route.into_lane().end(far));
        }
        for ending in &endings {
            while !self.finale.is_over() && !ending.wait(Instant::now() + self.finale.slice()) {}
        }
        for ending in &endings {
            ending.handle().hurry();
        }
        let until = Instant::now() + GRACE;
        for ending in endings {
            if !ending.wait(until) {
                ending.abandon();
            }
        }
    }

    /// Bytes that are gathered or handed over and not done with.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> u64 {
        self.routes.iter().map(Route::waiting).sum()
    }

    /// Waits until all is done with, for as long as it takes.
    #[cfg(test)]
    pub(crate) fn settle_all(&mut self) {
        self.settle_for(Duration::from_mins(1));
    }

    /// What there is to tell at once, told by `told`.
    pub(crate) fn say(&mut self, told: &Told) {
        told.show(|notice| self.notice(notice));
    }
}

fn worth(events: u32, records: usize) -> Worth {
    Worth { events, records: u32::try_from(records).unwrap_or(u32::MAX) }
}

fn time_of(notice: &Notice<'_>) -> u64 {
    notice.sec.saturating_mul(1000).saturating_add(notice.ms.into())
}

/// How bad it is what a notice tells.
fn level(notice: &Notice<'_>) -> Level {
    match notice.kind {
        "OYEZ_REPLACE" | "OYEZ_DETACHED" => Level::Alert,
        "OYEZ_LOSS" | "OYEZ_MALFORMED" | "OYEZ_OUTPUT" | "OYEZ_THROTTLE" | "OYEZ_FILTER_ERROR" | "OYEZ_FILTER_OFF" => {
            Level::Warning
        }
        _ => Level::Notice,
    }
}
