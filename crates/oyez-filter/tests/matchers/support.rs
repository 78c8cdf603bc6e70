//! Tables from TOML, events from logs, matchers from both.

use std::cell::RefCell;
use std::sync::Arc;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::group::{Grouper, Limits, LogClock, Timing};
use oyez_events::parse::LineParser;
use oyez_filter::matcher::{Action, Condition, Fault, Judgement, Matchers, Rule};
use oyez_filter::{Reader, Tree};
use oyez_format::json::JsonOptions;
use oyez_testkit::corpus;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The table that is written in `text`.
pub(crate) fn tree(text: &str) -> Tree {
    fn of(value: &DeValue<'_>) -> Tree {
        match value {
            DeValue::String(text) => Tree::Text(text.as_bytes().to_vec()),
            DeValue::Integer(number) => Tree::Number(i128::from_str_radix(number.as_str(), number.radix()).unwrap()),
            DeValue::Boolean(flag) => Tree::Flag(*flag),
            DeValue::Array(values) => Tree::List(values.iter().map(|value| of(value.get_ref())).collect()),
            DeValue::Table(table) => object(table),
            DeValue::Float(_) | DeValue::Datetime(_) => Tree::Null,
        }
    }
    fn object(table: &DeTable<'_>) -> Tree {
        let member = |(name, value): (&Spanned<_>, &Spanned<_>)| {
            (AsRef::<str>::as_ref(name.get_ref()).into(), of(value.get_ref()))
        };
        Tree::Object(table.iter().map(member).collect())
    }
    let table = DeTable::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    object(table.get_ref())
}

/// The condition that is written in `text`, or what is wrong with it.
pub(crate) fn condition(text: &str) -> Result<Condition, Vec<Fault>> {
    let mut faults = Vec::new();
    let condition = Condition::parse(&tree(text), &mut faults);
    assert_eq!(condition.is_none(), !faults.is_empty(), "{text}: {faults:?}");
    condition.ok_or(faults)
}

/// Rules, each named by its number, of conditions and actions.
pub(crate) fn matchers(rules: &[(&str, &str)]) -> Matchers {
    let rule = |(at, (text, action)): (usize, &(&str, &str))| Rule {
        name: at.to_string().into(),
        condition: condition(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}")),
        action: Action::parse(action).unwrap(),
    };
    Matchers::new(rules.iter().enumerate().map(rule).collect()).unwrap()
}

pub(crate) fn reader() -> Reader {
    Reader::new(JsonOptions { node: b"web-1".to_vec(), ..JsonOptions::default() })
}

/// What becomes of an event at `now`, and what it is tagged with.
pub(crate) fn judge(matchers: &mut Matchers, event: &Event, now: u64) -> (Judgement, Vec<Arc<str>>) {
    // A reader's buffers take longer to make than an event to judge.
    thread_local!(static READER: RefCell<Reader> = RefCell::new(reader()));
    READER.with_borrow_mut(|reader| {
        let (context, mut tags) = (Context::default(), Vec::new());
        (matchers.judge(&mut reader.view(event, &context), now, &mut tags), tags)
    })
}

/// The events of a log.
pub(crate) fn events(log: &[u8]) -> Vec<Event> {
    let (mut parser, mut clock, mut events) = (LineParser::new(), LogClock::default(), Vec::new());
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    let mut out = |event: &Event| events.push(event.clone());
    for line in log.split(|byte| *byte == b'\n') {
        if let Ok(record) = parser.line(line) {
            let now = clock.read(record.id);
            grouper.tick(now, &mut out);
            grouper.push(&record, now, &mut out);
        }
    }
    grouper.finish(&mut out);
    events
}

/// The events of the project's own logs.
pub(crate) fn corpus() -> Vec<Event> {
    let files = corpus::files(&corpus::workspace().join("corpus/own"), ".log").unwrap();
    let events: Vec<Event> = files.iter().flat_map(|file| events(&corpus::read(file).unwrap())).collect();
    assert!(events.len() > 50, "{}", events.len());
    events
}

/// An event of one system call, with `more` behind its first fields.
pub(crate) fn call(serial: u32, exe: &str, key: &str) -> Event {
    let log = format!(
        "type=SYSCALL msg=audit(1626611363.{:03}:{serial}): arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7ff a2=0 a3=0 items=1 ppid=700 pid=731 auid=4294967295 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 fsgid=1000 tty=(none) ses=3 comm=\"cat\" exe=\"{exe}\" key=\"{key}\"\n",
        serial % 1000
    );
    events(log.as_bytes()).remove(0)
}
