//! What a question about an event costs: `view_cost LOG…` prints nanoseconds per event for some questions, the median of
//! nine rounds over all events of the logs. Nothing is parsed or grouped meanwhile.

#![expect(clippy::print_stdout, reason = "it is there to print")]

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;
use oyez_filter::field::Unknown;
use oyez_filter::{Field, Read, Reader};
use oyez_format::json::JsonOptions;

const ROUNDS: usize = 9;
/// Each round asks at least so many events.
const EVENTS: usize = 50_000;

const QUESTIONS: &[&[&str]] = &[
    &[],
    &["serial"],
    &["process.exe"],
    &["syscall.name"],
    &["keys"],
    &["syscall.name", "process.exe", "keys"],
    &[
        "user.auid",
        "user.uid",
        "process.exe",
        "process.comm",
        "keys",
        "session",
        "result",
        "syscall.name",
        "exit",
        "tty",
    ],
    &["paths.name"],
    &["process.cwd"],
    &["process.argv"],
    &["sockets.addr"],
    &["action"],
    &["actor.id"],
    &["object.primary"],
    &["claimed.acct"],
    &["details.op"],
    &["paths.mode_name"],
];

fn main() -> Result<(), Box<dyn Error>> {
    let events = events(std::env::args().skip(1))?;
    println!("{} events", events.len());
    for names in QUESTIONS {
        let fields = names.iter().map(|name| Field::find(name)).collect::<Result<Vec<_>, Unknown>>();
        let fields = fields.map_err(|_| "cannot find a field")?;
        let cost = cost(&events, &mut |view| fields.iter().filter(|field| view.has(field)).count());
        println!("{cost:8.0} ns  {}", if names.is_empty() { "nothing".to_owned() } else { names.join(" ") });
    }
    let cost = cost(&events, &mut |view| usize::from(view.root().is_some()));
    println!("{cost:8.0} ns  the whole document");
    Ok(())
}

fn events(paths: impl Iterator<Item = String>) -> Result<Vec<Event>, Box<dyn Error>> {
    let mut events = Vec::new();
    for path in paths {
        let log = oyez_testkit::corpus::read(Path::new(&path))?;
        let mut keep = |event: &Event| {
            let mut copy = Event::default();
            copy.copy_from(event);
            events.push(copy);
        };
        let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
        let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
        for line in log.split(|byte| *byte == b'\n') {
            if let Ok(record) = parser.line(line) {
                grouper.push(&record, clock.read(record.id), &mut keep);
            }
        }
        grouper.finish(&mut keep);
    }
    Ok(events)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn cost(events: &[Event], ask: &mut dyn FnMut(&mut dyn Read) -> usize) -> f64 {
    let (mut reader, context) = (Reader::new(JsonOptions::default()), Context::default());
    let times = EVENTS.div_ceil(events.len().max(1));
    let mut round = || {
        let start = Instant::now();
        for event in std::iter::repeat_n(events, times).flatten() {
            black_box(ask(&mut reader.view(black_box(event), &context)));
        }
        start.elapsed().as_nanos() as f64 / (times * events.len().max(1)) as f64
    };
    round();
    let mut rounds: Vec<_> = (0..ROUNDS).map(|_| round()).collect();
    rounds.sort_by(f64::total_cmp);
    rounds.get(ROUNDS / 2).copied().unwrap_or_default()
}
