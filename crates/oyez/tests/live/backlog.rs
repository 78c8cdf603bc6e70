//! More than there is room for: the loss is counted and told, and the host goes on.

use std::time::{Duration, Instant};

use oyez_testkit::live::{Turn, auditctl, status};
use rustix::process::Signal;

use crate::daemon::{Home, add_rules, assert_as_found};
use crate::events::Events;
use crate::games;
use crate::truth::{assert_each_once, count_missing};
use crate::until::until;

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn logins_come_out_of_a_storm_whose_reader_has_stopped_and_the_rest_is_told_by_type_and_key() {
    const OPENS: u64 = 10_000;
    let Some(turn) = Turn::take() else { return };
    let home = Home::new("[[output]]\ntype = \"stdout\"\nqueue = \"1MiB\"");
    let (daemon, mut reader) = home.start_on_reader();
    add_rules();
    reader.signal(Signal::STOP);
    let start = Instant::now();
    let mut done = Vec::new();
    for part in 0..4 {
        done.extend(games::opens(&home.yard().join(part.to_string()), OPENS / 4));
        // Only root may say such a thing, as login does.
        auditctl(&format!("-m login-{part}"));
    }
    assert!(start.elapsed() < Duration::from_mins(1), "the host was held up for {:?}", start.elapsed());
    // What stands in its queue is shed only when its turn comes.
    daemon.await_idle();
    reader.signal(Signal::CONT);
    let end = daemon.end();
    let events = Events::read(&reader.output());

    end.assert_balanced(&events);
    assert_eq!((end.book("lost"), end.book("kernel lost")), (0, 0), "{}", end.errors);
    for part in 0..4 {
        let is = |event: &&serde_json::Value| event.to_string().contains(&format!("login-{part}"));
        assert_eq!(events.of("USER").filter(is).count(), 1, "login-{part}: {}", end.errors);
    }
    let missing = count_missing(&done, &events.paths());
    assert!(missing > 0 && missing == end.book("events shed"), "{missing} missing: {}", end.errors);
    assert_eq!(events.told_lost("shed"), missing);
    for loss in events.of("OYEZ_LOSS").map(|loss| &loss["oyez"]).filter(|loss| loss["where"] == "shed") {
        assert_eq!((&loss["type"], &loss["key"]), (&"SYSCALL".into(), &"oyez".into()));
    }
    assert_as_found(&turn);
}

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn a_host_that_is_to_wait_is_slowed_down_and_loses_nothing() {
    const OPENS: u64 = 10_000;
    let Some(turn) = Turn::take() else { return };
    // Seven seconds and more, whatever the kernel's clock.
    let home = Home::new(
        "on_overload = \"wait\"\n[kernel]\nbacklog_limit = 64\nbacklog_max = 64\nbacklog_wait_time = 7000\n[receive]\n\
         buffer = \"64KiB\"\nbuffer_limit = \"64KiB\"\nqueue = \"1MiB\"\n[[output]]\ntype = \"stdout\"\nqueue = \"1MiB\"",
    );
    let (daemon, mut reader) = home.start_on_reader();
    add_rules();
    reader.signal(Signal::STOP);
    let yard = home.yard();
    let load = std::thread::spawn(move || games::opens(&yard, OPENS));
    // Nothing else than a full backlog shows that the host is held up.
    until("a full backlog", || (status().unwrap()["backlog"] > 64).then_some(()));
    std::thread::sleep(Duration::from_secs(2));
    assert!(!load.is_finished(), "the load waits");
    assert_eq!(status().unwrap()["pid"], u64::from(daemon.pid()), "the kernel did not give us up");
    reader.signal(Signal::CONT);
    let done = load.join().unwrap();
    // An end does not wait for an output that is behind.
    until("the last open", || reader.has(&format!("storm-0-{}\"", OPENS - 1)).then_some(()));
    let end = daemon.end();
    let events = Events::read(&reader.output());

    end.assert_balanced(&events);
    end.assert_no_record_lost();
    assert_each_once(&done, &events.paths());
    let told = events.of("OYEZ_THROTTLE").map(|told| told["oyez"]["jiffies"].as_u64().unwrap()).sum::<u64>();
    assert!(told > 0 && end.errors.contains("this host was slowed down"), "{}", end.errors);
    assert_as_found(&turn);
}

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn what_a_full_backlog_drops_is_told_as_loss_and_no_task_waits_for_ever() {
    const OPENS: u64 = 300;
    let Some(turn) = Turn::take() else { return };
    let home = Home::new(
        "[kernel]\nbacklog_limit = 64\nbacklog_max = 64\nbacklog_wait_time = 2\n[receive]\nbuffer = \"64KiB\"\nbatch_delay = 0",
    );
    let daemon = home.start("out", &[]);
    add_rules();
    let lost_before = status().unwrap()["lost"];
    daemon.signal(Signal::STOP);
    let start = Instant::now();
    let done = games::opens(&home.yard(), OPENS);
    assert!(start.elapsed() < Duration::from_mins(1), "the workload was blocked for {:?}", start.elapsed());
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
