//! Lua's values ↔ [`Tree`]s and events.
//!
//! A table from a script comes in as anything: its depth, size and number of parts are bounded here, tables within themselves
//! run into the bound on depth, and what an event cannot hold (functions, fractions, gaps in lists) is refused with its place.

use mlua::{Lua, LuaString, Table, Value as LuaValue};

use crate::Tree;
use crate::document::{Item, Kind};
use crate::view::Value;

/// Tables within tables.
pub const MAX_DEPTH: usize = 16;

/// Values in all.
pub const MAX_NODES: usize = 4096;

/// Names and texts in all, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// Above this, a number is no longer exact in Lua (2^53) and comes as text.
const MAX_EXACT: i128 = 1 << 53;

/// Reads what a script gave.
pub(super) struct Given<'g> {
    nodes: usize,
    bytes: usize,
    /// What an event's place is a tree of; `None` for what is no place.
    place: &'g dyn Fn(&mlua::AnyUserData) -> Option<Tree>,
    path: Vec<String>,
}

/// Where in a table what is wrong.
pub(super) type Wrong = String;

impl<'g> Given<'g> {
    /// A reader that asks `place` for the trees of an event's places.
    pub(super) fn new(place: &'g dyn Fn(&mlua::AnyUserData) -> Option<Tree>) -> Self {
        Given { nodes: 0, bytes: 0, place, path: Vec::new() }
    }

    /// The tree of `value`.
    ///
    /// # Errors
    /// It is too large or too deep, or holds what no event can hold: what, and where.
    pub(super) fn tree(&mut self, value: &LuaValue) -> Result<Tree, Wrong> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(format!("a table with more than {MAX_NODES} values"));
        }
        match value {
            LuaValue::Boolean(flag) => Ok(Tree::Flag(*flag)),
            LuaValue::Integer(number) => Ok(Tree::Number((*number).into())),
            LuaValue::Number(number) => self.number(*number),
            LuaValue::String(text) => Ok(Tree::Text(self.text(text)?)),
            LuaValue::Table(table) => self.table(table),
            LuaValue::LightUserData(null) if null.0.is_null() => Ok(Tree::Null),
            LuaValue::UserData(proxy) => match (self.place)(proxy) {
                Some(tree) => self.counted(tree),
                None => Err(self.wrong("a value of type userdata")),
            },
            other => Err(self.wrong(&format!("a value of type {}", other.type_name()))),
        }
    }

    fn number(&self, number: f64) -> Result<Tree, Wrong> {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^63 fits")]
        if number.fract() == 0.0 && number.abs() < 9.2e18 {
            return Ok(Tree::Number(number as i128));
        }
        Err(self.wrong(&format!("{number}, which is no whole number")))
    }

    fn text(&mut self, text: &LuaString) -> Result<Vec<u8>, Wrong> {
        let bytes = text.as_bytes();
        self.bytes += bytes.len();
        if self.bytes > MAX_BYTES {
            return Err(format!("a table with more than {MAX_BYTES} bytes of text"));
        }
        Ok(bytes.to_vec())
    }

    /// A tree from an event counts as if a script had made it.
    fn counted(&mut self, tree: Tree) -> Result<Tree, Wrong> {
        fn count(tree: &Tree, nodes: &mut usize, bytes: &mut usize) {
            *nodes += 1;
            match tree {
                Tree::Text(text) => *bytes += text.len(),
                Tree::List(items) => items.iter().for_each(|item| count(item, nodes, bytes)),
                Tree::Object(members) => members.iter().for_each(|(name, tree)| {
                    *bytes += name.len();
                    count(tree, nodes, bytes);
                }),
                _ => {}
            }
        }
        count(&tree, &mut self.nodes, &mut self.bytes);
        if self.nodes > MAX_NODES || self.bytes > MAX_BYTES {
            return Err(format!("a table with more than {MAX_NODES} values or {MAX_BYTES} bytes of text"));
        }
        Ok(tree)
    }

    fn table(&mut self, table: &Table) -> Result<Tree, Wrong> {
        if self.path.len() >= MAX_DEPTH {
            return Err(format!("tables more than {MAX_DEPTH} deep, or within themselves"));
        }
        let mut members = Vec::new();
        let mut items = Vec::new();
        let mut pairs: Vec<(LuaValue, LuaValue)> = Vec::new();
        let mut room = MAX_NODES.saturating_sub(self.nodes);
        let read = table.for_each(|key: LuaValue, value: LuaValue| {
            room = room.checked_sub(1).ok_or(mlua::Error::StackError)?;
            pairs.push((key, value));
            Ok(())
        });
        read.map_err(|_| format!("a table with more than {MAX_NODES} values"))?;
        for (key, value) in &pairs {
            self.pair(key, value, &mut members, &mut items)?;
        }
        self.whole(members, items)
    }

    fn pair(
        &mut self,
        key: &LuaValue,
        value: &LuaValue,
        members: &mut Vec<(Vec<u8>, Tree)>,
        items: &mut Vec<(i64, Tree)>,
    ) -> Result<(), Wrong> {
        if let LuaValue::String(name) = key {
            let name = self.text(name)?;
            self.path.push(String::from_utf8_lossy(&name).into_owned());
            let tree = self.tree(value)?;
            self.path.pop();
            members.push((name, tree));
            return Ok(());
        }
        let index = match key {
            LuaValue::Integer(index) => Some(*index),
            #[expect(clippy::cast_possible_truncation, reason = "a whole number in this range fits")]
            LuaValue::Number(index) if index.fract() == 0.0 && (1.0..1e9).contains(index) => Some(*index as i64),
            _ => None,
        };
        let Some(index) = index else {
            return Err(self.wrong(&format!("a key of type {}", key.type_name())));
        };
        self.path.push(index.to_string());
        let tree = self.tree(value)?;
        self.path.pop();
        items.push((index, tree));
        Ok(())
    }

    /// A list or an object, of what was found in a table.
    fn whole(&self, members: Vec<(Vec<u8>, Tree)>, mut items: Vec<(i64, Tree)>) -> Result<Tree, Wrong> {
        if items.is_empty() {
            return Ok(Tree::Object(members));
        }
        if !members.is_empty() {
            return Err(self.wrong("a table with names and numbers for keys"));
        }
        items.sort_unstable_by_key(|(index, _)| *index);
        let gap = (1..).zip(&items).find(|(expected, (index, _))| expected != index);
        match gap {
            Some((expected, _)) => {
                Err(self.wrong(&format!("a list without a value at {expected} (null stands for no value)")))
            }
            None => Ok(Tree::List(items.into_iter().map(|(_, tree)| tree).collect())),
        }
    }

    fn wrong(&self, what: &str) -> Wrong {
        if self.path.is_empty() { what.to_owned() } else { format!("{what} at {}", self.path.join(".")) }
    }
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
        Value::Text(text) => Ok(LuaValue::String(lua.create_string(text)?)),
        Value::Number(number) => self::number(lua, number),
    }
}

/// A table of what an event says, for a script.
///
/// # Errors
/// Memory is short.
pub(super) fn table(lua: &Lua, item: Item<'_>) -> mlua::Result<LuaValue> {
    match item.kind() {
        Kind::Null => Ok(LuaValue::NULL),
        Kind::Scalar(value) => scalar(lua, value),
        Kind::List => {
            let table = lua.create_table()?;
            for (index, item) in (1_i64..).zip(item.children()) {
                table.raw_set(index, self::table(lua, item)?)?;
            }
            Ok(LuaValue::Table(table))
        }
        Kind::Object => {
            let table = lua.create_table()?;
            for item in item.children() {
                table.raw_set(lua.create_string(item.name())?, self::table(lua, item)?)?;
            }
            Ok(LuaValue::Table(table))
        }
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
