//! A table that a script returned → the event as rewritten: the way back from an event's JSON to its records.
//!
//! Input are an event, what is known of it, its members as its JSON has them, and a [`Tree`]; output are an event and a context
//! again, so that every format, `raw` too, and every later stage shows the change. What the table says as the event does stays
//! byte for byte; what it says otherwise is changed in the record that the member comes from; what it lacks is taken out.
//! Refused, with the member's name and a reason ([`Invalid`]), is a table that is no event any more: an unknown member, a value
//! of the wrong type, one that was made of others (`derived.rs`), an event without records or too large.
//!
//! No value, whatever it holds, makes more of a record than the field it is the value of.

mod changes;
mod derived;
mod invalid;
mod known;
mod lists;
mod pairs;
mod parts;
mod process;
mod records;
mod said;
mod sockets;
mod time;
mod value;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::fields::Fields;
use oyez_events::group::Limits;
use oyez_format::json::{JsonFormat, JsonOptions};

use crate::document::Item;
use crate::tree::Tree;
use changes::Changes;
use invalid::At;
pub use invalid::Invalid;
use pairs::{Pair, pairs};
use parts::Parts;
pub use said::{MAX_ADDED, MAX_ADDED_BYTES, MAX_NAME, MAX_TAG, MAX_TAGS};

/// Rewrites events, one after the other; keeps its buffers.
#[derive(Debug)]
pub struct Rewriter {
    limits: Limits,
    format: JsonFormat,
    json: Vec<u8>,
    fields: Fields,
    changes: Changes,
    parts: Parts,
    event: Event,
}

/// One event that is being rewritten.
struct Edit<'e> {
    event: &'e Event,
    context: &'e Context<'e>,
    root: Item<'e>,
    /// The index of the main record.
    main: usize,
    /// The record that `fields` are of.
    split: Option<usize>,
    /// Whether the table has no `process.ancestors`.
    lacks_ancestors: bool,
    fields: &'e mut Fields,
    changes: &'e mut Changes,
    parts: &'e mut Parts,
    format: &'e mut JsonFormat,
    json: &'e mut Vec<u8>,
}

impl Rewriter {
    /// One that takes events as a [`crate::Reader`] with the same options sees them, and makes none larger than `limits` allow.
    pub fn new(options: JsonOptions, limits: Limits) -> Self {
        Rewriter {
            limits,
            format: JsonFormat::new(options),
            json: Vec::new(),
            fields: Fields::new(),
            changes: Changes::default(),
            parts: Parts::default(),
            event: Event::default(),
        }
    }

    /// `event`, of which `context` is known and whose members are below `root`, as `tree` has it.
    ///
    /// # Errors
    /// `tree` is no event that this one can become; nothing of it is taken then.
    pub fn rewrite<'r>(
        &'r mut self,
        event: &'r Event,
        context: &Context<'r>,
        root: Item<'_>,
        tree: &Tree,
    ) -> Result<(&'r Event, Context<'r>), Invalid> {
        self.changes.clear();
        self.parts = Parts::default();
        let mut edit = Edit {
            event,
            context,
            root,
            main: event.main(),
            split: None,
            lacks_ancestors: false,
            fields: &mut self.fields,
            changes: &mut self.changes,
            parts: &mut self.parts,
            format: &mut self.format,
            json: &mut self.json,
        };
        edit.members(tree)?;
        let context = self.parts.context(context);
        if self.changes.is_empty() {
            return Ok((event, context));
        }
        let done = self.changes.apply(event, &mut self.event, self.limits);
        done.map_err(|error| At::EVENT.invalid(error.to_string()))?;
        if self.event.is_empty() {
            return Err(At::EVENT.invalid("no record would be left; to have no event, drop it"));
        }
        Ok((&self.event, context))
    }
}

impl Rewriter {
    /// Whether what was rewritten last became another event, or another context, than it was.
    pub fn is_changed(&self) -> bool {
        !self.changes.is_empty() || !self.parts.is_same()
    }

    /// The event as it was rewritten last, from what that was made of: for who cannot keep what [`Rewriter::rewrite`] hands out.
    pub fn rewritten<'r>(&'r self, event: &'r Event, context: &Context<'r>) -> (&'r Event, Context<'r>) {
        let event = if self.changes.is_empty() { event } else { &self.event };
        (event, self.parts.context(context))
    }
}

impl Edit<'_> {
    fn members(&mut self, tree: &Tree) -> Result<(), Invalid> {
        let root = self.root;
        for pair in pairs(Some(root), Some(tree), &At::EVENT)?.iter().filter(|pair| !pair.is_same(Some(root))) {
            self.member(pair, &At::EVENT.name(pair.name))?;
        }
        Ok(())
    }

    fn member(&mut self, pair: &Pair<'_, '_>, at: &At<'_>) -> Result<(), Invalid> {
        let Pair { item, tree, .. } = *pair;
        match pair.name {
            b"keys" => self.keys(pair, at),
            b"session" => self.session(pair, at),
            b"user" => self.user(item, tree, at),
            b"process" => self.process(item, tree, at),
            b"syscall" => self.syscall(item, tree, at),
            b"paths" => self.paths(item, tree, at),
            b"sockets" => self.sockets(item, tree, at),
            b"claimed" => {
                let target = records::Target { is_claims: true, ..records::Target::own(self.main) };
                self.object(target, item, tree, at)
            }
            b"details" => self.details(item, tree, at),
            b"login" => self.login(item, tree, at),
            b"container" => self.container(item, tree, at),
            b"host" => self.host(item, tree, at),
            b"tags" => {
                self.parts.tags = Some(said::tags(tree, at)?);
                Ok(())
            }
            b"added" => {
                self.parts.added = Some(said::added((self.context.added, item), tree, at)?);
                Ok(())
            }
            name => {
                let path = String::from_utf8_lossy(name);
                if derived::made(&path, pair, self.root, at)? {
                    Ok(())
                } else {
                    derived::member(pair, Some(self.root), at)
                }
            }
        }
    }

    fn session(&mut self, pair: &Pair<'_, '_>, at: &At<'_>) -> Result<(), Invalid> {
        if pair.tree.is_some_and(|tree| tree.number().is_some_and(|number| number < 0)) {
            return Err(at.expected("a whole number that is not negative"));
        }
        self.main_field(oyez_tables::key::Key::Ses, pair, at)
    }

    /// Splits a record, if it is not the one that is split.
    fn split(&mut self, index: usize) {
        if self.split != Some(index)
            && let Some(record) = self.event.record(index)
        {
            self.fields.split(&record);
            self.split = Some(index);
        }
    }
}
