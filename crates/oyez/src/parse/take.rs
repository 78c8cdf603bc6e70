//! Who takes events.

use std::io;

use oyez_events::Event;
use oyez_events::group::Millis;
use oyez_events::notice::Notice;

/// What becomes of the events of a log.
pub trait Take {
    /// What comes from here on is of this time, by the log's own clock.
    fn now(&mut self, _: Millis) {}

    /// The log has ended: what was held back is handed on.
    ///
    /// # Errors
    /// The output can't be written.
    fn end(&mut self) -> io::Result<()> {
        self.flush()
    }

    /// An event is over.
    fn event(&mut self, event: &Event);

    /// A line held no event; what it was is told in one of oyez's own.
    fn notice(&mut self, notice: &Notice<'_>);

    /// A line was taken.
    ///
    /// # Errors
    /// The output can't be written.
    fn taken(&mut self) -> io::Result<()>;

    /// Somebody waits: what is ready should be seen.
    ///
    /// # Errors
    /// The output can't be written.
    fn flush(&mut self) -> io::Result<()>;
}
