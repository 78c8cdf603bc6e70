//! The watching thread: has the pipeline drain the process connector before its buffer is full, where no records come.
//!
//! Sleeps until the kernel has told of a process, then for a pause, then asks for a drain: a host on which nothing is started
//! is never woken. The pause is the longer the less came last time: [`LONGEST`] for what fills a tenth of the buffer meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Sender, TrySendError};
use oyez_netlink::connector::{Listener, Waiter};
use oyez_netlink::{Result, Wake};

use crate::daemon::pipeline::Command;

/// The shortest pause between two drains.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST: Duration = Duration::from_secs(30);
/// Messages of one pause above which the next is half as long; below a fourth of it, twice as long. The buffer has room for
/// ten times as many.
const MANY: u64 = 1000;

/// Watches the connector.
pub(crate) struct Watch {
    waiter: Waiter,
    /// Messages that drains brought.
    pub(crate) seen: Arc<AtomicU64>,
}

impl Watch {
    /// Of the connector that this one drains.
    pub(crate) fn of(listener: &Listener) -> Result<Self> {
        Ok(Self { waiter: listener.waiter()?, seen: Arc::default() })
    }

    /// Watches until `wake` is used, or the pipeline is gone.
    pub(crate) fn run(self, wake: &Wake, commands: &Sender<Command>) {
        let (mut pause, mut before) = (SHORTEST, 0);
        while let Ok(ready) = self.waiter.wait(wake) {
            if ready.woken || !matches!(wake.nap(pause), Ok(false)) {
                return;
            }
            if let Err(TrySendError::Disconnected(_)) = commands.try_send(Command::Attend) {
                return;
            }
            let seen = self.seen.load(Ordering::Relaxed);
            pause = next(pause, seen.saturating_sub(before));
            before = seen;
        }
    }
}

/// The pause after one in which so many messages came.
fn next(pause: Duration, messages: u64) -> Duration {
    match messages {
        ..=250 => (pause * 2).min(LONGEST),
        MANY.. => (pause / 2).max(SHORTEST),
        _ => pause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_while_little_comes_and_shrink_when_much_does() {
        let after = |pause: u64, messages| next(Duration::from_secs(pause), messages).as_secs();
        assert_eq!([after(1, 0), after(16, 250), after(30, 0)], [2, 30, 30]);
        assert_eq!([after(8, 251), after(8, 999)], [8, 8]);
        assert_eq!([after(8, 1000), after(1, 1_000_000)], [4, 1]);
    }
}
