//! What the Lua parts of this module (`prelude/`) ask of Rust, but for events ([`super::current`]).
//!
//! Nothing here calls Lua, so no script can make calls of C and Rust pile up on the stack; and nothing here throws but where
//! memory is short: what is wrong is given back, and told in Lua at the script's line.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mlua::{AnyUserData, IntoLuaMulti, Lua, LuaString, MultiValue, Table, Value, Variadic};

use super::limits::{self, Limits};
use super::said::{Refused, Sayings};
use super::search::{Searches, Syntax};
use super::tree::{Given, Wrong};
use super::{current, network, time};
use crate::Tree;

/// Puts all of it into `rt`.
///
/// # Errors
/// Memory is short.
pub(super) fn install(
    lua: &Lua,
    rt: &Table,
    limits: &Arc<Limits>,
    sayings: &Arc<Mutex<Sayings>>,
    asked: &current::Shared,
) -> mlua::Result<()> {
    let limits = Arc::clone(limits);
    let check = move |lua: &Lua, (): ()| {
        limits::check(lua, &limits);
        Ok(())
    };
    rt.raw_set("check", lua.create_function(check)?)?;
    rt.raw_set("null", Value::NULL)?;
    searches(lua, rt)?;
    networks(lua, rt)?;
    times(lua, rt, sayings)?;
    tellings(lua, rt, sayings)?;
    emitting(lua, rt, sayings, asked)
}

pub(super) fn lock(sayings: &Mutex<Sayings>) -> MutexGuard<'_, Sayings> {
    sayings.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `find(syntax, text, pattern, from)`: nothing, or false and why, or places; `ready(syntax, pattern)`: whether it is one.
fn searches(lua: &Lua, rt: &Table) -> mlua::Result<()> {
    let kept = Arc::new(Mutex::new((Searches::default(), Vec::new())));
    let shared = Arc::clone(&kept);
    let find = move |lua: &Lua, (syntax, text, pattern, from): (u32, LuaString, LuaString, usize)| {
        let (searches, found) = &mut *shared.lock().unwrap_or_else(PoisonError::into_inner);
        found.clear();
        let made = searches.get(Syntax::of(syntax), &pattern.as_bytes());
        match made.and_then(|pattern| pattern.find(&text.as_bytes(), from.saturating_sub(1), found)) {
            Err(why) => (false, why).into_lua_multi(lua),
            Ok(()) => match found.as_slice() {
                [] => ().into_lua_multi(lua),
                [first, last] => (*first, *last).into_lua_multi(lua),
                more => more.iter().copied().collect::<Variadic<i64>>().into_lua_multi(lua),
            },
        }
    };
    rt.raw_set("find", lua.create_function(find)?)?;
    let ready = move |_: &Lua, (syntax, pattern): (u32, LuaString)| {
        let (searches, _) = &mut *kept.lock().unwrap_or_else(PoisonError::into_inner);
        let made = searches.get(Syntax::of(syntax), &pattern.as_bytes());
        Ok(match made {
            Ok(_) => (Some(true), None),
            Err(why) => (None, Some(why)),
        })
    };
    rt.raw_set("ready", lua.create_function(ready)?)
}

fn networks(lua: &Lua, rt: &Table) -> mlua::Result<()> {
    let is_cidr = |_: &Lua, text: LuaString| {
        let is_one = network::range(&text.as_bytes()).is_some();
        Ok((is_one.then_some(true), (!is_one).then_some("no network: use 10.0.0.0/8 or fe80::/10")))
    };
    rt.raw_set("is_cidr", lua.create_function(is_cidr)?)?;
    let is_in = |_: &Lua, (net, address): (LuaString, LuaString)| {
        let range = network::range(&net.as_bytes());
        let number = network::number(&address.as_bytes());
        Ok(range.zip(number).is_some_and(|((first, last), number)| (first..=last).contains(&number)))
    };
    rt.raw_set("is_in", lua.create_function(is_in)?)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "milliseconds up to the year 9999 are exact in a double; others are refused"
)]
fn times(lua: &Lua, rt: &Table, sayings: &Arc<Mutex<Sayings>>) -> mlua::Result<()> {
    let shared = Arc::clone(sayings);
    let time = move |_: &Lua, (): ()| Ok(lock(&shared).at.millis() as f64 / 1000.0);
    rt.raw_set("time", lua.create_function(time)?)?;
    let parse = |_: &Lua, text: LuaString| Ok(time::parse(&text.as_bytes()).map(|ms| ms as f64 / 1000.0));
    rt.raw_set("parse_time", lua.create_function(parse)?)?;
    let format = |lua: &Lua, seconds: f64| {
        let ms = (seconds * 1000.0).round();
        let text = if ms >= 0.0 { time::format(ms as u64) } else { None };
        text.map(|text| lua.create_string(text)).transpose()
    };
    rt.raw_set("format_time", lua.create_function(format)?)
}

fn tellings(lua: &Lua, rt: &Table, sayings: &Arc<Mutex<Sayings>>) -> mlua::Result<()> {
    let shared = Arc::clone(sayings);
    let log = move |_: &Lua, (level, text): (LuaString, LuaString)| {
        let done = lock(&shared).log(&level.to_string_lossy(), &text.as_bytes());
        Ok((done.is_ok().then_some(true), done.err().map(why)))
    };
    rt.raw_set("log", lua.create_function(log)?)?;
    let shared = Arc::clone(sayings);
    #[expect(clippy::cast_possible_truncation, reason = "as of `as`: what does not fit is the nearest that does")]
    let counter = move |_: &Lua, (name, add): (LuaString, f64)| {
        let counted = lock(&shared).count(&name.as_bytes(), add as i64);
        Ok(match counted {
            Ok(now) => (Some(now), None),
            Err(refused) => (None, Some(why(refused))),
        })
    };
    rt.raw_set("counter", lua.create_function(counter)?)
}

fn why(refused: Refused) -> String {
    match refused {
        Refused::TooMuch(what) => what.to_owned(),
        Refused::Wrong(what) => what,
    }
}

/// `emit(fields)`: true; or nil, why, and whether that is the script's fault.
fn emitting(lua: &Lua, rt: &Table, sayings: &Arc<Mutex<Sayings>>, asked: &current::Shared) -> mlua::Result<()> {
    let id_of = lua.create_table()?;
    rt.raw_set("id_of", &id_of)?;
    let (shared, asked) = (Arc::clone(sayings), Arc::clone(asked));
    let emit = move |lua: &Lua, fields: Table| {
        let read = tree_of(&Value::Table(fields), &id_of, &asked, (0, 0)).map_err(Refused::Wrong);
        let refused = match read {
            Ok(tree) => lock(&shared).emit(tree),
            Err(refused) => {
                lock(&shared).counts.refused += 1;
                Err(refused)
            }
        };
        match refused {
            Ok(()) => true.into_lua_multi(lua),
            Err(refused) => {
                let is_fault = matches!(refused, Refused::Wrong(_));
                (None::<bool>, why(refused), is_fault).into_lua_multi(lua)
            }
        }
    };
    rt.raw_set("emit", lua.create_function::<_, Table, MultiValue>(emit)?)
}

/// The tree of what a script gave, in which places of the event at hand may stand; it may hold so many values and bytes more
/// than it might otherwise.
///
/// # Errors
/// No tree can be made of it: what is wrong, and where.
pub(super) fn tree_of(
    value: &Value,
    id_of: &Table,
    asked: &current::Shared,
    beside: (usize, usize),
) -> Result<Tree, String> {
    let place = |proxy: &AnyUserData| {
        let place: Option<u32> = id_of.raw_get(proxy).ok()?;
        current::tree_at(asked, place?)
    };
    Given::new(&place).beside(beside).tree(value).map_err(Wrong::told)
}
