//! What filters have to tell beside events: repeats that did not come out, a script's own events, a script that was switched
//! off.
//!
//! Made by matchers and scripts, handed to whoever writes oyez's own events ([`oyez_events::notice::Notice`]). Owns what it
//! says, as what it was made of is gone by then.

use oyez_events::EventId;

/// Something a filter tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Seconds since 1970-01-01 UTC at which it happened, by the time of an event, not of a clock.
    pub sec: u64,
    /// Milliseconds within the second.
    pub ms: u16,
    /// What it is: `OYEZ_REPEATS`, …
    pub kind: &'static str,
    /// What there is to say, in a fixed order, no name twice.
    pub fields: Vec<(Box<str>, Said)>,
}

/// A value in a [`Told`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A whole number.
    Number(i128),
    /// Yes or no.
    Flag(bool),
    /// Text, of any bytes.
    Text(Box<[u8]>),
}

impl Told {
    /// Something to tell of `kind`, at the time of the event `at`.
    pub fn new(kind: &'static str, at: EventId) -> Self {
        Told { sec: at.sec, ms: at.ms, kind, fields: Vec::new() }
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: impl Into<Box<str>>, value: impl Into<Said>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// What it says under `name`.
    pub fn get(&self, name: &str) -> Option<&Said> {
        self.fields.iter().find(|(other, _)| **other == *name).map(|(_, said)| said)
    }
}

impl From<u64> for Said {
    fn from(number: u64) -> Self {
        Said::Number(number.into())
    }
}

impl From<bool> for Said {
    fn from(flag: bool) -> Self {
        Said::Flag(flag)
    }
}

impl From<&str> for Said {
    fn from(text: &str) -> Self {
        Said::Text(text.as_bytes().into())
    }
}

impl From<Vec<u8>> for Said {
    fn from(text: Vec<u8>) -> Self {
        Said::Text(text.into())
    }
}
