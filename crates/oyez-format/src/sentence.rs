//! One English sentence per event, for a person who asks what happened.
//!
//! ```text
//! 2026-11-23T04:20:12.001Z  alice, in session 3, tried to open /etc/shadow with /usr/bin/cat: refused (EACCES)  [secrets]
//! ```
//!
//! When, node, the sentence (`oyez_interpret::normal` makes it), the rule's keys, tags of filters (`#tag`). It is short where JSON is whole. Events of
//! oyez's own are told as the text format tells them.

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_events::notice::Notice;
use oyez_interpret::normal::{self, Scratch};
use oyez_interpret::plain::word;
use oyez_tables::key::Key;

use crate::text::{TextFormat, TextOptions, filters};
use crate::time::Clock;

/// Longest name of a node shown, in bytes.
const NODE_LIMIT: usize = 255;
/// Keys shown, and the longest of one, in bytes.
const MAX_KEYS: usize = 8;
const KEY_LIMIT: usize = 64;

/// Writes events as sentences; keeps its buffers from one event to the next.
#[derive(Debug)]
pub struct SentenceFormat {
    node: Vec<u8>,
    clock: Clock,
    scratch: Scratch,
    fields: Fields,
    decoded: Vec<u8>,
    notices: TextFormat,
}

impl SentenceFormat {
    /// A format that names `node` in events that name none; an empty one is not named.
    pub fn new(node: Vec<u8>) -> Self {
        let notices = TextFormat::new(TextOptions { color: false, node: node.clone() });
        let (fields, decoded) = (Fields::new(), Vec::new());
        SentenceFormat { node, clock: Clock::default(), scratch: Scratch::new(), fields, decoded, notices }
    }

    /// Appends one line.
    pub fn event(&mut self, event: &Event, context: &Context<'_>, out: &mut Vec<u8>) {
        let id = event.id();
        out.extend_from_slice(self.clock.text(id.sec, id.ms));
        out.extend_from_slice(b"  ");
        let node = if event.node().is_empty() { &self.node } else { event.node() };
        if !node.is_empty() {
            word(out, node, NODE_LIMIT);
            out.extend_from_slice(b"  ");
        }
        normal::sentence(event, context, &mut self.scratch, out);
        self.keys(event, out);
        if !context.tags.is_empty() {
            out.extend_from_slice(b"  ");
            filters::tags(context, out);
        }
        out.push(b'\n');
    }

    /// The keys of the rules that matched; several are joined by byte 1 (`AUDIT_KEY_SEPARATOR`, linux/audit.h).
    fn keys(&mut self, event: &Event, out: &mut Vec<u8>) {
        let Some(record) = event.record(event.main()) else { return };
        self.fields.split(&record);
        let is_key = |field: &&Field| field.key == FieldKey::Known(Key::Key) && field.form != Form::Torn;
        let Some(field) = self.fields.own().iter().find(is_key) else { return };
        let Text::Bytes(keys) = untrusted(field.value.of(record.body()), field.form, &mut self.decoded) else { return };
        for (index, key) in keys.split(|byte| *byte == 1).take(MAX_KEYS).enumerate() {
            out.extend_from_slice(if index == 0 { b"  [" } else { b" [" });
            word(out, key, KEY_LIMIT);
            out.push(b']');
        }
    }

    /// Appends one line for an event of oyez's own.
    pub fn notice(&mut self, notice: &Notice<'_>, out: &mut Vec<u8>) {
        self.notices.notice(notice, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_events::group::{Grouper, Limits, Timing};
    use oyez_events::parse::LineParser;

    fn lines(log: &str, node: &[u8]) -> String {
        let (mut parser, mut format, mut out) = (LineParser::new(), SentenceFormat::new(node.to_vec()), Vec::new());
        let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
        for line in log.lines() {
            let record = parser.line(line.as_bytes()).unwrap();
            grouper.push(&record, 0, &mut |event| format.event(event, &Context::default(), &mut out));
        }
        grouper.finish(&mut |event| format.event(event, &Context::default(), &mut out));
        String::from_utf8(out).unwrap()
    }

    const REFUSED: &str = "\
type=SYSCALL msg=audit(1763871611.360:7): arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7ffe a2=0 a3=0 items=1 \
ppid=1 pid=42 auid=1000 uid=1000 gid=0 euid=1000 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=3 comm=\"cat\" \
exe=\"/usr/bin/cat\" key=6B310161
type=CWD msg=audit(1763871611.360:7): cwd=\"/root\"
type=PATH msg=audit(1763871611.360:7): item=0 name=2F6574632F780A79 inode=1 dev=fd:01 mode=0100600 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
type=PROCTITLE msg=audit(1763871611.360:7): proctitle=\"cat\"
";

    #[test]
    fn an_event_is_a_sentence_with_its_keys() {
        let line = lines(REFUSED, b"");
        assert!(line.starts_with("2025-11-23T04:20:11.360Z  uid 1000, in session 3, tried to "), "{line}");
        assert!(line.contains("$'/etc/x\\ny'") && line.contains("with /usr/bin/cat: refused (EACCES)"), "{line}");
        assert!(line.ends_with("  [k1] [a]\n") && line.lines().count() == 1, "{line}");
    }

    #[test]
    fn the_node_is_named_where_there_is_one() {
        assert!(lines(REFUSED, b"web-1").starts_with("2025-11-23T04:20:11.360Z  web-1  uid 1000"));
        let of_log = lines(&REFUSED.replace("type=", "node=db type="), b"web-1");
        assert!(of_log.starts_with("2025-11-23T04:20:11.360Z  db  uid 1000"), "{of_log}");
    }
}
