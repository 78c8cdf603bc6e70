//! Specs → a chain: matchers that stand together are compiled into one block, scripts stand alone.
//!
//! Everything that is wrong with any of them is found, not only the first. Leading matchers that need an event's records alone
//! are a block of their own, so that what they drop costs no more than its records.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use oyez_events::group::Limits;
use oyez_format::json::JsonOptions;

use super::counts::Stopwatch;
use super::link::Link;
use super::lua::Lua;
use super::matchers::MatcherLink;
use super::script::ScriptLink;
use super::{Clock, Filters, Slot};
use crate::Tree;
use crate::field::Source;
use crate::matcher::{Action, Condition, Matchers, Rule};
use crate::spec::{Fault, Script, Spec, What};

/// How a chain is made.
#[derive(Debug)]
pub struct Settings {
    /// How the events are written, as far as that shows in their fields.
    pub options: JsonOptions,
    /// How large an event may become by being rewritten.
    pub limits: Limits,
    /// Which matchers are compiled together.
    pub blocks: Blocks,
    /// What measures their time.
    pub clock: Clock,
}

impl Default for Settings {
    /// Measures nothing.
    fn default() -> Self {
        let clock = Clock { now: || Duration::ZERO, every: 0 };
        Settings { options: JsonOptions::default(), limits: Limits::default(), blocks: Blocks::default(), clock }
    }
}

/// Which matchers are compiled together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blocks {
    /// Those that stand together: what a thousand cost depends little on how many they are.
    #[default]
    Together,
    /// None: what each does can be seen by itself.
    Alone,
}

/// A filter that does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Which, from 0.
    pub filter: usize,
    /// What is wrong with it.
    pub cause: Cause,
}

/// What is wrong with a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Something in its condition.
    Condition(Fault),
    /// Its action.
    Action(String),
    /// It is one too many.
    TooMany(String),
    /// Its script.
    Script {
        /// The line of the script, from 1, where that is known.
        line: Option<usize>,
        /// What is wrong.
        message: String,
    },
}

impl Filters {
    /// Compiles these filters.
    ///
    /// # Errors
    /// All that is wrong with them, in their order.
    pub fn compile(specs: &[Spec], settings: &Settings) -> Result<Filters, Vec<Wrong>> {
        let mut compiler = Compiler { settings, slots: Vec::new(), block: Vec::new(), wrongs: Vec::new() };
        for (filter, spec) in specs.iter().enumerate() {
            match &spec.what {
                What::Match { condition, action } => compiler.matcher(filter, spec, (condition, action)),
                What::Script(script) => compiler.script(filter, spec, script),
            }
        }
        compiler.close();
        let Compiler { slots, wrongs, .. } = compiler;
        if wrongs.is_empty() { Ok(Filters::of(slots, settings.options.clone(), settings.limits)) } else { Err(wrongs) }
    }
}

struct Compiler<'s> {
    settings: &'s Settings,
    slots: Vec<Slot>,
    /// Matchers that are to be compiled together, each with its place.
    block: Vec<(usize, &'s Spec, Rule)>,
    wrongs: Vec<Wrong>,
}

impl<'s> Compiler<'s> {
    fn matcher(&mut self, filter: usize, spec: &'s Spec, (condition, action): (&Tree, &str)) {
        let mut faults = Vec::new();
        let condition = Condition::parse(condition, &mut faults);
        self.wrongs.extend(faults.into_iter().map(|fault| Wrong { filter, cause: Cause::Condition(fault) }));
        let action = Action::parse(action).map_err(|message| self.wrong(filter, Cause::Action(message)));
        let (Some(condition), Ok(action)) = (condition, action) else { return };
        let rule = Rule { name: Arc::clone(&spec.name), condition, action };
        if self.begins_anew(&rule) {
            self.close();
        }
        self.block.push((filter, spec, rule));
    }

    /// Whether the rule does not belong to the open block.
    fn begins_anew(&self, rule: &Rule) -> bool {
        let is_leading = self.slots.is_empty();
        let is_early = |rule: &Rule| rule.source() == Source::Records;
        self.block.last().is_some_and(|(_, _, last)| {
            self.settings.blocks == Blocks::Alone || (is_leading && is_early(last) && !is_early(rule))
        })
    }

    /// Compiles the open block.
    fn close(&mut self) {
        let block = std::mem::take(&mut self.block);
        let Some((first, _, _)) = block.first() else { return };
        let filter = *first;
        let (specs, rules) = block.into_iter().map(|(_, spec, rule)| (spec.clone(), rule)).unzip();
        match Matchers::new(rules) {
            Ok(matchers) => self.push(specs, Box::new(MatcherLink::new(matchers))),
            Err(error) => self.wrong(filter, Cause::TooMany(error.to_string())),
        }
    }

    fn script(&mut self, filter: usize, spec: &Spec, script: &Script) {
        self.close();
        match Lua::compile(&spec.name, script, (&self.settings.options, self.settings.limits)) {
            Ok(lua) => {
                let link = ScriptLink::new(Arc::clone(&spec.name), lua, script.on_error, script.max_errors);
                self.push(vec![spec.clone()], Box::new(link));
            }
            Err((line, message)) => self.wrong(filter, Cause::Script { line, message }),
        }
    }

    fn push(&mut self, specs: Vec<Spec>, link: Box<dyn Link>) {
        let watch = Stopwatch::new(self.settings.clock);
        self.slots.push(Slot { link, specs, watch, is_changed: false });
    }

    fn wrong(&mut self, filter: usize, cause: Cause) {
        self.wrongs.push(Wrong { filter, cause });
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Condition(fault) => write!(f, "match: {fault}"),
            Cause::Action(message) => write!(f, "action: {message}"),
            Cause::Script { line: Some(line), message } => write!(f, "line {line}: {message}"),
            Cause::TooMany(message) | Cause::Script { line: None, message } => f.write_str(message),
        }
    }
}
