//! Anything a receiver may do, against a plain list: from a small spool on a disk that fills up, across restarts.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;

use super::model::{self, Move};
use super::{Fake, Fakes, Receiver, Stepped, Told, parcel, setup, step};
use crate::clock::Clock as _;
use crate::courier::Courier;
use crate::courier::spooled::Spooled;
use crate::lane::mover::Mover;
use crate::lane::shared::Shared;
use crate::lane::store::Store;
use crate::lane::{OnFull, Settings, Spooling};
use crate::queue::Handed;
use crate::spool::{self, Simulated, Spool};
use crate::stats::{Balance, Reason, Stats};

/// One run of a lane with a spool, without its threads.
struct Run {
    shared: Arc<Shared>,
    store: Arc<Store<Simulated>>,
    mover: Mover<Simulated>,
    courier: Courier<'static, Stepped<Spooled<'static, Simulated>>>,
    told: Told,
}

impl Run {
    fn new(settings: &Settings, disk: &Simulated, clock: &Fake, receiver: &Arc<Mutex<Receiver>>) -> Self {
        let (told, stats) = (Told::default(), Arc::new(Stats::default()));
        let spooling = settings.spool.clone().unwrap();
        let setup = setup(settings.clone(), clock, &told);
        let opened = Spool::on(disk.clone(), spooling.settings).unwrap();
        let store = Arc::new(Store::new(opened, &spooling, Arc::clone(&stats), Arc::clone(&setup.watcher)));
        let shared = Arc::new(Shared::new(setup, None, stats));
        let mover = Mover::new(Arc::clone(&shared), Arc::clone(&store));
        let lent: &'static (Arc<Shared>, Arc<Store<Simulated>>) =
            Box::leak(Box::new((Arc::clone(&shared), Arc::clone(&store))));
        let source = Spooled::new(&lent.0, &lent.1);
        let source = Stepped { source, clock: clock.clone(), waited: Duration::ZERO };
        let sink = Box::new(Fakes(Arc::clone(receiver)));
        let courier = Courier::new(&lent.0, sink, source, settings);
        Self { shared, store, mover, courier, told }
    }

    fn balance(&self) -> Balance {
        self.shared.stats.balance()
    }

    fn step(&mut self) {
        let _ = self.mover.move_all();
        step(&mut self.courier);
    }

    /// The end of a run: what is not in the spool by now is lost.
    fn end(self) -> Balance {
        let Self { shared, store, mover, courier, .. } = self;
        drop((mover, courier));
        store.sync();
        shared.stats.balance()
    }
}

fn settings() -> impl Strategy<Value = Settings> {
    let sync = prop_oneof![Just(spool::Sync::Never), Just(spool::Sync::Each), Just(spool::Sync::Interval)];
    let spool = (4096..60_000_u64, 300..5000_u64, sync, proptest::option::of(Just(1)));
    (model::settings(), spool).prop_map(|(settings, (bytes, segment_bytes, sync, compression))| Settings {
        on_full: OnFull::Spool,
        spool: Some(Spooling {
            path: "unused".into(),
            settings: spool::Settings { bytes, segment_bytes, sync, compression },
            sync_every: Duration::from_secs(1),
        }),
        ..settings
    })
}

/// All runs together, and what was handed over in them.
struct Story {
    settings: Settings,
    disk: Simulated,
    clock: Fake,
    receiver: Arc<Mutex<Receiver>>,
    run: Run,
    handed: u64,
    /// Messages that ended before this run.
    ended_before: usize,
    runs: Vec<Balance>,
    /// Something was told to be lost beside what was refused.
    has_lost: bool,
    is_full: bool,
}

impl Story {
    fn new(settings: Settings) -> Self {
        let (disk, clock, receiver) = (Simulated::default(), Fake::default(), Arc::default());
        let run = Run::new(&settings, &disk, &clock, &receiver);
        Self {
            settings,
            disk,
            clock,
            receiver,
            run,
            handed: 0,
            ended_before: 0,
            runs: Vec::new(),
            has_lost: false,
            is_full: false,
        }
    }

    fn play(&mut self, one: Move) {
        match one {
            Move::Hand(messages, bytes) => self.hand(messages, bytes),
            Move::Step(steps) => (0..steps).for_each(|_| self.run.step()),
            Move::Tell(deed) => self.receiver.lock().unwrap().deeds.push_back(deed),
            Move::Restart => self.restart(),
            Move::Room(bytes) => self.fill_disk(bytes),
        }
        let balance = self.run.balance();
        assert!(balance.is_even(), "{balance:?}");
        let receiver = self.receiver.lock().unwrap();
        assert!(balance.acked.messages <= receiver.acked.len() as u64);
    }

    fn hand(&mut self, messages: u64, bytes: usize) {
        let mut parcel = parcel(self.handed..self.handed + messages, bytes, self.clock.wall_ms());
        if self.run.shared.queue.hand(&mut parcel).0 == Handed::Taken {
            self.handed += messages;
            self.run.shared.queue.note(self.handed);
        }
    }

    /// The disk has room for so many bytes more, or for anything again.
    fn fill_disk(&mut self, bytes: usize) {
        self.is_full = !self.is_full;
        let used: usize = self.disk.files().iter().map(|(_, file)| file.len()).sum();
        self.disk.set_room(self.is_full.then_some((used + bytes) as u64));
    }

    fn restart(&mut self) {
        self.disk.set_room(None);
        self.is_full = false;
        let run = Run::new(&self.settings, &Simulated::default(), &self.clock, &self.receiver);
        let old = std::mem::replace(&mut self.run, run);
        let told = old.told.clone();
        let old = old.end();
        self.has_lost |= is_loss(&told);
        self.run = Run::new(&self.settings, &self.disk, &self.clock, &self.receiver);
        let new = self.run.balance();
        assert!(old.is_even() && old.queued.is_zero(), "{old:?}");
        assert_eq!((new.carried.events, new.carried.records), (old.spooled.events, old.spooled.records));
        assert!(new.carried.messages <= old.spooled.messages);
        assert!(new.dropped[Reason::Missing as usize].is_zero());
        self.each_ended_once_in_this_run();
        self.runs.push(old);
    }

    fn each_ended_once_in_this_run(&mut self) {
        let receiver = self.receiver.lock().unwrap();
        let all = receiver.acked.len() + receiver.refused.len();
        let mut ended = receiver.ended[self.ended_before..].to_vec();
        ended.sort_unstable();
        assert!(ended.windows(2).all(|pair| pair[0] < pair[1]), "one ended twice");
        self.ended_before = all;
    }

    fn finish(&mut self) {
        self.receiver.lock().unwrap().deeds.clear();
        self.disk.set_room(None);
        self.run.store.close();
        let mut steps = 0;
        // An entry of a run before that holds notices alone counts for nothing until it is read.
        while !self.run.balance().held().is_zero() || !self.run.store.is_over() || !self.run.courier.work.is_empty() {
            self.run.step();
            steps += 1;
            assert!(steps < 100_000, "it does not end: {:?}", self.run.balance());
        }
        self.each_ended_once_in_this_run();
        let last = self.run.balance();
        assert!(last.is_even(), "{last:?}");
        assert_eq!(self.run.shared.queue.settled().unwrap_or(self.handed), self.handed);
        self.runs.push(last);
        self.has_lost |= is_loss(&self.run.told);
        self.nothing_is_missing();
    }

    /// What was handed over is at the receiver or in the counts of what was lost, by events.
    fn nothing_is_missing(&self) {
        let receiver = self.receiver.lock().unwrap();
        let mut ended = receiver.ended.clone();
        ended.sort_unstable();
        ended.dedup();
        let events = |numbers: &mut dyn Iterator<Item = u64>| numbers.filter(|number| number % 4 != 3).count() as u64;
        let missing = events(&mut (0..self.handed)) - events(&mut ended.iter().copied());
        let refused = Reason::Refused as usize;
        let lost: u64 = self.runs.iter().map(|run| run.lost().events - run.dropped[refused].events).sum();
        assert!(missing <= lost, "{missing} are missing, {lost} are counted");
        // Of an entry that nobody read, notices are not counted, but it is told that something is lost.
        assert!(self.has_lost || ended.len() as u64 == self.handed, "lost, and not told");
    }
}

/// Whether something was told to be lost beside what was refused.
fn is_loss(told: &Told) -> bool {
    told.0.lock().unwrap().iter().any(|told| told.starts_with("Lost(") && told != "Lost(Refused)")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_receiver_disk_and_restarts_do_nothing_goes_uncounted(
        settings in settings(),
        moves in model::moves(),
    ) {
        let mut story = Story::new(settings);
        for one in moves {
            story.play(one);
        }
        story.finish();
    }
}

#[test]
fn a_full_disk_is_told_once_and_what_waits_goes_on_when_there_is_room() {
    let spooling = Spooling {
        path: "unused".into(),
        settings: spool::Settings { bytes: 1 << 20, ..spool::Settings::DEFAULT },
        sync_every: Duration::from_secs(1),
    };
    let settings = Settings { on_full: OnFull::Spool, spool: Some(spooling), queue: 10_000, ..Settings::DEFAULT };
    let mut story = Story::new(settings);
    story.fill_disk(0);
    for _ in 0..50 {
        story.hand(10, 100);
        story.run.step();
    }
    assert!((10..100).contains(&story.handed) && story.run.shared.queue.fill() >= 10_000);
    assert_eq!(story.receiver.lock().unwrap().arrived, [0; 0]);
    story.fill_disk(0);
    while !story.run.balance().held().is_zero() {
        story.run.step();
    }
    assert!(story.receiver.lock().unwrap().arrived.iter().copied().eq(0..story.handed));
    let told = story.run.told.0.lock().unwrap().clone();
    assert!(told.len() == 2 && told[0].starts_with("SpoolFails(\"cannot ") && told[1] == "SpoolWorks", "{told:?}");
}

#[test]
fn an_entry_that_is_no_parcel_is_counted_as_damaged_and_passed_over() {
    let disk = Simulated::default();
    let spooling = Spooling {
        path: "unused".into(),
        settings: spool::Settings { sync: spool::Sync::Each, ..spool::Settings::DEFAULT },
        sync_every: Duration::ZERO,
    };
    let (mut spool, _) = Spool::on(disk.clone(), spooling.settings).unwrap();
    spool.append(b"\x02not ours", spool::Worth { events: 2, records: 5 }).unwrap();
    drop(spool);
    let settings = Settings { on_full: OnFull::Spool, spool: Some(spooling), ..Settings::DEFAULT };
    let mut story = Story::new(settings.clone());
    story.run = Run::new(&settings, &disk, &story.clock, &story.receiver);
    story.hand(5, 10);
    while !story.run.balance().held().is_zero() {
        story.run.step();
    }
    let balance = story.run.balance();
    let damaged = balance.dropped[Reason::Damaged as usize];
    assert!(balance.is_even() && (damaged.messages, damaged.events, damaged.records) == (2, 2, 5), "{balance:?}");
    assert!(story.receiver.lock().unwrap().arrived.iter().copied().eq(0..5));
}
