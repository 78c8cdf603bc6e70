//! Finds the rules that may match an event, by what it has: one hash look-up per value and field, and one pass over a value for
//! all pieces of text (Aho-Corasick), however many rules there are.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};
use foldhash::fast::RandomState;

use super::address;
use super::condition::Node;
use super::cover::{self, Cover, Key, Wanted};
use crate::field::Field;
use crate::view::{Read as _, Value, View};

/// Rules by what has to be there.
type Map<K> = HashMap<K, Vec<u32>, RandomState>;

/// Texts, and the rules of each.
type Texts = (Vec<Box<[u8]>>, Vec<Vec<u32>>);

/// What there is to be found by the values of one field.
#[derive(Debug, Default)]
struct OfField {
    texts: Map<Box<[u8]>>,
    numbers: Map<i128>,
    addresses: Map<u128>,
    pieces: Option<(AhoCorasick, Vec<Vec<u32>>)>,
}

/// Rules, by their numbers, and what they are found by.
#[derive(Debug, Default)]
pub(crate) struct Index {
    fields: Vec<(Field, OfField)>,
    /// Those that have to be asked about every event.
    always: Vec<u32>,
    found: Found,
}

/// Rules that were found, each once.
#[derive(Debug, Default)]
struct Found {
    rules: Vec<u32>,
    /// For each rule the last event for which it was found.
    events: Vec<u64>,
    event: u64,
}

impl Found {
    fn add(&mut self, rules: &[u32]) {
        for rule in rules {
            if let Some(event) = self.events.get_mut(*rule as usize).filter(|event| **event != self.event) {
                *event = self.event;
                self.rules.push(*rule);
            }
        }
    }
}

impl Index {
    /// An index of rules with these conditions, numbered from 0.
    pub(crate) fn new<'n>(nodes: impl Iterator<Item = &'n Node>) -> Self {
        let covers: Vec<Option<Cover>> = nodes.map(cover::of).collect();
        let mut wanted = Wanted::default();
        covers.iter().flatten().for_each(|cover| cover.count(&mut wanted));
        let mut index =
            Index { found: Found { events: vec![0; covers.len()], ..Found::default() }, ..Index::default() };
        let mut pieces: Map<(Field, Box<[u8]>)> = Map::default();
        for (rule, cover) in (0..).zip(covers) {
            let Some(cover) = cover else {
                index.always.push(rule);
                continue;
            };
            let mut keys = Vec::new();
            cover.choose(&wanted, &mut keys);
            for key in keys {
                index.add(key, rule, &mut pieces);
            }
        }
        index.add_pieces(pieces);
        index
    }

    fn add(&mut self, key: Key, rule: u32, pieces: &mut Map<(Field, Box<[u8]>)>) {
        match key {
            Key::Text(field, text) => push(&mut self.of(&field).texts, text, rule),
            Key::Number(field, number) => push(&mut self.of(&field).numbers, number, rule),
            Key::Address(field, number) => push(&mut self.of(&field).addresses, number, rule),
            Key::Piece(field, text) => push(pieces, (field, text), rule),
        }
    }

    fn of(&mut self, field: &Field) -> &mut OfField {
        let at = self.fields.iter().position(|(other, _)| other == field).unwrap_or(self.fields.len());
        if at == self.fields.len() {
            self.fields.push((field.clone(), OfField::default()));
        }
        #[expect(clippy::indexing_slicing, reason = "it was found or just pushed")]
        &mut self.fields[at].1
    }

    fn add_pieces(&mut self, pieces: Map<(Field, Box<[u8]>)>) {
        let mut by_field: HashMap<Field, Texts, RandomState> = HashMap::default();
        for ((field, text), rules) in pieces {
            let of_field = by_field.entry(field).or_default();
            of_field.0.push(text);
            of_field.1.push(rules);
        }
        for (field, (texts, rules)) in by_field {
            match AhoCorasick::builder().match_kind(MatchKind::Standard).build(&texts) {
                Ok(automaton) => self.of(&field).pieces = Some((automaton, rules)),
                // It can hold fewer texts than there are; these rules are then asked about every event.
                Err(_) => self.always.extend(rules.into_iter().flatten()),
            }
        }
        self.always.sort_unstable();
        self.always.dedup();
    }

    /// The rules that may match an event, by rising numbers.
    pub(crate) fn find(&mut self, view: &mut View<'_>) -> &[u32] {
        let Index { fields, always, found } = self;
        found.rules.clear();
        found.event += 1;
        for (field, of_field) in fields.iter() {
            view.any(field, &mut |value| {
                of_field.find(value, found);
                false
            });
        }
        if found.rules.is_empty() {
            return always;
        }
        found.add(always);
        found.rules.sort_unstable();
        &found.rules
    }
}

fn push<K: std::hash::Hash + Eq>(map: &mut Map<K>, key: K, rule: u32) {
    let rules = map.entry(key).or_default();
    if rules.last() != Some(&rule) {
        rules.push(rule);
    }
}

impl OfField {
    fn find(&self, value: Value<'_>, found: &mut Found) {
        match value {
            Value::Text(text) => self.find_text(text, found),
            Value::Number(number) => found.add(self.numbers.get(&number).map_or(&[], Vec::as_slice)),
            // No rule is found by one.
            Value::Flag(_) => (),
        }
    }

    fn find_text(&self, text: &[u8], found: &mut Found) {
        if let Some(rules) = self.texts.get(text) {
            found.add(rules);
        }
        let address = if self.addresses.is_empty() { None } else { address::number(text) };
        if let Some(rules) = address.and_then(|address| self.addresses.get(&address)) {
            found.add(rules);
        }
        if let Some((automaton, rules)) = &self.pieces {
            for hit in automaton.find_overlapping_iter(text) {
                if let Some(rules) = rules.get(hit.pattern().as_usize()) {
                    found.add(rules);
                }
            }
        }
    }
}
