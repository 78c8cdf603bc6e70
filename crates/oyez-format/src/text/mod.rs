//! One readable line per event, for a person at a terminal.
//!
//! ```text
//! 2026-11-23T04:20:11.360Z  alice→root ses 3  perl -e 'use Socket'  /usr/bin/perl  ok  [exec]  pid 724395
//! 2026-11-23T04:20:12.001Z  alice ses 3  openat by /usr/bin/cat  /etc/shadow  EACCES  [secrets]  pid 724398
//! 2026-11-23T04:20:13.517Z  -→root  USER_LOGIN claims op=login acct=eve addr=192.0.2.7 res=failed  pid 811
//! ```
//!
//! When, node, who, what, on what, further records, result, rule keys, what filters said (`#tag`, `{name=value}`), marks, process:
//! groups two spaces apart, absent ones left out. Whatever others chose is written as a shell word, so no byte of an event can move the cursor, change
//! a colour, end the line, or look like a mark of this format. Long things are cut and say so; it is the JSON format that
//! tells everything. What a failed execve wanted to run is its path: its `PROCTITLE` is the caller's title and never shown.
//!
//! Times are in UTC and look as they do in JSON: a log may come from a host in any zone, and by its time the object of a line
//! is found.

mod deed;
mod details;
mod facts;
pub(crate) mod filters;
mod line;
mod notice;
mod target;
mod who;

use oyez_events::context::Context;
use oyez_events::decode::argv::Argv;
use oyez_events::fields::Fields;
use oyez_events::notice::Notice;
use oyez_events::{End, Event};
use oyez_interpret::plain;

use oyez_interpret::normal::{self, Scratch};

use crate::time::Clock;
use facts::Facts;
use line::{Line, Paint};
use plain::{put, word};

/// Keys shown of one rule.
const MAX_KEYS: usize = 8;

/// What a [`TextFormat`] needs to know.
#[derive(Clone, Debug, Default)]
pub struct TextOptions {
    /// Whether to colour the line (SGR sequences).
    pub color: bool,
    /// The node's name for events that name none; empty for none.
    pub node: Vec<u8>,
}

/// Writes events as text; keeps its buffers from one event to the next.
#[derive(Debug)]
pub struct TextFormat {
    options: TextOptions,
    clock: Clock,
    fields: Fields,
    argv: Argv,
    scratch: Scratch,
}

impl TextFormat {
    /// A format with these options.
    pub fn new(options: TextOptions) -> Self {
        TextFormat {
            options,
            clock: Clock::default(),
            fields: Fields::new(),
            argv: Argv::new(),
            scratch: Scratch::new(),
        }
    }

    /// Appends one line.
    pub fn event(&mut self, event: &Event, context: &Context<'_>, out: &mut Vec<u8>) {
        let facts = facts::gather(event, &mut self.fields, &mut self.argv);
        let id = event.id();
        let mut line = self.begin(out, id.sec, id.ms, event.node());
        who::write(&mut line, &facts);
        deed::write(&mut line, &facts, &self.argv);
        kind_of_the_rest(&mut line, event, &facts);
        target::paths(&mut line, &facts);
        target::sockets(&mut line, &facts);
        details::write(&mut line, event, &facts, &mut self.fields);
        deed::result(&mut line, &facts, normal::result(event, &normal::deed(event), &mut self.scratch));
        keys(&mut line, &facts);
        filters::write(&mut line, context);
        marks(&mut line, event);
        who::process(&mut line, &facts);
        line.end();
    }

    /// Appends one line for an event of oyez's own.
    pub fn notice(&mut self, notice: &Notice<'_>, out: &mut Vec<u8>) {
        let mut line = self.begin(out, notice.sec, notice.ms, b"");
        notice::write(&mut line, notice);
        line.end();
    }

    fn begin<'o>(&mut self, out: &'o mut Vec<u8>, sec: u64, ms: u16, node: &[u8]) -> Line<'o> {
        let mut line = Line::new(out, self.options.color);
        let time = self.clock.text(sec, ms);
        line.group(Some(Paint::Context), |out| out.extend_from_slice(time));
        let node = if node.is_empty() { &self.options.node } else { node };
        if !node.is_empty() {
            line.group(Some(Paint::Context), |out| word(out, node, 255));
        }
        line
    }
}

/// A part of an event that holds none of the records told of so far is at least named.
fn kind_of_the_rest(line: &mut Line<'_>, event: &Event, facts: &Facts<'_>) {
    if facts.has_syscall || facts.has_execve || !facts.details.is_empty() {
        return;
    }
    match event.record(0) {
        Some(record) => line.group(Some(Paint::Deed), |out| details::record_name(out, &record)),
        None => line.group(Some(Paint::Deed), |out| out.extend_from_slice(b"no records")),
    }
}

/// Keys of a rule with several are joined by 0x01 (`AUDIT_KEY_SEPARATOR`, libaudit).
fn keys(line: &mut Line<'_>, facts: &Facts<'_>) {
    let mut scratch = Vec::new();
    let mut is_first = true;
    for value in &facts.keys {
        let Some(joined) = deed::decoded(Some(*value), &mut scratch) else { continue };
        for (index, key) in joined.split(|byte| *byte == 1).take(MAX_KEYS + 1).enumerate() {
            let key = |out: &mut Vec<u8>| {
                out.push(b'[');
                if index < MAX_KEYS {
                    word(out, key, 64);
                } else {
                    out.extend_from_slice("…".as_bytes());
                }
                out.push(b']');
            };
            if is_first {
                line.group(Some(Paint::Key), key);
            } else {
                line.more(Some(Paint::Key), key);
            }
            is_first = false;
        }
    }
}

fn marks(line: &mut Line<'_>, event: &Event) {
    let mut mark = |text: std::fmt::Arguments<'_>| line.group(Some(Paint::Caution), |out| put(out, text));
    if event.part() > 0 {
        mark(format_args!("(part {})", event.part()));
    }
    if event.end().is_early() {
        mark(format_args!("(early)"));
    }
    if event.end() == End::Incomplete {
        mark(format_args!("(incomplete)"));
    }
    if event.is_redacted() {
        mark(format_args!("(redacted)"));
    }
}

#[cfg(test)]
mod tests;
