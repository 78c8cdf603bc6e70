//! More than there is room for: the loss is counted and told, and the host goes on.

use std::time::{Duration, Instant};

use oyez_testkit::live::{Turn, status};
use rustix::process::Signal;

use crate::daemon::{Home, add_rules, assert_as_found, read_all};
use crate::events::Events;
use crate::games;
use crate::truth::count_missing;
use crate::until::until;

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn what_a_blocked_output_cannot_take_is_told_as_loss_while_the_workload_goes_on() {
    const OPENS: u64 = 10_000;
    let Some(turn) = Turn::take() else { return };
    let home = Home::new("[receive]\nqueue = \"1MiB\"\n[kernel]\nbacklog_limit = 64");
    let (daemon, pipe) = home.start_on_pipe();
    add_rules();
    let done = games::opens(&home.yard(), OPENS);

    let reader = std::thread::spawn(move || read_all(pipe));
    let end = daemon.end();
    let events = Events::read(&reader.join().unwrap());
    end.assert_balanced(&events);
    let (lost, told) = (end.book("queue drops"), events.told_lost("queue"));
    assert!(lost > 0 && told == lost, "{told} told, {}", end.errors);
    // An event whose PATH record was dropped is missing; it lost one record at least.
    let missing = count_missing(&done, &events.paths());
    assert!((1..=lost).contains(&missing), "{missing} missing, {}", end.errors);
    assert_as_found(&turn);
}

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn what_a_full_backlog_drops_is_told_as_loss_and_no_task_waits_for_ever() {
    const OPENS: u64 = 300;
    let Some(turn) = Turn::take() else { return };
    let home = Home::new(
        "[kernel]\nbacklog_limit = 64\nbacklog_wait_time = 2\n[receive]\nbuffer = \"64KiB\"\nbatch_delay = 0",
    );
    let daemon = home.start("out", &[]);
    add_rules();
    let lost_before = status().unwrap()["lost"];
    daemon.signal(Signal::STOP);
    let start = Instant::now();
    let done = games::opens(&home.yard(), OPENS);
    assert!(start.elapsed() < Duration::from_secs(30), "the workload was blocked for {:?}", start.elapsed());
    daemon.signal(Signal::CONT);

    // A socket that nobody read for long enough has lost the registration; it comes back.
    until("events again", || {
        games::opens(&home.yard().join("after"), 1);
        daemon.wrote("after/storm").then_some(())
    });
    let (end, events) = daemon.end_with_events();
    end.assert_balanced(&events);
    let lost = status().unwrap()["lost"] - lost_before;
    assert!(lost > 0, "{}", end.errors);
    assert_eq!((end.book("kernel lost"), events.told_lost("kernel")), (lost, lost), "{}", end.errors);
    assert!(count_missing(&done, &events.paths()) > 0);
    assert_as_found(&turn);
}
