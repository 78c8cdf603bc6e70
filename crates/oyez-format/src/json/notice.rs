//! Events of oyez's own.

use oyez_events::notice::{Notice, Value};

use super::object::{close, text_member};
use super::out::Out;
use super::{JsonFormat, number, string};

pub(super) fn write(format: &mut JsonFormat, notice: &Notice<'_>, out: &mut Out) {
    out.extend_from_slice(b"{\"v\":1,\"time\":\"");
    out.extend_from_slice(format.clock.text(notice.sec, notice.ms));
    out.push(b'"');
    if !format.boot.is_empty() {
        out.extend_from_slice(b",\"boot\":");
        string::quoted(out, &format.boot);
    }
    if let Some(ids) = &mut format.ids {
        out.extend_from_slice(b",\"id\":\"");
        ids.stamp_of(notice, out);
        out.push(b'"');
    }
    if !format.node.is_empty() {
        out.extend_from_slice(b",\"node\":");
        text_member(out, b"node", &format.node);
    }
    out.extend_from_slice(b",\"kind\":");
    string::quoted(out, notice.kind.as_bytes());
    out.extend_from_slice(b",\"origin\":\"oyez\",\"oyez\":");
    let start = out.len();
    for (name, value) in notice.fields {
        out.extend_from_slice(b",");
        string::quoted(out, name.as_bytes());
        out.push(b':');
        match value {
            Value::Number(value) => number::decimal(out, *value),
            Value::Signed(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Value::Flag(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Value::Text(text) => text_member(out, name.as_bytes(), text),
        }
    }
    close(out, start);
    out.extend_from_slice(b"}\n");
}
