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

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_tables::key::Key;

pub use action::Action;
pub use deed::{Deed, deed};
pub use kind::Kind;
pub use object::{Object, object};
use path::Weight;
pub use scratch::Scratch;
pub use sentence::{SENTENCE_LIMIT, sentence};
pub use who::{Actor, Outcome, Person};

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
    let mut normal = Normal {
        action: deed.action,
        actor: Actor::default(),
        object: Object { kind: found.kind, primary: None, secondary: None, is_within: false },
        how: None,
        result: None,
        is_claim: false,
    };
    let mut how = 0..0;
    if let Some((record, who)) = event.record(deed.record).zip(who::record(event, &deed)) {
        scratch.deciding.split(&record);
        scratch.who.split(&who);
        normal.is_claim = record.is_user_space() && !scratch.deciding.claimed().is_empty();
        normal.actor = who::actor(&who, &scratch.who, &deed, context);
        normal.result = who::outcome((&record, &scratch.deciding), (&who, &scratch.who));
        how = program(&who, scratch);
        if how.is_empty() {
            how = scratch.push_first(&record, &[Key::Exe, Key::Comm]);
        }
    }
    let scratch = &*scratch;
    normal.object = found.view(scratch);
    normal.how = scratch.at(how).or(context.process.map(|process| &*process.exe).filter(|exe| !exe.is_empty()));
    (normal, deed, found.weight)
}

/// Appends what the record that says who says of the program.
fn program(who: &oyez_events::Record<'_>, scratch: &mut Scratch) -> std::ops::Range<usize> {
    for key in [Key::Exe, Key::Comm] {
        if let Some(field) = scratch::get(scratch.who.own(), key).copied() {
            let range = scratch.push_value(field.value.of(who.body()), field.form);
            if !range.is_empty() {
                return range;
            }
        }
    }
    0..0
}
