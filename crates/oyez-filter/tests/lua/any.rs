//! Any script at all: no panic, no limit exceeded, and the next call as if nothing had been.

use std::time::Instant;

use proptest::prelude::*;

use super::*;

const WORDS: &[&str] = &[
    "event",
    "event.process",
    "event.keys",
    "event.paths",
    "event.paths[1]",
    "event:copy()",
    "event:with{}",
    "event.get",
    "emit",
    "oyez.regex",
    "oyez.glob",
    "oyez.lru",
    "oyez.log",
    "oyez.counter",
    "oyez.cidr",
    "null",
    "nil",
    "true",
    "1",
    "-1",
    "1e9",
    "2^53",
    "0/0",
    "'a'",
    "'a*'",
    "'%'",
    "'exe'",
    "'(a'",
    "{}",
    "{ 1, 2 }",
    "{ size = 1, ttl = 1 }",
    "x",
    "y",
    "_G",
    "string",
    "table",
    "string.rep",
    "string.gsub",
    "string.find",
    "string.format",
    "table.concat",
    "table.sort",
    "table.insert",
    "table.remove",
    "setmetatable",
    "getmetatable",
    "pcall",
    "xpcall",
    "error",
    "tostring",
    "pairs",
    "ipairs",
    "next",
    "rawset",
    "rawget",
    "select",
    "unpack",
    "coroutine.wrap",
    "coroutine.create",
    "coroutine.resume",
    "coroutine.yield",
    "assert",
    "print",
    "function() end",
    "function(...) return ... end",
    "function() while true do end end",
    "function() error(x) end",
    "function() return x() end",
    "setmetatable({}, { __index = y, __call = x, __tostring = y, __concat = x })",
];

fn word() -> impl Strategy<Value = String> {
    proptest::sample::select(WORDS).prop_map(str::to_owned)
}

fn expression() -> impl Strategy<Value = String> {
    word().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (word(), proptest::collection::vec(inner.clone(), 0..4))
                .prop_map(|(f, args)| format!("({f})({})", args.join(", "))),
            (inner.clone(), inner.clone()).prop_map(|(t, k)| format!("({t})[{k}]")),
            (inner.clone(), inner.clone(), "(\\+|\\.\\.|==|<| and | or )")
                .prop_map(|(a, b, op)| format!("({a} {op} {b})")),
            inner.prop_map(|a| format!("#({a})")),
        ]
    })
}

fn statement() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => expression().prop_map(|e| format!("pcall(function() x = {e} end)")),
        2 => expression().prop_map(|e| format!("y = {e}")),
        1 => (word(), word(), word()).prop_map(|(t, k, v)| format!("pcall(function() ({t})[{k}] = {v} end)")),
        1 => expression().prop_map(|e| format!("for k, v in pairs({e}) do x = k y = v end")),
        1 => expression().prop_map(|e| format!("do return {e} end")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_script_ends_in_an_answer_or_a_fault_and_leaves_its_state_fit_for_use(statements in proptest::collection::vec(statement(), 1..8)) {
        let body = statements.join("\n");
        let source = format!("local calls, tostring = 0, tostring function filter(event) calls = calls + 1 if calls > 1 then return event.kind ~= 'SYSCALL' end\n{body}\nend");
        let limit = Settings { time_limit: Duration::from_millis(50), ..settings() };
        let mut script = Script::compile("x.lua", source.as_bytes(), &limit).unwrap();
        let start = Instant::now();
        let _ = ask(&mut script);
        prop_assert!(start.elapsed() < Duration::from_secs(20), "{source}");
        prop_assert!(script.memory() <= limit.memory_limit);
        script.emitted(&mut |_| {});
        // On a busy machine a short call may be over its time.
        let answers: Vec<_> = (0..5).map(|_| ask(&mut script)).collect();
        prop_assert!(answers.contains(&Ok(Answer::Drop)), "{:?}: {}", answers, source);
    }

    #[test]
    fn any_text_is_a_script_or_a_fault(source in "([ -~\\n]|[a-z(){}=]|function filter|end ){0,60}") {
        let _ = Script::compile("x.lua", source.as_bytes(), &Settings { time_limit: Duration::from_millis(1), ..settings() });
    }
}
