//! What is refused, and what is said about it.

use oyez_filter::matcher::{Action, Condition};
use oyez_filter::{Field, Tree};
use proptest::prelude::*;

use super::support::condition;

fn faults(text: &str) -> Vec<String> {
    condition(text).map_or_else(|faults| faults.iter().map(ToString::to_string).collect(), |_| Vec::new())
}

#[test]
fn each_mistake_is_told_with_its_place_and_what_to_do() {
    for (text, fault) in [
        ("exee = 'x'", "exee: unknown field \"exee\"; try exe"),
        ("any = [{ pid = 1 }, { kye = 'x' }]", "any[1].kye: unknown field \"kye\"; try key"),
        ("process.exee = 'x'", "process.exee: unknown field \"process.exee\"; try process.exe"),
        ("container.golb = 'x'", "container.golb: unknown field \"container.golb\"; try container.id"),
        ("process.exe = { start = 'x' }", "process.exe.start: unknown operator \"start\"; try starts"),
        ("exe = { start = 'x' }", "exe.start: unknown operator \"start\"; try starts"),
        ("exe = []", "exe: an empty list, which matches nothing"),
        ("any = []", "any: expected a list of tables, found an empty list"),
        ("all = { exe = 'x' }", "all: expected a list of tables, found a table"),
        ("not = {}", "not: expected a table of fields, found an empty table"),
        ("not = 5", "not: expected a table of fields, found a number"),
        ("exe = {}", "exe: expected a value, a list, or a table of operators, found an empty table"),
        ("exe = 5", "exe: expected text, found a number; try \"5\""),
        ("syscall = 59", "syscall: expected text, found a number; try syscall.number = 59"),
        ("exe = true", "exe: expected text, found true or false; try { exists = true }"),
        ("exe = [['x']]", "exe[0]: expected text, found a list"),
        ("uid = 'root'", "uid: expected a number or a range, found \"root\"; try uid_name = \"root\""),
        ("exit = '-EACCES'", "exit: expected a number or a range, found \"-EACCES\"; try errno = \"EACCES\""),
        ("pid = 'unset'", "pid: expected a number or a range, found \"unset\""),
        ("uid = '9-5'", "uid: an empty range, which matches nothing"),
        ("uid = { is = '5-9' }", "uid.is: expected a number or a range, found \"5-9\""),
        ("uid = { contains = '5' }", "uid.contains: it is a number, not text; try { range = \"1000-1999\" }"),
        ("exe = { range = '5-9' }", "exe.range: expected text, found a range"),
        ("'process.argv_cut' = 'true'", "process.argv_cut: expected true or false, found text; try true"),
        ("addr = '10.0.0.0/33'", "addr: \"10.0.0.0/33\" is no network; try \"10.0.0.0/8\""),
        ("addr = { cidr = 'host' }", "addr.cidr: expected an address or a network; try \"10.0.0.0/8\""),
        ("exe = '/usr/[a-'", "exe: cannot use this glob: [ without ]; try { is = \"/usr/[a-\" } for just this text"),
        ("comm = '{a,b'", "comm: cannot use this glob: { without }; try { is = \"{a,b\" } for just this text"),
        ("exe = '**'", "exe: cannot use this glob: it matches any text; try { is = \"**\" } for just this text"),
        (
            "path = '**/**'",
            "path: cannot use this glob: it matches any text; try { is = \"**/**\" } for just this text",
        ),
        ("exe = { regex = 'a(b' }", "exe.regex: cannot use this regular expression: unclosed group at byte 1"),
        ("exe = { regex = '.*' }", "exe.regex: cannot use this regular expression: it matches any text"),
        ("exe = { contains = '' }", "exe.contains: empty text, which is in any text; try { exists = true }"),
        ("exe = { exists = 1 }", "exe.exists: expected true or false, found a number"),
        ("exe = { nocase = true }", "exe: expected an operator beside nocase; try is"),
        ("uid = { is = 5, nocase = true }", "uid.nocase: it is no text that could have upper and lower case"),
        ("all = [{ exe = '/a' }, { exe = '/b' }]", "all: it never matches: no process.exe can be like this"),
        ("exe = { is = '/bin/a', starts = '/usr/' }", "it never matches: no process.exe can be like this"),
        ("exe = { is = ['/a', '/b'], not = ['/a', '/b', '/c'] }", "it never matches: no process.exe can be like this"),
        ("uid = { range = '<5', not = 3 }\nall = [{ uid = '>5' }]", "it never matches: no user.uid can be like this"),
        ("key = { is = 'x', exists = false }", "it never matches: no keys can be like this"),
    ] {
        assert_eq!(faults(text), [fault], "{text}");
    }
}

#[test]
fn what_no_event_is_like_is_told_with_what_is() {
    for (text, fault) in [
        ("result = 'fail'", "result: no result is \"fail\"; try \"failed\""),
        ("result = ['success', 'failure']", "result[1]: no result is \"failure\"; try \"failed\""),
        ("result = { is = 'SUCCESS' }", "result.is: no result is \"SUCCESS\"; try \"success\""),
        (
            "result = { regex = '^ok' }",
            "result.regex: it matches none of the words of this field; try \"success\", \"failed\"",
        ),
        ("action = 'execute'", "action: no action is \"execute\"; try \"executed\""),
        ("action = 'open*'\norigin = 'userspace'", "origin: no origin is \"userspace\"; try \"user\""),
        ("origin = 'oyez'", "origin: no origin is \"oyez\"; try \"kernel\", \"user\", \"auditd\""),
        (
            "kind = 'EXECV'",
            "kind: no type of records is \"EXECV\"; try \"EXECVE\"; or { glob = \"EXECV\" }, if it is newer",
        ),
        (
            "type = '1300'",
            "type: no type of records is \"1300\"; try \"SYSCALL\"; or { glob = \"1300\" }, if it is newer",
        ),
        ("type = 1300", "type: expected text, found a number; try \"SYSCALL\""),
        ("record = 'OYEZ_LOSS'", "record: oyez's own events are never shown to filters"),
        (
            "syscall = 'exceve'",
            "syscall: no system call is \"exceve\"; try \"execve\"; or { glob = \"exceve\" }, if it is newer",
        ),
        ("arch = 'b64'", "arch: no architecture is \"b64\"; try \"x86_64\""),
        ("arch = 'c000003e'", "arch: no architecture is \"c000003e\"; try \"x86_64\""),
        ("errno = 'EACCESS'", "errno: no error is \"EACCESS\"; try \"EACCES\""),
        ("errno = '-13'", "errno: no error is \"-13\"; try \"EACCES\""),
        ("errno = 13", "errno: expected text, found a number; try \"EACCES\""),
        ("family = 'AF_INET6'", "family: no family of addresses is \"AF_INET6\"; try \"inet6\""),
        ("family = '2'", "family: no family of addresses is \"2\"; try \"inet\""),
        ("'object.kind' = 'dir'", "object.kind: no kind of object is \"dir\"; try \"directory\""),
        ("marks = 'reducted'", "marks: no mark is \"reducted\"; try \"redacted\""),
        (
            "nametype = 'CREATED'",
            "nametype: no nametype is \"CREATED\"; try \"CREATE\"; or { glob = \"CREATED\" }, if it is newer",
        ),
        ("auid = 5000000000", "auid: out of range: the field has numbers from -1 to 4294967295"),
        ("uid = '-9--2'", "uid: out of range: the field has numbers from -1 to 4294967295"),
        ("port = -1", "port: out of range: the field has numbers from 0 to 4294967295"),
        ("auid = '>=4294967295'", "auid: an empty range: an open one of ids leaves \"unset\" out"),
        ("exe = 'perl'", "exe: no path of a program is like this: they begin with /; try \"**/perl\""),
        ("exe = 'bin/perl'", "exe: no path of a program is like this: they begin with /; try \"**/perl\""),
        (
            "ancestor = '*'",
            "ancestor: no path of a program is like this: they begin with /; try \"**\" in place of \"*\"",
        ),
        (
            "exe = '!/bin/x'",
            "exe: text with ! in front, which excludes nothing; try { not = \"/bin/x\" }, or { is = \"!/bin/x\" }",
        ),
        ("uid = '!0'", "uid: expected a number or a range, found \"!0\"; try { not = 0 }"),
        ("uid = '!= 0'", "uid: expected a number or a range, found \"!= 0\"; try { not = 0 }"),
        (
            "'claimed.addr' = '192.0.2.0/24'",
            "claimed.addr: a network, but the field is text; try { cidr = \"192.0.2.0/24\" }, or { is = \"192.0.2.0/24\" }",
        ),
        ("exe = { not = { exists = true }, exists = true }", "it never matches: no process.exe can be like this"),
        ("key = { not = { exists = false }, exists = false }", "it never matches: no keys can be like this"),
        ("user = 0", "user: unknown field \"user\"; try user.uid"),
        ("user = 'root'", "user: unknown field \"user\"; try user.uid_name"),
        ("'user.uuid' = 0", "user.uuid: unknown field \"user.uuid\"; try user.uid"),
        ("EXE = '/x'", "EXE: unknown field \"EXE\"; try exe"),
        ("command = 'x'", "command: unknown field \"command\"; try comm"),
        ("mode = 0o755", "mode: expected text, found a number; try \"*755\""),
        ("mode = 0o100644", "mode: expected text, found a number; try \"0100644\""),
        ("uid = false", "uid: expected a number or a range, found true or false; try { exists = false }"),
        ("exe = { startswith = '/' }", "exe.startswith: unknown operator \"startswith\"; try starts"),
        ("exe = { '!=' = '/' }", "exe.!=: unknown operator \"!=\"; try not"),
    ] {
        assert_eq!(faults(text), [fault], "{text}");
    }
}

#[test]
fn what_might_match_is_taken() {
    for text in [
        "key = 'a'\nall = [{ key = 'b' }]",
        "exe = { is = ['/a/x', '/b/x'], starts = '/b' }",
        "uid = { range = '<5' }\nall = [{ uid = '>3' }]",
        "any = [{ exe = '/a' }, { exe = '/b' }]",
        "'claimed.acct' = 'root'",
        "'details.sauid' = 5",
        "kind = ['UNKNOWN[1999]', 'SYSCALL', 'BRAND_NEW_TYPE']",
        "syscall = ['openat2', 'brand_new_call', 'x32_rt_*']",
        "syscall = { glob = 'execvf' }",
        "arch = ['x86_64', 'c0001234', 'aarch64']",
        "errno = ['EACCES', 'ERESTARTSYS', 'E*']",
        "family = ['inet', '200']",
        "result = { is = 'SUCCESS', nocase = true }",
        "port = [22, 99999]",
        "auid = ['unset', 4294967295, -1, '0-4294967295']",
        "exe = ['/x', '**/perl', '*/x', '<too_long>', '{/a,/b}']",
        "exe = { is = 'perl' }",
        "path = ['/etc/', 'relative']",
        "script = 'x.sh'",
        "argv = '10.0.0.0/8'",
        "addr = '10.0.0.0/8'",
        "key = { is = '!x' }",
    ] {
        assert_eq!(faults(text), [""; 0], "{text}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = "exee = 'x'\nuid = ['root', 5, '9-5']\nany = [{ x = 1 }, { exe = { is = 5, ends = '' } }]";
    assert_eq!(faults(text).len(), 6, "{:#?}", faults(text));
}

#[test]
fn what_would_take_too_much_is_refused() {
    let long = format!("exe = '{}'", "x".repeat(70_000));
    assert_eq!(faults(&long), ["exe: text of more than 65536 bytes"]);
    for bomb in ["((a{100}){100}){100}", "a{1000000}", "(?:[a-z]{1,500}x){1,500}"] {
        let told = faults(&format!("exe = {{ regex = '{bomb}' }}"));
        assert!(told.len() == 1 && told[0].starts_with("exe.regex: cannot use"), "{told:?}");
    }
    let nested = format!("exe = {{ regex = '{}a{}' }}", "(".repeat(100), ")".repeat(100));
    assert_eq!(faults(&nested).len(), 1);
    assert_eq!(faults(&format!("exe = '{}'", "{a,".repeat(100))).len(), 1);
    let deep = (0..100).fold(Tree::Object(vec![(b"pid".to_vec(), Tree::Number(1))]), |tree, _| {
        Tree::Object(vec![(b"not".to_vec(), tree)])
    });
    let mut told = Vec::new();
    assert!(Condition::parse(&deep, &mut told).is_none());
    assert_eq!(told.len(), 1);
    let many = Tree::Object(vec![(b"exe".to_vec(), Tree::List(vec![Tree::Number(5); 200_000]))]);
    told.clear();
    assert!(Condition::parse(&many, &mut told).is_none());
}

#[test]
fn actions_are_read_and_others_explained() {
    let exe = Field::find("exe").unwrap();
    let primary = Field::find("object.primary").unwrap();
    for (text, action) in [
        ("drop", Action::Drop),
        (" keep ", Action::Keep),
        ("tag:admin", Action::Tag("admin".into())),
        ("sample:1/100", Action::Sample { keep: 1, of: 100 }),
        ("limit:10/s", Action::Limit { count: 10, unit: 1000, per: vec![] }),
        ("limit:10/h per exe", Action::Limit { count: 10, unit: 3_600_000, per: vec![exe.clone()] }),
        ("suppress:60s per exe, object.primary", Action::Suppress { window: 60_000, per: vec![exe.clone(), primary] }),
        ("suppress:5m per process.exe", Action::Suppress { window: 300_000, per: vec![exe.clone()] }),
    ] {
        assert_eq!(Action::parse(text), Ok(action), "{text}");
    }
    for (text, part) in [
        ("", "expected drop, keep, tag:WORD, sample:1/100"),
        ("dorp", "unknown action \"dorp\""),
        ("drop:1", "unknown action"),
        ("tag:", "expected up to 64 letters"),
        ("tag:a b", "cannot tag with \"a b\""),
        ("sample:100", "expected 1/100"),
        ("sample:0/5", "expected 1/100"),
        ("sample:5/5", "below 1"),
        ("limit:0/s", "expected 10/s"),
        ("limit:10/w", "expected 10/s"),
        ("limit:9999999/s", "at most 1000000"),
        ("limit:10/s exe", "expected 10/s per FIELD"),
        ("limit:10/s per", "expected 10/s per FIELD"),
        ("limit:10/s per exee", "unknown field \"exee\" behind per; try exe"),
        ("suppress:60s", "suppress needs the fields"),
        ("suppress:60 per exe", "expected 500ms, 60s"),
        ("suppress:0s per exe", "expected 500ms, 60s"),
        ("suppress:99d per exe", "at most 30d"),
        ("suppress:60s per exe,process.exe", "stands behind per twice"),
    ] {
        let told = Action::parse(text).unwrap_err();
        assert!(told.contains(part), "{text}: {told}");
    }
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "exe",
            "uid",
            "key",
            "addr",
            "any",
            "all",
            "not",
            "is",
            "glob",
            "regex",
            "cidr",
            "range",
            "contains",
            "exists",
            "nocase",
            "claimed.acct",
            "process.argv_cut",
            "tag",
        ])
        .prop_map(|name| name.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..6),
    ];
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::Flag),
        any::<i128>().prop_map(Tree::Number),
        prop::collection::vec(any::<u8>(), 0..12).prop_map(Tree::Text),
        "[]\\[{},*?a-c/!^\\\\()|+.0-9<>=-]{0,12}".prop_map(|text| Tree::Text(text.into_bytes())),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::List),
            prop::collection::vec((name.clone(), inner), 0..4).prop_map(Tree::Object),
        ]
    })
}

proptest! {
    #[test]
    fn any_tree_is_a_condition_or_has_faults(tree in any_tree()) {
        let mut faults = Vec::new();
        let condition = Condition::parse(&tree, &mut faults);
        prop_assert_eq!(condition.is_none(), !faults.is_empty());
    }

    #[test]
    fn any_text_is_an_action_or_explained(text in "(drop|keep|tag:|sample:|limit:|suppress:)?[ -~é]{0,30}") {
        if let Err(told) = Action::parse(&text) {
            prop_assert!(told.contains("expect") || told.contains("per"), "{}", told);
        }
    }
}
