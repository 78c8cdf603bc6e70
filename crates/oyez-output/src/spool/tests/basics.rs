//! What it does where nothing goes wrong.

use super::super::{Batch, Count, Error, Settings, Simulated, Spool, Sync, Worth};
use super::{EACH, SMALL, append, drain, fill, id, open, worth};

#[test]
fn entries_come_out_in_order_and_again_until_they_are_acknowledged() {
    let disk = Simulated::default();
    let (mut spool, _) = open(&disk, SMALL);
    (1..=9).for_each(|id| assert_eq!(append(&mut spool, id).unwrap(), id));
    assert_eq!(drain(&mut spool), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert!(drain(&mut spool).is_empty());
    spool.rewind();
    let mut batch = Batch::default();
    assert!(spool.read(usize::MAX, &mut batch).unwrap());
    let fourth = batch.entries().nth(3).unwrap().position;
    spool.ack(fourth).unwrap();
    assert_eq!((spool.oldest(), spool.held().entries, fourth.sequence()), (Some(5), 5, 4));
    drop(spool);
    let (mut spool, recovered) = open(&disk, SMALL);
    let events = (5..=9).map(|id| u64::from(worth(id).events)).sum();
    let records = (5..=9).map(|id| u64::from(worth(id).records)).sum();
    assert_eq!(recovered.held, Count { entries: 5, events, records });
    assert_eq!(drain(&mut spool), [5, 6, 7, 8, 9]);
}

#[test]
fn a_batch_takes_no_more_than_it_may_but_one_entry() {
    let (mut spool, _) = open(&Simulated::default(), SMALL);
    fill(&mut spool, 1..=9);
    let mut batch = Batch::default();
    let mut seen = 0;
    while spool.read(500, &mut batch).unwrap() {
        assert!(batch.len() == 1 || batch.size() <= 500, "{} bytes", batch.size());
        assert_eq!(batch.payloads().len(), batch.entries().map(|entry| entry.payload.len()).sum::<usize>());
        seen += batch.len();
    }
    assert_eq!(seen, 9);
    spool.rewind();
    assert!(spool.read(0, &mut batch).unwrap());
    assert_eq!(batch.entries().map(|entry| id(&entry)).collect::<Vec<_>>(), [1]);
}

#[test]
fn what_was_not_handed_out_cannot_be_acknowledged() {
    let (mut spool, _) = open(&Simulated::default(), SMALL);
    append(&mut spool, 1).unwrap();
    let mut batch = Batch::default();
    spool.read(usize::MAX, &mut batch).unwrap();
    spool.rewind();
    assert!(matches!(spool.ack(batch.position().unwrap()), Err(Error::NotHandedOut)));
    assert_eq!(drain(&mut spool), [1]);
    spool.ack(batch.position().unwrap()).unwrap();
    spool.ack(batch.position().unwrap()).unwrap();
    assert_eq!(spool.oldest(), None);
}

#[test]
fn a_full_spool_evicts_its_oldest_segment_and_counts_it() {
    let disk = Simulated::default();
    let (mut spool, _) = open(&disk, EACH);
    let mut lost = Count::default();
    for id in 1..=200 {
        append(&mut spool, id).unwrap();
        let losses = spool.losses();
        lost += losses.evicted;
        assert!(losses.damaged.is_zero());
        let on_disk: usize =
            disk.files().iter().map(|(name, bytes)| if name == "cursor" { 0 } else { bytes.len() }).sum();
        assert_eq!(on_disk as u64, spool.bytes());
        assert!(spool.bytes() <= EACH.bytes);
    }
    let left = drain(&mut spool);
    assert_eq!(left, (lost.entries + 1..=200).collect::<Vec<_>>());
    assert_eq!(lost.events, (1..=lost.entries).map(|id| u64::from(worth(id).events)).sum::<u64>());
    assert_eq!(lost.records, (1..=lost.entries).map(|id| u64::from(worth(id).records)).sum::<u64>());
    assert!(left.len() > 20, "{} left", left.len());
    empties_after_rewind(spool, &disk);
}

fn empties_after_rewind(mut spool: Spool<Simulated>, disk: &Simulated) {
    spool.rewind();
    super::empties(spool, disk, EACH);
}

#[test]
fn acknowledged_segments_go_when_the_cursor_is_sure() {
    for (sync, after_ack, after_sync) in [(Sync::Never, 1, 1), (Sync::Each, 1, 1), (Sync::Interval, 5, 1)] {
        let disk = Simulated::default();
        let (mut spool, _) = open(&disk, Settings { sync, ..SMALL });
        let segments = || disk.files().iter().filter(|(name, _)| name.contains("segment")).count();
        fill(&mut spool, 1..=22);
        assert_eq!(segments(), 5);
        let mut batch = Batch::default();
        spool.read(usize::MAX, &mut batch).unwrap();
        spool.ack(batch.position().unwrap()).unwrap();
        assert_eq!(segments(), after_ack, "{sync:?}");
        spool.sync().unwrap();
        assert_eq!(segments(), after_sync, "{sync:?}");
    }
}

#[test]
fn what_cannot_fit_is_refused_and_evicts_nothing() {
    let (mut spool, _) = open(&Simulated::default(), SMALL);
    append(&mut spool, 1).unwrap();
    let refused = spool.append(&[0; 8192], Worth::default());
    assert!(matches!(refused, Err(Error::TooLarge { bytes: 8316, limit: 8192 })), "{refused:?}");
    assert!(matches!(spool.append(&vec![0; (16 << 20) + 1], Worth::default()), Err(Error::TooLarge { .. })));
    assert!(spool.losses().is_zero());
    assert_eq!(drain(&mut spool), [1]);
}

#[test]
fn packed_payloads_come_out_as_they_were_also_without_packing() {
    let disk = Simulated::default();
    let text = b"type=SYSCALL arch=c000003e syscall=257 ".repeat(40);
    let (mut spool, _) = open(&disk, Settings { compression: Some(3), ..SMALL });
    for payload in [text.as_slice(), b"", b"short", &super::payload(7)] {
        spool.append(payload, Worth::default()).unwrap();
    }
    assert!(spool.bytes() < text.len() as u64, "{} bytes", spool.bytes());
    drop(spool);
    let (mut spool, _) = open(&disk, SMALL);
    let mut batch = Batch::default();
    spool.read(usize::MAX, &mut batch).unwrap();
    let payloads: Vec<_> = batch.entries().map(|entry| entry.payload).collect();
    assert_eq!(payloads, [text.as_slice(), b"", b"short", &super::payload(7)]);
}

#[test]
fn settings_that_contradict_themselves_are_refused() {
    let disk = Simulated::default();
    for settings in [Settings { bytes: 4095, ..SMALL }, Settings { compression: Some(20), ..SMALL }] {
        assert!(matches!(Spool::on(disk.clone(), settings), Err(Error::Settings(_))));
    }
    assert_eq!(disk.calls(), 0);
}

#[test]
fn an_entry_in_place_of_an_acknowledged_one_comes_out() {
    let disk = Simulated::default();
    let (mut spool, _) = open(&disk, Settings { bytes: 4096, ..EACH });
    let mut batch = Batch::default();
    for byte in [b'a', b'b', b'c'] {
        spool.append(&[byte; 3900], Worth::default()).unwrap();
        assert!(spool.read(0, &mut batch).unwrap());
        assert_eq!(batch.payloads(), [byte; 3900]);
        spool.ack(batch.position().unwrap()).unwrap();
    }
    assert!(spool.losses().is_zero());
}

#[test]
fn evictions_that_nobody_asked_about_are_missed_by_the_next_start() {
    let disk = Simulated::default();
    let (mut spool, _) = open(&disk, EACH);
    fill(&mut spool, 1..=100);
    let held = spool.held().entries;
    drop(spool);
    let (mut spool, recovered) = open(&disk, EACH);
    assert_eq!((recovered.missing.entries, recovered.held.entries), (100 - held, held));
    // Asked about, they are not missed again.
    fill(&mut spool, 101..=200);
    let _told = spool.losses();
    spool.sync().unwrap();
    drop(spool);
    assert!(open(&disk, EACH).1.missing.is_zero());
}
