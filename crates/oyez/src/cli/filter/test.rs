//! `oyez filter test`: what each filter does with each event of logs.

use std::fs::File;
use std::io;
use std::io::Write as _;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::Millis;
use oyez_events::notice::Notice;
use oyez_filter::Told;
use oyez_format::sentence::SentenceFormat;
use serde_json::json;

use super::args::{Did, TestArgs};
use super::link::{Deed, Links};
use super::{named, table};
use crate::cli::parse::{files, options, standard_output};
use crate::cli::stdio;
use crate::config::Settings;
use crate::exit::{self, Exit};
use crate::filters;
use crate::parse::{Pipeline, Session, Take};

/// How far the log's own time moves before filters are told so.
const TICK_MS: Millis = 250;

/// Reads every log, and says what each filter did.
///
/// # Errors
/// A filter that does not compile; standard output can't be written. A log that can't be read is told, and the next one is
/// read.
pub(super) fn run(args: &TestArgs) -> anyhow::Result<Exit> {
    let settings = Settings::default();
    let specs = named(&args.tried.filters)?;
    let names = specs.iter().map(|spec| spec.name.to_string()).collect();
    let shown = Shown { names, only: args.only.clone(), is_silent: args.summary, is_json: args.tried.json };
    let output = io::BufWriter::new(standard_output().map_err(exit::stdout_error)?);
    let links = Links::new(&specs, &settings)?;
    let sentence = SentenceFormat::new(Vec::new());
    let tested = Tested { links, shown, sentence, output, result: Ok(()), now: 0, next_tick: 0, events: 0, left: 0 };
    let pipeline = Pipeline::new(options(&settings.group), tested);
    let mut session = Session::new(pipeline, settings.group.log_timeout, false);
    session.run(&files(&args.tried.files), false)?;
    stdio::note(&session.pipeline().counts().to_string());
    Ok(if session.unread() > 0 { Exit::Io } else { Exit::Done })
}

/// What is written of events.
struct Shown {
    names: Vec<String>,
    /// With nothing here, all.
    only: Vec<Did>,
    is_silent: bool,
    is_json: bool,
}

/// Asks the filters, and writes what they did.
struct Tested {
    links: Links,
    shown: Shown,
    sentence: SentenceFormat,
    output: io::BufWriter<File>,
    /// What became of the output so far.
    result: io::Result<()>,
    now: Millis,
    next_tick: Millis,
    /// Events that came, and those that came out.
    events: u64,
    left: u64,
}

impl Tested {
    fn write(&mut self, line: &[u8]) {
        if self.result.is_ok() {
            self.result = self.output.write_all(line);
        }
    }

    fn summary(&mut self) {
        let counts = self.links.counts();
        let text = if self.shown.is_json {
            json!({"events": self.events, "left": self.left, "filters": table::json(&counts)}).to_string() + "\n"
        } else {
            let before = if self.shown.is_silent { "" } else { "\n" };
            let (counts, more) = (table::text(&counts), table::besides(&counts));
            format!("{before}{counts}{more}\n{} of {} events come out\n", self.left, self.events)
        };
        self.write(text.as_bytes());
    }
}

impl Take for Tested {
    fn now(&mut self, now: Millis) {
        self.now = now;
        if now < self.next_tick {
            return;
        }
        self.next_tick = now.saturating_add(TICK_MS);
        let mut lines = Vec::new();
        let shown = &self.shown;
        self.links.tick(now, &mut |told| shown.told(&told, &mut lines));
        self.write(&lines);
    }

    fn event(&mut self, event: &Event) {
        let Self { links, shown, sentence, now, events, left, .. } = self;
        let mut lines = Vec::new();
        let deeds = links.event(event, *now, &mut |told| shown.told(&told, &mut lines));
        *events += 1;
        *left += u64::from(deeds.last().is_none_or(|deed| deed.is_left));
        shown.event(event, &deeds, sentence, &mut lines);
        self.write(&lines);
    }

    fn notice(&mut self, _: &Notice<'_>) {}

    fn taken(&mut self) -> io::Result<()> {
        std::mem::replace(&mut self.result, Ok(()))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        let mut lines = Vec::new();
        let shown = &self.shown;
        self.links.finish(self.now, &mut |told| shown.told(&told, &mut lines));
        self.write(&lines);
        self.summary();
        self.taken()?;
        self.output.flush()
    }
}

impl Shown {
    fn event(&self, event: &Event, deeds: &[Deed], sentence: &mut SentenceFormat, out: &mut Vec<u8>) {
        let is_wanted = self.only.is_empty() || deeds.iter().any(|deed| self.only.contains(&deed.did));
        if self.is_silent || !is_wanted {
            return;
        }
        if self.is_json {
            let deed = |deed: &Deed| {
                let mut json = json!({"name": self.name(deed), "did": deed.did.word(), "members": deed.members});
                if let Some(error) = &deed.error {
                    json["error"] = (**error).into();
                }
                json
            };
            let deeds: Vec<_> = deeds.iter().map(deed).collect();
            let id = event.id();
            let line = json!({"time_ms": id.millis(), "serial": id.serial, "kind": kind(event), "did": deeds});
            out.extend_from_slice(line.to_string().as_bytes());
            return out.push(b'\n');
        }
        let mut line = Vec::new();
        sentence.event(event, &Context::default(), &mut line);
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        // Behind the time.
        let at = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
        let (time, rest) = line.split_at(at);
        out.extend_from_slice(time);
        out.extend_from_slice(format!("  {}:{}", kind(event), event.id().serial).as_bytes());
        out.extend_from_slice(rest);
        out.extend_from_slice(self.words(deeds).as_bytes());
        out.push(b'\n');
    }

    /// What each filter did that did something; what was let by by all is not worth a word each.
    fn words(&self, deeds: &[Deed]) -> String {
        let done = deeds.iter().filter(|deed| deed.did != Did::Passed || self.only.contains(&Did::Passed));
        let word = |deed: &Deed| {
            let members =
                if deed.members.is_empty() { String::new() } else { format!(" ({})", deed.members.join(", ")) };
            let error = deed.error.as_ref().map_or_else(String::new, |error| format!(" ({error})"));
            format!("{}: {}{members}{error}", stdio::defuse(self.name(deed)), deed.did.word())
        };
        let words: Vec<_> = done.map(word).collect();
        if words.is_empty() { "  → passed".to_owned() } else { format!("  → {}", stdio::defuse(&words.join("; "))) }
    }

    fn name(&self, deed: &Deed) -> &str {
        self.names.get(deed.filter).map_or("", String::as_str)
    }

    /// What a filter has to say besides.
    fn told(&self, told: &Told, out: &mut Vec<u8>) {
        let is_wanted =
            self.only.is_empty() || (self.only.contains(&Did::Error) && told.kind.starts_with("OYEZ_FILTER_"));
        if self.is_silent || !is_wanted {
            return;
        }
        let fields = filters::show(told, |notice| {
            let mut json = serde_json::Map::new();
            for (name, value) in notice.fields {
                json.insert((*name).to_owned(), filters::json(*value));
            }
            json
        });
        let line = if self.is_json {
            json!({"told": told.kind, "oyez": fields}).to_string()
        } else {
            let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
            stdio::defuse(&format!("    {} {}", told.kind, fields.join(" "))).into_owned()
        };
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
}

fn kind(event: &Event) -> String {
    let record = event.record(event.main());
    record.map_or_else(String::new, |record| match record.name() {
        b"" => record.number().to_string(),
        name => stdio::defuse(&String::from_utf8_lossy(name)).into_owned(),
    })
}
