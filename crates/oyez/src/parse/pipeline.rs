//! Lines → records → events → whoever takes them.

use std::io;

use oyez_events::EventId;
use oyez_events::group::{Grouper, Limits, LogClock, Millis, Timing};
use oyez_events::notice::{Notice, Value};
use oyez_events::parse::{HeaderError, LineParser, RawRecord};

use super::serials::Serials;
use super::{Counts, Take};
use crate::input::Line;

/// How far the log's own time moves before events are looked through for those it ends.
const TICK_MS: u64 = 250;

/// How a [`Pipeline`] groups.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How far the log's own time moves until an event is over; following, also how long nothing comes.
    pub timeout_ms: u64,
    /// The grouper's bounds.
    pub limits: Limits,
}

/// Takes lines, hands events to `T`.
#[derive(Debug)]
pub struct Pipeline<T> {
    parser: LineParser,
    grouper: Grouper,
    taker: T,
    serials: Serials,
    clock: LogClock,
    /// The stamp of the last record: the time of what has none.
    stamp: EventId,
    now: Millis,
    next_tick: Millis,
    lines: u64,
    malformed: u64,
    skipped: u64,
}

impl<T: Take> Pipeline<T> {
    /// One that has read nothing.
    pub fn new(options: Options, taker: T) -> Self {
        Self {
            parser: LineParser::new(),
            grouper: Grouper::new(Timing::Log { timeout_ms: options.timeout_ms }, options.limits),
            taker,
            serials: Serials::default(),
            clock: LogClock::default(),
            stamp: EventId::default(),
            now: 0,
            next_tick: 0,
            lines: 0,
            malformed: 0,
            skipped: 0,
        }
    }

    /// Takes the next line of the log called `file`.
    ///
    /// # Errors
    /// The output can't be written.
    pub fn line(&mut self, line: Line<'_>, file: &[u8]) -> io::Result<()> {
        self.lines += 1;
        let record = if line.is_unmarked { self.parser.unmarked(line.bytes) } else { self.parser.line(line.bytes) };
        match record {
            Ok(record) if !line.cut => self.record(&record),
            Ok(_) => self.malformed(line, file, "longer than 1 MiB"),
            Err(HeaderError::NotAudit) => self.skipped += 1,
            Err(error) => self.malformed(line, file, &error.to_string()),
        }
        self.taker.taken()
    }

    /// Nothing came for the time that ends an event: hands on what is open.
    ///
    /// # Errors
    /// The output can't be written.
    pub fn end_open(&mut self) -> io::Result<()> {
        let Self { grouper, taker, .. } = self;
        grouper.finish(&mut |event| taker.event(event));
        taker.flush()
    }

    /// The log has ended, and no other follows: hands on all there is.
    ///
    /// # Errors
    /// The output can't be written.
    pub fn end(&mut self) -> io::Result<()> {
        self.end_open()?;
        self.taker.end()
    }

    /// Writes what waits for a full buffer.
    ///
    /// # Errors
    /// The output can't be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.taker.flush()
    }

    /// Whoever takes the events.
    pub fn taker(&mut self) -> &mut T {
        &mut self.taker
    }

    /// How many records were read so far.
    pub fn records(&self) -> u64 {
        self.grouper.counts().records
    }

    /// How many events are open.
    pub fn open_events(&self) -> usize {
        self.grouper.open_events()
    }

    /// What became of every line so far.
    pub fn counts(&self) -> Counts {
        Counts {
            lines: self.lines,
            malformed: self.malformed,
            skipped: self.skipped,
            lost: self.serials.missing(),
            group: self.grouper.counts(),
        }
    }

    fn record(&mut self, record: &RawRecord<'_>) {
        self.serials.see(record);
        self.now = self.clock.read(record.id);
        self.taker.now(self.now);
        self.stamp = record.id;
        let Self { grouper, taker, now, .. } = self;
        let mut take = |event: &_| taker.event(event);
        if *now >= self.next_tick {
            grouper.tick(*now, &mut take);
            self.next_tick = *now + TICK_MS;
        }
        grouper.push(record, *now, &mut take);
    }

    /// An event of its own for a line that names audit and holds no record; its time is that of the log around it.
    fn malformed(&mut self, line: Line<'_>, file: &[u8], error: &str) {
        self.malformed += 1;
        let fields = [
            ("error", Value::Text(error.as_bytes())),
            ("file", Value::Text(file)),
            ("line", Value::Number(line.number)),
            ("raw", Value::Text(line.bytes)),
        ];
        let notice =
            Notice { sec: self.stamp.sec, ms: self.stamp.ms, number: 0, kind: "OYEZ_MALFORMED", fields: &fields };
        self.taker.notice(&notice);
    }
}
