//! A script's state: LuaJIT with what a filter needs, and nothing that reaches beyond it.
//!
//! What a script sees is copied from [`ALLOWED`], then made safe by the parts in `prelude/`, which keep what they need of Lua
//! for themselves. The just-in-time compiler is off: compiled code looks at the hook of [`super::limits`] only where LuaJIT is
//! built with `LUAJIT_ENABLE_CHECKHOOK`, and then leaves for the interpreter wherever a hook is set, which is always here.

use std::sync::{Arc, Mutex};

use mlua::chunk::ChunkMode;
use mlua::{Function, Lua, LuaOptions, StdLib, Table};

use super::limits::{self, Limits};
use super::said::Sayings;
use super::{current, helpers};

/// What of Lua a script is given: libraries, and their functions. The first is the globals.
pub(super) const ALLOWED: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "_VERSION",
            "assert",
            "error",
            "getmetatable",
            "ipairs",
            "next",
            "pairs",
            "pcall",
            "rawequal",
            "rawget",
            "rawset",
            "select",
            "setmetatable",
            "tonumber",
            "tostring",
            "type",
            "unpack",
            "xpcall",
        ],
    ),
    (
        "string",
        &[
            "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep", "reverse", "sub",
            "upper",
        ],
    ),
    ("table", &["concat", "insert", "maxn", "remove", "sort"]),
    (
        "math",
        &[
            "abs",
            "acos",
            "asin",
            "atan",
            "atan2",
            "ceil",
            "cos",
            "cosh",
            "deg",
            "exp",
            "floor",
            "fmod",
            "frexp",
            "huge",
            "ldexp",
            "log",
            "log10",
            "max",
            "min",
            "modf",
            "pi",
            "pow",
            "rad",
            "random",
            "randomseed",
            "sin",
            "sinh",
            "sqrt",
            "tan",
            "tanh",
        ],
    ),
    ("bit", &["arshift", "band", "bnot", "bor", "bswap", "bxor", "lshift", "rol", "ror", "rshift", "tobit", "tohex"]),
    ("coroutine", &["create", "resume", "running", "status", "wrap", "yield"]),
];

/// The parts of Lua that make the rest safe, in their order.
const PRELUDE: &[(&str, &str)] = &[
    ("base", include_str!("prelude/base.lua")),
    ("text", include_str!("prelude/text.lua")),
    ("tables", include_str!("prelude/tables.lua")),
    ("event", include_str!("prelude/event.lua")),
    ("oyez", include_str!("prelude/oyez.lua")),
];

/// How scripts are called.
const ENTRY: &str = include_str!("prelude/entry.lua");

/// A state, with nothing of a script in it yet.
pub(super) struct State {
    pub(super) lua: Lua,
    /// A script's globals.
    pub(super) globals: Table,
    /// What it is called by: entry.lua.
    pub(super) entry: Table,
    /// From an event's userdata to the place it stands for.
    pub(super) id_of: Table,
}

impl State {
    /// Makes one. `memory_limit` is in bytes.
    ///
    /// # Errors
    /// Memory is short.
    pub(super) fn new(
        memory_limit: usize,
        limits: &Arc<Limits>,
        sayings: &Arc<Mutex<Sayings>>,
        asked: &current::Shared,
    ) -> mlua::Result<State> {
        let libraries = StdLib::STRING | StdLib::TABLE | StdLib::MATH | StdLib::BIT | StdLib::JIT;
        // Without mlua's own pcall, which would put a call of C on the stack for each that a script makes.
        let lua = Lua::new_with(libraries, LuaOptions::new().catch_rust_panics(false))?;
        let raw = lua.globals();
        turn_off_compiler(&raw)?;
        let globals = allowed(&lua, &raw)?;
        let rt = lua.create_table()?;
        rt.raw_set("max_text", memory_limit)?;
        helpers::install(&lua, &rt, limits, sayings, asked)?;
        current::install(&lua, &rt, asked)?;
        let shared = lua.create_table()?;
        for (name, source) in PRELUDE {
            part(&lua, name, source)?.call::<()>((&rt, &globals, &raw, &shared))?;
        }
        let entry = part(&lua, "entry", ENTRY)?.call((&rt, &globals, &raw, &shared))?;
        let id_of = rt.raw_get("id_of")?;
        // Nobody needs it now; that nobody can reach it is tested too.
        raw.clear()?;
        lua.set_memory_limit(memory_limit)?;
        limits::guard(&lua, limits)?;
        Ok(State { lua, globals, entry, id_of })
    }

    /// A script's code, which has not run yet. Text alone is taken.
    ///
    /// # Errors
    /// It is no Lua, or memory is short.
    pub(super) fn chunk(&self, name: &str, source: &[u8]) -> mlua::Result<Function> {
        let chunk = self.lua.load(source).set_name(format!("@{name}")).set_mode(ChunkMode::Text);
        chunk.set_environment(self.globals.clone()).into_function()
    }
}

fn part(lua: &Lua, name: &str, source: &str) -> mlua::Result<Function> {
    lua.load(source).set_name(format!("=oyez.{name}")).set_mode(ChunkMode::Text).into_function()
}

fn turn_off_compiler(raw: &Table) -> mlua::Result<()> {
    let jit: Table = raw.raw_get("jit")?;
    jit.raw_get::<Function>("off")?.call::<()>(())?;
    let is_on: bool = jit.raw_get::<Function>("status")?.call(())?;
    if is_on { Err(mlua::Error::RuntimeError("LuaJIT's compiler cannot be turned off".to_owned())) } else { Ok(()) }
}

fn allowed(lua: &Lua, raw: &Table) -> mlua::Result<Table> {
    let globals = lua.create_table()?;
    for (library, names) in ALLOWED {
        let (from, to) = if library.is_empty() {
            (raw.clone(), globals.clone())
        } else {
            (raw.raw_get(*library)?, lua.create_table()?)
        };
        for name in *names {
            to.raw_set(*name, from.raw_get::<mlua::Value>(*name)?)?;
        }
        if !library.is_empty() {
            globals.raw_set(*library, to)?;
        }
    }
    Ok(globals)
}
