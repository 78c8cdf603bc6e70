//! The member `paths`: all `PATH` records, in the order of their items.
//!
//! From ` mode=` on a record says what kind of file it is: thousands of files share that text word for word, so it is looked
//! up in the memo; what stands before it (item, name, inode, device) is the file's own.

use oyez_events::fields::{self, Field, FieldKey, Form, PathFront};
use oyez_events::{Event, Record};
use oyez_tables::key::Key;
use oyez_tables::record_type;

use super::memo::{Place, Spot};
use super::object::close;
use super::out::Out;
use super::parts::{element, source, whole};
use super::words::Words;
use super::{JsonFormat, file};

/// Where the text about the kind of file begins (kernel/audit.c, `audit_log_name`).
pub(super) const KIND: &[u8] = b" mode=";

/// Appends the list, where there is a `PATH` record.
pub(super) fn write(format: &mut JsonFormat, event: &Event, words: Words<'_>, out: &mut Out) {
    if format.types.has().paths == 0 {
        return;
    }
    let before = out.len();
    let mut is_first = true;
    let mut last = 0;
    for (index, _) in event.numbers().enumerate().filter(|(_, number)| *number == record_type::PATH) {
        let Some(record) = event.record(index) else { continue };
        let item = item(&record);
        if item < last {
            return write_sorted(format, event, words, out, before);
        }
        last = item;
        path(format, &record, words, out, &mut is_first);
    }
    if !is_first {
        out.push(b']');
    }
}

/// The rare way: what was written from `before` on is taken back, and the records are sorted first.
fn write_sorted(format: &mut JsonFormat, event: &Event, words: Words<'_>, out: &mut Out, before: usize) {
    out.truncate(before);
    let mut records: Vec<_> = event.records().filter(|record| record.number() == record_type::PATH).collect();
    records.sort_by_key(item);
    let mut is_first = true;
    for record in &records {
        path(format, record, words, out, &mut is_first);
    }
    out.push(b']');
}

/// The number of a `PATH` record's item, which the kernel writes first; `u64::MAX` for records without one, which come last.
pub fn item(record: &Record<'_>) -> u64 {
    let digits = record.body().strip_prefix(b"item=").unwrap_or_default();
    match digits {
        [digit, b' ', ..] if digit.is_ascii_digit() => u64::from(digit - b'0'),
        _ => {
            let end = digits.iter().position(|b| *b == b' ').unwrap_or(digits.len());
            str::from_utf8(&digits[..end]).ok().and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX)
        }
    }
}

fn path(format: &mut JsonFormat, record: &Record<'_>, words: Words<'_>, out: &mut Out, is_first: &mut bool) {
    let start = element(out, b",\"paths\":[", is_first);
    let is_worth = format.memo.is_worth(record.number());
    let front = if format.files.is_front_wanted { fields::path_front(record) } else { None };
    let kind = match &front {
        _ if !is_worth => None,
        Some(front) => Some(front.end),
        None => format.kind_finder.find(record.body()),
    };
    let text = kind.and_then(|kind| record.body().get(kind..));
    let place = text.map_or(Place::New, |text| format.memo.find(record, text));
    let is_done = match (place, kind) {
        (Place::Known(place), Some(kind)) => match &front {
            Some(front) => {
                with_front(format, front, record, place, out);
                true
            }
            None => with_known_kind(format, record, (kind, place), words, out),
        },
        (_, _) => front.is_some_and(|front| straight(format, (&front, place), record, words, out)),
    };
    if !is_done {
        out.truncate(start);
        format.fields.split(record);
        whole(&mut format.object, (&format.names, words), record, &format.fields, out);
        if let (Place::Again(place), Some(kind)) = (place, kind) {
            keep_kind(format, record, words, kind, place);
        }
    }
    close(out, start);
}

/// What [`with_known_kind`] does, where the record begins as the kernel writes it.
fn with_front(format: &mut JsonFormat, front: &PathFront, record: &Record<'_>, place: Spot, out: &mut Out) {
    file::own(front, record, &format.names, &mut format.scratch, out);
    format.memo.rendered(place).append_part(0, out);
}

/// Writes a record that is all as the kernel writes it, and gives its kind to the memo where that is worth it; `false` for any
/// other.
fn straight(
    format: &mut JsonFormat,
    (front, place): (&PathFront, Place),
    record: &Record<'_>,
    words: Words<'_>,
    out: &mut Out,
) -> bool {
    let JsonFormat { names, files, memo, kept, scratch, .. } = format;
    if !files.is_kind_wanted || !record.tail().is_empty() {
        return false;
    }
    file::own(front, record, names, scratch, out);
    let start = out.len();
    let is_written = file::kind(front, record, (names, words), &mut files.modes, out);
    if let (Place::Again(place), Some(text), true) = (place, record.body().get(front.end..), is_written) {
        kept.take(out, start);
        memo.keep(place, record.number(), text, kept);
    }
    is_written
}

/// Writes the file's own fields and copies what is known of its kind; `false` where the record is not as usual.
fn with_known_kind(
    format: &mut JsonFormat,
    record: &Record<'_>,
    (kind, place): (usize, Spot),
    words: Words<'_>,
    out: &mut Out,
) -> bool {
    let JsonFormat { fields, object, names, memo, .. } = format;
    let own = record.front(kind);
    fields.split(&own);
    if !fields.own().iter().all(is_own) || !fields.claimed().is_empty() || own.body().contains(&b'\'') {
        return false;
    }
    object.start();
    object.fields(out, names, source(&own, fields, words), fields.own());
    if !object.is_clean() {
        return false;
    }
    memo.rendered(place).append_part(0, out);
    true
}

/// Gives the memo what the fields from `kind` on come to, where none of them is the file's own and all have their place.
fn keep_kind(format: &mut JsonFormat, record: &Record<'_>, words: Words<'_>, kind: usize, place: Spot) {
    let JsonFormat { fields, object, names, memo, kept, .. } = format;
    let first = fields.own().iter().position(|field| field.name.start() > kind).unwrap_or(fields.own().len());
    let Some(of_kind) = fields.own().get(first..) else { return };
    let Some(text) = record.body().get(kind..) else { return };
    let is_parted =
        of_kind.first().is_some_and(|field| field.name.start() == kind + 1)
            && fields.own().iter().take(first).all(|field| {
                is_own(field) && field.form != Form::Torn && field.value.start() + field.value.len() <= kind
            });
    if !is_parted || !fields.claimed().is_empty() || of_kind.iter().any(is_own) {
        return;
    }
    kept.clear();
    object.start();
    object.fields(&mut kept.bytes, names, source(record, fields, words), of_kind);
    kept.end_part();
    if object.is_clean() {
        memo.keep(place, record.number(), text, kept);
    }
}

/// The fields that are the file's own, as the kernel orders them.
pub(super) const OWN: [Key; 4] = [Key::Item, Key::Name, Key::Inode, Key::Dev];

fn is_own(field: &Field) -> bool {
    matches!(field.key, FieldKey::Known(key) if OWN.contains(&key))
}
