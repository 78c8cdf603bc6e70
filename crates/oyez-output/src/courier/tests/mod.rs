//! A courier without threads: its clock goes on while it waits, and its receiver does what it is told.

mod model;
mod outage;
mod spooled_model;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::source::Source;
use super::work::Batch;
use super::{Courier, Plain};
use crate::clock::Clock;
use crate::lane::shared::Shared;
use crate::lane::{Batching, Change, Settings, Setup};
use crate::parcel::{Label, Parcel};
use crate::queue::Wanted;
use crate::sink::{Done, Failure, Kind, Patience, Sink, Site};
use crate::spool::Worth;
use crate::stats::Stats;

/// A clock that only goes on when it is told.
#[derive(Clone, Debug)]
pub(super) struct Fake {
    start: Instant,
    passed: Arc<Mutex<Duration>>,
}

impl Default for Fake {
    fn default() -> Self {
        Self { start: Instant::now(), passed: Arc::default() }
    }
}

impl Fake {
    pub(super) fn pass(&self, time: Duration) {
        *self.passed.lock().unwrap() += time;
    }

    pub(super) fn passed(&self) -> Duration {
        *self.passed.lock().unwrap()
    }
}

impl Clock for Fake {
    fn now(&self) -> Instant {
        self.start + self.passed()
    }

    fn wall_ms(&self) -> u64 {
        1_000_000 + u64::try_from(self.passed().as_millis()).unwrap()
    }
}

/// What a receiver does with what it is given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    /// Takes and confirms it.
    Take,
    /// Is not there: neither connects nor takes.
    Dead,
    /// Confirms the first so many, then fails.
    Half(usize),
    /// Will never take every third of them; takes the others.
    RefuseThird,
    /// Takes the first so many, and fails before it confirms them.
    Swallow(usize),
    /// Confirms those whose bit is set, and says that all is well.
    Some(u64),
    /// Says that all is well and confirms nothing.
    Nothing,
}

/// The other end.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    /// What it is to do, call by call; then it takes all.
    pub(super) deeds: VecDeque<Deed>,
    /// What it does when there are no more.
    pub(super) last: Option<Deed>,
    /// All that came, doubles and all.
    pub(super) arrived: Vec<u64>,
    pub(super) acked: Vec<u64>,
    pub(super) refused: Vec<u64>,
    /// Both, in order.
    pub(super) ended: Vec<u64>,
    /// What it has to say.
    pub(super) remarks: Vec<String>,
    pub(super) calls: usize,
    pub(super) batches: Vec<usize>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Fakes(pub(super) Arc<Mutex<Receiver>>);

impl Receiver {
    fn next(&mut self) -> Deed {
        self.calls += 1;
        self.deeds.pop_front().or(self.last).unwrap_or(Deed::Take)
    }

    fn take(&mut self, parcel: &Parcel, done: &mut Done, deed: Deed) -> Result<(), Failure> {
        self.batches.push(parcel.len());
        for index in 0..parcel.len() {
            let number = number(parcel, index);
            let (arrives, acks, refuses) = match deed {
                Deed::Take => (true, true, false),
                Deed::Dead | Deed::Nothing => (false, false, false),
                Deed::Half(count) => (index < count, index < count, false),
                Deed::RefuseThird => (index % 3 != 2, index % 3 != 2, index % 3 == 2),
                Deed::Swallow(count) => (index < count, false, false),
                Deed::Some(bits) => (bits >> (index % 64) & 1 == 1, bits >> (index % 64) & 1 == 1, false),
            };
            if arrives {
                self.arrived.push(number);
            }
            if acks {
                done.ack(index);
                self.acked.push(number);
            }
            if refuses {
                done.refuse(index, "the third");
                self.refused.push(number);
            }
            if acks || refuses {
                self.ended.push(number);
            }
        }
        match deed {
            Deed::Dead | Deed::Half(_) | Deed::Swallow(_) => Err(Failure::new("cannot deliver to \"fake\"")),
            _ => Ok(()),
        }
    }
}

/// What is written in a message of the tests.
fn number(parcel: &Parcel, index: usize) -> u64 {
    str::from_utf8(parcel.get(index).unwrap().text()).unwrap().trim_end_matches('x').parse().unwrap()
}

impl Sink for Fakes {
    fn connect(&mut self, _: &Patience) -> Result<(), Failure> {
        let mut receiver = self.0.lock().unwrap();
        match receiver.deeds.front().copied().or(receiver.last) {
            Some(Deed::Dead) => {
                receiver.next();
                Err(Failure::new("cannot connect to \"fake\""))
            }
            _ => Ok(()),
        }
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, _: &Patience) -> Result<(), Failure> {
        let mut receiver = self.0.lock().unwrap();
        let deed = receiver.next();
        receiver.take(parcel, done, deed)
    }

    fn remark(&mut self) -> Option<String> {
        self.0.lock().unwrap().remarks.pop()
    }
}

impl Kind for Fakes {
    fn open(&self, _: &Site) -> Result<Box<dyn Sink>, Failure> {
        Ok(Box::new(self.clone()))
    }

    fn is_same(&self, _: &dyn std::any::Any) -> bool {
        false
    }
}

/// What was told, in words.
#[derive(Clone, Default)]
pub(super) struct Told(pub(super) Arc<Mutex<Vec<String>>>);

impl crate::lane::Watcher for Told {
    fn see(&self, change: Change<'_>) {
        self.0.lock().unwrap().push(format!("{change:?}"));
    }
}

/// What a lane is made of, but for its threads.
pub(super) fn setup(settings: Settings, clock: &Fake, told: &Told) -> Setup {
    Setup {
        name: "fake".into(),
        host: "host".into(),
        settings,
        kind: Arc::new(Fakes::default()),
        watcher: Arc::new(told.clone()),
        clock: Arc::new(clock.clone()),
    }
}

/// A source where time goes on when it is waited for.
pub(super) struct Stepped<S> {
    source: S,
    clock: Fake,
    /// What was waited for since it was last looked at.
    pub(super) waited: Duration,
}

impl<S: Source> Source for Stepped<S> {
    fn take(&mut self, stock: &mut Parcel, limits: &Batching) -> bool {
        self.source.take(stock, limits)
    }

    fn wait(&mut self, wanted: Wanted, time: Duration) {
        self.source.wait(wanted, Duration::ZERO);
        self.clock.pass(time);
        self.waited += time;
    }

    fn is_over(&self) -> bool {
        self.source.is_over()
    }

    fn settle(&mut self, batch: &Batch, done: &Done) {
        self.source.settle(batch, done);
    }
}

/// A courier of a queue, its parts, and its other end.
pub(super) struct Scene {
    pub(super) shared: &'static Shared,
    pub(super) courier: Courier<'static, Stepped<Plain<'static>>>,
    pub(super) receiver: Arc<Mutex<Receiver>>,
    pub(super) clock: Fake,
    pub(super) told: Told,
    pub(super) handed: u64,
}

impl Scene {
    pub(super) fn new(settings: Settings) -> Self {
        let (clock, told, sink) = (Fake::default(), Told::default(), Fakes::default());
        let receiver = Arc::clone(&sink.0);
        let shared = Shared::new(setup(settings, &clock, &told), None, Arc::new(Stats::default()));
        let shared: &'static Shared = Box::leak(Box::new(shared));
        let source = Stepped { source: Plain::new(shared), clock: clock.clone(), waited: Duration::ZERO };
        let courier = Courier::new(shared, Box::new(sink), source, &shared.settings());
        Self { shared, courier, receiver, clock, told, handed: 0 }
    }

    /// What the thread does between two looks at what there is.
    pub(super) fn step(&mut self) {
        step(&mut self.courier);
    }

    /// Hands over so many messages of about so many bytes, numbered.
    pub(super) fn hand(&mut self, messages: u64, bytes: usize) -> crate::queue::Handed {
        let mut parcel = parcel(self.handed..self.handed + messages, bytes, self.clock.wall_ms());
        let handed = self.shared.queue.hand(&mut parcel).0;
        if handed == crate::queue::Handed::Taken {
            assert!(parcel.is_empty());
            self.handed += messages;
        }
        handed
    }
}

pub(super) fn step<S: Source>(courier: &mut Courier<'_, S>) {
    courier.obey();
    courier.work.fill(&mut courier.source, &courier.batch);
    courier.step(courier.shared.until().is_some());
}

/// Messages of these numbers; every fourth is a notice, and tells its number plus one as its ticket.
pub(super) fn parcel(numbers: std::ops::Range<u64>, bytes: usize, received_ms: u64) -> Parcel {
    let mut parcel = Parcel::default();
    for number in numbers {
        let is_notice = number % 4 == 3;
        let worth = if is_notice { Worth::default() } else { Worth { events: 1, records: 3 } };
        let ticket = if is_notice { u32::try_from(number).unwrap() + 1 } else { 0 };
        let label = Label { received_ms, worth, ticket, ..Label::default() };
        parcel.push(&label, |lines| {
            let start = lines.len();
            lines.extend_from_slice(number.to_string().as_bytes());
            lines.resize((start + bytes).max(lines.len()), b'x');
            lines.push(b'\n');
        });
    }
    parcel
}

#[test]
fn what_a_sink_has_to_say_is_told_once() {
    let mut scene = Scene::new(Settings::default());
    scene.receiver.lock().unwrap().remarks.push("the disk fills up".to_owned());
    assert_eq!(scene.hand(1, 10), crate::queue::Handed::Taken);
    (0..5).for_each(|_| scene.step());
    let told = scene.told.0.lock().unwrap();
    assert_eq!(told.iter().filter(|told| told.contains("Remark(\"the disk fills up\")")).count(), 1, "{told:?}");
}
