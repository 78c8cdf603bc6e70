//! Sessions against aulast(8), on logs with logins in them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its setting fails")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use oyez_enrich::logins::Logins;
use oyez_events::context::{Login, LoginKind};
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;
use oyez_testkit::{TempDir, corpus};

/// A login as both see it: the terminal, and the seconds in which it began and ended.
type Seen = (String, u64, u64);

/// The lines of a log with a stamp, in the order in which they were written: aulast takes no other.
fn sorted(log: &[u8]) -> String {
    let text = String::from_utf8_lossy(log);
    let mut lines: Vec<_> = text.lines().filter_map(|line| Some((stamp(line)?, line))).collect();
    lines.sort_unstable();
    lines.into_iter().flat_map(|(_, line)| [line, "\n"]).collect()
}

fn stamp(line: &str) -> Option<(u64, u64)> {
    let (_, rest) = line.split_once("audit(")?;
    let (time, rest) = rest.split_once(':')?;
    Some((time.replace('.', "").parse().ok()?, rest.split_once(')')?.0.parse().ok()?))
}

fn ours(log: &str) -> BTreeSet<Seen> {
    let (mut parser, mut clock, mut logins) = (LineParser::new(), LogClock::default(), Logins::new());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    let mut numbers = BTreeSet::new();
    let mut learn = |event: &oyez_events::Event| {
        logins.event(event);
        numbers.extend(event.records().filter_map(|record| {
            let body = String::from_utf8_lossy(record.body()).into_owned();
            body.split(' ').find_map(|word| word.strip_prefix("ses=")?.parse::<u32>().ok())
        }));
    };
    for line in log.lines() {
        let Ok(record) = parser.line(line.as_bytes()) else { continue };
        let now = clock.read(record.id);
        grouper.push(&record, now, &mut learn);
    }
    grouper.finish(&mut learn);
    numbers.iter().filter_map(|ses| seen(logins.of(*ses)?)).collect()
}

/// aulast tells of logins that ended and have a terminal.
fn seen(login: &Login) -> Option<Seen> {
    let terminal = login.terminal.as_deref()?.strip_prefix("/dev/")?;
    let times = (login.started_ms? / 1000, login.ended_ms? / 1000);
    (login.kind == LoginKind::User).then(|| (terminal.to_owned(), times.0, times.1))
}

/// `None` where there is no aulast.
fn aulast(log: &Path) -> Option<BTreeSet<Seen>> {
    let output =
        Command::new("aulast").arg("--proof").arg("-f").arg(log).env("TZ", "UTC").env("LC_ALL", "C").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut seen = BTreeSet::new();
    let mut terminal = String::new();
    for line in text.lines() {
        if let Some(search) = line.trim().strip_prefix("ausearch ") {
            let words: Vec<_> = search.split(' ').collect();
            let [_, start_day, start_time, _, end_day, end_time] = words[..] else { panic!("{search}") };
            if terminal != "system" {
                seen.insert((terminal.clone(), seconds(start_day, start_time), seconds(end_day, end_time)));
            }
        } else if !line.starts_with(' ') {
            line.split_whitespace().nth(1).unwrap_or_default().clone_into(&mut terminal);
        }
    }
    Some(seen)
}

/// Seconds since 1970 of `MM/DD/YY HH:MM:SS`, UTC.
fn seconds(day: &str, time: &str) -> u64 {
    let numbers = |text: &str, by| text.split(by).map(|word: &str| word.parse::<u64>().unwrap()).collect::<Vec<_>>();
    let (&[month, day, year], &[hour, minute, second]) = (&numbers(day, '/')[..], &numbers(time, ':')[..]) else {
        panic!("{day} {time}")
    };
    // Days before March 1st of the year 2000 + `year`, counted from 1970 (Richards' algorithm, with years from March on).
    let (year, month) = if month < 3 { (2000 + year - 1, month + 9) } else { (2000 + year, month - 3) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    (days - 719_468) * 86_400 + hour * 3600 + minute * 60 + second
}

/// Sixty logins by ssh, four at a time, each with a sudo inside, and jobs of cron in between.
fn busy_host() -> String {
    let mut lines = Vec::new();
    let mut line = |ms: u64, text: String| {
        let serial = 100 + lines.len();
        lines.push((ms, serial, text));
    };
    for n in 0..60u64 {
        let (start, pid, ses, auid) = (1_480_000_000_000 + n * 60_000, 1000 + n * 10, 1 + n * 2, 1000 + n % 7);
        let ids = format!("pid={pid} uid=0 auid={auid} ses={ses}");
        let claims = |op: &str, terminal: &str| {
            format!(
                "msg='op={op} id={auid} exe=\"/usr/sbin/sshd\" hostname=h{n} addr=192.0.2.{n} terminal={terminal} res=success'"
            )
        };
        let pts = format!("/dev/pts/{}", n % 4);
        line(
            start,
            format!(
                "LOGIN: pid={pid} uid=0 old-auid=4294967295 auid={auid} tty=(none) old-ses=4294967295 ses={ses} res=1"
            ),
        );
        line(start + 100, format!("USER_START: {ids} {}", claims("PAM:session_open", "ssh")));
        line(start + 200, format!("USER_LOGIN: {ids} {}", claims("login", &pts)));
        line(start + 300, format!("USER_START: {ids} {}", claims("login", &pts)));
        let sudo = format!("pid={} uid=0 auid={auid} ses={ses} msg='op=PAM", pid + 1);
        let root = format!("acct=\"root\" exe=\"/usr/bin/sudo\" hostname=? addr=? terminal={pts} res=success'");
        line(start + 5000, format!("USER_START: {sudo}:session_open {root}"));
        line(start + 6000, format!("USER_END: {sudo}:session_close {root}"));
        line(start + 230_000, format!("USER_END: {ids} {}", claims("login", &pts)));
        line(start + 230_000, format!("USER_LOGOUT: {ids} {}", claims("login", &pts)));
        line(start + 230_001, format!("USER_END: {ids} {}", claims("PAM:session_close", "ssh")));
        let cron = format!("pid={} uid=0 auid=0 ses={}", pid + 2, ses + 1);
        let job = "acct=\"root\" exe=\"/usr/sbin/cron\" hostname=? addr=? terminal=cron res=success'";
        line(
            start + 30_000,
            format!("LOGIN: pid={} uid=0 old-auid=4294967295 auid=0 old-ses=4294967295 ses={} res=1", pid + 2, ses + 1),
        );
        line(start + 30_010, format!("USER_START: {cron} msg='op=PAM:session_open {job}"));
        line(start + 31_000, format!("USER_END: {cron} msg='op=PAM:session_close {job}"));
    }
    lines.sort();
    let text = lines.iter().map(|(ms, serial, text)| {
        let (record_type, body) = text.split_once(": ").unwrap();
        format!("type={record_type} msg=audit({}.{:03}:{serial}): {body}\n", ms / 1000, ms % 1000)
    });
    text.collect()
}

#[test]
fn logins_of_a_busy_host_are_those_of_aulast() {
    let dir = TempDir::new().unwrap();
    let (log, file) = (busy_host(), dir.join("busy.log"));
    std::fs::write(&file, &log).unwrap();
    let ours = ours(&log);
    assert_eq!(ours.len(), 60);
    let Some(theirs) = aulast(&file) else { return corpus::skipped("no aulast") };
    assert_eq!(ours, theirs);
}

#[test]
fn logins_of_the_corpus_are_those_of_aulast() {
    let Some(folder) = corpus::shared("corpus/go-libaudit/auparse") else { return corpus::skipped("no shared corpus") };
    let dir = TempDir::new().unwrap();
    let mut total = 0;
    for path in corpus::files(&folder, ".log").unwrap() {
        let log = sorted(&corpus::read(&path).unwrap());
        let file = dir.join("sorted.log");
        std::fs::write(&file, &log).unwrap();
        let Some(theirs) = aulast(&file) else { return corpus::skipped("no aulast") };
        assert_eq!(ours(&log), theirs, "{}", path.display());
        total += theirs.len();
    }
    assert_ne!(total, 0, "no log has a login");
}
