//! auditd's own formats: a log in, the same log out, and auditd's tools read both alike.

use std::collections::BTreeMap;
use std::process::Command;

use oyez_events::Event;
use oyez_events::context::{Context, Names};
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;
use oyez_format::enriched::EnrichedFormat;
use oyez_testkit::TempDir;
use oyez_testkit::corpus::skipped;

use crate::logs::{self, Log};
use crate::{ausearch, line};

/// The logs of auditd that are as it wrote them.
fn unharmed() -> Vec<Log> {
    let dressed = ["crlf", "dmesg", "journal", "malformed", "numeric", "syslog", "unknown", "xp-rules", "selinux.log"];
    let mut all = logs::own();
    all.extend(logs::shared());
    all.extend(["raw", "enriched"].into_iter().filter_map(logs::recorded));
    all.extend(logs::varied());
    all.retain(|log| !dressed.iter().any(|part| log.name.contains(part)));
    all
}

/// What `oyez parse` writes for a log.
fn written(log: &Log, format: &str) -> Vec<u8> {
    let folder = TempDir::new().expect("a temporary directory");
    let file = folder.join("audit.log");
    std::fs::write(&file, &log.text).expect("the log is written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyez"));
    let output = command.args(["parse", "--format", format]).arg(&file).output().expect("oyez runs");
    assert!(output.status.success(), "{}: {output:?}", log.name);
    output.stdout
}

/// The lines of each event but `EOE`, in their order; oyez's own events are none of auditd's.
type Lines<'a> = BTreeMap<line::Id, Vec<&'a [u8]>>;

fn by_event(text: &[u8]) -> Lines<'_> {
    let mut events = Lines::new();
    for line in text.split(|byte| *byte == b'\n') {
        let Some(parsed) = line::Line::parse(line) else { continue };
        if parsed.kind != "EOE" && !parsed.kind.starts_with("OYEZ_") {
            events.entry(parsed.id).or_default().push(line);
        }
    }
    events
}

/// What must be left of an auditd's line: no tail and no space at its end.
fn without_tail(line: &[u8]) -> &[u8] {
    let end = memchr::memchr(0x1d, line).unwrap_or(line.len());
    line[..end].trim_ascii_end()
}

/// Where old auditds and kernels wrote another form: a stamp without its colon (auditd before 3.0), two spaces behind it (the
/// `CWD` of kernels before 4.0).
fn is_listed(theirs: &[u8], ours: &[u8]) -> bool {
    let (theirs, ours) = (String::from_utf8_lossy(theirs), String::from_utf8_lossy(ours));
    theirs.replacen("):  ", "): ", 1) == ours || theirs.replacen(") config", "): config", 1) == ours
}

#[test]
fn a_raw_log_is_given_back_byte_for_byte() {
    let (mut equal, mut listed) = (0, 0);
    for log in unharmed() {
        let raw = written(&log, "raw");
        let (theirs, ours) = (by_event(&log.text), by_event(&raw));
        assert!(theirs.keys().eq(ours.keys()), "{}: other events", log.name);
        for (theirs, ours) in theirs.values().zip(ours.values()) {
            assert_eq!(theirs.len(), ours.len(), "{}: {}", log.name, String::from_utf8_lossy(theirs[0]));
            for (theirs, ours) in theirs.iter().map(|line| without_tail(line)).zip(ours) {
                let is_equal = theirs == *ours;
                let shown = String::from_utf8_lossy;
                assert!(is_equal || is_listed(theirs, ours), "{}:\n{}\n{}", log.name, shown(theirs), shown(ours));
                *(if is_equal { &mut equal } else { &mut listed }) += 1;
            }
        }
    }
    println!("{equal} lines equal, {listed} of old forms");
    assert!(equal >= 150 && listed * 10 < equal, "{equal} {listed}");
}

/// A log whose events follow one another by time: aureport counts an event anew where others stand within it, and begins its
/// range of time with the first.
fn in_order(text: &[u8]) -> Vec<u8> {
    by_event(text).into_values().flatten().flat_map(|line| [line, &b"\n"[..]].concat()).collect()
}

fn aureport(text: &[u8], how: &[&str]) -> Vec<u8> {
    let folder = TempDir::new().expect("a temporary directory");
    let file = folder.join("audit.log");
    std::fs::write(&file, text).expect("the log is written");
    let mut command = Command::new("aureport");
    let output = command.args(how).arg("-if").arg(&file).env("TZ", "UTC").env("LC_ALL", "C").output();
    output.expect("aureport runs").stdout
}

#[test]
fn ausearch_and_aureport_read_raw_and_enriched_as_they_read_the_log() {
    if !ausearch::is_here() {
        return skipped("no ausearch (package auditd)");
    }
    for log in unharmed().into_iter().filter(|log| log.text.len() < 1 << 20) {
        let plain = Log { name: log.name.clone(), text: in_order(&log.text) };
        let found = |log: &Log| {
            let mut lines: Vec<_> = ausearch::raw(log).iter().filter_map(|line| line::Line::parse(line)).collect();
            lines.sort();
            lines
        };
        let theirs = found(&plain);
        for format in ["raw", "enriched"] {
            let ours = Log { name: log.name.clone(), text: in_order(&written(&log, format)) };
            let shown = |lines: &[line::Line]| -> Vec<_> {
                lines
                    .iter()
                    .map(|line| (line.id.clone(), line.kind.clone(), line.body.trim_ascii().escape_ascii().to_string()))
                    .collect()
            };
            assert_eq!(shown(&theirs), shown(&found(&ours)), "{} as {format}", log.name);
            for how in [&[][..], &["-x", "--summary"], &["-s", "--summary"], &["-e", "--summary"]] {
                let [theirs, ours] =
                    [&plain, &ours].map(|log| String::from_utf8_lossy(&aureport(&log.text, how)).into_owned());
                assert_eq!(theirs, ours, "{} as {format}: aureport {how:?}", log.name);
            }
        }
    }
}

#[test]
fn aureport_counts_the_same_in_a_big_raw_log() {
    let (true, Some(log)) = (ausearch::is_here(), logs::recorded("raw")) else {
        return skipped("no ausearch (package auditd) or no shared corpus");
    };
    let raw = written(&log, "raw");
    for how in [&[][..], &["-x", "--summary"], &["-s", "--summary"], &["-k", "--summary"], &["-f", "--summary"]] {
        let [theirs, ours] = [&log.text, &raw].map(|text| String::from_utf8_lossy(&aureport(text, how)).into_owned());
        // Two of the log's events lie within others, and aureport counts them twice.
        let theirs = theirs.replace("Number of events: 34537", "Number of events: 34535");
        assert_eq!(theirs, ours, "aureport {how:?}");
        assert!(ours.len() > 100, "{ours}");
    }
}

#[test]
fn ausearch_reads_oyezs_own_events_among_raw_ones() {
    if !ausearch::is_here() {
        return skipped("no ausearch (package auditd)");
    }
    let Some(log) = logs::own().into_iter().find(|log| log.name.contains("malformed")) else { panic!("no such log") };
    let raw = Log { name: log.name.clone(), text: written(&log, "raw") };
    let found = ausearch::raw(&raw);
    let is_own = |line: &&Vec<u8>| line.starts_with(b"type=OYEZ_MALFORMED msg=audit(");
    assert_eq!(found.iter().filter(is_own).count(), 5);
    assert!(found.len() > 20 && ausearch::interpreted_kinds(&raw).len() >= found.len());
}

/// Names of ids, as the tails of a log tell them.
#[derive(Default)]
struct Told {
    users: BTreeMap<u32, String>,
    groups: BTreeMap<u32, String>,
}

impl Names for Told {
    fn user(&self, uid: u32) -> Option<&str> {
        self.users.get(&uid).map(String::as_str)
    }

    fn group(&self, gid: u32) -> Option<&str> {
        self.groups.get(&gid).map(String::as_str)
    }

    fn generation(&self) -> u64 {
        0
    }
}

impl Told {
    fn by(text: &[u8]) -> Self {
        let mut told = Told::default();
        for line in String::from_utf8_lossy(text).lines() {
            let Some((body, tail)) = line.split_once('\u{1d}') else { continue };
            for (key, name) in tail.split(' ').filter_map(|word| word.split_once("=\"")) {
                let key = format!(" {}=", key.to_ascii_lowercase());
                let Some((_, value)) = body.split_once(&key) else { continue };
                let Ok(id) = value.split(' ').next().unwrap_or_default().parse() else { continue };
                let name = name.trim_end_matches('"').to_owned();
                if name != "unset" && !name.starts_with("unknown(") {
                    let names = if key.ends_with("gid=") { &mut told.groups } else { &mut told.users };
                    names.insert(id, name);
                }
            }
        }
        told
    }
}

/// What the library makes of a log whose tails were taken off, with these names.
fn enriched(text: &[u8], names: &Told) -> Vec<u8> {
    let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    let (mut format, mut out) = (EnrichedFormat::default(), Vec::new());
    let context = Context { names: Some(names), ..Context::default() };
    let mut write = |event: &Event| format.event(event, &context, &mut out);
    for line in text.split(|byte| *byte == b'\n') {
        let Ok(record) = parser.line(without_tail(line)) else { continue };
        let now = clock.read(record.id);
        grouper.tick(now, &mut write);
        grouper.push(&record, now, &mut write);
    }
    grouper.finish(&mut write);
    out
}

#[test]
fn an_enriched_log_is_made_again_from_the_raw_one_byte_for_byte() {
    let logs: Vec<_> = unharmed().into_iter().filter(|log| log.name.contains("enriched")).collect();
    let mut compared = 0;
    for log in &logs {
        let ours = enriched(&log.text, &Told::by(&log.text));
        let (theirs, ours) = (by_event(&log.text), by_event(&ours));
        for (theirs, ours) in theirs.values().flatten().zip(ours.values().flatten()) {
            let shown = |line: &[u8]| line.escape_ascii().to_string();
            assert_eq!(shown(theirs), shown(ours), "{}", log.name);
            compared += usize::from(theirs.contains(&0x1d));
        }
    }
    println!("{compared} tails");
    assert!(compared >= 10, "{compared}");
}

#[test]
fn an_enriched_log_comes_out_as_it_was() {
    for log in unharmed().into_iter().filter(|log| log.name.contains("enriched")) {
        let ours = written(&log, "enriched");
        assert_eq!(by_event(&log.text), by_event(&ours), "{}", log.name);
    }
}
