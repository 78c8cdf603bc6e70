//! What a script can reach.

use std::collections::BTreeSet;

use super::*;

/// All that the globals of a script lead to.
const REACHED: &str = "_G _VERSION assert bit bit.arshift bit.band bit.bnot bit.bor bit.bswap bit.bxor bit.lshift bit.rol \
    bit.ror bit.rshift bit.tobit bit.tohex coroutine coroutine.create coroutine.resume coroutine.running coroutine.status \
    coroutine.wrap coroutine.yield emit error getmetatable ipairs math math.abs math.acos math.asin math.atan math.atan2 \
    math.ceil math.cos math.cosh math.deg math.exp math.floor math.fmod math.frexp math.huge math.ldexp math.log math.log10 \
    math.max math.min math.modf math.pi math.pow math.rad math.random math.randomseed math.sin math.sinh math.sqrt math.tan \
    math.tanh next null oyez oyez.cidr oyez.counter oyez.format_time oyez.glob oyez.log oyez.lru oyez.now oyez.parse_time \
    oyez.regex oyez.time pairs pcall print rawequal rawget rawset select setmetatable string string.byte string.char \
    string.find string.format string.gmatch string.gsub string.len string.lower string.match string.rep string.reverse \
    string.sub string.upper table table.concat table.insert table.maxn table.pack table.remove table.sort table.unpack \
    tonumber tostring type unpack xpcall";

#[test]
fn a_script_reaches_what_is_listed_and_nothing_else() {
    let body = "local names = {}
        for name, value in pairs(_G) do
          names[#names + 1] = name
          if type(value) == 'table' and value ~= _G then
            for inner in pairs(value) do names[#names + 1] = name .. '.' .. inner end
          end
        end
        return table.concat(names, ' ')";
    let names = value(body).unwrap();
    let names = String::from_utf8(names.text().unwrap().to_vec()).unwrap();
    let reached: BTreeSet<&str> = names.split_whitespace().filter(|name| *name != "filter").collect();
    assert_eq!(reached, REACHED.split_whitespace().collect());
}

#[test]
fn what_leads_to_the_host_or_to_code_is_absent() {
    for name in [
        "io",
        "os",
        "debug",
        "package",
        "require",
        "ffi",
        "jit",
        "load",
        "loadstring",
        "loadfile",
        "dofile",
        "module",
        "collectgarbage",
        "newproxy",
        "getfenv",
        "setfenv",
        "gcinfo",
        "string.dump",
        "table.foreach",
        "table.foreachi",
        "table.move",
        "table.getn",
        "table.new",
        "table.clear",
        "string.gfind",
        "arg",
    ] {
        assert_eq!(value(&format!("return {name} == nil")), Some(Tree::Flag(true)), "{name}");
    }
}

#[test]
fn bytecode_is_refused() {
    for source in [&b"\x1bLJ\x02\x0a\x00"[..], b"\x1bLua", b"\x1b"] {
        assert!(Script::compile("x.lua", source, &settings()).is_err());
    }
}

#[test]
fn a_script_that_changes_what_it_was_given_breaks_nothing_but_itself() {
    let source = "
        for _, library in pairs { string, table, math, oyez } do for name in pairs(library) do library[name] = nil end end
        local G = _G
        for name in pairs(G) do if name ~= 'oyez' then G[name] = function() while true do end end end end
        function filter(event) return event.process.exe == '/usr/bin/perl' and event:get('exe') == event.exe end";
    assert_eq!(ask(&mut script(source)), Ok(Answer::Pass));
    for body in ["getmetatable('').__index = {}", "getmetatable('').x = 1", "setmetatable('', {})"] {
        assert!(answer(body).is_err(), "{body}");
    }
    assert_eq!(value("return getmetatable('')"), Some(Tree::Flag(false)));
    assert_eq!(value("return getmetatable(event)"), Some(Tree::Flag(false)));
    assert_eq!(value("return getmetatable(oyez.regex('a'))"), Some(Tree::Flag(false)));
    assert_eq!(value("return getmetatable(null) == nil"), Some(Tree::Flag(true)));
}

#[test]
fn libraries_do_what_luas_own_do() {
    for (body, expected) in [
        ("local t = { 1, 2, 4 } table.insert(t, 3, 3) return table.concat(t, ',')", "1,2,3,4"),
        ("local t = { 1, 2 } table.insert(t, 3) table.insert(t, 1, 0) return table.concat(t, ',')", "0,1,2,3"),
        ("local t = { 1, 2, 3 } return table.remove(t, 1) .. table.remove(t) .. #t", "131"),
        ("local t = {} for i = 1, 50 do t[i] = (i * 37) % 50 end table.sort(t) return t[1] .. t[25] .. t[50]", "02449"),
        ("local t = { 'b', 'c', 'a' } table.sort(t, function(a, b) return a > b end) return table.concat(t)", "cba"),
        ("return ('ab'):rep(3, '-')", "ab-ab-ab"),
        ("return ('x'):rep(0) .. ('x'):rep(-1)", ""),
        ("return string.format('%5.1f|%s|%q|%d|%x', 1.25, true, 'a', 7, 255)", "  1.2|true|\"a\"|7|ff"),
        ("return string.format('%s %s', setmetatable({}, { __tostring = function() return 'T' end }), 1)", "T 1"),
        ("return table.concat({ pcall(error, 'x') == false and 'f' or 't', (select(2, pcall(error, 'x', 0))) })", "fx"),
        ("return (select(2, xpcall(function() error('x', 0) end, function(e) return e .. 'y' end)))", "xy"),
        ("return coroutine.wrap(function(a) local b = coroutine.yield(a) return b end)('z')", "z"),
        ("return ('AbC'):lower() .. ('AbC'):upper() .. ('AbC'):reverse()", "abcABCCbA"),
    ] {
        assert_eq!(value(body), Some(text(expected)), "{body}");
    }
}

#[test]
fn what_a_library_refuses_is_told_at_the_scripts_line() {
    for (body, expected) in [
        ("string.find({}, 'a')", "bad argument #1 to 'find' (string expected, got table)"),
        ("table.insert({}, 9, 1)", "bad argument #2 to 'insert' (position out of bounds)"),
        ("table.sort(1)", "bad argument #1 to 'sort' (table expected, got number)"),
        ("oyez.regex('(')", ""),
        ("oyez.cidr('10.0.0.0/33')", "no network: use 10.0.0.0/8 or fe80::/10"),
        ("oyez.lru{ size = 0 }", "oyez.lru needs a size of 1 at least"),
        ("oyez.log('loud', 'x')", "no level is called \"loud\": use error, warn, info or debug"),
        ("('a'):find('%f[a]')", "%f is not supported: use oyez.regex with \\b"),
    ] {
        let fault = answer(body).unwrap_err();
        assert!(fault.message.starts_with("x.lua:1: ") && fault.message.contains(expected), "{fault}");
    }
}
