//! The output that is a program, against real ones: shell scripts that end, stop and dawdle, and a plugin of auditd's.

#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::sleep;
use std::time::{Duration, Instant};

use oyez_output::parcel::Label;
use oyez_output::program::{Protocol, Settings};
use oyez_output::sink::Site;
use oyez_output::stats::Stats;
use oyez_output::{Done, Failure, Kind as _, Parcel, Patience, Sink};
use oyez_testkit::TempDir;
use oyez_testkit::corpus::skipped;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// A sink that runs `script` with sh, in whose `$0` the path of a file stands.
fn script(dir: &TempDir, script: &str) -> (Box<dyn Sink>, Arc<Stats>) {
    let args = ["-c", script, dir.join("out").to_str().unwrap()].map(str::to_owned).to_vec();
    open(&Settings { grace: Duration::from_millis(300), ..Settings::of("/bin/sh", args) })
}

fn open(settings: &Settings) -> (Box<dyn Sink>, Arc<Stats>) {
    let stats = Arc::new(Stats::default());
    let site = Site { name: "program".into(), host: "web-1".into(), stats: Arc::clone(&stats) };
    (settings.open(&site).unwrap(), stats)
}

fn parcel<S: AsRef<str>>(lines: impl IntoIterator<Item = S>) -> Parcel {
    let mut parcel = Parcel::default();
    for line in lines {
        parcel.push(&Label::default(), |out| out.extend_from_slice(line.as_ref().as_bytes()));
    }
    parcel
}

fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("message {number}\n")).collect()
}

/// Delivers once; gives back what is not done, as a courier would.
fn once(sink: &mut dyn Sink, parcel: &Parcel, time: Duration) -> (Result<(), Failure>, Parcel) {
    let mut done = Done::of(parcel.len());
    let start = Instant::now();
    let result = sink.deliver(parcel, &mut done, &Patience::of(time));
    assert!(start.elapsed() < time + Duration::from_secs(1), "it took {:?}", start.elapsed());
    let mut rest = Parcel::default();
    (0..parcel.len()).filter(|index| !done.is_done(*index)).for_each(|index| rest.add(&parcel.get(index).unwrap()));
    (result, rest)
}

const LONG: Duration = Duration::from_secs(10);
const BRIEF: Duration = Duration::from_millis(200);

fn close(sink: &mut dyn Sink) -> Result<(), Failure> {
    sink.close(&Patience::of(LONG))
}

/// Waits until this is so.
fn until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LONG, "it never came to be");
        sleep(Duration::from_millis(5));
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn pid(dir: &TempDir) -> Pid {
    until(|| read(&dir.join("out.pid")).ends_with('\n'));
    Pid::from_raw(read(&dir.join("out.pid")).trim().parse().unwrap()).unwrap()
}

#[test]
fn all_that_is_acknowledged_was_read_and_the_program_ends_with_its_pipe() {
    let dir = TempDir::new().unwrap();
    let (mut sink, stats) = script(&dir, "echo $$ > $0.pid; exec cat > $0");
    sink.tick().unwrap();
    let pid = pid(&dir);
    let all = numbers(50_000);
    let (result, rest) = once(&mut *sink, &parcel(&all), LONG);
    result.unwrap();
    assert!(rest.is_empty());
    close(&mut *sink).unwrap();
    assert_eq!(read(&dir.join("out")), all.concat());
    assert!(test_kill_process(pid).is_err(), "it is still there, or was not waited for");
    assert_eq!(stats.connects.load(Relaxed), 1);
}

#[test]
fn what_a_program_that_ends_left_unread_goes_to_the_next_one() {
    let dir = TempDir::new().unwrap();
    // sh reads a line by single bytes; the second run gets the third message from its beginning, though the first read half of it.
    let (mut sink, stats) = script(
        &dir,
        "if [ ! -e $0 ]; then read a; read b; printf '%s\\n%s\\n' \"$a\" \"$b\" > $0; dd bs=1 count=4 2>/dev/null >/dev/null; \
         echo too much >&2; exit 3; fi; exec cat >> $0",
    );
    let all = numbers(5);
    let (result, rest) = once(&mut *sink, &parcel(&all), LONG);
    let told = result.unwrap_err().told();
    assert!(told.contains("exit status: 3") && told.contains("too much"), "{told}");
    assert_eq!(rest.len(), 3);
    let (result, rest) = once(&mut *sink, &rest, LONG);
    result.unwrap();
    assert!(rest.is_empty());
    close(&mut *sink).unwrap();
    assert_eq!(read(&dir.join("out")), all.concat());
    assert_eq!(stats.connects.load(Relaxed), 2);
}

#[test]
fn a_killed_program_is_found_out_between_deliveries_too() {
    let dir = TempDir::new().unwrap();
    let (mut sink, _) = script(&dir, "echo $$ > $0.pid; exec cat >> $0");
    let all = numbers(4);
    once(&mut *sink, &parcel(&all[..2]), LONG).0.unwrap();
    until(|| read(&dir.join("out")) == all[..2].concat());
    kill_process(pid(&dir), Signal::KILL).unwrap();
    let mut told = None;
    until(|| {
        told = sink.tick().err();
        told.is_some()
    });
    assert!(told.unwrap().told().contains("signal: 9"), "it does not say how it ended");
    sink.tick().unwrap();
    once(&mut *sink, &parcel(&all[2..]), LONG).0.unwrap();
    close(&mut *sink).unwrap();
    assert_eq!(read(&dir.join("out")), all.concat());
}

#[test]
fn a_stopped_program_holds_nobody_up_and_misses_nothing() {
    let dir = TempDir::new().unwrap();
    let (mut sink, _) = script(&dir, "echo $$ > $0.pid; kill -STOP $$; exec cat > $0");
    // More than the pipe holds.
    let all = numbers(60_000);
    let mut rest = parcel(&all);
    for _ in 0..3 {
        let (result, left) = once(&mut *sink, &rest, BRIEF);
        assert!(result.unwrap_err().told().contains("did not read in time"));
        assert_eq!(left.len(), all.len(), "none was read");
        rest = left;
    }
    kill_process(pid(&dir), Signal::CONT).unwrap();
    let (result, rest) = once(&mut *sink, &rest, LONG);
    result.unwrap();
    assert!(rest.is_empty());
    close(&mut *sink).unwrap();
    assert!(read(&dir.join("out")) == all.concat(), "not the messages, once each");
}

#[test]
fn one_that_reads_in_small_pieces_gets_each_message_whole_and_once() {
    let dir = TempDir::new().unwrap();
    let (mut sink, _) = script(
        &dir,
        "while :; do dd bs=37 count=1 2>/dev/null > $0.part; [ -s $0.part ] || exit; cat $0.part >> $0; done",
    );
    let all = numbers(200);
    let mut rest = parcel(&all);
    let mut deliveries = 0;
    while !rest.is_empty() {
        let (result, left) = once(&mut *sink, &rest, Duration::from_millis(20));
        // It fails only where nothing at all was read.
        assert!(result.is_ok() || left.len() == rest.len());
        rest = left;
        deliveries += 1;
    }
    assert!(deliveries > 2, "it was not slow");
    close(&mut *sink).unwrap();
    assert_eq!(read(&dir.join("out")), all.concat());
}

#[test]
fn the_half_of_a_message_that_was_dropped_meanwhile_is_still_ended() {
    let dir = TempDir::new().unwrap();
    let (mut sink, _) =
        script(&dir, "dd bs=1 count=4 2>/dev/null > $0; while [ ! -e $0.go ]; do sleep 0.01; done; exec cat >> $0");
    let (result, rest) = once(&mut *sink, &parcel(["first\n", "second\n"]), BRIEF);
    assert!(result.is_err() && rest.len() == 2);
    fs::write(dir.join("out.go"), "").unwrap();
    // The queue dropped both.
    once(&mut *sink, &parcel(["third\n"]), LONG).0.unwrap();
    close(&mut *sink).unwrap();
    assert_eq!(read(&dir.join("out")), "first\nthird\n");
}

#[test]
fn one_that_ends_at_once_gets_nothing_acknowledged_and_leaves_nothing_open() {
    let dir = TempDir::new().unwrap();
    let (mut sink, stats) = script(&dir, "echo $$ >> $0; exit 7");
    for run in 1..=20 {
        let (result, rest) = once(&mut *sink, &parcel(["a\n"]), LONG);
        let told = result.unwrap_err().told();
        assert!(told.contains("exit status: 7") && rest.len() == 1, "{told}");
        assert_eq!(stats.connects.load(Relaxed), run);
    }
    for line in read(&dir.join("out")).lines() {
        let pid = Pid::from_raw(line.parse().unwrap()).unwrap();
        assert!(test_kill_process(pid).is_err(), "{line} was not waited for");
    }
    let held = fs::read_dir("/proc/self/fd").unwrap().count();
    assert!(held < 100, "{held} descriptors are open");
}

#[test]
fn one_that_closes_its_input_is_over() {
    let dir = TempDir::new().unwrap();
    let (mut sink, _) = script(&dir, "echo $$ > $0.pid; exec <&-; sleep 1000");
    let (result, rest) = once(&mut *sink, &parcel(["a\n"]), LONG);
    assert!(result.unwrap_err().told().contains("has ended") && rest.len() == 1);
    assert!(test_kill_process(pid(&dir)).is_err());
}

#[test]
fn the_program_has_a_clean_environment_and_no_other_files() {
    let dir = TempDir::new().unwrap();
    let (out, fds) = (dir.join("out"), dir.join("fds"));
    let text = format!("env > {}; pwd >> {}; ls /proc/self/fd > {}; ", out.display(), out.display(), fds.display());
    let mut settings = Settings::of("/bin/sh", vec!["-c".into(), text + "cat"]);
    settings.env = vec![("TOKEN".into(), "a b".into())];
    let (mut sink, _) = open(&settings);
    once(&mut *sink, &parcel(["a\n"]), LONG).0.unwrap();
    close(&mut *sink).unwrap();
    let said = read(&out);
    let mut lines: Vec<_> = said.lines().filter(|line| !line.starts_with("LANG=")).collect();
    lines.sort_unstable();
    let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    // sh sets PWD.
    assert_eq!(lines, ["/", path, "PWD=/", "TOKEN=a b"]);
    // What this process was given open, another would get too. ls holds the directory.
    let others = Command::new("/bin/sh").args(["-c", "ls /proc/self/fd"]).stdin(Stdio::piped()).output().unwrap();
    assert_eq!(read(&fds), String::from_utf8(others.stdout).unwrap());
}

#[test]
fn a_stubborn_program_is_killed_with_all_that_it_started() {
    let dir = TempDir::new().unwrap();
    let (mut sink, _) =
        script(&dir, "trap '' TERM; sleep 1000 & echo $! > $0.pid; cat > /dev/null; while :; do sleep 1; done");
    once(&mut *sink, &parcel(["a\n"]), LONG).0.unwrap();
    let (pid, start) = (pid(&dir), Instant::now());
    let told = sink.close(&Patience::of(BRIEF)).unwrap_err().told();
    assert!(told.contains("had to be killed") && start.elapsed() < BRIEF + Duration::from_secs(1), "{told}");
    until(|| read(Path::new(&format!("/proc/{pid}/stat"))).split(' ').nth(2).is_none_or(|state| state == "Z"));
}

#[test]
fn a_sink_that_is_dropped_leaves_no_program() {
    let dir = TempDir::new().unwrap();
    let (mut sink, _) = script(&dir, "echo $$ > $0.pid; exec sleep 1000");
    sink.tick().unwrap();
    let pid = pid(&dir);
    drop(sink);
    assert!(test_kill_process(pid).is_err());
}

#[test]
fn only_who_wants_it_is_hung_up() {
    for (hangup, expected) in [(true, "hup\na\n"), (false, "a\n")] {
        let dir = TempDir::new().unwrap();
        let out = dir.join("out");
        // A signal ends a read as the end of the pipe does; this one ends by SIGTERM.
        let text = "trap 'echo hup >> $0' HUP; : > $0.ready; while :; do read a && echo $a >> $0 || sleep 0.01; done";
        let args = ["-c", text, out.to_str().unwrap()].map(str::to_owned).to_vec();
        let (mut sink, _) = open(&Settings { hangup, grace: BRIEF, ..Settings::of("/bin/sh", args) });
        sink.tick().unwrap();
        until(|| dir.join("out.ready").exists());
        sink.reopen().unwrap();
        until(|| !hangup || read(&out) == "hup\n");
        once(&mut *sink, &parcel(["a\n"]), LONG).0.unwrap();
        close(&mut *sink).unwrap();
        assert_eq!(read(&out), expected);
    }
}

#[test]
fn what_others_could_change_is_not_run() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("plugin");
    fs::write(&path, "#!/bin/sh\ncat\n").unwrap();
    for (mode, why) in [(0o755, None), (0o775, Some("may change it")), (0o644, Some("not an executable"))] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let (mut sink, _) = open(&Settings::of(&path, Vec::new()));
        let found = sink.connect(&Patience::of(LONG));
        match why {
            None => found.unwrap(),
            Some(why) => assert!(found.unwrap_err().told().contains(why), "{mode:o}"),
        }
    }
    let (mut sink, _) = open(&Settings::of("/nonexistent/plugin", Vec::new()));
    assert!(once(&mut *sink, &parcel(["a\n"]), LONG).0.unwrap_err().told().contains("No such file"));
}

#[test]
fn frames_come_whole_to_who_reads_frames() {
    let dir = TempDir::new().unwrap();
    // As plugins in C do: a read per frame. dd counts what was short.
    let text = format!("exec dd bs=8986 of={0} 2> {0}.told", dir.join("out").display());
    let settings = Settings { protocol: Protocol::Binary, ..Settings::of("/bin/sh", vec!["-c".into(), text]) };
    let (mut sink, _) = open(&settings);
    let all: Vec<_> = (0..200).map(|n| format!("type=CWD msg=audit(1.000:{n}): cwd=\"/\"\n")).collect();
    let (result, rest) = once(&mut *sink, &parcel(&all), LONG);
    result.unwrap();
    assert!(rest.is_empty());
    close(&mut *sink).unwrap();
    assert_eq!(fs::metadata(dir.join("out")).unwrap().len(), 200 * 8986);
    assert!(read(&dir.join("out.told")).contains("200+0 records in"), "{}", read(&dir.join("out.told")));
}

/// audispd-plugins 3.0.9: reads auditd's strings and hands them to syslog(3), which writes to /dev/log. So it gets a /dev of its own.
#[test]
fn auditds_syslog_plugin_runs_unchanged() {
    let dir = TempDir::new().unwrap();
    let (plugin, log) = ("/sbin/audisp-syslog", dir.join("log"));
    if !Path::new(plugin).exists() {
        return skipped("no audisp-syslog here (package audispd-plugins)");
    }
    let socket = UnixDatagram::bind(&log).unwrap();
    socket.set_read_timeout(Some(LONG)).unwrap();
    let text =
        format!("mount -t tmpfs tmpfs /dev && ln -s {} /dev/log && exec {plugin} LOG_INFO LOG_LOCAL3", log.display());
    let args = ["-m", "/bin/sh", "-c", &text].map(str::to_owned).to_vec();
    let settings = Settings { protocol: Protocol::Audispd, hangup: true, ..Settings::of("/usr/bin/unshare", args) };
    let (mut sink, _) = open(&settings);
    sink.tick().unwrap();
    sleep(Duration::from_millis(200));
    if sink.tick().is_err() {
        return skipped("no mount namespaces here");
    }
    let event = "type=SYSCALL msg=audit(1626611363.720:348501): arch=c000003e syscall=59 success=yes exit=0\n\
        type=CWD msg=audit(1626611363.720:348501): cwd=\"/root\"\n";
    once(&mut *sink, &parcel([event]), LONG).0.unwrap();
    sink.reopen().unwrap();
    once(&mut *sink, &parcel(["type=USER_LOGIN msg=audit(1626611364.720:348502): pid=1\n"]), LONG).0.unwrap();
    let mut bytes = [0; 2048];
    for expected in
        ["type=SYSCALL msg=audit(1626611363.720:348501): arch", "type=CWD msg", "type=EOE msg", "type=USER_LOGIN msg"]
    {
        let text = loop {
            let count = socket.recv(&mut bytes).unwrap();
            let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
            if text.contains("type=") {
                break text;
            }
        };
        // LOG_LOCAL3 and LOG_INFO.
        assert!(text.starts_with("<158>") && text.contains(expected), "{text}");
    }
    close(&mut *sink).unwrap();
}
