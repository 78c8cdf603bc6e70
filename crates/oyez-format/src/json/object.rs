//! The fields of a record → members of a JSON object.
//!
//! A member is always written with a comma in front; when the object ends, its first comma becomes the brace. What cannot be
//! a member of its own (a key that comes twice, one with odd characters, a value that does not fit its kind) goes to the list
//! `more`, so that the object stays well-formed and no byte is lost.

use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Field, FieldKey, Form, Span};
use oyez_tables::key::{Key, Kind};

use super::class::Class;
use super::names::{self, CHUNK, Member, Names, SHORT};
use super::number::is_number;
use super::out::Out;
use super::string;
use super::tail::Tail;
use super::words::Words;

/// How many members with unknown keys an object may have; the others go to `more`, where order costs no comparison.
const MAX_UNKNOWN: usize = 32;

/// One field that could not be a member, and why.
#[derive(Clone, Copy, Debug)]
struct Misfit {
    field: Field,
    error: Option<Unfit>,
}

/// Writes one object's members; made to be used again for the next.
#[derive(Debug, Default)]
pub(super) struct ObjectWriter {
    /// One bit per known key.
    seen: [u64; Key::COUNT.div_ceil(64)],
    unknown: Vec<Field>,
    misfits: Vec<Misfit>,
    words: Vec<Field>,
    /// Keys whose explanation in the tail was told, or is told better by what oyez decoded.
    explained: Vec<Key>,
    scratch: Vec<u8>,
}

/// A record's text, the number of its type, and the names that an ENRICHED tail gives for its ids.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) record_type: u16,
    pub(super) text: &'a [u8],
    pub(super) tail: Tail<'a>,
    pub(super) words: Words<'a>,
}

impl ObjectWriter {
    /// Forgets the last object.
    pub(super) fn start(&mut self) {
        self.seen.fill(0);
        self.unknown.clear();
        self.misfits.clear();
        self.words.clear();
        self.explained.clear();
    }

    /// The tail's explanations of these keys are told already.
    pub(super) fn explained(&mut self, keys: &[Key]) {
        self.explained.extend_from_slice(keys);
    }

    /// Writes `fields` as members, in their order.
    pub(super) fn fields(&mut self, out: &mut Out, names: &Names, source: Source<'_>, fields: &[Field]) {
        for field in fields {
            self.field(out, names, source, field);
        }
    }

    /// Writes one field as a member, or keeps it for `more` and `rest`.
    #[inline]
    pub(super) fn field(&mut self, out: &mut Out, names: &Names, source: Source<'_>, field: &Field) {
        match field.key {
            FieldKey::Known(key) => self.known(out, names, source, key, field),
            // No words: `msg='` was not closed.
            FieldKey::Words if field.form == Form::Torn && field.value.is_empty() => {
                if !names.omits(Key::Msg) {
                    self.misfit(&Field { key: FieldKey::Known(Key::Msg), ..*field }, Some(Unfit::Torn));
                }
            }
            FieldKey::Words => self.words.push(*field),
            _ => self.unknown(out, source, field),
        }
    }

    #[inline]
    fn known(&mut self, out: &mut Out, names: &Names, source: Source<'_>, key: Key, field: &Field) {
        let member = names.of(key);
        let (word, bit) = (key as usize / 64, 1u64 << (key as usize % 64));
        if field.is_number && member.is_decimal && source.tail.text.is_empty() && self.seen[word] & bit == 0 {
            self.seen[word] |= bit;
            number_member(out, member, source.text, field.value);
            if !source.words.may_say(member.beside) {
                return;
            }
            source.words.write(out, (member.beside, key), field, source, &mut self.scratch);
        } else if !member.is_omitted {
            self.known_other(out, member, source, key, field);
        }
    }

    /// What [`ObjectWriter::known`] does, for all that is not simply a number.
    fn known_other(&mut self, out: &mut Out, member: &Member, source: Source<'_>, key: Key, field: &Field) {
        let (word, bit) = (key as usize / 64, 1u64 << (key as usize % 64));
        if self.seen[word] & bit != 0 || !member.is_placeable() {
            return self.set_aside(field);
        }
        let kind = member.kind(source.record_type);
        match write_value(out, member, source.text, field, kind, &mut self.scratch) {
            Ok(Written::Absent) => self.seen[word] |= bit,
            Ok(written) => {
                self.seen[word] |= bit;
                if beside(out, source, key, field, written, &mut self.scratch) {
                    self.explained.push(key);
                } else {
                    source.words.write(out, (member.beside, key), field, source, &mut self.scratch);
                }
            }
            Err(error) => self.misfit(field, Some(error)),
        }
    }

    fn unknown(&mut self, out: &mut Out, source: Source<'_>, field: &Field) {
        let name = field.name.of(source.text);
        let is_new = |other: &Field| other.name.of(source.text) != name;
        if self.unknown.len() >= MAX_UNKNOWN
            || !names::is_placeable(name)
            || field.form == Form::Torn
            || !self.unknown.iter().all(is_new)
        {
            return self.set_aside(field);
        }
        self.unknown.push(*field);
        let value = field.value.of(source.text);
        if value.is_empty() || (field.form == Form::Bare && is_absent(value)) {
            return;
        }
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name);
        out.extend_from_slice(b"\":");
        if !string::quoted(out, value) {
            hex_beside(out, name, value, Form::Quoted, &mut self.scratch);
        }
    }

    /// Keeps a field for `more`.
    pub(super) fn set_aside(&mut self, field: &Field) {
        self.misfit(field, (field.form == Form::Torn).then_some(Unfit::Torn));
    }

    fn misfit(&mut self, field: &Field, error: Option<Unfit>) {
        self.misfits.push(Misfit { field: *field, error });
    }

    /// Whether all fields so far are members with known keys.
    pub(super) fn is_clean(&self) -> bool {
        self.unknown.is_empty() && self.misfits.is_empty() && self.words.is_empty()
    }

    /// Writes `rest` and `more`, where there is something for them.
    pub(super) fn end(&mut self, out: &mut Out, names: &Names, source: Source<'_>) {
        let has_tail = !source.tail.text.is_empty();
        if !self.words.is_empty() || has_tail {
            self.write_words(out, source);
        }
        if self.misfits.is_empty() && !has_tail {
            return;
        }
        let mut is_first = true;
        for Misfit { field, error } in &self.misfits {
            misfit(out, &mut is_first, source.text, field, *error);
        }
        for field in source.tail.left(names, &self.explained) {
            let error = (field.form == Form::Torn).then_some(Unfit::Torn);
            misfit(out, &mut is_first, source.tail.text, field, error);
        }
        if !is_first {
            out.push(b']');
        }
    }

    fn write_words(&mut self, out: &mut Out, source: Source<'_>) {
        self.scratch.clear();
        let words = self.words.iter().map(|field| field.value.of(source.text));
        for word in words.chain(source.tail.words()).filter(|word| !word.is_empty()) {
            if !self.scratch.is_empty() {
                self.scratch.push(b' ');
            }
            self.scratch.extend_from_slice(word);
        }
        if !self.scratch.is_empty() {
            out.extend_from_slice(b",\"rest\":");
            text_member(out, b"rest", &self.scratch);
        }
    }
}

/// Appends one element of `more`, and what opens the list in front of the first.
fn misfit(out: &mut Out, is_first: &mut bool, text: &[u8], field: &Field, error: Option<Unfit>) {
    out.extend_from_slice(if std::mem::take(is_first) { b",\"more\":[{\"key\":" } else { b",{\"key\":" });
    text_member(out, b"key", name_of(field, text));
    out.extend_from_slice(b",\"value\":");
    text_member(out, b"value", field.value.of(text));
    if let Some(error) = error {
        out.extend_from_slice(b",\"error\":");
        string::quoted(out, error.text().as_bytes());
    }
    out.push(b'}');
}

/// A field's name: as it is in the text, or the key's own where the text has none (`avc:  denied  { read }`).
fn name_of<'a>(field: &Field, text: &'a [u8]) -> &'a [u8] {
    match field.key {
        FieldKey::Known(key) if field.name.is_empty() => key.name().as_bytes(),
        _ => field.name.of(text),
    }
}

/// Turns the comma at `start` into the brace that opens the object, and closes it. An object without members is `{}`.
pub(super) fn close(out: &mut Out, start: usize) {
    match out.get_mut(start) {
        Some(comma) => *comma = b'{',
        None => out.push(b'{'),
    }
    out.push(b'}');
}

/// Appends `text` as a string, with its exact bytes as `name_hex` behind it where it is not UTF-8.
pub(super) fn text_member(out: &mut Out, name: &[u8], text: &[u8]) {
    if !string::quoted(out, text) {
        hex_beside_bytes(out, name, text);
    }
}

/// Why a value could not be a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    Torn,
    Decimal,
    Hex,
    Octal,
    Device,
}

impl Unfit {
    fn text(self) -> &'static str {
        match self {
            Unfit::Torn => "cut off: the quote or brace is not closed",
            Unfit::Decimal => "not a decimal number of 64 bits",
            Unfit::Hex => "not a hexadecimal number",
            Unfit::Octal => "not an octal number",
            Unfit::Device => "not a device number",
        }
    }
}

/// How a value came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Nothing was appended: there is no value.
    Absent,
    /// As it is.
    Exact,
    /// It is not UTF-8; its exact bytes are still to be told.
    Lossy,
}

/// Appends the member with the field's value; an error says why the value is not of its kind, and nothing is appended.
#[inline]
pub(super) fn write_value(
    out: &mut Out,
    member: &Member,
    text: &[u8],
    field: &Field,
    kind: Kind,
    scratch: &mut Vec<u8>,
) -> Result<Written, Unfit> {
    if field.is_number && kind == Kind::Decimal {
        number_member(out, member, text, field.value);
        return Ok(Written::Exact);
    }
    write_other(out, member, text, field, kind, scratch)
}

/// What [`write_value`] does, for all that is not known to be a number.
fn write_other(
    out: &mut Out,
    member: &Member,
    text: &[u8],
    field: &Field,
    kind: Kind,
    scratch: &mut Vec<u8>,
) -> Result<Written, Unfit> {
    let value = field.value.of(text);
    match field.form {
        Form::Torn => return Err(Unfit::Torn),
        Form::Bare if is_absent(value) => return Ok(Written::Absent),
        _ if value.is_empty() => return Ok(Written::Absent),
        _ => {}
    }
    let (fits, unfit) = match kind {
        Kind::Decimal => (is_number(value), Unfit::Decimal),
        Kind::Hex => (Class::Hex.holds(text, field.value) || is_prefixed_hex(value), Unfit::Hex),
        Kind::Octal => (Class::Octal.holds(text, field.value), Unfit::Octal),
        Kind::Device => (Class::Device.holds(text, field.value), Unfit::Device),
        Kind::Encoded | Kind::Quoted | Kind::Plain | Kind::Enumerated => {
            if (kind != Kind::Encoded || field.form != Form::Bare)
                && let Some(chunk) = chunk_of(text, field.value)
                && string::is_plain(chunk, value.len())
            {
                member.quoted(out, chunk, value.len());
                return Ok(Written::Exact);
            }
            member.open(out);
            let valid = match kind {
                Kind::Encoded if field.form == Form::Bare => string::quoted(out, decoded(value, scratch)),
                _ => string::quoted_within(out, text, field.value.start(), value.len()),
            };
            return Ok(if valid { Written::Exact } else { Written::Lossy });
        }
    };
    if !fits {
        return Err(unfit);
    }
    if kind == Kind::Decimal {
        number_member(out, member, text, field.value);
    } else if let Some(chunk) = chunk_of(text, field.value) {
        member.quoted(out, chunk, value.len());
    } else {
        member.open(out);
        string::quoted(out, value);
    }
    Ok(Written::Exact)
}

/// Appends the member with a value that is known to be a number.
#[inline]
pub(super) fn number_member(out: &mut Out, member: &Member, text: &[u8], value: Span) {
    if let Some(chunk) = chunk_of::<SHORT>(text, value)
        && member.short(out, chunk, value.len())
    {
        return;
    }
    if let Some(chunk) = chunk_of(text, value) {
        return member.bare(out, chunk, value.len());
    }
    member.open(out);
    out.extend_from_slice(value.of(text));
}

/// The bytes from the start of `span` on, where a chunk of them holds all that it covers.
#[inline]
fn chunk_of<const N: usize>(text: &[u8], span: Span) -> Option<&[u8; N]> {
    text.get(span.start()..).and_then(<[u8]>::first_chunk::<N>).filter(|_| span.len() <= N)
}

/// Appends what `span` covers of `text`: a short one by copying a whole chunk and cutting it.
#[inline]
pub(super) fn copy_span(out: &mut Out, text: &[u8], span: Span) {
    match chunk_of(text, span) {
        Some(chunk) => out.chunk::<CHUNK>(chunk, span.len()),
        None => out.extend_from_slice(span.of(text)),
    }
}

fn decoded<'a>(value: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    match untrusted(value, Form::Bare, scratch) {
        Text::Bytes(bytes) => bytes,
        Text::Absent => b"",
    }
}

/// Appends what stands beside a value: its exact bytes, and what an ENRICHED tail calls it. Returns whether that calls it
/// anything.
#[inline]
pub(super) fn beside(
    out: &mut Out,
    source: Source<'_>,
    key: Key,
    field: &Field,
    written: Written,
    scratch: &mut Vec<u8>,
) -> bool {
    if written == Written::Lossy {
        hex_beside(out, key.name().as_bytes(), field.value.of(source.text), field.form, scratch);
    }
    if source.tail.text.is_empty() {
        return false;
    }
    let name = source.tail.of(key, scratch);
    if let Some(name) = name {
        name_beside(out, key.name(), name);
    }
    name.is_some()
}

fn is_prefixed_hex(value: &[u8]) -> bool {
    value.strip_prefix(b"0x").is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit))
}

/// Whether a bare value stands for nothing.
#[inline]
pub(super) fn is_absent(value: &[u8]) -> bool {
    match value {
        [] | [b'?'] => true,
        [b'(', ..] => matches!(value, b"(null)" | b"(none)"),
        _ => false,
    }
}

/// Appends `,"KEY_hex":"…"` with the exact bytes behind a value that is not UTF-8.
#[cold]
pub(super) fn hex_beside(out: &mut Out, name: &[u8], value: &[u8], form: Form, scratch: &mut Vec<u8>) {
    match untrusted(value, form, scratch) {
        Text::Bytes(bytes) => hex_beside_bytes(out, name, bytes),
        Text::Absent => {}
    }
}

#[cold]
fn hex_beside_bytes(out: &mut Out, name: &[u8], bytes: &[u8]) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name);
    out.extend_from_slice(b"_hex\":");
    string::quoted_hex(out, bytes);
}

/// Appends `,"KEY_name":"…"`, what an ENRICHED tail says of a number.
pub(super) fn name_beside(out: &mut Out, key: &str, name: &[u8]) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"_name\":");
    if !string::quoted(out, name) {
        hex_beside_bytes(out, format!("{key}_name").as_bytes(), name);
    }
}
