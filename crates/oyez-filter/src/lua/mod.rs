//! Filters in Lua: a script and an event in; that the event stays, goes, or is to be another, out.
//!
//! A [`Script`] has a state of its own, in which nothing of the host can be reached, and which cannot hurt whoever calls it:
//! memory, time, patterns, answers and what it says are bounded, and every fault comes back as a [`Fault`]. After a fault the
//! state is used on: what the script was about is half done, what it keeps is what it kept. docs/filters.md says what scripts
//! may do.
//!
//! | file | has |
//! |---|---|
//! | `state.rs` | what a script can reach; `prelude/` what of Lua was made safe |
//! | `limits.rs` | the deadline |
//! | `current.rs`, `place.rs` | the event as a script reads it |
//! | `tree.rs`, `like.rs` | tables ↔ [`Tree`]s |
//! | `pattern.rs`, `search.rs` | patterns in linear time |
//! | `said.rs` | events, lines and counts of a script's own |

mod clean;
mod current;
mod glob;
mod helpers;
mod like;
mod limits;
mod network;
mod pattern;
mod place;
mod said;
mod search;
mod state;
mod time;
mod tree;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mlua::{Function, IntoLuaMulti, Value};
use oyez_events::group::Millis;

pub use self::said::{MAX_COUNTERS, MAX_EMITTED, MAX_FIELDS, MAX_TEXT};
pub use self::tree::{MAX_BYTES, MAX_DEPTH, MAX_NODES};
use crate::Tree;
use crate::tell::Told;
use crate::view::Read;
use limits::{Ended, Limits};
use said::Sayings;
use state::State;

/// A longer script is refused, in bytes.
pub const MAX_SOURCE: usize = 1 << 20;

/// A longer message of an error is cut, in bytes.
pub const MAX_MESSAGE: usize = 1024;

/// Starting a script may take this many times as long as a call.
const START_SHARE: u32 = 10;

/// How a script is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What `init` is given.
    pub config: Tree,
    /// What the script's state may take, in bytes; it begins with about 400 KiB.
    pub memory_limit: usize,
    /// How long a call may take; to start, ten times that.
    pub time_limit: Duration,
}

impl Default for Settings {
    /// 16 MiB and 100 ms.
    fn default() -> Self {
        Settings { config: Tree::Object(Vec::new()), memory_limit: 16 << 20, time_limit: Duration::from_millis(100) }
    }
}

/// What a script said of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It goes on.
    Pass,
    /// It goes.
    Drop,
    /// It goes on as this.
    Rewrite(Tree),
}

/// What kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An error, or an answer that is none.
    Error,
    /// It took too long.
    Timeout,
    /// It took too much memory.
    Memory,
}

/// What went wrong in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind.
    pub kind: Kind,
    /// What it is, with the script's name and line where they are known: printable, [`MAX_MESSAGE`] bytes at most.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// What a script did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls of its functions, its start included.
    pub calls: u64,
    /// Those that ended in an error, or an answer that is none.
    pub errors: u64,
    /// Those that took too long.
    pub timeouts: u64,
    /// Those that took too much memory.
    pub out_of_memory: u64,
    /// Events of its own that it made.
    pub emitted: u64,
    /// Events of its own that were refused.
    pub refused: u64,
    /// Lines that it logged too fast.
    pub held_back: u64,
}

/// A script that was started.
pub struct Script {
    name: Box<str>,
    time_limit: Duration,
    state: State,
    limits: Arc<Limits>,
    sayings: Arc<Mutex<Sayings>>,
    asked: current::Shared,
    filter: Function,
    tick: Function,
    finish: Function,
}

impl fmt::Debug for Script {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Script").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Script {
    /// Starts a script: compiles `source`, runs it, then `init` with the configuration. `name` is what errors call it.
    ///
    /// # Errors
    /// It is no Lua, fails, has no function `filter`, or takes too much time or memory.
    pub fn compile(name: &str, source: &[u8], settings: &Settings) -> Result<Script, Fault> {
        if source.len() > MAX_SOURCE {
            return Err(error(format!("{name}: a script of more than {MAX_SOURCE} bytes is too long")));
        }
        let limits = Arc::new(Limits::new(name, settings.memory_limit));
        let sayings = Arc::new(Mutex::new(Sayings::new(name)));
        let asked = Arc::new(Mutex::new(current::Asked::new()));
        let made = State::new(settings.memory_limit, &limits, &sayings, &asked).and_then(|state| {
            let [filter, tick, finish] = ["filter", "tick", "finish"].map(|name| state.entry.raw_get(name));
            let time_limit = settings.time_limit * START_SHARE;
            let name = name.into();
            Ok(Script {
                name,
                time_limit,
                state,
                limits,
                sayings,
                asked,
                filter: filter?,
                tick: tick?,
                finish: finish?,
            })
        });
        let mut script = made.map_err(|fault| error(format!("{name}: cannot make a state: {fault}")))?;
        script.start(source, settings)?;
        script.time_limit = settings.time_limit;
        Ok(script)
    }

    fn start(&mut self, source: &[u8], settings: &Settings) -> Result<(), Fault> {
        let chunk = self.state.chunk(&self.name, source).map_err(|fault| self.fault(&fault))?;
        let [start, wrong, init] = ["start", "wrong", "init"].map(|name| self.state.entry.raw_get::<Function>(name));
        let (start, wrong, init) = self.made((|| Ok((start?, wrong?, init?)))())?;
        self.run(&start, chunk)?;
        let found = wrong.call::<(Option<String>, Option<String>)>(());
        if let (Some(name), Some(kind)) = self.made(found)? {
            return Err(error(format!("{}: {name} is {kind}, and has to be a function", self.name)));
        }
        let config = self.made(tree::value(&self.state.lua, &settings.config))?;
        self.run(&init, (0.0, config)).map(|_| ())
    }

    /// Asks the script about an event, at `now` on the caller's clock.
    ///
    /// # Errors
    /// It failed, gave no answer, or took too much time or memory.
    pub fn call(&mut self, event: &mut dyn Read, now: Millis) -> Result<Answer, Fault> {
        let at = event.event().id();
        let filter = self.filter.clone();
        helpers::lock(&self.sayings).at = at;
        self.begin(now);
        current::with(event, || {
            let (code, given) = self.run(&filter, seconds(now))?;
            match code {
                0 => Ok(Answer::Pass),
                1 => Ok(Answer::Drop),
                _ => self.rewritten(&given, code == CHANGES),
            }
        })
    }

    fn rewritten(&self, given: &Value, is_changes: bool) -> Result<Answer, Fault> {
        let State { lua, id_of, .. } = &self.state;
        let along = if is_changes { None } else { current::replaced(lua, given, id_of, &self.asked) };
        match along.unwrap_or_else(|| helpers::tree_of(given, id_of, &self.asked, current::extent())) {
            Ok(changes) if is_changes => Ok(current::changed(changes).map_or(Answer::Pass, Answer::Rewrite)),
            Ok(tree) => Ok(Answer::Rewrite(tree)),
            Err(why) => {
                helpers::lock(&self.sayings).counts.errors += 1;
                Err(error(format!("{}: filter returned {why}", self.name)))
            }
        }
    }

    /// Whether the script has a `tick`.
    pub fn ticks(&self) -> bool {
        self.state.globals.raw_get::<Value>("tick").is_ok_and(|tick| tick.is_function())
    }

    /// Calls `tick`, if the script has it: to be done once a second at most.
    ///
    /// # Errors
    /// It failed, or took too much time or memory.
    pub fn tick(&mut self, now: Millis) -> Result<(), Fault> {
        self.begin(now);
        self.run(&self.tick.clone(), seconds(now)).map(|_| ())
    }

    /// Calls `finish`, if the script has it: to be done once, when no events come any more.
    ///
    /// # Errors
    /// It failed, or took too much time or memory.
    pub fn finish(&mut self, now: Millis) -> Result<(), Fault> {
        self.begin(now);
        self.run(&self.finish.clone(), seconds(now)).map(|_| ())
    }

    /// Hands over what the script had to tell since this was asked last.
    pub fn emitted(&mut self, tell: &mut dyn FnMut(Told)) {
        helpers::lock(&self.sayings).fetch(tell);
    }

    /// What the script did so far.
    pub fn counts(&self) -> Counts {
        helpers::lock(&self.sayings).counts
    }

    /// Names and values of the counters that the script has, by name.
    pub fn counters(&self) -> Vec<(Arc<str>, i64)> {
        helpers::lock(&self.sayings).counters.iter().map(|(name, value)| (Arc::clone(name), *value)).collect()
    }

    /// What the script's state takes, in bytes.
    pub fn memory(&self) -> usize {
        self.state.lua.used_memory()
    }

    fn begin(&self, now: Millis) {
        helpers::lock(&self.sayings).begin(now);
    }

    /// Runs one of entry.lua's functions, within the limits.
    fn run(&self, function: &Function, args: impl IntoLuaMulti) -> Result<(u32, Value), Fault> {
        self.limits.begin(self.time_limit);
        let result = function.call::<(u32, Value)>(args);
        let ended = self.limits.end(&self.state.lua, &self.limits);
        let result = match (ended, result) {
            (Some((ended, line)), _) => Err(self.ended(ended, line)),
            (None, Ok((FAULT, what))) => Err(self.told(&what)),
            (None, Ok(answer)) => Ok(answer),
            (None, Err(fault)) => Err(self.fault(&fault)),
        };
        self.count(result.as_ref().err().map(|fault| fault.kind));
        result
    }

    fn count(&self, fault: Option<Kind>) {
        let counts = &mut helpers::lock(&self.sayings).counts;
        counts.calls += 1;
        match fault {
            None => return,
            Some(Kind::Error) => counts.errors += 1,
            Some(Kind::Timeout) => counts.timeouts += 1,
            Some(Kind::Memory) => counts.out_of_memory += 1,
        }
        // What ended early leaves much behind, and at the limit the next call would fail for it.
        let _ = self.state.lua.gc_collect();
    }

    fn ended(&self, ended: Ended, line: u32) -> Fault {
        let at = if line == 0 { self.name.to_string() } else { format!("{}:{line}", self.name) };
        let (kind, what) = match ended {
            Ended::Time => (Kind::Timeout, format!("took longer than {} ms", self.time_limit.as_millis())),
            Ended::Memory => (Kind::Memory, NO_MEMORY.to_owned()),
        };
        Fault { kind, message: cut(&format!("{at}: {what}")) }
    }

    /// What the script threw, as entry.lua says it.
    fn told(&self, what: &Value) -> Fault {
        match what {
            Value::String(text) => {
                let text = text.as_bytes();
                if &*text == NO_MEMORY.as_bytes() { self.no_memory() } else { self.thrown(&text) }
            }
            Value::Integer(number) => error(format!("{}: {number}", self.name)),
            Value::Number(number) => error(format!("{}: {number}", self.name)),
            other => error(format!("{}: error of type {}", self.name, other.type_name())),
        }
    }

    /// Lua puts name and line before most texts that are thrown.
    fn thrown(&self, text: &[u8]) -> Fault {
        let text = clean::clean(text, MAX_MESSAGE);
        let text = match absent(&text) {
            Some(name) => format!("{text}: filters have no {name}, by design"),
            None => text,
        };
        if text.starts_with(&*self.name) { error(text) } else { error(format!("{}: {text}", self.name)) }
    }

    fn fault(&self, fault: &mlua::Error) -> Fault {
        match fault {
            mlua::Error::MemoryError(_) => self.no_memory(),
            mlua::Error::SyntaxError { message, .. } => error(message.clone()),
            mlua::Error::RuntimeError(message) => error(format!("{}: {message}", self.name)),
            mlua::Error::CallbackError { cause, .. } => self.fault(cause),
            other => error(format!("{}: {other}", self.name)),
        }
    }

    fn no_memory(&self) -> Fault {
        Fault { kind: Kind::Memory, message: cut(&format!("{}: {NO_MEMORY}", self.name)) }
    }

    fn made<T>(&self, result: mlua::Result<T>) -> Result<T, Fault> {
        result.map_err(|fault| self.fault(&fault))
    }
}

/// entry.lua's word for a fault.
const FAULT: u32 = 3;

/// entry.lua's word for changes.
const CHANGES: u32 = 4;

/// LuaJIT's words for it (`lj_errmsg.h`, `ERRMEM`).
const NO_MEMORY: &str = "not enough memory";

/// What Lua has elsewhere, and reaches the host.
const ABSENT: &[&str] = &[
    "collectgarbage",
    "debug",
    "dofile",
    "ffi",
    "getfenv",
    "io",
    "jit",
    "load",
    "loadfile",
    "loadstring",
    "module",
    "newproxy",
    "os",
    "package",
    "require",
    "setfenv",
];

/// Which of [`ABSENT`] a message is about: `attempt to call global 'require' (a nil value)`.
fn absent(message: &str) -> Option<&'static str> {
    let (_, rest) = message.split_once(" global '")?;
    let (name, _) = rest.split_once("' (a nil value)")?;
    ABSENT.iter().copied().find(|absent| *absent == name)
}

fn error(message: impl AsRef<str>) -> Fault {
    Fault { kind: Kind::Error, message: cut(message.as_ref()) }
}

fn cut(message: &str) -> String {
    clean::clean(message.as_bytes(), MAX_MESSAGE)
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of some hundred thousand years are exact")]
fn seconds(now: Millis) -> f64 {
    now as f64 / 1000.0
}
