//! What becomes of events, by each action, in order.

use oyez_filter::matcher::Judgement::{Drop, Keep, Pass};
use oyez_filter::matcher::{Counts, Matchers};

use super::support::{call, judge, matchers};

fn at(matchers: &mut Matchers, exe: &str, now: u64) -> bool {
    judge(matchers, &call(1, exe, "k"), now).0 == Pass
}

#[test]
fn rules_are_asked_in_their_order_until_one_decides() {
    let mut block = matchers(&[
        ("exe = '/a'", "keep"),
        ("key = 'k'", "tag:k"),
        ("tag = 'k'\nexe = '/b'", "drop"),
        ("tag = 'k'", "tag:k"),
        ("uid = 1000", "drop"),
    ]);
    assert_eq!(judge(&mut block, &call(1, "/a", "k"), 0), (Keep, vec![]));
    assert_eq!(judge(&mut block, &call(2, "/b", "k"), 0), (Drop, vec!["k".into()]));
    assert_eq!(judge(&mut block, &call(3, "/b", "x"), 0), (Drop, vec![]));
    let counts: Vec<_> = block.counts().map(|(name, counts)| (name.to_string(), counts)).collect();
    let of = |seen, matched, dropped, kept, tagged| Counts { seen, matched, dropped, kept, tagged };
    let wanted = [of(3, 1, 0, 1, 0), of(2, 1, 0, 0, 1), of(2, 1, 1, 0, 0), of(1, 0, 0, 0, 0), of(1, 1, 1, 0, 0)];
    assert_eq!(counts, wanted.into_iter().enumerate().map(|(at, counts)| (at.to_string(), counts)).collect::<Vec<_>>());
}

#[test]
fn a_sample_begins_with_the_first_and_is_spread() {
    let mut block = matchers(&[("", "sample:2/5")]);
    let passed: Vec<_> = (0..10).filter(|_| at(&mut block, "/a", 0)).count().to_string().chars().collect();
    assert_eq!(passed, ['4']);
    let mut block = matchers(&[("exe = '/a'", "sample:1/3")]);
    let passed: Vec<_> = (0..7).map(|_| at(&mut block, "/a", 0) && at(&mut block, "/b", 0)).collect();
    assert_eq!(passed, [true, false, false, true, false, false, true]);
}

#[test]
fn a_limit_is_counted_per_value_and_comes_back_with_time() {
    let mut block = matchers(&[("", "limit:3/s per exe")]);
    let mut passed = |exe, now| (0..10).filter(|_| at(&mut block, exe, now)).count();
    assert_eq!([passed("/a", 5000), passed("/b", 5000), passed("/a", 5333), passed("/a", 5334)], [3, 3, 0, 1]);
    assert_eq!([passed("/a", 5667), passed("/a", 5667), passed("/a", 60_000), passed("/a", 60_000)], [1, 0, 3, 0]);
    // The clock goes back a little, then a lot.
    assert_eq!([passed("/a", 900_000), passed("/a", 899_000)], [3, 0]);
    assert_eq!([passed("/a", 10), passed("/a", 1009), passed("/a", 1010)], [0, 2, 1]);
}

#[test]
fn a_limit_forgets_the_value_that_was_not_seen_longest() {
    let mut block = matchers(&[("", "limit:1/h per exe")]);
    for number in 0..4096 {
        assert!(at(&mut block, &format!("/{number}"), 0));
    }
    assert!(!at(&mut block, "/0", 0));
    assert!(at(&mut block, "/4096", 0));
    // "/1" made room for it.
    assert!(!at(&mut block, "/0", 0) && !at(&mut block, "/2", 0) && at(&mut block, "/1", 0));
}

#[test]
fn values_that_differ_only_far_behind_are_told_apart() {
    let mut block = matchers(&[("", "limit:1/h per exe,key")]);
    let long = format!("/{}", "x".repeat(1000));
    assert!(at(&mut block, &format!("{long}a"), 0) && at(&mut block, &format!("{long}b"), 0));
    assert!(!at(&mut block, &format!("{long}a"), 0) && at(&mut block, &long, 0));
}
