//! A disk that fails once, at every single call, and one that is full for a while.

use super::super::{Fault, Settings, Simulated, Spool, Sync};
use super::story::Story;
use super::{EACH, SMALL, append, drain, empties, open};

/// Plays the story over one fault, opening again if that is what failed; whether it came so far.
fn over(calls: u64, fault: Fault, settings: Settings) -> Option<(Simulated, Story, Spool<Simulated>)> {
    let (disk, mut story) = (Simulated::default(), Story::default());
    disk.fail_after(calls, fault);
    let opened = Spool::on(disk.clone(), settings).or_else(|_| Spool::on(disk.clone(), settings));
    let (mut spool, _) = opened.unwrap();
    story.play(&mut spool, settings.sync);
    (disk.calls() > calls).then_some((disk, story, spool))
}

fn is_survived(fault: Fault, settings: Settings) {
    let mut calls = 0;
    while let Some((disk, story, mut spool)) = over(calls, fault, settings) {
        let context = format!("{fault:?} after {calls} calls: {story:?}");
        if fault == Fault::Short {
            assert_eq!(story.appended.len(), 72, "{context}");
        }
        spool.rewind();
        let handed_out = drain(&mut spool);
        let evicted = usize::try_from(story.told.evicted.entries).unwrap();
        let due: Vec<u64> = story.appended.iter().copied().filter(|id| *id > story.acked).collect();
        assert!(due.ends_with(&handed_out) && due.len() - handed_out.len() <= evicted, "{handed_out:?} of {context}");
        assert!(story.told.damaged.is_zero() && spool.losses().is_zero(), "{context}");
        let left = disk.after_power_failure(calls);
        drop(spool);
        let (mut spool, recovered) = open(&left, settings);
        story.comes_out(&drain(&mut spool), &recovered);
        spool.rewind();
        empties(spool, &left, settings);
        calls += 1;
    }
    assert!(calls > 200, "{calls} calls");
}

#[test]
fn one_failure_of_any_call_costs_at_most_that_call() {
    for fault in [Fault::Io, Fault::Full, Fault::Short] {
        is_survived(fault, EACH);
        is_survived(fault, SMALL);
    }
}

#[test]
fn a_full_disk_refuses_entries_until_there_is_room_again() {
    for settings in [EACH, SMALL, Settings { sync: Sync::Never, ..SMALL }] {
        for room in (5000..7000).step_by(13) {
            let disk = Simulated::default();
            let (mut spool, _) = open(&disk, settings);
            disk.set_room(Some(room));
            let taken: Vec<u64> = (1..40).filter(|id| append(&mut spool, *id).is_ok()).collect();
            assert!(!taken.is_empty() && taken.len() < 39, "{} taken", taken.len());
            assert!(spool.losses().is_zero(), "a full disk evicts nothing");
            assert_eq!(drain(&mut spool), taken);
            disk.set_room(None);
            append(&mut spool, 40).unwrap();
            spool.rewind();
            let all = drain(&mut spool);
            assert_eq!((&all[..taken.len()], &all[taken.len()..]), (taken.as_slice(), [40].as_slice()));
            spool.rewind();
            drop(spool);
            let (mut spool, recovered) = open(&disk, settings);
            assert_eq!((recovered.held.entries, drain(&mut spool)), (all.len() as u64, all));
        }
    }
}

#[test]
fn acknowledging_makes_room_on_a_full_disk() {
    let disk = Simulated::default();
    let (mut spool, _) = open(&disk, EACH);
    disk.set_room(Some(6000));
    let mut id = 0;
    while append(&mut spool, id + 1).is_ok() {
        id += 1;
    }
    let mut batch = super::super::Batch::default();
    spool.read(usize::MAX, &mut batch).unwrap();
    spool.ack(batch.position().unwrap()).unwrap();
    append(&mut spool, id + 1).unwrap();
    assert_eq!(drain(&mut spool), [id + 1]);
}
