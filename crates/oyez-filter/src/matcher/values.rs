//! What one value of a field has to be: one of texts, patterns, numbers, networks.

use super::address;
use super::pattern::{Meant, Pattern};
use super::range;
use crate::view::Value;

/// A value has to be one of these.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    /// Exact texts, sorted.
    pub(crate) texts: Vec<Box<[u8]>>,
    pub(crate) patterns: Vec<Pattern>,
    /// First and last number, sorted, none overlapping.
    pub(crate) numbers: Vec<(i128, i128)>,
    /// First and last address, in the same way.
    pub(crate) networks: Vec<(u128, u128)>,
    pub(crate) flags: Vec<bool>,
}

impl Values {
    /// Adds what a text means.
    pub(crate) fn add(&mut self, meant: Meant) {
        match meant {
            Meant::Exact(text) => self.texts.push(text),
            Meant::Like(pattern) => self.patterns.push(pattern),
        }
    }

    /// Makes them ready to be asked.
    pub(crate) fn finish(&mut self) {
        self.texts.sort_unstable();
        self.texts.dedup();
        range::merge(&mut self.numbers);
        range::merge(&mut self.networks);
    }

    /// Whether `value` is one of them.
    pub(crate) fn matches(&self, value: Value<'_>) -> bool {
        match value {
            Value::Text(text) => self.has_text(text) || self.patterns.iter().any(|pattern| pattern.matches(text)),
            Value::Number(number) => range::holds(&self.numbers, number),
            Value::Flag(flag) => self.flags.contains(&flag),
        }
    }

    fn has_text(&self, text: &[u8]) -> bool {
        self.texts.binary_search_by(|other| (**other).cmp(text)).is_ok()
            || (!self.networks.is_empty()
                && address::number(text).is_some_and(|number| range::holds(&self.networks, number)))
            || (!self.numbers.is_empty() && decimal(text).is_some_and(|number| range::holds(&self.numbers, number)))
    }

    /// The values that can be listed; `None` where there are others.
    pub(crate) fn listed(&self) -> Option<impl Iterator<Item = Value<'_>>> {
        let can = self.patterns.is_empty()
            && self.networks.is_empty()
            && self.numbers.iter().all(|(first, last)| first == last);
        let texts = self.texts.iter().map(|text| Value::Text(text));
        let numbers = self.numbers.iter().map(|(number, _)| Value::Number(*number));
        can.then(|| texts.chain(numbers).chain(self.flags.iter().map(|flag| Value::Flag(*flag))))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.texts.len() + self.patterns.len() + self.numbers.len() + self.networks.len() + self.flags.len()
    }
}

/// The whole number that `text` is; a record's fields have some as text.
pub(crate) fn decimal(text: &[u8]) -> Option<i128> {
    str::from_utf8(text).ok().filter(|text| text.len() <= 40)?.parse().ok()
}
