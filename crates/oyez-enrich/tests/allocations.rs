//! Once warm, an event costs no allocation: look-ups of names and sessions, known or not, and passing events by.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::io;
use std::time::Instant;

use allocation_counter::measure;
use oyez_enrich::logins::Logins;
use oyez_enrich::users::nss::link;
use oyez_enrich::users::{Kind, Source, Stamp, Users};
use oyez_events::Event;
use oyez_events::context::Names as _;
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;

/// Two users in a file that never changes.
struct TwoUsers;

impl Source for TwoUsers {
    fn stamp(&self, _: Kind) -> Option<Stamp> {
        Some(Stamp::default())
    }

    fn read(&self, kind: Kind) -> io::Result<Vec<u8>> {
        Ok(if kind == Kind::User {
            b"root:x:0:0::/:\nalice:x:1000:1000::/:\n".to_vec()
        } else {
            b"root:x:0:\n".to_vec()
        })
    }
}

const ROUNDS: u64 = 100_000;

/// Hands the events of a log to `out`.
fn each(log: &str, mut out: impl FnMut(&Event)) {
    let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    for line in log.lines() {
        let record = parser.line(line.as_bytes()).unwrap();
        let now = clock.read(record.id);
        grouper.push(&record, now, &mut out);
    }
    grouper.finish(&mut out);
}

#[test]
fn looking_up_ids_costs_no_allocation_whether_they_have_names_or_not() {
    // Nobody answers: the ids without a name stay unknown, as with a directory that is down.
    let (link, _work) = link();
    let mut users = Users::new(TwoUsers, Some(link));
    let mut round = |count: u64| {
        let mut named = 0;
        for now in 0..count {
            let ids = [0, 1000, 5000, 6000, u32::MAX];
            named += ids.iter().filter(|id| users.user(**id).is_some()).count();
            named += ids.iter().filter(|id| users.group(**id).is_some()).count();
            // Half a second in all: the files are not read again meanwhile.
            users.tick(now * 500 / ROUNDS);
        }
        assert_eq!(named as u64, 3 * count);
    };
    round(10);
    let start = Instant::now();
    let cost = measure(|| round(ROUNDS));
    assert_eq!(cost.count_total, 0, "{cost:?} for {ROUNDS} rounds");
    println!("{} ns per look-up", start.elapsed().as_nanos() / u128::from(10 * ROUNDS));
}

#[test]
fn events_that_are_no_logins_cost_no_allocation_and_nor_does_finding_their_session() {
    let mut logins = Logins::new();
    let login =
        "type=LOGIN msg=audit(5.000:1): pid=4 uid=0 old-auid=4294967295 auid=1000 old-ses=4294967295 ses=2 res=1\n";
    each(login, |event| logins.event(event));
    let log = "type=SYSCALL msg=audit(6.000:2): arch=c000003e syscall=257 success=yes exit=3 pid=4 auid=1000 ses=2\n\
        type=CWD msg=audit(6.000:2): cwd=\"/\"\n\
        type=PATH msg=audit(6.000:2): item=0 name=\"/etc/passwd\"\n\
        type=PROCTITLE msg=audit(6.000:2): proctitle=\"cat\"\n";
    each(log, |event| {
        let start = Instant::now();
        let cost = measure(|| {
            for _ in 0..ROUNDS {
                logins.event(std::hint::black_box(event));
                assert!(logins.of(2).is_some_and(|login| login.auid == 1000) && logins.of(3).is_none());
            }
        });
        assert_eq!(cost.count_total, 0, "{cost:?} for {ROUNDS} rounds");
        println!("{} ns per event", start.elapsed().as_nanos() / u128::from(ROUNDS));
    });
}
