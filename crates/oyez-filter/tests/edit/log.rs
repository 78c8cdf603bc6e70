//! Logs → events, events → tables and lines.

use std::cell::RefCell;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;
use oyez_filter::edit::{Invalid, Rewriter};
use oyez_filter::tree::Tree;
use oyez_filter::{Read as _, Reader};
use oyez_format::Formatter;
use oyez_format::ecs::{EcsFormat, EcsOptions};
use oyez_format::enriched::EnrichedFormat;
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_format::laurel::{LaurelFormat, LaurelOptions};
use oyez_format::ocsf::{OcsfFormat, OcsfOptions};
use oyez_format::raw::{RawFormat, RawOptions};
use oyez_format::sentence::SentenceFormat;
use oyez_format::text::{TextFormat, TextOptions};
use serde_json::Value;

thread_local! {
    /// What is used for one event after the other.
    static TOOLS: RefCell<Tools> = RefCell::new(Tools {
        formatters: formatters(),
        json: JsonFormat::new(JsonOptions::default()),
        rewriters: Vec::new(),
    });
}

struct Tools {
    formatters: Vec<Formatter>,
    json: JsonFormat,
    rewriters: Vec<(Rewriter, Reader)>,
}

/// Hands each event of `log` to `out`; lines that are no record are left out.
pub(crate) fn events(log: &[u8], mut out: impl FnMut(&Event)) {
    let (mut parser, mut clock) = (LineParser::new(), LogClock::default());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    for line in log.split(|byte| *byte == b'\n') {
        if let Ok(record) = parser.line(line) {
            let now = clock.read(record.id);
            grouper.tick(now, &mut out);
            grouper.push(&record, now, &mut out);
        }
    }
    grouper.finish(&mut out);
}

/// Records without `type=` and the stamp in short form, one to a line, all of one event.
pub(crate) fn event(records: &str) -> Event {
    let stamped = |line: &str| {
        let (name, body) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        format!("type={name} msg=audit(1795407611.360:42): {body}\n")
    };
    let log = records.trim().lines().map(stamped).collect::<String>();
    let mut found = None;
    events(log.as_bytes(), |event| found = Some(event.clone()));
    found.unwrap()
}

/// Every format there is.
pub(crate) fn formatters() -> Vec<Formatter> {
    vec![
        Formatter::Json(Box::new(JsonFormat::new(JsonOptions::default()))),
        Formatter::Text(Box::new(TextFormat::new(TextOptions::default()))),
        Formatter::Sentence(Box::new(SentenceFormat::new(Vec::new()))),
        Formatter::Raw(Box::new(RawFormat::new(RawOptions::default()))),
        Formatter::Enriched(Box::new(EnrichedFormat::new(RawOptions::default()))),
        Formatter::Laurel(Box::new(LaurelFormat::new(LaurelOptions::default()))),
        Formatter::Ecs(Box::new(EcsFormat::new(EcsOptions::default()))),
        Formatter::Ocsf(Box::new(OcsfFormat::new(OcsfOptions::default()))),
    ]
}

/// What every format says of an event, one after the other.
pub(crate) fn all_formats(event: &Event, context: &Context<'_>) -> String {
    let mut out = Vec::new();
    TOOLS
        .with_borrow_mut(|tools| tools.formatters.iter_mut().for_each(|format| format.event(event, context, &mut out)));
    String::from_utf8_lossy(&out).into_owned()
}

/// The event as JSON.
pub(crate) fn json(event: &Event, context: &Context<'_>) -> Value {
    let mut out = Vec::new();
    TOOLS.with_borrow_mut(|tools| tools.json.event(event, context, &mut out));
    serde_json::from_slice(&out).unwrap()
}

/// The event as JSON after a way through auditd's log.
pub(crate) fn json_of_raw(event: &Event) -> Value {
    let mut out = Vec::new();
    RawFormat::new(RawOptions::default()).event(event, &mut out);
    let mut found = Vec::new();
    events(&out, |event| found.push(json(event, &Context::default())));
    assert_eq!(found.len(), 1, "{}", String::from_utf8_lossy(&out));
    found.remove(0)
}

/// A table of what `value` says.
pub(crate) fn tree(value: &Value) -> Tree {
    match value {
        Value::Null => Tree::Null,
        Value::Bool(flag) => Tree::Flag(*flag),
        Value::Number(number) => {
            Tree::Number(number.as_i64().map(i128::from).or(number.as_u64().map(i128::from)).unwrap())
        }
        Value::String(text) => Tree::Text(text.as_bytes().to_vec()),
        Value::Array(items) => Tree::List(items.iter().map(tree).collect()),
        Value::Object(members) => {
            // Scripts hand members over in any order.
            Tree::Object(members.iter().rev().map(|(name, value)| (name.as_bytes().to_vec(), tree(value))).collect())
        }
    }
}

/// What becomes of `event` when `table` takes its place.
pub(crate) fn rewritten<T>(
    event: &Event,
    context: &Context<'_>,
    table: &Tree,
    out: impl FnOnce(&Event, &Context<'_>) -> T,
) -> Result<T, Invalid> {
    let taken = TOOLS.with_borrow_mut(|tools| tools.rewriters.pop());
    let (mut rewriter, mut reader) = taken.unwrap_or_else(|| {
        let options = JsonOptions::default;
        (Rewriter::new(options(), Limits::default()), Reader::new(options()))
    });
    let mut view = reader.view(event, context);
    let done = rewriter.rewrite(event, context, view.root().unwrap(), table);
    let done = done.map(|(event, context)| out(event, &context));
    TOOLS.with_borrow_mut(|tools| tools.rewriters.push((rewriter, reader)));
    done
}

/// The JSON of `records` when `edit` has changed its table.
pub(crate) fn edited(records: &str, edit: impl FnOnce(&mut Value)) -> Result<Value, Invalid> {
    let (event, context) = (event(records), Context::default());
    let mut value = json(&event, &context);
    edit(&mut value);
    rewritten(&event, &context, &tree(&value), |event, context| {
        let told = json(event, context);
        assert_eq!(json_of_raw(event), told, "auditd's log says the same");
        told
    })
}

/// The records of an event when `edit` has changed its table.
pub(crate) fn bodies(records: &str, edit: impl FnOnce(&mut Value)) -> Result<Vec<String>, Invalid> {
    let (event, context) = (event(records), Context::default());
    let mut value = json(&event, &context);
    edit(&mut value);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    rewritten(&event, &context, &tree(&value), |event, _| {
        event.records().map(|record| format!("{} {}", text(record.name()), text(record.body()))).collect()
    })
}
