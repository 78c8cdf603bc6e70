//! An event as a script reads it.

use oyez_events::context::Context;
use oyez_filter::lua::Answer;
use oyez_filter::{Read as _, Reader, Tree};
use oyez_format::json::JsonOptions;

use super::*;

#[test]
fn members_are_read_by_their_place_their_full_name_and_the_kernels_word() {
    for (body, expected) in [
        ("return event.syscall.name", text("execve")),
        ("return event['syscall.name']", text("execve")),
        ("return event:get('syscall.name')", text("execve")),
        ("return event.exe", text("/usr/bin/perl")),
        ("return event:get('exe')", text("/usr/bin/perl")),
        ("return event.process.exe", text("/usr/bin/perl")),
        ("return event.process.pid", Tree::Number(4211)),
        ("return event.kind", text("SYSCALL")),
        ("return event.action", text("executed")),
        ("return event.object.primary", text("/usr/bin/perl")),
        ("return event.user.auid", Tree::Number(1000)),
        ("return event.v", Tree::Number(1)),
    ] {
        assert_eq!(value(body), Some(expected), "{body}");
    }
}

#[test]
fn lists_are_counted_from_1_and_their_gaps_are_null() {
    for (body, expected) in [
        ("return event.keys[1]", text("exec")),
        ("return event.process.argv[2]", text("-e")),
        ("return event.process.argv[3] == null", Tree::Flag(true)),
        ("return #event.process.argv", Tree::Number(4)),
        ("return #event.keys", Tree::Number(1)),
        ("return #event.records", Tree::Number(5)),
        ("return event.records[2]", text("EXECVE")),
        ("return event.paths[2].inode", Tree::Number(77)),
        ("return event.paths[1].cap_fp", text("0")),
        ("return event.paths[1].name", text("/usr/bin/perl")),
        ("return event:get('paths.2.inode')", Tree::Number(77)),
        ("return event:get('paths.name')[1]", text("/usr/bin/perl")),
        ("return #event.paths", Tree::Number(2)),
    ] {
        assert_eq!(value(body), Some(expected), "{body}");
    }
    for body in [
        "event.keys[0]",
        "event.keys[2]",
        "event.keys[-1]",
        "event.keys[1.5]",
        "event.keys.x",
        "event.keys[0/0]",
        "event.paths[3]",
        "event.paths[2^40]",
    ] {
        assert_eq!(value(&format!("return {body}")), None, "{body}");
    }
}

#[test]
fn what_is_absent_is_nil_whatever_it_would_be() {
    for body in [
        "event.login",
        "event.container",
        "event.claimed",
        "event.process.parent",
        "event.process.nosuch",
        "event.process.sha256",
        "event['process.parent.exe']",
        "event:get('process.parent.exe')",
        "event.sockets",
        "event:get('sockets.addr')",
        "event:get('claimed.acct')",
        "event[1]",
        "event[true]",
        "event[{}]",
        "event.tags",
        "event:get('paths..name')",
    ] {
        assert_eq!(value(&format!("return {body}")), None, "{body}");
    }
}

#[test]
fn claims_and_details_are_read_by_the_kernels_names() {
    assert_eq!(value_of("return event.claimed.addr", LOGIN), Some(text("10.0.0.7")));
    assert_eq!(value_of("return event:get('claimed.addr')", LOGIN), Some(text("10.0.0.7")));
    let log = "type=AVC msg=audit(1795321201.500:9002): avc:  denied  { read } for  pid=1 comm=\"a\"\ntype=SYSCALL msg=audit(1795321201.500:9002): arch=c000003e syscall=0 pid=1 comm=\"a\"";
    assert_eq!(value_of("return event.details[1].type", log), Some(text("AVC")));
}

#[test]
fn pairs_and_ipairs_go_through_objects_and_lists() {
    let body = "local n = {} for key, value in pairs(event) do n[#n + 1] = key end return table.concat(n, ' ')";
    let names = value(body).unwrap();
    let names = String::from_utf8(names.text().unwrap().to_vec()).unwrap();
    assert!(names.starts_with("v time serial") && names.contains(" process ") && names.contains(" paths "), "{names}");
    let body = "local n = {} for _, path in ipairs(event.paths) do for key, value in pairs(path) do n[#n + 1] = key end end return #n";
    assert!(value(body).unwrap().number().unwrap() > 20);
    let body = "local n = {} for i, arg in ipairs(event.process.argv) do n[i] = tostring(arg) end return table.concat(n, ' ', 1, 2)";
    assert_eq!(value(body), Some(text("perl -e")));
    assert_eq!(value("local n = 0 for k, v in pairs(event.keys) do n = n + k end return n"), Some(Tree::Number(1)));
    assert_eq!(value("local n = 0 for k, v in pairs({a = 1, b = 2}) do n = n + v end return n"), Some(Tree::Number(3)));
    assert_eq!(value("local n = 0 for k, v in ipairs({4, 5}) do n = n + v end return n"), Some(Tree::Number(9)));
}

#[test]
fn a_number_that_is_not_exact_in_lua_comes_as_text() {
    assert_eq!(value("return event.paths[1].inode"), Some(text("18446744073709551615")));
    assert_eq!(value("return event:copy().paths[1].inode"), Some(text("18446744073709551615")));
}

#[test]
fn a_copy_has_all_that_the_event_has() {
    let mut script = script("function filter(event) return event:copy() end");
    let mut reader = Reader::new(JsonOptions::default());
    for log in [EXEC, LOGIN] {
        events(log, |event| {
            let context = Context::default();
            let mut view = reader.view(event, &context);
            let Ok(Answer::Rewrite(copy)) = script.call(&mut view, 0) else { panic!() };
            assert_same(&copy, view.root().unwrap(), "event");
        });
    }
}

/// Compares members in any order.
fn assert_same(tree: &Tree, item: oyez_filter::document::Item<'_>, at: &str) {
    use oyez_filter::Value;
    use oyez_filter::document::Kind;
    match (item.kind(), tree) {
        (Kind::Null, Tree::Null) => {}
        (Kind::Scalar(Value::Text(text)), Tree::Text(other)) => assert_eq!(text, other, "{at}"),
        (Kind::Scalar(Value::Flag(flag)), Tree::Flag(other)) => assert_eq!(flag, *other, "{at}"),
        (Kind::Scalar(Value::Number(number)), Tree::Number(other)) => assert_eq!(number, *other, "{at}"),
        (Kind::Scalar(Value::Number(number)), Tree::Text(other)) => {
            assert_eq!(number.to_string().as_bytes(), other, "{at}");
        }
        (Kind::List, Tree::List(trees)) => {
            assert_eq!(item.children().count(), trees.len(), "{at}");
            item.children().zip(trees).for_each(|(item, tree)| assert_same(tree, item, &format!("{at}[]")));
        }
        (Kind::Object, Tree::Object(members)) => {
            assert_eq!(item.children().count(), members.len(), "{at}");
            for child in item.children() {
                let name = String::from_utf8_lossy(child.name());
                assert_same(tree.get(child.name()).expect(&name), child, &format!("{at}.{name}"));
            }
        }
        (kind, tree) => panic!("{at}: {kind:?} {tree:?}"),
    }
}

#[test]
fn an_event_cannot_be_changed_and_the_error_says_what_to_do() {
    for body in ["event.x = 1", "event.process.exe = 'x'", "event.keys[1] = 'x'", "event.paths[1].name = 'x'"] {
        let fault = answer(body).unwrap_err();
        assert_eq!(
            fault.message,
            "x.lua:1: an event cannot be changed: change what event:copy() gives, and return that"
        );
    }
    for body in ["rawset(event, 'x', 1)", "setmetatable(event, {})", "getmetatable(event).x = 1", "next(event)"] {
        assert!(answer(body).is_err(), "{body}");
    }
}

#[test]
fn an_event_is_read_during_its_call_alone() {
    let mut script = script(
        "local kept, co, keys, next_key
         function filter(event)
           if not kept then
             kept, keys = event.process, event.keys
             next_key = pairs(event)
             co = coroutine.wrap(function() while true do coroutine.yield(kept.exe) end end)
             return { v = co() }
           end
           return { v = kept.exe or 'none', w = co(), n = #event.records }
         end
         function tick() return kept.exe end
         function finish() return co() end",
    );
    let first = ask(&mut script).unwrap();
    assert_eq!(first, Answer::Rewrite(Tree::Object(vec![(b"v".to_vec(), text("/usr/bin/perl"))])));
    let outside = "events can be read while filter(event) runs, and not before or after";
    assert!(script.tick(1).unwrap_err().message.ends_with(outside));
    assert!(script.finish(1).unwrap_err().message.ends_with(outside));
    // A place is a place in the event at hand.
    let log = EXEC.replace("/usr/bin/perl", "/bin/other");
    let source = "local kept function filter(event) kept = kept or event.process return { v = kept.exe } end";
    let mut script = super::script(source);
    assert_ne!(ask(&mut script), ask_of(&mut script, &log));
}

#[test]
fn a_name_that_no_event_has_is_told_with_what_was_probably_meant() {
    let fault = answer("local x = event:get('proces.exe')").unwrap_err();
    assert_eq!(fault.message, "x.lua:1: no field is called \"proces.exe\"; did you mean \"process.exe\"?");
    for (body, name) in [
        ("event.exee", "exee"),
        ("event['proces.exe']", "proces.exe"),
        ("event.success", "success"),
        ("event['']", ""),
        ("event['.']", "."),
    ] {
        let fault = answer(&format!("local x = {body}")).unwrap_err();
        assert!(fault.message.starts_with(&format!("x.lua:1: no field is called {name:?}")), "{fault}");
    }
}

#[test]
fn all_of_many_elements_are_read() {
    let mut lines = vec!["type=SYSCALL msg=audit(1795321200.101:9001): arch=c000003e syscall=2 pid=1".to_owned()];
    lines.extend((0..300).map(|item| format!("type=PATH msg=audit(1795321200.101:9001): item={item} name=\"/a\"")));
    let log = lines.join("\n");
    assert_eq!(
        value_of(
            "local n = 0 for _, p in ipairs(event.paths) do if p.name == '/a' then n = n + 1 end end return n",
            &log
        ),
        Some(Tree::Number(300))
    );
}

#[test]
fn what_was_there_in_one_event_is_not_taken_to_be_in_the_next() {
    let mut asks =
        script("function filter(event) local a = event.syscall a = event.syscall if not a then return false end end");
    for (log, answer) in [(EXEC, Answer::Pass), (LOGIN, Answer::Drop), (EXEC, Answer::Pass), (LOGIN, Answer::Drop)] {
        assert_eq!(ask_of(&mut asks, log), Ok(answer));
    }
}
