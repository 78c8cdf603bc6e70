//! `oyez filter bench`: what filters cost, beside what an event costs without them.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io;
use std::time::{Duration, Instant};

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::notice::Notice;
use oyez_filter::Filters;
use oyez_filter::chain::{Blocks, Counts};
use oyez_filter::spec::Spec;
use oyez_format::json::JsonFormat;
use serde_json::json;

use super::args::BenchArgs;
use super::{named, table};
use crate::cli::parse::{files, options};
use crate::cli::stdio;
use crate::config::Settings;
use crate::exit::Exit;
use crate::filters::{self, SOME};
use crate::form;
use crate::parse::{Pipeline, Session, Take};

/// No more events are kept, nor bytes of their records: what comes after is not measured.
const MOST_EVENTS: usize = 1 << 18;
const MOST_BYTES: usize = 256 << 20;

/// Reads the logs, measures, and says what was found.
///
/// # Errors
/// A filter that does not compile; standard output can't be written. A log that can't be read is told, and the next one is
/// read.
pub(super) fn run(args: &BenchArgs) -> anyhow::Result<Exit> {
    let settings = Settings::default();
    let specs = named(&args.tried.filters)?;
    let pipeline = Pipeline::new(options(&settings.group), Kept::default());
    let mut session = Session::new(pipeline, settings.group.log_timeout, false);
    session.run(&files(&args.tried.files), false)?;
    let unread = session.unread();
    let Kept { events, left, .. } = std::mem::take(session.taker());
    if left > 0 {
        stdio::note(&format!("{left} events were left out: {} are enough", events.len()));
    }
    let found = measure(&events, &specs, &settings, args.rounds)?;
    let text = if args.tried.json { found.json() + "\n" } else { found.text() };
    stdio::answer(text.as_bytes())?;
    Ok(if unread > 0 { Exit::Io } else { Exit::Done })
}

/// Keeps events for later.
#[derive(Default)]
struct Kept {
    events: Vec<Event>,
    bytes: usize,
    left: u64,
}

impl Take for Kept {
    fn event(&mut self, event: &Event) {
        if self.events.len() >= MOST_EVENTS || self.bytes >= MOST_BYTES {
            self.left += 1;
            return;
        }
        self.bytes += event.records().map(|record| record.body().len() + record.tail().len()).sum::<usize>();
        let mut kept = Event::default();
        kept.copy_from(event);
        self.events.push(kept);
    }

    fn notice(&mut self, _: &Notice<'_>) {}

    fn taken(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was found.
struct Found {
    events: usize,
    none: Duration,
    with: Duration,
    left: usize,
    counts: Vec<Counts>,
}

fn measure(events: &[Event], specs: &[Spec], settings: &Settings, rounds: u32) -> anyhow::Result<Found> {
    let (mut none, mut with) = (Vec::new(), Vec::new());
    let (mut left, mut counts) = (0, Vec::new());
    for _ in 0..rounds {
        // Each round begins with filters that know nothing yet: those that count would else do less and less.
        let mut filters = filters::compile(specs, settings, None, (Blocks::Together, SOME))
            .map_err(|wrongs| filters::wrong(specs, &wrongs))?;
        none.push(once(events, &mut Filters::none(), settings).0);
        let (time, out) = once(events, &mut filters, settings);
        with.push(time);
        (left, counts) = (out, filters.counts());
    }
    Ok(Found { events: events.len(), none: middle(none), with: middle(with), left, counts })
}

/// Formats what filters leave; how long that took, and how many events it was.
fn once(events: &[Event], filters: &mut Filters, settings: &Settings) -> (Duration, usize) {
    let (mut format, mut out, mut left) = (JsonFormat::new(form::fields(settings, None)), Vec::new(), 0);
    let start = Instant::now();
    for event in events {
        let now = event.id().millis();
        if let Some((event, context)) =
            filters.late(event, Context::default(), now, &mut |told| drop(black_box(told))).left
        {
            format.event(event, &context, &mut out);
            left += 1;
        }
        black_box(&out);
        out.clear();
    }
    (start.elapsed(), left)
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

impl Found {
    fn ratio(&self) -> f64 {
        self.with.as_secs_f64() / self.none.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    fn each(&self, time: Duration) -> Duration {
        time.checked_div(u32::try_from(self.events).unwrap_or(u32::MAX)).unwrap_or_default()
    }

    fn rate(&self, time: Duration) -> u64 {
        let events = u128::try_from(self.events).unwrap_or(0);
        let rate = (events * 1_000_000_000).checked_div(time.as_nanos()).unwrap_or(0);
        u64::try_from(rate).unwrap_or(u64::MAX)
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (name, time) in [("none", self.none), ("filters", self.with)] {
            let (each, rate) = (table::short(self.each(time)), self.rate(time));
            // Writing to a string can't fail.
            let _ = writeln!(out, "{name:8}{rate:>12} events/s{each:>12} per event");
        }
        let _ = writeln!(out, "ratio   {:>12.2}", self.ratio());
        let _ = writeln!(out, "{} events, {} of them left\n", self.events, self.left);
        out + &table::text(&self.counts)
    }

    fn json(&self) -> String {
        let one = |time: Duration| {
            let each = u64::try_from(self.each(time).as_nanos()).unwrap_or(u64::MAX);
            json!({"events_per_s": self.rate(time), "each_ns": each})
        };
        let (none, with) = (one(self.none), one(self.with));
        json!({
            "events": self.events, "left": self.left, "none": none, "with": with, "ratio": self.ratio(),
            "filters": table::json(&self.counts),
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_time_counts_and_no_events_are_no_fault() {
        let seconds = Duration::from_secs;
        assert_eq!(middle(vec![seconds(3), seconds(1), seconds(2)]), seconds(2));
        assert_eq!(middle(Vec::new()), Duration::ZERO);
        let none = Found { events: 0, none: Duration::ZERO, with: Duration::ZERO, left: 0, counts: Vec::new() };
        assert_eq!((none.rate(none.none), none.each(none.with)), (0, Duration::ZERO));
        let found = Found { events: 2000, none: seconds(1), with: seconds(2), left: 1, counts: Vec::new() };
        assert_eq!((found.rate(found.none), found.each(found.with)), (2000, Duration::from_millis(1)));
        assert!(found.text().contains("ratio           2.00\n2000 events, 1 of them left\n"), "{}", found.text());
        let json: serde_json::Value = serde_json::from_str(&found.json()).unwrap();
        assert_eq!((&json["ratio"], &json["with"]["each_ns"]), (&2.0.into(), &1_000_000.into()));
    }
}
