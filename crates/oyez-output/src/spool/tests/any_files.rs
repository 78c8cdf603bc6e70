//! What must hold for a spool that opens any files: it ends, it stays small, and it can be used. The tests and the fuzzer `spool`
//! share it; whoever declares this module has the types in scope.

use super::{Batch, Settings, Simulated, Spool, Sync, Worth};

const SETTINGS: Settings = Settings { bytes: 8192, segment_bytes: 300, sync: Sync::Each, compression: Some(1) };
/// The largest payload, in bytes.
const PAYLOAD_MAX: usize = 16 << 20;
/// What is appended behind it all.
const LAST: &[u8] = b"the last one";

/// Opens the files that `data` stands for, twice: once as they are, once with all checksums made right.
pub(super) fn are_survived(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let disk = if kind & 1 == 0 { raw(rest) } else { edited(rest) };
    is_survived(&disk.copy());
    for (name, mut bytes) in disk.files() {
        seal(&name, &mut bytes);
        disk.put(&name, &bytes);
    }
    is_survived(&disk);
}

/// Length, 2 bytes, and content of the cursor and of up to three segments.
fn raw(mut data: &[u8]) -> Simulated {
    let disk = Simulated::default();
    for name in ["cursor", "0000000000000001.segment", "0000000000000002.segment", "0000000000000003.segment"] {
        let Some((length, rest)) = data.split_first_chunk::<2>() else { break };
        let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
        disk.put(name, &rest[..length]);
        data = &rest[length..];
    }
    disk
}

/// A good spool, to which `data` does things, each 5 bytes: which file, where (2 bytes), a byte, and what to do.
fn edited(data: &[u8]) -> Simulated {
    let disk = Simulated::default();
    let (mut spool, _) = Spool::on(disk.clone(), SETTINGS).unwrap();
    for length in [90, 0, 200, 250, 7, 3000] {
        spool.append(&vec![b'a'; length], Worth { events: 2, records: 3 }).unwrap();
    }
    let mut batch = Batch::default();
    spool.read(100, &mut batch).unwrap();
    spool.ack(batch.position().unwrap()).unwrap();
    drop(spool);
    for deed in data.chunks_exact(5) {
        let mut files = disk.files();
        let (name, mut bytes) = files.swap_remove(usize::from(deed[0]) % files.len());
        let at = usize::from(u16::from_le_bytes([deed[1], deed[2]])) % (bytes.len() + 1);
        match deed[4] % 4 {
            0 => bytes.truncate(at),
            1 if bytes.len() < 1 << 15 => bytes.extend_from_within(at..),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = deed[3]),
        }
        disk.put(&name, &bytes);
    }
    disk
}

/// Makes the checksums right, wherever a form begins.
fn seal(name: &str, bytes: &mut [u8]) {
    if name == "cursor" {
        for slot in [0, 4096] {
            seal_form(bytes, slot, 104, &[]);
        }
        return;
    }
    let number = bytes.get(16..24).unwrap_or_default().to_vec();
    seal_form(bytes, 0, 64, &[]);
    let mut at = 64;
    while let Some(stored) = bytes.get(at + 8..at + 12) {
        let stored = u32::from_le_bytes(*stored.first_chunk().unwrap()) as usize;
        let end = at.saturating_add(60).saturating_add(stored);
        if let Some(payload) = bytes.get(at + 60..end) {
            let crc = crc32fast::hash(payload).to_le_bytes();
            bytes[at + 52..at + 56].copy_from_slice(&crc);
        }
        seal_form(bytes, at, 60, &number);
        at = end;
    }
}

fn seal_form(bytes: &mut [u8], at: usize, size: usize, before: &[u8]) {
    if let Some(form) = bytes.get_mut(at..at + size) {
        let crc = crc32fast::hash(&[before, &form[..size - 4]].concat()).to_le_bytes();
        form[size - 4..].copy_from_slice(&crc);
    }
}

fn is_survived(disk: &Simulated) {
    let total: usize = disk.files().iter().map(|(_, bytes)| bytes.len()).sum();
    let Ok((mut spool, _)) = Spool::on(disk.clone(), SETTINGS) else { return };
    let (mut batch, mut entries, mut before) = (Batch::default(), 0, 0);
    while spool.read(1000, &mut batch).unwrap() {
        assert!(batch.payloads().len() <= 1000 || (batch.len() == 1 && batch.payloads().len() <= PAYLOAD_MAX));
        for entry in batch.entries() {
            assert!(entry.position.sequence() > before);
            before = entry.position.sequence();
        }
        entries += batch.len();
        assert!(entries * 60 <= total, "{entries} entries in {total} bytes");
        spool.ack(batch.position().unwrap()).unwrap();
    }
    assert!(spool.held().is_zero(), "{:?}", spool.held());
    let _counted = spool.losses();
    spool.append(LAST, Worth::default()).unwrap();
    drop(spool);
    let (mut spool, recovered) = Spool::on(disk.clone(), SETTINGS).unwrap();
    assert_eq!(recovered.held.entries, 1, "{recovered:?}");
    assert!(spool.read(1000, &mut batch).unwrap());
    assert_eq!(batch.payloads(), LAST);
}
