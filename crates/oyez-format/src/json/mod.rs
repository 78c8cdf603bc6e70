//! One JSON object per event, schema version 1 (`docs/schema/event.v1.json`).
//!
//! Faithful: whatever the kernel said is in the object, as a member or in a `more` list. Usable: who, what, on what, from
//! where and with which result are at fixed places. Members come in a fixed order; no two names differ by case alone; a
//! name's type never changes; absent values are left out. Text that is not UTF-8 is written with U+FFFD, and its exact bytes
//! stand beside it in hex (`name`, `name_hex`).

mod call;
mod caller;
mod calls;
mod class;
mod context;
mod event;
mod file;
mod front;
mod hash;
mod keys;
mod labels;
mod main_record;
mod memo;
mod names;
mod notice;
mod object;
mod openings;
mod parts;
mod paths;
mod process;
mod sockets;
mod straight;
mod tail;
mod types;
mod view;
mod words;

use std::cell::RefCell;

use memchr::memmem::Finder;
use oyez_events::context::{Context, Names as IdNames};
use oyez_events::decode::argv::Argv;
use oyez_events::fields::Fields;
use oyez_events::notice::Notice;
use oyez_events::{Event, Record};
use oyez_interpret::normal::{Deeds, NameBuffers, Scratch};

use crate::id::{IdWriter, Ids};
use crate::time::Clock;
use crate::{number, out, string};
use main_record::MainRecord;
use memo::{Memo, Place, Rendered};
use names::Names as Members;
pub use names::is_member;
use object::ObjectWriter;
use out::Out;
pub use paths::item as path_item;

/// The schema version, `"v"` of every object.
pub const VERSION: u32 = 1;

/// What a [`JsonFormat`] needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonOptions {
    /// Kernel field names to leave out, wherever they stand.
    pub omit: Vec<String>,
    /// The boot id of the host whose kernel is heard, 32 hex digits; `None` for logs.
    pub boot: Option<String>,
    /// What ids begin with; `None`: events have none.
    pub ids: Option<Ids>,
    /// The node's name for events that name none; empty for none.
    pub node: Vec<u8>,
}

/// Writes events as JSON; keeps its buffers from one event to the next.
#[derive(Debug)]
pub struct JsonFormat {
    names: Members,
    boot: Vec<u8>,
    ids: Option<IdWriter>,
    node: Vec<u8>,
    clock: Clock,
    /// For other times than the event's.
    other_clock: Clock,
    main: MainRecord,
    fields: Fields,
    object: ObjectWriter,
    argv: Argv,
    scratch: Vec<u8>,
    /// A title, decoded.
    title: [u8; process::TITLE_ROOM],
    user_names: NameBuffers,
    object_scratch: Scratch,
    out: Out,
    memo: Memo,
    calls: calls::Calls,
    deeds: Deeds,
    openings: openings::Openings,
    processes: context::Processes,
    /// That of the names in the memo.
    generation: Option<u64>,
    kind_finder: Finder<'static>,
    rendered: Rendered,
    kept: Rendered,
    /// Records that have fields left for `details` beside those at a fixed place.
    leftovers: Vec<usize>,
    /// Records of one field that have an ENRICHED tail besides.
    tails: Vec<usize>,
    types: types::Types,
    /// By place in `details`: the record that it was made of.
    detailed: Vec<usize>,
    files: file::Files,
    /// Lent out while an event is written.
    labels: Option<Box<RefCell<labels::Labels>>>,
    last_arch: call::LastArch,
    /// Whether the front of a call is wanted as it is.
    is_front_wanted: bool,
    /// Whether all ids of the user are wanted.
    is_user_plain: bool,
}

/// Appends `bytes` as a string, and `NAME_hex` behind it where they are not UTF-8.
pub(crate) fn text(out: &mut Vec<u8>, name: &[u8], bytes: &[u8]) {
    let mut written = Out::default();
    object::text_member(&mut written, name, bytes);
    out.extend_from_slice(written.written());
}

impl JsonFormat {
    /// A format with these options.
    pub fn new(options: JsonOptions) -> Self {
        let names = Members::new(&options.omit);
        let is_front_wanted = front::is_wanted(&names);
        let is_user_plain = keys::USER.iter().all(|key| names.of(*key).is_decimal);
        let files = file::Files::new(&names);
        let main = MainRecord::new(caller::is_wanted(&names));
        JsonFormat {
            names,
            boot: options.boot.unwrap_or_default().into_bytes(),
            ids: options.ids.as_ref().map(IdWriter::new),
            node: options.node,
            clock: Clock::default(),
            other_clock: Clock::default(),
            main,
            fields: Fields::new(),
            object: ObjectWriter::default(),
            argv: Argv::new(),
            scratch: Vec::new(),
            title: [0; process::TITLE_ROOM],
            user_names: NameBuffers::default(),
            object_scratch: Scratch::new(),
            out: Out::default(),
            memo: Memo::default(),
            calls: calls::Calls::default(),
            deeds: Deeds::default(),
            openings: openings::Openings::default(),
            processes: context::Processes::default(),
            generation: None,
            kind_finder: Finder::new(paths::KIND),
            rendered: Rendered::default(),
            kept: Rendered::default(),
            leftovers: Vec::new(),
            tails: Vec::new(),
            types: types::Types::default(),
            detailed: Vec::new(),
            labels: Some(Box::default()),
            last_arch: call::LastArch::default(),
            is_front_wanted,
            is_user_plain,
            files,
        }
    }

    /// Appends one object and a newline.
    pub fn event(&mut self, event: &Event, context: &Context<'_>, out: &mut Vec<u8>) {
        self.note_generation(context);
        let mut object = std::mem::take(&mut self.out);
        object.clear();
        let labels = self.labels.take();
        event::write(self, event, (context, labels.as_deref()), &mut object);
        self.labels = labels;
        out.extend_from_slice(object.written());
        self.out = object;
    }

    /// By place in the list `details` of the last event: the index of the record that the object there was made of.
    pub fn detailed(&self) -> &[usize] {
        &self.detailed
    }

    /// What was kept with names of another generation is not used any more.
    fn note_generation(&mut self, context: &Context<'_>) {
        let generation = context.names.map(IdNames::generation);
        if generation != self.generation {
            self.generation = generation;
            self.memo.forget();
        }
    }

    /// Appends one object and a newline for an event of oyez's own.
    pub fn notice(&mut self, notice: &Notice<'_>, out: &mut Vec<u8>) {
        let mut object = Out::default();
        notice::write(self, notice, &mut object);
        out.extend_from_slice(object.written());
    }

    /// Gives what was appended to `out` from `start` on to the memo, where the record's text is worth it.
    fn keep(&mut self, place: Place, record: &Record<'_>, out: &Out, start: usize) {
        if let Place::Again(place) = place {
            self.kept.take(out, start);
            self.memo.keep(place, record.number(), record.body(), &self.kept);
        }
    }
}

#[cfg(test)]
mod tests;
