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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::pattern;

    fn glob(text: &str) -> Values {
        let mut values = Values::default();
        values.add(pattern::glob(text, true, false).unwrap());
        values
    }

    fn of(pattern: Pattern) -> Values {
        Values { patterns: vec![pattern], ..Values::default() }
    }

    #[test]
    fn any_bytes_match_by_bytes() {
        let name = b"/tmp/\xff\xfe\n\xc3x";
        let exact = Values { texts: vec![name.as_slice().into()], ..Values::default() };
        for values in [
            exact,
            glob("/tmp/*"),
            glob("/t?p/??\n?x"),
            glob("/tmp/[!a]*x"),
            glob("**/{a,*x}"),
            of(Pattern::regex("^/tmp/.*x$", false).unwrap()),
            of(Pattern::regex("\\xff.{2}", false).unwrap()),
            of(Pattern::regex("^/TMP/.{4}X$", true).unwrap()),
            of(Pattern::starts(b"/tmp/\xff")),
            of(Pattern::ends(b"\xc3x")),
            of(Pattern::contains(b"\xfe\n")),
        ] {
            assert!(values.matches(Value::Text(name)), "{values:?}");
            assert!(!values.matches(Value::Text(b"/tmp")), "{values:?}");
            assert!(!values.matches(Value::Text(b"")), "{values:?}");
        }
    }

    #[test]
    fn front_and_end_of_a_glob_do_not_overlap() {
        assert!(glob("ab*ba").matches(Value::Text(b"abba")) && !glob("ab*ba").matches(Value::Text(b"aba")));
    }

    #[test]
    fn each_text_that_matches_has_one_of_the_pieces() {
        for (pattern, text) in [
            (Pattern::regex("(?i)passwd|shadow$", false).unwrap(), b"/etc/PassWd".as_slice()),
            (Pattern::regex("^/opt/(a|b)/[0-9]+", false).unwrap(), b"/opt/b/5"),
            (Pattern::starts(&[b'x'; 100]), &[b'x'; 100]),
        ] {
            assert!(pattern.matches(text));
            let lists = pattern.pieces();
            assert!(!lists.is_empty(), "{pattern:?}");
            for pieces in lists {
                let has = |piece: &[u8]| text.windows(piece.len()).any(|part| part == piece);
                assert!(pieces.iter().any(|piece| has(piece)), "{pieces:?}");
            }
        }
    }

    #[test]
    fn a_pattern_that_would_run_away_elsewhere_takes_its_time_by_the_text_alone() {
        let text = vec![b'a'; 1 << 20];
        assert!(!of(Pattern::regex("^(a*)*(a*)*(a*)*b$", false).unwrap()).matches(Value::Text(&text)));
        assert!(!glob("*a*a*a*a*a*a**a**a*b").matches(Value::Text(&text)));
    }
}
