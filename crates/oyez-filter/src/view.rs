//! One event, as filters see it: what is asked for is read, and no more.
//!
//! A [`Field`] in, its [`Value`]s out. A [`Reader`] keeps the buffers, and a [`View`] is one event in it.

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_format::json::{JsonFormat, JsonOptions};

use crate::document::{self, Document, Item};
use crate::field::Field;

/// One thing an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Text, of any bytes: the exact ones, where the event's JSON has U+FFFD in their place.
    Text(&'a [u8]),
    /// A whole number.
    Number(i128),
    /// Yes or no.
    Flag(bool),
}

/// Reads events, one after the other.
#[derive(Debug)]
pub struct Reader {
    format: JsonFormat,
    json: Vec<u8>,
    document: Document,
    /// What [`Read::value`] hands out.
    first: Vec<u8>,
}

impl Reader {
    /// One that sees what a JSON format with these options writes.
    pub fn new(options: JsonOptions) -> Self {
        Reader { format: JsonFormat::new(options), json: Vec::new(), document: Document::default(), first: Vec::new() }
    }

    /// `event`, of which `context` is known.
    pub fn view<'v>(&'v mut self, event: &'v Event, context: &'v Context<'v>) -> View<'v> {
        View { reader: self, event, context, is_read: false }
    }
}

/// What an event can be asked, whoever holds it: object-safe, so that it can be lent to a script.
pub trait Read {
    /// The event as its records have it.
    fn event(&self) -> &Event;

    /// What is known of it besides.
    fn context(&self) -> &Context<'_>;

    /// Hands each value of `field` to `visit` until that says it has seen enough; says whether it did. Places of a list that
    /// have no value are not handed on.
    fn any(&mut self, field: &Field, visit: &mut dyn FnMut(Value<'_>) -> bool) -> bool;

    /// Whether the event says anything of `field`.
    fn has(&mut self, field: &Field) -> bool {
        self.any(field, &mut |_| true)
    }

    /// The first value of `field`; it stands until the next question.
    fn value(&mut self, field: &Field) -> Option<Value<'_>>;

    /// The whole event, as its JSON says it.
    fn root(&mut self) -> Option<Item<'_>>;
}

/// One event.
pub struct View<'v> {
    reader: &'v mut Reader,
    event: &'v Event,
    context: &'v Context<'v>,
    is_read: bool,
}

impl Read for View<'_> {
    fn event(&self) -> &Event {
        self.event
    }

    fn context(&self) -> &Context<'_> {
        self.context
    }

    fn any(&mut self, field: &Field, visit: &mut dyn FnMut(Value<'_>) -> bool) -> bool {
        let (key, full);
        let path = match field {
            Field::Member(_) => field.def().name,
            Field::Claimed(it) => {
                (key, full) = (it, "claimed");
                return self.root().is_some_and(|root| any(root, &[full, key.name()], visit));
            }
            Field::Detail(it) => {
                (key, full) = (it, "details");
                return self.root().is_some_and(|root| any(root, &[full, key.name()], visit));
            }
            Field::Added(name) => return self.root().is_some_and(|root| any(root, &["added", name], visit)),
        };
        let mut steps = [""; 4];
        let mut count = 0;
        for (step, name) in steps.iter_mut().zip(path.split('.')) {
            (*step, count) = (name, count + 1);
        }
        self.root().is_some_and(|root| any(root, steps.get(..count).unwrap_or_default(), visit))
    }

    fn value(&mut self, field: &Field) -> Option<Value<'_>> {
        let mut first = std::mem::take(&mut self.reader.first);
        let mut found = None;
        self.any(field, &mut |value| {
            found = Some(match value {
                Value::Text(text) => {
                    first.clear();
                    first.extend_from_slice(text);
                    Value::Text(b"")
                }
                Value::Number(number) => Value::Number(number),
                Value::Flag(flag) => Value::Flag(flag),
            });
            true
        });
        self.reader.first = first;
        match found? {
            Value::Text(_) => Some(Value::Text(&self.reader.first)),
            Value::Number(number) => Some(Value::Number(number)),
            Value::Flag(flag) => Some(Value::Flag(flag)),
        }
    }

    fn root(&mut self) -> Option<Item<'_>> {
        if !self.is_read {
            let Reader { format, json, document, .. } = &mut *self.reader;
            json.clear();
            format.event(self.event, self.context, json);
            document.read(json);
            self.is_read = true;
        }
        self.reader.document.root()
    }
}

fn any(item: Item<'_>, steps: &[&str], visit: &mut dyn FnMut(Value<'_>) -> bool) -> bool {
    match (item.kind(), steps.split_first()) {
        (document::Kind::List, _) => item.children().any(|item| any(item, steps, visit)),
        (document::Kind::Object, Some((name, rest))) => {
            item.get(name.as_bytes()).is_some_and(|item| any(item, rest, visit))
        }
        (document::Kind::Scalar(value), None) => visit(value),
        _ => false,
    }
}
