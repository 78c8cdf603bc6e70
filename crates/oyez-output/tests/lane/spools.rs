//! Lanes with a spool in a real directory.

use std::time::{Duration, Instant};

use oyez_output::lane::{OnFull, Settings, Spooling};
use oyez_output::queue::Handed;
use oyez_output::spool;
use oyez_output::stats::{Reason, State};
use oyez_testkit::TempDir;

use super::fakes::{Fakes, How, lane, parcel, settings, until};

fn spooled(directory: &TempDir) -> Settings {
    let spooling = Spooling {
        path: directory.path().join("spool"),
        settings: spool::Settings { bytes: 64 << 20, ..spool::Settings::DEFAULT },
        sync_every: Duration::from_millis(20),
    };
    Settings { on_full: OnFull::Spool, spool: Some(spooling), queue: 100_000, ..settings() }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

#[test]
fn a_receiver_that_hangs_does_not_fill_the_queue_and_what_waits_survives_the_end() {
    let directory = TempDir::new().unwrap();
    let fakes = Fakes::default();
    fakes.be(How::HangsPatiently);
    let (one, _) = lane(spooled(&directory), &fakes);
    for at in 0..400 {
        while one.hand(&mut parcel(at * 10..at * 10 + 10)) == Handed::Full {
            assert!(one.wait_below(one.bound(), Some(Duration::from_secs(10))), "the disk is all it waits for");
        }
        one.note(at);
    }
    assert!(one.wait_safe(4000, Some(Duration::from_secs(10))) && one.settled() == Some(399));
    let stats = std::sync::Arc::clone(one.stats());
    let ending = one.end(Instant::now() + Duration::from_millis(50));
    assert!(ending.wait(soon()));
    let old = stats.balance();
    assert!(old.is_even() && old.spooled.messages == 4000 && old.lost().is_zero(), "{old:?}");
    assert!(fakes.arrived().is_empty());

    fakes.be(How::Takes);
    let (next, _) = lane(spooled(&directory), &fakes);
    assert_eq!(next.hand(&mut parcel(4000..4010)), Handed::Taken);
    until(|| fakes.arrived().len() == 4010);
    assert!(fakes.arrived().iter().copied().eq(0..4010));
    let ending = next.end(soon());
    assert!(ending.wait(soon()));
    let new = ending.stats().balance();
    assert!(new.is_even() && new.held().is_zero() && new.lost().is_zero(), "{new:?}");
    assert_eq!((new.carried, new.acked.messages), (old.spooled, 4010));
}

#[test]
fn a_changed_sink_goes_on_where_the_old_one_was() {
    let directory = TempDir::new().unwrap();
    let (old, new) = (Fakes::default(), Fakes::default());
    let (lane, _) = lane(spooled(&directory), &old);
    old.take_only(25);
    for at in 0..10 {
        let _ = lane.hand(&mut parcel(at * 10..at * 10 + 10));
    }
    until(|| old.arrived().len() == 25 && lane.stats().health.state() == State::Failing);
    lane.change(spooled(&directory), Some(&new)).unwrap();
    until(|| lane.stats().balance().held().is_zero());
    let arrived = [old.arrived(), new.arrived()].concat();
    assert!(arrived.iter().copied().eq(0..100), "{arrived:?}");
    assert!(lane.stats().balance().is_even());
}

#[test]
fn a_running_spool_gets_other_bounds_and_what_is_too_much_then_is_counted() {
    let directory = TempDir::new().unwrap();
    let fakes = Fakes::default();
    fakes.be(How::Fails);
    let (lane, _) = lane(spooled(&directory), &fakes);
    let _ = lane.hand(&mut parcel(0..150));
    assert!(lane.wait_safe(150, Some(Duration::from_secs(10))));
    let with = |bytes, compression| {
        let mut settings = spooled(&directory);
        if let Some(spooling) = &mut settings.spool {
            spooling.settings = spool::Settings { bytes, compression, ..spooling.settings };
        }
        settings
    };
    assert!(matches!(lane.change(with(50_000, Some(99)), None), Err(oyez_output::lane::Error::Spool(_))));
    lane.change(with(50_000, None), None).unwrap();
    for at in 15..20 {
        let _ = lane.hand(&mut parcel(at * 10..at * 10 + 10));
        assert!(lane.wait_safe(at * 10 + 10, Some(Duration::from_secs(10))));
    }
    assert!(lane.stats().spool_bytes.load(std::sync::atomic::Ordering::Relaxed) <= 50_000);
    fakes.be(How::Takes);
    until(|| lane.stats().balance().held().is_zero());
    assert!(lane.stats().dropped(Reason::Evicted).get().messages >= 100 && lane.stats().balance().is_even());
    assert_eq!(fakes.arrived().last(), Some(&199));
}

#[test]
fn a_receiver_that_is_gone_for_good_leaves_all_in_the_spool() {
    let directory = TempDir::new().unwrap();
    let fakes = Fakes::default();
    fakes.be(How::Vanished);
    let (lane, told) = lane(spooled(&directory), &fakes);
    let _ = lane.hand(&mut parcel(0..10));
    until(|| told.has("Gone"));
    assert_eq!(lane.hand(&mut parcel(10..20)), Handed::Taken);
    assert!(lane.wait_safe(20, Some(Duration::from_secs(10))));
    let ending = lane.end(soon());
    assert!(ending.wait(soon()));
    let balance = ending.stats().balance();
    assert!(balance.is_even() && balance.spooled.messages == 20, "{balance:?}");
}

#[test]
fn what_a_small_spool_evicts_is_counted_and_the_rest_arrives() {
    let directory = TempDir::new().unwrap();
    let fakes = Fakes::default();
    fakes.be(How::Fails);
    let mut small = spooled(&directory);
    if let Some(spooling) = &mut small.spool {
        spooling.settings.bytes = 100_000;
    }
    let (lane, told) = lane(small, &fakes);
    for at in 0..100 {
        while lane.hand(&mut parcel(at * 10..at * 10 + 10)) == Handed::Full {
            lane.wait_below(lane.bound(), Some(Duration::from_secs(10)));
        }
    }
    assert!(lane.wait_safe(1000, Some(Duration::from_secs(10))));
    fakes.be(How::Takes);
    until(|| lane.stats().balance().held().is_zero());
    let evicted = lane.stats().dropped(Reason::Evicted).get();
    assert!(lane.stats().balance().is_even() && told.has("Lost(Evicted)"));
    assert!((500..1000).contains(&evicted.messages), "{evicted:?}");
    // What was in hand when it was evicted arrived all the same, before what was not.
    let arrived = fakes.arrived();
    assert!(arrived.windows(2).all(|pair| pair[0] < pair[1]) && arrived.last() == Some(&999), "{arrived:?}");
    assert!(arrived.len() as u64 + evicted.messages >= 1000);
}
