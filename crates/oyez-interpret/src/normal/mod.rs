//! What an event says, in stable words: who did what to what, how, and whether it worked.
//!
//! Input are the records of an [`Event`], and what is known beyond them ([`Context`]). Output is an [`Action`] from a closed
//! list, the [`Actor`], the [`Object`], the program, the [`Outcome`]; and one English line made of them ([`sentence()`]).
//! [`deed()`] alone costs little more than a look at the types of the records; [`object()`] reads the few records it needs, the
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

use oyez_events::context::Context;
use oyez_events::fields::{Field, Fields};
use oyez_events::{Event, Record};
use oyez_tables::key::Key;

pub use action::Action;
pub use deed::{Deed, Deeds, deed};
pub use kind::Kind;
pub use object::{Object, object};
use path::Weight;
pub use scratch::Scratch;
pub use sentence::{SENTENCE_LIMIT, sentence};
pub use who::{Actor, NameBuffers, Outcome, Person, Told, actor, outcome, people, who};

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
    let records = split(event, &deed, scratch);
    let how = records.as_ref().map_or(0..0, |records| records.how(context, scratch));
    let Scratch { text, names, deciding, who, .. } = scratch;
    let (mut actor, mut result, mut is_claim) = (Actor::default(), None, false);
    if let Some(Records { deciding: record, who: other }) = &records {
        let by = (record, &*deciding);
        let said = other.as_ref().map_or(by, |other| (other, &*who));
        result = outcome(by, said);
        is_claim = record.is_user_space() && !deciding.claimed().is_empty();
        actor = who::actor(said, by, &deed, context, names);
    }
    let how = scratch::at(text, how).or(program(context));
    let normal = Normal { action: deed.action, actor, object: found.view(text), how, result, is_claim };
    (normal, deed, found.weight)
}

/// The records that say all around a deed; their fields are in [`Scratch`].
struct Records<'a> {
    deciding: Record<'a>,
    /// The one that says who, where that is another.
    who: Option<Record<'a>>,
}

/// Finds and splits them.
fn split<'a>(event: &'a Event, deed: &Deed, scratch: &mut Scratch) -> Option<Records<'a>> {
    let index = who(event, deed);
    let (deciding, who) = (event.record(deed.record)?, event.record(index)?);
    scratch.deciding.split(&deciding);
    let who = Some(who).filter(|_| index != deed.record);
    if let Some(who) = &who {
        scratch.who.split(who);
    }
    Some(Records { deciding, who })
}

impl Records<'_> {
    /// Appends the program, but one that is only known beyond the records; returns its place in [`Scratch::text`].
    fn how(&self, context: &Context<'_>, scratch: &mut Scratch) -> Range<usize> {
        let who = self.who.as_ref().map(|who| programs(&scratch.who).map(|field| (field, who)));
        let deciding = programs(&scratch.deciding).map(|field| (field, &self.deciding));
        let mut how = 0..0;
        for (field, record) in who.into_iter().chain([deciding]).flatten() {
            if let Some(field) = field
                && how.is_empty()
            {
                how = scratch.push_value(field.value.of(record.body()), field.form);
            }
        }
        // What the process runs is known better than by what it says.
        if how.is_empty() && program(context).is_none() {
            how = scratch.push_first(&self.deciding, &[Key::Exe, Key::Comm]);
        }
        how
    }
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
    let records = split(event, deed, scratch)?;
    let deciding = (&records.deciding, &scratch.deciding);
    outcome(deciding, records.who.as_ref().map_or(deciding, |who| (who, &scratch.who)))
}
