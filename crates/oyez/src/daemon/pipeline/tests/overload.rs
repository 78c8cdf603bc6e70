//! An output that cannot keep up: what is left out, in which order, and how that is told.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::daemon::fakes::{Record, login, user_message};

/// The least there is room for.
const BOUND: u64 = 1 << 20;

fn small() -> Rig {
    let sink = Sink::default();
    let mut wanted = faked("out", &sink);
    wanted.lane.queue = BOUND;
    Rig { sink, ..rig_of(&[wanted], Some(Own::new([OWN_PID])), None, &Settings::default()) }
}

/// A routine event from a rule with a key: two records and an `EOE`.
fn keyed(serial: u32, key: &str) -> [Record; 3] {
    let mut records = event(serial, 1);
    records[0].1.extend_from_slice(format!(" key=\"{key}\"").as_bytes());
    records
}

fn user_avc(serial: u32) -> Record {
    user_message(1107, serial)
}

impl Rig {
    fn take_all(&mut self, records: impl IntoIterator<Item = Record>) {
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            self.take(records.by_ref().take(300), Duration::ZERO);
        }
    }

    /// What was shed, as it was told: by type and key.
    fn told_shed(&self) -> BTreeMap<(String, String), u64> {
        let mut told = BTreeMap::new();
        for loss in self.sink.of_kind("OYEZ_LOSS").iter().map(|loss| &loss["oyez"]) {
            if loss["where"] == "shed" {
                let name = |key: &str| loss[key].as_str().unwrap_or_default().to_owned();
                *told.entry((name("type"), name("key"))).or_default() += loss["count"].as_u64().unwrap();
            }
        }
        told
    }

    /// Events that came out, notices not.
    fn out(&self, kind: &str) -> u64 {
        self.sink.of_kind(kind).len() as u64
    }
}

#[test]
fn a_stopped_output_sheds_by_rank_and_tells_it_by_type_and_key() {
    let mut rig = small();
    rig.sink.block(true);
    // More of each rank than there is room for, the lowest first.
    rig.take_all((0..4000).flat_map(|serial| keyed(serial, if serial % 2 == 0 { "web" } else { "db" })));
    let routine_shed = rig.tally.shed_events.get();
    assert!(routine_shed > 0);
    rig.take_all((4000..4010).map(user_avc));
    assert_eq!(rig.tally.shed_events.get(), routine_shed, "the rest is kept while routine goes");
    rig.take_all((4010..8000).map(user_avc));
    let rest_shed = rig.tally.shed_events.get() - routine_shed;
    assert!(rest_shed > 0);
    rig.take_all((8000..8010).map(login));
    assert_eq!(rig.tally.shed_events.get(), routine_shed + rest_shed, "logins are kept while the rest goes");
    rig.take_all((8010..12_000).map(login));
    let login_shed = rig.tally.shed_events.get() - routine_shed - rest_shed;
    assert!(login_shed > 0, "even they are bounded");

    rig.sink.block(false);
    rig.pipeline.finish();
    let account = rig.tally.account();
    assert!(account.balances() && account.lost == 0, "{account}");
    let told = rig.told_shed();
    let of = |kind: &str, key: &str| told.get(&(kind.to_owned(), key.to_owned())).copied().unwrap_or_default();
    assert_eq!(of("SYSCALL", "web") + of("SYSCALL", "db"), routine_shed);
    assert!(of("SYSCALL", "web").abs_diff(of("SYSCALL", "db")) <= 1, "{told:?}");
    assert_eq!((of("USER_AVC", ""), of("USER_LOGIN", "")), (rest_shed, login_shed));
    assert_eq!(rig.out("SYSCALL") + routine_shed, 4000);
    assert_eq!((rig.out("USER_AVC") + rest_shed, rig.out("USER_LOGIN") + login_shed), (4000, 4000));
    let stop = &rig.sink.of_kind("OYEZ_STOP")[0]["oyez"];
    assert_eq!((&stop["shed"], &stop["emitted"]), (&account.shed.into(), &account.emitted.into()));
}

#[test]
fn what_waits_stays_within_its_bound() {
    let mut rig = small();
    rig.sink.block(true);
    for _ in 0..2000 {
        rig.pipeline.command(Command::Tell(Told::now("OYEZ_FILTER").with("filtered", "x".repeat(100))));
    }
    rig.take_all((0..4000).map(login));
    let waiting = rig.pipeline.router.waiting();
    assert!((BOUND..BOUND + (70 << 10)).contains(&waiting), "{waiting}");
    rig.sink.block(false);
    rig.pipeline.finish();
    assert!(rig.tally.account().balances());
}

#[test]
fn an_output_that_was_stopped_gets_everything_again_once_it_has_caught_up() {
    let mut rig = small();
    rig.sink.block(true);
    rig.take_all(storm(1, 4000));
    rig.sink.block(false);
    rig.pipeline.router.settle_all();
    let (shed, out) = (rig.tally.shed_events.get(), rig.out("SYSCALL"));
    assert!(shed > 0);
    rig.take_all(storm(4001, 500));
    rig.pipeline.router.settle_all();
    assert_eq!((rig.tally.shed_events.get(), rig.out("SYSCALL")), (shed, out + 500));
    rig.pipeline.finish();
    assert_eq!(rig.told_shed().values().sum::<u64>(), shed);
}

#[test]
fn a_short_stop_costs_nothing() {
    let stop = || {
        let mut rig = small();
        rig.sink.block(true);
        let sink = rig.sink.clone();
        let reader = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            sink.block(false);
        });
        rig.take_all(storm(1, 4000));
        reader.join().unwrap();
        rig.pipeline.finish();
        (rig.tally.shed.get(), rig.out("SYSCALL"))
    };
    // On a busy machine a stop may become longer than it was to be.
    let is_free = (0..20).any(|_| stop() == (0, 4000));
    assert!(is_free, "{:?}", stop());
}

#[test]
fn a_stopped_output_is_told_of_losses_once_and_not_every_second() {
    let mut rig = small();
    rig.sink.block(true);
    rig.take_all(storm(1, 4000));
    rig.tally.kernel_lost.set(1);
    rig.pipeline.command(Command::Look);
    let before = rig.pipeline.router.waiting();
    std::thread::sleep(Duration::from_millis(1100));
    rig.tally.kernel_lost.set(2);
    let patience = within(Duration::from_millis(400), || {
        rig.pipeline.command(Command::Look);
        rig.pipeline.patience()
    });
    assert_eq!(rig.pipeline.router.waiting(), before, "what was told last is not out");
    assert!(patience > Duration::from_millis(500) && patience <= Duration::from_secs(1), "{patience:?}");
    rig.sink.block(false);
}

/// What a test does to a pipeline.
#[derive(Clone, Debug)]
enum Step {
    Routine(u32),
    Rest(u32),
    Logins(u32),
    Malformed,
    Block(bool),
    Fail(bool),
    Look,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..2000_u32).prop_map(Step::Routine),
        (1..2000_u32).prop_map(Step::Rest),
        (1..2000_u32).prop_map(Step::Logins),
        Just(Step::Malformed),
        any::<bool>().prop_map(Step::Block),
        any::<bool>().prop_map(Step::Fail),
        Just(Step::Look),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_event_is_out_shed_or_lost_whatever_the_output_does(steps in prop::collection::vec(step(), 1..12)) {
        let (mut rig, mut serial, mut events) = (small(), 0, 0);
        for step in steps {
            let mut next = |count: u32| {
                (serial, events) = (serial + count, events + u64::from(count));
                serial - count + 1..=serial
            };
            match step {
                Step::Routine(count) => rig.take_all(next(count).flat_map(|serial| event(serial, 1))),
                Step::Rest(count) => rig.take_all(next(count).map(user_avc)),
                Step::Logins(count) => rig.take_all(next(count).map(login)),
                Step::Malformed => rig.take_all([(1300, b"no stamp".to_vec())]),
                Step::Block(blocked) => rig.sink.block(blocked),
                Step::Fail(fails) => rig.sink.fail(fails.then_some(ErrorKind::StorageFull)),
                Step::Look => rig.pipeline.command(Command::Look),
            }
        }
        rig.sink.block(false);
        rig.sink.fail(None);
        rig.pipeline.router.settle_all();
        rig.pipeline.finish();
        let (account, tally) = (rig.tally.account(), &rig.tally);
        prop_assert!(account.balances(), "{account}");
        let out = ["SYSCALL", "USER_AVC", "USER_LOGIN"].map(|kind| rig.out(kind)).into_iter().sum::<u64>();
        prop_assert_eq!(out, tally.events.get());
        let told = rig.told_shed();
        prop_assert_eq!(told.values().sum::<u64>(), tally.shed_events.get());
        prop_assert!(tally.uneven().is_empty(), "{:?}", tally.uneven());
        // A malformed record that was shed is no event.
        let gone = tally.shed_events.get();
        prop_assert!(out + gone >= events && out + gone <= events + tally.malformed.get(), "{} {} {}", out, gone, events);
    }
}
