//! The spool against a plain list, on disks that fail, and in a real directory.

mod any_files;
mod basics;
mod crash;
mod damage;
mod faults;
mod folder;
mod full;
mod kill;
mod model;
mod story;

use super::{Batch, Disk, Settings, Simulated, Spool, Sync, Worth};

pub(super) const EACH: Settings = Settings { sync: Sync::Each, ..SMALL };
pub(super) const SMALL: Settings =
    Settings { bytes: 8192, segment_bytes: 1024, sync: Sync::Interval, compression: None };

/// What a test appends under a number: bytes that no other number has, of some length.
pub(super) fn payload(id: u64) -> Vec<u8> {
    let mut bytes = id.to_le_bytes().to_vec();
    let filling = (0..id * 37 % 291).map(|at| (at * 7 + id * 13).to_le_bytes()[0]);
    bytes.extend(filling);
    bytes
}

pub(super) fn worth(id: u64) -> Worth {
    Worth { events: u32::try_from(id % 5).unwrap(), records: u32::try_from(id % 7).unwrap() }
}

pub(super) fn append<D: Disk>(spool: &mut Spool<D>, id: u64) -> Result<u64, super::Error> {
    spool.append(&payload(id), worth(id))
}

pub(super) fn fill<D: Disk>(spool: &mut Spool<D>, ids: impl IntoIterator<Item = u64>) {
    for id in ids {
        append(spool, id).unwrap();
    }
}

/// The number under which something was appended; fails if it is anything that was not.
pub(super) fn id(entry: &super::Entry<'_>) -> u64 {
    let id = u64::from_le_bytes(*entry.payload.first_chunk().expect("a number in front"));
    assert_eq!((entry.payload, entry.worth), (payload(id).as_slice(), worth(id)), "what was appended under {id}");
    id
}

/// The numbers of everything that has not been handed out.
pub(super) fn drain<D: Disk>(spool: &mut Spool<D>) -> Vec<u64> {
    let (mut batch, mut ids) = (Batch::default(), Vec::new());
    while spool.read(700, &mut batch).unwrap() {
        ids.extend(batch.entries().map(|entry| id(&entry)));
    }
    ids
}

pub(super) fn open(disk: &Simulated, settings: Settings) -> (Spool<Simulated>, super::Recovered) {
    Spool::on(disk.clone(), settings).unwrap()
}

/// Acknowledges everything that is left, and has nothing left after a restart.
pub(super) fn empties(mut spool: Spool<Simulated>, disk: &Simulated, settings: Settings) {
    let mut batch = Batch::default();
    while spool.read(usize::MAX, &mut batch).unwrap() {
        spool.ack(batch.position().unwrap()).unwrap();
    }
    assert!(spool.held().is_zero(), "{:?}", spool.held());
    let _told = spool.losses();
    spool.sync().unwrap();
    drop(spool);
    let (mut spool, recovered) = open(disk, settings);
    assert!(recovered.held.is_zero() && recovered.missing.is_zero() && !recovered.cursor_lost, "{recovered:?}");
    assert!(drain(&mut spool).is_empty());
}
