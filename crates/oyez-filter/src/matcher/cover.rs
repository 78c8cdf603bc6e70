//! What an event has to have for a condition to hold: keys by which rules are found, so that most are never asked.
//!
//! A condition's cover is made of what it requires; of several requirements one is enough to find it by, and the best is the one
//! that the fewest other rules have.

use std::cmp::Reverse;
use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::condition::{Node, is_tags};
use super::values::Values;
use crate::field::Field;

/// Something an event has to have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// A value that is this text.
    Text(Field, Box<[u8]>),
    /// A value that is this number.
    Number(Field, i128),
    /// A value that is this address.
    Address(Field, u128),
    /// A value with this text in it.
    Piece(Field, Box<[u8]>),
}

/// How many rules want a key.
pub(crate) type Wanted = HashMap<Key, u32, RandomState>;

/// Keys of which one is there whenever a condition holds.
#[derive(Clone, Debug)]
pub(crate) enum Cover {
    /// Just this.
    One(Key),
    /// One of all of these.
    Union(Vec<Cover>),
    /// Whichever of these one likes.
    Choice(Vec<Cover>),
}

/// Smaller is better.
type Cost = (u32, u8, u32, Reverse<usize>);

/// The cover of a condition; `None` where it may hold for an event that has nothing in particular.
pub(crate) fn of(node: &Node) -> Option<Cover> {
    match node {
        Node::All(nodes) => choice(nodes.iter().filter_map(of).collect()),
        Node::Any(nodes) => nodes.iter().map(of).collect::<Option<_>>().map(Cover::Union),
        Node::Test(field, values) if !is_tags(field) => of_values(field, values),
        Node::Not(_) | Node::Has(_) | Node::Test(..) => None,
    }
}

fn choice(covers: Vec<Cover>) -> Option<Cover> {
    (!covers.is_empty()).then_some(Cover::Choice(covers))
}

fn of_values(field: &Field, values: &Values) -> Option<Cover> {
    if !values.flags.is_empty() {
        return None;
    }
    let one = |key| Some(Cover::One(key));
    let texts = values.texts.iter().map(|text| one(Key::Text(field.clone(), text.clone())));
    let numbers =
        values.numbers.iter().map(|(first, last)| one(Key::Number(field.clone(), *first)).filter(|_| first == last));
    let networks =
        values.networks.iter().map(|(first, last)| one(Key::Address(field.clone(), *first)).filter(|_| first == last));
    let patterns = values.patterns.iter().map(|pattern| {
        let of_one = |text| Cover::One(Key::Piece(field.clone(), text));
        let lists = pattern.pieces().into_iter();
        choice(lists.map(|pieces| Cover::Union(pieces.into_iter().map(of_one).collect())).collect())
    });
    texts.chain(numbers).chain(networks).chain(patterns).collect::<Option<_>>().map(Cover::Union)
}

impl Cover {
    /// Counts each key that might be chosen.
    pub(crate) fn count(&self, wanted: &mut Wanted) {
        match self {
            Cover::One(key) => *wanted.entry(key.clone()).or_default() += 1,
            Cover::Union(covers) | Cover::Choice(covers) => covers.iter().for_each(|cover| cover.count(wanted)),
        }
    }

    /// Adds the keys of the best choice to `keys`.
    pub(crate) fn choose(self, wanted: &Wanted, keys: &mut Vec<Key>) {
        match self {
            Cover::One(key) => keys.push(key),
            Cover::Union(covers) => covers.into_iter().for_each(|cover| cover.choose(wanted, keys)),
            Cover::Choice(covers) => {
                if let Some(best) = covers.into_iter().min_by_key(|cover| cover.cost(wanted)) {
                    best.choose(wanted, keys);
                }
            }
        }
    }

    fn cost(&self, wanted: &Wanted) -> Cost {
        let costs = |covers: &[Cover]| covers.iter().map(|cover| cover.cost(wanted)).collect::<Vec<_>>();
        match self {
            Cover::One(key) => {
                let rules = wanted.get(key).copied().unwrap_or(0);
                let (class, len) = match key {
                    Key::Text(_, text) => (0, text.len()),
                    Key::Number(..) | Key::Address(..) => (1, 0),
                    Key::Piece(_, text) => (2, text.len()),
                };
                // A few rules more are worth a cheaper look-up.
                (rules / 4, class, rules, Reverse(len))
            }
            Cover::Union(covers) => costs(covers).into_iter().max().unwrap_or_default(),
            Cover::Choice(covers) => costs(covers).into_iter().min().unwrap_or_default(),
        }
    }
}
