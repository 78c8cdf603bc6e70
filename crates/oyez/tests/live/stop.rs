//! The end, in the middle of work.

use std::collections::BTreeSet;
use std::time::Duration;

use oyez_testkit::live::Turn;

use crate::daemon::{Home, add_rules, assert_as_found};
use crate::games::Storm;
use crate::truth::count_missing;
use crate::until::until;

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn a_run_ended_in_a_storm_balances_its_books_and_puts_the_host_back() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new("");
    let daemon = home.start("out", &[]);
    add_rules();
    let storm = Storm::start(&home.yard(), 2, Duration::ZERO);
    until("a thousand events", || (daemon.events().of_kernel().count() > 1000).then_some(()));
    let (end, events) = daemon.end_with_events();
    let done = storm.stop();
    end.assert_balanced(&events);
    assert_eq!(events.torn, 0);
    // Of what each thread did before the end nothing is missing but what was counted as lost.
    let heard = events.paths();
    let paths: BTreeSet<_> = heard.iter().collect();
    for done in done {
        let last = done.iter().rposition(|path| paths.contains(path)).unwrap();
        let missing = count_missing(&done[..=last], &heard);
        assert!(missing <= end.book("lost") + end.book("kernel lost"), "{missing} missing: {}", end.errors);
    }
    assert_as_found(&turn);
}
