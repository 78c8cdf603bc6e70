//! auditd's own log, as it writes it with `log_format = RAW` (auditd.conf(5)): what ausearch and aureport read.
//!
//! ```text
//! node=web-1 type=CWD msg=audit(1626611363.720:348501): cwd="/root"
//! ```
//!
//! One line per record, in the order of arrival; the body's bytes are the kernel's. As auditd does (src/auditd-event.c,
//! `format_raw`) newlines are written as spaces, white space and NULs at the end are left out, a number without a name is
//! `UNKNOWN[n]`, and `node=` stands in front where the record or the settings name one. A NUL within a body, at which auditd would
//! cut it, is a space too. `EOE` is no record of an event, and auditd does not write it either. Nothing is cut and nothing is
//! refused. What an ENRICHED log says behind byte 0x1d is left out: it is not the kernel's. Nor
//! is what filters said of an event: auditd's log has no place for that.
//!
//! What oyez itself has to say is a line of the same form with its own type and the serial 0, for the kernel begins at 1
//! (kernel/audit.c, `audit_serial`): `type=OYEZ_LOSS msg=audit(1626611363.720:0): where="queue" count=3 …`. ausearch shows
//! it as an event of its own.

use std::io::Write as _;

use oyez_events::notice::{Notice, Value};
use oyez_events::{Event, EventId, Record};

/// What a [`RawFormat`] needs to know.
#[derive(Clone, Debug, Default)]
pub struct RawOptions {
    /// The node's name for events that name none (auditd's `name_format`); empty for none.
    pub node: Vec<u8>,
}

/// Writes events as auditd's log; keeps its buffer from one event to the next.
#[derive(Debug, Default)]
pub struct RawFormat {
    node: Vec<u8>,
    /// ` msg=audit(SEC.MS:SERIAL):` of the event.
    stamp: Vec<u8>,
}

impl RawFormat {
    /// A format with these options.
    pub fn new(options: RawOptions) -> Self {
        RawFormat { node: options.node, stamp: Vec::new() }
    }

    /// Appends one line per record.
    pub fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        self.records(event, out, |_, _| {});
    }

    /// Appends one line for an event of oyez's own.
    pub fn notice(&mut self, notice: &Notice<'_>, out: &mut Vec<u8>) {
        self.stamp(EventId { sec: notice.sec, ms: notice.ms, serial: 0 });
        self.front(b"", out);
        out.extend_from_slice(notice.kind.as_bytes());
        out.extend_from_slice(&self.stamp);
        for (key, value) in notice.fields {
            pair(key, *value, out);
        }
        out.push(b'\n');
    }

    /// Appends one line per record, each ended by what `end` appends of it.
    pub(crate) fn records(&mut self, event: &Event, out: &mut Vec<u8>, mut end: impl FnMut(&Record<'_>, &mut Vec<u8>)) {
        self.stamp(event.id());
        for record in event.records() {
            self.front(event.node(), out);
            type_name(&record, out);
            out.extend_from_slice(&self.stamp);
            if !record.body().is_empty() {
                out.push(b' ');
                harmless(record.body(), out);
            }
            end(&record, out);
            out.push(b'\n');
        }
    }

    fn stamp(&mut self, id: EventId) {
        self.stamp.clear();
        // Writing to a Vec cannot fail.
        let _ = write!(self.stamp, " msg=audit({}.{:03}:{}):", id.sec, id.ms, id.serial);
    }

    /// Appends what stands in front of the type's name.
    fn front(&self, node: &[u8], out: &mut Vec<u8>) {
        let node = if node.is_empty() { &self.node } else { node };
        if !node.is_empty() {
            out.extend_from_slice(b"node=");
            harmless(node, out);
            out.push(b' ');
        }
        out.extend_from_slice(b"type=");
    }
}

/// Appends the type's name, `UNKNOWN[n]` for a number without one.
pub(crate) fn type_name(record: &Record<'_>, out: &mut Vec<u8>) {
    if record.name().is_empty() {
        let _ = write!(out, "UNKNOWN[{}]", record.number());
    } else {
        out.extend_from_slice(record.name());
    }
}

/// Appends `text` with spaces for what would end a line, or a string in C.
pub(crate) fn harmless(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'\n', 0, rest) {
        let (front, back) = rest.split_at_checked(at).unwrap_or_default();
        out.extend_from_slice(front);
        out.push(b' ');
        rest = back.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

fn pair(key: &str, value: Value<'_>, out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(key.as_bytes());
    out.push(b'=');
    match value {
        Value::Number(number) => drop(write!(out, "{number}")),
        Value::Signed(number) => drop(write!(out, "{number}")),
        Value::Flag(flag) => out.extend_from_slice(if flag { b"yes" } else { b"no" }),
        Value::Text(text) => untrusted(text, out),
    }
}

/// Appends `text` as the kernel writes what it does not trust (kernel/audit.c, `audit_log_untrustedstring`): in quotes, or in
/// hex where it holds a quote, a byte below 0x21 or one above 0x7e.
pub(crate) fn untrusted(text: &[u8], out: &mut Vec<u8>) {
    if text.iter().all(|byte| matches!(byte, 0x21 | 0x23..=0x7e)) {
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
    } else {
        hex(text, b"0123456789ABCDEF", out);
    }
}

/// Appends `bytes` in hex with these digits.
pub(crate) fn hex(bytes: &[u8], digits: &[u8; 16], out: &mut Vec<u8>) {
    let digit = |half: u8| digits[usize::from(half & 15)];
    out.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_events;

    fn raw(node: &str, lines: &[&str]) -> String {
        let mut format = RawFormat::new(RawOptions { node: node.as_bytes().to_vec() });
        let mut out = Vec::new();
        test_events::read(lines, &mut |event| format.event(event, &mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_raw_log_comes_out_as_it_was() {
        let lines = [
            "type=SYSCALL msg=audit(1626611363.720:348501): arch=c000003e syscall=59 key=\"exec\"",
            "type=CWD msg=audit(1626611363.720:348501): cwd=\"/root\"",
            "type=UNKNOWN[1999] msg=audit(1626611363.720:348501): odd=\"\u{e4}\"",
            "type=NEW_NAME msg=audit(1626611363.720:348501): x",
            "type=PROCTITLE msg=audit(1626611363.720:348501): proctitle=6C73002D6C",
        ];
        assert_eq!(raw("", &lines), lines.join("\n") + "\n");
    }

    #[test]
    fn the_records_of_an_event_come_together() {
        let (a, b) = ("type=CWD msg=audit(1.000:1): cwd=\"/a\"", "type=CWD msg=audit(1.000:2): cwd=\"/b\"");
        let title = "type=PROCTITLE msg=audit(1.000:1): proctitle=\"x\"";
        assert_eq!(raw("", &[a, b, title]), [a, title, b].join("\n") + "\n");
    }

    #[test]
    fn the_tail_and_the_white_space_at_the_end_are_left_out() {
        assert_eq!(
            raw(
                "",
                &["type=CWD msg=audit(1.2:3): cwd=\"/\" \r\0", "type=LOGIN msg=audit(1.2:3): uid=0\u{1d}UID=\"root\""]
            ),
            "type=CWD msg=audit(1.002:3): cwd=\"/\"\ntype=LOGIN msg=audit(1.002:3): uid=0\n"
        );
        assert_eq!(raw("", &["type=CWD msg=audit(1.2:3): "]), "type=CWD msg=audit(1.002:3):\n");
    }

    #[test]
    fn the_nodes_own_name_goes_before_the_one_in_the_settings() {
        let lines = ["node=a type=CWD msg=audit(1.002:3): x", "type=CWD msg=audit(1.002:4): x"];
        assert_eq!(raw("b", &lines), format!("{}\nnode=b {}\n", lines[0], lines[1]));
    }

    #[test]
    fn what_would_end_a_line_is_a_space() {
        let mut out = Vec::new();
        harmless(b"a\nb\0\0c\n", &mut out);
        assert_eq!(out, b"a b  c ");
    }

    #[test]
    fn oyezs_own_events_have_its_types_and_the_serial_0() {
        let fields = [
            ("where", Value::Text(&b"queue"[..])),
            ("count", Value::Number(3)),
            ("raw", Value::Text(b"a \"b\"\n")),
            ("late", Value::Flag(true)),
        ];
        let mut out = Vec::new();
        let notice = Notice { sec: 1, ms: 20, number: 0, kind: "OYEZ_LOSS", fields: &fields };
        RawFormat::new(RawOptions { node: b"n".to_vec() }).notice(&notice, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "node=n type=OYEZ_LOSS msg=audit(1.020:0): where=\"queue\" count=3 raw=61202262220A late=yes\n"
        );
    }
}
