//! The same values: what `ausearch -i` prints of each field, and what oyez's JSON says at its place.

use std::collections::BTreeMap;

use crate::fields::{self, Token};
use crate::line::{Id, Line};
use crate::logs::Log;
use crate::values::{self, Place};
use crate::{ausearch, ours};

/// How often each key was compared, and the differences by `key: what`.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) events: usize,
    pub(crate) values: BTreeMap<String, usize>,
    pub(crate) unequal: BTreeMap<String, Vec<String>>,
    /// Values that ausearch interprets and this version of oyez leaves as they are, by key.
    pub(crate) raw: BTreeMap<String, usize>,
}

impl Compared {
    /// How many values of `key` are equal.
    pub(crate) fn count(&self, key: &str) -> usize {
        self.values.get(key).copied().unwrap_or_default()
    }

    /// Panics where a value is not the same and not listed, and where a listed one is the same.
    pub(crate) fn assert_equal(&mut self, allowed: &[&str]) {
        for known in allowed {
            let before = self.unequal.values().map(Vec::len).sum::<usize>();
            self.unequal.retain(|_, all| {
                all.retain(|text| !text.contains(known));
                !all.is_empty()
            });
            let after = self.unequal.values().map(Vec::len).sum::<usize>();
            assert!(after + 1 == before, "{} times, listed once: {known}", before - after);
        }
        let shown = |(key, all): (&String, &Vec<String>)| {
            format!("{key} ({}): {}", all.len(), all[..all.len().min(3)].join("\n  "))
        };
        let text: Vec<_> = self.unequal.iter().map(shown).collect();
        assert!(
            text.is_empty(),
            "{} of {} values:\n{}",
            text.len(),
            self.values.values().sum::<usize>(),
            text.join("\n")
        );
    }
}

/// Compares every field of every record of `log`.
pub(crate) fn compare(log: &Log, compared: &mut Compared) {
    let reading = ours::read(&log.text);
    let raw =
        by_event(ausearch::raw(log).iter().filter_map(|line| Line::parse(line)).map(|line| (line.id.clone(), line)));
    let printed = by_event(ausearch::interpreted(log).into_iter().map(|record| (record.id.clone(), record)));
    assert!(printed.keys().eq(raw.keys()), "{}: --raw and -i find different events", log.name);
    compared.events += raw.len();
    for (id, lines) in &raw {
        let mut printed = printed[id].iter();
        let Some(event) = reading.events.get(id).map(|event| &event.json) else { continue };
        for (place, line) in lines.iter().enumerate() {
            // One without a type is none for oyez.
            if line.kind.is_empty() {
                continue;
            }
            // Records without a stamp, which are no events for oyez, stand with the event before them.
            let record = printed.find(|record| record.kind == line.kind);
            let record = record.unwrap_or_else(|| panic!("{}: -i does not print {}", log.name, line.text()));
            if !line.is_end() {
                compare_record(compared, &Place::new(event, lines, place), line, &record.body, &log.name);
            }
        }
    }
}

pub(crate) fn by_event<T>(records: impl Iterator<Item = (Id, T)>) -> BTreeMap<Id, Vec<T>> {
    let mut events: BTreeMap<Id, Vec<T>> = BTreeMap::new();
    for (id, record) in records {
        events.entry(id).or_default().push(record);
    }
    events
}

fn compare_record(compared: &mut Compared, place: &Place<'_>, line: &Line, printed: &[u8], log: &str) {
    let tokens = fields::split(&line.body);
    let printed = take_apart(&tokens, printed);
    let tokens = if line.kind == "LOGIN" { fields::renamed(&tokens) } else { tokens };
    for ((place_of, token), printed) in tokens.iter().enumerate().zip(printed) {
        let seen_before = || tokens[..place_of].iter().any(|other| other.key == token.key);
        // Of a key that comes twice only the first has a member of its own; `nothing_vanishes` looks for the others.
        if token.key.is_empty() || seen_before() {
            continue;
        }
        let key = values::plain_key(token.key());
        let verdict = match &printed {
            Some(printed) => values::agree(place, line, token, printed),
            None => values::Verdict::Unequal("not printed".to_owned()),
        };
        match verdict {
            values::Verdict::Equal => *compared.values.entry(key).or_default() += 1,
            values::Verdict::Uninterpreted => *compared.raw.entry(format!("{} {key}", line.kind)).or_default() += 1,
            values::Verdict::Unequal(ours) => {
                let theirs = printed.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
                let text = format!("{log} ausearch: {theirs:?} oyez: {ours:?} {}", line.text());
                compared.unequal.entry(format!("{} {key}", line.kind)).or_default().push(text);
            }
        }
    }
}

/// The printed value of each token. `ausearch` prints no quotes, so a value ends where the next token begins.
pub(crate) fn take_apart(tokens: &[Token<'_>], printed: &[u8]) -> Vec<Option<Vec<u8>>> {
    let mut rest = printed;
    let mut values = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        let lead = lead(token);
        let Some(at) = find_word(rest, &lead) else {
            values.push(None);
            continue;
        };
        rest = &rest[at + lead.len()..];
        let next = tokens.get(place + 1).and_then(|next| find_word(rest, &self::lead(next)));
        let value = rest[..next.unwrap_or(rest.len())].trim_ascii();
        let is_last_claim = token.is_claimed && tokens.get(place + 1).is_none_or(|next| !next.is_claimed);
        let value = if is_last_claim { value.strip_suffix(b"'").unwrap_or(value).trim_ascii() } else { value };
        values.push(Some(value.to_vec()));
    }
    values
}

fn lead(token: &Token<'_>) -> Vec<u8> {
    if token.key.is_empty() { token.value.to_vec() } else { [token.key, b"="].concat() }
}

/// Where `word` stands at the beginning or behind a space.
fn find_word(text: &[u8], word: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(text, word).find(|at| *at == 0 || text.get(at - 1) == Some(&b' '))
}

/// Members that `key` names, for messages.
pub(crate) fn shown(value: Option<Vec<u8>>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| String::from_utf8_lossy(&value).into_owned())
}
