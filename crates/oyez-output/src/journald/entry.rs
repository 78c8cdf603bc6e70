//! One journal entry: a message in, its fields appended, in the bytes of the native protocol.
//!
//! A field is `NAME=VALUE\n`, or, where the value has line feeds, `NAME\n`, its length in 8 bytes, the lowest first, the value and
//! `\n`.

use std::io::Write as _;

use super::Settings;
use crate::parcel::Message;
use crate::time;

/// Says that an entry is an event of oyez: `journalctl MESSAGE_ID=1a51439c7650480e94dc12817408441a`.
pub(super) const MESSAGE_ID: &str = "1a51439c7650480e94dc12817408441a";

/// The fields that are the same in all entries.
pub(super) fn front(settings: &Settings) -> Vec<u8> {
    let mut out = Vec::new();
    field("SYSLOG_IDENTIFIER", settings.identifier.as_bytes(), &mut out);
    field("SYSLOG_FACILITY", settings.facility.number().to_string().as_bytes(), &mut out);
    field("MESSAGE_ID", MESSAGE_ID.as_bytes(), &mut out);
    out
}

/// Appends a message.
pub(super) fn write(front: &[u8], message: &Message<'_>, out: &mut Vec<u8>) {
    let label = &message.label;
    out.extend_from_slice(front);
    // A `Vec` takes all.
    let _ = writeln!(out, "PRIORITY={}", label.level as u8);
    out.extend_from_slice(b"OYEZ_TIME=");
    time::rfc3339(label.time_ms, out);
    out.push(b'\n');
    if !label.id.is_empty() {
        field("OYEZ_ID", label.id.as_bytes(), out);
    }
    field("MESSAGE", message.text(), out);
}

fn field(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    if value.contains(&b'\n') {
        out.push(b'\n');
        out.extend_from_slice(&(value.len() as u64).to_le_bytes());
    } else {
        out.push(b'=');
    }
    out.extend_from_slice(value);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parcel::{Label, Level};

    #[test]
    fn an_entry_is_fields_and_lines_are_counted() {
        let label = Label { id: "m-b-1", time_ms: 1_795_321_200_101, level: Level::Alert, ..Label::default() };
        let written = |lines: &[u8], label| {
            let mut out = Vec::new();
            write(b"", &Message { lines, label }, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            written(b"one\n", label),
            "PRIORITY=1\nOYEZ_TIME=2026-11-22T04:20:00.101Z\nOYEZ_ID=m-b-1\nMESSAGE=one\n"
        );
        let bare = Label { id: "", ..label };
        assert_eq!(
            written(b"one\ntwo\n", bare),
            "PRIORITY=1\nOYEZ_TIME=2026-11-22T04:20:00.101Z\nMESSAGE\n\u{7}\0\0\0\0\0\0\0one\ntwo\n"
        );
        let settings = Settings { identifier: "a\nPRIORITY=0".to_owned(), ..Settings::default() };
        assert!(
            front(&settings).starts_with(b"SYSLOG_IDENTIFIER\n\x0c\0\0\0\0\0\0\0a\nPRIORITY=0\nSYSLOG_FACILITY=10\n")
        );
    }
}
