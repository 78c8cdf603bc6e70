//! What an event is about: which record decides, and which action that comes to. No field is split for it.

use oyez_events::{Event, Record};
use oyez_tables::arch::Arch;
use oyez_tables::{record_type, syscall};

use super::action::Action;
use super::calls;
use super::kind::Kind;
use super::peek;
use super::records;
use super::rule::{Call, Rule};

/// What was done in an event, and what kind of thing it was done to; found from record types, architecture and number of the
/// system call, and for a few types the words at the front of the record.
#[derive(Clone, Copy, Debug)]
pub struct Deed {
    pub(super) action: Action,
    pub(super) kind: Kind,
    /// The record that decided.
    pub(super) record: usize,
    pub(super) rule: Option<&'static Rule>,
    pub(super) call: Option<&'static Call>,
    /// The name of the system call, known or not.
    pub(super) call_name: Option<&'static str>,
}

impl Deed {
    /// What was done.
    pub fn action(&self) -> Action {
        self.action
    }

    /// What kind of thing it was done to, as far as is known without looking at that.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The index of the record that decided; 0 where none did.
    pub fn record(&self) -> usize {
        self.record
    }

    fn of_nothing() -> Self {
        Deed { action: Action::Unclassified, kind: Kind::None, record: 0, rule: None, call: None, call_name: None }
    }
}

/// Finds what was done in `event`.
pub fn deed(event: &Event) -> Deed {
    found(event, of_call)
}

/// Finds deeds as [`deed()`] does, and remembers the calls seen lately, so that each is looked up once.
#[derive(Debug)]
pub struct Deeds {
    calls: Box<[Option<Known>]>,
}

/// More than an architecture has calls, so that no two of a host's share a slot.
const SLOTS: usize = 512;

/// A call that is what its number says, whatever its record says besides.
#[derive(Clone, Copy, Debug)]
struct Known {
    arch: u32,
    number: u32,
    call: Option<&'static Call>,
    call_name: Option<&'static str>,
}

impl Default for Deeds {
    fn default() -> Self {
        Deeds { calls: vec![None; SLOTS].into_boxed_slice() }
    }
}

impl Deeds {
    /// Finds what was done in `event`.
    pub fn find(&mut self, event: &Event) -> Deed {
        found(event, |deed, record| self.of_call(deed, record))
    }

    fn of_call(&mut self, deed: Deed, record: &Record<'_>) -> Deed {
        let Some((Some(arch), number)) = peek::call(record.body()) else { return of_call(deed, record) };
        let Some(slot) = self.calls.get_mut(number as usize % SLOTS) else { return of_call(deed, record) };
        if let Some(Known { call, call_name, .. }) = slot.filter(|known| known.arch == arch && known.number == number) {
            let (action, kind) = call.map_or((deed.action, deed.kind), |call| (call.action, call.kind));
            return Deed { action, kind, call, call_name, ..deed };
        }
        let found = of_call(deed, record);
        if Arch::from_audit(arch).and_then(|arch| syscall::name(arch, number)).is_some_and(|name| !is_many(name)) {
            *slot = Some(Known { arch, number, call: found.call, call_name: found.call_name });
        }
        found
    }
}

fn found(event: &Event, of_call: impl FnOnce(Deed, &Record<'_>) -> Deed) -> Deed {
    let mut best: Option<(usize, &'static Rule, Action)> = None;
    for (index, number) in event.numbers().enumerate() {
        let Some(rule) = records::of_number(number) else { continue };
        if best.is_some_and(|(_, best, _)| best.rank >= rule.rank) {
            continue;
        }
        let body = || event.record(index).map_or(&b""[..], |record| record.body());
        if let Some(action) = if rule.is_plain() { Some(rule.action) } else { rule.action(body()) } {
            best = Some((index, rule, action));
        }
    }
    let Some((index, rule, action)) = best else { return Deed::of_nothing() };
    let deed = Deed { action, kind: rule.kind, record: index, rule: Some(rule), ..Deed::of_nothing() };
    match event.record(index) {
        Some(record) if record.number() == record_type::SYSCALL => of_call(deed, &record),
        Some(record) if record.number() == record_type::URINGOP => of_ring(deed, &record),
        _ => deed,
    }
}

fn of_call(deed: Deed, record: &Record<'_>) -> Deed {
    let Some((arch, number)) = peek::call(record.body()) else { return deed };
    let Some(arch) = arch.and_then(Arch::from_audit) else { return with(deed, explained(record), None) };
    match calls::of_number(arch, number) {
        Some(call) if call.name == "bpf" => several(deed, record, call.name, Some(call)),
        Some(call) => with(deed, Some(call.name), Some(call)),
        None => match syscall::name(arch, number) {
            Some(name) => several(deed, record, name, None),
            None => with(deed, explained(record), None),
        },
    }
}

/// A call that may be many.
fn several(deed: Deed, record: &Record<'_>, name: &'static str, call: Option<&'static Call>) -> Deed {
    let argument = if is_many(name) { peek::argument(record.body(), 0) } else { None };
    let inner = argument.and_then(|argument| calls::by_argument(name, argument));
    with(deed, Some(inner.map_or(name, |inner| inner.name)), inner.or(call))
}

/// Whether the first argument says which of many calls it is.
fn is_many(name: &str) -> bool {
    matches!(name, "bpf" | "socketcall" | "ipc")
}

fn of_ring(deed: Deed, record: &Record<'_>) -> Deed {
    let op = peek::anywhere(record.body(), b" uring_op=").and_then(|op| peek::id(op.bytes));
    let name = op.and_then(calls::uring).filter(|name| !name.is_empty());
    with(deed, name, None)
}

/// Where no table knows the number, an ENRICHED tail may say the name of a call that is known elsewhere.
fn explained(record: &Record<'_>) -> Option<&'static str> {
    let name = peek::anywhere(record.tail(), b" SYSCALL=")?.bytes;
    Some(calls::of_name(str::from_utf8(name).ok()?)?.name)
}

fn with(deed: Deed, name: Option<&'static str>, call: Option<&'static Call>) -> Deed {
    let call = call.or_else(|| calls::of_name(name?));
    let (action, kind) = call.map_or((deed.action, deed.kind), |call| (call.action, call.kind));
    Deed { action, kind, call, call_name: name, ..deed }
}
