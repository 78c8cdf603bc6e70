//! Records of one type → their objects: fields as they come, then what they mean, then what laurel adds to the type.

use oyez_events::context::Context;
use oyez_events::decode::argv::Argv;
use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_events::{Event, Record};
use oyez_tables::key::{Key, Kind};
use oyez_tables::record_type;

use super::claims::Claims;
use super::context;
use super::kind::{self, Base, Bases};
use super::object::{Object, list};
use super::string::string;
use super::value::value;
use crate::enriched::tail::Tails;
use crate::raw::harmless;

/// Writes records; keeps its buffers.
#[derive(Debug)]
pub(super) struct Records {
    bases: Bases,
    object: Object,
    fields: Fields,
    tails: Tails,
    /// The tail of the present record, where the log has none.
    tail: Vec<u8>,
    claims: Claims,
    argv: Argv,
    scratch: Vec<u8>,
}

impl Records {
    pub(super) fn new() -> Self {
        Records {
            bases: Bases::new(),
            object: Object::default(),
            fields: Fields::new(),
            tails: Tails::default(),
            tail: Vec::new(),
            claims: Claims::default(),
            argv: Argv::new(),
            scratch: Vec::new(),
        }
    }

    /// Appends a list of objects.
    pub(super) fn listed<'e>(
        &mut self,
        event: &Event,
        records: impl Iterator<Item = Record<'e>>,
        context: &Context<'_>,
        out: &mut Vec<u8>,
    ) {
        for (index, record) in records.enumerate() {
            out.push(if index == 0 { b'[' } else { b',' });
            self.joined(event, std::iter::once(record), context, out);
        }
        out.push(b']');
    }

    /// Appends one object of all the records.
    pub(super) fn joined<'e>(
        &mut self,
        event: &Event,
        records: impl Iterator<Item = Record<'e>>,
        context: &Context<'_>,
        out: &mut Vec<u8>,
    ) {
        self.object.start(out);
        self.argv.clear();
        let mut number = 0;
        for record in records {
            number = record.number();
            self.record(event, &record, context, out);
        }
        if number == record_type::EXECVE {
            self.argv.join();
            let argv = &self.argv;
            self.object.member(b"ARGV", out, |out| arguments(argv, out));
        }
        self.object.end(out);
    }

    fn record(&mut self, event: &Event, record: &Record<'_>, context: &Context<'_>, out: &mut Vec<u8>) {
        let mut tail = std::mem::take(&mut self.tail);
        tail.clear();
        if record.tail().is_empty() {
            self.tails.write(record, context.names, &mut tail);
        } else {
            harmless(record.tail(), &mut tail);
        }
        let record = record.with_tail(&tail);
        self.fields.split(&record);
        if record.number() == 0 {
            self.object.member(b"type", out, |out| string(record.name(), out));
        }
        if record.number() == record_type::EXECVE {
            self.argv.add(record.body(), self.fields.own());
        }
        self.own(&record, out);
        self.message(&record, out);
        for field in self.fields.tail() {
            let Self { object, scratch, .. } = self;
            let said = field.value.of(record.tail());
            object.member(field.name.of(record.tail()), out, |out| {
                value(said, field.form, (Base::None, is_hex_name(field)), scratch, out);
            });
        }
        self.added(event, &record, context, out);
        self.tail = tail;
    }

    /// The record's own fields but those that laurel makes lists of.
    fn own(&mut self, record: &Record<'_>, out: &mut Vec<u8>) {
        let Self { bases, object, fields, scratch, .. } = self;
        let (body, number) = (record.body(), record.number());
        for field in fields.own() {
            let said = field.value.of(body);
            let (name, how) = match field.key {
                FieldKey::Words | FieldKey::Arg(_) | FieldKey::ArgPiece(..) | FieldKey::ArgLen(_) => continue,
                FieldKey::Known(Key::A0 | Key::A1 | Key::A2 | Key::A3) if number == record_type::SYSCALL => continue,
                FieldKey::Known(Key::Proctitle) if !is_null(said, field.form) => continue,
                FieldKey::Known(Key::Seresult | Key::Seperms) if field.name.is_empty() => continue,
                FieldKey::Known(key) => {
                    let is_encoded = key == Key::Saddr || key.kind(number) == Kind::Encoded;
                    (key.name().as_bytes(), (bases.of_key(key), is_encoded))
                }
                FieldKey::Unknown => {
                    let name = field.name.of(body);
                    (name, (str::from_utf8(name).map(kind::of).unwrap_or_default(), false))
                }
            };
            object.member(name, out, |out| value(said, field.form, how, scratch, out));
        }
    }

    /// What user space claims in `msg='…'`.
    fn message(&mut self, record: &Record<'_>, out: &mut Vec<u8>) {
        let Self { object, fields, claims, scratch, .. } = self;
        let Some(text) = message_of(record.body()).filter(|_| !fields.claimed().is_empty()) else { return };
        object.member(b"msg", out, |out| claims.write(text, record.number(), scratch, out));
    }

    /// What laurel adds behind the fields.
    fn added(&mut self, event: &Event, record: &Record<'_>, context: &Context<'_>, out: &mut Vec<u8>) {
        let Self { object, fields, scratch, .. } = self;
        let own = fields.own();
        let find = |key| {
            let is_it = |field: &&Field| field.key == FieldKey::Known(key);
            own.iter().find(is_it).map(|field| (field.value.of(record.body()), field))
        };
        match record.number() {
            record_type::SYSCALL => {
                let args = [Key::A0, Key::A1, Key::A2, Key::A3].into_iter().filter_map(find);
                object.member(b"ARGV", out, |out| hex_list(args, scratch, out));
            }
            record_type::PROCTITLE => {
                if let Some((title, field)) = find(Key::Proctitle)
                    && let Text::Bytes(title) = untrusted(title, field.form, scratch)
                {
                    object.member(b"ARGV", out, |out| list(title.split(|byte| *byte == 0), out));
                }
            }
            _ => decision(find(Key::Seresult), find(Key::Seperms), object, out),
        }
        words(record, own, object, out);
        context::write(event, record, context, &|key| find(key).map(|(said, _)| said), object, out);
    }
}

/// `hex`, `"0x55c0"` and so on, of the arguments that are there.
fn hex_list<'a>(args: impl Iterator<Item = (&'a [u8], &'a Field)>, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, (said, field)) in args.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        value(said, field.form, (Base::Hex, false), scratch, out);
    }
    out.push(b']');
}

/// The arguments of an execve; `null` for one that never came.
fn arguments(argv: &Argv, out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, arg) in argv.args().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        match arg {
            Some(arg) => string(arg, out),
            None => out.extend_from_slice(b"null"),
        }
    }
    out.push(b']');
}

/// SELinux's `avc:  denied  { read write } for`: `"denied":["read","write"]`, behind all else.
fn decision(
    result: Option<(&[u8], &Field)>,
    permissions: Option<(&[u8], &Field)>,
    object: &mut Object,
    out: &mut Vec<u8>,
) {
    let Some((result, _)) = result.filter(|(_, field)| field.name.is_empty()) else { return };
    let permissions = permissions.filter(|(_, field)| field.name.is_empty()).map_or(&b""[..], |(said, _)| said);
    let each = permissions.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    object.member(result, out, |out| list(each, out));
}

/// Words that are no field, but those that only say the type once more (`tty`, `policy loaded`).
fn words(record: &Record<'_>, own: &[Field], object: &mut Object, out: &mut Vec<u8>) {
    let words = || own.iter().filter(|field| field.key == FieldKey::Words).map(|field| field.value.of(record.body()));
    if words().any(|word| word == b"netlabel:") {
        object.member(b"netlabel", out, |out| out.extend_from_slice(b"null"));
    }
    let is_told = |word: &&[u8]| match record.number() {
        record_type::TTY => *word != b"tty",
        record_type::MAC_POLICY_LOAD => *word != b"policy loaded",
        _ => *word != b"netlabel:",
    };
    if words().any(|word| is_told(&word)) {
        object.member(b"WORDS", out, |out| list(words().filter(is_told), out));
    }
}

/// What stands between `msg='` and the last quote, or the end where there is none.
fn message_of(body: &[u8]) -> Option<&[u8]> {
    const MARK: &[u8] = b"msg='";
    let mut places = memchr::memmem::find_iter(body, MARK);
    let at = places.find(|at| at.checked_sub(1).is_none_or(|before| body.get(before) == Some(&b' ')))?;
    let text = body.get(at + MARK.len()..)?;
    Some(memchr::memrchr(b'\'', text).and_then(|end| text.get(..end)).unwrap_or(text))
}

/// auditd writes names in hex where they hold odd bytes.
fn is_hex_name(field: &Field) -> bool {
    matches!(field.key, FieldKey::Known(key) if kind::is_id(key.name().as_bytes()))
}

fn is_null(said: &[u8], form: Form) -> bool {
    form == Form::Bare && matches!(said, b"" | b"?" | b"(null)")
}
