//! What filters said of an event: `#tag` for each tag, `{name=value …}` for what they added. Words of others never begin like
//! that.

use oyez_events::context::{Added, Context};

use super::line::{Line, Paint};
use super::plain::{put, word};

/// Tags shown, and the longest of one, in bytes.
const MAX_TAGS: usize = 8;
const TAG_LIMIT: usize = 64;
/// Additions shown, and the longest text of one, in bytes.
const MAX_ADDED: usize = 8;
const VALUE_LIMIT: usize = 192;

/// Writes both.
pub(super) fn write(line: &mut Line<'_>, context: &Context<'_>) {
    if !context.tags.is_empty() {
        line.group(Some(Paint::Key), |out| tags(context, out));
    }
    if !context.added.is_empty() {
        line.group(Some(Paint::Context), |out| added(context, out));
    }
}

/// Appends the tags, a space between.
pub(crate) fn tags(context: &Context<'_>, out: &mut Vec<u8>) {
    for (place, tag) in context.tags.iter().take(MAX_TAGS).enumerate() {
        out.extend_from_slice(if place == 0 { b"#" } else { b" #" });
        word(out, tag.as_bytes(), TAG_LIMIT);
    }
    if context.tags.len() > MAX_TAGS {
        out.extend_from_slice(" #…".as_bytes());
    }
}

fn added(context: &Context<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (place, addition) in context.added.iter().take(MAX_ADDED).enumerate() {
        out.extend_from_slice(if place == 0 { b"" } else { b" " });
        word(out, addition.name.as_bytes(), TAG_LIMIT);
        out.push(b'=');
        value(&addition.value, out);
    }
    if context.added.len() > MAX_ADDED {
        out.extend_from_slice(" …".as_bytes());
    }
    out.push(b'}');
}

fn value(value: &Added, out: &mut Vec<u8>) {
    match value {
        Added::Text(text) => word(out, text, VALUE_LIMIT),
        Added::Number(number) => put(out, format_args!("{number}")),
        Added::Flag(flag) => out.extend_from_slice(if *flag { b"yes" } else { b"no" }),
        Added::Texts(texts) => {
            for (place, text) in texts.iter().take(MAX_ADDED).enumerate() {
                out.extend_from_slice(if place == 0 { b"" } else { b"," });
                word(out, text, VALUE_LIMIT);
            }
            if texts.len() > MAX_ADDED {
                out.extend_from_slice(",…".as_bytes());
            }
        }
    }
}
