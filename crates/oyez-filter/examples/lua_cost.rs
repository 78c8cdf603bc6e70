//! What a filter in Lua costs per event: µs for one that does nothing, and how much more for others. Run it in a release build.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program for people who measure")]

use std::time::Instant;

use oyez_events::context::Context;
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::LineParser;
use oyez_filter::lua::{Script, Settings};
use oyez_filter::{Read as _, Reader};
use oyez_format::json::JsonOptions;

const LOG: &str = include_str!("../../../corpus/own/plain.log");

const FILTERS: &[(&str, &str)] = &[
    ("nil", "function filter(event) end"),
    ("three fields", "function filter(event) local a, b, c = event.syscall.name, event.process.exe, event.keys[1] end"),
    (
        "three fields by get",
        "function filter(event) local a, b, c = event.syscall.name, event:get('exe'), event:get('key') end",
    ),
    ("an object that is absent", "function filter(event) return event.login end"),
    (
        "names of paths",
        "function filter(event) if event.paths then for _, p in ipairs(event.paths) do local n = p.name end end end",
    ),
    ("a pattern", "function filter(event) local x = event.process.exe x = x and x:match('^/usr/(%w+)/') end"),
    ("copy", "function filter(event) local t = event:copy() end"),
    ("event with another argv", "function filter(event) return event:with{ process = { argv = { 'x' } } } end"),
    (
        "copy, change argv, return",
        "function filter(event) local t = event:copy() if t.process then t.process.argv = { 'x' } end return t end",
    ),
];

const ROUNDS: usize = 7;
const EVENTS: usize = 20_000;

fn main() {
    let mut parser = LineParser::new();
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    let mut is_measured = false;
    for line in LOG.lines() {
        let record = parser.line(line.as_bytes()).expect("a record");
        grouper.push(&record, 0, &mut |event| {
            if !std::mem::replace(&mut is_measured, true) {
                measure(event);
            }
        });
    }
}

fn measure(event: &oyez_events::Event) {
    let mut scripts: Vec<_> = FILTERS
        .iter()
        .map(|(name, source)| Script::compile(name, source.as_bytes(), &Settings::default()).expect("a script"))
        .collect();
    let mut reader = Reader::new(JsonOptions::default());
    let context = Context::default();
    // Interleaved, so that what else the machine does touches all alike.
    let mut best = vec![f64::MAX; scripts.len() + 1];
    for _ in 0..ROUNDS {
        for (script, best) in scripts.iter_mut().zip(&mut best) {
            let start = Instant::now();
            for _ in 0..EVENTS {
                let mut view = reader.view(event, &context);
                script.call(&mut view, 0).expect("an answer");
            }
            *best = best.min(micros(start));
        }
        let start = Instant::now();
        for _ in 0..EVENTS {
            let mut view = reader.view(event, &context);
            std::hint::black_box(view.root());
        }
        if let Some(best) = best.last_mut() {
            *best = best.min(micros(start));
        }
    }
    let names = FILTERS.iter().map(|(name, _)| *name).chain(["(the event's document alone)"]);
    let none = best.first().copied().unwrap_or_default();
    for (name, micros) in names.zip(&best) {
        println!(
            "{name:<30} {micros:>7.2} µs/event, {:>6.2} more than nil, {:>5.1} times",
            micros - none,
            micros / none
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of events")]
fn micros(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e6 / EVENTS as f64
}
