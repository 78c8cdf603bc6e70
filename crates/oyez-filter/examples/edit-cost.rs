//! What the way back from a table to an event costs: `edit-cost ROUNDS` prints microseconds per event and case.
//!
//! | case | the table |
//! |---|---|
//! | `look` | none: the event is only read as a script would copy it |
//! | `same` | says what the event says |
//! | `argv` | one argument is another |
//! | `tags` | has a tag and an addition more |
//! | `known` | the parent's program is another, which no record tells |
//! | `detail` | a field of a record without a place of its own is another |
//!
//! Reading the event and the script's own time are not in it, but `look` is what the first of these costs.

#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use oyez_events::Event;
use oyez_events::context::{Context, Process};
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::LineParser;
use oyez_filter::document::{Item, Kind};
use oyez_filter::edit::Rewriter;
use oyez_filter::tree::Tree;
use oyez_filter::{Read as _, Reader, Value};
use oyez_format::json::JsonOptions;

/// An execution as hosts tell it.
const LOG: &str = r#"type=SYSCALL msg=audit(1795407611.360:42): arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=55e a2=55f a3=8 items=2 ppid=700 pid=701 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=3 comm="curl" exe="/usr/bin/curl" subj=unconfined key="exec"
type=EXECVE msg=audit(1795407611.360:42): argc=4 a0="curl" a1="-H" a2=546F6B656E3A20736563726574 a3="https://example.org/"
type=BPRM_FCAPS msg=audit(1795407611.360:42): fver=0 fp=0 fi=0 fe=0 old_pp=0 old_pi=0 old_pe=0 old_pa=0 pp=0 pi=0 pe=0 pa=0 frootid=0
type=CWD msg=audit(1795407611.360:42): cwd="/root"
type=PATH msg=audit(1795407611.360:42): item=0 name="/usr/bin/curl" inode=1 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0
type=PATH msg=audit(1795407611.360:42): item=1 name="/lib64/ld-linux-x86-64.so.2" inode=78 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0
type=PROCTITLE msg=audit(1795407611.360:42): proctitle=6375726C002D4800546F6B656E3A2073656372657400
"#;

fn main() {
    let rounds: u32 = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(100_000);
    let Some(event) = event() else { return println!("no event") };
    let parent = Arc::new(Process { snapshot: 9, exe: b"/bin/sh"[..].into(), ..Process::default() });
    let process = Process { snapshot: 5, exe: b"/usr/bin/curl"[..].into(), ..Process::default() };
    let context = Context { process: Some(&process), ancestors: &[parent], ..Context::default() };
    let mut reader = Reader::new(JsonOptions::default());
    let begin = Instant::now();
    for _ in 0..rounds {
        let mut view = reader.view(&event, &context);
        black_box(view.root().map(tree));
    }
    print("look", begin, rounds);
    let mut view = reader.view(&event, &context);
    let Some(root) = view.root() else { return println!("nothing is read") };
    let mut rewriter = Rewriter::new(JsonOptions::default(), Limits::default());
    for (case, change) in CASES {
        let mut table = tree(root);
        change(&mut table);
        let begin = Instant::now();
        for _ in 0..rounds {
            match rewriter.rewrite(&event, &context, root, &table) {
                Ok((event, _)) => drop(black_box(event.len())),
                Err(invalid) => return println!("{invalid}"),
            }
        }
        print(case, begin, rounds);
    }
}

type Change = fn(&mut Tree);

const CASES: [(&str, Change); 5] = [
    ("same", |_| ()),
    ("argv", |table| set(table, &["process", "argv", "2"], text("Token: ***"))),
    ("tags", |table| {
        let Tree::Object(members) = table else { return };
        members.push((b"tags".to_vec(), Tree::List(vec![text("secret")])));
        members.push((b"added".to_vec(), Tree::Object(vec![(b"team".to_vec(), text("web"))])));
    }),
    ("known", |table| set(table, &["process", "parent", "exe"], text("/bin/zsh"))),
    ("detail", |table| set(table, &["details", "0", "fe"], Tree::Number(1))),
];

fn text(text: &str) -> Tree {
    Tree::Text(text.as_bytes().to_vec())
}

/// Sets what is at `path`.
fn set(tree: &mut Tree, path: &[&str], value: Tree) {
    let Some((step, rest)) = path.split_first() else { return *tree = value };
    let below = match tree {
        Tree::Object(members) => members.iter_mut().find(|(name, _)| name == step.as_bytes()).map(|(_, tree)| tree),
        Tree::List(items) => step.parse::<usize>().ok().and_then(|place| items.get_mut(place)),
        _ => None,
    };
    if let Some(below) = below {
        set(below, rest, value);
    }
}

fn print(case: &str, begin: Instant, rounds: u32) {
    println!("{case:8} {:.2} µs", begin.elapsed().as_secs_f64() * 1e6 / f64::from(rounds));
}

fn event() -> Option<Event> {
    let (mut grouper, mut found) = (Grouper::new(Timing::Log { timeout_ms: 1 }, Limits::default()), None);
    let mut take = |event: &Event| found = Some(event.clone());
    let mut parser = LineParser::new();
    for record in LOG.lines().filter_map(|line| parser.line(line.as_bytes()).ok()) {
        grouper.push(&record, 0, &mut take);
    }
    grouper.finish(&mut take);
    found
}

/// A table of what `item` says.
fn tree(item: Item<'_>) -> Tree {
    match item.kind() {
        Kind::Null => Tree::Null,
        Kind::Scalar(Value::Flag(flag)) => Tree::Flag(flag),
        Kind::Scalar(Value::Number(number)) => Tree::Number(number),
        Kind::Scalar(Value::Text(text)) => Tree::Text(text.to_vec()),
        Kind::List => Tree::List(item.children().map(tree).collect()),
        Kind::Object => Tree::Object(item.children().map(|item| (item.name().to_vec(), tree(item))).collect()),
    }
}
