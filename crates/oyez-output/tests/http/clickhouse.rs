//! `ClickHouse`: a stub written from its documentation of the HTTP interface and `src/Common/ErrorCodes.cpp`; and, where
//! `OYEZ_CHDB` names a Python that has `chdb`, its real engine behind a stub of the interface, with the table of the documents.

use std::collections::HashSet;
use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use oyez_output::Patience;
use oyez_output::http::clickhouse::{Row, Settings};
use oyez_testkit::corpus::skipped;
use oyez_testkit::http_stub::{Reply, Request, Stub};

use super::common::{count, endpoint, event, json, once, open, parcel, parcel_of, serials, until_done};

fn settings(stub: &Stub) -> Settings {
    let mut settings = Settings::new(endpoint(&stub.url()), "events".to_owned());
    settings.database = Some("audit".to_owned());
    settings
}

fn value<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let query = request.target.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.split_once('=').filter(|(other, _)| *other == name)).map(|(_, value)| value)
}

fn exception(status: u16, code: u32, text: &str) -> Reply {
    let body = format!("Code: {code}. DB::Exception: {text}. (version 26.9.2.1)\n");
    Reply::of(status, body).with("X-ClickHouse-Exception-Code", code.to_string())
}

#[test]
fn a_batch_is_one_insert_with_a_token_of_its_own() {
    let mut calls = 0;
    let stub = Stub::start(move |_| {
        calls += 1;
        if calls == 1 { Reply::of(503, "") } else { Reply::of(200, "") }
    })
    .unwrap();
    let mut settings = settings(&stub);
    settings.async_insert = true;
    settings.settings = vec![("max_partitions_per_insert_block".to_owned(), "7&8".to_owned())];
    let mut sink = open(&settings);
    let (done, told) = until_done(&mut *sink, &parcel(3), 2);
    assert_eq!((count(&done, 3), told.len()), ((3, 0), 1));
    assert!(once(&mut *sink, &parcel(2)).1.is_ok());
    let seen = stub.seen();
    let first = &seen[0];
    assert_eq!(value(first, "query"), Some("INSERT%20INTO%20%60audit%60.%60events%60%20FORMAT%20JSONEachRow"));
    for (name, wanted) in [
        ("date_time_input_format", "best_effort"),
        ("input_format_skip_unknown_fields", "1"),
        ("async_insert", "1"),
        ("wait_for_async_insert", "1"),
        ("max_partitions_per_insert_block", "7%268"),
    ] {
        assert_eq!(value(first, name), Some(wanted));
    }
    assert_eq!(first.lines(), (0..3).map(event).collect::<Vec<_>>());
    let token = |index: usize| value(&seen[index], "insert_deduplication_token").unwrap();
    assert!(token(0) == token(1) && token(0) != token(2) && token(0).contains("348500"), "{}", token(0));
}

#[test]
fn codes_mean_what_the_server_means_by_them() {
    for (status, code, told, wait) in [
        (500, 252, "the receiver does not take messages now", None),
        (500, 241, "the receiver does not take messages now", None),
        (503, 202, "the receiver does not take messages now", None),
        (404, 60, "the receiver does not take messages there", Some(60)),
        (400, 62, "the receiver does not take messages there", Some(60)),
        (403, 516, "the receiver does not let us in", Some(60)),
        (200, 241, "the receiver does not take messages now", None),
    ] {
        let stub = Stub::start(move |_| exception(status, code, "Why")).unwrap();
        let (done, result) = once(&mut *open(&settings(&stub)), &parcel(3));
        let failure = result.unwrap_err();
        assert!(failure.told().starts_with(told) && failure.told().contains("Why"), "{}", failure.told());
        assert_eq!((count(&done, 3), failure.wait()), ((0, 0), wait.map(Duration::from_secs)));
    }
    let stub = Stub::start(|_| Reply::of(200, "Code: 159. DB::Exception: Timeout exceeded")).unwrap();
    assert_eq!(count(&once(&mut *open(&settings(&stub)), &parcel(3)).0, 3), (0, 0));
}

#[test]
fn a_row_that_does_not_fit_is_found() {
    let stub = Stub::start(|request| {
        let is_bad = serials(&request.lines()).contains(&2);
        if is_bad { exception(400, 27, "Cannot parse input") } else { Reply::of(200, "") }
    })
    .unwrap();
    let (done, result) = once(&mut *open(&settings(&stub)), &parcel(5));
    assert!(result.is_ok() && count(&done, 5) == (4, 1) && done.is_refused(2));
    assert!(done.reasons()[0].1.starts_with("status 400: Code: 27. DB::Exception: Cannot parse input"));
}

#[test]
fn a_line_that_is_no_object_is_a_row_of_text_only() {
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let mut settings = settings(&stub);
    let texts = [event(0), "type=CWD".to_owned()];
    let (done, result) = once(&mut *open(&settings), &parcel_of(&texts));
    assert!(result.is_ok() && count(&done, 2) == (1, 1));
    settings.row = Row::String;
    let (done, result) = once(&mut *open(&settings), &parcel_of(&texts));
    assert!(result.is_ok() && count(&done, 2) == (2, 0));
    let seen = stub.seen();
    assert!(value(&seen[1], "query").unwrap().ends_with("JSONAsString"));
    assert_eq!(json(&seen[1].lines()[1])["message"], "type=CWD");
}

#[test]
fn the_table_is_asked_for_and_nothing_is_sent() {
    for (reply, told) in [
        (Reply::of(200, "1\n"), None),
        (Reply::of(200, "0\n"), Some("the table does not exist")),
        (exception(403, 516, "oyez: Authentication failed"), Some("the receiver does not let us in")),
        (Reply::of(503, ""), Some("the receiver does not take messages now")),
    ] {
        let stub = Stub::start(move |_| reply.clone()).unwrap();
        let asked = open(&settings(&stub)).connect(&Patience::of(Duration::from_secs(2)));
        let request = &stub.seen()[0];
        assert_eq!(value(request, "query"), Some("EXISTS%20TABLE%20%60audit%60.%60events%60"));
        let said = asked.err().map(|failure| failure.told());
        assert_eq!(said.is_some(), told.is_some());
        assert!(said.unwrap_or_default().starts_with(told.unwrap_or_default()));
    }
}

/// The engine; ends with this.
struct Engine(Child, String);

impl Engine {
    fn start() -> Option<Self> {
        let Some(python) = env::var_os("OYEZ_CHDB") else {
            skipped("OYEZ_CHDB names no Python with chdb");
            return None;
        };
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/http/clickhouse.py");
        let mut child = Command::new(python).arg(script).stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut port).unwrap();
        Some(Self(child, format!("http://127.0.0.1:{}", port.trim())))
    }

    fn ask(&self, query: &str) -> String {
        let mut answer = ureq::post(&self.1).send(query).unwrap();
        answer.body_mut().read_to_string().unwrap().trim().to_owned()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The statements in the document.
fn statements() -> Vec<String> {
    let text = include_str!("../../../../docs/outputs/clickhouse.md");
    let sql = text.split("```sql\n").nth(1).unwrap().split("```").next().unwrap();
    sql.split(';').map(|statement| statement.trim().to_owned()).filter(|statement| !statement.is_empty()).collect()
}

#[test]
#[ignore = "needs half a gigabyte of Python package; cargo xtask test --full has it"]
fn the_real_engine_takes_the_documents_table_and_drops_doubles() {
    let Some(engine) = Engine::start() else { return };
    for statement in statements() {
        engine.ask(&statement);
    }
    let mut settings = Settings::new(endpoint(&engine.1), "events".to_owned());
    settings.database = Some("audit".to_owned());
    let mut sink = open(&settings);
    sink.connect(&Patience::of(Duration::from_secs(9))).unwrap();
    let mut texts = Vec::new();
    for file in ["plain", "enriched", "numeric", "unknown", "node"] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../corpus/own/{file}.jsonl"));
        let lines = std::fs::read_to_string(path).unwrap();
        texts.extend(lines.lines().map(str::to_owned));
    }
    let good = texts.len();
    // Twice: what was not confirmed comes again.
    for _ in 0..2 {
        let (done, result) = once(&mut *sink, &parcel_of(&texts));
        assert!(result.is_ok() && count(&done, good) == (good, 0), "{result:?} {:?}", done.reasons());
    }
    assert_eq!(engine.ask("SELECT count() FROM audit.events"), good.to_string());
    let row = "SELECT time, kind, action, user.auid, process.exe, process.argv[1], paths.name[1] FROM audit.events WHERE serial = 9001 AND process.argv[1] = 'perl' LIMIT 1";
    let shown = "2026-11-22 04:20:00.101\tSYSCALL\texecuted\t1000\t/usr/bin/perl\tperl\t/usr/bin/perl";
    assert_eq!(engine.ask(row), shown);
    // A row that does not fit, in the middle of others.
    let mut bad: Vec<_> = (0..8).map(event).collect();
    bad[3] = "{\"serial\":\"many\",\"action\":\"x\"}".to_owned();
    let (done, result) = once(&mut *sink, &parcel_of(&bad));
    assert!(result.is_ok() && count(&done, 8) == (7, 1) && done.is_refused(3), "{result:?}");
    assert_eq!(engine.ask("SELECT count() FROM audit.events"), (good + 7).to_string());
    let actions: HashSet<_> =
        engine.ask("SELECT DISTINCT action FROM audit.events").lines().map(str::to_owned).collect();
    assert!(actions.contains("executed") && !actions.contains("x"), "{actions:?}");
    settings.table = "nowhere".to_owned();
    let mut lost = open(&settings);
    assert!(
        lost.connect(&Patience::of(Duration::from_secs(9))).unwrap_err().told().starts_with("the table does not exist")
    );
    assert_eq!(count(&once(&mut *lost, &parcel(3)).0, 3), (0, 0));
}
