//! What was read of the present event so far, in buffers that are kept from one event to the next.
//!
//! The main record is split where the first question needs it, any other where that one is asked for; nothing is split twice.

use std::ops::Range;

use oyez_events::decode::argv::Argv;
use oyez_events::fields::{Field, Fields};
use oyez_events::{Event, Record};
use oyez_format::json::JsonOptions;
use oyez_interpret::normal::{Deed, Deeds, NameBuffers, Scratch};
use oyez_tables::key::{self, Key};

use super::deed::Thing;

/// The buffers.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) members: Members,
    pub(super) now: Now,
    /// The fields of the main record.
    pub(super) main: Fields,
    /// Those of the record that decides what was done, where that is another.
    pub(super) deciding: Fields,
    /// Splits all others, whose fields go to `fields`.
    splitter: Fields,
    pub(super) fields: Vec<Field>,
    /// By index of the record: where its fields are.
    spots: Vec<Option<Spots>>,
    /// `PATH` records, by the numbers of their items.
    pub(super) paths: Vec<(u64, usize)>,
    pub(super) argv: Argv,
    pub(super) deeds: Deeds,
    pub(super) names: NameBuffers,
    pub(super) finding: Scratch,
    /// The texts of the object.
    pub(super) object: Vec<u8>,
    /// Hex that is being decoded.
    pub(super) hex: Vec<u8>,
    /// Text that is put together.
    pub(super) text: Vec<u8>,
}

/// What is known of the present event.
#[derive(Debug, Default)]
pub(super) struct Now {
    is_main_split: bool,
    pub(super) is_deciding_split: bool,
    pub(super) is_sorted: bool,
    /// Whether there are arguments.
    pub(super) has_argv: Option<bool>,
    /// The record and field that tells it, if any does.
    pub(super) cwd: Asked<(usize, Field)>,
    pub(super) title: Asked<(usize, Field)>,
    pub(super) deed: Option<Deed>,
    pub(super) object: Asked<Thing>,
}

/// An answer that is found once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Asked<T> {
    /// Nobody asked yet.
    #[default]
    Not,
    /// This is the answer.
    Is(Option<T>),
}

/// Where the fields of a record are, in [`Kept::fields`].
#[derive(Clone, Debug)]
pub(super) struct Spots {
    pub(super) own: Range<usize>,
    pub(super) claimed: Range<usize>,
    pub(super) tail: Range<usize>,
}

impl Kept {
    pub(super) fn new(options: &JsonOptions) -> Self {
        Kept {
            members: Members::new(options),
            now: Now::default(),
            main: Fields::new(),
            deciding: Fields::new(),
            splitter: Fields::new(),
            fields: Vec::new(),
            spots: Vec::new(),
            paths: Vec::new(),
            argv: Argv::new(),
            deeds: Deeds::default(),
            names: NameBuffers::default(),
            finding: Scratch::new(),
            object: Vec::new(),
            hex: Vec::new(),
            text: Vec::new(),
        }
    }

    /// Forgets what was read; the buffers stay.
    pub(super) fn forget(&mut self) {
        self.now = Now::default();
        self.fields.clear();
        self.spots.clear();
    }

    /// The main record, split into [`Kept::main`].
    #[inline]
    pub(super) fn main<'e>(&mut self, event: &'e Event) -> Option<Record<'e>> {
        let record = event.record(event.main())?;
        if !self.now.is_main_split {
            self.main.split(&record);
            self.now.is_main_split = true;
        }
        Some(record)
    }

    /// Where the fields of `record`, the one at `index`, are; splits it.
    pub(super) fn split(&mut self, index: usize, record: &Record<'_>) -> Spots {
        if self.spots.len() <= index {
            self.spots.resize(index + 1, None);
        }
        if let Some(Some(spots)) = self.spots.get(index) {
            return spots.clone();
        }
        self.splitter.split(record);
        let mut place = |fields: &[Field]| {
            let start = self.fields.len();
            self.fields.extend_from_slice(fields);
            start..self.fields.len()
        };
        let (own, claimed) = (place(self.splitter.own()), place(self.splitter.claimed()));
        let spots = Spots { own, claimed, tail: place(self.splitter.tail()) };
        if let Some(spot) = self.spots.get_mut(index) {
            *spot = Some(spots.clone());
        }
        spots
    }
}

/// Which keys are members of that name, and which of these are wanted.
#[derive(Debug)]
pub(super) struct Members {
    are: Box<[Member; Key::COUNT]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Member {
    is_one: bool,
    is_omitted: bool,
}

impl Members {
    fn new(options: &JsonOptions) -> Self {
        let mut are = Box::new([Member::default(); Key::COUNT]);
        for (member, key) in are.iter_mut().zip((0..).map_while(Key::from_index)) {
            member.is_one = oyez_format::json::is_member(key);
        }
        for key in options.omit.iter().filter_map(|name| key::lookup(name.as_bytes())) {
            if let Some(member) = are.get_mut(key as usize) {
                member.is_omitted = true;
            }
        }
        Members { are }
    }

    /// Whether fields with this key are members of that name, where they are wanted.
    pub(super) fn has(&self, key: Key) -> bool {
        self.are.get(key as usize).is_some_and(|member| member.is_one)
    }

    /// Whether the operator does not want it.
    #[inline]
    pub(super) fn omits(&self, key: Key) -> bool {
        self.are.get(key as usize).is_some_and(|member| member.is_omitted)
    }
}
