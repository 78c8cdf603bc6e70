//! What an event says, in stable words: who did what to what, how, and whether it worked.
//!
//! Input are the records of an [`Event`], and what is known beyond them ([`Context`]). Output is an [`Action`] from a closed
//! list, the [`Actor`], the [`Object`], the program, the [`Outcome`]; and one English line made of them ([`sentence`]).
//! [`deed`] alone costs little more than a look at the types of the records; [`object`] reads the few records it needs, the
//! rest is split where it is asked for ([`normalise`]). What no table knows is called what it is, and nothing is guessed.
//!
//! Two tables say it all: `records.rs` by record type, `calls.rs` by system call; `action.rs` has the words.

mod action;
mod calls;
mod deed;
mod kind;
mod object;
mod path;
mod peek;
mod records;
mod rule;
mod scratch;
mod sentence;
mod who;

use std::ops::Range;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::fields::{Field, Fields};
use oyez_tables::key::Key;

pub use action::Action;
pub use deed::{Deed, deed};
pub use kind::Kind;
pub use object::{Object, object};
use path::Weight;
pub use scratch::Scratch;
pub use sentence::{SENTENCE_LIMIT, sentence};
pub use who::{Actor, Outcome, Person, Told, actor, outcome, who};

/// All of it. Texts are decoded bytes as others chose them: nothing in them is harmless.
#[derive(Clone, Copy, Debug)]
pub struct Normal<'a> {
    /// What was done.
    pub action: Action,
    /// Who did it.
    pub actor: Actor<'a>,
    /// To what.
    pub object: Object<'a>,
    /// By which program: its file, or its name where the file is not told.
    pub how: Option<&'a [u8]>,
    /// Whether it worked; `None` where no record says it.
    pub result: Option<Outcome>,
    /// Whether object, program and result are the word of a program, not the kernel's.
    pub is_claim: bool,
}

/// Reads all of `event`. Without names in `context` and in the records, users have numbers alone.
pub fn normalise<'a>(event: &'a Event, context: &Context<'a>, scratch: &'a mut Scratch) -> Normal<'a> {
    read(event, context, scratch).0
}

/// [`normalise`], and what only a sentence needs besides.
fn read<'a>(event: &'a Event, context: &Context<'a>, scratch: &'a mut Scratch) -> (Normal<'a>, Deed, Option<Weight>) {
    let deed = deed(event);
    scratch.text.clear();
    let found = object::find(event, &deed, scratch);
    let around = around(event, &deed, context, scratch).unwrap_or_default();
    let scratch = &*scratch;
    let normal = Normal {
        action: deed.action,
        actor: around.actor,
        object: found.view(scratch),
        how: scratch.at(around.how).or(program(context)),
        result: around.result,
        is_claim: around.is_claim,
    };
    (normal, deed, found.weight)
}

/// What there is to say around a deed; [`Around::how`] is a place in [`Scratch::text`].
#[derive(Default)]
struct Around<'a> {
    actor: Actor<'a>,
    how: Range<usize>,
    result: Option<Outcome>,
    is_claim: bool,
}

fn around<'a>(event: &'a Event, deed: &Deed, context: &Context<'a>, scratch: &mut Scratch) -> Option<Around<'a>> {
    let index = who(event, deed);
    let (record, who) = (event.record(deed.record)?, event.record(index)?);
    scratch.deciding.split(&record);
    let is_same = index == deed.record;
    if !is_same {
        scratch.who.split(&who);
    }
    let deciding = (&record, &scratch.deciding);
    let said = if is_same { deciding } else { (&who, &scratch.who) };
    let actor = actor(said, deciding, deed, context);
    let result = outcome(deciding, said);
    let is_claim = record.is_user_space() && !scratch.deciding.claimed().is_empty();
    let told = [programs(said.1).map(|field| (field, &who)), programs(&scratch.deciding).map(|field| (field, &record))];
    let mut how = 0..0;
    for (field, record) in told.into_iter().flatten() {
        if let Some(field) = field
            && how.is_empty()
        {
            how = scratch.push_value(field.value.of(record.body()), field.form);
        }
    }
    // What the process runs is known better than by what it says.
    if how.is_empty() && program(context).is_none() {
        how = scratch.push_first(&record, &[Key::Exe, Key::Comm]);
    }
    Some(Around { actor, how, result, is_claim })
}

/// The program's file and name, as the kernel tells them in a record.
fn programs(fields: &Fields) -> [Option<Field>; 2] {
    [Key::Exe, Key::Comm].map(|key| scratch::get(fields.own(), key).copied())
}

/// The program's file, as it is known beyond the records.
fn program<'a>(context: &Context<'a>) -> Option<&'a [u8]> {
    context.process.map(|process| &*process.exe).filter(|exe| !exe.is_empty())
}

/// [`outcome`], where none of the records is split yet.
pub fn result(event: &Event, deed: &Deed, scratch: &mut Scratch) -> Option<Outcome> {
    let index = who(event, deed);
    let (record, who) = (event.record(deed.record)?, event.record(index)?);
    scratch.deciding.split(&record);
    let deciding = (&record, &scratch.deciding);
    if index == deed.record {
        return outcome(deciding, deciding);
    }
    scratch.who.split(&who);
    outcome(deciding, (&who, &scratch.who))
}
