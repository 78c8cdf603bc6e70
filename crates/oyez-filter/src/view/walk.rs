//! The values of a field in the whole document: for what few ask for.

use super::value::{Value, Visit};
use crate::document::{Item, Kind};
use crate::field::Field;

/// The longest name with `_hex` behind it that has exact bytes, in bytes.
const MAX_NAME: usize = 128;

/// Hands on the values of `field` below `root`. Of texts that are not UTF-8 the exact bytes are decoded into `scratch`.
pub(super) fn any(root: Item<'_>, field: &Field, scratch: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    match field {
        Field::Member(_) => below(root, field.def().name, &mut |item, last| value(item, last, scratch, visit)),
        Field::Claimed(key) => under(root, b"claimed", &mut |item| value(item, key.name(), scratch, visit)),
        Field::Detail(key) => under(root, b"details", &mut |item| value(item, key.name(), scratch, visit)),
        Field::Added(name) => under(root, b"added", &mut |item| value(item, name, scratch, visit)),
    }
}

/// Hands on each object that has the last of the `steps` as a member, if any, and that step.
fn below(item: Item<'_>, steps: &str, out: &mut dyn FnMut(Item<'_>, &str) -> bool) -> bool {
    match steps.split_once('.') {
        Some((name, rest)) => under(item, name.as_bytes(), &mut |item| below(item, rest, out)),
        None => out(item, steps),
    }
}

/// Hands on the member `name` of `item`, or each element of it.
fn under(item: Item<'_>, name: &[u8], out: &mut dyn FnMut(Item<'_>) -> bool) -> bool {
    let Some(member) = item.get(name) else { return false };
    match member.kind() {
        Kind::List => member.children().any(out),
        _ => out(member),
    }
}

/// Hands on the values of the member `name` of `item`.
fn value(item: Item<'_>, name: &str, scratch: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    let mut buffer = [0; MAX_NAME];
    let exact = hex_name(name, &mut buffer).and_then(|name| item.get(name));
    let Some(member) = exact.or_else(|| item.get(name.as_bytes())) else { return false };
    let mut leaf = |item: Item<'_>| match item.kind() {
        Kind::Scalar(Value::Text(digits)) if exact.is_some() => {
            oyez_events::decode::hex(digits, scratch);
            visit(Value::Text(scratch))
        }
        Kind::Scalar(value) => visit(value),
        _ => false,
    };
    match member.kind() {
        Kind::List => member.children().any(leaf),
        _ => leaf(member),
    }
}

/// `NAME_hex`.
fn hex_name<'b>(name: &str, buffer: &'b mut [u8; MAX_NAME]) -> Option<&'b [u8]> {
    let (front, rest) = buffer.split_at_mut_checked(name.len())?;
    front.copy_from_slice(name.as_bytes());
    rest.first_chunk_mut::<4>()?.copy_from_slice(b"_hex");
    buffer.get(..name.len() + 4)
}
