//! The keeper with helpers that are shell scripts: good, hung, dying, and talking garbage.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use oyez_testkit::TempDir;

use super::*;
use crate::users::Kind;

/// Answers `nameN` for N, no name for 404, fails for 500.
const GOOD: &str = r#"while read kind id; do case $id in
    404) echo "$kind $id -";; 500) echo "$kind $id !";; *) echo "$kind $id =name$id";; esac; done"#;

const QUICK: Limits = Limits {
    timeout: Duration::from_millis(300),
    idle: Duration::from_secs(30),
    first_pause: Duration::from_millis(200),
    longest_pause: Duration::from_millis(400),
};

/// For helpers that are to answer, however busy the machine is.
const PATIENT: Limits = Limits { timeout: Duration::from_mins(1), ..QUICK };

struct Running {
    link: Link,
    keeper: JoinHandle<()>,
}

fn run(script: &str, limits: Limits) -> Running {
    let (link, work) = link();
    let keeper = Keeper::new("/bin/sh", &["-c", script], limits);
    Running { link, keeper: std::thread::spawn(move || keeper.run(&work)) }
}

impl Running {
    fn ask(&mut self, number: u32) -> Answer {
        assert!(self.link.ask(Id { kind: Kind::User, number }));
        let start = Instant::now();
        loop {
            if let Some((id, answer)) = self.link.answer() {
                assert_eq!(id.number, number);
                return answer;
            }
            assert!(start.elapsed() < Duration::from_mins(2), "no answer");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Asks again until there is an answer: a busy machine may not have one in time.
    fn ask_until_answered(&mut self, number: u32) -> Answer {
        let start = Instant::now();
        loop {
            let answer = self.ask(number);
            if answer != Answer::Failed || start.elapsed() > Duration::from_mins(1) {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How long the keeper takes to end.
    fn end(self) -> Duration {
        let start = Instant::now();
        drop(self.link);
        self.keeper.join().unwrap();
        start.elapsed()
    }
}

/// The script, with a note in `dir` of each start.
fn counted(dir: &TempDir, script: &str) -> String {
    format!("echo start >> {}; {script}", dir.join("starts").display())
}

fn starts(dir: &TempDir) -> usize {
    std::fs::read_to_string(dir.join("starts")).unwrap_or_default().lines().count()
}

fn name(name: &str) -> Answer {
    Answer::Name(name.into())
}

#[test]
fn one_helper_answers_many_questions() {
    let dir = TempDir::new().unwrap();
    let mut running = run(&counted(&dir, GOOD), PATIENT);
    assert_eq!(running.ask(7), name("name7"));
    assert_eq!(running.ask(404), Answer::NoName);
    assert_eq!(running.ask(500), Answer::Failed);
    for number in 1000..2000 {
        assert_eq!(running.ask(number), name(&format!("name{number}")));
    }
    running.end();
    assert_eq!(starts(&dir), 1);
}

#[test]
fn a_helper_inherits_no_environment() {
    // `cargo test` sets variables of this kind. The shell adds PWD, SHLVL and _ of its own.
    assert!(std::env::vars().any(|(name, _)| name.starts_with("CARGO")));
    let dir = TempDir::new().unwrap();
    let mut running = run(&format!("env > {}; {GOOD}", dir.join("env").display()), PATIENT);
    assert_eq!(running.ask(7), name("name7"));
    running.end();
    let text = std::fs::read_to_string(dir.join("env")).unwrap();
    let mut names: Vec<_> = text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
    names.sort_unstable();
    assert_eq!(names, ["LANG", "PATH"]);
}

#[test]
fn a_hung_helper_costs_one_id_its_answer_and_is_replaced() {
    let script = r#"while read kind id; do [ $id = 13 ] && exec sleep 1000; echo "$kind $id =name$id"; done"#;
    let mut running = run(script, QUICK);
    assert_eq!(running.ask_until_answered(1), name("name1"));
    let start = Instant::now();
    assert_eq!(running.ask(13), Answer::Failed);
    assert!(start.elapsed() >= QUICK.timeout);
    let next = running.ask(2);
    let earliest = QUICK.timeout + QUICK.first_pause;
    assert!(next == Answer::Failed || start.elapsed() >= earliest, "not started again at once");
    assert_eq!(running.ask_until_answered(2), name("name2"));
    running.end();
}

#[test]
fn the_end_does_not_wait_for_a_hung_helper() {
    let mut running = run("sleep 1000", Limits { timeout: Duration::from_secs(1000), ..QUICK });
    assert!(running.link.ask(Id { kind: Kind::User, number: 1 }));
    std::thread::sleep(Duration::from_millis(300));
    let took = running.end();
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn a_dying_helper_is_started_again_less_and_less_often() {
    let dir = TempDir::new().unwrap();
    let mut running = run(&counted(&dir, ""), QUICK);
    let start = Instant::now();
    let mut asked = 0;
    while start.elapsed() < Duration::from_millis(1500) {
        assert_eq!(running.ask(asked), Answer::Failed);
        asked += 1;
        std::thread::sleep(Duration::from_millis(1));
    }
    running.end();
    // At 0, 0.2, 0.6, 1.0, 1.4 seconds and so on; a slow machine has fewer.
    let most = 2 + usize::try_from(start.elapsed().as_millis() / QUICK.longest_pause.as_millis()).unwrap();
    let starts = starts(&dir);
    assert!((1..=most).contains(&starts), "{starts} starts for {asked} questions, {most} at the most");
}

#[test]
fn garbage_is_no_answer_and_ends_its_helper() {
    for garbage in [
        "echo hello",
        "echo u 2 =other",
        "echo g 1 =group",
        "yes u 1 =root",
        "head -c 100000 /dev/zero",
        "printf 'u 1 =a\\033b\\n'",
        "printf 'u 1 =a\\nu 1 =b\\n'",
    ] {
        let mut running = run(&format!("read line; {garbage}; sleep 1000"), QUICK);
        let start = Instant::now();
        assert_eq!(running.ask(1), Answer::Failed, "{garbage}");
        assert_eq!(running.ask(1), Answer::Failed, "{garbage}");
        assert!(start.elapsed() < Duration::from_mins(1), "{garbage}");
        running.end();
    }
}

#[test]
fn a_program_that_is_not_there_is_a_failure() {
    let (link, work) = link();
    let keeper = Keeper::new("/nonexistent/helper", &[], QUICK);
    let mut running = Running { link, keeper: std::thread::spawn(move || keeper.run(&work)) };
    assert_eq!(running.ask(1), Answer::Failed);
    running.end();
}

#[test]
fn an_idle_helper_is_ended_and_the_next_question_has_a_new_one() {
    let dir = TempDir::new().unwrap();
    let script = format!("echo $$ > {}; {}", dir.join("pid").display(), counted(&dir, GOOD));
    let mut running = run(&script, Limits { idle: Duration::from_millis(50), ..PATIENT });
    for _ in 0..3 {
        assert_eq!(running.ask(1), name("name1"));
        let helper = format!("/proc/{}", std::fs::read_to_string(dir.join("pid")).unwrap().trim());
        let start = Instant::now();
        while std::fs::exists(&helper).unwrap() {
            assert!(start.elapsed() < Duration::from_mins(1), "{helper} goes on");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    running.end();
    assert_eq!(starts(&dir), 3);
}

#[test]
fn a_full_queue_takes_no_more_and_nothing_waits() {
    let (mut link, work) = link();
    let id = |number| Id { kind: Kind::Group, number };
    let taken = (0..10_000).filter(|number| link.ask(id(*number))).count();
    assert_eq!(taken, QUEUE);
    for _ in 0..QUEUE {
        let id = work.queries.try_recv().unwrap();
        work.answers.try_send((id, Answer::NoName)).unwrap();
    }
    assert!(!link.ask(id(1)), "answers that wait count in, so that giving one never waits");
    assert_eq!(link.answer(), Some((id(0), Answer::NoName)));
    assert!(link.ask(id(1)));
    let stop = Arc::clone(&work.stop);
    drop(link);
    assert!(stop.load(Ordering::Relaxed));
}
