//! The pipeline thread: parse → group → filter, enrich, filter → format. It sleeps until a batch or a command comes, or the next event is over by
//! time.
//!
//! Batches and [`Command`]s in, messages to the outputs. Only this thread makes them; it waits for an output only where
//! nothing may be shed, and at the end. What was made is handed over once per batch. When the queue ends, all open events come
//! out, then the last notices.

use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Relaxed, SeqCst},
};
use std::time::Duration;

use crossbeam_channel::{Receiver, never, select};
use oyez_events::Event;
use oyez_events::gaps::GapCounter;
use oyez_events::group::{Grouper, Limits, Millis, Timing};
use oyez_events::loss::LossCounts;
use oyez_events::notice::{Notice, Value};
use oyez_events::parse::{MessageParser, RawRecord};
use oyez_filter::Filters;
use oyez_netlink::Batch;
use oyez_netlink::batch::Packed;
use oyez_tables::record_type;

use super::chain::Chain;
use super::clock::{self, Clock};
use super::cpu_limit::Level;
use super::enrich::Enricher;
use super::filter::Absent;
use super::outputs::Steps;
use super::proof::{News, Proof};
use super::queue::{Drainer, Ending};
use super::router::Router;
use super::sparing::Sparing;
use super::tally::Tally;
use super::told::Told;
use crate::config::{GroupSettings, Share};
use crate::form;

/// How long to sleep when there is nothing to wait for.
const IDLE: Duration = Duration::from_hours(24);
/// When to look again whether what was told last has come out.
const LOOK_AGAIN_MS: Millis = 1000;

/// What other threads ask of the pipeline.
pub(crate) enum Command {
    /// Write this notice.
    Tell(Told),
    /// Look at the tally: there may be a loss to tell.
    Look,
    /// Go on with other settings, from the next batch on.
    Change(Box<Change>),
    /// Make do without this from here on, and say when that is so.
    Expect(Absent),
    /// Nothing but this is absent from records received after this time.
    Return(Absent, Duration),
    /// Drain the process connector: no records come that would have it drained.
    Attend,
}

/// Other settings for a running pipeline.
pub(crate) struct Change {
    pub(crate) grouping: Grouping,
    pub(crate) cpu_limit: Option<Share>,
    /// The filters; `None`: those there are.
    pub(crate) filters: Option<Filters>,
    /// The outputs, each opened anew even where it is the same: it may have been moved away. `None`: those there are.
    pub(crate) outputs: Option<Steps>,
    /// Written with the new settings.
    pub(crate) told: Told,
}

/// What the pipeline tells the control thread.
pub(crate) trait Watcher: Send {
    /// Records came in after a time without any.
    fn active(&self);

    /// Something that concerns the filter on the socket.
    fn news(&self, news: News);

    /// Nobody takes what is written any more, and will not again.
    fn nobody_left(&self);

    /// What is absent by [`Command::Expect`] is not relied on any more.
    fn expecting(&self);
}

/// Whether the control thread sleeps until records come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dormant(Arc<AtomicBool>);

impl Dormant {
    /// The control thread goes to sleep.
    pub(crate) fn set(&self) {
        self.0.store(true, SeqCst);
    }

    /// It is awake, or about to be; says whether it was not.
    pub(crate) fn end(&self) -> bool {
        self.0.load(SeqCst) && self.0.swap(false, SeqCst)
    }
}

/// The body of the pipeline thread.
pub(crate) struct Pipeline<W> {
    parser: MessageParser,
    grouper: Grouper,
    enricher: Enricher,
    /// Messages of the process connector so far, for who watches it.
    attended: Arc<AtomicU64>,
    chain: Chain,
    /// Whether events may be judged before they are enriched.
    is_early: bool,
    router: Router,
    losses: LossCounts,
    gaps: GapCounter,
    grouping: Grouping,
    /// What is not relied on, and what else will not be from records received after a time on.
    absent: Absent,
    returning: Option<(Absent, Duration)>,
    proof: Proof,
    /// The last serial of the run before this one, until the first record shows how many were missed.
    resume: Option<u32>,
    sparing: Sparing,
    /// The serial of the last record: what follows is mostly of the same event.
    at: Option<u32>,
    /// The highest serial so far.
    latest: Option<u32>,
    tally: Arc<Tally>,
    clock: Clock,
    dormant: Dormant,
    watcher: W,
}

/// When an event is over, and how large it may grow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grouping {
    quiet_ms: u64,
    incomplete_ms: u64,
    limits: Limits,
}

impl Grouping {
    /// What the settings say of live events.
    pub(crate) fn of(settings: &GroupSettings) -> Self {
        let (quiet_ms, incomplete_ms) = (clock::millis(settings.quiet), clock::millis(settings.incomplete));
        Self { quiet_ms, incomplete_ms, limits: form::limits(settings) }
    }

    fn timing(&self, absent: Absent) -> Timing {
        let Self { quiet_ms, incomplete_ms, .. } = *self;
        Timing::Live { quiet_ms, incomplete_ms, title_ends: absent.eoe }
    }
}

impl<W: Watcher> Pipeline<W> {
    /// Writes to `router`. `resume` is the last serial of an earlier run since this boot.
    pub(crate) fn new(
        grouping: Grouping,
        router: Router,
        resume: Option<u32>,
        tally: Arc<Tally>,
        clock: Clock,
        (dormant, watcher): (Dormant, W),
    ) -> Self {
        Self {
            parser: MessageParser::new(),
            grouper: Grouper::new(grouping.timing(Absent::default()), grouping.limits),
            enricher: Enricher::default(),
            attended: Arc::default(),
            chain: Chain::new(Filters::none()),
            is_early: true,
            router,
            losses: LossCounts::default(),
            gaps: GapCounter::new(),
            grouping,
            absent: Absent::default(),
            returning: None,
            proof: Proof::default(),
            resume,
            sparing: Sparing::new(clock, Arc::clone(&tally), Ending::default()),
            at: None,
            latest: None,
            tally,
            clock,
            dormant,
            watcher,
        }
    }

    /// The same, making do without what is filtered from the start.
    pub(crate) fn without(mut self, absent: Absent) -> Self {
        self.expect(absent);
        self
    }

    /// The same, with a limit on CPU time until the end comes.
    pub(crate) fn limited(mut self, share: Option<Share>, ending: Ending) -> Self {
        self.sparing = Sparing::new(self.clock, Arc::clone(&self.tally), ending);
        self.sparing.set(share);
        self
    }

    /// The same, finding out what is known of events; `attended` is told how many messages of the connector came.
    pub(crate) fn enriched(self, enricher: Enricher, attended: Arc<AtomicU64>) -> Self {
        Self { is_early: !enricher.hides_fields(), enricher, attended, ..self }
    }

    /// The same with these filters.
    pub(crate) fn filtered(self, filters: Filters) -> Self {
        Self { chain: Chain::new(filters), ..self }
    }

    fn attend(&mut self) {
        let messages = self.enricher.attend();
        self.attended.fetch_add(messages, Relaxed);
        if let Some(complaint) = self.enricher.complaint() {
            self.watcher.news(News::Complaint(complaint));
        }
    }

    fn expect(&mut self, absent: Absent) {
        if absent.events && !self.absent.events {
            self.gaps.pause();
        }
        (self.absent, self.at) = (absent, None);
        self.proof.need(absent.eoe);
        self.grouper.reconfigure(self.grouping.timing(absent), self.grouping.limits);
    }

    /// Works until the queue ends.
    pub(crate) fn run(mut self, drainer: &Drainer, mut commands: Receiver<Command>) {
        self.enricher.look_around();
        // What was said before the start comes before the first event.
        commands.try_iter().for_each(|command| self.command(command));
        loop {
            select! {
                recv(drainer.full) -> batch => match batch {
                    Ok(batch) => {
                        self.batch(&batch);
                        drainer.give_back(batch);
                    }
                    Err(_) => break,
                },
                recv(commands) -> command => match command {
                    Ok(command) => self.command(command),
                    Err(_) => commands = never(),
                },
                default(self.patience()) => self.idle(),
            }
        }
        commands.try_iter().for_each(|command| self.command(command));
        self.finish();
    }

    /// Takes the records of a drain, in order, as if it were the time at which they were received: a pipeline that fell
    /// behind must not take events for over whose records stand in the queue.
    pub(crate) fn batch(&mut self, batch: &Batch) {
        let now = clock::millis(batch.received());
        self.router.receive(clock::wall_ms().saturating_sub(clock::millis(self.clock.now()).saturating_sub(now)));
        self.attend();
        self.spare();
        for packed in batch {
            if self.sparing.is_due() {
                self.spare();
            }
            match self.parser.message(packed.kind, packed.payload) {
                Ok(record) => self.record(&record, now),
                Err(_) => self.malformed(&packed),
            }
        }
        self.tick(now);
        if let Some((absent, _)) = self.returning.take_if(|(_, after)| *after <= batch.received()) {
            self.expect(absent);
        }
        self.proof.news().for_each(|news| self.watcher.news(news));
        if self.dormant.end() {
            self.watcher.active();
        }
    }

    /// Keeps to the limit on CPU time: says what is left out from here on, and pauses where even that is too much.
    fn spare(&mut self) {
        loop {
            let level = self.sparing.look();
            self.router.leave_out(level.left_out());
            let Level::Wait(time) = level else { return };
            self.router.flush();
            self.sparing.pause(time);
        }
    }

    fn record(&mut self, record: &RawRecord<'_>, now: Millis) {
        if self.at != Some(record.id.serial) {
            self.serial(record.id.serial);
        }
        self.proof.record(record.record_type);
        if record.record_type == record_type::EOE {
            self.tally.emitted.add(1);
        }
        let Self { router, proof, enricher, chain, is_early, .. } = self;
        self.grouper.push(record, now, &mut |event| {
            proof.event(event);
            take(event, (now, *is_early), (chain, enricher, router));
        });
    }

    fn serial(&mut self, serial: u32) {
        self.at = Some(serial);
        if self.latest.is_none_or(|latest| is_ahead(serial, latest)) {
            self.latest = Some(serial);
        }
        let last = self.resume.take();
        if !self.absent.events {
            self.gaps.see(serial);
            self.tally.restart_gap.add(last.map_or(0, |last| missed(last, serial)));
        }
    }

    fn malformed(&mut self, packed: &Packed<'_>) {
        let (sec, ms) = clock::wall();
        let fields = [("type", Value::Number(packed.kind.into())), ("text", Value::Text(packed.payload))];
        self.router.malformed(packed.kind, &Notice { sec, ms, number: 0, kind: "OYEZ_MALFORMED", fields: &fields });
        self.tally.malformed.add(1);
    }

    /// Nothing came for a while: all that was received has been taken, so the present time counts.
    pub(crate) fn idle(&mut self) {
        self.attend();
        self.spare();
        self.tick(clock::millis(self.clock.now()));
        self.proof.news().for_each(|news| self.watcher.news(news));
    }

    fn tick(&mut self, now: Millis) {
        let Self { router, proof, enricher, chain, is_early, .. } = self;
        self.grouper.tick(now, &mut |event| {
            proof.event(event);
            take(event, (now, *is_early), (chain, enricher, router));
        });
        chain.tick(now, router);
        if let Some(serial) = self.settled() {
            self.router.settled(serial);
        }
        self.tell_losses();
    }

    /// The serial in front of the first open event's; the latest, if none is open.
    fn settled(&self) -> Option<u32> {
        let latest = self.latest?;
        let open = self.grouper.open_serials().filter(|serial| !is_ahead(*serial, latest));
        let back = open.map(|serial| latest.wrapping_sub(serial).wrapping_add(1)).max();
        Some(latest.wrapping_sub(back.unwrap_or(0)))
    }

    fn tell_losses(&mut self) {
        self.count();
        let now = clock::millis(self.clock.now());
        let Self { router, watcher, .. } = self;
        let mut is_left = true;
        if router.has_news(now) {
            is_left = router.look(now, &mut |line| watcher.news(News::Complaint(line)));
        }
        if !is_left {
            watcher.nobody_left();
        }
        router.tell_losses(now, false);
        // Who cannot take what was said before is not told more.
        if router.told_is_out() {
            self.tell_missed(now);
        }
        self.router.flush();
    }

    fn tell_missed(&mut self, now: Millis) {
        if let Some(told) = self.enricher.due(now) {
            self.router.say(&told);
        }
    }

    /// Does what another thread asks.
    pub(crate) fn command(&mut self, command: Command) {
        match command {
            Command::Tell(told) => self.router.say(&told),
            Command::Look => return self.tell_losses(),
            Command::Change(change) => {
                let watcher = &self.watcher;
                match change.outputs {
                    Some(steps) => self.router.change(steps, &mut |line| watcher.news(News::Complaint(line))),
                    None => self.router.reopen(),
                }
                self.grouping = change.grouping;
                self.sparing.set(change.cpu_limit);
                self.spare();
                self.expect(self.absent);
                if let Some(filters) = change.filters {
                    self.chain.replace(filters, clock::millis(self.clock.now()), &mut self.router);
                }
                self.router.say(&change.told);
            }
            Command::Expect(absent) => {
                self.returning = None;
                self.expect(absent);
                self.watcher.expecting();
            }
            Command::Attend => return self.attend(),
            Command::Return(absent, after) => self.returning = Some((absent, after)),
        }
        self.router.flush();
    }

    /// The input has ended: writes all that is open, what was lost, and the last word.
    pub(crate) fn finish(&mut self) {
        let now = clock::millis(self.clock.now());
        let Self { router, enricher, chain, is_early, .. } = self;
        router.wait_from_now_on();
        self.grouper.finish(&mut |event| take(event, (now, *is_early), (chain, enricher, router)));
        chain.finish(now, router);
        if let Some(serial) = self.settled() {
            self.router.settled(serial);
        }
        self.router.settle();
        self.tally.serial_gaps.set(self.gaps.missing_at_end());
        self.count_last();
        let watcher = &self.watcher;
        self.router.look(Millis::MAX, &mut |line| watcher.news(News::Complaint(line)));
        self.router.tell_losses(0, true);
        self.tell_missed(Millis::MAX);
        let last = self.last_word();
        self.router.say(&last);
        self.router.end();
    }

    fn last_word(&self) -> Told {
        let account = self.tally.account();
        Told::now("OYEZ_STOP")
            .with("received", account.received)
            .with("emitted", account.emitted)
            .with("filtered", account.filtered)
            .with("shed", account.shed)
            .with("lost", account.lost)
            .with("events", self.tally.events.get())
            .with("late", self.tally.late.get())
            .with("malformed", self.tally.malformed.get())
            .with("kernel_lost", self.tally.kernel_lost.get())
    }

    fn count(&mut self) {
        self.tally.serial_gaps.set(self.gaps.missing());
        self.count_last();
    }

    fn count_last(&mut self) {
        let counts = self.grouper.counts();
        self.tally.late.set(counts.late_records);
        self.tally.early.set(counts.early);
        self.tally.incomplete.set(counts.incomplete);
        self.tally.losses(&mut self.losses);
        self.router.count(&self.losses);
    }

    /// How long to wait for a batch or a command.
    fn patience(&self) -> Duration {
        let now = clock::millis(self.clock.now());
        let missed = self.enricher.deadline();
        let missed = missed.map(|at| if self.router.told_is_out() { at } else { at.max(now + LOOK_AGAIN_MS) });
        let deadlines = [self.grouper.next_deadline(), self.chain.deadline(), missed, self.router.deadline(now)];
        deadlines.into_iter().flatten().min().map_or(IDLE, |at| Duration::from_millis(at.saturating_sub(now)))
    }
}

/// Hands on an event that is over, with what is known of it. Whether it is written is judged before that costs anything, as far
/// as its records say; one that is not may tell of a process or a login all the same.
fn take(
    event: &Event,
    (now, is_early): (Millis, bool),
    (chain, enricher, router): (&mut Chain, &mut Enricher, &mut Router),
) {
    let goes_on = !router.leaves(event) && (!is_early || chain.early(event, now, router)) && router.admits(event);
    if !goes_on {
        return enricher.heed(event);
    }
    let known = enricher.event(event);
    if let Some((left, context)) = chain.late(known, event.len(), now, router) {
        router.event(left, &context, event.len());
    }
}

/// How many serials lie between two.
fn missed(last: u32, next: u32) -> u64 {
    if is_ahead(next, last) { u64::from(next.wrapping_sub(last) - 1) } else { 0 }
}

/// Whether `next` comes after `last`: by at most half of all serials there are, else the order is the other way round.
fn is_ahead(next: u32, last: u32) -> bool {
    (1..=u32::MAX / 2).contains(&next.wrapping_sub(last))
}

#[cfg(test)]
mod tests;
