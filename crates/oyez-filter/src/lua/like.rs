//! A table that takes an event's place → a [`Tree`], quickly where it says what the event says.
//!
//! Most of such a table is as `event:copy()` made it. So it is read along the event: each member is asked for by its name and
//! taken as what it was, which costs a third of asking the table what there is. How many members it has is counted besides, and
//! where there are more than were found the table is read in full: what comes out is what [`Given::tree`] makes, in another order.
//! Nothing here trusts that the table is a copy.

use mlua::{BString, IntoLua, Table, Value as LuaValue};

use super::tree::{Given, Wrong};
use crate::Tree;
use crate::document::{Item, Kind};
use crate::view::Value;

/// Objects with more members are read as any table: which of them are new is looked up one by one.
const MAX_MEMBERS: usize = 64;

impl Given<'_> {
    /// The tree of `value`, which is likely to be what `item` is.
    ///
    /// # Errors
    /// Those of [`Given::tree`].
    pub(super) fn like(&mut self, value: &LuaValue, item: Item<'_>) -> Result<Tree, Wrong> {
        match (value, item.kind()) {
            (LuaValue::Table(table), Kind::Object) => self.along(table, item, Self::object_like),
            (LuaValue::Table(table), Kind::List) => self.along(table, item, Self::list_like),
            _ => self.tree(value),
        }
    }

    /// Reads a table with `read`, or in full where that finds not all of it.
    fn along<'i>(
        &mut self,
        table: &Table,
        item: Item<'i>,
        read: impl FnOnce(&mut Self, &Table, Item<'i>) -> Result<Option<Tree>, Wrong>,
    ) -> Result<Tree, Wrong> {
        self.take(1, 0)?;
        let before = (self.nodes, self.bytes);
        self.deeper(|given| {
            if let Some(tree) = read(given, table, item)? {
                return Ok(tree);
            }
            (given.nodes, given.bytes) = before;
            given.parts(table)
        })
    }

    /// `None`: it is another object, or none.
    fn object_like(&mut self, table: &Table, item: Item<'_>) -> Result<Option<Tree>, Wrong> {
        let count = count(table, self.room())?;
        let known = item.count();
        if known > MAX_MEMBERS {
            return Ok(None);
        }
        let mut members = Vec::with_capacity(known.min(count));
        for child in item.children() {
            let Ok(name) = str::from_utf8(child.name()) else { return Ok(None) };
            if let Some(tree) = self.part(table, name, Some(child)).map_err(|wrong| wrong.at(name.to_owned()))? {
                self.take(0, name.len())?;
                members.push((child.name().to_vec(), tree));
            }
        }
        match members.len() {
            found if found == count => {}
            // A list, or a name that the event has twice.
            found if found == 0 || found > count => return Ok(None),
            _ => self.others(table, item, &mut members)?,
        }
        Ok(Some(Tree::Object(members)))
    }

    /// The members that `item` does not have.
    fn others(&mut self, table: &Table, item: Item<'_>, members: &mut Vec<(Vec<u8>, Tree)>) -> Result<(), Wrong> {
        let mut others = Vec::new();
        let read = table.for_each(|key: LuaValue, value: LuaValue| {
            let is_known = matches!(&key, LuaValue::String(name) if item.get(&name.as_bytes()).is_some());
            if !is_known {
                others.push((key, value));
            }
            Ok(())
        });
        read.map_err(|_| Wrong::too_many())?;
        for (key, value) in &others {
            members.push(self.member(key, value)?);
        }
        Ok(())
    }

    /// `None`: it is no list, or an empty one, or one with gaps.
    fn list_like(&mut self, table: &Table, item: Item<'_>) -> Result<Option<Tree>, Wrong> {
        let count = count(table, self.room())?;
        let mut known = item.children();
        let mut items = Vec::with_capacity(count);
        for place in 1..=count {
            match self.part(table, place, known.next()).map_err(|wrong| wrong.at(place.to_string()))? {
                Some(tree) => items.push(tree),
                None => return Ok(None),
            }
        }
        Ok((count > 0).then_some(Tree::List(items)))
    }

    /// What `table` has for `key`, which is likely to be what `item` is.
    fn part<K: IntoLua + Copy>(
        &mut self,
        table: &Table,
        key: K,
        item: Option<Item<'_>>,
    ) -> Result<Option<Tree>, Wrong> {
        if let Some(Kind::Scalar(Value::Text(old))) = item.map(Item::kind)
            && !is_like_number(old)
            && let Ok(Some(new)) = table.raw_get::<Option<BString>>(key)
            && new == old
        {
            self.take(1, new.len())?;
            return Ok(Some(Tree::Text(new.into())));
        }
        match (table.raw_get(key), item) {
            (Err(_), _) => Err(Wrong::too_many()),
            (Ok(LuaValue::Nil), _) => Ok(None),
            (Ok(value), Some(item)) => self.like(&value, item).map(Some),
            (Ok(value), None) => self.tree(&value).map(Some),
        }
    }
}

/// Whether a number could be written so (`lj_strfmt.c`, `%.14g`): one that is asked for as text comes as its digits.
fn is_like_number(text: &[u8]) -> bool {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'+' | b'-');
    text.iter().all(is_part) || matches!(text, b"inf" | b"-inf" | b"nan" | b"-nan")
}

/// How many names and places have a value.
fn count(table: &Table, most: usize) -> Result<usize, Wrong> {
    let mut count = 0;
    let counted = table.for_each(|_: bool, _: bool| {
        count += 1;
        if count > most { Err(mlua::Error::StackError) } else { Ok(()) }
    });
    counted.map(|()| count).map_err(|_| Wrong::too_many())
}
