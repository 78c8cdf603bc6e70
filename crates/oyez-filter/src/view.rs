//! One event, as filters see it: what is asked for is read, and no more.
//!
//! A [`Field`] in, its [`Value`]s out. A [`Reader`] keeps the buffers, and a [`View`] is one event in it. The values are those
//! of the event's JSON, found without writing it: a record is split once, where a question needs it, and what is known beyond
//! the records is looked up where it stands. Only what few ask for ([`Read::root`], words beside values) takes the whole
//! document. Nothing is allocated once the buffers have grown; they grow with the largest event and stay so.

mod deed;
mod head;
mod kept;
mod known;
mod main_record;
mod parts;
mod paths;
mod process;
mod sockets;
mod value;
mod walk;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_format::json::{JsonFormat, JsonOptions};

use crate::document::{Document, Item};
use crate::field::Field;
use crate::field::place::{Place, Program};
use kept::Kept;
pub use value::Value;
use value::Visit;

/// Reads events, one after the other.
#[derive(Debug)]
pub struct Reader {
    kept: Kept,
    node: Vec<u8>,
    boot: Vec<u8>,
    format: JsonFormat,
    json: Vec<u8>,
    document: Document,
    /// What [`Read::value`] hands out.
    first: Vec<u8>,
}

impl Reader {
    /// One that sees what a JSON format with these options writes.
    pub fn new(options: JsonOptions) -> Self {
        Reader {
            kept: Kept::new(&options),
            node: options.node.clone(),
            boot: options.boot.clone().unwrap_or_default().into_bytes(),
            format: JsonFormat::new(options),
            json: Vec::new(),
            document: Document::default(),
            first: Vec::new(),
        }
    }

    /// `event`, of which `context` is known.
    pub fn view<'v>(&'v mut self, event: &'v Event, context: &'v Context<'v>) -> View<'v> {
        self.kept.forget();
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
        let (event, context, kept) = (self.event, self.context, &mut self.reader.kept);
        let found = match field {
            // Without records it says nearly nothing.
            _ if event.is_empty() => None,
            Field::Member(_) => self.member(field.place(), visit),
            Field::Claimed(key) => kept.claimed(event, *key, visit),
            Field::Detail(key) => kept.details(event, *key, visit),
            Field::Added(name) => Some(known::added(context, name, visit)),
        };
        found.unwrap_or_else(|| self.any_of_document(field, visit))
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
            other => Some(other),
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

impl View<'_> {
    /// The values of a member; `None` where only the document says them.
    fn member(&mut self, place: Place, visit: &mut Visit<'_>) -> Option<bool> {
        let (event, context) = (self.event, self.context);
        let Reader { kept, node, boot, .. } = &mut *self.reader;
        Some(match place {
            Place::Main(key) => kept.main_value(event, key, visit),
            Place::MainName(key, of) => kept.main_name(event, context, (key, of), visit),
            Place::MainLabel(key, of) => kept.main_label(event, (key, of), visit),
            Place::Keys => kept.keys(event, visit),
            Place::Session => kept.session(event, visit),
            Place::Arch => kept.arch(event, visit),
            Place::Number => kept.call_number(event, visit),
            Place::Name => kept.call_name(event, visit),
            Place::Args => kept.call_args(event, visit),
            Place::ArgsName => kept.call_args_name(event, context, visit),
            Place::Errno => kept.errno(event, visit),
            Place::Action => kept.action(event, visit),
            Place::Actor(of) => kept.actor(event, context, of, visit),
            Place::Object(of) => kept.object(event, of, visit),
            Place::How => kept.how(event, context, visit),
            Place::Result => kept.result(event, visit),
            Place::Cwd => kept.cwd(event, visit),
            Place::Argv => self.argv(Program::Argv, visit),
            Place::ArgvCut => self.argv(Program::ArgvCut, visit),
            Place::Argc => kept.argc(event, visit),
            Place::Title => kept.title(event, visit),
            Place::TitleCut => kept.title_cut(event, visit),
            Place::Path(key) => kept.path(event, context, (key, paths::Wanted::Value), visit),
            Place::PathName(key, of) => kept.path(event, context, (key, paths::Wanted::Name(of)), visit),
            Place::PathLabel(key, of) => kept.path(event, context, (key, paths::Wanted::Label(of)), visit),
            Place::Family => kept.socket(event, sockets::Wanted::Family, visit),
            Place::Socket(part) => kept.socket(event, sockets::Wanted::Part(part), visit),
            Place::Address => kept.socket(event, sockets::Wanted::Bytes, visit),
            Place::Time => head::time(event, &mut kept.text, visit),
            Place::Serial => visit(Value::Number(event.id().serial.into())),
            Place::Boot => !boot.is_empty() && visit(Value::Text(boot)),
            Place::Node => {
                let node = if event.node().is_empty() { node } else { event.node() };
                !node.is_empty() && visit(Value::Text(node))
            }
            Place::Part => head::part(event, visit),
            Place::Type => head::kind(event, &mut kept.text, visit),
            Place::Origin => head::origin(event, visit),
            Place::Records => head::records(event, &mut kept.text, visit),
            Place::Marks => head::marks(event, visit),
            Place::Process(of) => known::process(context, of, &mut kept.text, visit),
            Place::Parent(of) => known::parent(context, of, &mut kept.text, visit),
            Place::Ancestors(of) => known::ancestors(context, of, &mut kept.text, visit),
            Place::Login(of) => known::login(context, of, &mut kept.text, visit),
            Place::Container(of) => known::container(context, of, visit),
            Place::Host(of) => known::host(context, of, visit),
            Place::Tags => known::tags(context, visit),
            Place::Document => return None,
        })
    }

    /// The arguments, and whether some are missing: as `EXECVE` records tell them, else as they are known.
    fn argv(&mut self, of: Program, visit: &mut Visit<'_>) -> bool {
        let kept = &mut self.reader.kept;
        if !kept.read_argv(self.event) {
            return known::process(self.context, of, &mut kept.text, visit);
        }
        match of {
            Program::ArgvCut => kept.argv.is_cut() && visit(Value::Flag(true)),
            _ => kept.argv.args().flatten().any(|arg| visit(Value::Text(arg))),
        }
    }

    /// What [`Read::any`] does, in the whole document.
    fn any_of_document(&mut self, field: &Field, visit: &mut Visit<'_>) -> bool {
        if self.root().is_none() {
            return false;
        }
        let Reader { document, kept, .. } = &mut *self.reader;
        document.root().is_some_and(|root| walk::any(root, field, &mut kept.hex, visit))
    }
}
