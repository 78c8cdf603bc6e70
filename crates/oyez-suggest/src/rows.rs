//! The rows of the table, with values by number: what is looked through again and again for each suggestion.

use std::collections::HashMap;

use crate::Volume;
use crate::condition::{Condition, Id};
use crate::shape::{Flags, Part, Shape, Who};
use crate::table::{Came, Table};

/// Events of one shape.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) flags: Flags,
    pub(crate) kind: Id,
    /// `None` where they were forgotten.
    pub(crate) keys: Option<Vec<Id>>,
    pub(crate) call: Id,
    pub(crate) arch: Id,
    pub(crate) who: Id,
    pub(crate) what: Id,
    /// All folders the paths are below; `None` where they were forgotten.
    pub(crate) dirs: Option<Vec<Id>>,
    pub(crate) parent: Id,
    pub(crate) auid: Id,
    /// What of it is left.
    pub(crate) came: Came,
    /// A suggestion thins it out already.
    pub(crate) is_thinned: bool,
}

/// All rows, and the values their numbers stand for.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    values: Vec<Value>,
    /// What fell together with others because it came too rarely.
    pub(crate) coarse: Volume,
}

/// A value, and the field it is in where that could be one of several.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Value {
    field: Option<&'static str>,
    bytes: Box<[u8]>,
}

impl Rows {
    /// Those of `table`. Numbers are the same for the same table.
    pub(crate) fn of(table: &Table) -> Self {
        let mut values = Values::default();
        let (mut rows, mut coarse) = (Vec::new(), Volume::default());
        for (bytes, came) in table.sorted() {
            let shape = Shape::read(bytes);
            if shape.is_coarse() {
                coarse.add(came.all);
            }
            rows.push(row(&shape, came, &mut values));
        }
        Rows { rows, values: values.values, coarse }
    }

    /// The bytes a number stands for; empty for none.
    pub(crate) fn bytes(&self, id: Id) -> &[u8] {
        id.place().and_then(|place| self.values.get(place)).map_or(b"", |value| &value.bytes)
    }

    /// The field of a program's or a claim's number.
    pub(crate) fn field(&self, id: Id) -> Option<&'static str> {
        self.values.get(id.place()?)?.field
    }

    /// How the program with this number is known.
    pub(crate) fn who(&self, id: Id) -> Option<Who> {
        let field = self.field(id)?;
        Who::ALL.into_iter().find(|who| who.field() == field)
    }
}

impl Row {
    /// Whether events of this row fulfil `condition`, as far as is known: what was forgotten does not.
    pub(crate) fn fits(&self, condition: &Condition) -> bool {
        self.agrees(condition, false)
    }

    /// Whether they may: what was forgotten does.
    pub(crate) fn may_fit(&self, condition: &Condition) -> bool {
        self.agrees(condition, true)
    }

    fn agrees(&self, condition: &Condition, if_forgotten: bool) -> bool {
        let Condition { kind, key, who, what, dir, parent, succeeded } = *condition;
        let one = |wanted: Id, own: Id| wanted == Id::NONE || own == wanted || (if_forgotten && own == Id::FORGOTTEN);
        let any = |wanted: Id, own: &Option<Vec<Id>>| {
            wanted == Id::NONE || own.as_ref().map_or(if_forgotten, |own| own.contains(&wanted))
        };
        (self.flags.succeeded || !succeeded)
            && one(kind, self.kind)
            && one(who, self.who)
            && one(what, self.what)
            && one(parent, self.parent)
            && any(key, &self.keys)
            && any(dir, &self.dirs)
            && !(dir.is_some() && self.flags.is_guarded)
    }
}

#[derive(Default)]
struct Values {
    places: HashMap<Value, Id>,
    values: Vec<Value>,
}

impl Values {
    fn id(&mut self, field: Option<&'static str>, bytes: &[u8]) -> Id {
        let value = Value { field, bytes: bytes.into() };
        *self.places.entry(value).or_insert_with_key(|value| {
            self.values.push(value.clone());
            Id::new(self.values.len() - 1)
        })
    }

    /// The number of a part that is one text.
    fn of(&mut self, part: Option<&[u8]>) -> Id {
        match part {
            None => Id::FORGOTTEN,
            Some(b"") => Id::NONE,
            Some(bytes) => self.id(None, bytes),
        }
    }
}

fn row(shape: &Shape<'_>, came: Came, values: &mut Values) -> Row {
    let who = match (shape.part(Part::Who), shape.who()) {
        (None, _) => Id::FORGOTTEN,
        (_, None | Some((_, b""))) => Id::NONE,
        (_, Some((who, text))) => values.id(Some(who.field()), text),
    };
    let what = match (shape.part(Part::What), shape.claim()) {
        (None, _) => Id::FORGOTTEN,
        (_, None | Some((_, b""))) => Id::NONE,
        (_, Some((field, text))) => values.id(Some(field), text),
    };
    let keys = shape.list(Part::Keys).map(|keys| keys.map(|key| values.of(Some(key))).collect());
    let dirs = shape.list(Part::Dirs).map(|dirs| {
        let mut all: Vec<_> = dirs.flat_map(above).map(|dir| values.of(Some(dir))).collect();
        all.sort_unstable();
        all.dedup();
        all
    });
    Row {
        flags: shape.flags,
        kind: values.of(shape.part(Part::Kind)),
        keys,
        call: values.of(shape.part(Part::Call)),
        arch: values.of(shape.part(Part::Arch)),
        who,
        what,
        dirs,
        parent: values.of(shape.part(Part::Parent)),
        auid: values.of(shape.part(Part::Auid)),
        came,
        is_thinned: false,
    }
}

/// A folder and all above it but the root.
fn above(dir: &[u8]) -> impl Iterator<Item = &[u8]> {
    let slashes = dir.iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    slashes.chain([dir.len()]).filter_map(|end| dir.get(..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_below_all_above_it() {
        let all: Vec<_> = above(b"/var/www/html").collect();
        assert_eq!(all, [&b"/var"[..], b"/var/www", b"/var/www/html"]);
        assert_eq!(above(b"/etc").collect::<Vec<_>>(), [b"/etc"]);
    }
}
