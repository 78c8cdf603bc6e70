//! Notices on their way from the thread that has something to say to the pipeline, the only one that writes.

use oyez_events::notice::{Notice, Value};

use super::clock;

/// A value that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Say {
    /// A count.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// Text, or bytes that may not be text.
    Text(Vec<u8>),
}

impl From<u64> for Say {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Say {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Say {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<&str> for Say {
    fn from(text: &str) -> Self {
        Self::Text(text.as_bytes().to_vec())
    }
}

impl From<String> for Say {
    fn from(text: String) -> Self {
        Self::Text(text.into_bytes())
    }
}

/// A notice that owns what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    at: (u64, u16),
    kind: &'static str,
    fields: Vec<(&'static str, Say)>,
}

impl Told {
    /// Something that happened now.
    pub(crate) fn now(kind: &'static str) -> Self {
        Self { at: clock::wall(), kind, fields: Vec::new() }
    }

    /// Adds a field.
    #[must_use]
    pub(crate) fn with(mut self, key: &'static str, value: impl Into<Say>) -> Self {
        self.fields.push((key, value.into()));
        self
    }

    /// Adds a field if there is a value.
    #[must_use]
    pub(crate) fn with_some(self, key: &'static str, value: Option<impl Into<Say>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Hands it to `write` as the formats take it.
    pub(crate) fn show<T>(&self, write: impl FnOnce(&Notice<'_>) -> T) -> T {
        let fields: Vec<_> = self.fields.iter().map(|(key, say)| (*key, say.value())).collect();
        write(&Notice { sec: self.at.0, ms: self.at.1, number: 0, kind: self.kind, fields: &fields })
    }

    #[cfg(test)]
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    #[cfg(test)]
    pub(crate) fn get(&self, key: &str) -> Option<&Say> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, say)| say)
    }
}

impl Say {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Number(number) => Value::Number(*number),
            Self::Flag(flag) => Value::Flag(*flag),
            Self::Text(text) => Value::Text(text),
        }
    }
}
