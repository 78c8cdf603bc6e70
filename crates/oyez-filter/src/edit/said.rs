//! The members `tags` and `added` of a table → what filters said of the event.

use std::sync::Arc;

use oyez_events::context::{Added, Addition};

use super::invalid::{At, Invalid};
use super::pairs::{Pair, elements, pairs};
use crate::document::Item;
use crate::tree::Tree;

/// Most tags of one event.
pub const MAX_TAGS: usize = 64;
/// The longest tag, in bytes.
pub const MAX_TAG: usize = 256;
/// Most things added to one event.
pub const MAX_ADDED: usize = 64;
/// The longest name of something added, in bytes.
pub const MAX_NAME: usize = 64;
/// Most bytes of all texts added to one event.
pub const MAX_ADDED_BYTES: usize = 64 << 10;

/// The tags that a table has, each once.
pub(super) fn tags(tree: Option<&Tree>, at: &At<'_>) -> Result<Vec<Arc<str>>, Invalid> {
    let mut tags: Vec<Arc<str>> = Vec::new();
    for (place, tree) in tree.map_or(Ok(&[][..]), |tree| elements(tree, at))?.iter().enumerate() {
        let at = at.place(place);
        let text = tree.text().and_then(|text| str::from_utf8(text).ok()).filter(|text| !text.is_empty());
        let tag = text.ok_or_else(|| at.expected("text, not empty, in UTF-8"))?;
        if tag.len() > MAX_TAG {
            return Err(at.invalid(format!("a tag has at most {MAX_TAG} bytes")));
        }
        if !tags.iter().any(|other| **other == *tag) {
            tags.push(tag.into());
        }
        if tags.len() > MAX_TAGS {
            return Err(at.invalid(format!("an event has at most {MAX_TAGS} tags")));
        }
    }
    Ok(tags)
}

/// What a table has under `added`, by rising names; what of `old` it does not change stays as it is.
pub(super) fn added(
    (old, item): (&[Addition], Option<Item<'_>>),
    tree: Option<&Tree>,
    at: &At<'_>,
) -> Result<Vec<Addition>, Invalid> {
    let (mut added, mut bytes) = (Vec::new(), 0);
    for pair in pairs(item, tree, at)? {
        let Pair { name, tree: Some(tree), .. } = pair else { continue };
        let at = at.name(name);
        let known = old.iter().find(|addition| addition.name.as_bytes() == name);
        let addition = match known {
            Some(known) if pair.is_same(item) => known.clone(),
            // The exact bytes that stand beside one.
            None if pair.item.is_some() => continue,
            _ => Addition { name: checked(name, &at)?, value: value(tree, &at)? },
        };
        bytes += size(&addition.value);
        added.push(addition);
        if added.len() > MAX_ADDED || bytes > MAX_ADDED_BYTES {
            return Err(at.invalid(format!(
                "at most {MAX_ADDED} things and {MAX_ADDED_BYTES} bytes of text are added to an event"
            )));
        }
    }
    added.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(added)
}

/// Names are such that every format can have them as they are.
fn checked(name: &[u8], at: &At<'_>) -> Result<Box<str>, Invalid> {
    let is_plain = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    let is_name = (1..=MAX_NAME).contains(&name.len())
        && name.iter().all(is_plain)
        && !name.first().is_some_and(u8::is_ascii_digit)
        && !name.ends_with(b"_hex");
    let name = str::from_utf8(name).ok().filter(|_| is_name);
    name.map(Box::from).ok_or_else(|| {
        at.invalid(format!(
            "a name has at most {MAX_NAME} letters a to z, digits and _, no digit in front, and does not end in _hex"
        ))
    })
}

fn value(tree: &Tree, at: &At<'_>) -> Result<Added, Invalid> {
    let wanted = "text, a whole number of 64 bits, true or false, or a list of texts";
    Ok(match tree {
        Tree::Text(text) => Added::Text(text.clone().into()),
        Tree::Number(number) => Added::Number(i64::try_from(*number).map_err(|_| at.expected(wanted))?),
        Tree::Flag(flag) => Added::Flag(*flag),
        Tree::Null => return Err(at.expected(wanted)),
        Tree::List(_) | Tree::Object(_) => {
            let items = elements(tree, at).map_err(|_| at.expected(wanted))?;
            let text = |(place, tree): (usize, &Tree)| {
                let text = tree.text().ok_or_else(|| at.place(place).expected("text"));
                text.map(Box::from)
            };
            Added::Texts(items.iter().enumerate().map(text).collect::<Result<_, _>>()?)
        }
    })
}

fn size(value: &Added) -> usize {
    match value {
        Added::Text(text) => text.len(),
        // A place in a list is not free.
        Added::Texts(texts) => texts.iter().map(|text| text.len() + 8).sum(),
        Added::Number(_) | Added::Flag(_) => 8,
    }
}
