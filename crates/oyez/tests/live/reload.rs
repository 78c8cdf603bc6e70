//! A new configuration while records come in.

use std::time::Duration;

use oyez_testkit::live::Turn;
use rustix::process::Signal;
use serde_json::Value;

use crate::daemon::{Daemon, Home, add_rules, assert_as_found};
use crate::games::Storm;
use crate::truth::assert_each_once;
use crate::until::until;

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn a_good_and_a_bad_configuration_in_a_storm_lose_no_record() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new("");
    let daemon = home.start("out", &[]);
    add_rules();
    let storm = Storm::start(&home.yard(), 2, Duration::from_micros(300));
    until("the first events", || (daemon.events().of_kernel().count() > 20).then_some(()));

    home.configure("node = \"n1\"");
    assert_eq!(reload(&daemon, 1)["result"], "success");
    home.configure("nod = \"n2\"");
    let refused = reload(&daemon, 2);
    assert_eq!(refused["result"], "failed");
    assert!(refused["error"].as_str().unwrap().contains("nod"), "{refused}");
    home.configure("node = \"n3\"");
    assert_eq!(reload(&daemon, 3)["result"], "success");

    let done = storm.stop().concat();
    daemon.catch_up(&home.yard());
    let events = daemon.events();
    assert_each_once(&done, &events.paths());
    let mut nodes: Vec<_> = events.of_kernel().map(|event| event["node"].as_str().unwrap_or_default()).collect();
    nodes.dedup();
    assert_eq!(nodes, ["", "n1", "n3"], "each configuration counts from one event on, and the bad one never");
    let (end, events) = daemon.end_with_events();
    assert!(end.errors.contains("the configuration was not taken, the old one stays"), "{}", end.errors);
    end.assert_balanced(&events);
    end.assert_nothing_lost();
    assert_as_found(&turn);
}

/// Has the configuration read again, and waits until some events came after that; what was said of it.
fn reload(daemon: &Daemon, times: usize) -> Value {
    daemon.signal(Signal::HUP);
    until("the reload, and events after it", || {
        let events = daemon.events();
        let at = events.all.iter().enumerate().filter(|(_, event)| event["kind"] == "OYEZ_RELOAD").nth(times - 1)?.0;
        (events.all.len() > at + 20).then(|| events.all[at]["oyez"].clone())
    })
}
