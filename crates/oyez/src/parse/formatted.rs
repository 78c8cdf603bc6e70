//! Events → lines of a format, written in large pieces.

use std::io::{self, Write};

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::notice::Notice;
use oyez_format::Formatter;

use super::Take;
use super::output::Output;

/// Formats events and writes them to `W`.
#[derive(Debug)]
pub struct Formatted<W> {
    formatter: Formatter,
    output: Output<W>,
}

impl<W: Write> Formatted<W> {
    /// One that has written nothing.
    pub fn new(formatter: Formatter, sink: W) -> Self {
        Formatted { formatter, output: Output::new(sink) }
    }
}

impl<W: Write> Take for Formatted<W> {
    fn event(&mut self, event: &Event) {
        self.formatter.event(event, &Context::default(), &mut self.output.buffer);
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
}
