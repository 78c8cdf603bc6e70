//! Any event and any table.

use oyez_events::context::Context;
use oyez_events::group::Limits;
use oyez_filter::edit::Rewriter;
use oyez_filter::tree::Tree;
use oyez_filter::{Read as _, Reader};
use oyez_format::json::JsonOptions;
use proptest::prelude::*;

use crate::any;
use crate::log::{event, events};

const LOG: &str = "\
type=SYSCALL msg=audit(1.000:7): arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=55e a2=55f a3=8 items=2 ppid=700 pid=701 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=3 comm=\"curl\" exe=\"/usr/bin/curl\" key=6B310161
type=EXECVE msg=audit(1.000:7): argc=3 a0=\"curl\" a1=\"-H\" a2=546F6B656E3A20736563726574
type=SOCKADDR msg=audit(1.000:7): saddr=020001BB0A0000010000000000000000
type=CWD msg=audit(1.000:7): cwd=\"/root\"
type=PATH msg=audit(1.000:7): item=0 name=\"/usr/bin/curl\" inode=1 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL
type=PATH msg=audit(1.000:7): item=1 name=2F746D702FE4 inode=18446744073709551615 dev=fd:01 mode=0100755 ouid=0 ogid=0
type=AVC msg=audit(1.000:7): avc:  denied  { read write } for  pid=701 comm=\"curl\" tclass=file odd=1 odd=2 uid=x words here
type=PROCTITLE msg=audit(1.000:7): proctitle=6375726C002D48
type=USER_LOGIN msg=audit(1.000:8): pid=1 uid=0 auid=1 ses=1 msg='op=adding user acct=\"eve\" exe=\"/usr/sbin/sshd\" (hostname=?, addr=1.2.3.4, terminal=ssh) res=failed'\u{1d}UID=\"root\" AUID=\"x\"
";

/// Records of any bytes in the form of a log, and changes of any kind.
fn inputs() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![4 => b' '..=b'~', 1 => any::<u8>(), 1 => Just(b'"'), 1 => Just(b'\'')];
    let noise = proptest::collection::vec((any::<prop::sample::Index>(), byte.clone(), 0..3_u8), 0..6);
    let change = (
        prop::sample::select(b"nf0lodrat".to_vec()),
        any::<u8>(),
        prop_oneof![
            proptest::collection::vec(byte, 0..24),
            "[0-9]{1,20}".prop_map(String::into_bytes),
            "[a-z_]{1,9} [0-9]{1,3}".prop_map(String::into_bytes)
        ],
    );
    (noise, proptest::collection::vec(change, 0..5)).prop_map(|(noise, changes)| {
        let mut log = LOG.as_bytes().to_vec();
        for (place, byte, how) in noise {
            let place = place.index(log.len());
            match how {
                0 => log[place] = byte,
                1 => log.insert(place, byte),
                _ => drop(log.remove(place)),
            }
        }
        log.extend_from_slice(b"\n");
        for (what, place, text) in changes {
            let text: Vec<_> = text.into_iter().filter(|byte| *byte != b'\n').collect();
            log.extend_from_slice(&[&[b'\n', what, place][..], &text].concat());
        }
        log
    })
}

proptest! {
    #[test]
    fn a_table_is_an_event_that_every_format_can_write_or_a_short_error(input in inputs()) {
        any::check(&input);
    }
}

#[test]
fn each_change_alone_is_checked() {
    for what in b"nf0lodrat" {
        for place in 0..130 {
            any::check(&[LOG.as_bytes(), b"\n\n", &[*what, place], &b"x\" uid=0 key=\"y"[..]].concat());
        }
    }
}

/// Some table that has nothing to do with the event.
fn tables() -> impl Strategy<Value = Tree> {
    let name = prop::sample::select(vec![
        "process",
        "user",
        "paths",
        "sockets",
        "details",
        "claimed",
        "tags",
        "added",
        "syscall",
        "args",
        "argv",
        "name",
        "login",
        "container",
        "host",
        "parent",
        "ancestors",
        "keys",
        "more",
        "type",
        "family",
        "uid",
        "proctitle",
        "records",
    ]);
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::Flag),
        any::<i64>().prop_map(|number| Tree::Number(number.into())),
        proptest::collection::vec(any::<u8>(), 0..9).prop_map(Tree::Text),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let member = (name.clone().prop_map(|name| name.as_bytes().to_vec()), inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Tree::List),
            proptest::collection::vec(member, 0..6).prop_map(Tree::Object),
        ]
    })
}

proptest! {
    #[test]
    fn tables_that_have_nothing_to_do_with_the_event_do_no_harm(table in tables()) {
        let mut rewriter = Rewriter::new(JsonOptions::default(), Limits::default());
        events(LOG.as_bytes(), |event| {
            let (mut reader, context) = (Reader::new(JsonOptions::default()), Context::default());
            let mut view = reader.view(event, &context);
            let _ = rewriter.rewrite(event, &context, view.root().unwrap(), &table);
        });
    }
}

#[test]
fn an_event_grows_no_larger_than_it_may_be() {
    let (event, context) = (event("CWD cwd=\"/\""), Context::default());
    let limits = Limits { max_event_bytes: 1000, max_event_records: 3, ..Limits::default() };
    let mut rewriter = Rewriter::new(JsonOptions::default(), limits);
    let mut reader = Reader::new(JsonOptions::default());
    let mut view = reader.view(&event, &context);
    let root = view.root().unwrap();
    let path = |name: &str| Tree::Object(vec![(b"name".to_vec(), Tree::Text(name.as_bytes().to_vec()))]);
    for (paths, fits) in
        [(vec![path("/x"); 2], true), (vec![path("/x"); 3], false), (vec![path(&"x".repeat(999))], false)]
    {
        let Tree::Object(mut members) = any::tree(root) else { unreachable!() };
        members.push((b"paths".to_vec(), Tree::List(paths)));
        let done = rewriter.rewrite(&event, &context, root, &Tree::Object(members));
        assert_eq!(done.is_ok(), fits, "{:?}", done.err());
    }
}

#[test]
fn large_tables_cost_no_more_than_their_size() {
    let (event, context) = (event("SYSCALL arch=c000003e syscall=59 pid=1 uid=2"), Context::default());
    let mut reader = Reader::new(JsonOptions::default());
    let mut view = reader.view(&event, &context);
    let root = view.root().unwrap();
    let member = |number: usize| (format!("m{number}").into_bytes(), Tree::Number(1));
    let table = Tree::Object((0..200_000).map(member).collect());
    let mut rewriter = Rewriter::new(JsonOptions::default(), Limits::default());
    let begin = std::time::Instant::now();
    assert!(rewriter.rewrite(&event, &context, root, &table).is_err());
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
}
