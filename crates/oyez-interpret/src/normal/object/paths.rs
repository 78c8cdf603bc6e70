//! Objects that are files: which of the `PATH` records, and their names put together.

use std::ops::Range;

use oyez_events::fields::Form;
use oyez_tables::record_type;

use super::super::kind::Kind;
use super::super::path::{self, Item};
use super::super::peek::{self, Value};
use super::super::rule::Start;
use super::{Finding, Found};

/// `AT_FDCWD` (linux/fcntl.h) as the low 32 bits of an argument.
const AT_FDCWD: u64 = 0xffff_ff9c;

impl Finding<'_, '_> {
    pub(super) fn path(&mut self) -> Found {
        let items = path::items(self.event, &self.scratch.nametype);
        let mut found = self.nothing();
        if let Some(item) = items.main {
            let primary = self.name(&item, self.start(0));
            found = Found { primary, is_within: item.is_parent(), weight: Some(item.weight), ..found };
            Self::refine(&mut found, &item);
        }
        found
    }

    pub(super) fn program(&mut self) -> Found {
        let items = path::items(self.event, &self.scratch.nametype);
        let mut found = self.nothing();
        if let Some(item) = items.first {
            found.primary = self.name(&item, self.start(0));
        } else if let Some(exe) = peek::anywhere(self.body(), b" exe=") {
            // Run by its descriptor alone.
            found.primary = self.scratch.push_value(exe.bytes, exe.form);
        }
        found
    }

    pub(super) fn two(&mut self) -> Found {
        let items = path::items(self.event, &self.scratch.nametype);
        let (Some(first), second) = (items.old, items.new) else { return self.path() };
        let mut found = self.nothing();
        found.primary = self.name(&first, self.start(0));
        if let Some(second) = second {
            found.secondary = self.name(&second, self.start(1));
        }
        Self::refine(&mut found, &first);
        found
    }

    pub(super) fn link(&mut self) -> Found {
        let items = path::items(self.event, &self.scratch.nametype);
        let mut found = self.nothing();
        let link = items.new.or(items.main.filter(Item::is_parent));
        if let Some(link) = link {
            found.primary = self.name(&link, self.start(0));
            found.is_within = link.is_parent();
        }
        if let Some(target) = items.old {
            found.secondary = self.name(&target, self.start(1));
        }
        found
    }

    pub(super) fn ends(&mut self, is_turned: bool) -> Found {
        let items = path::items(self.event, &self.scratch.nametype);
        let mut found = self.nothing();
        let (Some(first), Some(last)) = (items.first, items.last) else { return found };
        let (primary, secondary) = if is_turned { (last, first) } else { (first, last) };
        found.primary = self.name(&primary, Start::Cwd);
        // A file system without a device has its directory looked up twice.
        if first.name.bytes != last.name.bytes {
            found.secondary = self.name(&secondary, Start::Cwd);
        }
        found
    }

    /// Appends an item's name, behind the working directory where it is relative to that.
    pub(super) fn name(&mut self, item: &Item<'_>, start: Start) -> Range<usize> {
        let from = self.scratch.text.len();
        let is_relative = item.name.bytes.first() != Some(&b'/') && !is_absolute_hex(item.name);
        if is_relative && self.is_at_cwd(start) {
            self.push_directory(from);
        }
        let behind = self.scratch.text.len();
        let name = self.scratch.push_value(item.name.bytes, item.name.form);
        if behind > from {
            tidy(&mut self.scratch.text, name.start);
        }
        from..self.scratch.text.len()
    }

    /// Appends the working directory and a slash.
    fn push_directory(&mut self, from: usize) {
        let Some(cwd) = self.first(record_type::CWD) else { return };
        let Some(value) = peek::anywhere(cwd.body(), b" cwd=") else { return };
        self.scratch.push_value(value.bytes, value.form);
        let ends = self.scratch.text.len();
        if ends > from && self.scratch.text.last() != Some(&b'/') {
            self.scratch.text.push(b'/');
        }
    }

    fn start(&self, which: usize) -> Start {
        self.deed.call.and_then(|call| call.starts.get(which).copied()).unwrap_or(Start::Cwd)
    }

    /// Whether a relative name starts at the working directory. The operations of a ring do not tell their arguments.
    fn is_at_cwd(&self, start: Start) -> bool {
        match start {
            Start::Cwd => true,
            Start::Never => false,
            Start::Arg(index) => peek::argument(self.body(), index).is_some_and(|fd| fd & 0xffff_ffff == AT_FDCWD),
        }
    }

    /// What kind of file it is, by its mode; a directory it lies in says nothing of it.
    fn refine(found: &mut Found, item: &Item<'_>) {
        if found.kind == Kind::File
            && !item.is_parent()
            && let Some(mode) = peek::mode(item.kind)
        {
            found.kind = Kind::of_mode(mode);
        }
    }
}

/// Whether it is the hex of a name that begins with a slash.
fn is_absolute_hex(name: Value<'_>) -> bool {
    name.form == Form::Bare && name.bytes.starts_with(b"2F") && name.bytes.len().is_multiple_of(2)
}

/// Takes `./` off the front of the name that begins at `start`, and a lone `.` with the slash before it.
fn tidy(text: &mut Vec<u8>, start: usize) {
    let pairs = text.get(start..).unwrap_or_default().chunks(2).take_while(|pair| *pair == b"./").count();
    text.drain(start..start + 2 * pairs);
    if text.get(start..) == Some(b".") {
        text.truncate(start.saturating_sub(usize::from(start > 1)));
    }
}
