//! To what it was done: finds the object of a [`Deed`] where its rule says.

mod address;
mod paths;
mod process;

use std::ops::Range;

use oyez_events::fields::FieldKey;
use oyez_events::{Event, Record};
use oyez_tables::arch::Arch;
use oyez_tables::key::Key;
use oyez_tables::{record_type, syscall};

use super::deed::Deed;
use super::kind::Kind;
use super::path::{self, Weight};
use super::peek;
use super::rule::{Start, Target};
use super::scratch::{Scratch, at, get};

/// To what it was done. Texts are decoded bytes, exactly those of the record: nothing in them is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<'a> {
    /// What kind of thing.
    pub kind: Kind,
    /// Which: a path, a name, an address, a number; [`Kind`] says what stands for it.
    pub primary: Option<&'a [u8]>,
    /// The second thing, or what else names the first: a new path, a port, a process's name.
    pub secondary: Option<&'a [u8]>,
    /// Only the directory is known in which the object lies, or was looked for: `primary` is that one.
    pub is_within: bool,
}

/// Where the object stands in [`Scratch::text`].
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) primary: Range<usize>,
    pub(super) secondary: Range<usize>,
    pub(super) is_within: bool,
    /// What the `PATH` record of the first object says of it.
    pub(super) weight: Option<Weight>,
}

impl Found {
    fn nothing(kind: Kind) -> Self {
        Found { kind, primary: 0..0, secondary: 0..0, is_within: false, weight: None }
    }

    pub(super) fn view<'a>(&self, text: &'a [u8]) -> Object<'a> {
        let (primary, secondary) = (at(text, self.primary.clone()), at(text, self.secondary.clone()));
        Object { kind: self.kind, primary, secondary, is_within: self.is_within }
    }
}

/// Finds the object of `deed`, which is what [`super::deed()`] said of `event`.
pub fn object<'a>(event: &Event, deed: &Deed, scratch: &'a mut Scratch) -> Object<'a> {
    scratch.text.clear();
    let found = find(event, deed, scratch);
    found.view(&scratch.text)
}

/// Appends the object's texts to those in `scratch`.
pub(super) fn find(event: &Event, deed: &Deed, scratch: &mut Scratch) -> Found {
    let target = match (deed.call, deed.rule) {
        (Some(call), _) => call.target,
        // An operation of a ring that is no call of ours is named like one.
        (None, Some(_)) if deed.call_name.is_some() => Target::Call,
        (None, Some(rule)) => rule.target,
        (None, None) => Target::Nothing,
    };
    let finder = Finding { event, deed, scratch };
    finder.find(target)
}

struct Finding<'e, 's> {
    event: &'e Event,
    deed: &'e Deed,
    scratch: &'s mut Scratch,
}

impl<'e> Finding<'e, '_> {
    fn find(mut self, target: Target) -> Found {
        match target {
            Target::Nothing => self.nothing(),
            Target::Keys(primary, secondary) => self.keys(primary, secondary),
            Target::KeysOrPath(primary, secondary) => self.keys_or_path(primary, secondary),
            Target::Setting(keys) => self.setting(keys),
            Target::Path => self.path(),
            Target::Program => self.program(),
            Target::Two => self.two(),
            Target::Link => self.link(),
            Target::Ends => self.ends(false),
            Target::LastFirst => self.ends(true),
            Target::Address => self.address(),
            Target::Other(argument) => self.other(Some(argument)),
            Target::Noted => self.other(None),
            Target::Own => self.own(),
            Target::Child => self.child(),
            Target::Module => self.module(),
            Target::Blocked => self.blocked(),
            Target::Argument => self.argument(),
            Target::Call => self.call(),
        }
    }

    fn nothing(&self) -> Found {
        Found::nothing(self.deed.kind)
    }

    fn record(&self) -> Option<Record<'e>> {
        self.event.record(self.deed.record)
    }

    fn body(&self) -> &'e [u8] {
        self.record().map_or(b"", |record| record.body())
    }

    /// The first record of this type.
    fn first(&self, number: u16) -> Option<Record<'e>> {
        let index = self.event.numbers().position(|other| other == number)?;
        self.event.record(index)
    }

    fn keys(&mut self, primary: &[Key], secondary: &[Key]) -> Found {
        let mut found = self.nothing();
        if let Some(record) = self.scratch.split(self.event, self.deed.record) {
            found.primary = self.scratch.push_first(&record, primary);
            found.secondary = self.scratch.push_first(&record, secondary);
        }
        found
    }

    fn keys_or_path(&mut self, primary: &[Key], secondary: &[Key]) -> Found {
        let found = self.keys(primary, secondary);
        let is_named = get(self.scratch.deciding.own(), Key::Path).or(get(self.scratch.deciding.own(), Key::Name));
        let items = path::items(self.event, &self.scratch.nametype);
        match items.main {
            // The path that was looked up says more than the last part of its name, which is all SELinux tells of an inode.
            Some(item) if is_named.is_none_or(|field| !field.value.of(self.body()).starts_with(b"/")) => {
                let primary = self.name(&item, Start::Cwd);
                Found { primary, is_within: item.is_parent(), ..found }
            }
            _ => found,
        }
    }

    fn setting(&mut self, keys: &[Key]) -> Found {
        let mut found = self.nothing();
        let Some(record) = self.scratch.split(self.event, self.deed.record) else { return found };
        if self.deed.rule.is_some_and(|rule| rule.action != self.deed.action) {
            found.kind = Kind::AuditRule;
            found.primary = self.scratch.push_first(&record, &[Key::Key, Key::Path, Key::Dir]);
            return found;
        }
        let key = keys.iter().find(|key| get(self.scratch.deciding.own(), **key).is_some());
        if let Some(key) = key {
            found.primary = self.scratch.push_bytes(key.name().as_bytes());
            found.secondary = self.scratch.push_first(&record, &[*key]);
        }
        found
    }

    fn module(&mut self) -> Found {
        let name = self.first(record_type::KERN_MODULE).and_then(|record| peek::anywhere(record.body(), b" name="));
        let Some(name) = name else { return self.path() };
        let mut found = self.nothing();
        found.primary = self.scratch.push_value(name.bytes, name.form);
        found
    }

    /// The call that a `SECCOMP` record is about.
    fn blocked(&mut self) -> Found {
        let mut found = self.nothing();
        let body = self.body();
        let arch = peek::anywhere(body, b" arch=").and_then(|arch| peek::hex64(arch.bytes));
        let arch = arch.and_then(|arch| u32::try_from(arch).ok()).and_then(Arch::from_audit);
        let Some(number) = peek::anywhere(body, b" syscall=") else { return found };
        let name = arch.zip(peek::id(number.bytes)).and_then(|(arch, number)| syscall::name(arch, number));
        found.primary = self.scratch.push_bytes(name.map_or(number.bytes, str::as_bytes));
        found
    }

    fn argument(&mut self) -> Found {
        let mut found = self.nothing();
        if let Some(record) = self.scratch.split(self.event, self.deed.record) {
            let field = self.scratch.deciding.own().iter().find(|field| field.key == FieldKey::Arg(0)).copied();
            if let Some(field) = field {
                found.primary = self.scratch.push_value(field.value.of(record.body()), field.form);
            }
        }
        found
    }

    fn call(&mut self) -> Found {
        let mut found = self.nothing();
        found.kind = Kind::Syscall;
        let number = || peek::anywhere(self.body(), b" syscall=").map_or(&b""[..], |number| number.bytes);
        let name = self.deed.call_name.map_or_else(number, str::as_bytes);
        found.primary = self.scratch.push_bytes(name);
        found
    }
}
