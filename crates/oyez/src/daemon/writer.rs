//! The writing thread: waits for lines, writes them, and counts what became of each. It is the only one that a slow or
//! stopped output holds up.
//!
//! [`Item`]s of an [`Inlet`] in; bytes to the [`Output`], counts to the tally, a [`Word`] where others have to know.

use std::path::Path;
use std::sync::Arc;

use super::clock;
use super::outlet::{Chunk, Inlet, Item};
use super::output::{Change, Output, Worth};
use super::tally::Tally;

/// What the writer tells others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Nobody reads standard output any more; said once.
    ReaderGone,
    /// The output refused something: there is a loss to tell.
    Lost,
}

/// The body of the writing thread.
pub(crate) struct Writer {
    inlet: Inlet,
    output: Output,
    tally: Arc<Tally>,
    report: fn(&str),
    tell: Box<dyn Fn(Word) + Send>,
    reader_gone: bool,
}

impl Writer {
    /// Writes what comes out of `inlet` to `output`; says on `report` when that fails or works again.
    pub(crate) fn new(
        inlet: Inlet,
        output: Output,
        tally: Arc<Tally>,
        report: fn(&str),
        tell: impl Fn(Word) + Send + 'static,
    ) -> Self {
        Self { inlet, output, tally, report, tell: Box::new(tell), reader_gone: false }
    }

    /// Works until nothing more comes.
    pub(crate) fn run(mut self) {
        while let Some(item) = self.inlet.next() {
            let used = match item {
                Item::Lines(chunk) => {
                    self.write(&chunk);
                    Some(chunk)
                }
                Item::Reopen(path) => {
                    self.reopen(path.as_deref());
                    None
                }
            };
            self.tally.writer_cpu.set(clock::thread_cpu_ns());
            self.inlet.done(used);
        }
        // Nothing more will be written: a line that was torn is lost.
        let unfinished = self.output.unfinished();
        self.lose(unfinished);
    }

    fn write(&mut self, chunk: &Chunk) {
        let outcome = self.output.write(&chunk.bytes, &chunk.marks);
        self.tally.emitted.add(outcome.written.records);
        self.tally.events.add(outcome.written.events);
        self.lose(outcome.lost);
        if let Some(serial) = chunk.settled {
            self.tally.see_serial(serial);
        }
        if let Some(change) = outcome.change {
            self.say(change);
        }
        let taken = outcome.taken;
        let refused = chunk.tellings.iter().filter(|(end, _)| *end > taken).map(|(_, telling)| *telling);
        if taken < chunk.bytes.len() {
            self.inlet.refuse(refused);
            (self.tell)(Word::Lost);
        }
        if self.output.is_gone() && !self.reader_gone {
            self.reader_gone = true;
            (self.tell)(Word::ReaderGone);
        }
    }

    /// Opens the output anew; the old one stays when that fails.
    fn reopen(&mut self, path: Option<&Path>) {
        if let Err(error) = self.output.reopen(path) {
            let wanted = path.map_or_else(String::new, |path| format!(" {:?}", path.display().to_string()));
            (self.report)(&format!("cannot open the output{wanted}, {} stays: {error}", self.output.name()));
        }
    }

    fn lose(&self, worth: Worth) {
        self.tally.output_lost.add(worth.records);
        self.tally.output_lost_events.add(worth.events);
    }

    fn say(&self, change: Change) {
        if self.output.is_gone() {
            return;
        }
        let name = self.output.name();
        (self.report)(&match change {
            Change::Fails(error) => format!("cannot write to {name}, events are lost: {error}"),
            Change::Works => format!("{name} can be written again"),
        });
    }
}
