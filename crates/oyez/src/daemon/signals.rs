//! Signals become [`Happening`]s: a thread of its own waits for them, since a signal handler may do next to nothing.

use std::io;
use std::thread;

use crossbeam_channel::Sender;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::control::Happening;

/// Takes SIGHUP, SIGINT and SIGTERM from now on.
///
/// # Errors
/// The system refuses to have them taken, or has no room for a thread.
pub(crate) fn listen(control: Sender<Happening>) -> io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            if control.send(Happening::Signal(signal)).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}
