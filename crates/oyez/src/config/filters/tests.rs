use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use oyez_filter::Tree;
use oyez_filter::spec::OnError;
use oyez_testkit::TempDir;

use super::*;
use crate::config::{Loaded, Problems, check, docs};

const FILE: &str = "/etc/oyez/oyez.toml";

fn check_text(text: &str) -> Result<Loaded, Problems> {
    check(Some((Path::new(FILE), text)), &[])
}

fn problems(text: &str) -> Vec<String> {
    check_text(text).unwrap_err().0.iter().map(|problem| problem.to_string().replace(FILE, "")).collect()
}

/// A folder with a script in it, and the line of a file that names it.
fn script(text: &str) -> (TempDir, String) {
    let dir = TempDir::new().unwrap();
    let path = dir.join("tidy.lua");
    fs::write(&path, text).unwrap();
    let line = format!("lua = {:?}\n", path.display().to_string());
    (dir, line)
}

#[test]
fn every_default_is_a_value_its_key_takes() {
    let mut keys = FilterKeys::default();
    for key in KEYS {
        let Some(default) = key.default else { continue };
        let value = DeValue::parse(default).unwrap();
        assert_eq!(key.kind.apply(&Given::from_toml(&value), &mut keys).unwrap(), default, "{}", key.name);
    }
    assert_eq!((keys.enabled, keys.time_limit, keys.memory_limit), (true, Duration::from_millis(100), 16 << 20));
}

#[test]
fn a_matcher_is_its_table_and_its_action() {
    let text = "[[filter]]\nmatch = { key = \"net\", port = [80, 443] }\naction = \"drop\"\n";
    let loaded = check_text(text).unwrap();
    let [Spec { name, what: What::Match { condition, action } }] = loaded.filters.specs() else { panic!() };
    assert_eq!((&**name, &**action), ("filter 1", "drop"));
    let net = Tree::Text(b"net".to_vec());
    let ports = Tree::List(vec![Tree::Number(80), Tree::Number(443)]);
    assert_eq!((condition.get(b"key"), condition.get(b"port")), (Some(&net), Some(&ports)));
}

#[test]
fn a_script_is_its_text_and_what_it_may_use() {
    let (_dir, line) = script("function filter() end");
    let rest = "config = { secret = \"x\" }\non_error = \"drop\"\ntime_limit = \"1s\"\nmemory_limit = \"1MiB\"\nmax_errors = 0\n";
    let loaded = check_text(&format!("[[filter]]\n{line}{rest}")).unwrap();
    let [Spec { name, what: What::Script(script) }] = loaded.filters.specs() else { panic!() };
    assert_eq!((&**name, &*script.source), ("tidy", &b"function filter() end"[..]));
    assert_eq!((script.on_error, script.time_limit), (OnError::Drop, Duration::from_secs(1)));
    assert_eq!((script.memory_limit, script.max_errors), (1 << 20, None));
    assert_eq!(script.config.get(b"secret").and_then(Tree::text), Some(&b"x"[..]));
    let loaded = check_text(&format!("[[filter]]\n{line}")).unwrap();
    let What::Script(script) = &loaded.filters.specs()[0].what else { panic!() };
    assert_eq!((script.on_error, script.max_errors), (OnError::Pass, Some(10)));
}

#[test]
fn what_is_wrong_with_a_table_is_told_at_its_place() {
    let matcher = |key: &str| format!("[[filter]]\nmatch = {{ key = \"x\" }}\naction = \"drop\"\n{key}\n");
    for (text, wrong) in [
        (matcher("nmae = \"x\""), ":4:1: error: filter: unknown key nmae\n  hint: did you mean name?"),
        (matcher("name = 1"), ":4:8: error: filter.name: expected a name of up to 64 characters, found 1"),
        (matcher("name = \"\""), ":4:8: error: filter.name: expected a name of up to 64 characters, found \"\""),
        (
            matcher(&format!("name = \"{}\"", "x".repeat(65))),
            ":4:8: error: filter.name: expected at most 64 bytes, none of them control characters",
        ),
        (matcher("enabled = \"no\""), ":4:11: error: filter.enabled: expected true or false, found \"no\""),
        (matcher("on_error = \"pass\""), ":4:12: error: filter.on_error: it is for filters with a script"),
        (matcher("lua = \"/x.lua\""), ":4:7: error: filter.lua: a filter has a match or a script, not both"),
        (
            "[[filter]]\nname = \"x\"\n".into(),
            ":1:1: error: filter: a filter needs a match and an action, or lua with the path of a script",
        ),
        ("[[filter]]\nmatch = {}\n".into(), ":2:9: error: filter.match: there is no action for what matches"),
        (
            "[[filter]]\naction = \"drop\"\n".into(),
            ":2:10: error: filter.action: there is no match that says which events it is about",
        ),
        (
            "[[filter]]\nlua = \"/x.lua\"\naction = \"drop\"\n".into(),
            ":3:10: error: filter.action: it goes with a match; a script says itself what becomes of an event",
        ),
        ("[[filter]]\nlua = \"\"\n".into(), ":2:7: error: filter.lua: expected an absolute path, found \"\""),
        ("[[filter]]\nlua = \"x.lua\"\n".into(), ":2:7: error: filter.lua: expected an absolute path, found \"x.lua\""),
        (
            "[filter]\nname = \"x\"\n".into(),
            ":1:1: error: filter: expected tables, found a table\n  hint: each filter's keys go below a line [[filter]]",
        ),
        ("filter = [1]\n".into(), ":1:11: error: filter: expected a table, found a number"),
        (
            "[[filtre]]\nname = \"x\"\n".into(),
            ":1:3: error: unknown section [[filtre]]\n  hint: did you mean [[filter]]?",
        ),
    ] {
        assert_eq!(problems(&text), [wrong], "{text}");
    }
}

#[test]
fn values_out_of_bounds_are_refused() {
    let (_dir, line) = script("function filter() end");
    for (key, wrong) in [
        ("time_limit = \"0ms\"", "filter.time_limit: expected a duration from 1ms to 1s"),
        ("time_limit = \"2s\"", "filter.time_limit: expected a duration from 1ms to 1s"),
        ("memory_limit = \"1KiB\"", "filter.memory_limit: expected a size from 1MiB to 1GiB"),
        ("max_errors = -1", "filter.max_errors: expected a whole number from 0 to 1000000"),
        ("on_error = \"keep\"", "filter.on_error: expected one of \"pass\", \"drop\""),
        ("config = 1", "filter.config: expected a table, found 1"),
        (
            "config = { at = 1.5 }",
            "filter.config.at: expected text, a whole number of 64 bits, true or false, a list or a table, found a fraction",
        ),
        ("config = { at = [2026-11-23] }", "filter.config.at[0]: expected text"),
    ] {
        let found = problems(&format!("[[filter]]\n{line}{key}\n"));
        assert!(found.len() == 1 && found[0].contains(wrong) && found[0].starts_with(":3:"), "{key}: {found:?}");
    }
}

#[test]
fn a_script_that_drops_where_it_fails_is_never_switched_off_unless_that_was_asked_for() {
    let (_dir, line) = script("function filter() end");
    for (keys, max, shown) in [
        ("", Some(10), "max_errors = 10  # default"),
        ("on_error = \"pass\"\n", Some(10), "max_errors = 10  # default"),
        ("on_error = \"drop\"\n", None, "max_errors = 0  # default"),
        ("max_errors = 3\non_error = \"drop\"\n", Some(3), "max_errors = 3  # /etc/oyez/oyez.toml:3"),
        ("on_error = \"drop\"\nmax_errors = 10\n", Some(10), "max_errors = 10  # /etc/oyez/oyez.toml:4"),
    ] {
        let loaded = check_text(&format!("[[filter]]\n{line}{keys}")).unwrap();
        let What::Script(script) = &loaded.filters.specs()[0].what else { panic!("{keys}") };
        assert_eq!(script.max_errors, max, "{keys}");
        assert!(docs::effective_toml(&loaded).contains(shown), "{keys}");
    }
}

#[test]
fn a_fault_inside_a_match_is_told_where_it_stands() {
    let text = "[[filter]]\naction = \"drop\"\nmatch = { any = [{ exe = \"/bin/x\" },\n  { proces.exe = \"y\" }] }\n";
    let found = problems(text);
    assert!(
        found.iter().any(|problem| problem.starts_with(":4:") && problem.contains("filter.match.any[1]")),
        "{found:?}"
    );
    // A name is told where it stands; a value, where that does.
    for (text, at) in [
        ("{ kye = 1 }", ":2:11: error: filter.match.kye: unknown"),
        ("{ uid = 1.5 }", ":2:17: error: filter.match.uid: expected text, a whole"),
        ("{ any = [{ key = \"a\" }, { user.uid = 1.5 }] }", ":2:46: error: filter.match.any[1].user.uid: expected"),
        ("{ key = 1 }", ":2:17: error: filter.match.key: expected"),
        ("{ process.exee = 1 }", ":2:19: error: filter.match.process.exee: unknown"),
        ("{ exe = { startswith = 1 } }", ":2:19: error: filter.match.exe.startswith: unknown"),
    ] {
        let found = problems(&format!("[[filter]]\nmatch = {text}\naction = \"drop\"\n"));
        assert!(found.len() == 1 && found[0].starts_with(at), "{found:?}");
    }
    let text = "[[filter]]\nmatch = { kye = \"x\" }\naction = \"dorp\"\n";
    let found = problems(text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains(":2:") && found[0].contains("key") && found[0].contains("hint"), "{found:?}");
    assert!(found[1].starts_with(":3:10: error: filter.action: "), "{found:?}");
}

#[test]
fn filters_of_one_name_are_refused_with_the_line_of_the_other() {
    let text = "[[filter]]\nname = \"x\"\nmatch = {key = \"a\"}\naction = \"drop\"\n[[filter]]\nname = \"x\"\nmatch = {key = \"b\"}\naction = \"keep\"\n";
    let wrong =
        ":6:8: error: filter.name: the filter of line 1 is called \"x\", too\n  hint: give it a name of its own";
    assert_eq!(problems(text), [wrong]);
    let (_dir, line) = script("function filter() end");
    assert_eq!(problems(&format!("[[filter]]\n{line}[[filter]]\n{line}")).len(), 1, "by their file, too");
}

#[test]
fn a_script_that_does_not_compile_is_told_at_its_own_line() {
    for (text, line, what) in [
        ("function filter(event)\n  return event.\nend\n", 3, "expected"),
        ("\nerror(\"no\")\n", 2, "no"),
        ("function init(config)\n  local x = config.no.x\nend\nfunction filter() end\n", 2, "nil"),
    ] {
        let (dir, key) = script(text);
        let found = problems(&format!("[[filter]]\n{key}"));
        let at = format!("{}:{line}:1: error: ", dir.join("tidy.lua").display());
        assert!(found.len() == 1 && found[0].starts_with(&at) && found[0].contains(what), "{found:?} {at}");
    }
    let (_dir, key) = script("x = 1");
    assert!(problems(&format!("[[filter]]\n{key}"))[0].contains("filter is nil"), "no function of that name");
}

#[test]
fn a_script_that_cannot_be_read_or_trusted_is_told_at_its_key() {
    let found = problems("[[filter]]\nlua = \"/nonexistent/x.lua\"\n");
    assert!(
        found[0].starts_with(":2:7: error: filter.lua: cannot read the script \"/nonexistent/x.lua\": "),
        "{found:?}"
    );
    let (dir, key) = script("function filter() end");
    fs::set_permissions(dir.join("tidy.lua"), fs::Permissions::from_mode(0o646)).unwrap();
    let found = problems(&format!("[[filter]]\n{key}"));
    assert!(found[0].contains("filter.lua: cannot trust the script: everybody may write it (mode 0646)"), "{found:?}");
}

#[test]
fn a_filter_that_is_not_enabled_is_shown_and_left_out() {
    let loaded = check_text("[[filter]]\nenabled = false\nlua = \"/nonexistent/x.lua\"\n").unwrap();
    assert!(loaded.filters.specs().is_empty());
    let shown = docs::effective_toml(&loaded);
    assert!(
        shown.contains("[[filter]]\nname = \"x\"  # default\nenabled = false  # /etc/oyez/oyez.toml:2\n"),
        "{shown}"
    );
}

#[test]
fn what_is_shown_reads_back_as_the_same_filters() {
    let (_dir, line) = script("function filter() end");
    let text = format!(
        "[[filter]]\nmatch = {{ \"process.exe\" = {{ glob = \"/a\\\"*\", not = true }}, any = [{{ key = [] }}, {{}}] }}\naction = \"tag:x\"\nenabled = false\n\
         [[filter]]\nmatch = {{ uid = [0, \">=1000\"], any = [{{ exe = \"/bin/x\" }}, {{ key = \"k\" }}] }}\naction = \"sample:1/10\"\n\
         [[filter]]\n{line}config = {{ n = -1, yes = true, list = [\"a\", \"b\"] }}\nmax_errors = 3\n"
    );
    let loaded = check_text(&text).unwrap_or_else(|problems| panic!("{problems}"));
    let shown = docs::effective_toml(&loaded);
    let again = check_text(&shown).unwrap_or_else(|problems| panic!("{problems}\n{shown}"));
    let sets = |loaded: &Loaded| {
        let values = loaded.filters.all().flatten().map(|value| (value.path.clone(), value.value.clone()));
        values.filter(|(_, value)| value.is_some()).collect::<Vec<_>>()
    };
    assert_eq!((sets(&again), again.filters.specs()), (sets(&loaded), loaded.filters.specs()));
    assert!(shown.contains("max_errors = 3  # /etc/oyez/oyez.toml:"), "{shown}");
}

#[test]
fn a_script_that_was_named_to_be_tried_is_one_filter_or_one_problem() {
    let (dir, _) = script("function filter() return 1 end");
    let spec = of_script(&dir.join("tidy.lua")).unwrap();
    assert_eq!(&*spec.name, "tidy");
    fs::write(dir.join("bad.lua"), "\n)").unwrap();
    let problem = of_script(&dir.join("bad.lua")).unwrap_err().to_string();
    assert!(problem.starts_with(&format!("{}:2:1: error: ", dir.join("bad.lua").display())), "{problem}");
}
