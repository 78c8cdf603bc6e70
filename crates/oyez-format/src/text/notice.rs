//! oyez's own events: `oyez: loss: kernel at least 17 records (total 20)`.

use oyez_events::notice::{Notice, Value};

use super::line::{Line, Paint};
use super::plain::{put, word};

/// Longest text shown, in bytes.
const LIMIT: usize = 512;

/// Writes what `notice` says.
pub(super) fn write(line: &mut Line<'_>, notice: &Notice<'_>) {
    let is_loss = notice.kind == "OYEZ_LOSS";
    let paint = if is_loss { Paint::Failed } else { Paint::Caution };
    line.group(Some(paint), |out| {
        let kind = notice.kind.strip_prefix("OYEZ_").unwrap_or(notice.kind);
        put(out, format_args!("oyez: {}:", kind.to_ascii_lowercase().replace('_', " ")));
    });
    let told: &[&str] = if is_loss && loss(line, notice) { &["where", "bound", "count", "unit", "total"] } else { &[] };
    for (key, value) in notice.fields.iter().filter(|(key, _)| !told.contains(key)) {
        line.more(None, |out| pair(out, key, *value));
    }
}

/// Writes a loss as a sentence; `false` where it does not say what makes one.
fn loss(line: &mut Line<'_>, notice: &Notice<'_>) -> bool {
    let find = |key| notice.fields.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
    let (Some(Value::Text(place)), Some(Value::Number(count))) = (find("where"), find("count")) else { return false };
    line.more(None, |out| {
        word(out, place, LIMIT);
        let bound = match find("bound") {
            Some(Value::Text(b"lower")) => "at least ",
            Some(Value::Text(b"upper")) => "at most ",
            _ => "",
        };
        put(out, format_args!(" {bound}{count}"));
        if let Some(Value::Text(unit)) = find("unit") {
            out.push(b' ');
            word(out, unit, LIMIT);
        }
        if let Some(Value::Number(total)) = find("total") {
            put(out, format_args!(" (total {total})"));
        }
    });
    true
}

fn pair(out: &mut Vec<u8>, key: &str, value: Value<'_>) {
    word(out, key.as_bytes(), LIMIT);
    out.push(b'=');
    match value {
        Value::Number(number) => put(out, format_args!("{number}")),
        Value::Signed(number) => put(out, format_args!("{number}")),
        Value::Flag(flag) => out.extend_from_slice(if flag { b"yes" } else { b"no" }),
        Value::Text(text) => word(out, text, LIMIT),
    }
}
