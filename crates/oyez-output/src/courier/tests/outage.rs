//! Receivers that are away, by a clock that is not the system's.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::{Deed, Scene};
use crate::lane::{Batching, OnFull, Settings};
use crate::queue::Handed;
use crate::stats::{Reason, State};

#[test]
fn after_an_hour_without_a_receiver_everything_arrives_once_and_the_latency_shows_it() {
    let mut scene = Scene::new(Settings { queue: 1 << 20, ..Settings::DEFAULT });
    scene.receiver.lock().unwrap().last = Some(Deed::Dead);
    let hour = Duration::from_hours(1);
    while scene.clock.passed() < hour {
        assert_eq!(scene.hand(3, 20), Handed::Taken);
        scene.shared.queue.note(scene.handed);
        scene.step();
    }
    let stats = &scene.shared.stats;
    assert_eq!((stats.health.state(), scene.shared.queue.settled()), (State::Failing, None));
    assert!(stats.failures.load(Relaxed) < 120 && stats.balance().queued.messages == scene.handed);
    let trouble = stats.health.trouble().unwrap();
    assert!(trouble.last_ms - trouble.since_ms > 3_500_000 && trouble.text == "cannot connect to \"fake\"");
    scene.receiver.lock().unwrap().last = None;
    while scene.shared.queue.fill() > 0 {
        scene.step();
    }
    let receiver = scene.receiver.lock().unwrap();
    assert!(receiver.arrived.iter().copied().eq(0..scene.handed));
    assert_eq!(*scene.told.0.lock().unwrap(), ["Fails(\"cannot connect to \\\"fake\\\"\")", "Works"]);
    let balance = stats.balance();
    assert!(balance.is_even() && balance.acked.messages == scene.handed && balance.held().is_zero());
    assert_eq!(scene.shared.queue.settled(), Some(scene.handed));
    let most_ms = stats.latency.most_ms.load(Relaxed);
    assert!((3_600_000..3_700_000).contains(&most_ms), "{most_ms}");
    assert!(scene.clock.passed() < hour + 2 * Settings::DEFAULT.retry.most);
}

#[test]
fn while_a_receiver_is_away_the_newest_are_refused_or_the_oldest_go_and_each_is_counted() {
    for on_full in [OnFull::DropNewest, OnFull::DropOldest] {
        let mut scene = Scene::new(Settings { queue: 400_000, on_full, ..Settings::DEFAULT });
        scene.receiver.lock().unwrap().last = Some(Deed::Dead);
        scene.step();
        let (mut refused, mut total) = (0, 0);
        for _ in 0..100 {
            total += 10;
            // Large enough that parcels are not put together.
            if scene.hand(10, 14_000) == Handed::Full {
                refused += 10;
            }
        }
        scene.receiver.lock().unwrap().last = None;
        while scene.shared.queue.fill() > 0 {
            scene.step();
        }
        let arrived = scene.receiver.lock().unwrap().arrived.clone();
        let balance = scene.shared.stats.balance();
        let dropped = scene.shared.stats.dropped(Reason::Queue).get();
        assert!(balance.is_even() && balance.held().is_zero(), "{balance:?}");
        if on_full == OnFull::DropNewest {
            assert_eq!((arrived.len() as u64 + refused, dropped.messages), (total, 0));
            assert!(arrived.iter().copied().eq(0..scene.handed), "the first that fitted");
        } else {
            assert_eq!((refused, arrived.len() as u64 + dropped.messages), (0, total));
            assert!(arrived.iter().copied().eq(dropped.messages..total), "the last that fitted");
            assert_eq!(scene.shared.queue.lost_tickets().len() as u64, dropped.messages - dropped.events);
        }
        assert!((10..=40).contains(&arrived.len()), "{} of {total}", arrived.len());
    }
}

#[test]
fn a_batch_waits_for_others_as_long_as_it_may_and_no_longer() {
    let batch = Batching { events: 10, bytes: 1000, time: Duration::from_secs(5) };
    let mut scene = Scene::new(Settings { batch, ..Settings::DEFAULT });
    scene.step();
    for messages in [3, 4] {
        let _ = scene.hand(messages, 10);
        scene.step();
        scene.step();
    }
    while scene.receiver.lock().unwrap().batches.is_empty() {
        scene.step();
    }
    assert!((5000..5100).contains(&scene.clock.passed().as_millis()), "{:?}", scene.clock.passed());
    let _ = scene.hand(25, 10);
    let _ = scene.hand(1, 5000);
    let _ = scene.hand(2, 600);
    let before = scene.clock.passed();
    while scene.shared.queue.fill() > 0 {
        scene.step();
    }
    assert_eq!(scene.receiver.lock().unwrap().batches, [7, 10, 10, 5, 1, 1, 1]);
    assert!(scene.clock.passed() <= before + 2 * batch.time, "only the last waits");
}
