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
        ("any = []", "any: expected a list of tables, found a list"),
        ("all = { exe = 'x' }", "all: expected a list of tables, found a table"),
        ("not = {}", "not: expected a table of fields, found an empty table"),
        ("not = 5", "not: expected a table of fields, found a number"),
        ("exe = {}", "exe: expected a value, a list, or a table of operators, found an empty table"),
        ("exe = 5", "exe: expected text, found a number; try \"5\""),
        ("syscall = 59", "syscall: expected text, found a number; try syscall.number = 59"),
        ("exe = true", "exe: expected text, found true or false; try exists = true"),
        ("exe = [['x']]", "exe[0]: expected text, found a list"),
        ("uid = 'root'", "uid: expected a number or a range, found \"root\"; try uid_name = \"root\""),
        ("exit = '-EACCES'", "exit: expected a number or a range, found \"-EACCES\"; try errno = \"EACCES\""),
        ("pid = 'unset'", "pid: expected a number or a range, found \"unset\""),
        ("uid = '9-5'", "uid: an empty range, which matches nothing"),
        ("uid = { is = '5-9' }", "uid.is: expected a number or a range, found \"5-9\""),
        ("uid = { contains = '5' }", "uid.contains: it is a number, not text; try range = \"1000-1999\""),
        ("exe = { range = '5-9' }", "exe.range: expected text, found a range"),
        ("'process.argv_cut' = 'true'", "process.argv_cut: expected true or false, found text; try true"),
        ("addr = '10.0.0.0/33'", "addr: \"10.0.0.0/33\" is no network; try \"10.0.0.0/8\""),
        ("addr = { cidr = 'host' }", "addr.cidr: expected an address or a network; try \"10.0.0.0/8\""),
        ("exe = '/usr/[a-'", "exe: cannot use this glob: [ without ]; try is = … for just this text"),
        ("exe = '{a,b'", "exe: cannot use this glob: { without }; try is = … for just this text"),
        ("exe = '**'", "exe: cannot use this glob: it matches any text; try is = … for just this text"),
        ("path = '**/**'", "path: cannot use this glob: it matches any text; try is = … for just this text"),
        ("exe = { regex = 'a(b' }", "exe.regex: cannot use this regular expression: unclosed group at byte 1"),
        ("exe = { regex = '.*' }", "exe.regex: cannot use this regular expression: it matches any text"),
        ("exe = { contains = '' }", "exe.contains: empty text, which is in any text; try exists = true"),
        ("exe = { exists = 1 }", "exe.exists: expected true or false, found a number"),
        ("exe = { nocase = true }", "exe: expected an operator beside nocase; try is"),
        ("uid = { is = 5, nocase = true }", "uid.nocase: it is no text that could have upper and lower case"),
        ("all = [{ exe = 'a' }, { exe = 'b' }]", "all: it never matches: no process.exe can be like this"),
        ("exe = { is = '/bin/a', starts = '/usr/' }", "it never matches: no process.exe can be like this"),
        ("exe = { is = ['a', 'b'], not = ['a', 'b', 'c'] }", "it never matches: no process.exe can be like this"),
        ("uid = { range = '<5', not = 3 }\nall = [{ uid = '>5' }]", "it never matches: no user.uid can be like this"),
        ("key = { is = 'x', exists = false }", "it never matches: no keys can be like this"),
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
        "any = [{ exe = 'a' }, { exe = 'b' }]",
        "'claimed.acct' = 'root'",
        "'details.sauid' = 5",
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
