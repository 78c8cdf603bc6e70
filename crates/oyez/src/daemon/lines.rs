//! Events and notices → one buffer of lines → the output, and what became of each into the tally.
//!
//! One buffer per batch: formatting and writing alternate, nothing is allocated once it has grown.

use std::sync::Arc;

use oyez_events::Event;
use oyez_events::notice::Notice;
use oyez_format::Formatter;

use super::output::{Change, Mark, Output, Worth};
use super::own::Own;
use super::tally::Tally;

/// A buffer that is emptied above this many bytes even in the middle of a batch.
const FULL: usize = 1 << 20;

/// Formats, gathers, writes and counts.
pub(crate) struct Lines {
    formatter: Formatter,
    output: Output,
    buffer: Vec<u8>,
    marks: Vec<Mark>,
    own: Option<Own>,
    tally: Arc<Tally>,
    report: fn(&str),
}

impl Lines {
    /// Writes to `output`; leaves out the events of `own`; says on `report` when the output fails or works again.
    pub(crate) fn new(
        formatter: Formatter,
        output: Output,
        own: Option<Own>,
        tally: Arc<Tally>,
        report: fn(&str),
    ) -> Self {
        Self { formatter, output, buffer: Vec::new(), marks: Vec::new(), own, tally, report }
    }

    /// Takes an event that is over.
    pub(crate) fn event(&mut self, event: &Event) {
        let records = event.len() as u64;
        if self.own.as_ref().is_some_and(|own| own.is(event)) {
            return self.tally.filtered.add(records);
        }
        self.formatter.event(event, &mut self.buffer);
        self.mark(Worth { records, events: 1 });
    }

    /// Takes a notice that stands for `records` records, which is 0 for most.
    pub(crate) fn notice(&mut self, notice: &Notice<'_>, records: u64) {
        self.formatter.notice(notice, &mut self.buffer);
        self.mark(Worth { records, events: 0 });
    }

    fn mark(&mut self, worth: Worth) {
        self.marks.push(Mark { end: self.buffer.len(), worth });
        if self.buffer.len() >= FULL {
            self.flush();
        }
    }

    /// Writes what was gathered; says whether the output took every line, or at least the start of it.
    pub(crate) fn flush(&mut self) -> bool {
        if self.marks.is_empty() {
            return true;
        }
        let outcome = self.output.write(&self.buffer, &self.marks);
        self.buffer.clear();
        self.marks.clear();
        self.tally.emitted.add(outcome.written.records);
        self.tally.events.add(outcome.written.events);
        self.lose(outcome.lost);
        if let Some(change) = outcome.change {
            self.tell(change);
        }
        !outcome.refused
    }

    /// Gives up what the output has half written: nothing more will be written.
    pub(crate) fn end(&mut self) {
        self.flush();
        let unfinished = self.output.unfinished();
        self.lose(unfinished);
    }

    /// Whether nobody reads any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.output.is_gone()
    }

    /// Formats in another way from here on.
    pub(crate) fn set_formatter(&mut self, formatter: Formatter) {
        self.formatter = formatter;
    }

    /// Opens the output anew; the old one stays when that fails.
    pub(crate) fn reopen(&mut self, path: Option<&std::path::Path>) {
        self.flush();
        if let Err(error) = self.output.reopen(path) {
            let wanted = path.map_or_else(String::new, |path| format!(" {:?}", path.display().to_string()));
            (self.report)(&format!("cannot open the output{wanted}, {} stays: {error}", self.output.name()));
        }
    }

    fn lose(&self, worth: Worth) {
        self.tally.output_lost.add(worth.records);
        self.tally.output_lost_events.add(worth.events);
    }

    fn tell(&self, change: Change) {
        if self.is_gone() {
            return;
        }
        let name = self.output.name();
        (self.report)(&match change {
            Change::Fails(error) => format!("cannot write to {name}, events are lost: {error}"),
            Change::Works => format!("{name} can be written again"),
        });
    }
}
