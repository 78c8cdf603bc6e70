//! The output `journald` against systemd-journald, in a mount namespace of its own.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use oyez_output::journald::Settings;
use oyez_output::parcel::{Label, Level};
use oyez_output::sink::Site;
use oyez_output::stats::Stats;
use oyez_output::{Done, Kind as _, Parcel, Patience, Sink};
use oyez_testkit::corpus::skipped;
use oyez_testkit::server::{Place, Server};
use serde_json::Value;

const DAEMON: &str = "/lib/systemd/systemd-journald";
const SOON: Duration = Duration::from_secs(5);
const SHORT: Duration = Duration::from_millis(400);

/// The daemon, with a `/run` of its own.
struct Journald(Server);

impl Journald {
    fn start() -> Option<Self> {
        if !Path::new(DAEMON).exists() {
            skipped("no systemd-journald here (package systemd)");
            return None;
        }
        if !rustix::process::geteuid().is_root() {
            skipped("not root: systemd-journald needs a mount namespace");
            return None;
        }
        Server::start_when("unshare", "util-linux", arguments, |place| socket(place).exists()).map(Self)
    }

    fn settings(&self) -> Settings {
        Settings { path: socket(self.0.place()), ..Settings::default() }
    }

    /// What stands in the journal from oyez, once that are so many entries or nothing came for a while.
    fn entries(&self, count: usize) -> Vec<Value> {
        let journal = self.0.place().dir.join("run/log/journal");
        let (mut last, mut since) = (0, Instant::now());
        loop {
            let mut command = Command::new("journalctl");
            command.arg("--directory").arg(&journal).args(["--all", "--output=json", "--identifier=oyez"]);
            let output = command.output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let entries: Vec<_> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            if entries.len() > last {
                (last, since) = (entries.len(), Instant::now());
            }
            if entries.len() >= count || since.elapsed() > Duration::from_secs(2) {
                return entries;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn socket(place: &Place) -> PathBuf {
    place.dir.join("run/systemd/journal/socket")
}

/// It may not reach the kernel's audit system: by default it turns that on (journald.conf(5), `Audit=`).
fn arguments(place: &Place) -> Vec<String> {
    let run = place.dir.join("run");
    let conf = run.join("systemd/journald.conf.d");
    fs::create_dir_all(&conf).unwrap();
    fs::create_dir_all(run.join("log")).unwrap();
    let settings = "[Journal]\nAudit=\nReadKMsg=no\nStorage=volatile\nRateLimitIntervalSec=0\n";
    fs::write(conf.join("test.conf"), settings).unwrap();
    // A killed one leaves its socket.
    let script = "rm -f \"$0/systemd/journal/socket\" && mount --bind \"$0\" /run && export SYSTEMD_LOG_TARGET=console && \
                  exec setpriv --bounding-set=-audit_control,-audit_read,-audit_write \"$1\"";
    ["--mount", "--propagation", "private", "sh", "-c", script, run.to_str().unwrap(), DAEMON]
        .map(str::to_owned)
        .to_vec()
}

fn open(settings: &Settings) -> Box<dyn Sink> {
    let site = Site { name: "journald".into(), host: "here".into(), stats: Arc::new(Stats::default()) };
    settings.open(&site).unwrap()
}

fn parcel(first: usize, count: usize, size: usize) -> Parcel {
    let mut parcel = Parcel::default();
    for number in first..first + count {
        let id = format!("m-b-{number}");
        let label = Label { id: &id, time_ms: 1_795_321_200_101, level: Level::Notice, ..Label::default() };
        parcel.push(&label, |out| out.extend_from_slice(format!("{number} {}\n", "x".repeat(size)).as_bytes()));
    }
    parcel
}

fn insist(sink: &mut dyn Sink, parcel: &Parcel) {
    let mut done = Done::of(parcel.len());
    let end = Instant::now() + Duration::from_secs(20);
    while !done.is_complete() {
        assert!(Instant::now() < end, "it never ends");
        if sink.deliver(parcel, &mut done, &Patience::of(SOON)).is_err() {
            thread::sleep(Duration::from_millis(20));
        }
    }
    assert!((0..parcel.len()).all(|index| done.is_acked(index)));
}

/// How often each id came.
fn counted(entries: &[Value]) -> BTreeMap<usize, usize> {
    let mut counted = BTreeMap::new();
    for entry in entries {
        let id = entry["OYEZ_ID"].as_str().unwrap();
        *counted.entry(id.rsplit('-').next().unwrap().parse().unwrap()).or_default() += 1;
    }
    counted
}

fn all_once(count: usize) -> BTreeMap<usize, usize> {
    (0..count).map(|number| (number, 1)).collect()
}

#[test]
fn an_entry_is_what_was_meant_and_large_ones_come_whole() {
    let Some(server) = Journald::start() else { return };
    let mut sink = open(&server.settings());
    let mut messages = parcel(0, 1, 3);
    let label = Label { id: "m-b-1", level: Level::Alert, ..Label::default() };
    messages.push(&label, |out| out.extend_from_slice("two\nlines = \u{e4}\n".as_bytes()));
    messages.append(&parcel(2, 1, 300_000));
    messages.append(&parcel(3, 1, 3_000_000));
    insist(sink.as_mut(), &messages);
    let entries = server.entries(4);
    assert_eq!(counted(&entries), all_once(4));
    let of = |field: &str| entries.iter().map(|entry| entry[field].as_str().unwrap_or("")).collect::<Vec<_>>();
    assert_eq!(of("MESSAGE")[..2], ["0 xxx", "two\nlines = \u{e4}"]);
    assert_eq!((of("MESSAGE")[2].len(), of("MESSAGE")[3].len()), (300_002, 3_000_002));
    assert_eq!(of("PRIORITY"), ["5", "1", "5", "5"]);
    assert_eq!(of("OYEZ_TIME")[0], "2026-11-22T04:20:00.101Z");
    assert_eq!(of("SYSLOG_FACILITY"), ["10"; 4]);
    assert!(of("MESSAGE_ID").iter().all(|id| id.len() == 32));
    assert_eq!(of("_TRANSPORT"), ["journal"; 4]);
}

#[test]
fn a_journald_that_hangs_gets_all_once_when_it_goes_on() {
    let Some(server) = Journald::start() else { return };
    let mut sink = open(&server.settings());
    server.0.halt();
    let messages = parcel(0, 1000, 500);
    let mut done = Done::of(messages.len());
    for _ in 0..2 {
        let begin = Instant::now();
        let _ = sink.deliver(&messages, &mut done, &Patience::of(SHORT));
        assert!(begin.elapsed() < SHORT + Duration::from_secs(1) && !done.is_done(0));
    }
    server.0.resume();
    while !done.is_complete() {
        sink.deliver(&messages, &mut done, &Patience::of(SOON)).unwrap();
    }
    assert_eq!(counted(&server.entries(1000)), all_once(1000));
}

#[test]
fn a_journald_that_dies_with_unread_entries_gets_them_again() {
    let Some(mut server) = Journald::start() else { return };
    let mut sink = open(&server.settings());
    insist(sink.as_mut(), &parcel(0, 100, 100));
    // Read from its socket is not yet in its file: the one it is at goes with it.
    server.entries(100);
    server.0.halt();
    let messages = parcel(100, 1000, 100);
    let mut done = Done::of(messages.len());
    let _ = sink.deliver(&messages, &mut done, &Patience::of(SHORT));
    server.0.kill();
    let told = sink.deliver(&messages, &mut done, &Patience::of(SHORT)).unwrap_err().told();
    assert!(told.contains("Connection refused"), "{told}");
    assert!(!done.is_done(0));
    server.0.begin();
    insist(sink.as_mut(), &messages);
    assert_eq!(counted(&server.entries(1100)), all_once(1100));
}

#[test]
fn no_journald_is_told() {
    let settings = Settings { path: "/nonexistent/socket".into(), ..Settings::default() };
    let told = open(&settings).connect(&Patience::of(SOON)).unwrap_err().told();
    assert_eq!(told, "cannot connect to \"/nonexistent/socket\": No such file or directory (os error 2)");
}
