//! The member `process`: who did it, and what was run.
//!
//! `argv` comes from `EXECVE` records alone. A failed execve has none: its `PROCTITLE` is the caller's, so it stays what it is,
//! the process's own title at that time.

use oyez_events::decode::{Text, hex_within, untrusted};
use oyez_events::fields::{self, Field, FieldKey, Fields, Form};
use oyez_events::{Event, Record};
use oyez_tables::key::Key;
use oyez_tables::record_type;

use super::memo::Place;
use super::object::{Written, hex_beside, write_value};
use super::out::Out;
use super::parts::string_list;
use super::{JsonFormat, number, string};

/// The kernel keeps so many bytes of a title (kernel/audit.c, `MAX_PROCTITLE_AUDIT_LEN`).
const TITLE_BOUND: usize = 128;
/// What a title is decoded into: a chunk of sixteen bytes can be read from wherever it ends.
pub(super) const TITLE_ROOM: usize = TITLE_BOUND + 16;

/// Writes what other records than the main one say of the process; its arguments as they are known where no record tells them.
pub(super) fn write(format: &mut JsonFormat, event: &Event, out: &mut Out) {
    let (mut has_cwd, mut has_title, mut has_argv) = (false, false, false);
    format.argv.clear();
    for (index, number) in event.numbers().enumerate() {
        if !matches!(number, record_type::EXECVE | record_type::CWD | record_type::PROCTITLE) {
            continue;
        }
        let Some(record) = event.record(index) else { continue };
        match number {
            record_type::EXECVE => {
                has_argv = true;
                format.fields.split(&record);
                let all = format.argv.add(record.body(), format.fields.own());
                if !all || !format.fields.claimed().is_empty() || !record.tail().is_empty() {
                    format.leftovers.push(index);
                }
            }
            record_type::CWD if !has_cwd => has_cwd = single(format, index, &record, Key::Cwd, out),
            record_type::PROCTITLE if !has_title => has_title = single(format, index, &record, Key::Proctitle, out),
            record_type::CWD | record_type::PROCTITLE => format.leftovers.push(index),
            _ => {}
        }
    }
    if has_argv {
        argv(format, out);
    } else {
        format.processes.argv(out);
    }
}

/// A record of one field: writes it, and marks the record where it holds anything else.
fn single(format: &mut JsonFormat, index: usize, record: &Record<'_>, key: Key, out: &mut Out) -> bool {
    let is_worth = format.memo.is_worth(record.number());
    let place = if is_worth { format.memo.find(record, record.body()) } else { Place::New };
    if let Place::Known(place) = place {
        format.memo.rendered(place).append_part(0, out);
        return true;
    }
    let start = out.len();
    let Some(field) = fields::only(record, key).or_else(|| split_only(&mut format.fields, record, key)) else {
        format.leftovers.push(index);
        return false;
    };
    if !record.tail().is_empty() {
        format.tails.push(index);
    }
    if !format.names.omits(key) {
        if key == Key::Proctitle { title(format, record, field, out) } else { cwd(format, record, field, out) }
    }
    format.keep(place, record, out, start);
    true
}

/// As [`fields::only`], for records that have a tail as well, or spaces around the field.
fn split_only(fields: &mut Fields, record: &Record<'_>, key: Key) -> Option<Field> {
    fields.split(record);
    let [field] = fields.own() else { return None };
    let is_it = field.key == FieldKey::Known(key) && field.form != Form::Torn && fields.claimed().is_empty();
    is_it.then_some(*field)
}

fn cwd(format: &mut JsonFormat, record: &Record<'_>, field: Field, out: &mut Out) {
    let (key, kind) = (Key::Cwd, Key::Cwd.kind(record.number()));
    if write_value(out, format.names.of(key), record.text(), &field, kind, &mut format.scratch) == Ok(Written::Lossy) {
        hex_beside(out, b"cwd", field.value.of(record.body()), field.form, &mut format.scratch);
    }
}

fn title(format: &mut JsonFormat, record: &Record<'_>, field: Field, out: &mut Out) {
    if plain_title(&mut format.title, record, field, out) {
        return;
    }
    let Text::Bytes(title) = untrusted(field.value.of(record.body()), field.form, &mut format.scratch) else { return };
    string_list(out, "proctitle", parts(title).map(Some));
    if title.len() >= TITLE_BOUND {
        out.extend_from_slice(b",\"proctitle_cut\":true");
    }
}

/// What [`title`] does for one that is no longer than the kernel makes it and needs no escape; `false`, and nothing appended,
/// for any other.
fn plain_title(room: &mut [u8; TITLE_ROOM], record: &Record<'_>, field: Field, out: &mut Out) -> bool {
    let before = out.len();
    let (text, len) = match field.form {
        Form::Bare => {
            let Some(len) = hex_within(field.value.of(record.body()), room.get_mut(..TITLE_BOUND).unwrap_or_default())
            else {
                return false;
            };
            (&room[..], len)
        }
        _ => (record.text().get(field.value.start()..).unwrap_or_default(), field.value.len()),
    };
    if len == 0 || len > TITLE_BOUND {
        return false;
    }
    out.chunk(b",\"proctitle\":[", 14);
    if !string::quoted_parts(out, text, len) {
        out.truncate(before);
        return false;
    }
    out.push(b']');
    if len == TITLE_BOUND {
        out.extend_from_slice(b",\"proctitle_cut\":true");
    }
    true
}

/// The parts of a title, between its NULs.
fn parts(title: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let mut start = 0;
    let ends = memchr::memchr_iter(0, title).chain(std::iter::once(title.len()));
    ends.map(move |end| {
        let part = title.get(start..end).unwrap_or_default();
        start = end + 1;
        part
    })
}

fn argv(format: &mut JsonFormat, out: &mut Out) {
    let argv = &mut format.argv;
    argv.join();
    string_list(out, "argv", argv.args());
    if let Some(argc) = argv.argc().filter(|argc| *argc != argv.args().len() as u64) {
        out.extend_from_slice(b",\"argc\":");
        number::decimal(out, argc);
    }
    if argv.is_cut() {
        out.extend_from_slice(b",\"argv_cut\":true");
    }
}
