//! Files that were changed behind the spool's back.

use proptest::prelude::ProptestConfig;

use super::super::{Batch, Count, Disk as _, Fault, Losses, Recovered, Simulated, Spool};
use super::{SMALL, append, drain, fill, id, open, worth};

/// Three segments, of which the first entries are acknowledged, and the numbers that are held.
fn filled() -> (Simulated, Vec<u64>) {
    let disk = Simulated::default();
    let (mut spool, _) = open(&disk, SMALL);
    fill(&mut spool, 1..=13);
    let mut batch = Batch::default();
    spool.read(300, &mut batch).unwrap();
    spool.ack(batch.position().unwrap()).unwrap();
    let acked = batch.len() as u64;
    assert_eq!(segments(&disk).len(), 3);
    (disk, (acked + 1..=13).collect())
}

fn segments(disk: &Simulated) -> Vec<(String, Vec<u8>)> {
    disk.files().into_iter().filter(|(name, _)| name.contains("segment")).collect()
}

/// Reads and acknowledges everything; every entry that does not come must be counted.
fn accounts(disk: &Simulated, held: &[u64]) -> (Vec<u64>, Recovered, Losses) {
    let (mut spool, recovered) = open(disk, SMALL);
    let (mut batch, mut ids) = (Batch::default(), Vec::new());
    while spool.read(300, &mut batch).unwrap() {
        ids.extend(batch.entries().map(|entry| id(&entry)));
        spool.ack(batch.position().unwrap()).unwrap();
    }
    assert!(ids.is_sorted_by(|one, other| one < other), "{ids:?}");
    let losses = spool.losses();
    assert!(losses.evicted.is_zero());
    let gone = held.iter().filter(|id| !ids.contains(id)).fold(Count::default(), |mut sum, id| {
        sum += Count::one(worth(*id));
        sum
    });
    let mut counted = losses.damaged;
    counted += recovered.missing;
    assert_eq!(counted, gone, "{recovered:?}, {losses:?}");
    // A second time nothing is told again.
    assert!(spool.held().is_zero());
    drop(spool);
    let (mut spool, again) = open(disk, SMALL);
    assert_eq!(Recovered { held: Count::default(), ..again }, Recovered::default());
    append(&mut spool, 99).unwrap();
    assert_eq!(drain(&mut spool), [99]);
    (ids, recovered, losses)
}

#[test]
fn a_changed_bit_anywhere_costs_one_entry_at_most_which_is_counted() {
    let (disk, held) = filled();
    for (name, bytes) in segments(&disk) {
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            let disk = disk.copy();
            disk.put(&name, &changed);
            let (ids, ..) = accounts(&disk, &held);
            let due: Vec<u64> = ids.iter().copied().filter(|id| held.contains(id)).collect();
            assert!(due.len() + 1 >= held.len(), "byte {at} of {name}: {due:?} of {held:?}");
        }
    }
}

#[test]
fn a_segment_cut_anywhere_loses_what_was_behind_the_cut_and_says_so() {
    let (disk, held) = filled();
    for (name, bytes) in segments(&disk) {
        for len in 0..bytes.len() {
            let disk = disk.copy();
            disk.put(&name, &bytes[..len]);
            accounts(&disk, &held);
        }
    }
}

#[test]
fn a_changed_cursor_means_doubles_at_worst() {
    let (disk, held) = filled();
    let cursor = disk.files().into_iter().find(|(name, _)| name == "cursor").unwrap().1;
    for at in 0..cursor.len() {
        let mut changed = cursor.clone();
        changed[at] ^= 1 << (at % 8);
        for bytes in [changed, cursor[..at].to_vec()] {
            let disk = disk.copy();
            disk.put("cursor", &bytes);
            let (mut spool, recovered) = open(&disk, SMALL);
            let ids = drain(&mut spool);
            assert!(ids.ends_with(&held), "{ids:?}");
            assert!(ids.len() == held.len() || ids[0] == 1);
            assert!(recovered.missing.is_zero());
        }
    }
}

#[test]
fn a_removed_segment_is_counted() {
    let (disk, held) = filled();
    for (name, _) in segments(&disk).iter().take(2) {
        let mut disk = disk.copy();
        disk.remove(name).unwrap();
        let (ids, recovered, losses) = accounts(&disk, &held);
        assert_eq!(ids.len() as u64 + recovered.missing.entries + losses.damaged.entries, held.len() as u64);
    }
}

#[test]
fn damage_is_counted_once_however_often_it_is_met() {
    let (disk, _) = filled();
    let (name, mut bytes) = segments(&disk).swap_remove(1);
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    disk.put(&name, &bytes);
    let (mut spool, _) = open(&disk, SMALL);
    let ids = drain(&mut spool);
    for _ in 0..3 {
        assert!(spool.losses().is_zero(), "not before all in front of it is acknowledged");
        spool.rewind();
        assert_eq!(drain(&mut spool), ids);
    }
    spool.rewind();
    let mut batch = Batch::default();
    while spool.read(usize::MAX, &mut batch).unwrap() {
        spool.ack(batch.position().unwrap()).unwrap();
    }
    assert_eq!(spool.losses().damaged.entries, 1);
    assert!(spool.losses().is_zero());
}

#[test]
fn damage_at_the_cursor_leaves_what_is_behind_it_to_be_handed_out_again() {
    let disk = Simulated::default();
    let (mut spool, _) = open(&disk, SMALL);
    fill(&mut spool, 1..=4);
    let (name, mut bytes) = segments(&disk).swap_remove(0);
    bytes[130] ^= 1;
    disk.put(&name, &bytes);
    let (mut spool, _) = open(&disk, SMALL);
    for _ in 0..3 {
        assert_eq!(drain(&mut spool), [2, 3, 4]);
        spool.rewind();
    }
    assert_eq!(spool.losses().damaged, Count::one(worth(1)));
}

#[test]
fn entries_in_place_of_acknowledged_ones_that_a_power_failure_took_come_out() {
    let disk = Simulated::default();
    let (mut spool, _) = open(&disk, SMALL);
    fill(&mut spool, 1..=5);
    let mut batch = Batch::default();
    spool.read(usize::MAX, &mut batch).unwrap();
    spool.ack(batch.position().unwrap()).unwrap();
    let (name, bytes) = segments(&disk).swap_remove(0);
    disk.put(&name, &bytes[..64]);
    let (mut spool, recovered) = open(&disk, SMALL);
    assert!(recovered.missing.is_zero() && recovered.held.is_zero());
    fill(&mut spool, 21..=27);
    assert_eq!(drain(&mut spool), (21..=27).collect::<Vec<_>>());
    assert!(spool.losses().is_zero());
}

/// Has a payload hold two entries as a spool writes them, damages the header before it, and returns what comes out.
fn posing(is_mark_known: bool) -> Vec<u64> {
    let disk = Simulated::default();
    let (mut spool, _) = open(&disk, SMALL);
    fill(&mut spool, [50, 51, 52]);
    let (_, theirs) = segments(&disk).swap_remove(0);
    let mut disk = Simulated::default();
    if !is_mark_known {
        disk.random().unwrap();
    }
    let (mut spool, _) = open(&disk, SMALL);
    spool.append(&theirs, worth(1)).unwrap();
    append(&mut spool, 2).unwrap();
    let (name, mut bytes) = segments(&disk).swap_remove(0);
    bytes[70] ^= 1;
    disk.put(&name, &bytes);
    drain(&mut open(&disk, SMALL).0)
}

#[test]
fn a_payload_cannot_pose_as_entries_by_who_does_not_know_the_mark() {
    assert_eq!(posing(false), [2]);
    // The mark is what prevents it.
    assert_eq!(posing(true)[..1], [50]);
}

#[test]
fn files_of_another_version_are_refused_and_left_alone() {
    let (disk, _) = filled();
    for (name, bytes) in disk.files() {
        let mut newer = bytes.clone();
        let size = if name == "cursor" { 104 } else { 64 };
        newer[8] = 2;
        let crc = crc32fast::hash(&newer[..size - 4]);
        newer[size - 4..size].copy_from_slice(&crc.to_le_bytes());
        let disk = disk.copy();
        disk.put(&name, &newer);
        let before = disk.files();
        let refused = Spool::on(disk.clone(), SMALL).err().map(|error| error.to_string());
        assert_eq!(refused, Some(format!("cannot read spool file {name:?}: its format is version 2")));
        assert_eq!(disk.files(), before);
    }
}

#[test]
fn a_segment_that_the_disk_cannot_read_is_given_up_after_three_tries() {
    let (disk, held) = filled();
    let (mut spool, _) = open(&disk, SMALL);
    for _ in 0..2 {
        disk.fail_after(0, Fault::Io);
        assert!(spool.read(usize::MAX, &mut Batch::default()).is_err());
    }
    disk.fail_after(0, Fault::Io);
    let ids = drain(&mut spool);
    assert!(held.ends_with(&ids) && !ids.is_empty());
    assert_eq!(spool.losses().damaged.entries, (held.len() - ids.len()) as u64);
}

/// Found by the fuzzer `spool`: forged checksums, and an entry numbered 0.
#[test]
fn no_entry_comes_out_that_has_a_number_before_the_first() {
    super::any_files::are_survived(b"\x09\x02P\x09\x02\x08^\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\x00'\x88\x89\x89\x89\x89\x89\x89\x89T\xca\x00\x00H\x00\xae\x84\x1f0000000000000002.\xff\xff\x00'\x88\x89\x89\x89\x89\x89\x89\x89T\xca\x00\x00H\x00\xae\x84segment");
}

proptest::proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn any_files_are_survived(kind in 0..2_u8, data in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        super::any_files::are_survived(&[&[kind], data.as_slice()].concat());
    }
}
