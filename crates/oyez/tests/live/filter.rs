//! The filter on the socket: what it drops is nowhere, and nothing else is missing.

use std::time::Duration;

use oyez_testkit::live::{Turn, auditctl};
use serde_json::Value;

use crate::daemon::{Home, add_rules};
use crate::events::Events;
use crate::games::{self, Storm};
use crate::truth::assert_each_once;
use crate::until::until;

/// Keeps titles from being made, for uid 5 alone.
const WITHOUT_TITLES: &str = "never,exclude -F msgtype=PROCTITLE -F uid=5";

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn every_open_comes_out_once_though_no_eoe_reaches_us() {
    let Some(_turn) = Turn::take() else { return };
    let home = Home::new("");
    let daemon = home.start("out", &[]);
    add_rules();
    let mut done = games::opens(&home.yard(), 5_000);
    let storm = Storm::start(&home.yard().join("none"), 3, Duration::ZERO);
    std::thread::sleep(Duration::from_millis(100));
    done.extend(storm.stop().into_iter().flatten());
    daemon.catch_up(&home.yard());
    assert_eq!(home.state().unwrap()["filtered"], serde_json::json!([1320]));
    let (end, events) = daemon.end_with_events();
    assert_each_once(&done, &events.paths());
    end.assert_balanced(&events);
    end.assert_nothing_lost();
    assert_eq!(events.of("OYEZ_START").next().unwrap()["oyez"]["filtered"], "EOE");
    assert_eq!(end.book("received"), records(&events), "every record received is in an event: none was an EOE");
}

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn rules_that_exclude_titles_come_and_go_in_a_storm_that_loses_nothing() {
    let Some(_turn) = Turn::take() else { return };
    // An event that is over without a title before the rules are read again speaks against the filter for good.
    let home = Home::new("[group]\nincomplete = \"5s\"");
    let daemon = home.start("out", &[]);
    add_rules();
    let storm = Storm::start(&home.yard(), 2, Duration::from_micros(500));
    for (change, filtered) in [("-a", false), ("-d", true), ("-a", false), ("-d", true)] {
        std::thread::sleep(Duration::from_millis(300));
        let before = daemon.events_of("OYEZ_FILTER").len();
        auditctl(&format!("{change} {WITHOUT_TITLES}"));
        let told = until("another filter", || daemon.events_of("OYEZ_FILTER").get(before).cloned());
        assert_eq!(told["oyez"]["filtered"] == "EOE", filtered, "{told}");
    }
    std::thread::sleep(Duration::from_millis(300));
    let done: Vec<_> = storm.stop().into_iter().flatten().collect();
    daemon.catch_up(&home.yard());
    let (end, events) = daemon.end_with_events();
    assert_each_once(&done, &events.paths());
    end.assert_balanced(&events);
    assert_eq!((end.book("lost"), end.book("late"), end.book("kernel lost")), (0, 0, 0), "{}", end.errors);
    // What was done between a new rule and the filter's end has neither title nor EOE; that is a few milliseconds of seconds.
    let incomplete = end.book("incomplete");
    assert!(incomplete < done.len() as u64 / 8, "{incomplete} of {}: {}", done.len(), end.errors);
}

/// How many records the kernel's events have.
fn records(events: &Events) -> u64 {
    let count = |event: &Value| event["records"].as_array().map_or(0, Vec::len);
    events.of_kernel().map(count).sum::<usize>() as u64
}
