//! What the output of type `file` costs per message, beside a plain `write`: `file-cost [DIRECTORY [SECONDS]]`.
//!
//! Messages of 700 bytes in batches of 1, 10 and 1000, as they come at low and at high rates; CPU time of the process, and time.

#![expect(clippy::print_stdout, reason = "it is what this program does")]

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use oyez_output::clock::{Clock as _, System};
use oyez_output::file::{Rotate, Settings, Sync};
use oyez_output::parcel::{Label, Parcel};
use oyez_output::sink::{Done, Patience, Sink as _};

type Tried<T> = Result<T, Box<dyn Error>>;

fn main() -> Tried<()> {
    let mut args = std::env::args().skip(1);
    let directory = args.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let seconds = args.next().map_or(Ok(2), |text| text.parse())?;
    let path = directory.join(format!("oyez-file-cost-{}", std::process::id()));
    for batch in [1, 10, 1000] {
        let parcel = parcel(batch);
        for round in 1..=3 {
            plain(&parcel, &path, seconds, round)?;
            let rotate = Rotate { size: Some(64 << 20), ..Rotate::default() };
            let settings = Settings::at(&path);
            sink(&parcel, &settings, "sink", seconds, round)?;
            sink(&parcel, &Settings { rotate, ..settings.clone() }, "sink, rotating", seconds, round)?;
            sink(&parcel, &Settings { sync: Sync::Each, ..settings }, "sink, sync each", seconds, round)?;
        }
    }
    Ok(())
}

fn parcel(messages: usize) -> Parcel {
    let mut parcel = Parcel::default();
    for number in 0..messages {
        parcel.push(&Label::default(), |lines| {
            lines.extend_from_slice(format!("{{\"number\":{number},\"text\":\"{}\"}}\n", "x".repeat(675)).as_bytes());
        });
    }
    parcel
}

fn plain(parcel: &Parcel, path: &Path, seconds: u64, round: u32) -> Tried<()> {
    let mut file = fs::File::options().append(true).create(true).open(path)?;
    measure("plain write", parcel, seconds, round, || Ok(file.write_all(parcel.lines())?))?;
    Ok(fs::remove_file(path)?)
}

fn sink(parcel: &Parcel, settings: &Settings, what: &str, seconds: u64, round: u32) -> Tried<()> {
    let mut sink = settings.sink(Arc::new(System));
    let (mut done, patience) = (Done::of(parcel.len()), Patience::of(Duration::from_hours(1)));
    measure(what, parcel, seconds, round, || {
        done.reset(parcel.len());
        sink.deliver(parcel, &mut done, &patience)?;
        if done.is_complete() { Ok(()) } else { Err("not all was written".into()) }
    })?;
    sink.close(&patience)?;
    let (Some(directory), Some(name)) = (settings.path.parent(), settings.path.file_name()) else { return Ok(()) };
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(name.as_encoded_bytes()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn measure(what: &str, parcel: &Parcel, seconds: u64, round: u32, mut write: impl FnMut() -> Tried<()>) -> Tried<()> {
    let (start, cpu, mut batches) = (Instant::now(), System.thread_cpu_ns(), 0_u64);
    // At most 1 GiB, so that no disk fills up.
    let most = (1 << 30) / parcel.lines().len().max(1) as u64;
    while start.elapsed() < Duration::from_secs(seconds) && batches < most {
        write()?;
        batches += 1;
    }
    let messages = batches.max(1) * parcel.len() as u64;
    let (time, cpu) = (start.elapsed().as_nanos() / u128::from(messages), (System.thread_cpu_ns() - cpu) / messages);
    println!("batch {:4}  {what:16} round {round}: {cpu:6} ns CPU, {time:6} ns a message", parcel.len());
    Ok(())
}
