//! `claimed` and `details`: what programs say, and what records without a place of their own say.

use oyez_events::{Event, Record};
use oyez_tables::key::Key;
use oyez_tables::record_type::{CWD, EXECVE, PATH, PROCTITLE, SOCKADDR};

use super::kept::Kept;
use super::main_record::ARGS;
use super::value::{Visit, first, get};

impl Kept {
    /// What the main record claims of `key`; `None` where only the document can say.
    pub(super) fn claimed(&mut self, event: &Event, key: Key, visit: &mut Visit<'_>) -> Option<bool> {
        if !self.members.has(key) {
            return None;
        }
        let record = self.main(event).filter(|_| !self.members.omits(key));
        let Some(record) = record else { return Some(false) };
        let seen = first(record.number(), record.text(), self.main.claimed(), key);
        Some(seen.and_then(|(_, seen)| seen.value(&mut self.hex)).is_some_and(visit))
    }

    /// What records without a place of their own say of `key`, and what those with one have left; `None` where only the
    /// document can say.
    pub(super) fn details(&mut self, event: &Event, key: Key, visit: &mut Visit<'_>) -> Option<bool> {
        // The arguments of a SOCKETCALL are members by their names alone.
        if !self.members.has(key) || ARGS.contains(&key) {
            return None;
        }
        if self.members.omits(key) {
            return Some(false);
        }
        let main = event.main();
        for (index, number) in event.numbers().enumerate() {
            let is_placed = match number {
                PATH | SOCKADDR => true,
                CWD => self.cwd_field(event).is_some_and(|(placed, _)| placed == index),
                PROCTITLE => self.title_field(event).is_some_and(|(placed, _)| placed == index),
                EXECVE if index == main => return None,
                EXECVE => key == Key::Argc,
                _ => false,
            };
            let Some(record) = event.record(index).filter(|_| !is_placed) else { continue };
            let is_enough = if index == main {
                self.left_of_main(event, &record, key, visit)
            } else {
                self.detail(index, &record, key, visit)
            };
            if is_enough {
                return Some(true);
            }
        }
        Some(false)
    }

    fn detail(&mut self, index: usize, record: &Record<'_>, key: Key, visit: &mut Visit<'_>) -> bool {
        let spots = self.split(index, record);
        let own = self.fields.get(spots.own).unwrap_or_default();
        let seen = first(record.number(), record.text(), own, key);
        seen.and_then(|(_, seen)| seen.value(&mut self.hex)).is_some_and(visit)
    }

    /// What the main record says that has no fixed place.
    fn left_of_main(&mut self, event: &Event, record: &Record<'_>, key: Key, visit: &mut Visit<'_>) -> bool {
        self.main(event);
        let is_told = match key {
            // Most records have none, and no result is found for nothing.
            _ if get(self.main.own(), key).is_none() => return false,
            Key::Success | Key::Res => self.is_result(event, key),
            _ => self.is_at_its_place(event, key),
        };
        let told = get(self.main.own(), key).filter(|_| is_told);
        let left = self.main.own().iter().filter(|field| told != Some(*field));
        let seen = first(record.number(), record.text(), left, key);
        seen.and_then(|(_, seen)| seen.value(&mut self.hex)).is_some_and(visit)
    }
}
