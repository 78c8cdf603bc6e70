//! The members that hold whole records: `claimed`, `details`; and what lists of them are made of.

use oyez_events::fields::{FieldKey, Fields};
use oyez_events::{Event, Record};
use oyez_tables::key::Key;
use oyez_tables::record_type;

use super::names::Names;
use super::object::{ObjectWriter, Source, close};
use super::out::Out;
use super::tail::Tail;
use super::words::Words;
use super::{JsonFormat, string, types};

/// Appends `opening` and an object with the members that `members` writes; nothing at all where it writes none.
pub(super) fn section(out: &mut Out, opening: &[u8], members: impl FnOnce(&mut Out)) {
    let before = out.len();
    out.extend_from_slice(opening);
    let start = out.len();
    members(out);
    if out.len() == start {
        out.truncate(before);
    } else {
        close(out, start);
    }
}

/// Appends `,"NAME":[…]`, and `,"NAME_hex":[…]` with the exact bytes of all where one is not UTF-8. `None` is `null`.
pub(super) fn string_list<'a>(out: &mut Out, name: &str, items: impl Iterator<Item = Option<&'a [u8]>> + Clone) {
    let mut valid = true;
    list_of(out, name, "", items.clone(), |out, item| valid &= string::quoted(out, item));
    if !valid {
        list_of(out, name, "_hex", items, string::quoted_hex);
    }
}

fn list_of<'a>(
    out: &mut Out,
    name: &str,
    ending: &str,
    items: impl Iterator<Item = Option<&'a [u8]>>,
    mut write: impl FnMut(&mut Out, &'a [u8]),
) {
    for text in [",\"", name, ending, "\":["] {
        out.extend_from_slice(text.as_bytes());
    }
    for (place, item) in items.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        match item {
            Some(item) => write(out, item),
            None => out.extend_from_slice(b"null"),
        }
    }
    out.push(b']');
}

/// Opens a list's next element: `opening` before the first, a comma before the others. Returns where the element starts.
pub(super) fn element(out: &mut Out, opening: &[u8], is_first: &mut bool) -> usize {
    out.extend_from_slice(if *is_first { opening } else { b"," });
    *is_first = false;
    out.len()
}

/// All fields of a record as members, and its claims.
pub(super) fn whole(
    object: &mut ObjectWriter,
    (names, words): (&Names, Words<'_>),
    record: &Record<'_>,
    fields: &Fields,
    out: &mut Out,
) {
    let source = source(record, fields, words);
    object.start();
    object.fields(out, names, source, fields.own());
    object.end(out, names, source);
    claims(object, (names, words), record, fields, out);
}

pub(super) fn source<'a>(record: &Record<'a>, fields: &'a Fields, words: Words<'a>) -> Source<'a> {
    let tail = Tail { text: record.tail(), record: fields, is_of_claims: false };
    Source { record_type: record.number(), text: record.text(), tail, words }
}

/// What user space claimed inside `msg='…'`, apart from all that the kernel said.
pub(super) fn claims(
    object: &mut ObjectWriter,
    (names, words): (&Names, Words<'_>),
    record: &Record<'_>,
    fields: &Fields,
    out: &mut Out,
) {
    if fields.claimed().is_empty() {
        return;
    }
    let mut source = source(record, fields, words);
    source.tail.is_of_claims = true;
    section(out, b",\"claimed\":", |out| {
        object.start();
        object.fields(out, names, source, fields.claimed());
        object.end(out, names, source);
    });
}

/// The claims of the main record.
pub(super) fn claimed(format: &mut JsonFormat, main: &Record<'_>, words: Words<'_>, out: &mut Out) {
    claims(&mut format.object, (&format.names, words), main, &format.main.fields, out);
}

/// Every record without a place of its own, and what those with one had left.
pub(super) fn details(format: &mut JsonFormat, event: &Event, words: Words<'_>, out: &mut Out) {
    let mut is_first = true;
    // Mostly none: no list is searched for what is not there.
    let has_any = !format.leftovers.is_empty() || !format.tails.is_empty();
    if !has_any && !format.types.has().placeless && !format.main.has_left() && format.main.fields.tail().is_empty() {
        return;
    }
    for (index, number) in event.numbers().enumerate() {
        match number {
            record_type::PATH | record_type::SOCKADDR => {}
            record_type::CWD | record_type::PROCTITLE | record_type::EXECVE
                if !has_any
                    || format.leftovers.binary_search(&index).is_err()
                        && format.tails.binary_search(&index).is_err() => {}
            _ if has_any && format.tails.binary_search(&index).is_ok() => {
                let Some(record) = event.record(index) else { continue };
                format.fields.split(&record);
                tail_alone(format, (&record, index), words, out, &mut is_first);
            }
            _ if index == format.main.index => left_of_main(format, event, words, out, &mut is_first),
            _ => {
                let Some(record) = event.record(index) else { continue };
                format.fields.split(&record);
                format.detailed.push(index);
                let start = detail(out, &record, &mut is_first);
                if record.number() == record_type::EXECVE {
                    beside_argv(format, &record, words, out);
                } else {
                    whole(&mut format.object, (&format.names, words), &record, &format.fields, out);
                }
                close(out, start);
            }
        }
    }
    if !is_first {
        out.push(b']');
    }
}

fn detail(out: &mut Out, record: &Record<'_>, is_first: &mut bool) -> usize {
    let start = element(out, b",\"details\":[", is_first);
    out.extend_from_slice(b",\"type\":");
    types::type_name(out, record);
    start
}

/// The main record's fields that have no fixed place; its claims have one.
fn left_of_main(format: &mut JsonFormat, event: &Event, words: Words<'_>, out: &mut Out, is_first: &mut bool) {
    let JsonFormat { names, main, object, detailed, .. } = format;
    if !main.has_left() && main.fields.tail().is_empty() {
        return;
    }
    let Some(record) = &event.record(main.index) else { return };
    let source = source(record, &main.fields, words);
    if !main.has_left() && !source.tail.has_left(names, main.explained()) {
        return;
    }
    detailed.push(main.index);
    let start = detail(out, record, is_first);
    object.start();
    object.explained(main.explained());
    for field in main.left() {
        object.field(out, names, source, field);
    }
    object.end(out, names, source);
    close(out, start);
}

/// The tail of a record whose one field has its place: nothing explains that.
fn tail_alone(
    format: &mut JsonFormat,
    (record, index): (&Record<'_>, usize),
    words: Words<'_>,
    out: &mut Out,
    is_first: &mut bool,
) {
    let JsonFormat { names, fields, object, detailed, .. } = format;
    let source = source(record, fields, words);
    if source.tail.has_left(names, &[]) {
        detailed.push(index);
        let start = detail(out, record, is_first);
        object.start();
        object.end(out, names, source);
        close(out, start);
    }
}

/// The fields of an `EXECVE` record that are not its arguments.
fn beside_argv(format: &mut JsonFormat, record: &Record<'_>, words: Words<'_>, out: &mut Out) {
    let JsonFormat { names, fields, object, .. } = format;
    let is_argument = |key| {
        matches!(key, FieldKey::Arg(_) | FieldKey::ArgPiece(..) | FieldKey::ArgLen(_) | FieldKey::Known(Key::Argc))
    };
    let source = source(record, fields, words);
    object.start();
    for field in fields.own().iter().filter(|field| !is_argument(field.key)) {
        object.field(out, names, source, field);
    }
    object.end(out, names, source);
    claims(object, (names, words), record, fields, out);
}
