//! The output that is a listening socket, with real readers: fast, stopped, gone, too many, and of other users.

#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test")]

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use oyez_output::parcel::Label;
use oyez_output::sink::Site;
use oyez_output::spool::Worth;
use oyez_output::stats::Stats;
use oyez_output::unix::{Full, MissedLine, NoReaders, Protocol, READERS, Settings};
use oyez_output::{Done, Failure, Kind as _, Parcel, Patience, Sink};
use oyez_testkit::TempDir;
use oyez_testkit::corpus::skipped;

const LONG: Duration = Duration::from_secs(10);
const BRIEF: Duration = Duration::from_millis(200);

fn open(settings: &Settings) -> (Box<dyn Sink>, Arc<Stats>) {
    let stats = Arc::new(Stats::default());
    let site = Site { name: "unix".into(), host: "web-1".into(), stats: Arc::clone(&stats) };
    (settings.open(&site).unwrap(), stats)
}

fn parcel<S: AsRef<str>>(lines: impl IntoIterator<Item = S>) -> Parcel {
    let mut parcel = Parcel::default();
    for line in lines {
        let label = Label { worth: Worth { events: 1, records: 1 }, ..Label::default() };
        parcel.push(&label, |out| out.extend_from_slice(line.as_ref().as_bytes()));
    }
    parcel
}

/// Delivers, which takes no time; how many are done.
fn deliver(sink: &mut dyn Sink, parcel: &Parcel, time: Duration) -> Result<usize, Failure> {
    let mut done = Done::of(parcel.len());
    let start = Instant::now();
    let result = sink.deliver(parcel, &mut done, &Patience::of(time));
    assert!(start.elapsed() < time + Duration::from_secs(1), "it took {:?}", start.elapsed());
    result.map(|()| (0..parcel.len()).filter(|index| done.is_acked(*index)).count())
}

fn until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LONG, "it never came to be");
        sleep(Duration::from_millis(2));
    }
}

/// A reader that was let in.
fn subscribe(path: &Path, stats: &Stats) -> UnixStream {
    let before = stats.connects.load(Relaxed);
    let stream = UnixStream::connect(path).unwrap();
    until(|| stats.connects.load(Relaxed) > before);
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

/// One that reads all there is, until the end.
fn reading(stream: UnixStream) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let (mut stream, mut text) = (stream, String::new());
        stream.read_to_string(&mut text).unwrap();
        text
    })
}

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("message {number:06}\n")).collect()
}

#[test]
fn a_reader_that_does_not_read_costs_nobody_but_itself() {
    for full in [Full::Oldest, Full::Newest] {
        let dir = TempDir::new().unwrap();
        let path = dir.join("events");
        let line = MissedLine(|output, missed, out| {
            out.extend_from_slice(format!("{output} missed {} of {}\n", missed.messages, missed.events).as_bytes());
        });
        let settings = Settings { queue: 256 << 10, full, missed: Some(line), ..Settings::at(&path) };
        let (mut sink, stats) = open(&settings);
        sink.tick().unwrap();
        let fast = [(); 2].map(|()| reading(subscribe(&path, &stats)));
        let stopped = subscribe(&path, &stats);
        let all = numbers(0..100_000);
        for part in all.chunks(1000) {
            assert_eq!(deliver(&mut *sink, &parcel(part), BRIEF).unwrap(), part.len());
            // Or those who read would have to do it as fast as this.
            sleep(Duration::from_millis(3));
        }
        let late = reading(stopped);
        sink.close(&Patience::of(LONG)).unwrap();
        for reader in fast {
            assert!(reader.join().unwrap() == all.concat(), "a fast reader missed something");
        }
        let text = late.join().unwrap();
        let (got, told): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with("message "));
        let [told] = told[..] else { panic!("{told:?}") };
        let missed = all.len() - got.len();
        assert_eq!(told, format!("unix missed {missed} of {missed}"));
        assert!(missed > 10_000 && got.is_sorted() && got.first() == Some(&"message 000000"));
        assert_eq!(got.last() == Some(&"message 099999"), full == Full::Oldest);
        let at = text.lines().position(|line| line == told).unwrap();
        assert_eq!(at == got.len(), full == Full::Newest, "it stands where something is missing");
    }
}

#[test]
fn a_reader_may_leave_within_a_line_and_come_again() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("events");
    let (mut sink, stats) = open(&Settings::at(&path));
    sink.tick().unwrap();
    let stays = reading(subscribe(&path, &stats));
    let mut leaves = subscribe(&path, &stats);
    deliver(&mut *sink, &parcel(["one\n"]), BRIEF).unwrap();
    leaves.read_exact(&mut [0; 2]).unwrap();
    drop(leaves);
    until(|| stats.readers.load(Relaxed) == 1);
    let comes = reading(subscribe(&path, &stats));
    deliver(&mut *sink, &parcel(["two\n"]), BRIEF).unwrap();
    sink.close(&Patience::of(LONG)).unwrap();
    assert_eq!((stays.join().unwrap().as_str(), comes.join().unwrap().as_str()), ("one\ntwo\n", "two\n"));
    assert!(!path.exists(), "its socket goes with it");
    assert_eq!(stats.readers.load(Relaxed), 0);
}

#[test]
fn a_reader_that_has_shut_its_sending_side_still_reads() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("events");
    let (mut sink, stats) = open(&Settings::at(&path));
    sink.tick().unwrap();
    let stream = subscribe(&path, &stats);
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let reader = reading(stream);
    deliver(&mut *sink, &parcel(["one\n"]), BRIEF).unwrap();
    sink.close(&Patience::of(LONG)).unwrap();
    assert_eq!(reader.join().unwrap(), "one\n");
}

#[test]
fn where_nobody_reads_messages_are_done_with_or_wait() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("events");
    let (mut sink, _) = open(&Settings::at(&path));
    assert_eq!(deliver(&mut *sink, &parcel(["one\n"]), BRIEF).unwrap(), 1);
    sink.close(&Patience::of(LONG)).unwrap();
    let (mut sink, _) = open(&Settings { no_readers: NoReaders::Hold, ..Settings::at(&path) });
    let told = deliver(&mut *sink, &parcel(["one\n"]), BRIEF).unwrap_err().told();
    assert!(told.contains("there are none"), "{told}");
    let reader = thread::spawn(move || {
        sleep(Duration::from_millis(100));
        let mut line = String::new();
        BufReader::new(UnixStream::connect(path).unwrap()).read_line(&mut line).unwrap();
        line
    });
    assert_eq!(deliver(&mut *sink, &parcel(["one\n"]), LONG).unwrap(), 1);
    assert_eq!(reader.join().unwrap(), "one\n");
}

#[test]
fn no_more_than_so_many_may_read() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("events");
    let (mut sink, stats) = open(&Settings { readers: 2, ..Settings::at(&path) });
    sink.tick().unwrap();
    let held = [(); 2].map(|()| subscribe(&path, &stats));
    let mut third = UnixStream::connect(&path).unwrap();
    assert_eq!(third.read(&mut [0; 8]).unwrap(), 0, "it was let in");
    drop(held);
    until(|| stats.readers.load(Relaxed) == 0);
    drop(subscribe(&path, &stats));
    let (mut many, stats) = open(&Settings { readers: 1000, ..Settings::at(dir.join("many")) });
    many.tick().unwrap();
    let held: Vec<_> = (0..READERS).map(|_| subscribe(&dir.join("many"), &stats)).collect();
    assert_eq!(UnixStream::connect(dir.join("many")).unwrap().read(&mut [0; 8]).unwrap(), 0);
    drop(held);
}

#[test]
fn a_socket_is_taken_over_only_from_who_is_gone() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("events");
    let tried = |path: &Path| open(&Settings::at(path)).0.tick().map_err(|failure| failure.told());
    let living = UnixListener::bind(&path).unwrap();
    assert!(tried(&path).unwrap_err().contains("somebody listens there"));
    assert!(path.exists());
    drop(living);
    assert!(path.exists(), "it left its socket behind");
    tried(&path).unwrap();
    fs::write(&path, "precious").unwrap();
    assert!(tried(&path).unwrap_err().contains("no socket"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    assert!(tried(Path::new("events")).unwrap_err().contains("not absolute"));
    assert!(tried(&dir.join("a".repeat(108))).is_err(), "the path is too long");
    fs::set_permissions(dir.path(), Permissions::from_mode(0o775)).unwrap();
    assert!(tried(&dir.join("other")).unwrap_err().contains("may change its directory"));
}

#[test]
fn a_socket_that_was_taken_away_comes_back_when_it_is_opened_anew() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("events");
    let (mut sink, stats) = open(&Settings::at(&path));
    sink.tick().unwrap();
    let first = fs::metadata(&path).unwrap().ino();
    sink.reopen().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().ino(), first, "it is left where it is");
    fs::remove_file(&path).unwrap();
    sink.reopen().unwrap();
    drop(subscribe(&path, &stats));
}

#[test]
fn the_right_to_read_is_asked_of_the_socket_and_of_who_connects() {
    if !rustix::process::geteuid().is_root() {
        return skipped("only root can be several users");
    }
    let dir = TempDir::new().unwrap();
    let path = dir.join("events");
    // Games, on Debian.
    let game = |mode, users: &[u32], groups: &[u32]| {
        let (users, groups) = (users.to_vec(), groups.to_vec());
        let settings = Settings { mode, users, groups, group: Some(60), ..Settings::at(&path) };
        let (mut sink, stats) = open(&settings);
        sink.tick().unwrap();
        let meta = fs::metadata(&path).unwrap();
        assert_eq!((meta.mode() & 0o7777, meta.gid()), (mode, 60));
        let text = "my $s = IO::Socket::UNIX->new(Peer => shift) or exit 9; print <$s> // ''";
        let mut perl = Command::new("perl");
        perl.args(["-MIO::Socket::UNIX", "-e", text]).arg(&path).uid(5).gid(60);
        let reader = thread::spawn(move || perl.output().unwrap());
        until(|| reader.is_finished() || stats.connects.load(Relaxed) > 0);
        deliver(&mut *sink, &parcel(["one\n"]), BRIEF).unwrap();
        sink.close(&Patience::of(LONG)).unwrap();
        let output = reader.join().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(game(0o600, &[], &[]), (Some(9), String::new()));
    assert_eq!(game(0o640, &[], &[]), (Some(9), String::new()), "to connect is to write");
    assert_eq!(game(0o660, &[], &[]), (Some(0), "one\n".into()));
    assert_eq!(game(0o660, &[0], &[]), (Some(0), String::new()));
    assert_eq!(game(0o660, &[0, 5], &[]), (Some(0), "one\n".into()));
    assert_eq!(game(0o660, &[0], &[60]), (Some(0), "one\n".into()));
}

#[test]
fn readers_of_auditds_socket_get_what_auditd_gives() {
    let dir = TempDir::new().unwrap();
    let event = "type=SYSCALL msg=audit(1.000:7): arch=c000003e\ntype=CWD msg=audit(1.000:7): cwd=\"/\"\n";
    for (protocol, bytes) in [(Protocol::Audispd, event.len() + 30), (Protocol::Binary, 3 * 8986)] {
        let path = dir.join("audispd_events");
        let (mut sink, stats) = open(&Settings { protocol, ..Settings::at(&path) });
        sink.tick().unwrap();
        let mut reader = subscribe(&path, &stats);
        deliver(&mut *sink, &parcel([event]), BRIEF).unwrap();
        sink.close(&Patience::of(LONG)).unwrap();
        let mut got = Vec::new();
        reader.read_to_end(&mut got).unwrap();
        assert_eq!(got.len(), bytes);
        if protocol == Protocol::Audispd {
            assert_eq!(String::from_utf8(got).unwrap(), format!("{event}type=EOE msg=audit(1.000:7): \n"));
        }
    }
}
