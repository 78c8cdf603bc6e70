//! The member `sockets`: all `SOCKADDR` records, decoded.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use oyez_events::decode::sockaddr::{self, Part, SockAddr};
use oyez_events::decode::{Dotted, hex};
use oyez_events::fields::{self, Field, FieldKey, Form};
use oyez_events::{Event, Record};
use oyez_tables::key::Key;
use oyez_tables::{family, record_type};

use super::object::{close, text_member};
use super::out::Out;
use super::parts::{claims, element, source};
use super::words::Words;
use super::{JsonFormat, call, number};

/// Appends the list, where there is a `SOCKADDR` record.
pub(super) fn write(format: &mut JsonFormat, event: &Event, words: Words<'_>, out: &mut Out) {
    if !format.types.has().sockaddr {
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
