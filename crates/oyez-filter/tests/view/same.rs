//! A view says of every field what the event's JSON says.

use std::collections::{BTreeSet, HashMap};

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_filter::document::{Item, Kind};
use oyez_filter::{Field, Read as _, Reader};
use oyez_format::json::JsonOptions;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::events::{full, logs, read, samples};
use crate::oracle::{Asked, difference, lines};

/// Readers of all kinds, one to be asked and one to read the document by.
struct Pair {
    asked: Reader,
    oracle: Reader,
}

impl Pair {
    fn new(options: &JsonOptions) -> Self {
        Pair { asked: Reader::new(options.clone()), oracle: Reader::new(options.clone()) }
    }

    fn check(&mut self, event: &Event, context: &Context<'_>, fields: &mut dyn Iterator<Item = &Asked>) {
        let found = difference(&mut self.asked, &mut self.oracle, event, context, fields);
        assert!(found.is_none(), "{}\n{}", found.unwrap_or_default(), lines(event));
    }
}

fn options() -> [JsonOptions; 2] {
    let omit =
        "a1 arch auid cwd exe exit key mode name nametype ouid pid proctitle saddr ses success syscall tty acct op";
    let node = b"n\xffode".to_vec();
    let omit = omit.split(' ').map(str::to_owned).collect();
    [JsonOptions::default(), JsonOptions { omit, boot: Some("0123456789abcdef".repeat(2)), ids: None, node }]
}

/// All fields are asked of so many events of the same record types; of every [`SOME`]th of the others only the members.
const WHOLE: usize = 5;
const SOME: usize = 5;

#[test]
fn every_field_of_every_log_is_what_the_document_says() {
    let [plain, odd] = options();
    let (mut plain, mut odd, mut count) = (Pair::new(&plain), Pair::new(&odd), 0_usize);
    let (all, known, mut kinds) = (Asked::all(), full(), HashMap::new());
    let members = all.get(..oyez_filter::field::all().count()).unwrap();
    for log in logs() {
        read(log.split(|byte| *byte == b'\n'), &mut |event| {
            count += 1;
            let met = kinds.entry(event.numbers().collect::<Vec<_>>()).or_insert(0);
            *met += 1;
            if *met <= WHOLE {
                plain.check(event, &Context::default(), &mut all.iter());
                odd.check(event, &known, &mut all.iter().rev());
            } else if count.is_multiple_of(2 * SOME) {
                plain.check(event, &known, &mut members.iter().rev());
            } else if count.is_multiple_of(SOME) {
                odd.check(event, &Context::default(), &mut members.iter());
            }
        });
    }
    assert!(count > 100 && kinds.len() > 20, "{count} {}", kinds.len());
}

/// What may happen to a line.
#[derive(Clone, Debug)]
enum Change {
    Byte(Index, Index, u8),
    Insert(Index, Index, &'static str),
    /// A field of one line goes into another, or again into the same.
    Move(Index, Index, Index, Index),
    Cut(Index, Index),
    Drop(Index),
    Again(Index),
    Swap(Index, Index),
    Type(Index, &'static str),
}

const PIECES: &[&str] = &[
    " uid=0",
    " auid=4294967295",
    " auid=-1",
    "\"",
    "'",
    "=",
    " ",
    "?",
    "(null)",
    "\u{1d}",
    "\u{1d}UID=\"x\"",
    " OUID=\"o\"",
    "\u{1d}AUID=unset SYSCALL=openat",
    " a0=1",
    " a0[1]=\"x\"",
    " argc=9",
    " msg='op=x uid=5 exe=\"/x\"",
    " key=(null)",
    " key=\"ab",
    "\u{f6}",
    " key=\"ab",
    " key=6101",
    " key=\"\"",
    " success=no",
    " res=success",
    " res=1",
    " ses=x",
    " name=C3A4FF",
    " name=\"a\u{1}b\"",
    " mode=9",
    " mode=0100644",
    " syscall=999",
    " syscall=59",
    " arch=40000003",
    " arch=14",
    " exit=-13",
    " exit=+1",
    " items=00",
    " comm=(none)",
    " exe=?",
    " saddr=02000050C0000201",
    " saddr=0100",
    " cwd=\"/\"",
    " new=1",
    " old auid=5",
    " avc:  denied  { read",
    " }",
    " subj=a:b:c:s0:c1",
    " obj=u:object_r:t:s0-s0:c0.c5",
    " op=a b",
    " acct=\"x\"",
    " acct=616C",
    " data=41",
    " type=x",
    " rest=y",
    " item=7",
    " item=0",
    " proctitle=6C7300",
    " proctitle=\"\"",
    " per=8",
    "00",
    "FF",
    "\u{0}",
];
const TYPES: &[&str] = &[
    "SYSCALL",
    "PATH",
    "CWD",
    "PROCTITLE",
    "EXECVE",
    "SOCKADDR",
    "USER_LOGIN",
    "USER_CMD",
    "AVC",
    "LOGIN",
    "SECCOMP",
    "SOCKETCALL",
    "URINGOP",
    "CONFIG_CHANGE",
    "ODD_TYPE",
    "UNKNOWN[1999]",
    "TTY",
    "BPF",
    "KERN_MODULE",
    "DAEMON_START",
    "OBJ_PID",
];

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    let byte =
        prop_oneof![proptest::num::u8::ANY, Just(b' '), Just(b'='), Just(b'"'), Just(b'\''), b'0'..=b'9', b'A'..=b'F'];
    prop_oneof![
        3 => (at(), at(), byte).prop_map(|(line, at, byte)| Change::Byte(line, at, byte)),
        5 => (at(), at(), at()).prop_map(|(line, at, piece)| Change::Insert(line, at, PIECES[piece.index(PIECES.len())])),
        3 => (at(), at(), at(), at()).prop_map(|(from, field, to, at)| Change::Move(from, field, to, at)),
        1 => (at(), at()).prop_map(|(line, at)| Change::Cut(line, at)),
        1 => at().prop_map(Change::Drop),
        1 => at().prop_map(Change::Again),
        1 => (at(), at()).prop_map(|(one, other)| Change::Swap(one, other)),
        2 => (at(), at()).prop_map(|(line, name)| Change::Type(line, TYPES[name.index(TYPES.len())])),
    ]
}

/// Where the body begins.
fn body(line: &[u8]) -> usize {
    line.windows(2).position(|window| window == b"):").map_or(line.len(), |at| at + 2)
}

/// Some place in the body: mostly in front of a field.
fn place(line: &[u8], at: Index) -> usize {
    let start = body(line);
    let spaces: Vec<_> = (start..line.len()).filter(|at| line[*at] == b' ').collect();
    let any = start + at.index(line.len() - start + 1);
    if any.is_multiple_of(3) || spaces.is_empty() { any } else { spaces[at.index(spaces.len())] }
}

fn changed(lines: &mut Vec<Vec<u8>>, change: &Change) {
    let count = lines.len();
    match change {
        Change::Byte(line, at, byte) => {
            let line = &mut lines[line.index(count)];
            let at = place(line, *at);
            if let Some(place) = line.get_mut(at) {
                *place = *byte;
            }
        }
        Change::Insert(line, at, piece) => {
            let line = &mut lines[line.index(count)];
            let at = place(line, *at);
            line.splice(at..at, piece.bytes());
        }
        Change::Move(from, field, to, at) => {
            let from = &lines[from.index(count)];
            let fields: Vec<_> = from[body(from)..].split(|byte| *byte == b' ').collect();
            let field = [b" ", fields[field.index(fields.len())]].concat();
            let to = &mut lines[to.index(count)];
            let at = place(to, *at);
            to.splice(at..at, field);
        }
        Change::Cut(line, at) => {
            let line = &mut lines[line.index(count)];
            let at = place(line, *at);
            line.truncate(at);
        }
        Change::Drop(line) if count > 1 => drop(lines.remove(line.index(count))),
        Change::Drop(_) => {}
        Change::Again(line) => lines.push(lines[line.index(count)].clone()),
        Change::Swap(one, other) => lines.swap(one.index(count), other.index(count)),
        Change::Type(line, name) => {
            let line = &mut lines[line.index(count)];
            let Some(start) = line.windows(5).position(|window| window == b"type=").map(|at| at + 5) else { return };
            let end = line[start..].iter().position(|byte| *byte == b' ').map_or(line.len(), |at| start + at);
            line.splice(start..end, name.bytes());
        }
    }
}

#[test]
fn every_field_of_changed_events_is_what_the_document_says() {
    let (samples, all, known) = (samples(), Asked::all(), full());
    assert!(samples.len() > 50, "{}", samples.len());
    let [plain, odd] = options();
    let pairs = std::cell::RefCell::new((Pair::new(&plain), Pair::new(&odd)));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let strategy = (any::<Index>(), proptest::collection::vec(change(), 1..6), any::<Index>(), any::<bool>());
    let result = proptest::test_runner::TestRunner::new(config).run(&strategy, |(sample, changes, first, is_plain)| {
        let mut text = samples[sample.index(samples.len())].clone();
        for change in &changes {
            changed(&mut text, change);
        }
        let (plain, odd) = &mut *pairs.borrow_mut();
        let pair = if is_plain { plain } else { odd };
        let (empty, start) = (Context::default(), first.index(all.len()));
        let context = if start.is_multiple_of(2) { &empty } else { &known };
        read(text.iter().map(Vec::as_slice), &mut |event| {
            let mut order = all.iter().cycle().skip(start).take(all.len());
            pair.check(event, context, &mut order);
        });
        Ok(())
    });
    if let Err(failed) = result {
        panic!("{failed}");
    }
}

/// Members that are no fields: they say nothing of their own, or what no table knows.
fn is_no_field(path: &str) -> bool {
    let ends = ["_hex", ".more.key", ".more.value", ".more.error", ".rest"];
    path == "v"
        || path.starts_with("claimed.")
        || path.starts_with("details.")
        || ends.iter().any(|end| path.ends_with(end))
}

fn members(item: Item<'_>, path: &str, out: &mut BTreeSet<String>) {
    for child in item.children() {
        let name = str::from_utf8(child.name()).unwrap();
        let full = if path.is_empty() || name.is_empty() { [path, name].concat() } else { format!("{path}.{name}") };
        match child.kind() {
            Kind::List | Kind::Object => members(child, &full, out),
            Kind::Scalar(_) | Kind::Null => drop(out.insert(full)),
        }
    }
}

#[test]
fn every_member_of_every_event_is_a_field() {
    let (mut reader, known, mut seen) = (Reader::new(options()[0].clone()), full(), BTreeSet::new());
    for sample in samples() {
        read(sample.iter().map(Vec::as_slice), &mut |event| {
            members(reader.view(event, &known).root().unwrap(), "", &mut seen);
        });
    }
    seen.retain(|path| !is_no_field(path) && Field::find(path).is_err());
    assert!(seen.is_empty(), "{seen:?}");
}
