//! What was done, by whom, to what, how, and whether it worked: as oyez-interpret finds it, where it is asked for.

use std::ops::Range;

use oyez_events::context::Context;
use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Field, FieldKey, Form};
use oyez_events::{Event, Record};
use oyez_interpret::normal::{self, Deed, Kind, Told};
use oyez_tables::key::Key;

use super::kept::{Asked, Kept};
use super::value::{Value, Visit, bare, is_absent};
use crate::field::place::{Of, Person};

/// The object, its texts in [`Kept::object`].
#[derive(Clone, Debug)]
pub(super) struct Thing {
    kind: Kind,
    primary: Option<Range<usize>>,
    secondary: Option<Range<usize>>,
    is_within: bool,
}

/// The records that tell of a deed.
struct Tellers<'e> {
    main: Record<'e>,
    /// The record that decides, where that is another; its fields are in [`Kept::deciding`].
    deciding: Option<Record<'e>>,
    /// Whether the main record says who did it; else the one that decides does.
    is_main: bool,
}

impl<'e> Tellers<'e> {
    fn deciding<'f>(&'f self, kept: &'f Kept) -> Told<'f, 'e> {
        self.deciding.as_ref().map_or((&self.main, &kept.main), |record| (record, &kept.deciding))
    }

    fn who<'f>(&'f self, kept: &'f Kept) -> Told<'f, 'e> {
        if self.is_main { (&self.main, &kept.main) } else { self.deciding(kept) }
    }
}

impl Kept {
    fn deed(&mut self, event: &Event) -> Deed {
        *self.now.deed.get_or_insert_with(|| self.deeds.find(event))
    }

    fn tellers<'e>(&mut self, event: &'e Event) -> Option<Tellers<'e>> {
        let (deed, index) = (self.deed(event), event.main());
        let main = self.main(event)?;
        let deciding = event.record(deed.record()).filter(|_| deed.record() != index);
        if let Some(record) = &deciding
            && !self.now.is_deciding_split
        {
            self.deciding.split(record);
            self.now.is_deciding_split = true;
        }
        Some(Tellers { main, deciding, is_main: normal::who(event, &deed) == index })
    }

    pub(super) fn action(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        visit(Value::Text(self.deed(event).action().word().as_bytes()))
    }

    pub(super) fn actor(&mut self, event: &Event, context: &Context<'_>, of: Person, visit: &mut Visit<'_>) -> bool {
        let Some(tellers) = self.tellers(event) else { return false };
        let deed = self.deed(event);
        let mut names = std::mem::take(&mut self.names);
        let people = normal::people(tellers.who(self), tellers.deciding(self), &deed, context, &mut names);
        let [first, second] = people;
        let is_enough = match of {
            Person::Id => first.is_some_and(|person| visit(Value::Number(person.id.into()))),
            Person::AsId => second.is_some_and(|person| visit(Value::Number(person.id.into()))),
            Person::Name => first.and_then(|person| person.name).is_some_and(|name| visit(Value::Text(name))),
            Person::AsName => second.and_then(|person| person.name).is_some_and(|name| visit(Value::Text(name))),
        };
        self.names = names;
        is_enough
    }

    pub(super) fn object(&mut self, event: &Event, of: Of, visit: &mut Visit<'_>) -> bool {
        if let Asked::Not = self.now.object {
            self.now.object = Asked::Is(self.find_object(event));
        }
        let Asked::Is(Some(thing)) = &self.now.object else { return false };
        let text = |range: &Option<Range<usize>>| self.object.get(range.clone()?);
        match of {
            Of::Kind => visit(Value::Text(thing.kind.word().as_bytes())),
            Of::Primary => text(&thing.primary).is_some_and(|text| visit(Value::Text(text))),
            Of::Secondary => text(&thing.secondary).is_some_and(|text| visit(Value::Text(text))),
            Of::Within => thing.is_within && visit(Value::Flag(true)),
        }
    }

    fn find_object(&mut self, event: &Event) -> Option<Thing> {
        let deed = self.deed(event);
        self.object.clear();
        let object = normal::object(event, &deed, &mut self.finding);
        if object.primary.is_none() && object.secondary.is_none() {
            return None;
        }
        let mut keep = |text: Option<&[u8]>| {
            let start = self.object.len();
            self.object.extend_from_slice(text?);
            Some(start..self.object.len())
        };
        let (primary, secondary) = (keep(object.primary), keep(object.secondary));
        Some(Thing { kind: object.kind, primary, secondary, is_within: object.is_within })
    }

    pub(super) fn result(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        self.result_word(event).is_some_and(|word| visit(Value::Text(word)))
    }

    fn result_word(&mut self, event: &Event) -> Option<&'static [u8]> {
        let tellers = self.tellers(event)?;
        let outcome = normal::outcome(tellers.deciding(self), tellers.who(self))?;
        Some(outcome.word().as_bytes())
    }

    /// Whether the first field of the main record with this key, `success` or `res`, is all told by the result.
    pub(super) fn is_result(&mut self, event: &Event, key: Key) -> bool {
        let Some((result, record)) = self.result_word(event).zip(event.record(event.main())) else { return false };
        let said = |key| Some((key, word(bare(self.main.own(), key, record.text())?)?));
        [Key::Success, Key::Res].into_iter().find_map(said) == Some((key, result))
    }

    /// The program: as the record says that says who, else as it is known, else as a program claims.
    pub(super) fn how(&mut self, event: &Event, context: &Context<'_>, visit: &mut Visit<'_>) -> bool {
        let Some(tellers) = self.tellers(event) else { return false };
        let (deciding, is_other) = (tellers.deciding.unwrap_or(tellers.main), tellers.deciding.is_some());
        let Kept { main, deciding: other, hex, .. } = self;
        if tellers.is_main
            && let Some(how) = program(&tellers.main, main.own(), hex)
        {
            return visit(Value::Text(how));
        }
        let fields = if is_other { other } else { main };
        if let Some(how) = program(&deciding, fields.own(), hex) {
            return visit(Value::Text(how));
        }
        if let Some(exe) = context.process.map(|process| &*process.exe).filter(|exe| !exe.is_empty()) {
            return visit(Value::Text(exe));
        }
        program(&deciding, fields.claimed(), hex).is_some_and(|how| visit(Value::Text(how)))
    }
}

/// The program by its file or else its name, as `fields` of `record` tell it.
fn program<'a>(record: &Record<'a>, fields: &[Field], hex: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let valued = |key| {
        let is_it = |field: &&Field| field.key == FieldKey::Known(key) && field.form != Form::Torn;
        fields.iter().find(is_it).filter(|field| !is_absent(field.value.of(record.text())))
    };
    let field = [Key::Exe, Key::Comm].into_iter().find_map(valued)?;
    match untrusted(field.value.of(record.text()), field.form, hex) {
        Text::Bytes(text) => Some(text),
        Text::Absent => None,
    }
}

fn word(value: &[u8]) -> Option<&'static [u8]> {
    match value {
        b"yes" | b"success" | b"1" => Some(b"success"),
        b"no" | b"failed" | b"0" => Some(b"failed"),
        _ => None,
    }
}
