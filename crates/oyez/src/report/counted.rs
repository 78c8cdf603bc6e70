//! Events → a report, shown at the end and, where more may come for ever, at every interval.

use std::io::{self, Write};
use std::time::Instant;

use oyez_events::Event;
use oyez_events::notice::Notice;
use oyez_report::Report;

use super::Screen;
use crate::parse::Take;

/// Counts events.
pub(crate) struct Counted<W> {
    report: Report,
    screen: Screen<W>,
    /// Show it at every interval.
    again: bool,
    lost: Vec<(&'static str, u64)>,
}

impl<W: Write> Counted<W> {
    pub(crate) fn new(report: Report, screen: Screen<W>, again: bool) -> Self {
        Counted { report, screen, again, lost: Vec::new() }
    }

    /// What was lost on the way, by what it is.
    pub(crate) fn lost(&mut self, lost: &[(&'static str, u64)]) {
        self.lost.clear();
        self.lost.extend_from_slice(lost);
    }

    /// When the report is to be shown next.
    pub(crate) fn next(&self) -> Instant {
        self.screen.next()
    }

    /// Shows the report if it is time to.
    pub(crate) fn show(&mut self) -> io::Result<()> {
        if self.again && self.screen.is_due() { self.screen.show(&self.report, &self.lost) } else { Ok(()) }
    }

    /// Shows the report in full: nothing more comes.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.screen.finish(&self.report, &self.lost)
    }
}

impl<W: Write> Take for Counted<W> {
    fn event(&mut self, event: &Event) {
        self.report.event(event);
    }

    /// It is no event of the host's: standard error tells how many lines could not be read.
    fn notice(&mut self, _: &Notice<'_>) {}

    fn taken(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.show()
    }
}
