//! What the main record says: ids, process, keys, session; and the system call.

use oyez_events::context::Context;
use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Field, Form};
use oyez_events::{Event, Record};
use oyez_interpret::args::{self, Call};
use oyez_interpret::explained;
use oyez_interpret::fields::label;
use oyez_tables::arch::Arch;
use oyez_tables::errno;
use oyez_tables::key::Key;

use super::kept::Kept;
use super::value::{Seen, Value, Visit, bare, get, id, is_hex, number, seen, small};
use crate::field::place::{Id, Label};

/// The login uid of a process that no login started (include/linux/audit.h, `AUDIT_UID_UNSET`).
const UNSET: &[u8] = b"4294967295";
/// The arguments of a system call.
pub(super) const ARGS: [Key; 4] = [Key::A0, Key::A1, Key::A2, Key::A3];

impl Kept {
    /// The first field with this key, and what it comes to at its fixed place.
    fn placed<'e>(&mut self, event: &'e Event, key: Key) -> Option<(Record<'e>, Field, Seen<'e>)> {
        let record = self.main(event)?;
        let field = *get(self.main.own(), key).filter(|_| !self.members.omits(key))?;
        Some((record, field, seen(record.number(), record.text(), &field, key)))
    }

    pub(super) fn main_value(&mut self, event: &Event, key: Key, visit: &mut Visit<'_>) -> bool {
        let placed = self.placed(event, key);
        placed.and_then(|(_, _, seen)| seen.value(&mut self.hex)).is_some_and(visit)
    }

    /// What stands beside an id.
    pub(super) fn main_name(
        &mut self,
        event: &Event,
        context: &Context<'_>,
        (key, of): (Key, Id),
        visit: &mut Visit<'_>,
    ) -> bool {
        let Some((record, field, seen)) = self.placed(event, key) else { return false };
        if matches!(seen, Seen::Absent | Seen::Misfit) {
            return false;
        }
        let value = field.value.of(record.text());
        if key == Key::Auid && record.tail().is_empty() && value == UNSET {
            return visit(Value::Text(b"unset"));
        }
        let told = explained::explained(&self.main, record.tail(), key, &mut self.hex);
        told.or_else(|| name(context, of, id(value)?)).is_some_and(|name| visit(Value::Text(name)))
    }

    pub(super) fn main_label(&mut self, event: &Event, (key, of): (Key, Label), visit: &mut Visit<'_>) -> bool {
        let Some((record, field, Seen::Text(_))) = self.placed(event, key) else { return false };
        let is_told = explained::explained(&self.main, record.tail(), key, &mut self.hex).is_some();
        !is_told && label_part(field.value.of(record.text()), of).is_some_and(|part| visit(Value::Text(part)))
    }

    /// The keys of the rules that matched; several are joined by byte 1 (linux/audit.h, `AUDIT_KEY_SEPARATOR`).
    pub(super) fn keys(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        let Some((record, field, _)) = self.placed(event, Key::Key) else { return false };
        if field.form == Form::Torn {
            return false;
        }
        match untrusted(field.value.of(record.text()), field.form, &mut self.hex) {
            Text::Bytes(keys) => keys.split(|byte| *byte == 1).any(|key| visit(Value::Text(key))),
            Text::Absent => false,
        }
    }

    pub(super) fn session(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        self.bare_number(event, Key::Ses).is_some_and(|(_, number)| visit(Value::Number(number)))
    }

    fn bare_number<'e>(&mut self, event: &'e Event, key: Key) -> Option<(&'e [u8], i128)> {
        let record = self.main(event)?;
        let value = bare(self.main.own(), key, record.text()).filter(|_| !self.members.omits(key))?;
        Some((value, number(value)?))
    }

    /// The digits and the number of `arch=`, where it is one.
    fn arch_number<'e>(&mut self, event: &'e Event) -> Option<(&'e [u8], u32)> {
        let record = self.main(event)?;
        let digits = bare(self.main.own(), Key::Arch, record.text())?;
        if digits.is_empty() || !is_hex(digits) {
            return None;
        }
        Some((digits, u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?))
    }

    /// Whether the host that recorded the event is big-endian (linux/audit.h, `__AUDIT_ARCH_LE`); without an arch it is not.
    pub(super) fn is_big_endian(&mut self, event: &Event) -> bool {
        self.arch_number(event).is_some_and(|(_, arch)| arch & 0x4000_0000 == 0)
    }

    pub(super) fn arch(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        let Some((digits, arch)) = self.arch_number(event).filter(|_| !self.members.omits(Key::Arch)) else {
            return false;
        };
        visit(Value::Text(Arch::from_audit(arch).map_or(digits, |arch| arch.name().as_bytes())))
    }

    pub(super) fn call_number(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        self.bare_number(event, Key::Syscall).is_some_and(|(_, number)| visit(Value::Number(number)))
    }

    pub(super) fn call_name(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        let Some((value, _)) = self.bare_number(event, Key::Syscall) else { return false };
        let arch = self.arch_number(event).and_then(|(_, arch)| Arch::from_audit(arch));
        let known = arch.zip(small(value)).and_then(|(arch, number)| oyez_tables::syscall::name(arch, number));
        let told = || {
            let record = event.record(event.main())?;
            let name = get(self.main.tail(), Key::Syscall)?.value.of(record.tail());
            Some(name).filter(|name| !name.is_empty() && *name != value)
        };
        known.map(str::as_bytes).or_else(told).is_some_and(|name| visit(Value::Text(name)))
    }

    /// `a0`–`a3`, where they are numbers.
    fn argument<'e>(&self, record: &Record<'e>, key: Key) -> Option<&'e [u8]> {
        let value = bare(self.main.own(), key, record.text()).filter(|_| !self.members.omits(key))?;
        ((1..=16).contains(&value.len()) && is_hex(value)).then_some(value)
    }

    pub(super) fn call_args(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        let Some(record) = self.main(event) else { return false };
        ARGS.into_iter().any(|key| {
            let Some(digits) = self.argument(&record, key) else { return false };
            self.text.clear();
            self.text.extend_from_slice(b"0x");
            self.text.extend_from_slice(digits);
            visit(Value::Text(&self.text))
        })
    }

    /// What the arguments mean.
    pub(super) fn call_args_name(&mut self, event: &Event, context: &Context<'_>, visit: &mut Visit<'_>) -> bool {
        let Some(record) = self.main(event) else { return false };
        let number = self.bare_number(event, Key::Syscall).and_then(|(value, _)| small(value));
        let arch = self.arch_number(event).and_then(|(_, arch)| Arch::from_audit(arch));
        let Some((arch, number)) = arch.zip(number) else { return false };
        let values = ARGS.map(|key| self.argument(&record, key).and_then(hexadecimal));
        let call = Call::new(arch, number, values);
        if call.is_plain() {
            return false;
        }
        (0..ARGS.len()).any(|place| {
            let known = match args::id(&call, place) {
                Some(args::Id::User(uid)) => name(context, Id::User, uid),
                Some(args::Id::Group(gid)) => name(context, Id::Group, gid),
                None => None,
            };
            self.text.clear();
            let told = known.or_else(|| args::arg(&call, place, &mut self.text).then_some(&*self.text));
            told.is_some_and(|text| visit(Value::Text(text)))
        })
    }

    pub(super) fn errno(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        let Some(record) = self.main(event) else { return false };
        let exit = bare(self.main.own(), Key::Exit, record.text()).filter(|_| !self.members.omits(Key::Exit));
        let error = exit.and_then(|exit| exit.strip_prefix(b"-")).and_then(small).and_then(errno::name);
        error.is_some_and(|error| visit(Value::Text(error.as_bytes())))
    }

    /// Whether the first field of the main record with this key stands at a fixed place, and so not in `details`; but for
    /// `success` and `res`, which the result decides.
    pub(super) fn is_at_its_place(&mut self, event: &Event, key: Key) -> bool {
        match key {
            Key::Auid | Key::Uid | Key::Gid | Key::Euid | Key::Suid | Key::Fsuid | Key::Egid | Key::Sgid => {
                self.placed(event, key).is_some_and(|(_, _, seen)| seen.is_placed())
            }
            Key::Fsgid | Key::Pid | Key::Ppid | Key::Comm | Key::Exe | Key::Tty | Key::Subj => {
                self.placed(event, key).is_some_and(|(_, _, seen)| seen.is_placed())
            }
            Key::Exit | Key::Items | Key::Per => self.placed(event, key).is_some_and(|(_, _, seen)| seen.is_placed()),
            Key::Arch => !self.members.omits(key) && self.arch_number(event).is_some(),
            Key::Syscall | Key::Ses => self.bare_number(event, key).is_some(),
            Key::Key => self.placed(event, key).is_some_and(|(_, field, _)| field.form != Form::Torn),
            key if ARGS.contains(&key) => {
                event.record(event.main()).is_some_and(|record| self.argument(&record, key).is_some())
            }
            _ => false,
        }
    }
}

/// What this host calls a user or group.
pub(super) fn name<'c>(context: &Context<'c>, of: Id, id: u32) -> Option<&'c [u8]> {
    let names = context.names?;
    let name = match of {
        Id::User => names.user(id),
        Id::Group => names.group(id),
    };
    name.map(str::as_bytes)
}

/// A part of a security label; `None` for what is none, and for a part that it has not.
pub(super) fn label_part(text: &[u8], of: Label) -> Option<&[u8]> {
    let label = label(text)?;
    let part = match of {
        Label::User => label.user,
        Label::Role => label.role,
        Label::Type => label.type_,
        Label::Sensitivity => label.sensitivity,
        Label::Categories => label.categories,
    };
    (!part.is_empty()).then_some(part)
}

/// Up to 16 hex digits as a number.
fn hexadecimal(digits: &[u8]) -> Option<u64> {
    u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}
