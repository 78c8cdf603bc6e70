//! Whether a receiver's word is taken that a message can never be delivered.
//!
//! One that takes some messages and refuses others is right about those. One that refuses all of them is set up wrongly, or
//! we are: messages are kept, and one is given up now and then, so that one that is really bad does not block the rest for ever.

use std::time::Duration;

use crate::sink::{Done, Failure};

/// Refusals that are believed in a row, without one message taken between.
const MOST: u32 = 16;
/// How long messages are kept then, before the receiver is tried again.
pub(super) const SLOW: Duration = Duration::from_mins(1);
/// After so many such waits one more message is given up.
const WAITS: u32 = 10;

/// Why a message cannot be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    /// The receiver said so of this very message's content: it is believed without measure.
    pub(crate) is_sure: bool,
}

/// How far a receiver's refusals are believed.
#[derive(Debug)]
pub(super) struct Trust {
    left: u32,
    waits: u32,
}

impl Trust {
    /// Of one of whom nothing is known: it is not believed before it took something.
    pub(super) fn new() -> Self {
        Self { left: 0, waits: 0 }
    }

    /// Whether this refusal would be believed now.
    pub(super) fn believes(&self, refusal: &Refusal) -> bool {
        refusal.is_sure || self.left > 0
    }

    /// It took a message.
    pub(super) fn taken(&mut self) {
        *self = Self { left: MOST, waits: 0 };
    }

    /// It refused a message, alone.
    ///
    /// # Errors
    /// It refuses everything; the message is kept.
    pub(super) fn refuse(&mut self, done: &mut Done, index: usize, refusal: Refusal) -> Result<(), Failure> {
        if !self.believes(&refusal) {
            self.waits += 1;
            if self.waits >= WAITS {
                *self = Self { left: 1, waits: 0 };
            }
            return Err(Failure::new("the receiver refuses every message").because(refusal.reason).after(SLOW));
        }
        if !refusal.is_sure {
            self.left -= 1;
        }
        done.refuse(index, refusal.reason);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_took_something_is_believed_for_a_few_messages() {
        let (mut trust, mut done) = (Trust::new(), Done::of(100));
        let bad = |is_sure| Refusal { reason: "bad".to_owned(), is_sure };
        let failure = trust.refuse(&mut done, 2, bad(false)).unwrap_err();
        assert!(!done.is_done(2) && failure.wait() == Some(SLOW));
        assert_eq!(failure.told(), "the receiver refuses every message: bad");
        assert!(trust.refuse(&mut done, 3, bad(true)).is_ok() && done.is_refused(3));
        trust.taken();
        assert_eq!((10..90).take_while(|index| trust.refuse(&mut done, *index, bad(false)).is_ok()).count(), 16);
    }

    #[test]
    fn a_bad_message_does_not_block_for_ever() {
        let (mut trust, mut done) = (Trust::new(), Done::of(1));
        let mut tries = 0;
        while trust.refuse(&mut done, 0, Refusal { reason: String::new(), is_sure: false }).is_err() {
            tries += 1;
        }
        assert_eq!(tries, 10);
    }
}
