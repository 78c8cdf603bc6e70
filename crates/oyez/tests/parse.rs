//! `oyez parse` as its users see it: logs in every dress, broken ones, growing ones, and what is said about them.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use oyez_testkit::{TempDir, corpus};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// The logs of corpus/own.
fn own(name: &str) -> PathBuf {
    corpus::workspace().join("corpus/own").join(name)
}

fn bytes_of(name: &str) -> Vec<u8> {
    fs::read(own(name)).unwrap()
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyez"));
    command.arg("parse").args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn parse(paths: &[&Path]) -> Output {
    command(&[]).args(paths).output().unwrap()
}

fn parse_stdin(words: &[&str], input: &[u8]) -> Output {
    let mut child = command(words).stdin(Stdio::piped()).spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_vec());
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    // A reader that ended early is no fault of the writer.
    let _ = writer.join().unwrap();
    output
}

fn events(output: &Output) -> Vec<Value> {
    output.stdout.split_inclusive(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn serials(output: &Output) -> Vec<u64> {
    events(output).iter().map(|event| event["serial"].as_u64().unwrap()).collect()
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn record(serial: u32, sec: u32) -> String {
    format!("type=CWD msg=audit({sec}.000:{serial}): cwd=\"/{serial}\"\n")
}

/// Whole events, one per line: auditd does not write their EOE, their PROCTITLE ends them.
fn titles(serials: impl Iterator<Item = u32>) -> Vec<u8> {
    serials
        .flat_map(|serial| format!("type=PROCTITLE msg=audit(1.000:{serial}): proctitle=\"x\"\n").into_bytes())
        .collect()
}

#[test]
fn every_dress_gives_the_same_events() {
    let plain = parse(&[&own("plain.log")]);
    assert_eq!(code(&plain), 0, "{}", stderr(&plain));
    assert_eq!(serials(&plain), [9001, 9002, 9003, 9004, 9005, 9006]);
    for name in ["crlf.log", "numeric.log", "unknown.log", "syslog.log", "journal.log", "dmesg.log", "no-eoe-torn.log"]
    {
        let dressed = parse(&[&own(name)]);
        assert_eq!(events(&dressed), events(&plain), "{name}");
        assert_eq!(code(&dressed), 0, "{name}");
    }
}

#[test]
fn interleaved_records_find_their_events() {
    let mut interleaved = events(&parse(&[&own("interleaved.log")]));
    interleaved.sort_by_key(|event| event["serial"].as_u64());
    assert_eq!(interleaved, events(&parse(&[&own("plain.log")])));
}

#[test]
fn what_auditd_enriched_is_in_the_event() {
    let event = &events(&parse(&[&own("enriched.log")]))[0];
    assert_eq!(event["user"]["auid_name"], "alice");
    assert_eq!(event["process"]["argv"][0], "perl");
}

#[test]
fn nodes_are_kept_apart_and_their_gaps_unknown() {
    let output = parse(&[&own("nodes.log")]);
    let nodes: Vec<_> = events(&output).iter().map(|event| event["node"].as_str().unwrap().to_owned()).collect();
    assert_eq!(nodes.iter().filter(|node| *node == "db-1").count(), 6);
    assert_eq!(nodes.iter().filter(|node| *node == "web-1").count(), 6);
    assert!(stderr(&output).contains("lost unknown (several nodes)"), "{}", stderr(&output));
    let one = parse(&[&own("node.log")]);
    assert!(events(&one).iter().all(|event| event["node"] == "web-1"));
    assert!(stderr(&one).contains(", 0 lost"));
}

#[test]
fn a_compressed_log_is_told_by_its_bytes_and_standard_input_too() {
    let dir = TempDir::new().unwrap();
    let (plain, text) = (parse(&[&own("plain.log")]), bytes_of("plain.log"));
    let (first, second) = text.split_at(text.len() / 2);
    let gzip = [gzip(first), gzip(second)].concat();
    let zstd = [first, second].map(|half| zstd::encode_all(half, 1).unwrap()).concat();
    for (name, bytes) in [("audit.zst", &gzip), ("audit.gz", &zstd), ("audit", &text)] {
        let path = dir.join(name);
        fs::write(&path, bytes).unwrap();
        assert_eq!(parse(&[&path]).stdout, plain.stdout, "{name}");
        assert_eq!(parse_stdin(&["-"], bytes).stdout, plain.stdout, "{name}");
        assert_eq!(parse_stdin(&[], bytes).stdout, plain.stdout, "{name}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_line_is_in_one_count_and_every_record_in_one_event() {
    for entry in fs::read_dir(own("")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "log") {
            continue;
        }
        let (output, text) = (parse(&[&path]), fs::read(&path).unwrap());
        let told = stderr(&output);
        let count = |word: &str| -> usize {
            let words: Vec<_> = told.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
            words.windows(2).find(|pair| pair[1] == word).unwrap()[0].parse().unwrap()
        };
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        let ends = lines
            .clone()
            .filter(|line| line.windows(9).any(|part| part == b"type=EOE " || part == b"type=1320"))
            .count();
        let ends = ends + lines.clone().filter(|line| line.starts_with(b"type=UNKNOWN[1320]")).count();
        let emitted: usize = events(&output).iter().filter_map(|event| event["records"].as_array()).map(Vec::len).sum();
        let malformed = events(&output).iter().filter(|event| event["kind"] == "OYEZ_MALFORMED").count();
        assert_eq!(count("lines"), lines.count(), "{told}");
        assert_eq!(count("records"), emitted + ends, "{}: {told}", path.display());
        assert_eq!(count("malformed"), malformed, "{told}");
        assert_eq!(count("lines"), count("records") + count("malformed") + count("skipped"), "{told}");
        assert_eq!(count("events"), events(&output).len() - malformed, "{told}");
        assert!(!told.contains("unaccounted"), "{told}");
    }
}

#[test]
fn a_malformed_record_comes_out_as_an_event_of_its_own() {
    let path = own("malformed.log");
    let output = parse(&[&path]);
    assert_eq!(code(&output), 0);
    assert_eq!(stderr(&output), "oyez: 31 lines, 24 records, 6 events; 5 malformed, 2 skipped, 0 late, 0 lost\n");
    let malformed: Vec<_> = events(&output).into_iter().filter(|event| event["kind"] == "OYEZ_MALFORMED").collect();
    let lines: Vec<_> = malformed.iter().map(|event| event["oyez"]["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [8, 9, 12, 13, 14]);
    assert_eq!(malformed[0]["oyez"]["raw"], "type=SYSCALL msg=audit(1795321200.2");
    assert_eq!(malformed[0]["oyez"]["file"], path.to_str().unwrap());
    assert_eq!(malformed[0]["time"], "2026-11-22T04:20:00.101Z");
    assert!(malformed[4]["oyez"]["raw_hex"].as_str().unwrap().ends_with("22FFFE22"));
    let others: Vec<_> = events(&output).into_iter().filter(|event| event["kind"] != "OYEZ_MALFORMED").collect();
    assert_eq!(others, events(&parse(&[&own("plain.log")])));
}

#[test]
fn a_line_without_end_is_cut_and_takes_no_others_with_it() {
    let mut input = b"type=CWD msg=audit(1.000:1): cwd=\"".to_vec();
    input.resize(3 << 20, b'x');
    input.extend_from_slice(b"\"\n");
    input.extend_from_slice(record(2, 1).as_bytes());
    let output = parse_stdin(&[], &input);
    let events = events(&output);
    assert_eq!((events[0]["kind"].as_str(), events[1]["serial"].as_u64()), (Some("OYEZ_MALFORMED"), Some(2)));
    assert_eq!(events[0]["oyez"]["raw"].as_str().unwrap().len(), 1 << 20);
    assert!(stderr(&output).starts_with("oyez: 2 lines, 1 records, 1 events; 1 malformed"), "{}", stderr(&output));
}

#[test]
fn gaps_and_late_parts_are_counted_and_strict_exits_with_1() {
    let path = own("gap-late.log");
    let output = parse(&[&path]);
    assert_eq!(code(&output), 0);
    assert_eq!(
        stderr(&output),
        "oyez: 23 lines, 23 records, 6 events; 0 malformed, 0 skipped, 1 late, at most 1 lost\n"
    );
    let late = events(&output).into_iter().find(|event| event["part"] == 1).unwrap();
    assert_eq!(late["serial"], 9001);
    for (name, exit) in [("gap-late.log", 1), ("malformed.log", 1), ("plain.log", 0), ("nodes.log", 0)] {
        assert_eq!(code(&command(&["--strict"]).arg(own(name)).output().unwrap()), exit, "{name}");
    }
}

#[test]
fn a_log_without_a_record_is_named_and_strict_exits_with_1() {
    let dir = TempDir::new().unwrap();
    let (noise, empty) = (dir.join("noise"), dir.join("empty"));
    fs::write(&noise, b"\xfe\xdc no record\n\0\xff\n").unwrap();
    fs::write(&empty, b"").unwrap();
    for (words, exit) in [(&[][..], 0), (&["--strict"], 1)] {
        let output = command(words).args([&own("plain.log"), &noise]).output().unwrap();
        let told = format!("oyez: cannot find an audit record in \"{}\"", noise.display());
        assert_eq!((stderr(&output).lines().next(), code(&output)), (Some(told.as_str()), exit));
        assert_eq!(serials(&output).len(), 6);
        let output = command(words).args([&empty, &own("plain.log")]).output().unwrap();
        assert_eq!((stderr(&output).lines().count(), code(&output)), (1, 0), "{}", stderr(&output));
    }
    let output = parse_stdin(&["--strict"], b"type=CWD msg=audit(1.0");
    assert_eq!(
        (stderr(&output).lines().next(), code(&output)),
        (Some("oyez: cannot find an audit record in \"-\""), 1)
    );
}

#[test]
fn garbage_behind_gzip_is_ignored_with_a_warning_and_strict_exits_with_1() {
    let dir = TempDir::new().unwrap();
    let (garbage, padded) = (dir.join("garbage.gz"), dir.join("padded.gz"));
    let packed = gzip(&bytes_of("plain.log"));
    fs::write(&garbage, [&packed[..], b"garbage\n"].concat()).unwrap();
    fs::write(&padded, [&packed[..], &[0; 512]].concat()).unwrap();
    for (words, exit) in [(&[][..], 0), (&["--strict"], 1)] {
        let output = command(words).arg(&garbage).output().unwrap();
        let told = format!("oyez: ignored what follows the compressed data in \"{}\"", garbage.display());
        assert_eq!((stderr(&output).lines().next(), code(&output)), (Some(told.as_str()), exit));
        assert_eq!(output.stdout, parse(&[&own("plain.log")]).stdout);
        let output = command(words).arg(&padded).output().unwrap();
        assert_eq!((stderr(&output).lines().count(), code(&output)), (1, 0), "{}", stderr(&output));
    }
}

#[test]
fn files_are_one_stream_in_the_order_given() {
    let dir = TempDir::new().unwrap();
    let text = bytes_of("plain.log");
    let cut = 1 + text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2).unwrap().0;
    let (old, new) = (dir.join("audit.log.1"), dir.join("audit.log"));
    fs::write(&old, &text[..cut]).unwrap();
    fs::write(&new, &text[cut..]).unwrap();
    assert_eq!(parse(&[&old, &new]).stdout, parse(&[&own("plain.log")]).stdout);
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_are_read() {
    let dir = TempDir::new().unwrap();
    let broken = dir.join("broken.gz");
    let packed = gzip(&bytes_of("plain.log"));
    fs::write(&broken, &packed[..packed.len() - 8]).unwrap();
    let foreign = dir.join("foreign");
    fs::write(&foreign, b"\xfd7zXZ\0").unwrap();
    for (path, words) in
        [(dir.join("none"), "No such file or directory"), (dir.path().to_owned(), "Is a directory"), (foreign, "xzcat")]
    {
        let output = parse(&[&path, &own("plain.log")]);
        assert_eq!((code(&output), serials(&output).len()), (3, 6), "{}", path.display());
        let told = stderr(&output).lines().next().unwrap();
        assert!(told.starts_with(&format!("oyez: cannot read \"{}\": ", path.display())), "{told}");
        assert!(told.contains(words), "{told}");
    }
    let output = parse(&[&broken]);
    assert_eq!((code(&output), serials(&output).len()), (3, 6));
    assert!(stderr(&output).contains("broken.gz\": the compressed data breaks off"), "{}", stderr(&output));
}

#[test]
fn a_reader_that_goes_ends_it_quietly() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("log");
    fs::write(&path, titles(1..20_000)).unwrap();
    let mut child = command(&[]).arg(&path).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.ends_with("}\n"));
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stderr(&output)), (0, ""));
}

#[test]
fn an_output_that_is_full_is_an_error() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = command(&[]).arg(own("plain.log")).stdout(full).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).starts_with("oyez: cannot write to standard output: "), "{}", stderr(&output));
}

#[test]
fn fields_and_node_follow_the_flags() {
    let output = command(&["--node", "web-9", "--omit-fields", "tty,a2"]).arg(own("plain.log")).output().unwrap();
    let event = &events(&output)[0];
    assert_eq!(event["node"], "web-9");
    assert_eq!(event["process"]["tty"], Value::Null);
    let text = command(&["--format", "text"]).arg(own("plain.log")).output().unwrap();
    assert_eq!(text.stdout.split_inclusive(|byte| *byte == b'\n').count(), 6);
    assert_ne!(text.stdout[0], b'{');
}

#[test]
fn memory_does_not_grow_with_the_input() {
    // Address space for the program, its libraries and its buffers; the input is many times that.
    let script = "ulimit -v 60000; exec \"$0\" parse";
    let mut child = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_oyez")])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for round in 0..20_u32 {
        // Events that nothing ends, and that never come to be over by the log's time.
        let open: String = (0..20_000).map(|serial| record(round * 20_000 + serial, 1)).collect();
        stdin.write_all(open.as_bytes()).unwrap();
    }
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..100 {
        stdin.write_all(&piece).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let early = 400_000 - 4096;
    let told =
        format!("400001 lines, 400000 records, 400000 events; 0 malformed, 1 skipped, 0 late, 0 lost, {early} early");
    assert_eq!(stderr(&output), format!("oyez: {told}\n"));
}

/// A running `oyez parse` whose events are read as they come; ended by SIGTERM.
struct Live {
    child: Child,
    told: BufReader<ChildStderr>,
    lines: Receiver<String>,
}

impl Live {
    /// Events are over after 300 ms of quiet.
    fn start(dir: &TempDir, words: &[&str], input: Stdio) -> Self {
        let config = dir.join("oyez.toml");
        fs::write(&config, "[group]\nlog_timeout = \"300ms\"\n").unwrap();
        let mut child = command(words).arg("--config").arg(&config).stdin(input).spawn().unwrap();
        let (send, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let told = BufReader::new(child.stderr.take().unwrap());
        Self { child, told, lines }
    }

    fn follow(dir: &TempDir, path: &Path) -> Self {
        Self::start(dir, &["--follow", path.to_str().unwrap()], Stdio::null())
    }

    fn input(&mut self) -> ChildStdin {
        self.child.stdin.take().unwrap()
    }

    /// The serial of the next event.
    #[track_caller]
    fn next(&self) -> u64 {
        let line = self.lines.recv_timeout(Duration::from_mins(1)).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()["serial"].as_u64().unwrap()
    }

    /// Waits until it has read so many bytes of this file (proc(5), `/proc/PID/fdinfo`), or will begin it anew.
    #[track_caller]
    fn await_place(&self, path: &Path, bytes: u64) {
        let proc = PathBuf::from(format!("/proc/{}", self.child.id()));
        let place = |fd: &str| {
            let info = fs::read_to_string(proc.join("fdinfo").join(fd)).ok()?;
            info.lines().find_map(|line| line.strip_prefix("pos:")?.trim().parse::<u64>().ok())
        };
        let is_there = || {
            let fds = fs::read_dir(proc.join("fd")).unwrap().map(|entry| entry.unwrap());
            let mut its = fds.filter(|fd| fs::read_link(fd.path()).is_ok_and(|file| file == path));
            its.any(|fd| place(fd.file_name().to_str().unwrap()) == Some(bytes))
        };
        let start = Instant::now();
        while !is_there() {
            assert!(start.elapsed() < Duration::from_mins(1), "it does not come to byte {bytes}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The next line of standard error.
    fn told(&mut self) -> String {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        line
    }

    /// Exit code and the rest of standard error after SIGTERM.
    fn stop(mut self) -> (i32, String) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let exit = self.child.wait().unwrap();
        let mut told = String::new();
        self.told.read_to_string(&mut told).unwrap();
        (exit.code().unwrap(), told)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn append(path: &Path, text: impl AsRef<[u8]>) {
    File::options().append(true).create(true).open(path).unwrap().write_all(text.as_ref()).unwrap();
}

#[test]
fn following_gives_what_is_there_then_what_comes_and_ends_on_a_signal() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("audit.log");
    append(&path, titles(1..3));
    let live = Live::follow(&dir, &path);
    assert_eq!([live.next(), live.next()], [1, 2]);
    let (start, end) = ("type=PROCTITLE msg=audit(1.0", "00:3): proctitle=\"x\"\n");
    append(&path, start);
    std::thread::sleep(Duration::from_millis(400));
    append(&path, end);
    assert_eq!(live.next(), 3);
    append(&path, "type=PROCTITLE msg=audit(1.000:4): proctitle=\"torn");
    live.await_place(&path, fs::metadata(&path).unwrap().len());
    let (exit, told) = live.stop();
    assert_eq!(
        (exit, told.as_str()),
        (0, "oyez: 4 lines, 4 records, 4 events; 0 malformed, 0 skipped, 0 late, 0 lost\n")
    );
}

#[test]
fn following_lets_an_open_event_out_when_all_is_quiet() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("audit.log");
    append(&path, record(1, 1));
    let live = Live::follow(&dir, &path);
    assert_eq!(live.next(), 1);
    append(&path, record(2, 1) + "not audit's\n");
    assert_eq!(live.next(), 2);
    assert_eq!(live.stop().0, 0);
}

#[test]
fn following_goes_across_both_kinds_of_rotation() {
    let dir = TempDir::new().unwrap();
    let (path, old) = (dir.join("audit.log"), dir.join("audit.log.1"));
    let mut live = Live::follow(&dir, &path);
    assert!(live.told().starts_with("oyez: waiting for \""));
    append(&path, titles(1..3));
    assert_eq!([live.next(), live.next()], [1, 2]);
    fs::rename(&path, &old).unwrap();
    append(&old, titles(3..4));
    append(&path, titles(4..5));
    assert_eq!([live.next(), live.next()], [3, 4]);
    fs::copy(&path, &old).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    // What comes is no longer than what was there.
    live.await_place(&path, 0);
    append(&path, titles(5..6));
    assert_eq!(live.next(), 5);
    fs::remove_file(&path).unwrap();
    std::thread::sleep(Duration::from_millis(600));
    append(&path, titles(6..7));
    assert_eq!(live.next(), 6);
    let told = "oyez: 6 lines, 6 records, 6 events; 0 malformed, 0 skipped, 0 late, 0 lost\n";
    assert_eq!(live.stop(), (0, told.to_owned()));
}

#[test]
fn following_forgives_an_error_that_passes_and_none_that_lasts() {
    let dir = TempDir::new().unwrap();
    let path = dir.join("audit.log");
    append(&path, titles(1..2));
    let mut live = Live::follow(&dir, &path);
    assert_eq!(live.next(), 1);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(live.told().contains("Is a directory"));
    fs::remove_dir(&path).unwrap();
    append(&path, titles(2..3));
    assert_eq!(live.next(), 2);
    let counts = "oyez: 2 lines, 2 records, 2 events; 0 malformed, 0 skipped, 0 late, 0 lost\n";
    assert_eq!(live.stop(), (0, counts.to_owned()));
    let mut live = Live::follow(&dir, &path);
    assert_eq!(live.next(), 2);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(live.told().contains("Is a directory"));
    assert_eq!(live.stop().0, 3);
}

#[test]
fn following_reads_the_logs_before_the_last_one_once() {
    let dir = TempDir::new().unwrap();
    let (path, old) = (dir.join("audit.log"), dir.join("audit.log.1.gz"));
    fs::write(&old, gzip(&titles(1..3))).unwrap();
    append(&path, titles(3..4));
    let live = Live::start(&dir, &["-f", old.to_str().unwrap(), path.to_str().unwrap()], Stdio::null());
    assert_eq!([live.next(), live.next(), live.next()], [1, 2, 3]);
    append(&path, titles(4..5));
    assert_eq!(live.next(), 4);
    assert_eq!(live.stop().0, 0);
}

#[test]
fn a_pipe_gives_its_events_while_it_is_open() {
    let dir = TempDir::new().unwrap();
    for words in [&[][..], &["--follow", "-"]] {
        let mut live = Live::start(&dir, words, Stdio::piped());
        let mut input = live.input();
        input.write_all(&titles(1..2)).unwrap();
        assert_eq!(live.next(), 1);
        input.write_all(record(2, 1).as_bytes()).unwrap();
        assert_eq!(live.next(), 2);
        input.write_all(record(3, 1).as_bytes()).unwrap();
        drop(input);
        assert_eq!(live.next(), 3);
        assert_eq!(live.child.wait().unwrap().code(), Some(0));
    }
}
