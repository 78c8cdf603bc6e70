//! Once warm, a record costs no allocation: parsing, grouping and formatting work in buffers that they keep.

use std::fmt::Write as _;
use std::sync::Arc;

use allocation_counter::measure;
use oyez_events::Event;
use oyez_events::context::{Added, Addition, Context, Names};
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::{LineParser, MessageParser};
use oyez_format::Formatter;
use oyez_format::enriched::EnrichedFormat;
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_format::laurel::{LaurelFormat, LaurelOptions};
use oyez_format::raw::{RawFormat, RawOptions};

/// Rounds before anything is counted: buffers reach their size, and texts that repeat are remembered.
const WARM_UP: u32 = 200;
const ROUNDS: u32 = 1000;

/// Records of a few events, those of the first two interleaved; `{serial}` is theirs, `{n}` differs from round to round.
const RECORDS: &[(u32, u16, &str)] = &[
    (
        0,
        1300,
        "arch=c000003e syscall=59 success=yes exit=0 a0=55d{n} a1=55e a2=55f a3=8 items=2 ppid=700 pid={n} auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=3 comm=\"ls\" exe=\"/usr/bin/ls\" subj=unconfined key=\"exec\"",
    ),
    (
        1,
        1300,
        "arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7ff{n} a2=0 a3=0 items=1 ppid=700 pid=731 auid=1000 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 fsgid=1000 tty=(none) ses=3 comm=636174 exe=\"/usr/bin/cat\" key=(null)",
    ),
    (0, 1309, "argc=3 a0=\"ls\" a1=\"-l\" a2=2F746D702FC3A4{n}"),
    (1, 1307, "cwd=\"/home/alice\""),
    (0, 1307, "cwd=\"/root\""),
    (
        0,
        1302,
        "item=0 name=\"/usr/bin/ls\" inode={n} dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0",
    ),
    (1, 1302, "item=0 name=2F746D702FE4{n} inode={n} dev=fd:01 mode=0100600 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL"),
    (
        0,
        1302,
        "item=1 name=\"/lib64/ld-linux-x86-64.so.2\" inode=78 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL",
    ),
    (0, 1327, "proctitle=6C73002D6C002F746D70"),
    (1, 1327, "proctitle=\"cat\""),
    (
        2,
        1300,
        "arch=c000003e syscall=42 success=yes exit=0 a0=3 a1=7ff{n} a2=10 a3=0 items=0 ppid=1 pid={n} auid=4294967295 uid=33 comm=\"curl\" exe=\"/usr/bin/curl\" key=6E65740166",
    ),
    (2, 1306, "saddr=020001BB0A000001{n}"),
    (
        3,
        1400,
        "avc:  denied  { read write } for  pid={n} comm=\"a\" name=\"b\" scontext=u:r:t:s0 tcontext=u:r:t:s0 tclass=file permissive=0",
    ),
    (
        4,
        1112,
        "pid={n} uid=0 auid=1000 ses=3 msg='op=login acct=\"eve\" exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.7 terminal=ssh res=failed res=success'",
    ),
    (5, 1334, "prog-id={n} op=LOAD odd key=1 key=2 NEW=3"),
];

/// One round's records with their types; payloads as the kernel writes them.
fn round(number: u32) -> Vec<(u16, String)> {
    let mut records = Vec::new();
    for (place, record_type, body) in RECORDS {
        let body = body.replace("{n}", &(1000 + number).to_string());
        records.push((*record_type, format!("audit(1795407611.{:03}:{}): {body}", number % 1000, number * 10 + place)));
    }
    let eoe = (0..3).map(|place| (1320, format!("audit(1795407611.{:03}:{}): ", number % 1000, number * 10 + place)));
    records.extend(eoe);
    records
}

/// The formats for machines.
fn formatters() -> [Formatter; 6] {
    [
        Formatter::Json(Box::new(JsonFormat::new(JsonOptions::default()))),
        Formatter::Raw(Box::new(RawFormat::new(RawOptions { node: b"web-1".to_vec() }))),
        Formatter::Enriched(Box::new(EnrichedFormat::new(RawOptions::default()))),
        Formatter::Laurel(Box::new(LaurelFormat::new(LaurelOptions::default()))),
        Formatter::Ecs(Box::default()),
        Formatter::Ocsf(Box::default()),
    ]
}

/// What filters say of every event.
fn said() -> ([Arc<str>; 2], [Addition; 2]) {
    let texts = Added::Texts([&b"a"[..], b"b"].map(Box::from).into());
    let addition = |name: &str, value| Addition { name: name.into(), value };
    (["one".into(), "two".into()], [addition("many", texts), addition("ticket", Added::Number(-7))])
}

/// Everybody is alice.
struct Alice;

impl Names for Alice {
    fn user(&self, _: u32) -> Option<&str> {
        Some("alice")
    }

    fn group(&self, _: u32) -> Option<&str> {
        None
    }

    fn generation(&self) -> u64 {
        1
    }
}

#[test]
fn the_kernels_records_cost_no_allocation() {
    for formatter in formatters() {
        kernel_records(formatter);
    }
}

fn kernel_records(mut formatter: Formatter) {
    let (tags, added) = said();
    let context = Context { names: Some(&Alice), tags: &tags, added: &added, ..Context::default() };
    let rounds: Vec<_> = (0..WARM_UP + ROUNDS).map(round).collect();
    let timing = Timing::Live { quiet_ms: 100, incomplete_ms: 1000, title_ends: false };
    let (mut grouper, mut out) = (Grouper::new(timing, Limits::default()), Vec::with_capacity(1 << 20));
    let (mut now, mut lines, mut parser) = (0, 0u32, MessageParser::new());
    let mut run = |rounds: &[Vec<(u16, String)>]| {
        for records in rounds {
            out.clear();
            let mut format = |event: &Event| {
                formatter.event(event, &context, &mut out);
                lines += 1;
            };
            for (record_type, payload) in records {
                let Ok(record) = parser.message(*record_type, payload.as_bytes()) else { continue };
                grouper.push(&record, now, &mut format);
            }
            now += 200;
            grouper.tick(now, &mut format);
        }
    };
    let (warm_up, measured) = rounds.split_at(WARM_UP as usize);
    assert_ne!(measure(|| run(warm_up)).count_total, 0, "buffers grow at first");
    let cost = measure(|| run(measured));
    assert_eq!(cost.count_total, 0, "{cost:?} for {ROUNDS} rounds");
    assert_eq!(lines, 6 * (WARM_UP + ROUNDS));
}

#[test]
fn the_lines_of_a_log_cost_no_allocation() {
    for formatter in formatters() {
        log_lines(formatter);
    }
}

fn log_lines(mut formatter: Formatter) {
    let name = |number: u16| oyez_tables::record_type::name(number).unwrap_or("NEW_TYPE");
    let text = |number| {
        let mut text = String::new();
        for (record_type, payload) in round(number) {
            let is_syscall = record_type == 1300;
            let tail = if is_syscall { "\u{1d}ARCH=x86_64 SYSCALL=openat AUID=\"alice\" UID=\"root\"" } else { "" };
            let done = writeln!(text, "node=web-1 type={} msg={payload}{tail}", name(record_type));
            assert!(done.is_ok());
        }
        text
    };
    let rounds: Vec<_> = (0..WARM_UP + ROUNDS).map(text).collect();
    let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    let (mut out, mut lines) = (Vec::with_capacity(1 << 20), 0u32);
    let mut run = |rounds: &[String]| {
        for log in rounds {
            out.clear();
            let mut format = |event: &Event| {
                formatter.event(event, &Context::default(), &mut out);
                lines += 1;
            };
            for line in log.lines() {
                let Ok(record) = parser.line(line.as_bytes()) else { continue };
                let now = clock.read(record.id);
                grouper.push(&record, now, &mut format);
            }
            grouper.finish(&mut format);
        }
    };
    let (warm_up, measured) = rounds.split_at(WARM_UP as usize);
    assert_ne!(measure(|| run(warm_up)).count_total, 0, "buffers grow at first");
    let cost = measure(|| run(measured));
    assert_eq!(cost.count_total, 0, "{cost:?} for {ROUNDS} rounds");
    assert_eq!(lines, 6 * (WARM_UP + ROUNDS));
}
