//! auditd's own formats, beside an auditd that writes them.

use std::collections::BTreeMap;
use std::fs;
use std::ops::RangeInclusive;
use std::process::{Child, Command};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::oyez::path;
use crate::wait::until;
use crate::{kernel, load};

/// Both hear the same work, and write the same lines of it.
pub(super) fn are_auditds(_: u32) -> Result<()> {
    kernel::watch_opens()?;
    for format in ["raw", "enriched"] {
        same(format).with_context(|| format!("as {format}"))?;
    }
    Ok(())
}

fn same(format: &str) -> Result<()> {
    let folder = path(format);
    let (log, output) = (folder.join("audit.log"), folder.join("oyez.log"));
    fs::create_dir(&folder)?;
    let settings = "flush = NONE\nspace_left = 2\nadmin_space_left = 1";
    let log_format = format.to_ascii_uppercase();
    let settings = format!("log_file = {}\nlog_format = {log_format}\n{settings}\n", log.display());
    fs::write(folder.join("auditd.conf"), settings)?;
    let mut auditd = Command::new("/bin/auditd");
    let auditd = auditd.args(["-n", "-s", "nochange", "-c"]).arg(&folder).spawn().context("cannot run auditd")?;
    until("auditd is registered", || Ok(kernel::number("pid")? == auditd.id()))?;
    let mut oyez = Command::new("/bin/oyez");
    oyez.args(["run", "--mode", "multicast", "--on-exit", "restore", "--format", format, "--output"]).arg(&output);
    let oyez = oyez.spawn().context("cannot run oyez")?;
    let has_written =
        |text: &str| Ok(fs::read(&output).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text)));
    until("oyez listens", || has_written("type=OYEZ_START"))?;
    load::open("begin", 1);
    load::open("work", 80);
    load::execute("run", 20)?;
    load::open("end", 1);
    until("the end came out", || has_written("/tmp/end-0"))?;
    // auditd leaves out nobody's acts; oyez beside it its own.
    let own = format!(" pid={} ", oyez.id());
    stop(oyez)?;
    stop(auditd)?;
    compare(&fs::read(&log)?, &fs::read(&output)?, &own)
}

/// Refuses unless both logs have the same lines of each event from the first work to the last, but those with `own` in them.
fn compare(theirs: &[u8], ours: &[u8], own: &str) -> Result<()> {
    let [theirs, ours] = [theirs, ours].map(String::from_utf8_lossy);
    let [theirs, ours] = [by_serial(&theirs), by_serial(&ours)];
    let work = serials(&theirs)?;
    let is_own = |lines: &Vec<&str>| lines.iter().any(|line| line.starts_with("type=SYSCALL") && line.contains(own));
    let mut compared = 0;
    for serial in work {
        let (theirs, ours) = (theirs.get(&serial), ours.get(&serial));
        if theirs.is_some_and(is_own) {
            continue;
        }
        ensure!(theirs == ours, "event {serial}: auditd wrote {theirs:#?}, oyez {ours:#?}");
        compared += theirs.map_or(0, Vec::len);
    }
    ensure!(compared > 300, "only {compared} lines to compare");
    Ok(())
}

/// The lines of each event; a serial of 0 is not the kernel's.
fn by_serial(log: &str) -> BTreeMap<u64, Vec<&str>> {
    let mut events: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in log.lines() {
        let serial = line.split_once("):").and_then(|(stamp, _)| stamp.rsplit(':').next()?.parse().ok());
        if let Some(serial) = serial.filter(|serial| *serial != 0) {
            events.entry(serial).or_default().push(line);
        }
    }
    events
}

/// From the first work's event to the last's.
fn serials(events: &BTreeMap<u64, Vec<&str>>) -> Result<RangeInclusive<u64>> {
    let find = |name: &str| {
        let has = |lines: &Vec<&str>| lines.iter().any(|line| line.contains(name));
        events.iter().find(|(_, lines)| has(lines)).map(|(serial, _)| *serial)
    };
    let (first, last) = (find("\"/tmp/begin-0\""), find("\"/tmp/end-0\""));
    Ok(first.context("auditd wrote no begin")?..=last.context("auditd wrote no end")?)
}

fn stop(mut child: Child) -> Result<()> {
    kill_process(Pid::from_child(&child), Signal::TERM).context("cannot signal it")?;
    until("it has ended", || Ok(child.try_wait()?.is_some()))
}
