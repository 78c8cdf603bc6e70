//! How an output does: what state it is in, and what its last trouble was.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// What an output is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// It has not reached its receiver yet.
    #[default]
    Connecting = 0,
    /// What it brought last arrived, or its receiver was there.
    Working = 1,
    /// What it tried last did not work; it tries again.
    Failing = 2,
    /// It has ended, or will never work again.
    Ended = 3,
}

impl State {
    /// Its name in status and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Working => "working",
            Self::Failing => "failing",
            Self::Ended => "ended",
        }
    }
}

/// Why it does not work, or did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What was said last, at most 512 bytes of it.
    pub text: String,
    /// Since when it fails, or failed the last time, in milliseconds since 1970-01-01 UTC.
    pub since_ms: u64,
    /// When that was said.
    pub last_ms: u64,
}

/// Bytes that are kept of what a failure says: receivers say what they want.
const TEXT: usize = 512;

/// State and trouble of one output.
#[derive(Debug, Default)]
pub struct Health {
    state: AtomicU8,
    trouble: Mutex<Option<Trouble>>,
}

impl Health {
    /// What it is about now.
    pub fn state(&self) -> State {
        match self.state.load(Relaxed) {
            0 => State::Connecting,
            1 => State::Working,
            2 => State::Failing,
            _ => State::Ended,
        }
    }

    /// The last trouble, though it may be over.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From here on it is about this.
    pub(crate) fn set(&self, state: State) {
        self.state.store(state as u8, Relaxed);
    }

    /// It failed. Whether that is news: it did not fail before.
    pub(crate) fn fail(&self, text: &str, now_ms: u64) -> bool {
        let is_news = self.state.swap(State::Failing as u8, Relaxed) != State::Failing as u8;
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let before = trouble.take().filter(|_| !is_news);
        let since_ms = before.map_or(now_ms, |before| before.since_ms);
        *trouble = Some(Trouble { text: cut(text), since_ms, last_ms: now_ms });
        is_news
    }
}

/// The first bytes of a text, as many as are kept, and no half of a character.
fn cut(text: &str) -> String {
    let end = (0..=text.len().min(TEXT)).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_dated_from_its_first_failure_and_its_text_is_bounded() {
        let health = Health::default();
        assert_eq!((health.state().name(), health.trouble()), ("connecting", None));
        assert!(health.fail("refused", 5) && !health.fail(&"ä".repeat(300), 9));
        let trouble = health.trouble().unwrap();
        assert_eq!((trouble.since_ms, trouble.last_ms, trouble.text), (5, 9, "ä".repeat(256)));
        health.set(State::Working);
        assert!(health.fail("refused", 20) && health.trouble().unwrap().since_ms == 20);
    }
}
