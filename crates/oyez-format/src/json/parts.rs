//! The members that hold whole records: `sockets`, `claimed`, `details`.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use oyez_events::decode::sockaddr::{self, Part, SockAddr};
use oyez_events::decode::{Dotted, hex};
use oyez_events::fields::{self, Field, FieldKey, Fields, Form};
use oyez_events::{Event, Record};
use oyez_tables::key::Key;
use oyez_tables::{family, record_type};

use super::names::Names;
use super::object::{ObjectWriter, Source, close, text_member};
use super::out::Out;
use super::tail::Tail;
use super::words::Words;
use super::{JsonFormat, call, number, string, types};

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
fn claims(
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

/// All `SOCKADDR` records, decoded.
pub(super) fn sockets(format: &mut JsonFormat, event: &Event, words: Words<'_>, out: &mut Out) {
    if !event.numbers().any(|number| number == record_type::SOCKADDR) {
        return;
    }
    let main = event.record(format.main.index).unwrap_or(Record::new(0, b""));
    // Hosts of either byte order write logs; without an arch, little-endian (AUDIT_ARCH's __AUDIT_ARCH_LE bit) is likelier.
    let big_endian = call::arch_number(format, &main).is_some_and(|arch| arch & 0x4000_0000 == 0);
    let mut is_first = true;
    for (index, _) in event.numbers().enumerate().filter(|(_, number)| *number == record_type::SOCKADDR) {
        let Some(record) = event.record(index) else { continue };
        let start = element(out, b",\"sockets\":[", &mut is_first);
        if !whole_address(format, &record, big_endian, out) {
            format.fields.split(&record);
            socket(format, &record, (index == format.main.index, big_endian), words, out);
        }
        close(out, start);
    }
    if !is_first {
        out.push(b']');
    }
}

/// What [`socket`] does, for a record that is an address and nothing else, and all of that address is understood; `false`, and
/// nothing appended, for any other.
fn whole_address(format: &mut JsonFormat, record: &Record<'_>, big_endian: bool, out: &mut Out) -> bool {
    let JsonFormat { names, scratch, .. } = format;
    let Some(saddr) = fields::only(record, Key::Saddr).filter(|field| field.form == Form::Bare) else { return false };
    if names.omits(Key::Saddr) || !hex(saddr.value.of(record.body()), scratch) {
        return false;
    }
    let address = sockaddr::decode(scratch, big_endian);
    let is_whole = address.says_all();
    if is_whole {
        decoded(&address, out);
    }
    is_whole
}

fn socket(
    format: &mut JsonFormat,
    record: &Record<'_>,
    (is_main, big_endian): (bool, bool),
    words: Words<'_>,
    out: &mut Out,
) {
    let JsonFormat { names, fields, object, scratch, .. } = format;
    let is_saddr = |field: &&Field| field.key == FieldKey::Known(Key::Saddr) && field.form == Form::Bare;
    let saddr = fields.own().iter().find(is_saddr).filter(|field| hex(field.value.of(record.body()), scratch));
    let address = saddr.map(|_| sockaddr::decode(scratch, big_endian));
    if let Some(address) = address.filter(|_| !names.omits(Key::Saddr)) {
        decoded(&address, out);
    }
    let source = source(record, fields, words);
    object.start();
    if address.is_some() {
        object.explained(&[Key::Saddr]);
    }
    for field in fields.own() {
        match field.key {
            FieldKey::Known(Key::Saddr) if saddr == Some(field) && address.is_some_and(|a| a.says_all()) => {}
            FieldKey::Known(Key::Saddr) | FieldKey::Words => object.field(out, names, source, field),
            // The kernel writes no other; one could bear the name of a decoded part.
            _ => object.set_aside(field),
        }
    }
    object.end(out, names, source);
    if !is_main {
        claims(object, (names, words), record, fields, out);
    }
}

fn decoded(address: &SockAddr<'_>, out: &mut Out) {
    if let Some(number) = address.family() {
        out.extend_from_slice(b",\"family\":\"");
        match family::name(number) {
            Some(name) => out.extend_from_slice(name.as_bytes()),
            None => number::decimal(out, u64::from(number)),
        }
        out.push(b'"');
    }
    address.parts(&mut |name, part| {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        match part {
            Part::Number(value) => number::decimal(out, value),
            Part::Text(text) => text_member(out, name.as_bytes(), text),
            Part::Ip(IpAddr::V4(ip)) => dotted(out, ip),
            Part::Ip(ip) => printed(out, &ip),
            Part::Hardware(hardware) => printed(out, &hardware),
        }
    });
}

fn dotted(out: &mut Out, ip: Ipv4Addr) {
    let text = Dotted::new(ip);
    out.push(b'"');
    out.chunk(text.chunk(), text.len());
    out.push(b'"');
}

/// Appends what prints as plain ASCII, in quotes.
fn printed(out: &mut Out, value: &impl std::fmt::Display) {
    out.push(b'"');
    // Writing to a vector cannot fail.
    let _ = write!(out, "{value}");
    out.push(b'"');
}

/// Every record without a place of its own, and what those with one had left.
pub(super) fn details(format: &mut JsonFormat, event: &Event, words: Words<'_>, out: &mut Out) {
    let mut is_first = true;
    // Mostly none: no list is searched for what is not there.
    let has_any = !format.leftovers.is_empty() || !format.tails.is_empty();
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
                tail_alone(format, &record, words, out, &mut is_first);
            }
            _ if index == format.main.index => left_of_main(format, event, words, out, &mut is_first),
            _ => {
                let Some(record) = event.record(index) else { continue };
                format.fields.split(&record);
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
    let JsonFormat { names, main, object, .. } = format;
    if !main.has_left() && main.fields.tail().is_empty() {
        return;
    }
    let Some(record) = &event.record(main.index) else { return };
    let source = source(record, &main.fields, words);
    if !main.has_left() && !source.tail.has_left(names, main.explained()) {
        return;
    }
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
fn tail_alone(format: &mut JsonFormat, record: &Record<'_>, words: Words<'_>, out: &mut Out, is_first: &mut bool) {
    let JsonFormat { names, fields, object, .. } = format;
    let source = source(record, fields, words);
    if source.tail.has_left(names, &[]) {
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
