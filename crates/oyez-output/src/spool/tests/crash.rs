//! The process ends, or the power fails, at every single call of the disk.

use super::super::{Fault, Settings, Simulated, Spool, Sync};
use super::story::Story;
use super::{EACH, SMALL, append, drain, empties, open};

/// Plays the story until the process ends in the call after `calls` others; whether it came so far.
fn until(calls: u64, settings: Settings) -> Option<(Simulated, Story)> {
    let (disk, mut story) = (Simulated::default(), Story::mortal());
    disk.fail_after(calls, Fault::Crash);
    if let Ok((mut spool, _)) = Spool::on(disk.clone(), settings) {
        story.play(&mut spool, settings.sync);
    }
    (disk.calls() > calls).then_some((disk, story))
}

/// Opens what is left, and holds it to the story.
fn goes_on(disk: &Simulated, story: &Story, settings: Settings) {
    let (mut spool, recovered) = open(disk, settings);
    let handed_out = drain(&mut spool);
    story.comes_out(&handed_out, &recovered);
    // The first cursor is synced before anything else is done.
    assert!(!recovered.cursor_lost || settings.sync == Sync::Never || story.appended.is_empty());
    if settings.sync == Sync::Each {
        assert!(spool.losses().damaged.is_zero());
    }
    // It is a whole spool again.
    append(&mut spool, 1_000_000).unwrap();
    assert_eq!(drain(&mut spool), [1_000_000]);
    spool.rewind();
    let again = drain(&mut spool);
    assert!(again.ends_with(&[1_000_000]) && again.len() <= handed_out.len() + 1);
    spool.rewind();
    empties(spool, disk, settings);
}

/// Ends the process at every call, and lets the power fail then in several ways. Returns how many calls there are.
fn at_every_call(settings: Settings, ways: u64) -> u64 {
    let mut calls = 0;
    while let Some((disk, story)) = until(calls, settings) {
        let mut whole = story;
        let durable = whole.durable;
        whole.durable = whole.appended.len();
        goes_on(&disk.copy(), &whole, settings);
        whole.durable = durable;
        for way in 0..ways {
            goes_on(&disk.after_power_failure(calls * 1000 + way), &whole, settings);
        }
        calls += 1;
    }
    calls
}

#[test]
fn synced_entries_survive_a_power_failure_at_any_call() {
    let calls = at_every_call(EACH, 12);
    assert!(calls > 250, "{calls} calls");
}

#[test]
fn entries_synced_by_interval_survive_a_power_failure_at_any_call() {
    let calls = at_every_call(SMALL, 12);
    assert!(calls > 150, "{calls} calls");
}

#[test]
fn entries_that_are_never_synced_survive_the_end_of_the_process_at_any_call() {
    let calls = at_every_call(Settings { sync: Sync::Never, ..SMALL }, 12);
    assert!(calls > 150, "{calls} calls");
}

#[test]
fn a_crash_during_recovery_loses_nothing() {
    for calls in (0..).step_by(7) {
        let Some((disk, story)) = until(calls, EACH) else { break };
        for within in 0.. {
            let left = disk.after_power_failure(calls);
            left.fail_after(within, Fault::Crash);
            let opened = Spool::on(left.clone(), EACH).is_ok();
            goes_on(&left.after_power_failure(within), &story, EACH);
            if opened && left.calls() <= within {
                break;
            }
        }
    }
}

#[test]
fn what_a_process_appends_after_another_was_killed_survives_a_power_failure() {
    for calls in 0.. {
        let Some((disk, story)) = until(calls, EACH) else { break };
        disk.restart();
        let (mut spool, recovered) = open(&disk, EACH);
        story.comes_out(&drain(&mut spool), &recovered);
        let added = [2_000_000, 2_000_001, 2_000_002];
        for id in added {
            append(&mut spool, id).unwrap();
        }
        for way in 0..4 {
            let left = disk.after_power_failure(calls * 1000 + way);
            let handed_out = drain(&mut open(&left, EACH).0);
            assert!(handed_out.ends_with(&added), "after {calls} calls: {handed_out:?}");
        }
    }
}
