//! What must hold for any event and any table: input is a log, an empty line, and changes of the table, one to a line.
//!
//! A change is a letter for what is done, one for where (which value, counted through the table), and a text. What comes of
//! it is an event that every format can write and auditd's log can carry, or an error that is short and printable.

use std::cell::RefCell;
use std::sync::Arc;

use oyez_events::Event;
use oyez_events::context::{
    Added, Addition, Container, Context, Host, Login, LoginKind, Names, Place, Process, ProcessKey,
};
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::LineParser;
use oyez_filter::document::{Item, Kind};
use oyez_filter::edit::Rewriter;
use oyez_filter::tree::Tree;
use oyez_filter::view::Value;
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
use oyez_testkit::json;

/// An event of few records may be no larger than this when it was rewritten.
const LIMITS: Limits = Limits { max_events: 1, max_event_bytes: 1 << 20, max_event_records: 100 };

/// Checks an input.
pub(crate) fn check(data: &[u8]) {
    let cut = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
    let (log, changes) = data.split_at(cut);
    TOOLS.with_borrow_mut(|tools| check_with(tools, log, changes));
}

thread_local! {
    /// Making these takes a while.
    static TOOLS: RefCell<Tools> = RefCell::new(Tools {
        rewriter: Rewriter::new(JsonOptions::default(), LIMITS),
        reader: Reader::new(JsonOptions::default()),
        formats: formats(),
        alone: JsonFormat::new(JsonOptions::default()),
    });
}

struct Tools {
    rewriter: Rewriter,
    reader: Reader,
    formats: [Formatter; 8],
    /// For events of which nothing else is known.
    alone: JsonFormat,
}

fn check_with(tools: &mut Tools, log: &[u8], changes: &[u8]) {
    let Tools { rewriter, reader, formats, alone } = tools;
    events(log, &mut |event| {
        let known = known();
        let (ancestors, tags, added) = ([Arc::new(known.0.clone())], ["t".into()], additions());
        let context = Context {
            names: Some(&Root),
            login: Some(&known.1),
            process: Some(&known.0),
            ancestors: &ancestors,
            host: Some(&known.2),
            tags: &tags,
            added: &added,
        };
        let mut view = reader.view(event, &context);
        let Some(root) = view.root() else { return };
        let mut table = tree(root);
        changes.split(|byte| *byte == b'\n').for_each(|change| apply(&mut table, change));
        match rewriter.rewrite(event, &context, root, &table) {
            Ok((after, context)) => written(event, after, &context, (formats, alone)),
            Err(invalid) => {
                let text = invalid.to_string();
                assert!(text.len() < 1000 && text.chars().all(|letter| (' '..='~').contains(&letter)), "{text}");
            }
        }
    });
}

/// Every format writes the event; the one for machines as one object, auditd's as a line for each record, which says the same.
fn written(
    before: &Event,
    after: &Event,
    context: &Context<'_>,
    (formats, alone): (&mut [Formatter], &mut JsonFormat),
) {
    let mut out = Vec::new();
    for format in formats {
        out.clear();
        format.event(after, context, &mut out);
        let lines = out.split(|byte| *byte == b'\n').count() - 1;
        if let Formatter::Raw(_) | Formatter::Enriched(_) = format {
            assert_eq!(lines, after.len(), "{}", String::from_utf8_lossy(&out));
            continue;
        }
        assert!(lines == 1 && out.ends_with(b"\n"));
        let text = String::from_utf8_lossy(&out);
        assert_eq!(text.as_bytes(), out, "UTF-8");
        let object = text.trim_end();
        match format {
            Formatter::Text(_) | Formatter::Sentence(_) => {}
            // Its names differ by case alone.
            Formatter::Laurel(_) => assert!(json::values_by_case(object).is_ok(), "{text}"),
            _ => assert!(json::values(object).is_ok(), "{text}"),
        }
    }
    let mut told = |event: &Event| (to_json(event, alone), through_raw(event, alone));
    let (said, by_raw) = told(before);
    if by_raw == [said] {
        let (said, by_raw) = told(after);
        assert_eq!(by_raw, [said]);
    }
}

fn to_json(event: &Event, json: &mut JsonFormat) -> String {
    let mut out = Vec::new();
    json.event(event, &Context::default(), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// The events of auditd's log of one.
fn through_raw(event: &Event, json: &mut JsonFormat) -> Vec<String> {
    let (mut out, mut found) = (Vec::new(), Vec::new());
    RawFormat::new(RawOptions::default()).event(event, &mut out);
    events(&out, &mut |event| found.push(to_json(event, json)));
    found
}

fn formats() -> [Formatter; 8] {
    [
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

fn events(log: &[u8], out: &mut dyn FnMut(&Event)) {
    let (mut parser, mut out) = (LineParser::new(), |event: &Event| out(event));
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    for record in log.split(|byte| *byte == b'\n').filter_map(|line| parser.line(line).ok()) {
        grouper.push(&record, 0, &mut out);
    }
    grouper.finish(&mut out);
}

struct Root;

impl Names for Root {
    fn user(&self, uid: u32) -> Option<&str> {
        (uid == 0).then_some("root")
    }

    fn group(&self, gid: u32) -> Option<&str> {
        (gid == 0).then_some("root")
    }

    fn generation(&self) -> u64 {
        0
    }
}

fn known() -> (Process, Login, Host) {
    let container = Container { id: "7f3c".into(), runtime: Some("docker".into()), pod_uid: Some("p-1".into()) };
    let cgroup = "/system.slice/x.service/7f3c".into();
    let place = Place { cgroup, unit: Some("x.service".into()), container: Some(container) };
    let process = Process {
        snapshot: 5,
        key: ProcessKey { pid: 701, start_ticks: 77 },
        ppid: 700,
        started_ms: Some(1_000),
        exe: b"/usr/bin/curl"[..].into(),
        comm: b"curl"[..].into(),
        argv: b"curl\0-H\0Token: secret\0"[..].into(),
        cwd: b"/root"[..].into(),
        script: Some(b"/tmp/\xff"[..].into()),
        sha256: Some([0xa5; 32]),
        place: Some(Arc::new(place)),
        labels: Arc::from([Box::from("web")]),
        argv_cut: false,
    };
    let login = Login {
        ses: 3,
        started_ms: Some(2_500),
        by: Some("/usr/sbin/sshd".into()),
        pid: Some(7),
        addr: Some("10.1.2.3".into()),
        kind: LoginKind::Job,
        ..Login::default()
    };
    (process, login, Host { machine: Some("m".into()), instance: Some("i-1".into()) })
}

fn additions() -> [Addition; 2] {
    let addition = |name: &str, value| Addition { name: name.into(), value };
    [addition("n", Added::Number(-1)), addition("odd", Added::Texts([Box::from(&b"\xff"[..])].into()))]
}

/// A table of what `item` says.
pub(crate) fn tree(item: Item<'_>) -> Tree {
    match item.kind() {
        Kind::Null => Tree::Null,
        Kind::Scalar(Value::Flag(flag)) => Tree::Flag(flag),
        Kind::Scalar(Value::Number(number)) => Tree::Number(number),
        Kind::Scalar(Value::Text(text)) => Tree::Text(text.to_vec()),
        Kind::List => Tree::List(item.children().map(tree).collect()),
        Kind::Object => Tree::Object(item.children().map(|item| (item.name().to_vec(), tree(item))).collect()),
    }
}

/// The value at `place`, counted through the table.
fn nth<'t>(tree: &'t mut Tree, place: &mut usize) -> Option<&'t mut Tree> {
    if *place == 0 {
        return Some(tree);
    }
    *place -= 1;
    match tree {
        Tree::List(items) => items.iter_mut().find_map(|tree| nth(tree, place)),
        Tree::Object(members) => members.iter_mut().find_map(|(_, tree)| nth(tree, place)),
        _ => None,
    }
}

fn count(tree: &Tree) -> usize {
    1 + match tree {
        Tree::List(items) => items.iter().map(count).sum(),
        Tree::Object(members) => members.iter().map(|(_, tree)| count(tree)).sum(),
        _ => 0_usize,
    }
}

fn apply(table: &mut Tree, change: &[u8]) {
    let [what, place, text @ ..] = change else { return };
    let mut place = usize::from(*place) % count(table);
    let Some(found) = nth(table, &mut place) else { return };
    let text_of = || Tree::Text(text.to_vec());
    let number = str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(7);
    match (what, &mut *found) {
        (b'n', _) => *found = Tree::Number(number),
        (b'f', _) => *found = Tree::Flag(text.is_empty()),
        (b'0', _) => *found = Tree::Null,
        (b'l', _) => {
            let texts = text.split(|byte| *byte == b' ').map(|text| Tree::Text(text.to_vec()));
            *found = Tree::List(texts.collect());
        }
        (b'o', _) => *found = Tree::Object(vec![(text.to_vec(), Tree::Number(1))]),
        (b'd', Tree::Object(members)) => drop(members.pop()),
        (b'd', Tree::List(items)) => drop(items.pop()),
        (b'r', Tree::Object(members)) if !members.is_empty() => drop(members.remove(text.len() % members.len())),
        (b'r', Tree::List(items)) if !items.is_empty() => drop(items.remove(text.len() % items.len())),
        (b'a', Tree::Object(members)) => {
            let (name, value) = text.split_at(text.iter().position(|byte| *byte == b' ').unwrap_or(text.len()));
            members.push((name.to_vec(), Tree::Text(value.to_vec())));
        }
        (b'a', Tree::List(items)) => items.push(items.first().cloned().unwrap_or_else(text_of)),
        (b't', _) => *found = text_of(),
        _ => {}
    }
}
