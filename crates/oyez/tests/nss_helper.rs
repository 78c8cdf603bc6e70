//! The real helper process behind the names of users and groups.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use oyez_enrich::users::nss::{Keeper, Limits, link};
use oyez_enrich::users::{Counts, Kind, Source, Stamp, Users};
use oyez_events::context::Names as _;

/// No file has any name, so that all are asked of NSS.
struct NoFiles;

impl Source for NoFiles {
    fn stamp(&self, _: Kind) -> Option<Stamp> {
        None
    }

    fn read(&self, _: Kind) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
}

fn helper(questions: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyez"));
    let command = command.arg("nss-helper").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(questions.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn the_helper_answers_by_nss_and_ends_with_its_input() {
    let output = helper("u 0\ng 0\nu 3999999999\ng 3999999999\n");
    let answers = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(answers, "u 0 =root\ng 0 =root\nu 3999999999 -\ng 3999999999 -\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_helper_refuses_what_is_no_question() {
    let output = helper("u root\n");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot read question"));
}

#[test]
fn the_helper_dies_with_who_started_it_even_while_its_input_stays_open() {
    let script = r#"exec 3<&0; "$0" nss-helper <&3 & echo "$!"; wait"#;
    let mut command = Command::new("/bin/sh");
    let command = command.args(["-c", script, env!("CARGO_BIN_EXE_oyez")]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut shell = command.spawn().unwrap();
    let mut questions = shell.stdin.take().unwrap();
    questions.write_all(b"u 0\n").unwrap();
    let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut said = [lines.next().unwrap(), lines.next().unwrap()];
    said.sort_unstable();
    assert_eq!(said[1], "u 0 =root");
    shell.kill().unwrap();
    shell.wait().unwrap();
    // Its end of the pipe is closed with it. One that lives on would wait for questions as long as ours is open.
    let (at_end, end) = channel();
    std::thread::spawn(move || at_end.send(lines.next()));
    assert_eq!(end.recv_timeout(Duration::from_mins(1)), Ok(None));
    assert!(questions.write_all(b"u 0\n").is_err());
}

#[test]
fn ten_thousand_ids_are_answered_behind_the_pipelines_back() {
    let (link, work) = link();
    let keeper = Keeper::new(
        env!("CARGO_BIN_EXE_oyez"),
        &["nss-helper"],
        Limits { timeout: Duration::from_mins(1), ..Limits::default() },
    );
    let keeper = std::thread::spawn(move || keeper.run(&work));
    let mut users = Users::new(NoFiles, Some(link));
    let (start, mut longest) = (Instant::now(), Duration::ZERO);
    let mut turn = |users: &mut Users<NoFiles>, uid| {
        let at = Instant::now();
        users.user(uid);
        users.group(0);
        users.tick(u64::try_from(start.elapsed().as_millis()).unwrap());
        longest = longest.max(at.elapsed());
    };
    let mut uid = 0;
    while users.counts().answered < 10_000 {
        assert!(start.elapsed() < Duration::from_mins(2), "{:?}", users.counts());
        turn(&mut users, 4_000_000 + uid % 20_000);
        uid += 1;
        std::thread::sleep(Duration::from_micros(20));
    }
    while users.user(0).is_none() || users.group(0).is_none() {
        assert!(start.elapsed() < Duration::from_mins(3), "{:?}", users.counts());
        turn(&mut users, 0);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!((users.user(0), users.group(0), users.user(4_000_001)), (Some("root"), Some("root"), None));
    assert_eq!(users.counts(), Counts { failed: 0, ..users.counts() });
    // Generous: what it costs when nothing else runs is microseconds.
    assert!(longest < Duration::from_secs(10), "{longest:?}");
    drop(users);
    keeper.join().unwrap();
}
