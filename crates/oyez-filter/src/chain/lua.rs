//! A script in Lua, with what makes events of its answers.

use std::sync::Arc;

use oyez_events::group::{Limits, Millis};
use oyez_format::json::JsonOptions;

use super::link::Known;
use super::script::{Says, Scripted};
use crate::Tree;
use crate::edit::Rewriter;
use crate::lua::{self, Answer};
use crate::spec;
use crate::tell::Told;
use crate::view::{Read as _, View};

/// How often a script is told the time, in milliseconds.
const TICK_MS: Millis = 1_000;

/// A script that was started.
pub(super) struct Lua {
    script: lua::Script,
    rewriter: Rewriter,
    /// Whether it has a `tick`, and when that is due.
    ticks: bool,
    next_tick: Millis,
}

impl Lua {
    /// Starts one.
    ///
    /// # Errors
    /// What is wrong with it, and in which line, where that is known.
    pub(super) fn compile(
        name: &str,
        spec: &spec::Script,
        (options, limits): (&JsonOptions, Limits),
    ) -> Result<Lua, (Option<usize>, String)> {
        let (config, time_limit, memory_limit) = (spec.config.clone(), spec.time_limit, spec.memory_limit);
        let settings = lua::Settings { config, memory_limit, time_limit };
        let script =
            lua::Script::compile(name, &spec.source, &settings).map_err(|fault| place(name, &fault.message))?;
        let ticks = script.ticks();
        Ok(Lua { script, ticks, rewriter: Rewriter::new(options.clone(), limits), next_tick: 0 })
    }
}

/// Which line a message of Lua's is about (`NAME:LINE: …`), and what it says of it.
fn place(name: &str, message: &str) -> (Option<usize>, String) {
    let rest = message.strip_prefix(name).and_then(|rest| rest.strip_prefix(':'));
    let told = rest.and_then(|rest| {
        let (line, what) = rest.split_once(':')?;
        Some((line.parse().ok()?, what.trim_start().to_owned()))
    });
    told.map_or_else(|| (None, message.to_owned()), |(line, what)| (Some(line), what))
}

impl Scripted for Lua {
    fn call(&mut self, view: &mut View<'_>, now: Millis) -> Result<Says, String> {
        match self.script.call(view, now) {
            Ok(Answer::Pass) => Ok(Says::Pass),
            Ok(Answer::Drop) => Ok(Says::Drop),
            Ok(Answer::Rewrite(tree)) => Ok(Says::Rewrite(tree)),
            Err(fault) => Err(fault.message),
        }
    }

    fn rewrite(&mut self, view: &mut View<'_>, (event, context): Known<'_>, tree: &Tree) -> Result<bool, String> {
        // Of a table that was meant for event:with() nothing would be left but what it changes.
        if tree.get(b"kind").is_none() {
            return Err(
                "the returned table is no event, it has no kind: return event:with{…} to change some of it".into()
            );
        }
        let root = view.root().ok_or("the event cannot be read")?;
        self.rewriter.rewrite(event, &context, root, tree).map_err(|invalid| invalid.to_string())?;
        Ok(self.rewriter.is_changed())
    }

    fn rewritten<'a>(&'a self, (event, context): Known<'a>) -> Known<'a> {
        self.rewriter.rewritten(event, &context)
    }

    fn tick(&mut self, now: Millis) -> Result<(), String> {
        self.next_tick = now.saturating_add(TICK_MS);
        self.script.tick(now).map_err(|fault| fault.message)
    }

    fn finish(&mut self, now: Millis) -> Result<(), String> {
        self.script.finish(now).map_err(|fault| fault.message)
    }

    fn deadline(&self) -> Option<Millis> {
        self.ticks.then_some(self.next_tick)
    }

    fn counters(&self) -> Vec<(Arc<str>, i64)> {
        self.script.counters()
    }

    fn emitted(&mut self, tell: &mut dyn FnMut(Told)) {
        self.script.emitted(tell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_script_are_found_in_messages() {
        assert_eq!(place("x", "x:3: '=' expected near 'y'"), (Some(3), "'=' expected near 'y'".to_owned()));
        assert_eq!(place("a:b", "a:b:12: no"), (Some(12), "no".to_owned()));
        for message in ["x: not enough memory", "y:3: z", "x"] {
            assert_eq!(place("x", message), (None, message.to_owned()));
        }
    }
}
