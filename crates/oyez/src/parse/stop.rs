//! The wish to end: SIGINT or SIGTERM, seen between two steps. A second one ends the process at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether to end. Until [`Stop::listen`] is called signals do what they always do.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    wanted: Arc<AtomicBool>,
    listening: bool,
}

impl Stop {
    /// Takes SIGINT and SIGTERM from now on; calling it again does nothing.
    ///
    /// # Errors
    /// The system refuses to have them taken.
    pub fn listen(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.listening, true) {
            return Ok(());
        }
        for signal in [SIGINT, SIGTERM] {
            // First the way out for the second signal, so that the first one does not take it.
            flag::register_conditional_default(signal, Arc::clone(&self.wanted))?;
            flag::register(signal, Arc::clone(&self.wanted))?;
        }
        Ok(())
    }

    /// Whether it is time to end.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }
}
