//! What a filter may return.

use oyez_filter::lua::{Answer, Kind, MAX_BYTES, MAX_DEPTH, MAX_MESSAGE, MAX_NODES};

use super::*;

#[test]
fn answers_are_pass_drop_or_a_table() {
    for body in ["", "return nil", "return 0", "return true", "return event"] {
        assert_eq!(answer(body), Ok(Answer::Pass), "{body}");
    }
    for body in ["return 1", "return false"] {
        assert_eq!(answer(body), Ok(Answer::Drop), "{body}");
    }
    for body in ["return {}", "return event:copy()"] {
        assert!(matches!(answer(body), Ok(Answer::Rewrite(_))), "{body}");
    }
    for body in
        ["return 2", "return 'drop'", "return function() end", "return null", "return event.process", "return 0/0"]
    {
        let fault = answer(body).unwrap_err();
        assert_eq!(fault.kind, Kind::Error);
        assert!(fault.message.contains("filter returned a "), "{fault}");
    }
}

#[test]
fn a_table_becomes_a_tree_of_the_same_values() {
    let body = "return { a = 'x', b = -5, c = true, d = { 'y', null, 2^53 }, e = {}, f = { g = { 1 } }, p = event.process.argv }";
    let Ok(Answer::Rewrite(Tree::Object(mut members))) = answer(body) else { panic!() };
    members.sort_by(|(name, _), (other, _)| name.cmp(other));
    let argv = Tree::List(vec![text("perl"), text("-e"), Tree::Null, text("print \"hi\"\n")]);
    let inner = Tree::Object(vec![(b"g".to_vec(), Tree::List(vec![Tree::Number(1)]))]);
    let expected = [
        ("a", text("x")),
        ("b", Tree::Number(-5)),
        ("c", Tree::Flag(true)),
        ("d", Tree::List(vec![text("y"), Tree::Null, Tree::Number(1 << 53)])),
        ("e", Tree::Object(vec![])),
        ("f", inner),
        ("p", argv),
    ];
    assert_eq!(members, expected.map(|(name, tree)| (name.as_bytes().to_vec(), tree)));
}

#[test]
fn a_table_that_no_event_can_be_is_refused_with_its_place() {
    for (body, expected) in [
        ("return { a = { b = 1.5 } }", "1.5, which is no whole number at a.b"),
        ("return { a = 1/0 }", "inf, which is no whole number at a"),
        ("return { a = function() end }", "a value of type function at a"),
        ("return { a = { 1, nil, 3 } }", "a list without a value at 2 (null stands for no value) at a"),
        ("return { a = { 1, b = 2 } }", "a table with names and numbers for keys at a"),
        ("return { [true] = 1 }", "a key of type boolean"),
        ("return { [1.5] = 1 }", "a key of type number"),
        ("return { a = coroutine.create(print) }", "a value of type thread at a"),
    ] {
        assert_eq!(answer(body).unwrap_err().message, format!("x.lua: filter returned {expected}"), "{body}");
    }
}

#[test]
fn a_table_is_bounded_in_depth_size_and_values() {
    let too = |body: String| answer(&body).unwrap_err().message;
    let nest = |depth| format!("local t = {{}} for i = 1, {depth} do t = {{ a = t }} end return t");
    assert!(answer(&nest(MAX_DEPTH - 1)).is_ok());
    assert!(too(nest(MAX_DEPTH)).contains("deep"));
    assert!(too("local t = {} t.t = t return t".to_owned()).contains("within themselves"));
    assert!(too("local t = {} for i = 1, 10 do t = { t, t, t, t } end return t".to_owned()).contains("values"));
    let many = |count| format!("local t = {{}} for i = 1, {count} do t[i] = i end return t");
    assert!(answer(&many(MAX_NODES - 1)).is_ok());
    assert!(too(many(2 * MAX_NODES)).contains("values"));
    let long = |count: usize| format!("return {{ a = ('x'):rep({count}) }}");
    assert!(answer(&long(MAX_BYTES - 1)).is_ok());
    assert!(too(long(2 * MAX_BYTES)).contains("bytes"));
}

#[test]
fn metatables_of_a_returned_table_are_not_asked() {
    let body =
        "return setmetatable({ a = 1 }, { __index = error, __pairs = error, __len = error, __newindex = error })";
    assert_eq!(answer(body), Ok(Answer::Rewrite(Tree::Object(vec![(b"a".to_vec(), Tree::Number(1))]))));
}

#[test]
fn errors_say_script_and_line_in_printable_text_of_bounded_length() {
    assert_eq!(
        answer("\n\nlocal x = nil + 1").unwrap_err().message,
        "x.lua:3: attempt to perform arithmetic on a nil value"
    );
    for (body, name) in [("require('x')", "require"), ("return os.time()", "os")] {
        let message = answer(body).unwrap_err().message;
        let end = format!("global '{name}' (a nil value): filters have no {name}, by design");
        assert!(message.ends_with(&end), "{message}");
    }
    let message = answer("oyez.regex('(')").unwrap_err().message;
    assert_eq!(message, "x.lua:1: no regular expression: unclosed group");
    assert_eq!(answer("error('a\\nb\\27[31m')").unwrap_err().message, "x.lua:1: a\\u{a}b\\u{1b}[31m");
    let long = answer("error(('x'):rep(100000))").unwrap_err().message;
    assert!(long.len() <= MAX_MESSAGE && long.starts_with("x.lua:1: xxx"));
    assert_eq!(answer("error({})").unwrap_err().message, "x.lua: error with a value of type table");
    assert_eq!(answer("error()").unwrap_err().message, "x.lua: error with a value of type nil");
    assert_eq!(compile_fault("function filter(").message, "x.lua:1: <name> or '...' expected near '<eof>'");
}

#[test]
fn a_script_needs_a_function_filter_and_is_given_its_configuration() {
    assert_eq!(compile_fault("x = 1").message, "x.lua: filter is nil, and has to be a function");
    assert_eq!(compile_fault("filter = 1").message, "x.lua: filter is number, and has to be a function");
    assert_eq!(
        compile_fault("function filter() end tick = {}").message,
        "x.lua: tick is table, and has to be a function"
    );
    assert_eq!(compile_fault("error('no')").message, "x.lua:1: no");
    assert_eq!(compile_fault("function filter() end function init() error('no') end").message, "x.lua:1: no");
    let config = Tree::Object(vec![
        (b"users".to_vec(), Tree::List(vec![text("alice"), Tree::Null])),
        (b"limit".to_vec(), Tree::Number(7)),
    ]);
    let source = "local config
        function init(given) config = given end
        function filter() return { a = config.users[1], b = config.limit, c = config.users[2] == null } end";
    let mut script = Script::compile("x.lua", source.as_bytes(), &Settings { config, ..settings() }).unwrap();
    let Ok(Answer::Rewrite(tree)) = ask(&mut script) else { panic!() };
    assert_eq!(
        [b"a", b"b", b"c"].map(|name| tree.get(name).cloned().unwrap()),
        [text("alice"), Tree::Number(7), Tree::Flag(true)]
    );
}

#[test]
fn values_are_kept_from_call_to_call_and_each_script_has_its_own() {
    let source = "n = 0 function filter() n = n + 1 return { n = n } end function tick(now) n = n + now end function finish() n = -1 end";
    let (mut one, mut two) = (script(source), script(source));
    let n = |script: &mut Script| match ask(script) {
        Ok(Answer::Rewrite(tree)) => tree.get(b"n").and_then(Tree::number),
        other => panic!("{other:?}"),
    };
    assert_eq!([n(&mut one), n(&mut one), n(&mut two)], [Some(1), Some(2), Some(1)]);
    one.tick(100_000).unwrap();
    assert_eq!(n(&mut one), Some(103));
    one.finish(0).unwrap();
    assert_eq!(n(&mut one), Some(0));
}

#[test]
fn a_script_moves_to_another_thread() {
    let mut script = script("function filter(event) return event.process.pid ~= 4211 end");
    let answer = std::thread::spawn(move || ask(&mut script)).join().unwrap();
    assert_eq!(answer, Ok(Answer::Drop));
}

#[test]
fn an_event_with_changes_is_the_event_but_for_them() {
    let plain = answer("return event:copy()");
    let (Ok(Answer::Rewrite(plain)), Ok(Answer::Rewrite(tree))) = (
        plain,
        answer(
            "return event:with{ process = { argv = { 'a' }, cwd = null, nosuch = null }, tags = { 'x' }, paths = null }",
        ),
    ) else {
        panic!()
    };
    let process = tree.get(b"process").unwrap();
    assert_eq!(process.get(b"argv"), Some(&Tree::List(vec![text("a")])));
    assert_eq!((process.get(b"cwd"), process.get(b"nosuch"), tree.get(b"paths")), (None, None, None));
    assert_eq!(tree.get(b"tags"), Some(&Tree::List(vec![text("x")])));
    for name in ["pid", "exe", "comm"] {
        assert_eq!(process.get(name.as_bytes()), plain.get(b"process").unwrap().get(name.as_bytes()), "{name}");
    }
    let exit = |tree: &Tree| tree.get(b"syscall").and_then(|syscall| syscall.get(b"exit")).cloned();
    assert_eq!(exit(&tree), exit(&plain));
    assert!(answer("return event:with(1)").is_err() && answer("return event:with{ a = print }").is_err());
    assert!(answer("return event:with{ tags = event.keys }").is_ok());
}

/// A tree with the members of its objects in the order of their names.
fn sorted(tree: Tree) -> Tree {
    match tree {
        Tree::List(items) => Tree::List(items.into_iter().map(sorted).collect()),
        Tree::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(name, tree)| (name, sorted(tree))).collect();
            members.sort_by(|(name, _), (other, _)| name.cmp(other));
            Tree::Object(members)
        }
        other => other,
    }
}

/// What a changed copy comes to: as it takes the event's place, and as a part of another table, where nothing is known of it.
fn both(log: &str, change: &str) -> [Result<Tree, String>; 2] {
    ["c", "{ v = c }"].map(|returned| {
        let body = format!("local c = event:copy() {change} return {returned}");
        match ask_of(&mut script(&format!("function filter(event) {body} end")), log) {
            Ok(Answer::Rewrite(tree)) => {
                Ok(sorted(if returned == "c" { tree } else { tree.get(b"v").unwrap().clone() }))
            }
            Err(fault) => Err(fault.message.replace(" at v.", " at ")),
            other => panic!("{other:?}: {change}"),
        }
    })
}

#[test]
fn a_copy_that_takes_the_events_place_is_read_as_any_table() {
    for change in [
        "",
        "c.process.argv = { 'x' }",
        "c.process.argv[3] = 'y'",
        "c.process.argv = event.process.argv",
        "c.process.argv = {}",
        "c.process.comm = 5",
        "c.process.comm = 'other'",
        "c.process.pid = '4211'",
        "c.process.pid = 1",
        "c.process.tty = nil",
        "c.process.tty = null",
        "c.process.tty = false",
        "c.process.nosuch = 'x'",
        "c.process = 'x'",
        "c.process = nil",
        "c.process = c.user c.user = c.paths[1]",
        "c.process = setmetatable({ pid = 1 }, { __index = c.process })",
        "c.user = { 1, 2 }",
        "c.user = event.user",
        "c.user = {}",
        "c.session = '3'",
        "c.session = 3.0",
        "c.keys[2] = 'b'",
        "c.keys = 'exec'",
        "c.keys = {}",
        "c.keys = { a = 'x' }",
        "c.tags, c.added = { 'a' }, { n = 1, b = true }",
        "c.paths[1].name = 7",
        "c.paths[1].cap_fp = 0",
        "c.paths[1].inode = 2^53",
        "c.paths[1] = c.paths[2]",
        "c.paths[3] = {}",
        "c.paths[2] = null",
        "c.paths = { c.paths[1], 'x', 5 }",
        "table.remove(c.paths, 1)",
        "for k in pairs(event) do c[k] = nil end",
        "local m = { __index = error, __len = error, __pairs = error, __newindex = error, __eq = error }
         for _, t in ipairs { c, c.process, c.paths, c.paths[1] } do setmetatable(t, m) end",
    ] {
        let [place, part] = both(EXEC, change);
        assert!(place.is_ok(), "{place:?}: {change}");
        assert_eq!(place, part, "{change}");
    }
    let [place, part] = both(LOGIN, "c.claimed.x = 'y'");
    assert_eq!(place, part);
}

#[test]
fn what_is_wrong_with_a_copy_is_told_as_of_any_table() {
    for change in [
        "c.process[1] = 1",
        "c.process[true] = 1",
        "c.process[1.5] = 1",
        "c.process.exe = print",
        "c.process.pid = 1.5",
        "c.process.argv[9] = 'x'",
        "c.process.argv.x = 'x'",
        "c.keys[0] = 'x'",
        "c.paths.x = 1",
        "c.paths[1][1] = 'x'",
        "c.paths[2].name = coroutine.create(print)",
        "c.tags = { print }",
        "c.process.exe = ('x'):rep(2^20)",
        "for i = 1, 5000 do c['x' .. i] = i end",
        "for i = 1, 5000 do c.keys[i] = 'x' end",
    ] {
        let [place, part] = both(EXEC, change);
        assert!(place.is_err(), "{change}");
        let cut = |told: Result<Tree, String>| told.map_err(|told| told.split(" at ").next().unwrap_or("").to_owned());
        if change.starts_with("for") { assert!(part.is_err()) } else { assert_eq!(cut(place), cut(part), "{change}") }
    }
    for cycle in ["c.c = c", "c.process.argv = c", "c.paths[1] = c.paths", "c.user.gid = c.user"] {
        assert!(both(EXEC, cycle).iter().all(|told| told.as_ref().is_err_and(|told| told.contains("deep"))), "{cycle}");
    }
}

#[test]
fn a_copy_that_was_kept_is_the_event_it_was_made_of() {
    let source = "local kept function filter(event) if kept then return kept end kept = event:copy() end";
    let mut keeps = script(source);
    assert_eq!(ask(&mut keeps), Ok(Answer::Pass));
    let [copy, _] = both(EXEC, "");
    for log in [LOGIN, EXEC] {
        let Ok(Answer::Rewrite(kept)) = ask_of(&mut keeps, log) else { panic!() };
        assert_eq!(Ok(sorted(kept)), copy);
    }
}

#[test]
fn an_event_with_very_many_arguments_is_walked_copied_and_changed() {
    let arguments: Vec<_> = (1..20_000).map(|place| format!("a{place}=\"x\"")).collect();
    let execve = format!("argc=20000 a0=\"tool\" {}", arguments.join(" "));
    let log = EXEC.replace(r#"argc=4 a0="perl" a1="-e" a3=7072696E7420226869220A"#, &execve);
    let source = "function filter(event)
        local seen = 0
        for _, argument in ipairs(event.process.argv) do if argument == 'x' then seen = seen + 1 end end
        local copy = event:copy()
        copy.process.argv[20000] = 'last of ' .. seen
        return copy
    end";
    // A build for tests is slow; what took quadratic time took minutes.
    let settings = Settings { time_limit: Duration::from_secs(10), ..Settings::default() };
    let mut script = Script::compile("x.lua", source.as_bytes(), &settings).unwrap();
    let Answer::Rewrite(tree) = ask_of(&mut script, &log).unwrap() else { panic!("not rewritten") };
    let Some(Tree::List(argv)) = tree.get(b"process").and_then(|process| process.get(b"argv")) else {
        panic!("{tree:?}")
    };
    assert_eq!((argv.len(), argv.last().unwrap()), (20_000, &Tree::Text(b"last of 19999".to_vec())));
}
