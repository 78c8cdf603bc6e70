//! Lanes with their threads, against sinks that hang, fail, vanish and panic.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod changes;
mod ends;
mod fakes;
mod spools;

use std::time::{Duration, Instant};

use fakes::{Fakes, How, lane, parcel, settings};
use oyez_output::lane::{OnFull, Settings};
use oyez_output::queue::Handed;
use oyez_output::stats::Reason;

#[test]
fn what_is_handed_over_comes_out_in_order_is_settled_and_in_the_books() {
    let fakes = Fakes::default();
    let (lane, told) = lane(settings(), &fakes);
    for at in 0..100 {
        assert_eq!(lane.hand(&mut parcel(at * 10..at * 10 + 10)), Handed::Taken);
        lane.note(at);
    }
    assert!(lane.wait_safe(lane.handed(), Some(Duration::from_secs(10))));
    assert_eq!((lane.handed(), lane.settled(), lane.fill()), (1000, Some(99), 0));
    let ending = lane.end(Instant::now() + Duration::from_secs(10));
    assert!(ending.wait(Instant::now() + Duration::from_secs(10)) && ending.is_over());
    let balance = ending.stats().balance();
    assert!(balance.is_even() && balance.acked.messages == 1000 && balance.held().is_zero(), "{balance:?}");
    assert!(fakes.arrived().iter().copied().eq(0..1000));
    assert_eq!(told.all(), ["Ended"]);
    assert_eq!(ending.stats().health.state().name(), "ended");
}

#[test]
fn a_sink_that_hangs_holds_up_neither_its_giver_nor_another_lane() {
    let (stuck, free) = (Fakes::default(), Fakes::default());
    stuck.be(How::Hangs);
    let (one, _) = lane(Settings { queue: 100_000, ..settings() }, &stuck);
    let (other, _) = lane(settings(), &free);
    let start = Instant::now();
    let (mut full, mut shed) = (0, 0);
    for at in 0..500 {
        let mut mine = parcel(at * 10..at * 10 + 10);
        if one.hand(&mut mine) == Handed::Full {
            assert_eq!(mine.len(), 10, "a parcel that is refused stays whole");
            full += 1;
            mine.messages().for_each(|message| {
                one.shed(message.label.worth);
                shed += 1;
            });
        }
        assert_eq!(other.hand(&mut parcel(at * 10..at * 10 + 10)), Handed::Taken);
    }
    assert!(start.elapsed() < Duration::from_secs(5) && full > 0);
    assert!(other.wait_safe(5000, Some(Duration::from_secs(10))) && free.arrived().len() == 5000);
    assert!(!one.wait_below(1, Some(Duration::from_millis(20))));
    let balance = one.stats().balance();
    assert!(balance.is_even() && one.stats().dropped(Reason::Queue).get().messages == shed, "{balance:?}");
    assert!(one.fill() < 100_000 + 20_000);
    stuck.be(How::Takes);
    assert!(one.wait_below(1, Some(Duration::from_secs(10))));
    assert!(one.stats().balance().is_even());
}

#[test]
fn what_waits_for_room_gets_it_when_the_sink_goes_on() {
    let fakes = Fakes::default();
    fakes.be(How::Hangs);
    let (lane, _) = lane(Settings { queue: 20_000, on_full: OnFull::Wait, ..settings() }, &fakes);
    let mut at = 0;
    while lane.hand(&mut parcel(at..at + 10)) == Handed::Taken {
        at += 10;
    }
    let fakes_too = fakes.clone();
    let helper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        fakes_too.be(How::Takes);
    });
    assert!(lane.wait_below(lane.bound(), None));
    assert_eq!(lane.hand(&mut parcel(at..at + 10)), Handed::Taken);
    assert!(lane.wait_safe(at + 10, Some(Duration::from_secs(10))));
    helper.join().unwrap();
    assert!(fakes.arrived().iter().copied().eq(0..at + 10));
}
