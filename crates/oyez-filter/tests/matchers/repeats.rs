//! Repeats come out once, then as one summary: nothing is silently gone.

use oyez_filter::matcher::{Judgement, Matchers};
use oyez_filter::{Said, Told};

use super::support::{call, judge, matchers};

fn passes(block: &mut Matchers, serial: u32, exe: &str, now: u64) -> bool {
    judge(block, &call(serial, exe, "k"), now).0 == Judgement::Pass
}

fn ticked(block: &mut Matchers, now: u64) -> Vec<Told> {
    let mut told = Vec::new();
    block.tick(now, &mut |it| told.push(it));
    told
}

fn finished(block: &mut Matchers) -> Vec<Told> {
    let mut told = Vec::new();
    block.finish(&mut |it| told.push(it));
    told
}

fn number(told: &Told, name: &str) -> i128 {
    let Some(Said::Number(number)) = told.get(name) else { panic!("{told:?}") };
    *number
}

#[test]
fn repeats_come_out_once_then_as_one_summary_at_the_windows_end() {
    let mut block = matchers(&[("key = 'k'", "suppress:60s per exe,exit,key,container")]);
    assert!(passes(&mut block, 1, "/a", 1000));
    assert!(!passes(&mut block, 2, "/a", 1500));
    assert!(passes(&mut block, 3, "/b", 2000));
    assert!(!passes(&mut block, 4, "/a", 60_999));
    assert!(block.is_waiting());
    assert_eq!(ticked(&mut block, 60_999), []);
    let told = ticked(&mut block, 61_000);
    let text = |text: &str| Said::Text(text.as_bytes().into());
    let fields: Vec<(Box<str>, Said)> = vec![
        ("filter".into(), text("0")),
        ("count".into(), Said::Number(2)),
        ("first".into(), text("2021-07-18T12:29:23.001Z")),
        ("last".into(), text("2021-07-18T12:29:23.004Z")),
        ("process.exe".into(), text("/a")),
        ("syscall.exit".into(), Said::Number(-13)),
        ("keys".into(), text("k")),
    ];
    assert_eq!(told, [Told { sec: 1_626_611_363, ms: 4, kind: "OYEZ_REPEATS", fields }]);
    // What came once needs no summary, and a new window opens.
    assert_eq!(ticked(&mut block, 62_000), []);
    assert!(!block.is_waiting());
    assert!(passes(&mut block, 5, "/a", 62_000));
    assert_eq!(finished(&mut block), []);
}

#[test]
fn a_window_that_ends_with_an_event_is_told_at_the_next_tick() {
    let mut block = matchers(&[("", "suppress:1s per exe")]);
    let passed: Vec<_> = [0, 500, 1000, 1500, 2000].map(|now| passes(&mut block, 1, "/a", now)).into();
    assert_eq!(passed, [true, false, true, false, true]);
    assert_eq!(ticked(&mut block, 2000).iter().map(|told| number(told, "count")).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(finished(&mut block), []);
}

#[test]
fn the_end_tells_what_was_not_told() {
    let mut block = matchers(&[("exe = '/a'", "suppress:1h per exe"), ("", "suppress:1h per key")]);
    for (serial, exe) in [(1, "/a"), (2, "/a"), (3, "/b"), (4, "/b"), (5, "/b")] {
        passes(&mut block, serial, exe, 0);
    }
    let told = finished(&mut block);
    let of = |told: &Told| (told.get("filter").cloned(), number(told, "count"));
    assert_eq!(told.iter().map(of).collect::<Vec<_>>(), [(Some("0".into()), 1), (Some("1".into()), 3)]);
    assert_eq!(finished(&mut block), []);
}

#[test]
fn every_repeat_is_in_one_summary_though_the_table_is_full_and_nobody_ticks() {
    let mut block = matchers(&[("", "suppress:1h per exe")]);
    let mut dropped = 0;
    for serial in 0..6000 {
        let exe = format!("/{serial}");
        assert!(passes(&mut block, serial, &exe, 0));
        for again in 0..serial % 3 {
            assert!(!passes(&mut block, serial + again, &exe, 0));
            dropped += 1;
        }
    }
    // 6,000 less the 4,096 that are held had to go; 1,904 with repeats in two of three is more than wait to be told.
    let told = ticked(&mut block, 0);
    let lumped = told.last().unwrap();
    assert_eq!((told.len(), lumped.get("process.exe")), (1025, None));
    assert!(number(lumped, "windows") > 200);
    let all: i128 = told.iter().chain(&finished(&mut block)).map(|told| number(told, "count")).sum();
    assert_eq!(all, dropped);
    assert_eq!(block.counts().map(|(_, counts)| i128::from(counts.dropped)).sum::<i128>(), dropped);
}

#[test]
fn a_clock_that_goes_back_neither_ends_windows_nor_keeps_them_open() {
    let mut block = matchers(&[("", "suppress:60s per exe")]);
    assert!(passes(&mut block, 1, "/a", 10_000_000));
    assert!(!passes(&mut block, 2, "/a", 9_999_000));
    assert!(!passes(&mut block, 3, "/a", 1000));
    assert_eq!(ticked(&mut block, 60_999), []);
    assert_eq!(ticked(&mut block, 61_000).iter().map(|told| number(told, "count")).collect::<Vec<_>>(), [2]);
}

#[test]
fn long_values_are_told_by_their_front() {
    let mut block = matchers(&[("", "suppress:60s per exe")]);
    let exe = format!("/{}", "x".repeat(2000));
    assert!(passes(&mut block, 1, &exe, 0) && !passes(&mut block, 2, &exe, 0));
    let told = finished(&mut block);
    let Some(Said::Text(text)) = told[0].get("process.exe") else { panic!("{told:?}") };
    assert!(text.starts_with(b"/xxx") && text.ends_with("…".as_bytes()) && text.len() < 600, "{told:?}");
}
