//! A daemon that is killed leaves the way back, and the next one says what came in between.

use std::fs;
use std::time::Duration;

use oyez_testkit::live::{Turn, status};

use crate::daemon::{Home, add_rules, assert_as_found};
use crate::games::{self, Storm};
use crate::truth::count_missing;
use crate::until::until;

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn a_run_after_a_kill_tells_what_may_be_missed_and_puts_back_what_the_killed_one_had_found() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new("[kernel]\nbacklog_limit = 4096\nbacklog_max = 4096");
    let first = home.start("out", &[]);
    add_rules();
    let storm = Storm::start(&home.yard(), 2, Duration::from_micros(500));
    until("a serial in the state file", || home.state()?["last_serial"].as_u64());
    let killed = first.pid();
    first.kill();
    let mut done: Vec<_> = storm.stop().concat();
    assert_eq!(home.state().unwrap()["ended"], false);
    assert_eq!(status().unwrap()["backlog_limit"], 4096, "the killed one put nothing back");

    let between = home.yard().join("between");
    fs::create_dir(&between).unwrap();
    done.extend(games::opens(&between, 50));
    let second = home.start("out", &[]);
    let start = second.events().of("OYEZ_START").last().unwrap().clone();
    assert_eq!(start["oyez"]["after_crash_of"], killed);
    assert!(second.errors().contains(&format!("an earlier oyez (pid {killed}) did not end in order")));
    second.catch_up(&home.yard());
    until("the loss", || (second.events().told_lost("restart") > 0).then_some(()));

    let events = second.events();
    let (missing, told) = (count_missing(&done, &events.paths()), events.told_lost("restart"));
    // A host that was booted with audit=1 keeps records while nobody reads: then fewer are missing than were done.
    assert!(missing <= told, "{missing} missing, {told} told");
    assert!(events.torn <= 1, "only the line at which the first was killed may be torn");
    let end = second.end();
    assert_eq!((end.code, end.book("missed before start")), (Some(0), told), "{}", end.errors);
    assert!(!home.state_file().exists());
    assert_as_found(&turn);
}
