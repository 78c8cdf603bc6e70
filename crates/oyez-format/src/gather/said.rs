//! What a notice of oyez's own says, as one line of text.

use std::fmt::Write as _;

use oyez_events::notice::{Notice, Value};
use oyez_interpret::plain::word;

use crate::document::Document;

/// Longest text shown, in bytes.
const LIMIT: usize = 256;

/// `oyez loss: where=kernel count=17 …`. Notices are few, so this may allocate.
pub(crate) fn said(notice: &Notice<'_>) -> String {
    let mut line = format!("oyez {}:", action(notice).replace('-', " "));
    for (name, value) in notice.fields {
        let _ = match value {
            Value::Number(value) => write!(line, " {name}={value}"),
            Value::Signed(value) => write!(line, " {name}={value}"),
            Value::Flag(value) => write!(line, " {name}={}", if *value { "yes" } else { "no" }),
            Value::Text(text) => {
                let mut shown = Vec::new();
                word(&mut shown, text, LIMIT);
                write!(line, " {name}={}", String::from_utf8_lossy(&shown))
            }
        };
    }
    line
}

/// What happened, in the form of the words for actions: `loss`.
pub(crate) fn action(notice: &Notice<'_>) -> String {
    let kind = notice.kind.strip_prefix("OYEZ_").unwrap_or(notice.kind);
    kind.to_ascii_lowercase().replace('_', "-")
}

/// Appends what the notice says, by its own names and with its own types.
pub(crate) fn members(notice: &Notice<'_>, document: &mut Document) {
    for (name, value) in notice.fields {
        match value {
            // Both schemas have signed numbers of 64 bits.
            Value::Number(value) => document.number(name, (*value).min(i64::MAX as u64)),
            Value::Signed(value) => document.signed(name, *value),
            Value::Flag(value) => document.flag(name, *value),
            Value::Text(text) => document.text(name, text),
        }
    }
}
