//! What lists of record types are written as: which kind of event it is, in front, and the list itself, at the end.
//!
//! A host's events have few different lists, one for each kind of call; the lately seen are remembered. Bounded: [`LISTS`] of
//! at most [`MAX_TYPES`] types.

use oyez_events::{Event, Record};
use oyez_tables::record_type;

use super::out::Out;
use super::{number, string};

/// As many as are common on one host.
const LISTS: usize = 32;
/// As many types as one number of 128 bits holds.
const MAX_TYPES: usize = 8;

/// The lists seen lately.
#[derive(Debug, Default)]
pub(super) struct Types {
    lists: Box<[List; LISTS]>,
    /// That of the event.
    now: usize,
}

/// One list.
#[derive(Debug, Default)]
struct List {
    /// Its types; 0 where they cannot be remembered.
    types: u128,
    /// `,"kind":"…","origin":"…"`; nothing for an event without records.
    kind: Out,
    /// `,"records":[…]`.
    records: Out,
    has: Has,
}

/// What is among the records of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Has {
    pub(super) login: bool,
    /// How many `PATH` records.
    pub(super) paths: usize,
    pub(super) sockaddr: bool,
    /// Another than the main record, without a place of its own.
    pub(super) placeless: bool,
}

impl Has {
    fn of(event: &Event) -> Self {
        let has = |wanted| event.numbers().any(|number| number == wanted);
        let main = event.main();
        let is_placeless = |(index, number): (usize, u16)| {
            use record_type::{CWD, EXECVE, PATH, PROCTITLE, SOCKADDR};
            index != main && !matches!(number, PATH | SOCKADDR | CWD | PROCTITLE | EXECVE)
        };
        let placeless = event.numbers().enumerate().any(is_placeless);
        Has {
            login: has(record_type::LOGIN),
            paths: event.numbers().filter(|number| *number == record_type::PATH).count(),
            sockaddr: has(record_type::SOCKADDR),
            placeless,
        }
    }
}

impl Types {
    /// Finds the list of `event`.
    #[inline]
    pub(super) fn find(&mut self, event: &Event) {
        let types = packed(event);
        #[expect(clippy::cast_possible_truncation, reason = "the halves are mixed")]
        let mixed = (types as u64 ^ (types >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.now = (mixed >> 59) as usize % LISTS;
        let list = &mut self.lists[self.now];
        if types == 0 || list.types != types {
            list.become_that_of(event, types);
        }
    }

    /// Which kind of event it is, and who wrote it, as members.
    #[inline]
    pub(super) fn kind(&self) -> &Out {
        &self.lists[self.now].kind
    }

    /// What is in the list.
    #[inline]
    pub(super) fn has(&self) -> Has {
        self.lists[self.now].has
    }

    /// The list as a member.
    #[inline]
    pub(super) fn records(&self) -> &Out {
        &self.lists[self.now].records
    }
}

/// The types as one number; 0 where they are too many, or one has a name and no number.
#[inline]
fn packed(event: &Event) -> u128 {
    if event.len() > MAX_TYPES {
        return 0;
    }
    let mut all = 0;
    for number in event.numbers() {
        if number == 0 {
            return 0;
        }
        all = all << 16 | u128::from(number);
    }
    all
}

impl List {
    fn become_that_of(&mut self, event: &Event, types: u128) {
        (self.types, self.has) = (types, Has::of(event));
        self.kind.clear();
        self.records.clear();
        if let Some(first) = event.record(0) {
            self.kind.extend_from_slice(b",\"kind\":");
            type_name(&mut self.kind, &first);
            self.kind.extend_from_slice(origin(&first));
        }
        self.records.extend_from_slice(b",\"records\":[");
        for (place, record) in event.records().enumerate() {
            if place > 0 {
                self.records.push(b',');
            }
            type_name(&mut self.records, &record);
        }
        self.records.push(b']');
    }
}

/// Appends the type's name in quotes, `UNKNOWN[n]` for a number without one.
pub(super) fn type_name(out: &mut Out, record: &Record<'_>) {
    if record.name().is_empty() {
        out.extend_from_slice(b"\"UNKNOWN[");
        number::decimal(out, u64::from(record.number()));
        out.extend_from_slice(b"]\"");
    } else {
        string::quoted(out, record.name());
    }
}

/// Who wrote the record: `claimed` and `result` of a user-space record are what that program says.
fn origin(first: &Record<'_>) -> &'static [u8] {
    match first.number() {
        1200..=1299 => b",\"origin\":\"auditd\"",
        _ if first.is_user_space() => b",\"origin\":\"user\"",
        _ => b",\"origin\":\"kernel\"",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_events::read;

    fn told(types: &mut Types, event: &Event) -> [Vec<u8>; 2] {
        types.find(event);
        assert_eq!(types.has(), Has::of(event));
        [types.kind(), types.records()].map(|list| list.written().to_vec())
    }

    #[test]
    fn what_is_remembered_is_what_is_found() {
        let names = ["CWD", "PATH", "SYSCALL", "UNKNOWN[1999]", "ODD", "EVEN", "USER_LOGIN", "DAEMON_START"];
        let line = |serial: usize, name: &str| format!("type={name} msg=audit(1.000:{serial}): x=1");
        let mut lines = Vec::new();
        for serial in 1..300 {
            let all = (0..=serial % 11).map(|place| line(serial, names[serial / (place + 1) % names.len()]));
            lines.extend(all);
        }
        let mut types = Types::default();
        let mut count = 0;
        read(&lines, &mut |event| {
            let alone = told(&mut Types::default(), event);
            assert_eq!(told(&mut types, event), alone);
            assert_eq!(told(&mut types, event), alone);
            count += 1;
        });
        assert!(count > 290, "{count}");
    }
}
