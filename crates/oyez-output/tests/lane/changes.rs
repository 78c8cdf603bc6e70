//! Sinks that are changed, opened anew, or gone, while messages wait.

use std::time::{Duration, Instant};

use oyez_output::Kind;
use oyez_output::lane::{Error, Settings, Spooling};
use oyez_output::queue::Handed;
use oyez_output::spool;
use oyez_output::stats::{Reason, State};

use super::fakes::{Fakes, How, lane, parcel, settings, until};

const LONG: Option<Duration> = Some(Duration::from_secs(10));

#[test]
fn a_changed_sink_takes_over_what_waits_and_nothing_is_lost_or_doubled() {
    let (old, new) = (Fakes::default(), Fakes::default());
    let (lane, told) = lane(settings(), &old);
    old.take_only(25);
    for at in 0..50 {
        assert_eq!(lane.hand(&mut parcel(at * 10..at * 10 + 10)), Handed::Taken);
    }
    until(|| old.arrived().len() == 25 && lane.stats().health.state() == State::Failing);
    let changed = Settings { queue: 1 << 20, ..settings() };
    lane.change(changed, Some(&new as &dyn Kind)).unwrap();
    assert_eq!(lane.hand(&mut parcel(500..510)), Handed::Taken);
    assert!(lane.wait_safe(510, LONG) && lane.bound() == 1 << 20);
    let arrived = [old.arrived(), new.arrived()].concat();
    assert!(arrived.iter().copied().eq(0..510), "{arrived:?}");
    assert!(lane.stats().balance().is_even() && old.closed() == 1 && told.has("Works"));
}

#[test]
fn a_working_sink_has_what_came_before_the_change() {
    let (old, new) = (Fakes::default(), Fakes::default());
    old.be(How::Hangs);
    let (lane, _) = lane(settings(), &old);
    let _ = lane.hand(&mut parcel(0..10));
    let _ = lane.hand(&mut parcel(10..20));
    lane.change(settings(), Some(&new as &dyn Kind)).unwrap();
    let _ = lane.hand(&mut parcel(20..30));
    old.be(How::Takes);
    assert!(lane.wait_safe(30, LONG));
    assert!(old.arrived().iter().copied().eq(0..20) && new.arrived().iter().copied().eq(20..30));
}

#[test]
fn a_target_is_opened_anew_between_what_came_before_and_after() {
    let fakes = Fakes::default();
    fakes.be(How::Hangs);
    let (lane, told) = lane(settings(), &fakes);
    for at in 0..4 {
        let _ = lane.hand(&mut parcel(at..at + 1));
        lane.reopen();
    }
    fakes.be(How::Takes);
    assert!(lane.wait_safe(4, LONG));
    until(|| fakes.reopened().len() == 4);
    assert_eq!(fakes.reopened(), [1, 2, 3, 4]);
    assert!(told.has("NotReopened(\"cannot open it anew\")"));
}

#[test]
fn another_spool_takes_another_lane() {
    let fakes = Fakes::default();
    let (lane, _) = lane(settings(), &fakes);
    let spooling = Spooling { path: "x".into(), settings: spool::Settings::DEFAULT, sync_every: Duration::ZERO };
    let error = lane.change(Settings { spool: Some(spooling), ..settings() }, None).unwrap_err();
    assert!(matches!(error, Error::OtherSpool));
    let missing =
        Spooling { path: "/nowhere/x".into(), settings: spool::Settings::DEFAULT, sync_every: Duration::ZERO };
    let setup =
        super::fakes::setup(Settings { spool: Some(missing), ..settings() }, &fakes, &super::fakes::Told::default());
    assert!(matches!(oyez_output::Lane::start(setup), Err(Error::Spool(_))));
}

#[test]
fn what_will_never_work_again_is_told_once_and_takes_nothing_more() {
    let fakes = Fakes::default();
    fakes.be(How::Hangs);
    let (lane, told) = lane(settings(), &fakes);
    for at in 0..10 {
        let _ = lane.hand(&mut parcel(at * 10..at * 10 + 10));
    }
    fakes.be(How::Vanished);
    until(|| lane.stats().balance().held().is_zero());
    until(|| lane.hand(&mut parcel(100..101)) == Handed::Gone);
    let balance = lane.stats().balance();
    assert!(balance.is_even() && lane.stats().dropped(Reason::Failed).get() == balance.taken, "{balance:?}");
    let mut tickets = lane.lost_tickets();
    tickets.sort_unstable();
    assert!(tickets.into_iter().map(u64::from).eq(1..=balance.taken.messages));
    assert!(lane.lost_tickets().is_empty() && lane.is_safe(lane.handed()));
    until(|| told.has("Ended"));
    assert_eq!(told.all(), ["Gone(\"cannot write: nobody reads\")", "Lost(Failed)", "Ended"]);
    assert!(matches!(lane.change(settings(), None), Err(Error::Ended)));
}

#[test]
fn a_sink_that_panics_loses_what_it_had_and_says_so() {
    let fakes = Fakes::default();
    fakes.be(How::Panics);
    let (lane, told) = lane(settings(), &fakes);
    let _ = lane.hand(&mut parcel(0..10));
    until(|| told.has("Ended"));
    assert!(told.has("Gone(\"its thread has failed\")") && told.has("Lost(Failed)"));
    assert!(lane.stats().balance().is_even() && lane.stats().balance().lost().messages == 10);
    assert_eq!(lane.hand(&mut parcel(10..11)), Handed::Gone);
    assert!(lane.end(Instant::now()).is_over());
}
