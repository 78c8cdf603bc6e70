//! Events → filters → lines of a format, written in large pieces.

use std::io::{self, Write};

use oyez_events::context::Context;
use oyez_events::group::Millis;
use oyez_events::notice::Notice;
use oyez_events::{Event, EventId};
use oyez_filter::{Filters, Told};
use oyez_format::Formatter;

use super::Take;
use super::output::Output;
use crate::filters;

/// How far the log's own time moves before filters are told so.
const TICK_MS: Millis = 250;

/// Formats events and writes them to `W`, those that filters let by.
pub struct Formatted<W> {
    formatter: Formatter,
    filters: Filters,
    output: Output<W>,
    now: Millis,
    next_tick: Millis,
    /// The last event: what has no time of its own happened then.
    at: EventId,
    dropped: u64,
}

impl<W: Write> Formatted<W> {
    /// One that has written nothing.
    pub fn new(formatter: Formatter, filters: Filters, sink: W) -> Self {
        let (output, at) = (Output::new(sink), EventId::default());
        Formatted { formatter, filters, output, now: 0, next_tick: 0, at, dropped: 0 }
    }

    /// How many events filters dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The filters.
    pub fn filters(&self) -> &Filters {
        &self.filters
    }
}

impl<W: Write> Take for Formatted<W> {
    fn now(&mut self, now: Millis) {
        self.now = now;
        // Before the first event there is no time to tell it with.
        let is_begun = self.at != EventId::default();
        if is_begun && now >= self.next_tick && !self.filters.is_empty() {
            let Self { formatter, filters, output, at, .. } = self;
            filters.tick(now, &mut |told| write(&told, *at, formatter, &mut output.buffer));
            self.next_tick = now.saturating_add(TICK_MS);
        }
    }

    fn event(&mut self, event: &Event) {
        let Self { formatter, filters, output, at, now, .. } = self;
        *at = event.id();
        if filters.is_empty() {
            return formatter.event(event, &Context::default(), &mut output.buffer);
        }
        let tell = &mut |told: Told| write(&told, *at, formatter, &mut output.buffer);
        match filters.late(event, Context::default(), *now, tell).left {
            Some((event, context)) => formatter.event(event, &context, &mut output.buffer),
            None => self.dropped += 1,
        }
    }

    fn notice(&mut self, notice: &Notice<'_>) {
        self.formatter.notice(notice, &mut self.output.buffer);
    }

    fn taken(&mut self) -> io::Result<()> {
        self.output.write_piece()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        let Self { formatter, filters, output, at, now, .. } = self;
        filters.finish(*now, &mut |told| write(&told, *at, formatter, &mut output.buffer));
        self.output.flush()
    }
}

fn write(told: &Told, at: EventId, formatter: &mut Formatter, out: &mut Vec<u8>) {
    let (sec, ms) = if told.sec == 0 { (at.sec, at.ms) } else { (told.sec, told.ms) };
    filters::show(told, |notice| formatter.notice(&Notice { sec, ms, ..*notice }, out));
}
