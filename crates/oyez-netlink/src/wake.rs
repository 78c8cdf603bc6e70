//! Ends a wait from elsewhere: an event counter (eventfd(2)) that the receiving thread polls beside its socket.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::sys;

/// A handle that ends the waits of the thread that polls it. Clones are the same counter.
#[derive(Clone, Debug)]
pub struct Wake(Arc<OwnedFd>);

impl Wake {
    /// A new one, asleep.
    ///
    /// # Errors
    /// The process is out of descriptors.
    pub fn new() -> Result<Self> {
        sys::event_counter().map(|fd| Self(Arc::new(fd))).map_err(Error::system("make a wake-up counter"))
    }

    /// Ends the present wait, or the next one if there is none now. May be called from any thread, and from a signal
    /// handler: one write(2), no allocation, `errno` unchanged.
    pub fn wake(&self) {
        sys::event_add(self.0.as_fd());
    }

    /// Takes back all wake-ups so far; says whether there were any.
    pub fn take(&self) -> bool {
        sys::event_take(self.0.as_fd())
    }

    /// Sleeps for `time`, or until woken: then the wake-up is taken and the answer is `true`. Ends early, with `false`,
    /// on a signal.
    ///
    /// # Errors
    /// poll(2) failed, which only a lack of memory explains.
    pub fn nap(&self, time: Duration) -> Result<bool> {
        if time.is_zero() {
            return Ok(self.take());
        }
        let [woken] = sys::wait_readable([self.0.as_fd()], Some(time)).map_err(Error::system("sleep"))?;
        Ok(woken && self.take())
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_wake_up_from_another_thread_ends_a_nap() {
        let wake = Wake::new().unwrap();
        let other = wake.clone();
        let start = Instant::now();
        let thread = std::thread::spawn(move || other.wake());
        assert!(wake.nap(Duration::from_secs(30)).unwrap());
        assert!(start.elapsed() < Duration::from_secs(20));
        thread.join().unwrap();
    }

    #[test]
    fn a_wake_up_counts_once_however_often_it_was_given() {
        let wake = Wake::new().unwrap();
        wake.wake();
        wake.wake();
        assert!(wake.nap(Duration::ZERO).unwrap());
        assert!(!wake.nap(Duration::ZERO).unwrap());
        assert!(!wake.nap(Duration::from_millis(1)).unwrap());
    }
}
