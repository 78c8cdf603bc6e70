//! An object of the event beside the table that is to take its place: member by member; and whether two of them say the same.

use oyez_events::decode;

use super::invalid::{At, Invalid};
use crate::document::{Item, Kind};
use crate::tree::Tree;
use crate::view::Value;

/// From so many members on a table is sorted before it is searched.
const FEW: usize = 32;
/// Numbers up to this are exact in a script, whose numbers are of 64 bits with a point (IEEE 754, `binary64`).
const EXACT: i128 = 1 << 53;
/// U+FFFD.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// A member that the event has, or the table, or both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'d, 't> {
    pub(super) name: &'d [u8],
    pub(super) item: Option<Item<'d>>,
    pub(super) tree: Option<&'t Tree>,
}

impl Pair<'_, '_> {
    /// Whether there is nothing to change.
    pub(super) fn is_same(&self, object: Option<Item<'_>>) -> bool {
        match (self.item, self.tree) {
            (Some(item), Some(tree)) => is_same(item, sibling(object, self.name, b"_hex"), tree),
            (None, None) => true,
            _ => false,
        }
    }
}

/// The members of `item` in their order, then those that `tree` alone has.
///
/// # Errors
/// `tree` is no object.
pub(super) fn pairs<'d, 't: 'd>(
    item: Option<Item<'d>>,
    tree: Option<&'t Tree>,
    at: &At<'_>,
) -> Result<Vec<Pair<'d, 't>>, Invalid> {
    let members = Members::of(tree, at)?;
    let children = item.into_iter().flat_map(Item::children);
    let mut all: Vec<Pair<'d, 't>> =
        children.map(|item| Pair { name: item.name(), item: Some(item), tree: members.get(item.name()) }).collect();
    let known = all.len();
    if all.iter().filter(|pair| pair.tree.is_some()).count() < members.all.len() {
        let mut names: Vec<&[u8]> = all.iter().map(|pair| pair.name).collect();
        names.sort_unstable();
        let new = members.all.iter().filter(|(name, _)| names.binary_search(&&**name).is_err());
        all.extend(new.map(|(name, tree)| Pair { name, item: None, tree: Some(tree) }));
        // Of a name that comes twice the first counts.
        if let Some(new) = all.get_mut(known..) {
            new.sort_by_key(|pair| pair.name);
        }
        let mut last: Option<&[u8]> = None;
        all.retain(|pair| pair.item.is_some() || last.replace(pair.name) != Some(pair.name));
    }
    Ok(all)
}

/// The members of a table, quick to be found.
struct Members<'t> {
    all: &'t [(Vec<u8>, Tree)],
    sorted: Vec<(&'t [u8], &'t Tree)>,
}

impl<'t> Members<'t> {
    fn of(tree: Option<&'t Tree>, at: &At<'_>) -> Result<Self, Invalid> {
        let all: &[_] = match tree {
            None => &[],
            Some(Tree::List(items)) if items.is_empty() => &[],
            Some(Tree::Object(members)) => members,
            Some(_) => return Err(at.expected("a table with names")),
        };
        let mut sorted = Vec::new();
        if all.len() > FEW {
            sorted.extend(all.iter().map(|(name, tree)| (&**name, tree)));
            sorted.sort_by_key(|(name, _)| *name);
        }
        Ok(Members { all, sorted })
    }

    fn get(&self, name: &[u8]) -> Option<&'t Tree> {
        if self.sorted.is_empty() {
            return self.all.iter().find(|(other, _)| other == name).map(|(_, tree)| tree);
        }
        let first = self.sorted.partition_point(|(other, _)| *other < name);
        self.sorted.get(first).filter(|(other, _)| *other == name).map(|(_, tree)| *tree)
    }
}

/// The elements of a table that is to be a list; an empty one may be meant as either.
///
/// # Errors
/// It is something else.
pub(super) fn elements<'t>(tree: &'t Tree, at: &At<'_>) -> Result<&'t [Tree], Invalid> {
    match tree {
        Tree::List(items) => Ok(items),
        Tree::Object(members) if members.is_empty() => Ok(&[]),
        _ => Err(at.expected("a list")),
    }
}

/// The member of `object` called `name` with `ending` behind.
pub(super) fn sibling<'d>(object: Option<Item<'d>>, name: &[u8], ending: &[u8]) -> Option<Item<'d>> {
    let is_it = |item: &Item<'_>| item.name().strip_prefix(name) == Some(ending);
    object?.children().find(is_it)
}

/// Whether `tree` says what `item` says, or the exact bytes of it that `hex` tells.
pub(super) fn is_same(item: Item<'_>, hex: Option<Item<'_>>, tree: &Tree) -> bool {
    match (item.kind(), tree) {
        (Kind::Null, Tree::Null) => true,
        (Kind::Scalar(Value::Flag(flag)), Tree::Flag(other)) => flag == *other,
        (Kind::Scalar(Value::Number(number)), _) => is_number(number, tree),
        (Kind::Scalar(Value::Text(text)), Tree::Text(other)) => text == other || is_exactly(text, hex, other),
        (Kind::List, Tree::List(items)) => is_same_list(item, hex, items),
        (Kind::List, Tree::Object(members)) => members.is_empty() && item.children().next().is_none(),
        (Kind::Object, Tree::Object(members)) => {
            let mut count = 0;
            let is_there = |child: Item<'_>| {
                count += 1;
                let tree = members.iter().find(|(name, _)| name == child.name()).map(|(_, tree)| tree);
                tree.is_some_and(|tree| is_same(child, sibling(Some(item), child.name(), b"_hex"), tree))
            };
            members.len() <= FEW && item.children().all(is_there) && count == members.len()
        }
        _ => false,
    }
}

/// Places without a value at the end of a list are the same as no places.
fn is_same_list(item: Item<'_>, hex: Option<Item<'_>>, items: &[Tree]) -> bool {
    let mut hexes = hex.map(Item::children);
    let mut others = items.iter();
    let is_there = |child: Item<'_>| {
        let hex = hexes.as_mut().and_then(Iterator::next);
        is_same(child, hex, others.next().unwrap_or(&Tree::Null))
    };
    item.children().all(is_there) && others.all(|tree| *tree == Tree::Null)
}

/// A number that is too large for a script may come back as text, or rounded.
fn is_number(number: i128, tree: &Tree) -> bool {
    match tree {
        Tree::Number(other) if number.abs() > EXACT => {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "it is to be rounded")]
            let rounded = number as f64 as i128;
            number == *other || rounded == *other
        }
        Tree::Number(other) => number == *other,
        Tree::Text(_) => large(tree) == Some(number),
        _ => false,
    }
}

/// The number in a text, where a script could not hold it otherwise.
pub(super) fn large(tree: &Tree) -> Option<i128> {
    let number: i128 = str::from_utf8(tree.text()?).ok()?.parse().ok()?;
    (number.abs() > EXACT).then_some(number)
}

fn is_exactly(text: &[u8], hex: Option<Item<'_>>, other: &[u8]) -> bool {
    let Some(hex) = hex else { return false };
    let mut exact = Vec::new();
    memchr::memmem::find(text, REPLACEMENT).is_some() && bytes_of(hex, &mut exact) && exact == other
}

/// Reads what a `_hex` member tells into `out`; `false` where it tells nothing.
pub(super) fn bytes_of(hex: Item<'_>, out: &mut Vec<u8>) -> bool {
    let Kind::Scalar(Value::Text(digits)) = hex.kind() else { return false };
    out.clear();
    digits.is_empty() || decode::hex(digits, out)
}

/// The exact bytes that `item` stands for.
pub(super) fn exact(item: Item<'_>, hex: Option<Item<'_>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if !hex.is_some_and(|hex| bytes_of(hex, &mut bytes)) {
        bytes.clear();
        if let Kind::Scalar(Value::Text(text)) = item.kind() {
            bytes.extend_from_slice(text);
        }
    }
    bytes
}

/// The texts of a list: of those that the event has inexactly, the exact bytes. `None` for a place without a value.
///
/// # Errors
/// An element is no text.
pub(super) fn texts(
    old: Option<Item<'_>>,
    hex: Option<Item<'_>>,
    items: &[Tree],
    at: &At<'_>,
) -> Result<Vec<Option<Vec<u8>>>, Invalid> {
    let mut inexact = Vec::new();
    if let (Some(old), Some(hex)) = (old, hex) {
        let both = old.children().zip(hex.children());
        inexact.extend(both.filter_map(|(item, hex)| match item.kind() {
            Kind::Scalar(Value::Text(text)) if memchr::memmem::find(text, REPLACEMENT).is_some() => {
                Some((text, exact(item, Some(hex))))
            }
            _ => None,
        }));
        // Sorted with the order of the list kept: the first of equal ones is taken.
        inexact.sort_by_key(|(text, _)| *text);
    }
    let text = |(place, tree): (usize, &Tree)| match tree {
        Tree::Null => Ok(None),
        Tree::Text(text) => {
            let first = inexact.partition_point(|(other, _)| *other < &**text);
            let found = inexact.get(first).filter(|(other, _)| *other == &**text);
            Ok(Some(found.map_or_else(|| text.clone(), |(_, exact)| exact.clone())))
        }
        _ => Err(at.place(place).expected("text")),
    };
    items.iter().enumerate().map(text).collect()
}
