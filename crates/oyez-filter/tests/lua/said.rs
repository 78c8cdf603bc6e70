//! What a script says beside its answers, and its helpers.

use oyez_filter::tell::{Said, Told};

use super::*;

fn told(script: &mut Script) -> Vec<Told> {
    let mut told = Vec::new();
    script.emitted(&mut |it| told.push(it));
    told
}

#[test]
fn events_of_a_scripts_own_have_its_name_the_events_time_and_its_fields() {
    let source = "function filter(event)
        assert(emit{ text = 'a\\nb', number = 7, yes = true, exe = event.process.exe })
        assert(emit{})
    end";
    let mut script = script(source);
    ask(&mut script).unwrap();
    let all = told(&mut script);
    assert_eq!(all.len(), 2);
    let first = &all[0];
    assert_eq!((first.kind, first.sec, first.ms), ("OYEZ_EMIT", 1_795_321_200, 101));
    let fields: Vec<_> = first.fields.iter().map(|(name, said)| (&**name, said.clone())).collect();
    let expected = [
        ("filter", Said::from("x.lua")),
        ("exe", Said::from("/usr/bin/perl")),
        ("number", Said::Number(7)),
        ("text", Said::from("a\nb")),
        ("yes", Said::Flag(true)),
    ];
    assert_eq!(fields, expected);
    assert!(told(&mut script).is_empty());
}

#[test]
fn events_beyond_the_bounds_are_refused_with_the_reason_and_counted() {
    let source = "function filter()
        local ok, why
        local fine, wrong = pcall(emit, { a = {} })
        for i = 1, 20 do ok, why = emit{ i = i } end
        return { ok = tostring(ok), why = why, wrong = wrong }
    end";
    let mut script = script(source);
    let Ok(Answer::Rewrite(tree)) = ask(&mut script) else { panic!() };
    assert_eq!(tree.get(b"ok"), Some(&text("nil")));
    assert_eq!(tree.get(b"why"), Some(&text("more than 16 events from one call")));
    assert_eq!(tree.get(b"wrong"), Some(&text("\"a\" is no text, number, true or false")));
    assert_eq!(told(&mut script).len(), 16);
    let counts = script.counts();
    assert_eq!((counts.emitted, counts.refused), (16, 5));
}

#[test]
fn lines_of_the_log_are_told_and_held_back_when_they_are_many() {
    let source = "function filter() for i = 1, 30 do oyez.log('warn', 'line ' .. i) end print('a', 1, nil) end";
    let mut script = script(source);
    ask(&mut script).unwrap();
    let all = told(&mut script);
    assert_eq!(all.len(), 10);
    assert_eq!(all[0].kind, "OYEZ_FILTER_LOG");
    assert_eq!((all[9].get("level"), all[9].get("text")), (Some(&Said::from("warn")), Some(&Said::from("line 10"))));
    assert_eq!(script.counts().held_back, 21);
}

#[test]
fn counters_are_shown_by_name() {
    let mut script = script(
        "local c = oyez.counter('seen') function filter() c:add() c:add(2) oyez.counter('other') return { v = c:get() } end",
    );
    let Ok(Answer::Rewrite(tree)) = ask(&mut script) else { panic!() };
    assert_eq!(tree.get(b"v"), Some(&Tree::Number(3)));
    assert_eq!(script.counters(), [("other".into(), 0), ("seen".into(), 3)]);
}

#[test]
fn helpers_do_what_they_say() {
    for (body, expected) in [
        ("return oyez.glob('/usr/lib/**'):match('/usr/lib/a/b')", Tree::Flag(true)),
        ("return oyez.glob('/usr/lib/*'):match('/usr/lib/a/b')", Tree::Flag(false)),
        ("return oyez.glob('a'):match(nil)", Tree::Flag(false)),
        ("return oyez.glob('/a/**/b'):match('/a/b')", Tree::Flag(true)),
        ("return oyez.glob('**/b'):match('b')", Tree::Flag(true)),
        ("return oyez.glob('/é?.*'):match('/éa.b')", Tree::Flag(true)),
        ("return oyez.glob('/a.b'):match('/axb')", Tree::Flag(false)),
        ("return (pcall(oyez.glob, '[a'))", Tree::Flag(false)),
        ("return oyez.cidr('10.0.0.0/8'):has('10.1.2.3')", Tree::Flag(true)),
        ("return oyez.cidr('10.0.0.0/8'):has('11.1.2.3')", Tree::Flag(false)),
        ("return oyez.cidr('10.0.0.0/8'):has('no')", Tree::Flag(false)),
        ("return oyez.cidr('10.0.0.0/8'):has(nil)", Tree::Flag(false)),
        ("return oyez.cidr('fe80::/10'):has('fe80::1')", Tree::Flag(true)),
        ("return oyez.regex('(\\\\d+)-(x)?'):match('a12-')", text("12")),
        ("return oyez.regex('b+'):find('abbb')", Tree::Number(2)),
        ("return (oyez.regex('b+'):gsub('abbbab', '<%0>'))", text("a<bbb>a<b>")),
        ("return (oyez.regex('^a'):gsub('aaa', 'b'))", text("baa")),
        ("local n = 0 for w in oyez.regex('\\\\w+'):gmatch('a bc d') do n = n + #w end return n", Tree::Number(4)),
        ("return oyez.now()", Tree::Number(5)),
        ("return oyez.time() * 1000", Tree::Number(1_795_321_200_101)),
        ("return oyez.format_time(oyez.time())", text("2026-11-22T04:20:00.101Z")),
        ("return oyez.parse_time('1970-01-01T00:01:00Z')", Tree::Number(60)),
        ("return oyez.parse_time('x') == nil", Tree::Flag(true)),
        (
            "return oyez.format_time(-1) == nil and oyez.format_time(0/0) == nil and oyez.format_time(1/0) == nil",
            Tree::Flag(true),
        ),
    ] {
        assert_eq!(value(body), Some(expected), "{body}");
    }
}

#[test]
fn a_map_forgets_what_was_used_longest_ago_and_what_is_old() {
    let source = "local l = oyez.lru{ size = 2, ttl = 10 }
        function init() l:set('a', 1) l:set('b', 2) l:get('a') l:set('c', 3) end
        function filter() return { a = l:get('a'), b = l:get('b'), c = l:get('c'), n = l:len() } end
        function tick() end";
    let mut script = script(source);
    let get = |script: &mut Script| match ask(script) {
        Ok(Answer::Rewrite(tree)) => [b"a", b"b", b"c", b"n"].map(|name| tree.get(name).and_then(Tree::number)),
        other => panic!("{other:?}"),
    };
    // At 5 s.
    assert_eq!(get(&mut script), [Some(1), None, Some(3), Some(2)]);
    let source = source.replace("ttl = 10", "ttl = 5");
    assert_eq!(get(&mut super::script(&source)), [None, None, None, Some(0)]);
}
