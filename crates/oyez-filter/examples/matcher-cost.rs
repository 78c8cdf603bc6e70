//! What matchers cost per event: `cargo run --release -p oyez-filter --example matcher-cost [LOG]`.
//!
//! Reads a log (one of the project's own without an argument), and prints nanoseconds per event for some sets of rules of which
//! none matches: the median of several rounds, in which the sets take turns. Reading an event's program file, which all of them
//! look at, is told apart.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;
use oyez_filter::matcher::{Action, Condition, Matchers, Rule};
use oyez_filter::{Field, Read as _, Reader, Tree};
use oyez_format::json::JsonOptions;

const ROUNDS: usize = 21;

fn main() -> Result<(), Box<dyn Error>> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/own/plain.log");
    let events = events(&std::fs::read(std::env::args().nth(1).as_deref().unwrap_or(own))?);
    let literal = |at: usize| format!("/usr/bin/absent{at}");
    let glob = |at: usize| format!("/opt/absent{at}/**/bin/*");
    let exe = Field::find("exe").map_err(|_| "no field exe")?;
    let mut sets = vec![
        ("no rule", None, rules(0, &literal)?),
        ("no rule, exe read", Some(exe), rules(0, &literal)?),
        ("1 literal exe", None, rules(1, &literal)?),
        ("10 literal exes", None, rules(10, &literal)?),
        ("1,000 literal exes", None, rules(1000, &literal)?),
        ("10,000 literal exes", None, rules(10_000, &literal)?),
        ("1,000 globs of exes", None, rules(1000, &glob)?),
    ];
    let mut reader = Reader::new(JsonOptions::default());
    let mut times = vec![Vec::new(); sets.len()];
    for _ in 0..ROUNDS {
        for ((_, field, matchers), times) in sets.iter_mut().zip(&mut times) {
            times.push(round(matchers, field.as_ref(), &events, &mut reader));
        }
    }
    report(&sets, &mut times, events.len());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "it is what the example is for")]
fn report(sets: &[(&str, Option<Field>, Matchers)], times: &mut [Vec<u128>], events: usize) {
    println!("{events} events, ns per event, median of {ROUNDS} rounds");
    for ((name, ..), times) in sets.iter().zip(times) {
        times.sort_unstable();
        println!("{name:>20} {:>7}", times.get(ROUNDS / 2).unwrap_or(&0));
    }
}

/// Nanoseconds per event.
fn round(matchers: &mut Matchers, field: Option<&Field>, events: &[Event], reader: &mut Reader) -> u128 {
    let (context, mut tags) = (Context::default(), Vec::new());
    let began = Instant::now();
    for event in events {
        tags.clear();
        let mut view = reader.view(event, &context);
        if let Some(field) = field {
            black_box(view.any(field, &mut |value| black_box(value) == oyez_filter::Value::Flag(true)));
        }
        black_box(matchers.judge(&mut view, 0, &mut tags));
    }
    began.elapsed().as_nanos() / events.len().max(1) as u128
}

fn rules(count: usize, exe: &dyn Fn(usize) -> String) -> Result<Matchers, Box<dyn Error>> {
    let rule = |at| {
        let tree = Tree::Object(vec![(b"exe".to_vec(), Tree::Text(exe(at).into_bytes()))]);
        let condition = Condition::parse(&tree, &mut Vec::new()).ok_or("a faulty condition")?;
        Ok::<_, &str>(Rule { name: "x".into(), condition, action: Action::Drop })
    };
    Ok(Matchers::new((0..count).map(rule).collect::<Result<_, _>>()?)?)
}

fn events(log: &[u8]) -> Vec<Event> {
    let (mut parser, mut clock, mut events) = (LineParser::new(), LogClock::default(), Vec::new());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    let mut out = |event: &Event| events.push(event.clone());
    for line in log.split(|byte| *byte == b'\n') {
        if let Ok(record) = parser.line(line) {
            let now = clock.read(record.id);
            grouper.tick(now, &mut out);
            grouper.push(&record, now, &mut out);
        }
    }
    grouper.finish(&mut out);
    events
}
