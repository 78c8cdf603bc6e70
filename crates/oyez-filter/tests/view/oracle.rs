//! What the document says of a field: all its values, in their order, of texts the exact bytes.

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_filter::document::{Item, Kind};
use oyez_filter::{Field, Read, Reader, Value};
use oyez_tables::key::Key;

/// A value that owns its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owned {
    Text(Vec<u8>),
    Number(i128),
    Flag(bool),
}

impl From<Value<'_>> for Owned {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Text(text) => Owned::Text(text.to_vec()),
            Value::Number(number) => Owned::Number(number),
            Value::Flag(flag) => Owned::Flag(flag),
        }
    }
}

/// A field, and the steps to it in the document.
pub(crate) struct Asked {
    pub(crate) field: Field,
    steps: Vec<String>,
}

impl Asked {
    /// Every field that there is, those of [`oyez_filter::field::all`] first.
    pub(crate) fn all() -> Vec<Asked> {
        let keys = || (0..Key::COUNT).filter_map(Key::from_index);
        let added = ["team", "level", "flag", "list", "nothing"];
        let added = added.map(|name| Field::find(&format!("added.{name}")).unwrap());
        let of_records = keys().map(Field::Claimed).chain(keys().map(Field::Detail));
        oyez_filter::field::all().chain(of_records).chain(added).map(Asked::new).collect()
    }

    fn new(field: Field) -> Asked {
        // Names of the kernel's keys may have dots.
        let most = if matches!(field, Field::Member(_)) { 9 } else { 2 };
        Asked { steps: field.name().splitn(most, '.').map(str::to_owned).collect(), field }
    }
}

fn walk(item: Item<'_>, steps: &[String], out: &mut Vec<Owned>) {
    match (item.kind(), steps) {
        (Kind::List, _) => item.children().for_each(|item| walk(item, steps, out)),
        (Kind::Object, [last]) => {
            let hex = item.get(format!("{last}_hex").as_bytes());
            if let Some(value) = item.get(last.as_bytes()) {
                leaves(hex.unwrap_or(value), hex.is_some(), out);
            }
        }
        (Kind::Object, [name, rest @ ..]) => {
            if let Some(item) = item.get(name.as_bytes()) {
                walk(item, rest, out);
            }
        }
        _ => {}
    }
}

fn leaves(item: Item<'_>, is_hex: bool, out: &mut Vec<Owned>) {
    match item.kind() {
        Kind::List => item.children().for_each(|item| leaves(item, is_hex, out)),
        Kind::Scalar(Value::Text(digits)) if is_hex => out.push(Owned::Text(bytes(digits))),
        Kind::Scalar(value) => out.push(value.into()),
        Kind::Object | Kind::Null => {}
    }
}

fn bytes(digits: &[u8]) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// The first field of which a view says another thing than the document, asked in this order; `None` where there is none.
pub(crate) fn difference(
    reader: &mut Reader,
    other: &mut Reader,
    event: &Event,
    context: &Context<'_>,
    fields: &mut dyn Iterator<Item = &Asked>,
) -> Option<String> {
    let mut document = other.view(event, context);
    let root = document.root()?;
    let mut view = reader.view(event, context);
    let (mut expected, mut values) = (Vec::new(), Vec::new());
    for Asked { field, steps } in fields {
        expected.clear();
        values.clear();
        walk(root, steps, &mut expected);
        view.any(field, &mut |value| {
            values.push(value.into());
            false
        });
        let first = view.value(field).map(Owned::from);
        if values != expected || first != expected.first().cloned() {
            return Some(format!("{}: view {} document {}", field.name(), shown(&values), shown(&expected)));
        }
    }
    None
}

fn shown(values: &[Owned]) -> String {
    let shown = |value: &Owned| match value {
        Owned::Text(text) => format!("\"{}\"", text.escape_ascii()),
        other => format!("{other:?}"),
    };
    format!("[{}]", values.iter().map(shown).collect::<Vec<_>>().join(", "))
}

/// An event's records, for whoever reads of a difference.
pub(crate) fn lines(event: &Event) -> String {
    let line = |record: oyez_events::Record<'_>| {
        let name = String::from_utf8_lossy(record.name()).into_owned();
        format!("{name}: {}\u{241d}{}", record.body().escape_ascii(), record.tail().escape_ascii())
    };
    event.records().map(line).collect::<Vec<_>>().join("\n")
}
