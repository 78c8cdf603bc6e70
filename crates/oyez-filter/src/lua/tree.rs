//! Lua's values ↔ [`Tree`]s and events.
//!
//! A table from a script comes in as anything: its depth, size and number of parts are bounded here, tables within themselves
//! run into the bound on depth, and what an event cannot hold (functions, fractions, gaps in lists) is refused with its place.

use mlua::{Either, Lua, LuaString, Table, Value as LuaValue};

use super::limits;
use crate::Tree;
use crate::document::{Item, Kind};
use crate::view::Value;

/// Tables within tables.
pub const MAX_DEPTH: usize = 16;

/// Values in all, beside as many as the event has.
pub const MAX_NODES: usize = 4096;

/// Names and texts in all, in bytes, beside as many as the event has.
pub const MAX_BYTES: usize = 1 << 20;

/// Above this, a number is no longer exact in Lua (2^53) and comes as text.
const MAX_EXACT: i128 = 1 << 53;

/// Reads what a script gave.
pub(super) struct Given<'g> {
    pub(super) nodes: usize,
    pub(super) bytes: usize,
    /// How many values, and bytes of text, there may be.
    most: (usize, usize),
    depth: usize,
    /// What an event's place is a tree of; `None` for what is no place.
    place: &'g dyn Fn(&mlua::AnyUserData) -> Option<Tree>,
}

/// What is wrong with a table, and where in it.
pub(super) struct Wrong {
    what: String,
    /// The keys that lead there, the last one first.
    at: Vec<String>,
}

impl Wrong {
    fn new(what: impl Into<String>) -> Self {
        Wrong { what: what.into(), at: Vec::new() }
    }

    pub(super) fn too_many() -> Self {
        Wrong::new(format!("a table with {MAX_NODES} values more than the event has"))
    }

    pub(super) fn at(mut self, key: String) -> Self {
        self.at.push(key);
        self
    }

    pub(super) fn at_name(self, name: &[u8]) -> Self {
        self.at(String::from_utf8_lossy(name).into_owned())
    }

    /// In one text.
    pub(super) fn told(mut self) -> String {
        self.at.reverse();
        if self.at.is_empty() { self.what } else { format!("{} at {}", self.what, self.at.join(".")) }
    }
}

impl<'g> Given<'g> {
    /// A reader that asks `place` for the trees of an event's places.
    pub(super) fn new(place: &'g dyn Fn(&mlua::AnyUserData) -> Option<Tree>) -> Self {
        Given { nodes: 0, bytes: 0, most: (MAX_NODES, MAX_BYTES), depth: 0, place }
    }

    /// The same for what may be all that an event says, and more: one with so many values and bytes.
    pub(super) fn beside(mut self, (values, bytes): (usize, usize)) -> Self {
        self.most = (MAX_NODES + values, MAX_BYTES + bytes);
        self
    }

    /// How many more values there may be.
    pub(super) fn room(&self) -> usize {
        self.most.0.saturating_sub(self.nodes)
    }

    /// The tree of `value`.
    ///
    /// # Errors
    /// It is too large or too deep, or holds what no event can hold: what, and where.
    pub(super) fn tree(&mut self, value: &LuaValue) -> Result<Tree, Wrong> {
        self.take(1, 0)?;
        match value {
            LuaValue::Boolean(flag) => Ok(Tree::Flag(*flag)),
            LuaValue::Integer(number) => Ok(Tree::Number((*number).into())),
            LuaValue::Number(number) => whole_number(*number),
            LuaValue::String(text) => Ok(Tree::Text(self.text(text)?)),
            LuaValue::Table(table) => self.table(table),
            LuaValue::LightUserData(null) if null.0.is_null() => Ok(Tree::Null),
            LuaValue::UserData(proxy) => match (self.place)(proxy) {
                Some(tree) => self.counted(tree),
                None => Err(Wrong::new("a value of type userdata")),
            },
            other => Err(Wrong::new(format!("a value of type {}", other.type_name()))),
        }
    }

    pub(super) fn take(&mut self, nodes: usize, bytes: usize) -> Result<(), Wrong> {
        self.nodes += nodes;
        self.bytes += bytes;
        match () {
            () if self.nodes > self.most.0 => Err(Wrong::too_many()),
            () if self.bytes > self.most.1 => {
                Err(Wrong::new(format!("a table with {MAX_BYTES} bytes of text more than the event has")))
            }
            () => Ok(()),
        }
    }

    fn text(&mut self, text: &LuaString) -> Result<Vec<u8>, Wrong> {
        let bytes = text.as_bytes();
        self.take(0, bytes.len())?;
        Ok(bytes.to_vec())
    }

    /// A tree from an event counts as if a script had made it.
    fn counted(&mut self, tree: Tree) -> Result<Tree, Wrong> {
        fn size(tree: &Tree) -> (usize, usize) {
            let add = |(nodes, bytes): (usize, usize), (more, longer): (usize, usize)| (nodes + more, bytes + longer);
            match tree {
                Tree::Text(text) => (1, text.len()),
                Tree::List(items) => items.iter().map(size).fold((1, 0), add),
                Tree::Object(members) => {
                    members.iter().map(|(name, tree)| add(size(tree), (0, name.len()))).fold((1, 0), add)
                }
                _ => (1, 0),
            }
        }
        let (nodes, bytes) = size(&tree);
        // It was counted as one value when it came.
        self.take(nodes.saturating_sub(1), bytes)?;
        Ok(tree)
    }

    fn table(&mut self, table: &Table) -> Result<Tree, Wrong> {
        self.deeper(|given| given.parts(table))
    }

    /// Reads what a table holds.
    pub(super) fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Result<Tree, Wrong>) -> Result<Tree, Wrong> {
        if self.depth >= MAX_DEPTH {
            return Err(Wrong::new(format!("tables more than {MAX_DEPTH} deep, or within themselves")));
        }
        self.depth += 1;
        let tree = read(self);
        self.depth -= 1;
        tree
    }

    /// What `table` holds, as a list or an object.
    pub(super) fn parts(&mut self, table: &Table) -> Result<Tree, Wrong> {
        let mut pairs: Vec<(LuaValue, LuaValue)> = Vec::new();
        let mut room = self.room();
        let read = table.for_each(|key: LuaValue, value: LuaValue| {
            room = room.checked_sub(1).ok_or(mlua::Error::StackError)?;
            pairs.push((key, value));
            Ok(())
        });
        read.map_err(|_| Wrong::too_many())?;
        let is_list = matches!(pairs.first(), Some((LuaValue::Integer(_) | LuaValue::Number(_), _)));
        if is_list { self.list(&pairs) } else { self.object(&pairs) }
    }

    fn object(&mut self, pairs: &[(LuaValue, LuaValue)]) -> Result<Tree, Wrong> {
        let members = pairs.iter().map(|(key, value)| self.member(key, value));
        members.collect::<Result<_, _>>().map(Tree::Object)
    }

    pub(super) fn member(&mut self, key: &LuaValue, value: &LuaValue) -> Result<(Vec<u8>, Tree), Wrong> {
        let LuaValue::String(name) = key else { return Err(wrong_key(key)) };
        let name = self.text(name)?;
        let tree = self.tree(value).map_err(|wrong| wrong.at_name(&name))?;
        Ok((name, tree))
    }

    fn list(&mut self, pairs: &[(LuaValue, LuaValue)]) -> Result<Tree, Wrong> {
        let mut items = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let index = index_of(key)?;
            items.push((index, self.tree(value).map_err(|wrong| wrong.at(index.to_string()))?));
        }
        items.sort_unstable_by_key(|(index, _)| *index);
        match (1..).zip(&items).find(|(expected, (index, _))| expected != index) {
            Some((expected, _)) => {
                Err(Wrong::new(format!("a list without a value at {expected} (null stands for no value)")))
            }
            None => Ok(Tree::List(items.into_iter().map(|(_, tree)| tree).collect())),
        }
    }
}

fn whole_number(number: f64) -> Result<Tree, Wrong> {
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^63 fits")]
    if number.fract() == 0.0 && number.abs() < 9.2e18 {
        return Ok(Tree::Number(number as i128));
    }
    Err(Wrong::new(format!("{number}, which is no whole number")))
}

fn index_of(key: &LuaValue) -> Result<i64, Wrong> {
    match key {
        LuaValue::Integer(index) => Ok(*index),
        #[expect(clippy::cast_possible_truncation, reason = "a whole number in this range fits")]
        LuaValue::Number(index) if index.fract() == 0.0 && (1.0..1e9).contains(index) => Ok(*index as i64),
        other => Err(wrong_key(other)),
    }
}

fn wrong_key(key: &LuaValue) -> Wrong {
    match key {
        LuaValue::String(_) | LuaValue::Integer(_) => Wrong::new("a table with names and numbers for keys"),
        other => Wrong::new(format!("a key of type {}", other.type_name())),
    }
}

/// `tree` with `changes`: members of objects one by one, where null takes one away; all else as a whole.
pub(super) fn merged(tree: Tree, changes: Tree) -> Tree {
    let (mut members, changes) = match (tree, changes) {
        (Tree::Object(members), Tree::Object(changes)) => (members, changes),
        (_, changes) => return changes,
    };
    for (name, change) in changes {
        let place = members.iter().position(|(other, _)| *other == name);
        match (place, change) {
            (Some(place), Tree::Null) => {
                members.remove(place);
            }
            (None, Tree::Null) => {}
            (Some(place), change) => {
                if let Some((_, old)) = members.get_mut(place) {
                    *old = merged(std::mem::replace(old, Tree::Null), change);
                }
            }
            (None, change) => members.push((name, change)),
        }
    }
    Tree::Object(members)
}

/// The tree of what an event says.
pub(super) fn of_item(item: Item<'_>) -> Tree {
    match item.kind() {
        Kind::Null => Tree::Null,
        Kind::Scalar(Value::Flag(flag)) => Tree::Flag(flag),
        Kind::Scalar(Value::Number(number)) => Tree::Number(number),
        Kind::Scalar(Value::Text(text)) => Tree::Text(text.to_vec()),
        Kind::List => Tree::List(item.children().map(of_item).collect()),
        Kind::Object => Tree::Object(item.children().map(|item| (item.name().to_vec(), of_item(item))).collect()),
    }
}

/// One value of an event, for a script.
///
/// # Errors
/// Memory is short.
pub(super) fn scalar(lua: &Lua, value: Value<'_>) -> mlua::Result<LuaValue> {
    match value {
        Value::Flag(flag) => Ok(LuaValue::Boolean(flag)),
        Value::Text(text) => {
            let text = limits::roomy(lua, text.len() + MAX_VALUE, || lua.create_string(text));
            text.map(LuaValue::String)
        }
        Value::Number(number) => self::number(lua, number),
    }
}

/// A table of what an event says, for a script.
///
/// # Errors
/// Memory is short.
pub(super) fn table(lua: &Lua, item: Item<'_>) -> mlua::Result<LuaValue> {
    let (values, bytes) = item.extent();
    limits::roomy(lua, values * MAX_VALUE + 2 * bytes, || value_of(lua, item))
}

/// What a value takes in Lua at most but for its text, in bytes: a table (64), the places of a name and a value in the table
/// that it is in (2 · 24), and two texts (2 · 32), rounded up.
pub(super) const MAX_VALUE: usize = 256;

fn value_of(lua: &Lua, item: Item<'_>) -> mlua::Result<LuaValue> {
    match item.kind() {
        Kind::Null => Ok(LuaValue::NULL),
        Kind::Scalar(value) => scalar(lua, value),
        Kind::List => parts(lua, item, |parts| lua.create_sequence_from(parts.map(|(_, part)| part))),
        Kind::Object => parts(lua, item, |parts| lua.create_table_from(parts)),
    }
}

/// A member's name, and its value: as a text where it is one, which needs no reference then.
type Part<'d> = (Either<&'d str, LuaValue>, Either<&'d str, LuaValue>);

fn parts<'d>(
    lua: &Lua,
    item: Item<'d>,
    make: impl FnOnce(Parts<&mut dyn Iterator<Item = Part<'d>>>) -> mlua::Result<Table>,
) -> mlua::Result<LuaValue> {
    let mut failed = None;
    let mut parts = item.children().map_while(|child| {
        let part = text(lua, child.name()).and_then(|name| {
            let value = match child.kind() {
                Kind::Scalar(Value::Text(value)) => text(lua, value),
                _ => value_of(lua, child).map(Either::Right),
            };
            Ok((name, value?))
        });
        part.map_err(|error| failed = Some(error)).ok()
    });
    let table = make(Parts { count: item.count(), parts: &mut parts });
    failed.map_or(Ok(()), Err)?;
    table.map(LuaValue::Table)
}

fn text<'d>(lua: &Lua, text: &'d [u8]) -> mlua::Result<Either<&'d str, LuaValue>> {
    match str::from_utf8(text) {
        Ok(text) => Ok(Either::Left(text)),
        Err(_) => Ok(Either::Right(LuaValue::String(lua.create_string(text)?))),
    }
}

/// Parts of which it is known how many there are, so that a table is made as large as it gets.
struct Parts<I> {
    count: usize,
    parts: I,
}

impl<I: Iterator> Iterator for Parts<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.parts.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.count, Some(self.count))
    }
}

/// A script's configuration.
///
/// # Errors
/// Memory is short.
pub(super) fn value(lua: &Lua, tree: &Tree) -> mlua::Result<LuaValue> {
    match tree {
        Tree::Null => Ok(LuaValue::NULL),
        Tree::Flag(flag) => Ok(LuaValue::Boolean(*flag)),
        Tree::Number(number) => self::number(lua, *number),
        Tree::Text(text) => Ok(LuaValue::String(lua.create_string(text)?)),
        Tree::List(items) => {
            let table = lua.create_table()?;
            for (index, item) in (1_i64..).zip(items) {
                table.raw_set(index, value(lua, item)?)?;
            }
            Ok(LuaValue::Table(table))
        }
        Tree::Object(members) => {
            let table = lua.create_table()?;
            // Backwards, as of a name that comes twice the first counts.
            for (name, tree) in members.iter().rev() {
                table.raw_set(lua.create_string(name)?, value(lua, tree)?)?;
            }
            Ok(LuaValue::Table(table))
        }
    }
}

fn number(lua: &Lua, number: i128) -> mlua::Result<LuaValue> {
    match i64::try_from(number) {
        Ok(exact) if number.abs() <= MAX_EXACT => Ok(LuaValue::Integer(exact)),
        _ => Ok(LuaValue::String(lua.create_string(number.to_string())?)),
    }
}
