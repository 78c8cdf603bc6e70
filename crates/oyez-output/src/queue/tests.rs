//! What the queue keeps together, gives back, and remembers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{FULL, Handed, LINE, MARKS, MERGED, Queue, TICKETS, Wanted};
use crate::parcel::{Label, Parcel};
use crate::stats::{Reason, Stats};

fn queue(bound: u64) -> Queue {
    Queue::new(bound, false, Arc::new(Stats::default()))
}

fn of(text: &[u8], ticket: u32) -> Parcel {
    let mut parcel = Parcel::default();
    parcel.push(&Label { ticket, ..Label::default() }, |lines| lines.extend_from_slice(text));
    parcel
}

fn give(queue: &Queue, text: &[u8]) {
    let mut parcel = of(text, 0);
    assert_eq!(queue.hand(&mut parcel), (Handed::Taken, false));
    assert!(parcel.is_empty());
}

fn sizes(queue: &Queue) -> Vec<(u64, usize, usize)> {
    let taken = std::iter::from_fn(|| queue.take());
    taken.map(|taken| (taken.start, taken.parcel.len(), taken.parcel.lines().len())).collect()
}

#[test]
fn small_parcels_that_wait_become_one_and_large_or_fenced_ones_stay() {
    let queue = queue(1 << 30);
    for text in [&b"one\n"[..], b"two\n", &vec![b'x'; MERGED], b"three\n"] {
        give(&queue, text);
    }
    assert_eq!(queue.fence(), 4);
    give(&queue, b"four\n");
    assert_eq!(sizes(&queue), [(0, 2, 8), (2, 1, MERGED), (3, 1, 6), (4, 1, 5)]);
}

#[test]
fn an_emptied_parcel_comes_back_with_its_memory_but_not_that_of_a_huge_line() {
    let queue = queue(1 << 30);
    let mut parcel = super::parcel();
    parcel.push(&Label::default(), |lines| lines.resize(MERGED + 1, b'x'));
    let memory = parcel.lines().as_ptr();
    assert_eq!(queue.hand(&mut parcel).0, Handed::Taken);
    let taken = queue.take().unwrap();
    queue.recycle(taken.parcel);
    parcel.push(&Label::default(), |lines| lines.resize(8 * FULL, b'x'));
    assert_eq!(queue.hand(&mut parcel).0, Handed::Taken);
    parcel.push(&Label::default(), |lines| lines.push(b'x'));
    assert_eq!(parcel.lines().as_ptr(), memory);
    let mut huge = queue.take().unwrap().parcel;
    huge.clear(FULL + LINE);
    huge.push(&Label::default(), |lines| assert!(lines.capacity() < 2 * FULL, "{}", lines.capacity()));
}

#[test]
fn marks_and_tickets_are_bounded_and_the_latest_mark_stands_for_those_before() {
    let queue = queue(1 << 30);
    for mark in 0..3 * MARKS as u64 {
        give(&queue, b"x\n");
        queue.note(mark);
    }
    assert_eq!((queue.settled(), queue.lock().marks.len()), (None, MARKS));
    while let Some(taken) = queue.take() {
        queue.release(taken.parcel.size() as u64, Some(taken.start + taken.parcel.len() as u64));
    }
    assert_eq!((queue.settled(), queue.fill()), (Some(3 * MARKS as u64 - 1), 0));
    queue.note(1000);
    assert_eq!(queue.settled(), Some(1000), "nothing waits");
    queue.lose_tickets(1..=2 * u32::try_from(TICKETS).unwrap());
    assert_eq!((queue.lost_tickets().len(), queue.lost_tickets().len()), (TICKETS, 0));
}

#[test]
fn what_is_in_hand_is_not_safe_though_all_behind_it_was_dropped() {
    let stats = Arc::new(Stats::default());
    let queue = Queue::new(1000, true, Arc::clone(&stats));
    give(&queue, &[b'x'; 600]);
    let taken = queue.take().unwrap();
    assert_eq!(queue.hand(&mut of(&[b'y'; 200], 7)), (Handed::Taken, false));
    queue.note(2);
    queue.fence();
    assert_eq!(queue.hand(&mut of(&[b'z'; 200], 8)), (Handed::Taken, true));
    assert_eq!((queue.lost_tickets(), queue.settled(), queue.is_safe(1)), (vec![7], None, false));
    assert_eq!(stats.dropped(Reason::Queue).get().bytes, 200);
    queue.release(taken.parcel.size() as u64, Some(u64::MAX));
    assert_eq!((queue.settled(), queue.is_safe(2), queue.is_safe(3)), (Some(2), true, false));
}

#[test]
fn waits_end_in_time_and_nobody_waits_for_who_is_gone() {
    let queue = queue(1 << 20);
    give(&queue, b"one\n");
    let (start, moment) = (Instant::now(), Duration::from_millis(20));
    assert!(!queue.wait_below(1, Some(moment)) && start.elapsed() >= moment);
    queue.wait_for(Wanted::Nothing, moment);
    assert!(start.elapsed() >= 2 * moment);
    queue.wait_for(Wanted::Parcels(1, usize::MAX), Duration::from_hours(1));
    assert_eq!(queue.leave(Reason::End).messages, 1);
    assert!(queue.wait_safe(1, None) && queue.wait_below(1, None));
    assert_eq!(queue.hand(&mut of(b"two\n", 0)).0, Handed::Gone);
}
