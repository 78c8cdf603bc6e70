//! The thread that delivers: messages of a queue or a spool in, at the sink by batches, until they are done with.
//!
//! It gathers batches, gives them to the [`Sink`], gives again only what was not done, waits after failures, and counts what
//! became of each message. When anything is done it asks [`Pace`]; where messages come from is its [`Source`]'s business. It
//! refuses nothing: what it cannot bring it holds until the end, or until the sink says that it will never work.

mod backoff;
mod lots;
mod pace;
mod plain;
mod source;
mod spooled;
#[cfg(test)]
mod tests;
mod work;

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::lane::shared::{Order, Shared};
use crate::lane::store::Store;
use crate::lane::{Batching, Change, Settings};
use crate::queue::Wanted;
use crate::sink::{Done, Failure, Sink};
use crate::spool::Disk;
use crate::stats::{Reason, State};
use pace::{LONG_REST, Next, Pace};
use plain::Plain;
use source::Source;
use spooled::Spooled;
use work::Work;

pub(crate) use backoff::Backoff;

/// How long a sink that fails has to take its leave.
const LEAVE: Duration = Duration::from_secs(1);

/// Delivers from the queue of a lane until its end. What is left then is lost.
pub(crate) fn run(shared: &Shared, sink: Box<dyn Sink>) {
    let _lost = Lost { shared, reason: Reason::Failed };
    let mut courier = Courier::new(shared, sink, Plain::new(shared), &shared.settings());
    courier.run();
    shared.queue.lose_tickets(courier.work.tickets());
    if !courier.is_gone {
        shared.lose_rest(Reason::End);
    }
}

/// Delivers from the spool of a lane until its end. What is left then stays there.
pub(crate) fn run_spooled<D: Disk>(shared: &Shared, sink: Box<dyn Sink>, store: &Store<D>) {
    let _ended = Ended { shared };
    Courier::new(shared, sink, Spooled::new(shared, store), &shared.settings()).run();
    store.sync();
}

/// Nobody delivers from the queue any more, whatever ended it: what is left in memory is lost.
struct Lost<'a> {
    shared: &'a Shared,
    reason: Reason,
}

impl Drop for Lost<'_> {
    fn drop(&mut self) {
        let _ended = Ended { shared: self.shared };
        self.shared.lose_rest(self.reason);
    }
}

/// Nobody delivers any more; told if that is because of a mistake.
struct Ended<'a> {
    shared: &'a Shared,
}

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.stats.health.fail("its thread has failed", self.shared.clock.wall_ms());
            self.shared.watcher.see(Change::Gone("its thread has failed"));
        }
        self.shared.stats.health.set(State::Ended);
    }
}

/// A seed that differs from output to output.
pub(crate) fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

struct Courier<'a, S> {
    shared: &'a Shared,
    sink: Box<dyn Sink>,
    source: S,
    work: Work,
    pace: Pace,
    batch: Batching,
    timeout: Duration,
    done: Done,
    /// The sink said that it will never work again.
    is_gone: bool,
}

impl<'a, S: Source> Courier<'a, S> {
    fn new(shared: &'a Shared, sink: Box<dyn Sink>, source: S, settings: &Settings) -> Self {
        let batch = bounded(settings);
        let pace = Pace::new(batch, Backoff::new(settings.retry, seed()));
        let (work, timeout) = (Work::new(), settings.timeout);
        Self { shared, sink, source, work, pace, batch, timeout, done: Done::default(), is_gone: false }
    }

    /// Delivers, and takes its leave.
    fn run(&mut self) {
        self.work();
        self.close();
    }

    /// Works until nothing more comes, it is too late, or the sink has gone.
    fn work(&mut self) {
        while !self.is_gone {
            self.obey();
            self.work.fill(&mut self.source, &self.batch);
            let is_end = self.shared.until().is_some();
            if (is_end && self.work.is_empty() && self.source.is_over()) || self.shared.is_too_late() {
                return;
            }
            self.step(is_end);
        }
    }

    fn step(&mut self, is_end: bool) {
        let gathered = self.work.gathered();
        self.pace.rest = self.sink.rest().unwrap_or(LONG_REST);
        match self.pace.next(self.shared.clock.now(), gathered, is_end) {
            Next::Connect => self.connect(),
            Next::Deliver => self.deliver(),
            Next::Tick => self.tick(),
            Next::Gather(time) => {
                let (messages, bytes) = self.pace.wanted(gathered);
                self.source.wait(Wanted::Parcels(messages, bytes), self.bounded(time));
            }
            Next::Pause(time) => self.source.wait(Wanted::Nothing, self.bounded(time)),
        }
        self.pass_on();
    }

    /// Tells what the sink has to say though nothing failed.
    fn pass_on(&mut self) {
        while let Some(text) = self.sink.remark() {
            self.shared.watcher.see(Change::Remark(&text));
        }
    }

    /// A wait that does not go beyond the end.
    fn bounded(&self, time: Duration) -> Duration {
        let left = self.shared.until().map(|until| until.saturating_duration_since(self.shared.clock.now()));
        left.map_or(time, |left| left.min(time))
    }

    fn connect(&mut self) {
        match self.sink.connect(&self.shared.patience(self.timeout)) {
            Ok(()) => self.worked(self.work.is_empty()),
            Err(failure) => self.failed(&failure, false),
        }
    }

    fn tick(&mut self) {
        match self.sink.tick() {
            Ok(()) => self.pace.worked(self.shared.clock.now(), false),
            Err(failure) => self.failed(&failure, false),
        }
    }

    fn deliver(&mut self) {
        let batch = &self.work.batch;
        if batch.was_given {
            self.shared.stats.again.fetch_add(batch.parcel.len() as u64, Relaxed);
        }
        self.done.reset(batch.parcel.len());
        let result = self.sink.deliver(&batch.parcel, &mut self.done, &self.shared.patience(self.timeout));
        self.shared.stats.courier_cpu_ns.store(self.shared.clock.thread_cpu_ns(), Relaxed);
        let was_through = self.settle();
        match result {
            Ok(()) if was_through => self.worked(true),
            Ok(()) => self.failed(&Failure::new("cannot deliver: nothing was confirmed"), false),
            Err(failure) => self.failed(&failure, was_through),
        }
    }

    /// Counts what was done. Whether anything was.
    fn settle(&mut self) -> bool {
        let (batch, done) = (&self.work.batch, &self.done);
        if !done.is_begun() {
            self.work.batch.was_given = true;
            return false;
        }
        let now_ms = self.shared.clock.wall_ms();
        self.shared.stats.latency.see(&batch.parcel, done, now_ms);
        self.refuse();
        self.source.settle(&self.work.batch, &self.done);
        if self.work.strip(&self.done) {
            self.pace.emptied();
        }
        true
    }

    /// Tells of messages that the receiver will never take.
    fn refuse(&self) {
        if self.done.refused() == 0 {
            return;
        }
        let parcel = &self.work.batch.parcel;
        let refused = (0..parcel.len()).filter(|index| self.done.is_refused(*index));
        let tickets = refused.filter_map(|index| parcel.get(index)).map(|message| message.label.ticket);
        self.shared.queue.lose_tickets(tickets.filter(|ticket| *ticket != 0));
        let reason = self.done.reasons().first().map_or("", |(_, reason)| reason.as_str());
        self.shared.watcher.see(Change::Refused(reason));
        self.shared.watcher.see(Change::Lost(Reason::Refused));
    }

    fn worked(&mut self, is_through: bool) {
        self.pace.worked(self.shared.clock.now(), is_through);
        let health = &self.shared.stats.health;
        match health.state() {
            State::Failing if is_through => {
                health.set(State::Working);
                self.shared.watcher.see(Change::Works);
            }
            State::Connecting => health.set(State::Working),
            _ => {}
        }
    }

    fn failed(&mut self, failure: &Failure, was_through: bool) {
        let text = failure.told();
        self.shared.stats.failures.fetch_add(1, Relaxed);
        let is_news = self.shared.stats.health.fail(&text, self.shared.clock.wall_ms());
        self.pace.failed(self.shared.clock.now(), failure.wait(), was_through);
        if failure.is_final() {
            self.is_gone = true;
            self.shared.stats.health.set(State::Ended);
            self.shared.watcher.see(Change::Gone(&text));
        } else if is_news {
            self.shared.watcher.see(Change::Fails(&text));
        }
    }

    /// Does what was ordered, if its time has come.
    fn obey(&mut self) {
        let fails = self.shared.stats.health.state() == State::Failing;
        while let Some(order) = self.shared.next_order(fails) {
            match order {
                Order::Reopen => {
                    if let Err(failure) = self.sink.reopen() {
                        self.shared.watcher.see(Change::NotReopened(&failure.told()));
                    }
                }
                Order::Change(settings, sink) => self.change(&settings, sink),
            }
        }
    }

    fn change(&mut self, settings: &Settings, sink: Option<Box<dyn Sink>>) {
        (self.batch, self.timeout) = (bounded(settings), settings.timeout);
        self.pace.set(self.batch, settings.retry, sink.is_some());
        if let Some(sink) = sink {
            self.close();
            self.sink = sink;
        }
    }

    /// The sink takes its leave.
    fn close(&mut self) {
        let health = &self.shared.stats.health;
        let works = health.state() == State::Working;
        let patience = self.shared.patience(if works { self.timeout } else { self.timeout.min(LEAVE) });
        if let Err(failure) = self.sink.close(&patience)
            && works
        {
            self.shared.stats.failures.fetch_add(1, Relaxed);
            if health.fail(&failure.told(), self.shared.clock.wall_ms()) {
                self.shared.watcher.see(Change::Fails(&failure.told()));
            }
        }
        self.pass_on();
    }
}

/// How much is delivered at once: never more than half of what may wait, and never nothing.
fn bounded(settings: &Settings) -> Batching {
    let half = usize::try_from(settings.queue / 2).unwrap_or(usize::MAX);
    let Batching { events, bytes, time } = settings.batch;
    Batching { events: events.max(1), bytes: bytes.min(half).max(1), time }
}
