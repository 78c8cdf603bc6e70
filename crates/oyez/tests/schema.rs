//! Every line the program writes keeps to docs/schema/event.v1.json, and no object has two members that differ by case alone;
//! what it writes as laurel does keeps to docs/schema/laurel.json, and no object has two members of one name; a report keeps
//! to docs/schema/report.v1.json.
//!
//! Besides our own logs, real ones are read where they are at hand: in `$OYEZ_SHARED`, else in `../shared` beside the
//! repository.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use jsonschema::Validator;
use oyez_events::notice::{Notice, Value as Said};
use oyez_format::Ids;
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_testkit::{corpus, json};
use serde_json::Value;

/// How many lines of one log are looked at: the rest of a recorded log says nothing new.
const LINES_PER_LOG: usize = 4000;

fn schema() -> Validator {
    schema_in("event.v1.json")
}

fn schema_in(file: &str) -> Validator {
    let text = fs::read_to_string(corpus::workspace().join("docs/schema").join(file)).unwrap();
    let schema = serde_json::from_str(&text).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// The events the program writes for `log` on standard input.
fn events_of(log: &[u8]) -> Vec<String> {
    lines_of(log, "json")
}

/// The lines the program writes for `log` on standard input, in this format.
fn lines_of(log: &[u8], format: &str) -> Vec<String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_oyez"))
        .args(["parse", "--node", "web-1", "--format", format])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut stdin, log) = (child.stdin.take().unwrap(), log.to_vec());
    // Fails when enough was read and the reader is gone.
    let writer = std::thread::spawn(move || stdin.write_all(&log));
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(LINES_PER_LOG).map(Result::unwrap).collect();
    let _ = writer.join().unwrap();
    child.wait().unwrap();
    lines
}

fn problems(schema: &Validator, line: &str) -> Option<String> {
    if let Err(error) = json::values(line) {
        return Some(format!("{error}\n  in {line}"));
    }
    invalid(schema, line)
}

fn invalid(schema: &Validator, line: &str) -> Option<String> {
    let value: Value = serde_json::from_str(line).unwrap();
    let errors: Vec<_> =
        schema.iter_errors(&value).map(|error| format!("{} at {}", error, error.instance_path)).collect();
    (!errors.is_empty()).then(|| format!("{}\n  in {line}", errors.join("; ")))
}

fn assert_sound(schema: &Validator, name: &str, lines: &[String]) {
    let problems: Vec<_> = lines.iter().filter_map(|line| problems(schema, line)).take(5).collect();
    assert!(problems.is_empty(), "{name}:\n{}", problems.join("\n"));
}

#[test]
fn what_is_no_event_is_refused_by_the_schema() {
    let schema = schema();
    let good =
        r#"{"v":1,"time":"2026-11-23T04:20:11.360Z","serial":1,"kind":"CWD","origin":"kernel","records":["CWD"]}"#;
    assert_eq!(problems(&schema, good), None);
    for (from, to) in [
        ("\"v\":1", "\"v\":2"),
        ("\"serial\":1", "\"serial\":\"1\""),
        ("\"serial\":1", "\"surprise\":1,\"serial\":1"),
        (",\"records\":[\"CWD\"]", ""),
        ("\"kernel\"", "\"oyez\""),
        ("\"serial\":1", "\"serial\":1,\"user\":{\"uid\":\"0\"}"),
        ("\"serial\":1", "\"serial\":1,\"paths\":[{\"inode\":\"12\"}]"),
        ("\"serial\":1", "\"serial\":1,\"paths\":[{\"name_hex\":\"xy\"}]"),
        ("\"serial\":1", "\"serial\":1,\"details\":[{\"uid\":1}]"),
        (".360Z", "Z"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert!(bad != good && problems(&schema, &bad).is_some(), "{bad}");
    }
}

#[test]
fn repeats_by_the_names_of_fields_are_events_of_the_schema() {
    let (schema, dir) = (schema(), oyez_testkit::TempDir::new().unwrap());
    let filter = dir.join("suppress.toml");
    let per = "process.exe,syscall.name,object.primary,syscall.exit,details.new-level,claimed.a0,process.sha256,keys";
    let table = format!("[[filter]]\nmatch = {{ kind = \"SYSCALL\" }}\naction = \"suppress:1d per {per}\"\n");
    fs::write(&filter, table).unwrap();
    let log = fs::read_to_string(corpus::workspace().join("corpus/own/plain.log")).unwrap();
    // The same file twice is each event twice, but they have to be other events.
    let log = log.clone() + &log.replace(":900", ":970");
    fs::write(dir.join("audit.log"), log).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_oyez"))
        .args(["parse", "--filter"])
        .args([filter, dir.join("audit.log")])
        .output()
        .unwrap();
    let lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    let repeats: Vec<_> = lines.iter().filter(|line| line.contains("OYEZ_REPEATS")).collect();
    assert!(repeats.iter().any(|line| line.contains("\"process.exe\":") && line.contains("\"object.primary\":")));
    assert_sound(&schema, "repeats", &lines);
}

#[test]
fn our_own_logs_give_events_of_the_schema() {
    let schema = schema();
    let mut count = 0;
    for path in corpus::files(&corpus::workspace().join("corpus/own"), ".log").unwrap() {
        let lines = events_of(&fs::read(&path).unwrap());
        assert!(!lines.is_empty(), "{}", path.display());
        assert_sound(&schema, &path.display().to_string(), &lines);
        count += lines.len();
    }
    assert!(count > 50, "only {count} events");
}

#[test]
fn socket_addresses_of_every_family_give_events_of_the_schema() {
    let schema = schema();
    let mut log = String::new();
    for family in 0..=60u16 {
        for length in [2, 3, 8, 16, 28, 32, 88, 110] {
            for fill in ["00", "2F", "C3", "03"] {
                let [low, high] = family.to_le_bytes();
                let serial = log.lines().count() + 1;
                let rest = fill.repeat(length - 2);
                let line = format!("type=SOCKADDR msg=audit(1.002:{serial}): saddr={low:02X}{high:02X}{rest}\n");
                log.push_str(&line);
            }
        }
    }
    let lines = events_of(log.as_bytes());
    assert_eq!(lines.len(), 61 * 8 * 4);
    assert_sound(&schema, "sockets", &lines);
}

#[test]
fn records_that_lie_give_events_of_the_schema() {
    let schema = schema();
    let bodies = [
        "saddr=0200005035B0A8C00000000000000000 port=1 addr=x family=y pid=z",
        "pid=1 pid=2 PID=3 Pid=4 pid_hex=5 pid_name=6 type=7 more=8 rest=9 claimed=1 records=2",
        "uid=18446744073709551615 gid=-1 auid=18446744073709551616 ses=007 inode=x",
        "name=FFFE cwd=FF proctitle=FF00FE argc=2 a0=FF a1=\"x\" a3=\"y\"",
        "arch=c000003e syscall=-59 success=maybe exit=99999999999999999999 a0=zz a1= per=? key=FF0161 items=two",
        "msg='op=x res=success acct=\"a' b=\"c' pid=1 pid=1",
        "weird{key}=1 \u{e4}=2 =3 a=\"torn",
    ];
    let types =
        ["SYSCALL", "PATH", "SOCKADDR", "EXECVE", "CWD", "PROCTITLE", "USER_CMD", "AVC", "UNKNOWN[1999]", "NEW"];
    let mut log = Vec::new();
    for (serial, (body, name)) in bodies.iter().flat_map(|body| types.map(|name| (body, name))).enumerate() {
        for tail in ["", "\u{1d}UID=\"root\" PID=\"x\" SADDR={ y }"] {
            writeln!(log, "type={name} msg=audit(1.002:{serial}): {body}{tail}").unwrap();
        }
    }
    let lines = events_of(&log);
    assert!(lines.len() >= 70, "only {} events", lines.len());
    assert_sound(&schema, "lies", &lines);
}

#[test]
fn notices_keep_to_the_schema_on_a_host_with_any_name() {
    let schema = schema();
    let boot = Some("0123456789abcdef0123456789abcdef".to_owned());
    let mut format = JsonFormat::new(JsonOptions {
        boot,
        ids: Some(Ids::of("1f2e3d4c5b6a", "0123456789ab")),
        node: b"web\xff".to_vec(),
        ..JsonOptions::default()
    });
    let fields = [("count", Said::Number(u64::MAX)), ("ok", Said::Flag(true)), ("raw", Said::Text(b"\xff\n"))];
    let mut out = Vec::new();
    format.notice(&Notice { sec: 1_795_321_200, ms: 7, number: 1, kind: "OYEZ_LOSS", fields: &fields }, &mut out);
    assert_sound(&schema, "a notice", &[String::from_utf8(out).unwrap()]);
}

#[test]
fn what_filters_say_keeps_to_the_schema() {
    let schema = schema();
    let event = |said: &str| {
        format!(
            r#"{{"v":1,"time":"2026-11-23T04:20:11.360Z","serial":1,"kind":"CWD","origin":"kernel",{said},"records":["CWD"]}}"#
        )
    };
    for good in [
        r#""tags":["a"],"added":{"n":-1,"t":"","l":["a","b"],"l_hex":["61","FF"],"f":true}"#,
        r#""added":{"_x9":9223372036854775807}"#,
    ] {
        assert_eq!(problems(&schema, &event(good)), None);
    }
    for bad in [
        r#""tags":[]"#,
        r#""tags":["a","a"]"#,
        r#""tags":[1]"#,
        r#""added":{}"#,
        r#""added":{"N":1}"#,
        r#""added":{"9n":1}"#,
        r#""added":{"n":1.5}"#,
        r#""added":{"n":{}}"#,
        r#""added":{"n":[1]}"#,
        r#""added":{"n":null}"#,
    ] {
        assert!(problems(&schema, &event(bad)).is_some(), "{bad}");
    }
}

#[test]
fn examples_in_the_documents_keep_to_the_schema() {
    let schema = schema();
    let page = fs::read_to_string(corpus::workspace().join("docs/events.md")).unwrap();
    let examples: Vec<_> = page.lines().filter(|line| line.starts_with("{\"v\":")).map(str::to_owned).collect();
    assert!(!examples.is_empty());
    assert_sound(&schema, "docs/events.md", &examples);
}

#[test]
fn logs_of_others_give_events_of_the_schema() {
    let Some(others) = corpus::shared("corpus") else {
        return corpus::skipped("no logs of others here ($OYEZ_SHARED)");
    };
    let schema = schema();
    // `oyez parse` unpacks what it reads by its first bytes.
    let logs: Vec<_> = [".log", ".zst"].iter().flat_map(|ending| corpus::files(&others, ending).unwrap()).collect();
    assert!(!logs.is_empty());
    for path in logs {
        assert_sound(&schema, &path.display().to_string(), &events_of(&fs::read(&path).unwrap()));
    }
}

#[test]
fn lines_for_laurels_readers_keep_to_their_schema() {
    let schema = schema_in("laurel.json");
    let mut logs = corpus::files(&corpus::workspace().join("corpus/own"), ".log").unwrap();
    if let Some(others) = corpus::shared("corpus") {
        logs.extend([".log", ".zst"].iter().flat_map(|ending| corpus::files(&others, ending).unwrap()));
    }
    let mut count = 0;
    for path in logs {
        for line in lines_of(&fs::read(&path).unwrap(), "laurel") {
            let twice = json::values_by_case(&line).err().map(|error| error.to_string());
            let problem = twice.or_else(|| invalid(&schema, &line));
            assert_eq!(problem, None, "{}: {line}", path.display());
            count += 1;
        }
    }
    assert!(count > 50, "only {count} events");
    for bad in ["{}", r#"{"ID":"1.2:3"}"#, r#"{"ID":"1.002:3","CWD":[]}"#, r#"{"ID":"1.002:3","CWD":{"cwd":"+"}}"#] {
        assert!(invalid(&schema, bad).is_some(), "{bad}");
    }
    let page = fs::read_to_string(corpus::workspace().join("docs/formats.md")).unwrap();
    let examples: Vec<_> = page.lines().filter(|line| line.starts_with("{\"NODE\":")).collect();
    assert!(!examples.is_empty() && examples.iter().all(|line| invalid(&schema, line).is_none()), "docs/formats.md");
}

/// What `oyez report --format json` writes for `log` on standard input.
fn report_of(log: &[u8], words: &[&str]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_oyez"))
        .args(["report", "--format", "json"])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(log).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn reports_keep_to_their_schema() {
    let schema = schema_in("report.v1.json");
    let tables: Vec<&str> = oyez_report::Topic::all().map(oyez_report::Topic::name).collect();
    let tables = tables.join(",");
    let mut logs = corpus::files(&corpus::workspace().join("corpus/own"), ".log").unwrap();
    logs.push(corpus::workspace().join("crates/oyez-report/tests/report/goldens/report.log"));
    for path in logs {
        let log = fs::read(&path).unwrap();
        for words in
            [&[][..], &["--table", &tables], &["--by", "hour", "--failed"], &["--table", "files", "--top", "1"]]
        {
            let lines: Vec<_> = report_of(&log, words).lines().map(str::to_owned).collect();
            assert_eq!(lines.len(), 1);
            assert_sound(&schema, &format!("{} {words:?}", path.display()), &lines);
        }
    }
    // Enough keys that the table forgets some.
    let line = |serial| format!("type=PATH msg=audit(1.0:{serial}): item=0 name=\"/{serial}\"\n");
    let log: String = (0..100_010).map(line).collect();
    let report = report_of(log.as_bytes(), &["--table", "files", "--top", "2"]);
    assert_sound(&schema, "many keys", std::slice::from_ref(&report));
    let table = &serde_json::from_str::<Value>(&report).unwrap()["tables"]["files"];
    assert_eq!((&table["total"], &table["shortfall"]), (&100_010.into(), &1.into()), "{table}");
}
