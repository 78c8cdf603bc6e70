//! What the spool costs: `spool-cost DIRECTORY [ENTRIES [BYTES [ROUNDS]]]` appends so many entries of so many bytes to a spool in
//! that directory, reads them back and acknowledges them, with each sync policy; and writes the same bytes to a plain file and
//! reads them back, synced as often. Prints medians of interleaved rounds: µs per entry, MB/s of payload, and the ratio.
//!
//! | case | synced |
//! |---|---|
//! | `never` | not |
//! | `interval` | after each 1000 entries |
//! | `each` | after each entry; a fiftieth of the entries |

#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use oyez_output::spool::{Batch, Error, Settings, Spool, Sync, Worth};

/// Entries between two syncs of `interval`.
const INTERVAL: usize = 1000;
/// Entries in one batch that is read and acknowledged, in bytes.
const BATCH: usize = 256 << 10;
const CASES: [(&str, Sync, Option<i32>); 4] = [
    ("never", Sync::Never, None),
    ("interval", Sync::Interval, None),
    ("interval, zstd 1", Sync::Interval, Some(1)),
    ("each", Sync::Each, None),
];

/// How long it took.
#[derive(Clone, Copy, Default)]
struct Took {
    append: Duration,
    read: Duration,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let directory = arguments.first().ok_or("usage: spool-cost DIRECTORY [ENTRIES [BYTES [ROUNDS]]]")?;
    let number = |at: usize, default| arguments.get(at).map_or(Ok(default), |text| text.parse::<usize>());
    let (entries, bytes, rounds) = (number(1, 50_000)?, number(2, 1024)?, number(3, 5)?);
    let scratch = Path::new(directory).join(format!("spool-cost-{}", std::process::id()));
    let payload = line(bytes);
    println!("| case | entries | append µs | MB/s | plain µs | ratio | read + ack µs | MB/s | plain µs | ratio |");
    println!("|-|-|-|-|-|-|-|-|-|-|");
    for (name, sync, compression) in CASES {
        let entries = if sync == Sync::Each { entries / 50 } else { entries };
        let settings = Settings { bytes: 4 << 30, sync, compression, ..Settings::DEFAULT };
        let (mut spooled, mut written) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            written.push(plain(&scratch, &payload, entries, sync)?);
            spooled.push(spool(&scratch, &payload, entries, settings)?);
        }
        print(name, entries, bytes, &spooled, &written);
    }
    Ok(())
}

/// Text as it is in an event: some of it the same in all, some of it not.
fn line(bytes: usize) -> Vec<u8> {
    let mut line = Vec::new();
    for at in 0_u64.. {
        if line.len() >= bytes {
            break;
        }
        let number = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        line.extend_from_slice(format!("\"key{at}\":\"{number:x}\",\"name\":\"/usr/bin/cat\",").as_bytes());
    }
    line.truncate(bytes);
    line
}

/// Makes each payload another, as events are.
fn number(payload: &mut [u8], at: usize) {
    if let Some(front) = payload.first_chunk_mut::<8>() {
        *front = at.to_le_bytes();
    }
}

fn spool(path: &Path, payload: &[u8], entries: usize, settings: Settings) -> Result<Took, Error> {
    let (mut spool, _) = Spool::open(path, settings)?;
    let (mut payload, mut took, start) = (payload.to_vec(), Took::default(), Instant::now());
    for at in 0..entries {
        number(&mut payload, at);
        spool.append(&payload, Worth { events: 1, records: 4 })?;
        if settings.sync == Sync::Interval && at % INTERVAL == 0 {
            spool.sync()?;
        }
    }
    took.append = start.elapsed();
    let (start, mut batch, mut read) = (Instant::now(), Batch::default(), 0);
    while spool.read(BATCH, &mut batch)? {
        read += batch.len();
        if let Some(position) = batch.position() {
            spool.ack(position)?;
        }
    }
    took.read = start.elapsed();
    assert_eq!((read, spool.losses().is_zero()), (entries, true), "everything comes back");
    drop(spool);
    fs::remove_dir_all(path).map_err(|source| Error::Directory { path: path.to_owned(), source })?;
    Ok(took)
}

fn plain(path: &Path, payload: &[u8], entries: usize, sync: Sync) -> io::Result<Took> {
    let (mut payload, mut took) = (payload.to_vec(), Took::default());
    let mut file = File::create_new(path)?;
    let start = Instant::now();
    for at in 0..entries {
        number(&mut payload, at);
        file.write_all(&payload)?;
        if sync == Sync::Each || (sync == Sync::Interval && at % INTERVAL == 0) {
            file.sync_data()?;
        }
    }
    took.append = start.elapsed();
    let (start, mut file, mut buffer, mut read) = (Instant::now(), File::open(path)?, vec![0; BATCH], 0);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            bytes => read += bytes,
        }
    }
    took.read = start.elapsed();
    assert_eq!(read, entries * payload.len(), "everything comes back");
    fs::remove_file(path)?;
    Ok(took)
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn print(name: &str, entries: usize, bytes: usize, spooled: &[Took], written: &[Took]) {
    let micros = |all: &[Took], of: fn(&Took) -> Duration| {
        let mut all: Vec<f64> = all.iter().map(|took| of(took).as_secs_f64() * 1e6 / entries as f64).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or_default()
    };
    print!("| {name} | {entries} ");
    for of in [|took: &Took| took.append, |took: &Took| took.read] {
        let (spool, plain) = (micros(spooled, of), micros(written, of));
        print!("| {spool:.2} | {:.0} | {plain:.2} | {:.2} ", bytes as f64 / spool, spool / plain);
    }
    println!("|");
}
