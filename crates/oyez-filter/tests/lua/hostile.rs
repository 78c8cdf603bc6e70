//! Scripts that mean harm: none hangs, panics, or takes a later call with it.

use std::time::Instant;

use oyez_filter::lua::Kind;

use super::*;

/// For scripts that do not end by themselves, and then do something short.
const TIME: Duration = Duration::from_millis(250);

/// Much longer than that, on a machine that does other things too; what is not stopped takes for ever.
const LONGEST: Duration = Duration::from_secs(20);

fn settings() -> Settings {
    Settings { time_limit: TIME, ..Settings::default() }
}

fn script(source: &str) -> Script {
    Script::compile("x.lua", source.as_bytes(), &settings()).unwrap_or_else(|fault| panic!("{fault}\n{source}"))
}

/// A filter that does harm on its first call, and is asked as usual afterwards.
fn harm(body: &str) -> Fault {
    let source = format!(
        "local calls = 0
         function filter(event)
           calls = calls + 1
           if calls > 1 then return event.process.exe ~= '/usr/bin/perl' or ('abc'):find('b') ~= 2 end
           {body}
         end"
    );
    let mut script = script(&source);
    let start = Instant::now();
    let fault = ask(&mut script).expect_err(body);
    assert!(start.elapsed() < LONGEST, "{:?}: {body}", start.elapsed());
    assert_eq!(ask(&mut script), Ok(Answer::Drop), "{body}");
    let counts = script.counts();
    assert_eq!((counts.calls, counts.errors + counts.timeouts + counts.out_of_memory), (4, 1), "{body}");
    fault
}

#[test]
fn endless_loops_end_wherever_they_run() {
    for body in [
        "while true do end",
        "for i = 1, 1e15 do end",
        "local n = 0 repeat n = n + math.sin(n) until false",
        "local function f() return f() end f()",
        "coroutine.wrap(function() while true do end end)()",
        "local co = coroutine.create(function() while true do end end) while true do coroutine.resume(co) end",
        "while true do coroutine.wrap(function() pcall(function() while true do end end) end)() end",
        "while true do pcall(function() while true do end end) end",
        "while true do pcall(error) end",
        "while true do pcall(pcall, function() while true do end end) end",
        "local function f() pcall(f) f() end f()",
        "while true do xpcall(function() while true do end end, function() while true do end end) end",
        "xpcall(function() error('x') end, function() while true do end end)",
        "local function h() error('x') end while true do xpcall(error, h) end",
        "local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end }) while true do pcall(function() return t[1] end) end",
        "local t = setmetatable({}, { __tostring = function() while true do end end }) tostring(t)",
        "local t = setmetatable({}, { __tostring = function() while true do end end }) string.format('%s', t)",
        "local t = setmetatable({}, { __concat = function() while true do end end }) return t .. 'x'",
        "local t = setmetatable({}, { __eq = function() while true do end end }) return t == setmetatable({}, getmetatable(t))",
        "local t = setmetatable({}, { __call = function() while true do end end }) t()",
        "table.sort({ 3, 2, 1 }, function() while true do end end)",
        "('aaa'):gsub('a', function() while true do end end)",
        "('aaa'):gsub('a', setmetatable({}, { __index = function() while true do end end }))",
        "while true do for k, v in pairs(event) do end end",
        "while true do local c = event:copy() end",
        "while true do emit{ a = 1 } oyez.log('info', 'x') oyez.counter('a'):add() end",
        "local l = oyez.lru{ size = 1e9 } local i = 0 while true do i = i % 1000 + 1 l:set(i, i) end",
        "for s in (('x'):rep(5e5)):gmatch('') do end while true do end",
        "local i = 0 while true do i = i + 1 oyez.regex('a' .. i) end",
        "local t = {} for i = 1, 30000 do t[i] = ('x'):rep(100) .. i % 7 end while true do table.sort(t) end",
        "local t = {} for i = 1, 1000 do t[i] = i end while true do table.insert(t, 1, 1) table.remove(t, 1) end",
        "while true do ('x'):rep(4e6) end",
        "local s = ('x'):rep(1e6) while true do local t = s .. s end",
        "local s = ('x'):rep(3e6) while true do s:upper() end",
        "local t = {} for i = 1, 1e5 do t[i] = 'xxxxxxxxxx' end while true do table.concat(t) end",
        "local s, t = ('x'):rep(3e6), ('x'):rep(3e6 - 1) .. 'y' while true do local a = s < t end",
    ] {
        let fault = harm(body);
        assert_eq!(fault.kind, Kind::Timeout, "{fault}: {body}");
        assert!(fault.message.ends_with(": took longer than 250 ms"), "{fault}");
    }
}

#[test]
fn a_timeout_names_the_scripts_line_though_a_library_ran() {
    let fault = harm("\n\ntable.sort({ 1, 2 }, function() while true do\nend end)");
    assert!(["x.lua:8:", "x.lua:7:"].iter().any(|at| fault.message.starts_with(at)), "{fault}");
    let fault = harm("local t = {} for i = 1, 3e5 do t[i] = -i end\ntable.sort(t)\ntable.sort(t)\n while true do end");
    assert!(fault.message.starts_with("x.lua:"), "{fault}");
}

#[test]
fn memory_is_bounded_and_its_end_is_nobodys_to_catch() {
    for body in [
        "local s = 'x' while true do s = s .. s end",
        "return ('x'):rep(1e9)",
        "return ('x'):rep(2^53, 'y')",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local t = {} for i = 1, 1e9 do t[i] = { i } end",
        "local t = {} for i = 1, 40 do t[i] = ('x'):rep(1e6) end return table.concat(t)",
        "local t = {} while true do pcall(function() while true do t[#t + 1] = ('x'):rep(1000) .. #t end end) end",
        "local t = {} while true do t[#t + 1] = coroutine.create(function() end) end",
        "local t = {} while true do local co = coroutine.wrap(function() while true do t[#t + 1] = ('x'):rep(1000) .. #t end end) co() end",
        "return string.format('%s%s%s', ('x'):rep(5e6), ('y'):rep(5e6), ('z'):rep(5e6))",
        "return ('x'):rep(2e5):gsub('x', ('y'):rep(1000))",
        "local l = oyez.lru{ size = 1e9 } for i = 1, 1e9 do l:set(i, ('x'):rep(1000) .. i) end",
        "local t = {} for i = 1, 1e9 do t[i] = function() return i end end",
        "local t = {} while true do t[#t + 1] = event:copy() end",
        "local t = {} while true do pcall(function() while true do t[#t + 1] = event:copy() end end) end",
    ] {
        let fault = harm(body);
        // What takes much memory takes time too.
        assert!(matches!(fault.kind, Kind::Memory | Kind::Timeout), "{fault}: {body}");
    }
    let plain = harm("return ('x'):rep(1e9)");
    assert_eq!((plain.kind, &*plain.message), (Kind::Memory, "x.lua: not enough memory"));
}

#[test]
fn what_is_kept_up_to_the_limit_fails_that_script_and_stays_a_fault() {
    for body in [
        "kept = kept or {} while true do kept[#kept + 1] = ('x'):rep(1000) .. #kept end",
        "for i = 1, 1e6 do _G['global' .. i] = ('x'):rep(100) .. i end",
    ] {
        let mut script = script(&format!("function filter() {body} end"));
        for _ in 0..20 {
            assert!(matches!(ask(&mut script).unwrap_err().kind, Kind::Memory | Kind::Timeout));
        }
        assert!(script.memory() <= settings().memory_limit);
    }
}

#[test]
fn deep_calls_end_in_an_error() {
    for body in [
        "local function f() return 1 + f() end return f()",
        "local function f() return 1 + select(2, pcall(f)) end f() error('x')",
        "local function f(...) return f(1, ...) end f()",
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x",
        "local t = {} for i = 1, 300 do t = setmetatable({}, { __index = t }) end return t.x + 1",
        "local t = setmetatable({}, {}) getmetatable(t).__tostring = function() return string.format('%s', t) end tostring(t)",
        "local t = setmetatable({}, {}) getmetatable(t).__tostring = function() return tostring(t) .. '' end tostring(t)",
        "local function f() return (('x'):gsub('x', f)) end f()",
        "local function f() table.sort({ 1, 2 }, f) end f()",
        "local function f() return coroutine.wrap(f)() end f()",
        "local function f() for x in ('x'):gmatch('x') do f() end end f()",
        "local t = setmetatable({}, {}) getmetatable(t).__eq = function(a, b) return a == b end return t == setmetatable({}, getmetatable(t))",
        "local t = setmetatable({}, {}) getmetatable(t).__lt = function(a, b) return not (a < b) end return t < t",
        "local t = setmetatable({}, {}) getmetatable(t).__concat = function(a, b) return a .. b .. 'x' end return t .. t",
        "local t = setmetatable({}, {}) getmetatable(t).__call = t t()",
        "local t = setmetatable({}, {}) getmetatable(t).__newindex = t t.x = 1",
        "local function f(e) xpcall(error, f) error(e) end xpcall(error, f) error('x')",
        "local s = ('return '):rep(10) .. ('('):rep(100000) error(s:len())",
    ] {
        let _ = harm(body);
    }
    let small = std::thread::Builder::new().stack_size(256 << 10).spawn(|| {
        for body in [
            "local function f() return (('x'):gsub('x', f)) end f()",
            "local function f() return coroutine.wrap(f)() end f()",
        ] {
            let _ = harm(body);
        }
    });
    small.unwrap().join().unwrap();
}

#[test]
fn code_that_nests_too_deep_or_is_too_long_is_refused() {
    for source in [
        format!("x = {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("x = {}", "{".repeat(100_000)),
        format!("x = 1 {}", ".. 1 ".repeat(100_000)),
        format!("x = {} 1", "not ".repeat(100_000)),
        "do ".repeat(100_000),
        "function f() ".repeat(100_000),
        format!("local {} = 1", (0..1000).map(|n| format!("a{n}")).collect::<Vec<_>>().join(",")),
        "x = 1\n".repeat(1 << 18),
    ] {
        let start = Instant::now();
        assert!(Script::compile("x.lua", source.as_bytes(), &settings()).is_err());
        assert!(start.elapsed() < LONGEST);
    }
}

#[test]
fn errors_that_lie_are_told_and_do_nothing() {
    for body in [
        "error(setmetatable({}, { __tostring = function() while true do end end }))",
        "error(setmetatable({}, { __tostring = function() error('again') end }))",
        "error(setmetatable({}, { __tostring = function() return 7 end }))",
        "error(setmetatable({}, { __index = error, __eq = error, __concat = error, __len = error }))",
        "error(nil)",
        "error(event)",
        "error(null)",
        "error(print)",
        "error(coroutine.create(print))",
        "error(0/0)",
        "error('\\0\\255\\254')",
        "error(('x'):rep(3e6))",
        "assert(false)",
        "assert(nil, {})",
        "coroutine.yield(1)",
    ] {
        assert_eq!(harm(body).kind, Kind::Error, "{body}");
    }
}

#[test]
fn patterns_cannot_run_away() {
    for body in [
        "local p = ('a*'):rep(20) .. 'b' for i = 1, 3 do (('a'):rep(4000)):find(p) end error('x')",
        "local p = ('a-'):rep(100) .. 'b' (('a'):rep(4000)):match(p) error('x')",
        "local p = ('(a*)'):rep(30) .. 'b' (('a'):rep(4000)):match(p) error('x')",
        "local p = ('.-'):rep(500) .. 'b' while true do (('a'):rep(4000)):gsub(p, '') end",
        "local p = ('%a*'):rep(1000) .. '$' while true do (('a'):rep(4000) .. '1'):find(p) end",
        "(('a'):rep(1e6)):find((('a'):rep(5e5)) .. 'b', 1, true) error('x')",
        "while true do (('a'):rep(1e6)):find(('a'):rep(60) .. 'b', 1, true) end",
        "('a'):find(('a'):rep(1e6))",
        "('a'):find(('('):rep(100))",
        "oyez.regex(('a{1000}'):rep(500))",
        "oyez.regex('((a{100}){100}){100}')",
        "oyez.regex(('('):rep(1000) .. (')'):rep(1000))",
        "while true do oyez.regex('(a|aa)+$'):match(('a'):rep(3000) .. 'b') end",
        "while true do oyez.regex('(\\\\w+\\\\s?)+[^a]$'):match(('a '):rep(3000)) end",
        "oyez.glob(('*a'):rep(1000)):match(('a'):rep(5000) .. 'b') error('x')",
        "for m in (('a'):rep(1e6)):gmatch('a-b') do end error('x')",
        "local s = ('a'):rep(2e5) while true do s:gsub('a', '%0%0%0') end",
    ] {
        let _ = harm(body);
    }
}

#[test]
fn ticks_and_ends_and_starts_are_bounded_too() {
    let mut script =
        script("function filter() end function tick() while true do end end function finish() error({}) end");
    assert_eq!(script.tick(1).unwrap_err().kind, Kind::Timeout);
    assert_eq!(script.finish(2).unwrap_err().kind, Kind::Error);
    assert_eq!(ask(&mut script), Ok(Answer::Pass));
    let limit = Settings { time_limit: Duration::from_millis(5), ..settings() };
    for source in ["while true do end", "function filter() end function init() while true do end end"] {
        let fault = Script::compile("x.lua", source.as_bytes(), &limit).unwrap_err();
        assert_eq!(fault.message, "x.lua:1: took longer than 50 ms");
    }
    assert_eq!(compile_fault("x = ('x'):rep(1e9)").kind, Kind::Memory);
}

#[test]
fn a_state_that_is_too_small_to_begin_with_is_told() {
    for memory_limit in [1, 1000, 100_000, 200_000, 300_000, 400_000, 500_000] {
        let settings = Settings { memory_limit, ..settings() };
        if let Ok(mut script) = Script::compile("x.lua", b"function filter(e) return e.keys[1] end", &settings) {
            let _ = ask(&mut script);
        }
    }
}
