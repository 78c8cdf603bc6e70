use std::path::{Path, PathBuf};
use std::time::Duration;

use oyez_testkit::{TempDir, corpus};

use super::given::{Given, Value};
use super::keys::{self, Applies};
use super::*;

const FILE: &str = "/etc/oyez/oyez.toml";

fn check_text(text: &str) -> Result<Loaded, Problems> {
    check(Some((Path::new(FILE), text)), &[])
}

fn problems(text: &str) -> Vec<String> {
    check_text(text).unwrap_err().0.iter().map(ToString::to_string).collect()
}

/// The value that `show` gives for a key, after checking a file of one line.
fn shown(path: &str, value: &str) -> Option<String> {
    let loaded = check_text(&format!("{path} = {value}\n")).ok()?;
    loaded.values.into_iter().find(|effective| effective.path == path)?.value
}

#[test]
fn every_default_is_a_value_its_key_takes() {
    for (path, key) in keys::all() {
        if let Some(default) = key.default {
            assert_eq!(shown(&path, default).as_deref(), Some(default), "{path}");
        }
    }
}

#[test]
fn every_setting_has_its_documented_default() {
    let settings = Settings::default();
    assert_eq!(settings.mode, Mode::Auto);
    assert_eq!(settings.on_exit, OnExit::Auto);
    assert_eq!(settings.state_file, Some(PathBuf::from("/run/oyez/state.json")));
    assert_eq!((settings.kernel.enable, settings.kernel.backlog_limit), (true, 8192));
    assert_eq!((settings.kernel.backlog_max, settings.cpu_limit), (65_536, None));
    assert_eq!(
        (settings.kernel.failure, settings.kernel.rate_limit, settings.kernel.backlog_wait_time),
        (None, None, None)
    );
    assert_eq!((settings.receive.buffer, settings.receive.batch, settings.receive.queue), (16 << 20, 256, 32 << 20));
    assert_eq!(settings.receive.latency, Duration::from_millis(100));
    assert_eq!(settings.group.incomplete, Duration::from_secs(2));
    assert_eq!((settings.format, settings.color), (Format::Auto, Color::Auto));
}

#[test]
fn the_default_file_sets_nothing_and_with_its_marks_removed_sets_the_defaults() {
    let text = docs::default_toml();
    assert!(check_text(&text).unwrap().values.iter().all(|value| value.origin == Origin::Default));

    let is_key = |line: &str| line.starts_with('#') && !line.starts_with("# ");
    let lines = text.lines().filter(|line| !line.ends_with("# unset"));
    let enabled: Vec<_> = lines.map(|line| if is_key(line) { &line[1..] } else { line }).collect();
    let loaded = check_text(&enabled.join("\n")).unwrap();
    assert_eq!(loaded.settings, Settings::default());
    for value in &loaded.values {
        let default = keys::find(&value.path).unwrap().default;
        assert_eq!(default.is_some(), matches!(value.origin, Origin::File(_)), "{}", value.path);
    }
}

#[test]
fn what_is_shown_reads_back_as_the_same_settings() {
    let flags = [Override { flag: "--mode", key: "mode", given: Given::word("multicast") }];
    let text = "node = \"a\\\"b\\\\\"\nomit_fields = [\"a2\", \"a3\", \"a2\"]\n[receive]\nqueue = 1073741824\n[kernel]\nfailure = \"silent\"\n";
    let loaded = check(Some((Path::new(FILE), text)), &flags).unwrap();
    let shown = docs::effective_toml(&loaded);
    assert_eq!(check_text(&shown).unwrap().settings, loaded.settings, "{shown}");
    assert!(shown.contains("mode = \"multicast\"  # --mode\n"), "{shown}");
    assert!(shown.contains("queue = \"1GiB\"  # /etc/oyez/oyez.toml:4\n"), "{shown}");
    assert!(shown.contains("batch = 256  # default\n"), "{shown}");
    assert!(shown.contains("omit_fields = [\"a2\", \"a3\"]  # "), "{shown}");
    assert!(shown.contains("# rate_limit is not set\n"), "{shown}");
}

#[test]
fn all_problems_are_told_at_once_with_their_places() {
    let text = "\
mdoe = \"auto\"
on_exit = \"restart\"
backlog_limit = 4096
omit_fields = [\"a2\", \"itmes\", \"no_such\"]

[kernel]
backlog_limit = \"many\"
failure = \"panic\"
rate_limit = -1

[recieve]
batch = 3

[group]
quiet = 1.5
max_event_bytes = \"1GiB\"
max-events = 100
";
    let expected = "\
/etc/oyez/oyez.toml:1:1: error: unknown key mdoe
  hint: did you mean mode?
/etc/oyez/oyez.toml:2:11: error: on_exit: expected one of \"auto\", \"restore\", \"keep\", found \"restart\"
  hint: did you mean \"restore\"?
/etc/oyez/oyez.toml:3:1: error: unknown key backlog_limit
  hint: did you mean backlog_limit below [kernel]?
/etc/oyez/oyez.toml:4:22: error: omit_fields: unknown field \"itmes\"
  hint: did you mean \"items\"?
/etc/oyez/oyez.toml:4:31: error: omit_fields: unknown field \"no_such\"
/etc/oyez/oyez.toml:7:17: error: kernel.backlog_limit: expected a whole number from 64 to 1048576, found \"many\"
/etc/oyez/oyez.toml:8:11: error: kernel.failure: expected one of \"silent\", \"printk\", found \"panic\"
  hint: oyez never asks the kernel to panic; who must have it sets it with `auditctl -f 2`
/etc/oyez/oyez.toml:9:14: error: kernel.rate_limit: expected a whole number from 0 to 10000000, found -1
/etc/oyez/oyez.toml:11:2: error: unknown section [recieve]
  hint: did you mean [receive]?
/etc/oyez/oyez.toml:15:9: error: group.quiet: expected a duration from 1ms to 1m, such as \"100ms\", found a fraction
/etc/oyez/oyez.toml:16:19: error: group.max_event_bytes: expected a size from 16KiB to 64MiB, such as \"4MiB\", found \"1GiB\"
/etc/oyez/oyez.toml:17:1: error: unknown key group.max-events
  hint: did you mean max_events?";
    assert_eq!(problems(text).join("\n"), expected);
}

#[test]
fn a_share_of_a_core_is_a_number_and_refused_as_one() {
    assert_eq!(check_text("cpu_limit = 0.25").unwrap().settings.cpu_limit, Some(Share::of_thousandths(250)));
    assert_eq!(shown("cpu_limit", "2.50").as_deref(), Some("2.5"));
    assert_eq!(Settings::default().cpu_limit, None);
    assert_eq!(
        problems("cpu_limit = 0.001"),
        [format!(
            "{FILE}:1:13: error: cpu_limit: expected a share of one core from 0.01 to 16, such as 0.25, found 0.001"
        )]
    );
}

#[test]
fn a_fault_of_syntax_does_not_hide_other_problems() {
    let told = problems("mode = \"sideways\"\n\nnode = = 3\n[kernel]\nbacklog_limit = 1\n");
    assert!(told.iter().any(|line| line.starts_with("/etc/oyez/oyez.toml:3:8: error: ")), "{told:#?}");
    assert!(told.iter().any(|line| line.starts_with("/etc/oyez/oyez.toml:1:8: error: mode: ")), "{told:#?}");
    assert!(
        told.iter().any(|line| line.starts_with("/etc/oyez/oyez.toml:5:17: error: kernel.backlog_limit: ")),
        "{told:#?}"
    );
}

#[test]
fn a_key_given_twice_is_an_error_where_it_stands_again() {
    let told = problems("mode = \"auto\"\nmode = \"unicast\"\n");
    assert_eq!(told, ["/etc/oyez/oyez.toml:2:1: error: duplicate key"]);
}

#[test]
fn a_section_that_is_no_table_and_a_key_that_is_one_are_told() {
    assert_eq!(
        problems("kernel = 5\nmode = { a = 1 }\n"),
        [
            "/etc/oyez/oyez.toml:1:10: error: kernel: expected a table, found a number\n  hint: its keys go below a line [kernel]",
            "/etc/oyez/oyez.toml:2:8: error: mode: expected one of \"auto\", \"unicast\", \"multicast\", found a table",
        ]
    );
}

#[test]
fn columns_count_characters_and_hostile_text_is_escaped() {
    assert_eq!(
        problems("\"\\u001b[2J\" = 1\nomit_fields = [\"ää\", \"zz\"]\nmode = \"\\u001b[2J\"\n"),
        [
            "/etc/oyez/oyez.toml:1:1: error: unknown key \\u{1b}[2J",
            "/etc/oyez/oyez.toml:2:16: error: omit_fields: unknown field \"ää\"",
            "/etc/oyez/oyez.toml:2:22: error: omit_fields: unknown field \"zz\"",
            "/etc/oyez/oyez.toml:3:8: error: mode: expected one of \"auto\", \"unicast\", \"multicast\", found \"\\u{1b}[2J\"",
        ]
    );
}

#[test]
fn values_at_the_edges_are_taken_and_beyond_refused() {
    for (path, value, taken) in [
        ("kernel.backlog_limit", "64", true),
        ("kernel.backlog_limit", "63", false),
        ("kernel.backlog_limit", "0x2000", true),
        ("kernel.backlog_limit", "1048577", false),
        ("kernel.backlog_limit", "99999999999999999999999999999999999999999", false),
        ("kernel.enable", "false", true),
        ("kernel.enable", "1", false),
        ("kernel.enable", "\"yes\"", false),
        ("receive.buffer", "\"64MiB\"", true),
        ("receive.buffer", "\"65MiB\"", false),
        ("receive.buffer", "1048576", true),
        ("receive.buffer", "-1", false),
        ("receive.batch_delay", "\"0ms\"", true),
        ("receive.batch_delay", "50", true),
        ("receive.batch_delay", "\"2s\"", false),
        ("state_file", "\"\"", true),
        ("state_file", "\"state.json\"", false),
        ("state_file", "\"-\"", false),
        ("cpu_limit", "0.01", true),
        ("cpu_limit", "0.009", false),
        ("cpu_limit", "1", true),
        ("cpu_limit", "16.0", true),
        ("cpu_limit", "17", false),
        ("cpu_limit", "nan", false),
        ("cpu_limit", "-0.5", false),
        ("cpu_limit", "\"25%\"", false),
        ("kernel.backlog_max", "63", false),
        ("node", "\"web-1\"", true),
        ("node", "\"web 1\"", false),
        ("omit_fields", "[]", true),
        ("omit_fields", "\"a2\"", false),
        ("omit_fields", "[2]", false),
    ] {
        assert_eq!(shown(path, value).is_some(), taken, "{path} = {value}");
    }
}

#[test]
fn values_that_contradict_each_other_are_told_where_one_was_set() {
    for (text, told) in [
        (
            "[receive]\nlatency = \"10ms\"\n",
            "2:1: error: receive.batch_delay: is longer than receive.latency, which it is a part of",
        ),
        ("[group]\nquiet = \"5s\"\n", "2:1: error: group.quiet: is longer than group.incomplete"),
        (
            "[group]\nmax_event_bytes = \"64MiB\"\n",
            "2:1: error: group.max_event_bytes: is larger than receive.queue, which an event has to pass",
        ),
        ("pid_file = \"/run/oyez/state.json\"\n", "1:1: error: pid_file: is the same file as state_file"),
    ] {
        assert_eq!(problems(text), [format!("{FILE}:{told}")]);
    }
    assert_eq!(problems("[group]\nquiet = \"5s\"\nincomplete = 0\n").len(), 1, "a wrong value is not compared");
}

#[test]
fn patterns_that_are_too_much_together_are_refused_with_their_key() {
    // About 5 MiB each: a tenth of what all may take, and half of what one may.
    let patterns = vec!["'x(a{1000}){200}'"; 14].join(", ");
    let told = problems(&format!("[enrich]\nredact_commands = []\nredact_paths = [{patterns}]\n"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with(&format!("{FILE}:3:1: error: enrich.redact_paths: cannot read the pattern")),
        "{told:?}"
    );
    assert!(told[0].contains("all together"), "{told:?}");
}

#[test]
fn what_is_hardly_meant_is_a_warning_where_it_was_set() {
    let warnings = |text| check_text(text).unwrap().warnings;
    let told = warnings("on_overload = \"wait\"\n[kernel]\nbacklog_wait_time = 0\n");
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with(&format!("{FILE}:3:1: warning: kernel.backlog_wait_time: is 0")), "{told:?}");
    assert_eq!(warnings("on_overload = \"wait\"\n[kernel]\nbacklog_wait_time = 1\n"), [""; 0]);
    assert_eq!(warnings("on_overload = \"shed\"\n[kernel]\nbacklog_wait_time = 0\n"), [""; 0]);
}

#[test]
fn a_flag_outranks_the_file_and_its_faults_name_it() {
    let text = "mode = \"unicast\"\n";
    let flag = |word| [Override { flag: "--mode", key: "mode", given: Given::word(word) }];
    assert_eq!(check_text(text).unwrap().settings.mode, Mode::Unicast);
    assert_eq!(check(Some((Path::new(FILE), text)), &flag("multicast")).unwrap().settings.mode, Mode::Multicast);
    let problems = check(Some((Path::new(FILE), text)), &flag("uncast")).unwrap_err();
    assert_eq!(
        problems.0[0].to_string(),
        "--mode: error: mode: expected one of \"auto\", \"unicast\", \"multicast\", found \"uncast\"\n  hint: did you mean \"unicast\"?"
    );
}

#[test]
fn a_flag_of_several_words_replaces_the_list_of_the_file() {
    let words = ["a3".to_owned()];
    let flag = [Override { flag: "--omit-fields", key: "omit_fields", given: Given::words(&words) }];
    let loaded = check(Some((Path::new(FILE), "omit_fields = [\"a2\"]\n")), &flag).unwrap();
    assert_eq!(loaded.settings.omit_fields.iter().map(|key| key.name()).collect::<Vec<_>>(), ["a3"]);

    let none = [String::new()];
    let flag = [Override { flag: "--omit-fields", key: "omit_fields", given: Given::words(&none) }];
    let loaded = check(Some((Path::new(FILE), "omit_fields = [\"a2\"]\n")), &flag).unwrap();
    assert_eq!(loaded.settings.omit_fields, []);
}

#[test]
fn changes_that_need_a_restart_are_found() {
    let old = check_text("").unwrap();
    let new = check_text("mode = \"unicast\"\nnode = \"x\"\n[[output]]\ntype = \"file\"\npath = \"/x\"\n").unwrap();
    let paths: Vec<_> = old.needs_restart(&new).map(|(old, _)| old.path.as_str()).collect();
    assert_eq!(paths, ["mode"]);
    assert_eq!(keys::find("node").unwrap().applies, Applies::Reload);
}

#[test]
fn a_missing_file_matters_only_when_it_was_named() {
    let missing = Path::new("/nonexistent/oyez.toml");
    let problems = load(Source::File(missing), &[]).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "the configuration has 1 error\n/nonexistent/oyez.toml: error: cannot read the configuration: no such file"
    );
    assert_eq!(load(Source::Nothing, &[]).unwrap().settings, Settings::default());
}

#[test]
fn what_is_not_text_is_told_by_place() {
    let root = TempDir::new().unwrap();
    let path = root.join("oyez.toml");
    std::fs::write(&path, b"mode = \"auto\"\nnode = \"\xff\"\n").unwrap();
    let problems = load(Source::File(&path), &[]).unwrap_err();
    assert_eq!(problems.0[0].to_string(), format!("{}:2:9: error: the text is not UTF-8 here", path.display()));
}

#[test]
fn no_key_is_defined_twice_and_every_one_is_documented() {
    let mut paths: Vec<_> = keys::all().map(|(path, _)| path).collect();
    let defined = paths.len();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), defined);
    assert!(keys::all().all(|(_, key)| key.doc.ends_with('.')));
}

#[test]
fn given_values_keep_their_type() {
    assert_eq!(Given::words(&[]).value, Value::List(Vec::new()));
    assert_eq!(Given::word("x").type_name(), "a string");
}

#[test]
fn the_committed_documentation_is_what_the_table_says() {
    let path = corpus::workspace().join("docs/configuration.md");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(committed == docs::markdown(), "run: cargo run -p oyez -- config docs > docs/configuration.md");
}
