//! The members that say it all at a glance, whatever the event: `action`, `actor`, `object`, `how`.
//!
//! An event, what it is about ([`Deed`]) and the record that says who in, members out. Who and how are the same for all calls
//! of a process, so for a `SYSCALL` they are kept with what else is said of it.

use oyez_events::context::Context;
use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Field, FieldKey, Form};
use oyez_events::{Event, Record};
use oyez_interpret::normal::{self, Deed, NameBuffers, Person, Scratch, Told};
use oyez_tables::key::Key;

use super::number;
use super::object::{is_absent, text_member};
use super::openings::Openings;
use super::out::Out;
use super::parts::section;

/// Appends `actor`, by the record that says who, and the one that decides.
pub(super) fn actor<'a>(
    (who, deciding): (Told<'_, 'a>, Told<'_, 'a>),
    deed: &Deed,
    context: &Context<'a>,
    names: &'a mut NameBuffers,
    out: &mut Out,
) {
    let [primary, secondary] = normal::people(who, deciding, deed, context, names);
    section(out, b",\"actor\":", |out| {
        person(out, ("id", "name"), primary);
        person(out, ("as_id", "as_name"), secondary);
    });
}

fn person(out: &mut Out, (id, name): (&str, &str), person: Option<Person<'_>>) {
    let Some(person) = person else { return };
    opened(out, id);
    number::decimal(out, person.id.into());
    if let Some(text) = person.name {
        opened(out, name);
        text_member(out, name.as_bytes(), text);
    }
}

/// Appends `object`: to what it was done.
pub(super) fn object(event: &Event, deed: &Deed, openings: &Openings, scratch: &mut Scratch, out: &mut Out) {
    let object = normal::object(event, deed, scratch);
    if object.primary.is_none() && object.secondary.is_none() {
        return;
    }
    openings.object(object.kind, out);
    if let Some(text) = object.primary {
        out.extend_from_slice(b",\"primary\":");
        text_member(out, b"primary", text);
    }
    if let Some(text) = object.secondary {
        out.extend_from_slice(b",\"secondary\":");
        text_member(out, b"secondary", text);
    }
    if object.is_within {
        out.extend_from_slice(b",\"within\":true");
    }
    out.push(b'}');
}

/// Appends `how`, the program by its file or else its name, as `fields` of `record` tell it. Returns whether they do.
pub(super) fn how(record: &Record<'_>, fields: &[Field], scratch: &mut Vec<u8>, out: &mut Out) -> bool {
    let body = record.body();
    let Some(field) = [Key::Exe, Key::Comm].into_iter().find_map(|key| valued(fields, body, key)) else { return false };
    let Text::Bytes(text) = untrusted(field.value.of(body), field.form, scratch) else { return false };
    opened(out, "how");
    text_member(out, b"how", text);
    true
}

/// Appends `how`, as it is known beyond the records. Returns whether it is.
pub(super) fn how_known(context: &Context<'_>, out: &mut Out) -> bool {
    let exe = context.process.map(|process| &*process.exe).filter(|exe| !exe.is_empty());
    if let Some(exe) = exe {
        opened(out, "how");
        text_member(out, b"how", exe);
    }
    exe.is_some()
}

/// The first field with this key, if it is whole and says something.
fn valued<'f>(fields: &'f [Field], body: &[u8], key: Key) -> Option<&'f Field> {
    let field = fields.iter().find(|field| field.key == FieldKey::Known(key) && field.form != Form::Torn)?;
    (!is_absent(field.value.of(body))).then_some(field)
}

fn opened(out: &mut Out, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}
