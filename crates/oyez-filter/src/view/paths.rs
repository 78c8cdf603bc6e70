//! What `PATH` records say, in the order of their items.

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_format::json::path_item;
use oyez_interpret::explained;
use oyez_tables::key::Key;
use oyez_tables::record_type::PATH;

use super::kept::Kept;
use super::main_record::{label_part, name};
use super::value::{Seen, Value, Visit, first, id};
use crate::field::place::{Id, Label};

/// What is wanted of one `PATH` record.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    Value,
    Name(Id),
    Label(Label),
}

impl Kept {
    /// What all `PATH` records say of `key`.
    pub(super) fn path(
        &mut self,
        event: &Event,
        context: &Context<'_>,
        (key, wanted): (Key, Wanted),
        visit: &mut Visit<'_>,
    ) -> bool {
        if self.members.omits(key) {
            return false;
        }
        self.sort_paths(event);
        for place in 0..self.paths.len() {
            let Some((_, index)) = self.paths.get(place).copied() else { break };
            if self.path_of(event, index, context, (key, wanted), visit) {
                return true;
            }
        }
        false
    }

    fn path_of(
        &mut self,
        event: &Event,
        index: usize,
        context: &Context<'_>,
        (key, wanted): (Key, Wanted),
        visit: &mut Visit<'_>,
    ) -> bool {
        let Some(record) = event.record(index) else { return false };
        let spots = self.split(index, &record);
        let Kept { fields, hex, .. } = self;
        let own = fields.get(spots.own).unwrap_or_default();
        let Some((field, seen)) = first(PATH, record.text(), own, key) else { return false };
        if let Wanted::Value = wanted {
            return seen.value(hex).is_some_and(visit);
        }
        if seen == Seen::Absent {
            return false;
        }
        let tail = fields.get(spots.tail).unwrap_or_default();
        let told = explained::among(tail, record.tail(), key, hex);
        let value = field.value.of(record.text());
        let beside = match wanted {
            Wanted::Name(of) => told.or_else(|| name(context, of, id(value)?)),
            Wanted::Label(of) if told.is_none() => label_part(value, of),
            _ => None,
        };
        beside.is_some_and(|text| visit(Value::Text(text)))
    }

    /// Finds the `PATH` records, by the numbers of their items; of equal ones the first comes first.
    fn sort_paths(&mut self, event: &Event) {
        if self.now.is_sorted {
            return;
        }
        self.paths.clear();
        let indices = event.numbers().enumerate().filter(|(_, number)| *number == PATH);
        let numbered = indices.filter_map(|(index, _)| Some((path_item(&event.record(index)?), index)));
        self.paths.extend(numbered);
        if !self.paths.is_sorted() {
            self.paths.sort_unstable();
        }
        self.now.is_sorted = true;
    }
}
