//! `string.find` and its like, against LuaJIT's own.

use proptest::prelude::*;

use super::*;

/// What a call gives with LuaJIT's own library, and with a script's.
fn both(call: &str) -> (String, String) {
    let show = "local out = { pcall(function() return CALL end) } for i = 1, 12 do out[i] = tostring(out[i]) end";
    let show = format!("{} local all = table.concat(out, '|')", show.replace("CALL", call));
    let lua = mlua::Lua::new();
    let own: mlua::LuaString = lua.load(format!("{show} return all")).eval().unwrap();
    let ours = match value(&format!("{show} return all")) {
        Some(Tree::Text(text)) => String::from_utf8_lossy(&text).into_owned(),
        other => panic!("{other:?}"),
    };
    (own.to_string_lossy(), ours)
}

#[test]
fn patterns_find_what_luas_own_find() {
    for call in [
        "('hello world'):find('o w')",
        "('hello world'):find('(o)( )(w)')",
        "('hello'):find('l', 1, true)",
        "('a.b'):find('.', 1, true)",
        "('a.b'):find('%.')",
        "('hello'):find('')",
        "('hello'):find('', 6)",
        "('hello'):find('', 99)",
        "('hello'):find('l', -2)",
        "('hello'):find('^l', 3)",
        "('hello'):find('l$')",
        "('hello'):find('o$')",
        "('he$lo'):find('$l')",
        "('a^b'):find('a^')",
        "('key = value'):match('^(%w+)%s*=%s*(%w+)$')",
        "('  trim  '):match('^%s*(.-)%s*$')",
        "('/usr/bin/perl'):match('([^/]+)$')",
        "('2026-11-23'):match('(%d+)-(%d+)-(%d+)')",
        "('[[x]]'):match('%[%[(.-)%]%]')",
        "('a]b'):find('[]]')",
        "('a-b'):find('[a%-]+')",
        "('a-z'):match('[a-]+')",
        "('^x'):match('[%^]')",
        "('x^'):match('[x^]+')",
        "('abc'):match('()b()')",
        "('abc'):match('((a)(b))')",
        "('aaa'):match('a-')",
        "('aaab'):match('a-b')",
        "('aXb'):match('%u')",
        "('aXb'):match('%U+')",
        "('\\0a'):match('%z')",
        "('a\\255b'):match('[\\128-\\255]')",
        "('abc'):gsub('%w', '%0%0')",
        "('abc'):gsub('%w*', 'x')",
        "('abc'):gsub('', '-')",
        "('hello world'):gsub('o', { o = '0' })",
        "('hello world'):gsub('%w+', function(w) return w:upper() end, 1)",
        "('abc'):gsub('^a', 'x')",
        "('aaa'):gsub('^a', 'x')",
        "('abc'):gsub('b', '%%')",
        "('abc'):gsub('(b)', '[%1]')",
        "('x=1, y=2'):gsub('(%w)=(%w)', '%2=%1')",
        "('a,b,,c'):gsub(',', ';', 2)",
        "table.concat((function() local t = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do t[#t + 1] = k .. v end return t end)(), ' ')",
        "table.concat((function() local t = {} for w in ('one two'):gmatch('%a+') do t[#t + 1] = w end return t end)(), ' ')",
        "table.concat((function() local t = {} for w in ('ab'):gmatch('') do t[#t + 1] = 'e' end return t end)(), ' ')",
        "table.concat((function() local t = {} for w in ('^a^a'):gmatch('^a') do t[#t + 1] = w end return t end)(), ' ')",
        "(123):rep(2)",
        "string.find(123, 2)",
    ] {
        let (own, ours) = both(call);
        assert_eq!(own.split(':').next_back(), ours.split(':').next_back(), "{call}");
    }
}

#[test]
fn what_is_no_pattern_is_an_error_as_in_lua() {
    for pattern in ["(", "(a", ")", "a)", "[a", "[", "[^", "%", "[%", "(()", "[]", "[a-"] {
        let (own, ours) = both(&format!("('abc'):find('{pattern}')"));
        // Lua finds out only where matching comes to the fault.
        assert!(own.starts_with("false|") || own.starts_with("true|nil|"), "{pattern}: {own}");
        assert!(ours.starts_with("false|"), "{pattern}: {ours}");
    }
    for (pattern, why) in
        [("%b()", "%b is not supported"), ("%f[a]", "%f is not supported"), ("(a)%1", "no back references")]
    {
        let fault = answer(&format!("return ('abc'):find('{pattern}')")).unwrap_err();
        assert!(fault.message.contains(why), "{fault}");
    }
}

fn pattern() -> impl Strategy<Value = String> {
    let single = prop_oneof![
        "[abc.]",
        Just("%a".to_owned()),
        Just("%W".to_owned()),
        Just("%%".to_owned()),
        Just("%.".to_owned()),
        "\\[\\^?[ab%]{0,1}[abc]{1,2}\\]",
        Just("[a-c]".to_owned()),
        Just("[^%s]".to_owned()),
        Just("[]a]".to_owned()),
    ];
    let item = (single, "[*+?-]?").prop_map(|(single, repeat)| single + &repeat);
    let group = proptest::collection::vec(item.clone(), 0..3).prop_map(|items| format!("({})", items.concat()));
    let piece = prop_oneof![4 => item, 1 => group, 1 => "[$^()a]"];
    (any::<bool>(), proptest::collection::vec(piece, 0..6), any::<bool>()).prop_map(|(front, pieces, back)| {
        format!("{}{}{}", if front { "^" } else { "" }, pieces.concat(), if back { "$" } else { "" })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    #[test]
    fn any_pattern_finds_what_luas_own_finds(pattern in pattern(), text in "[abc.% $^]{0,8}", init in -3..10) {
        for call in [
            format!("('{text}'):find('{pattern}', {init})"),
            format!("('{text}'):gsub('{pattern}', '<%0>')"),
        ] {
            let (own, ours) = both(&call);
            let is_fault = |shown: &str| shown.starts_with("false|");
            // What is no pattern is refused, also where Lua does not come to the fault.
            let is_wrong = ["unfinished capture", "invalid pattern capture", "malformed pattern"].iter().any(|why| ours.contains(why));
            prop_assert!(own == ours || (is_fault(&ours) && (is_wrong || is_fault(&own))), "{call}: {own} {ours}");
        }
    }
}
