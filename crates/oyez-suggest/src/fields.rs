//! The fields of an event that suggestions are made of, and what an event says in them.

use oyez_filter::view::{Read, Value};
use oyez_filter::{Field, View};

/// A field that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Kind,
    Keys,
    Call,
    Arch,
    Args,
    Errno,
    Result,
    Exe,
    ClaimedExe,
    Comm,
    ClaimedComm,
    Unit,
    Op,
    Path,
    ParentExe,
    Auid,
    Euid,
    Pid,
    Ppid,
    Object,
}

const NAMES: [&str; 20] = [
    "kind",
    "keys",
    "syscall.name",
    "syscall.arch",
    "syscall.args",
    "syscall.errno",
    "result",
    "process.exe",
    "claimed.exe",
    "process.comm",
    "claimed.comm",
    "claimed.unit",
    "claimed.op",
    "paths.name",
    "process.parent.exe",
    "user.auid",
    "user.euid",
    "process.pid",
    "process.ppid",
    "object.primary",
];

/// Those fields, looked up once.
#[derive(Debug)]
pub(crate) struct Fields([Option<Field>; NAMES.len()]);

impl Fields {
    pub(crate) fn new() -> Self {
        Fields(NAMES.map(|name| Field::find(name).ok()))
    }

    /// Hands each text of the field to `visit` until that has seen enough.
    pub(crate) fn texts(&self, view: &mut View<'_>, asked: Asked, visit: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        let Some(field) = self.field(asked) else { return false };
        view.any(field, &mut |value| if let Value::Text(text) = value { visit(text) } else { false })
    }

    /// Puts the first text of the field into `text`, in place of what is there; says whether there is one.
    pub(crate) fn text(&self, view: &mut View<'_>, asked: Asked, text: &mut Vec<u8>) -> bool {
        text.clear();
        self.texts(view, asked, &mut |found| {
            text.extend_from_slice(found);
            true
        })
    }

    /// The first number of the field.
    pub(crate) fn number(&self, view: &mut View<'_>, asked: Asked) -> Option<i128> {
        let mut found = None;
        view.any(self.field(asked)?, &mut |value| {
            if let Value::Number(number) = value {
                found = Some(number);
            }
            found.is_some()
        });
        found
    }

    fn field(&self, asked: Asked) -> Option<&Field> {
        self.0.get(asked as usize)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_exists() {
        let fields = Fields::new();
        for (place, name) in NAMES.iter().enumerate() {
            assert_eq!(fields.0[place].as_ref().map(Field::name).as_deref(), Some(*name));
        }
        assert_eq!(fields.field(Asked::Object).map(Field::name).as_deref(), Some("object.primary"));
        assert_eq!(fields.field(Asked::Result).map(Field::name).as_deref(), Some("result"));
    }
}
