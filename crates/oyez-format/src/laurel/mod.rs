//! One JSON object per event as laurel 0.8 writes it, so that whoever fed a store with laurel can go on with oyez.
//!
//! ```text
//! {"NODE":"web-1","ID":"1626611363.720:348501","SYSCALL":{"arch":"0xc000003e","syscall":59,…,"ARCH":"x86_64",…,
//! "ARGV":["0x55c0","0x0"],"PID":{…}},"EXECVE":{"argc":1,"ARGV":["ls"]},"PATH":[{…},{…}],"PROCTITLE":{"ARGV":["ls"]}}
//! ```
//!
//! Members are named by record type. `SYSCALL`, `EXECVE`, `CWD`, `PROCTITLE` and records of user space are objects, all other
//! types of the kernel lists of objects, in the order in which types first come. Fields keep their names and order; what they
//! mean follows in upper case, as auditd's ENRICHED format has it and laurel hands it on by default. What oyez knows of the
//! process besides is told where laurel has a member for it (`context`). laurel knows no filters that say something of an event:
//! `TAGS` and `ADDED`, last of all, are oyez's own, and only there where a filter said something.
//!
//! Facts are from laurel's documentation and the output of its tests; docs/formats.md lists where oyez differs. A record that
//! laurel would refuse is told as far as it goes: words that are no field under `WORDS`, types without a number under `UNKNOWN`.

mod claims;
mod context;
mod kind;
mod object;
mod record;
mod string;
mod value;

use std::collections::HashMap;
use std::io::Write as _;

use foldhash::quality::RandomState;
use oyez_events::context::Context;
use oyez_events::notice::{Notice, Value};
use oyez_events::{Event, EventId};
use oyez_tables::record_type;

use crate::raw::type_name;
use record::Records;
use string::string;

/// What a [`LaurelFormat`] needs to know.
#[derive(Clone, Debug, Default)]
pub struct LaurelOptions {
    /// The node's name for events that name none; empty for none.
    pub node: Vec<u8>,
}

/// Writes events as laurel does; keeps its buffers from one event to the next.
#[derive(Debug)]
pub struct LaurelFormat {
    node: Vec<u8>,
    records: Records,
    /// For each type its place among the event's types.
    ranks: HashMap<u16, u32, RandomState>,
    /// The event's records: the rank of the type, and the place in the event.
    order: Vec<(u32, usize)>,
}

impl LaurelFormat {
    /// A format with these options.
    pub fn new(options: LaurelOptions) -> Self {
        LaurelFormat { node: options.node, records: Records::new(), ranks: HashMap::default(), order: Vec::new() }
    }

    /// Appends one object and a newline.
    pub fn event(&mut self, event: &Event, context: &Context<'_>, out: &mut Vec<u8>) {
        self.head(event.node(), event.id(), out);
        self.arrange(event);
        let Self { records, order, .. } = self;
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            let Some(first) = group.first().and_then(|(_, index)| event.record(*index)) else { continue };
            let same = || group.iter().filter_map(|(_, index)| event.record(*index));
            out.extend_from_slice(b",\"");
            match first.number() {
                0 => out.extend_from_slice(b"UNKNOWN"),
                _ => type_name(&first, out),
            }
            out.extend_from_slice(b"\":");
            match first.number() {
                record_type::SYSCALL | record_type::EXECVE | record_type::CWD | record_type::PROCTITLE => {
                    records.joined(event, same(), context, out);
                }
                number if group.len() == 1 && !is_listed(number) => records.joined(event, same(), context, out),
                _ => records.listed(event, same(), context, out),
            }
        }
        context::filters(context, out);
        out.extend_from_slice(b"}\n");
    }

    /// Appends one object and a newline for an event of oyez's own: a member named by its kind, and the serial 0.
    pub fn notice(&mut self, notice: &Notice<'_>, out: &mut Vec<u8>) {
        self.head(b"", EventId { sec: notice.sec, ms: notice.ms, serial: 0 }, out);
        out.push(b',');
        string(notice.kind.as_bytes(), out);
        out.extend_from_slice(b":{");
        for (index, (key, value)) in notice.fields.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            string(key.as_bytes(), out);
            out.push(b':');
            match value {
                Value::Number(number) => drop(write!(out, "{number}")),
                Value::Signed(number) => drop(write!(out, "{number}")),
                Value::Flag(flag) => drop(write!(out, "{flag}")),
                Value::Text(text) => string(text, out),
            }
        }
        out.extend_from_slice(b"}}\n");
    }

    fn head(&self, node: &[u8], id: EventId, out: &mut Vec<u8>) {
        let node = if node.is_empty() { &self.node } else { node };
        out.push(b'{');
        if !node.is_empty() {
            out.extend_from_slice(b"\"NODE\":");
            string(node, out);
            out.push(b',');
        }
        // Writing to a Vec cannot fail.
        let _ = write!(out, "\"ID\":\"{}.{:03}:{}\"", id.sec, id.ms, id.serial);
    }

    /// Puts records of one type together, where the first of them stands.
    fn arrange(&mut self, event: &Event) {
        self.ranks.clear();
        self.order.clear();
        let mut next = 0u32;
        for (index, number) in event.numbers().enumerate() {
            let rank = *self.ranks.entry(number).or_insert_with(|| {
                next += 1;
                next
            });
            self.order.push((rank, index));
        }
        self.order.sort_unstable();
    }
}

/// Whether records of this type come as a list even where there is one: laurel's "multipart" types are the kernel's of
/// 1300 to 2099 and `LOGIN`. Those without a number are listed as well.
fn is_listed(number: u16) -> bool {
    matches!(number, 0 | 1300..2100 | record_type::LOGIN)
}

#[cfg(test)]
mod tests;
