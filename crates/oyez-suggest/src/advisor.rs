//! Events, one after the other → the rows that suggestions are chosen from.

use oyez_events::context::Context;
use oyez_events::notice::Notice;
use oyez_events::{Event, EventId};
use oyez_filter::Reader;
use oyez_format::json::{JsonFormat, JsonOptions};

use crate::often::Often;
use crate::seen::Seen;
use crate::stays::Stays;
use crate::table::{Came, Table};
use crate::{Advice, Volume, choose};

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Only events from this time on, in milliseconds since 1970.
    pub since_ms: Option<u64>,
    /// Only events up to this time, in milliseconds since 1970.
    pub until_ms: Option<u64>,
    /// The most suggestions.
    pub most: usize,
    /// The least share of all bytes that a suggestion saves, in hundredths of a percent.
    pub min_share: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options { since_ms: None, until_ms: None, most: 10, min_share: 100 }
    }
}

/// Looks at events, and says at the end what takes out most.
#[derive(Debug)]
pub struct Advisor {
    options: Options,
    format: JsonFormat,
    json: Vec<u8>,
    reader: Reader,
    seen: Seen,
    table: Table,
    often: Often,
    all: Volume,
    own: Volume,
    left_out: u64,
    first: Option<EventId>,
    last: Option<EventId>,
}

impl Advisor {
    /// One that has seen nothing.
    pub fn new(options: Options) -> Self {
        Advisor {
            options,
            format: JsonFormat::new(JsonOptions::default()),
            json: Vec::new(),
            reader: Reader::new(JsonOptions::default()),
            seen: Seen::new(),
            table: Table::default(),
            often: Often::default(),
            all: Volume::default(),
            own: Volume::default(),
            left_out: 0,
            first: None,
            last: None,
        }
    }

    /// Looks at `event`, of which `context` is known: nothing, for a log. Of its parent the log's own events are asked then.
    pub fn event(&mut self, event: &Event, context: &Context<'_>) {
        let now = event.id().millis();
        let Options { since_ms, until_ms, .. } = self.options;
        if since_ms.is_some_and(|since| now < since) || until_ms.is_some_and(|until| until < now) {
            self.left_out += 1;
            return;
        }
        self.json.clear();
        self.format.event(event, context, &mut self.json);
        let all = Volume { events: 1, records: event.len() as u64, bytes: self.json.len() as u64 };
        self.all.add(all);
        let id = event.id();
        let by_time = |id: &EventId| (id.sec, id.ms);
        self.first = Some(self.first.map_or(id, |first| std::cmp::min_by_key(first, id, by_time)));
        self.last = Some(self.last.map_or(id, |last| std::cmp::max_by_key(last, id, by_time)));
        let mut view = self.reader.view(event, context);
        let seen = self.seen.read(&mut view, event);
        let if_held = |held: bool| if held { all } else { Volume::default() };
        let repeats = if_held(self.often.is_repeat(seen.deed, now));
        let floods = if_held(self.often.is_flood(seen.program, now));
        self.table.count(seen.shape, Came { all, repeats, floods });
    }

    /// Counts one of oyez's own events: a part of the volume, and one that stays.
    pub fn notice(&mut self, notice: &Notice<'_>) {
        self.json.clear();
        self.format.notice(notice, &mut self.json);
        let volume = Volume { events: 1, records: 0, bytes: self.json.len() as u64 };
        self.all.add(volume);
        self.own.add(volume);
    }

    /// What makes the volume, and how to take it out.
    pub fn advice(&self) -> Advice {
        let mut advice = choose::choose(&self.table, self.all, self.options);
        advice.left_out = self.left_out;
        advice.range = self.first.zip(self.last);
        if self.own.events > 0 {
            advice.stays(Stays::Own, self.own);
        }
        advice
    }
}
