//! How long a script may run and how much memory its values may take: the hook that looks at both.
//!
//! LuaJIT calls the hook after every [`EVERY`] instructions of its interpreter. Once the deadline is past, the hook ends what
//! runs with an error, and is set to come after each single instruction, so that `pcall`, error handlers and coroutines that
//! catch the error end as well. This is the one place of this crate that reads a clock.
//!
//! Memory is looked at too, before the allocator's own limit fails what needs it in the middle: LuaJIT does not collect garbage
//! then, and leaves a closure's size wrong that could not be finished (`lj_func_newL_gc`). So from seven eighths of the limit on
//! garbage is collected, and where that does not help the call ends, as when it took too long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mlua::debug::Debug;
use mlua::{HookTriggers, Lua, VmState};

/// Instructions between two looks at the clock: about 2 µs of plain code. One instruction can join texts as large as the
/// memory limit allows, and some tens of those can come between two looks.
const EVERY: u32 = 250;

/// How far up the stack the script's own line is looked for.
const FRAMES: usize = 16;

/// What ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Time,
    Memory,
}

/// The limits of the call that runs.
#[derive(Debug)]
pub(super) struct Limits {
    base: Instant,
    /// In nanoseconds since `base`.
    deadline: AtomicU64,
    is_over: AtomicBool,
    /// Whether it was memory that ended it.
    is_short: AtomicBool,
    /// What values may take, in bytes.
    memory: usize,
    /// The script's line that ran when time was up; 0 for none.
    line: AtomicU32,
    /// What the script is called, as its code's source.
    source: String,
}

impl Limits {
    /// Without a deadline yet, for the script called `name`, of which `memory` is the allocator's limit in bytes.
    pub(super) fn new(name: &str, memory: usize) -> Self {
        Limits {
            base: Instant::now(),
            deadline: AtomicU64::new(u64::MAX),
            is_over: AtomicBool::new(false),
            is_short: AtomicBool::new(false),
            memory: memory - memory / 8,
            line: AtomicU32::new(0),
            source: format!("@{name}"),
        }
    }

    /// Begins a call that may take `limit`.
    pub(super) fn begin(&self, limit: Duration) {
        let deadline = (self.base.elapsed() + limit).as_nanos();
        self.deadline.store(u64::try_from(deadline).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Ends a call: says whether it was ended, and by what, with the script's line or 0.
    pub(super) fn end(&self, lua: &Lua, this: &Arc<Limits>) -> Option<(Ended, u32)> {
        self.deadline.store(u64::MAX, Ordering::Relaxed);
        if !self.is_over.swap(false, Ordering::Relaxed) {
            return None;
        }
        // It fails for want of memory alone, and then looks after each instruction, which is slow and not wrong.
        let _ = watch(lua, this, EVERY);
        let ended = if self.is_short.swap(false, Ordering::Relaxed) { Ended::Memory } else { Ended::Time };
        Some((ended, self.line.swap(0, Ordering::Relaxed)))
    }

    /// Whether the call is to end.
    fn is_beyond(&self, lua: &Lua) -> bool {
        if self.is_over.load(Ordering::Relaxed) || self.is_late() {
            return true;
        }
        if lua.used_memory() <= self.memory {
            return false;
        }
        let is_short = lua.gc_collect().is_err() || lua.used_memory() > self.memory;
        self.is_short.store(is_short, Ordering::Relaxed);
        is_short
    }

    fn is_late(&self) -> bool {
        self.base.elapsed().as_nanos() > u128::from(self.deadline.load(Ordering::Relaxed))
    }
}

/// Has `limits` kept in all that `lua` runs.
///
/// # Errors
/// Memory is short.
pub(super) fn guard(lua: &Lua, limits: &Arc<Limits>) -> mlua::Result<()> {
    watch(lua, limits, EVERY)
}

/// Looks at the clock now: called by what a script can have done much of in one instruction. The next instruction ends it.
pub(super) fn check(lua: &Lua, limits: &Arc<Limits>) {
    if limits.is_late() && !limits.is_over.load(Ordering::Relaxed) {
        // As in `end`: without memory the usual look comes soon.
        let _ = watch(lua, limits, 1);
    }
}

/// Has `make` make values of Lua that take `bytes` at most.
///
/// With a limit of its allocator, mlua makes a call of Lua for each value, as any could fail. Where all of it is sure to find room
/// that is taken off for the while: half of the limit is kept free for what Lua makes larger on the way, which is its table
/// of texts (8 bytes of at most twice as many places as there are texts, each of at least 24 bytes). `make` must not run
/// anything of a script; collected garbage does not either, as scripts have no finalizers.
pub(super) fn roomy<R>(lua: &Lua, bytes: usize, make: impl FnOnce() -> R) -> R {
    let Ok(limit) = lua.set_memory_limit(0) else { return make() };
    let limited = Limited { lua, limit };
    if lua.used_memory().saturating_add(bytes) > limit / 2 {
        drop(limited);
        return make();
    }
    make()
}

/// Puts the limit back, however what is done without it ends.
struct Limited<'l> {
    lua: &'l Lua,
    limit: usize,
}

impl Drop for Limited<'_> {
    fn drop(&mut self) {
        // There is an allocator of mlua's, or no limit would have been taken off.
        let _ = self.lua.set_memory_limit(self.limit);
    }
}

fn watch(lua: &Lua, limits: &Arc<Limits>, every: u32) -> mlua::Result<()> {
    let limits = Arc::clone(limits);
    lua.set_global_hook(HookTriggers::new().every_nth_instruction(every), move |lua, debug| {
        if !limits.is_beyond(lua) {
            return Ok(VmState::Continue);
        }
        if !limits.is_over.swap(true, Ordering::Relaxed) {
            limits.line.store(line(lua, debug, &limits.source), Ordering::Relaxed);
            watch(lua, &limits, 1)?;
        }
        Err(mlua::Error::RuntimeError(String::new()))
    })
}

/// The line of the script that runs, or that called what runs; 0 for none.
fn line(lua: &Lua, debug: &Debug<'_>, source: &str) -> u32 {
    let of = |debug: &Debug<'_>| {
        let is_script = debug.source().source.is_some_and(|other| other == source);
        debug.current_line().filter(|_| is_script)
    };
    let found = of(debug).or_else(|| (0..FRAMES).find_map(|level| lua.inspect_stack(level, of).flatten()));
    found.and_then(|line| u32::try_from(line).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    const LIMIT: usize = 1 << 20;

    /// Whether the limit is off while something of `bytes` is made.
    fn is_off(lua: &Lua, bytes: usize) -> bool {
        roomy(lua, bytes, || {
            let limit = lua.set_memory_limit(LIMIT).unwrap();
            lua.set_memory_limit(limit).unwrap();
            limit == 0
        })
    }

    #[test]
    fn the_limit_is_off_only_where_half_of_it_is_enough_and_comes_back() {
        let lua = Lua::new();
        lua.set_memory_limit(LIMIT).unwrap();
        assert!(is_off(&lua, 1000));
        for bytes in [LIMIT / 2, LIMIT, usize::MAX] {
            assert!(!is_off(&lua, bytes), "{bytes}");
        }
        let kept = lua.create_string(vec![b'x'; LIMIT / 2]).unwrap();
        assert!(!is_off(&lua, 0));
        drop(kept);
        lua.gc_collect().unwrap();
        assert!(is_off(&lua, 1000));
        assert!(catch_unwind(AssertUnwindSafe(|| roomy(&lua, 0, || panic!("no")))).is_err());
        assert_eq!(lua.set_memory_limit(LIMIT).unwrap(), LIMIT);
        assert!(lua.create_string(vec![b'x'; LIMIT]).is_err());
    }
}
