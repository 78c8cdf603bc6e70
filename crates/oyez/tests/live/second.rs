//! A second daemon never takes the place of the first.

use std::time::Duration;

use oyez_testkit::live::{Turn, status};

use crate::daemon::{Home, add_rules, assert_as_found};
use crate::games::Storm;
use crate::truth::assert_each_once;

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn a_second_daemon_is_refused_or_listens_beside_the_first_which_loses_nothing() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new("");
    let first = home.start("first", &[]);
    add_rules();
    let storm = Storm::start(&home.yard(), 1, Duration::from_micros(500));

    let refused = home.run(&["--mode", "unicast"]);
    assert_eq!(refused.code, Some(5), "{}", refused.errors);
    assert!(refused.errors.contains(&format!("pid {}", first.pid())), "{}", refused.errors);

    let second = home.start("second", &["--mode", "auto"]);
    let start = second.events().of("OYEZ_START").next().unwrap().clone();
    assert_eq!((&start["oyez"]["mode"], &start["oyez"]["kernel_pid"]), (&"multicast".into(), &first.pid().into()));
    let done = storm.stop().concat();
    let beside = crate::games::opens(&home.yard().join("beside"), 300);
    second.catch_up(&home.yard());
    assert_each_once(&beside, &second.events().paths());
    let status_before = status().unwrap()["pid"];
    let ended = second.end();
    assert!(
        ended.errors.contains(&format!("(pid {}) is the registered audit daemon", first.pid())),
        "{}",
        ended.errors
    );
    assert!(ended.errors.contains("listening by multicast"), "{}", ended.errors);
    assert_eq!(ended.code, Some(0));
    assert_eq!([status_before, status().unwrap()["pid"]], [u64::from(first.pid()); 2]);
    assert_eq!(home.state().unwrap()["pid"], first.pid(), "the state is the first's");

    first.catch_up(&home.yard());
    let events = first.events();
    assert_each_once(&[done, beside].concat(), &events.paths());
    let end = first.end();
    end.assert_nothing_lost();
    assert_as_found(&turn);
}
