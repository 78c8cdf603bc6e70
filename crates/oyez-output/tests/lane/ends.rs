//! Ends: in time, hurried, and without whoever hangs.

use std::time::{Duration, Instant};

use oyez_output::queue::Handed;
use oyez_output::stats::{Reason, State};

use super::fakes::{Fakes, How, lane, parcel, settings, until};

const MOMENT: Duration = Duration::from_millis(100);

#[test]
fn an_end_brings_out_what_can_be_brought_in_its_time_and_counts_the_rest() {
    let fakes = Fakes::default();
    let (lane, told) = lane(settings(), &fakes);
    fakes.take_only(3);
    let _ = lane.hand(&mut parcel(0..10));
    let start = Instant::now();
    let ending = lane.end(start + MOMENT);
    assert!(!ending.is_over() && ending.wait(start + Duration::from_secs(5)));
    assert!((MOMENT..Duration::from_secs(2)).contains(&start.elapsed()), "{:?}", start.elapsed());
    let balance = ending.stats().balance();
    assert_eq!((balance.acked.messages, balance.dropped[Reason::End as usize].messages), (3, 7));
    assert!(balance.is_even() && told.has("Lost(End)") && fakes.closed() == 1);
    let mut tickets = ending.lost_tickets();
    tickets.sort_unstable();
    assert_eq!(tickets, [4, 5, 6, 7, 8, 9, 10]);
}

#[test]
fn a_hurried_end_comes_at_once() {
    let fakes = Fakes::default();
    fakes.be(How::HangsPatiently);
    let (lane, _) = lane(settings(), &fakes);
    let _ = lane.hand(&mut parcel(0..10));
    until(|| fakes.is_asked());
    let start = Instant::now();
    let ending = lane.end(start + Duration::from_mins(1));
    assert!(!ending.wait(start + MOMENT));
    ending.handle().hurry();
    assert!(ending.wait(start + Duration::from_secs(5)));
    let balance = ending.stats().balance();
    assert!(balance.is_even() && balance.lost().messages == 10, "{balance:?}");
}

#[test]
fn an_end_during_a_wait_for_the_next_attempt_does_not_wait_for_it() {
    let fakes = Fakes::default();
    fakes.be(How::Fails);
    let mut slow = settings();
    slow.retry.first = Duration::from_mins(1);
    let (lane, told) = lane(slow, &fakes);
    let _ = lane.hand(&mut parcel(0..1));
    until(|| told.has("Fails"));
    let start = Instant::now();
    assert!(lane.end(start + MOMENT).wait(start + Duration::from_secs(5)));
}

#[test]
fn whoever_hangs_for_good_is_left_and_what_it_does_later_counts_no_more() {
    let fakes = Fakes::default();
    fakes.be(How::Hangs);
    let (lane, _) = lane(settings(), &fakes);
    let _ = lane.hand(&mut parcel(0..10));
    until(|| fakes.is_asked());
    let _ = lane.hand(&mut parcel(10..20));
    let _ = lane.hand(&mut parcel(20..30));
    let handle = lane.handle();
    let ending = lane.end(Instant::now());
    assert!(!ending.wait(Instant::now() + MOMENT));
    assert_eq!(ending.abandon().len() + 10, 30, "what it has in hand cannot be asked for tickets");
    let balance = handle.stats().balance();
    assert!(balance.is_even() && balance.dropped[Reason::End as usize].messages == 30, "{balance:?}");
    fakes.be(How::Takes);
    until(|| fakes.closed() == 1);
    assert_eq!((handle.stats().balance(), handle.stats().health.state()), (balance, State::Ended));
}

#[test]
fn a_lane_that_is_dropped_ends_by_itself() {
    let fakes = Fakes::default();
    let (lane, told) = lane(settings(), &fakes);
    let _ = lane.hand(&mut parcel(0..10));
    drop(lane);
    until(|| told.has("Ended"));
    assert_eq!(fakes.arrived().len(), 10);
}

#[test]
fn nothing_is_taken_after_an_end_without_anything_to_do() {
    let fakes = Fakes::default();
    let (lane, _) = lane(settings(), &fakes);
    let handle = lane.handle();
    assert!(lane.end(Instant::now() + Duration::from_mins(1)).wait(Instant::now() + Duration::from_secs(5)));
    assert_eq!((handle.fill().0, handle.settled()), (0, None));
    assert!(handle.stats().balance().taken.is_zero());
    let (other, _) = super::fakes::lane(settings(), &fakes);
    assert_eq!(other.hand(&mut parcel(0..1)), Handed::Taken);
}
