//! The event that a script may read while its `filter` runs, and how event.lua asks for what it says.
//!
//! [`with`] lends an event for one call; before and after it, every question is answered with an error. Nothing is made per
//! event: a script holds userdata for places ([`super::place`]), and plain values are handed over one by one.

use std::sync::{Arc, Mutex, PoisonError};

use mlua::{IntoLuaMulti as _, Lua, Table, Value as LuaValue};
use scoped_tls_hkt::scoped_thread_local;

use super::place::{Places, Step, take};
use super::{limits, tree};
use crate::Tree;
use crate::document::{Item, Kind};
use crate::field::{self, Field};
use crate::view::Read;

scoped_thread_local!(static mut CURRENT: for<'a> &'a mut (dyn Read + 'a));

/// Has `run` read `event`.
pub(super) fn with<R>(event: &mut dyn Read, run: impl FnOnce() -> R) -> R {
    CURRENT.set(event, run)
}

/// Asks the event at hand; `None` without one.
fn ask<R>(question: impl FnOnce(&mut dyn Read) -> R) -> Option<R> {
    CURRENT.is_set().then(|| CURRENT.with(|event| question(event)))
}

/// Objects whose members all have fields: one is there where one of them is.
const COMPLETE: &[&str] = &["actor", "object", "login", "container", "host"];

/// Objects of which a script has a place that it reads by fields; the others are read by their names.
const OBJECTS: &[&str] =
    &["actor", "object", "user", "process", "process.parent", "syscall", "login", "container", "host"];

/// Lists of plain values without gaps.
const LISTS: &[&str] = &["keys", "records", "tags", "marks"];

/// Lists of objects.
const OBJECT_LISTS: &[&str] = &["paths", "sockets", "details", "process.ancestors"];

/// Members of an event that have no field, or none of their own name.
const OTHERS: &[&str] = &["v", "claimed", "details", "added", "oyez", "more"];

/// A place that is read by fields, the fields below it, and whether those are all.
type Object = (u32, Vec<usize>, bool);

/// What questions are answered from.
pub(super) struct Asked {
    /// All fields, by number.
    fields: Arc<[Field]>,
    /// Of each place that is one of [`OBJECTS`] or [`LISTS`], the fields below it or its own, and whether those are all.
    objects: Arc<[Object]>,
    places: Places,
}

impl Asked {
    /// With places for the objects and lists that are read by fields.
    pub(super) fn new() -> Self {
        let fields = field::all().collect();
        let mut asked = Asked { fields, objects: Arc::default(), places: Places::default() };
        let mut objects = Vec::new();
        for name in OBJECTS {
            let below = asked.below(name);
            let place = asked.place(name);
            objects.push((place, below, COMPLETE.contains(name)));
        }
        for name in LISTS {
            let own = asked.fields.iter().position(|field| field.def().name == *name);
            let place = asked.place(name);
            objects.push((place, own.into_iter().collect(), true));
        }
        asked.objects = objects.into();
        asked
    }

    /// Numbers of the fields below the object called `name`.
    fn below(&self, name: &str) -> Vec<usize> {
        let is_below = |field: &Field| field.def().name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        self.fields.iter().enumerate().filter(|(_, field)| is_below(field)).map(|(number, _)| number).collect()
    }

    /// The place of a dotted name; there is always room at the start.
    fn place(&mut self, name: &str) -> u32 {
        name.split('.').fold(0, |of, step| self.places.below(of, Step::Name(step.as_bytes().into())).unwrap_or(0))
    }
}

fn field(fields: &[Field], number: u32) -> Option<&Field> {
    fields.get(usize::try_from(number).ok()?)
}

/// What is asked by one script, on whatever thread that runs.
pub(super) type Shared = Arc<Mutex<Asked>>;

fn lock(asked: &Shared) -> std::sync::MutexGuard<'_, Asked> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts what event.lua asks with into `rt`.
///
/// # Errors
/// Memory is short.
pub(super) fn install(lua: &Lua, rt: &Table, asked: &Shared) -> mlua::Result<()> {
    names(lua, rt, asked)?;
    fields(lua, rt, asked)?;
    places(lua, rt, asked)
}

/// Tables of what can be read by fields.
fn names(lua: &Lua, rt: &Table, asked: &Shared) -> mlua::Result<()> {
    let mut asked = lock(asked);
    let aliases = lua.create_table()?;
    let through_lists = lua.create_table()?;
    let by_name = lua.create_table()?;
    for (number, field) in asked.fields.iter().enumerate() {
        let def = field.def();
        if !def.alias.is_empty() {
            aliases.raw_set(def.alias, def.name)?;
        }
        if OBJECT_LISTS.iter().any(|list| def.name.strip_prefix(list).is_some_and(|rest| rest.starts_with('.'))) {
            through_lists.raw_set(def.name, number)?;
        } else if is_one(def.kind) {
            by_name.raw_set(def.name, number)?;
        }
    }
    rt.raw_set("aliases", aliases)?;
    rt.raw_set("by_name", by_name)?;
    rt.raw_set("through_lists", through_lists)?;
    let objects = lua.create_table()?;
    for name in std::iter::once(&"").chain(OBJECTS) {
        objects.raw_push(object(lua, &mut asked, name)?)?;
    }
    rt.raw_set("objects", objects)?;
    let lists = lua.create_table()?;
    for name in LISTS {
        let list = lua.create_table()?;
        list.raw_set("id", asked.place(name))?;
        list.raw_set("field", asked.fields.iter().position(|field| field.def().name == *name))?;
        list.raw_set("name", format!("event.{name}"))?;
        lists.raw_push(list)?;
    }
    rt.raw_set("lists", lists)
}

/// Whether a field of this kind is one value, not a list.
fn is_one(kind: field::Kind) -> bool {
    matches!(kind, field::Kind::Text | field::Kind::Number | field::Kind::Flag | field::Kind::Address)
}

/// What is known of one object: its place, its plain members' fields, its objects' and lists' places.
fn object(lua: &Lua, asked: &mut Asked, name: &str) -> mlua::Result<Table> {
    let object = lua.create_table()?;
    let (scalars, children) = (lua.create_table()?, lua.create_table()?);
    let prefix = if name.is_empty() { String::new() } else { format!("{name}.") };
    for (number, field) in asked.fields.iter().enumerate() {
        let def = field.def();
        if let Some(member) = def.name.strip_prefix(&prefix).filter(|member| is_one(def.kind) && !member.contains('.'))
        {
            scalars.raw_set(member, number)?;
        }
    }
    for child in OBJECTS.iter().chain(LISTS) {
        if let Some(member) = child.strip_prefix(&prefix).filter(|member| !member.contains('.')) {
            children.raw_set(member, asked.place(child))?;
        }
    }
    object.raw_set("id", if name.is_empty() { 0 } else { asked.place(name) })?;
    object.raw_set("scalars", scalars)?;
    object.raw_set("children", children)?;
    object.raw_set("name", if name.is_empty() { "event".to_owned() } else { format!("event.{name}") })?;
    Ok(object)
}

/// `get`, `nth`, `count`, `has`, `all`, `unknown`: questions by fields.
fn fields(lua: &Lua, rt: &Table, shared: &Shared) -> mlua::Result<()> {
    // No lock for these: they are asked for each event.
    let (all_fields, objects) = {
        let asked = lock(shared);
        (Arc::clone(&asked.fields), Arc::clone(&asked.objects))
    };
    let fields = Arc::clone(&all_fields);
    let get = move |lua: &Lua, number: u32| {
        let Some(field) = field(&fields, number) else { return Ok(LuaValue::Nil) };
        ask(|event| nth(lua, event, field, 1.0)).map_or_else(outside, or_nil)
    };
    rt.raw_set("get", lua.create_function(get)?)?;
    let fields = Arc::clone(&all_fields);
    let nth = move |lua: &Lua, (number, at): (u32, f64)| {
        let Some(field) = field(&fields, number) else { return Ok(LuaValue::Nil) };
        ask(|event| nth(lua, event, field, at)).map_or_else(outside, or_nil)
    };
    rt.raw_set("nth", lua.create_function(nth)?)?;
    let (fields, asked) = (Arc::clone(&all_fields), Arc::clone(shared));
    let count = move |_: &Lua, (number, place): (i64, u32)| {
        let field = u32::try_from(number).ok().and_then(|number| field(&fields, number));
        let count = ask(|event| {
            if let Some(field) = field {
                return count(event, field);
            }
            let places = &lock(&asked).places;
            event.root().and_then(|root| places.resolve(place, root)).map_or(0, Item::count)
        });
        Ok(count.unwrap_or(0))
    };
    rt.raw_set("count", lua.create_function(count)?)?;
    let (fields, asked) = (Arc::clone(&all_fields), Arc::clone(shared));
    let has = move |_: &Lua, place| Ok(has(&fields, &objects, &asked, place).unwrap_or(false));
    rt.raw_set("has", lua.create_function(has)?)?;
    let all = move |lua: &Lua, number: u32| {
        let Some(field) = field(&all_fields, number) else { return Ok(LuaValue::Nil) };
        ask(|event| all(lua, event, field)).unwrap_or_else(outside)
    };
    rt.raw_set("all", lua.create_function(all)?)?;
    let unknown = |_: &Lua, name: mlua::LuaString| Ok(unknown(&name.to_string_lossy()));
    rt.raw_set("unknown", lua.create_function(unknown)?)
}

fn or_nil(found: Option<mlua::Result<LuaValue>>) -> mlua::Result<LuaValue> {
    found.unwrap_or(Ok(LuaValue::Nil))
}

/// What is asked without an event: the one error that comes from here, for event.lua tells of the others.
fn outside() -> mlua::Result<LuaValue> {
    Err(mlua::Error::RuntimeError(OUTSIDE.to_owned()))
}

const OUTSIDE: &str = "events can be read while filter(event) runs, and not before or after";

fn nth(lua: &Lua, event: &mut dyn Read, field: &Field, at: f64) -> Option<mlua::Result<LuaValue>> {
    let mut left = at;
    let mut found = None;
    event.any(field, &mut |value| {
        left -= 1.0;
        if left == 0.0 {
            found = Some(tree::scalar(lua, value));
        }
        left <= 0.0
    });
    found
}

fn count(event: &mut dyn Read, field: &Field) -> usize {
    let mut count = 0;
    event.any(field, &mut |_| {
        count += 1;
        false
    });
    count
}

/// Whether an object or list that is read by fields is there.
fn has(fields: &[Field], objects: &[Object], asked: &Shared, place: u32) -> Option<bool> {
    let object = objects.iter().find(|(other, ..)| *other == place);
    ask(|event| {
        if let Some((_, below, is_all)) = object {
            if below.iter().filter_map(|number| fields.get(*number)).any(|field| event.has(field)) {
                return true;
            }
            if *is_all {
                return false;
            }
        }
        event.root().is_some_and(|root| lock(asked).places.resolve(place, root).is_some())
    })
}

fn all(lua: &Lua, event: &mut dyn Read, field: &Field) -> mlua::Result<LuaValue> {
    let table = lua.create_table()?;
    let mut result = Ok(());
    event.any(field, &mut |value| {
        result = tree::scalar(lua, value).and_then(|value| table.raw_push(value));
        result.is_err()
    });
    result?;
    Ok(if table.raw_len() == 0 { LuaValue::Nil } else { LuaValue::Table(table) })
}

/// What is wrong with a name that cannot be in any event.
fn unknown(name: &str) -> Option<String> {
    let first = name.split('.').next().unwrap_or(name);
    let begins = |field: Field| field.def().name.split('.').next() == Some(first);
    if OTHERS.contains(&first) || field::all().any(begins) {
        return None;
    }
    let near = match Field::find(name) {
        Ok(_) => return None,
        Err(unknown) => unknown.nearest,
    };
    let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
    Some(format!("no field is called {name:?}{hint}"))
}

/// `member`, `keys`, `copy`, `path`: questions by places.
fn places(lua: &Lua, rt: &Table, shared: &Shared) -> mlua::Result<()> {
    let asked = Arc::clone(shared);
    let member = move |lua: &Lua, (place, key): (u32, LuaValue)| {
        let Some(step) = step(&key) else { return Ok((0, LuaValue::Nil)) };
        let Asked { places, .. } = &mut *lock(&asked);
        ask(|event| member(lua, event, places, place, step)).unwrap_or(Ok((3, LuaValue::Nil)))
    };
    rt.raw_set("member", lua.create_function(member)?)?;
    let asked = Arc::clone(shared);
    let keys = move |lua: &Lua, place: u32| {
        let asked = lock(&asked);
        ask(|event| keys(lua, event, &asked.places, place)).transpose()
    };
    rt.raw_set("keys", lua.create_function(keys)?)?;
    let copy = move |lua: &Lua, _: u32| {
        let copied = ask(|event| event.root().map(|root| tree::table(lua, root)));
        if let Some(table) = copied.flatten() {
            return table?.into_lua_multi(lua);
        }
        (LuaValue::Nil, OUTSIDE).into_lua_multi(lua)
    };
    rt.raw_set("copy", lua.create_function(copy)?)?;
    let asked = Arc::clone(shared);
    let path = move |lua: &Lua, place: u32| lua.create_string(lock(&asked).places.path(place));
    rt.raw_set("path", lua.create_function(path)?)
}

fn step(key: &LuaValue) -> Option<Step> {
    match key {
        LuaValue::String(name) => Some(Step::Name(Box::from(&*name.as_bytes()))),
        LuaValue::Integer(index) => u32::try_from(*index).ok().map(Step::At),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number in this range fits"
        )]
        LuaValue::Number(index) if index.fract() == 0.0 && (1.0..1e9).contains(index) => Some(Step::At(*index as u32)),
        _ => None,
    }
}

/// 0 for nothing, 1 and a value, 2 and a place.
fn member(lua: &Lua, event: &mut dyn Read, places: &mut Places, of: u32, step: Step) -> mlua::Result<(u32, LuaValue)> {
    let Some(item) = event.root().and_then(|root| take(places.resolve(of, root)?, &step)) else {
        return Ok((0, LuaValue::Nil));
    };
    match item.kind() {
        Kind::Null => Ok((1, LuaValue::NULL)),
        Kind::Scalar(value) => Ok((1, tree::scalar(lua, value)?)),
        Kind::List | Kind::Object => {
            if let Some(place) = places.below(of, step) {
                return Ok((2, LuaValue::Integer(place.into())));
            }
            let why = "too many places of events were looked at: use event:copy()";
            Ok((4, LuaValue::String(lua.create_string(why)?)))
        }
    }
}

/// Names of an object's members, or the numbers of a list's elements.
fn keys(lua: &Lua, event: &mut dyn Read, places: &Places, place: u32) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    let Some(item) = event.root().and_then(|root| places.resolve(place, root)) else { return Ok(table) };
    for (index, child) in (1_i64..).zip(item.children()) {
        if matches!(item.kind(), Kind::List) {
            table.raw_set(index, index)?;
        } else {
            table.raw_set(index, lua.create_string(child.name())?)?;
        }
    }
    Ok(table)
}

/// How many values the event at hand has, and how many bytes their names and texts have at most.
pub(super) fn extent() -> (usize, usize) {
    ask(|event| event.root().map(Item::extent)).flatten().unwrap_or_default()
}

/// The tree of the event at hand with `changes`.
pub(super) fn changed(changes: Tree) -> Option<Tree> {
    let event = ask(|event| event.root().map(tree::of_item))?;
    Some(tree::merged(event?, changes))
}

/// The tree of a table that is to take the place of the event at hand.
///
/// # Errors
/// No tree can be made of it: what is wrong, and where.
pub(super) fn replaced(lua: &Lua, given: &LuaValue, id_of: &Table, asked: &Shared) -> Option<Result<Tree, String>> {
    ask(|event| {
        let root = event.root()?;
        let place = |proxy: &mlua::AnyUserData| {
            let place: Option<u32> = id_of.raw_get(proxy).ok()?;
            lock(asked).places.resolve(place?, root).map(tree::of_item)
        };
        let (values, bytes) = root.extent();
        // For names that the table has no more, and references to what it has.
        let room = (values + tree::MAX_NODES) * tree::MAX_VALUE + 2 * bytes;
        Some(
            limits::roomy(lua, room, || tree::Given::new(&place).beside((values, bytes)).like(given, root))
                .map_err(tree::Wrong::told),
        )
    })?
}

/// The tree of what is at `place` in the event at hand.
pub(super) fn tree_at(asked: &Shared, place: u32) -> Option<Tree> {
    let asked = lock(asked);
    ask(|event| {
        let item: Option<Item<'_>> = event.root().and_then(|root| asked.places.resolve(place, root));
        item.map(tree::of_item)
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_and_lists_that_are_read_by_fields_have_some() {
        let asked = Asked::new();
        for (place, below, _) in &*asked.objects {
            assert!(!below.is_empty(), "{}", String::from_utf8_lossy(&asked.places.path(*place)));
        }
        for name in LISTS {
            assert!(Field::find(name).is_ok_and(|field| field.def().name == *name), "{name}");
        }
    }

    #[test]
    fn a_name_that_no_event_can_have_is_told_with_the_nearest() {
        assert_eq!(
            unknown("proces.exe").as_deref(),
            Some("no field is called \"proces.exe\"; did you mean \"process.exe\"?")
        );
        for known in ["process.nosuch", "exe", "claimed.acct", "added.team", "paths.cap_fp"] {
            assert_eq!(unknown(known), None, "{known}");
        }
    }
}
