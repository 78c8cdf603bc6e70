//! Elasticsearch and OpenSearch: a stub written from "Bulk API" of Elasticsearch's reference 8 (item statuses, `create`, 409 for
//! what exists, `filter_path`); no real one can be had here.

use std::collections::HashSet;
use std::time::Duration;

use oyez_output::Patience;
use oyez_output::http::elasticsearch::Settings;
use oyez_output::http::{Auth, Compression};
use oyez_testkit::TempDir;
use oyez_testkit::http_stub::{Reply, Request, Stub};
use serde_json::{Value, json};

use super::common::{count, endpoint, event, id, json, once, open, parcel, parcel_of, secret, until_done};

fn settings(stub: &Stub, index: &str) -> Settings {
    Settings { endpoint: endpoint(&stub.url()), index: index.parse().unwrap(), pipeline: None, timestamp: true }
}

/// Actions and documents of a bulk request.
fn pairs(request: &Request) -> Vec<(Value, Value)> {
    let lines: Vec<_> = request.lines().iter().map(json).collect();
    lines.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

/// A cluster: what it does with a document that is not there yet is the test's.
fn cluster(mut fate: impl FnMut(u64) -> Value + Send + 'static) -> Stub {
    let mut known = HashSet::new();
    Stub::start(move |request| {
        if request.method == "GET" {
            return Reply::of(200, "{\"tagline\":\"You Know, for Search\"}");
        }
        assert!(request.path().ends_with("/_bulk") && request.target.contains("filter_path=errors,items.*.status"));
        let items: Vec<_> = pairs(request)
            .iter()
            .map(|(action, document)| {
                let id = action["create"]["_id"].as_str().unwrap().to_owned();
                if known.contains(&id) {
                    return json!({"create": {"status": 409, "error": {"type": "version_conflict_engine_exception", "reason": "exists"}}});
                }
                let fate = fate(document["serial"].as_u64().unwrap());
                if fate["status"] == 201 {
                    known.insert(id);
                }
                json!({ "create": fate })
            })
            .collect();
        let errors = items.iter().any(|item| item["create"]["error"].is_object());
        Reply::of(200, json!({"errors": errors, "items": items}).to_string())
    })
    .unwrap()
}

fn created() -> Value {
    json!({"status": 201})
}

#[test]
fn documents_are_created_by_their_ids() {
    let stub = cluster(|_| created());
    let mut settings = settings(&stub, "oyez-audit");
    settings.pipeline = Some("a b".to_owned());
    let (done, result) = once(&mut *open(&settings), &parcel(3));
    assert!(result.is_ok() && count(&done, 3) == (3, 0));
    let request = &stub.seen()[0];
    assert!(request.target.starts_with("/oyez-audit/_bulk?") && request.target.ends_with("&pipeline=a%20b"));
    assert_eq!(request.header("content-type"), Some("application/x-ndjson"));
    let pairs = pairs(request);
    assert_eq!(pairs[0].0, json!({"create": {"_id": id(0)}}));
    let document = json!({"@timestamp": "2026-11-22T04:20:00.101Z", "v": 1, "serial": 0, "action": "executed"});
    assert_eq!((&pairs[0].1, pairs.len()), (&document, 3));
}

#[test]
fn an_index_can_be_of_the_events_day() {
    let stub = cluster(|_| created());
    assert!(once(&mut *open(&settings(&stub, "oyez-%Y.%m.%d-%H")), &parcel(1)).1.is_ok());
    let request = &stub.seen()[0];
    assert!(request.target.starts_with("/_bulk?"));
    assert_eq!(pairs(request)[0].0["create"]["_index"], "oyez-2026.11.22-04");
}

#[test]
fn names_that_no_index_can_have_are_refused() {
    use oyez_output::http::elasticsearch::Index;
    for name in ["", "Audit", "_a", "-a", "a/b", "a%S", "a%", "..", "a b", "a*"] {
        assert!(name.parse::<Index>().is_err(), "{name}");
    }
    for name in ["logs-oyez-default", "oyez-%Y.%m.%d", ".hidden"] {
        assert!(name.parse::<Index>().is_ok(), "{name}");
    }
}

#[test]
fn what_has_a_timestamp_or_is_no_object_is_a_document_all_the_same() {
    let stub = Stub::start(|_| {
        Reply::of(
            200,
            "{\"items\":[{\"create\":{\"status\":201}},{\"create\":{\"status\":201}},{\"create\":{\"status\":201}}]}",
        )
    })
    .unwrap();
    let texts = ["{\"@timestamp\":\"x\",\"a\":1}", "{}", "type=SYSCALL a=\"b\""].map(str::to_owned);
    let mut settings = settings(&stub, "a");
    assert!(once(&mut *open(&settings), &parcel_of(&texts)).1.is_ok());
    settings.timestamp = false;
    assert!(once(&mut *open(&settings), &parcel_of(&texts)).1.is_ok());
    let seen = stub.seen();
    let documents = |request| pairs(request).into_iter().map(|(_, document)| document).collect::<Vec<_>>();
    let (second, third) = ("2026-11-22T04:20:01.101Z", "2026-11-22T04:20:02.101Z");
    let line = json!({"@timestamp": third, "message": texts[2]});
    assert_eq!(documents(&seen[0]), [json!({"@timestamp": "x", "a": 1}), json!({"@timestamp": second}), line.clone()]);
    assert_eq!(documents(&seen[1]), [json!({"@timestamp": "x", "a": 1}), json!({}), line]);
}

#[test]
fn each_document_of_a_batch_has_its_own_fate() {
    let mut busy = true;
    let stub = cluster(move |serial| match serial {
        2 => {
            json!({"status": 400, "error": {"type": "document_parsing_exception", "reason": "[1:2] failed to parse field [serial]"}})
        }
        3 if std::mem::replace(&mut busy, false) => {
            json!({"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "queue is full"}})
        }
        _ => created(),
    });
    let mut sink = open(&settings(&stub, "oyez"));
    let (first, result) = once(&mut *sink, &parcel(5));
    assert_eq!(result.unwrap_err().told(), "the receiver has no room for 1 of 5 messages now");
    assert_eq!(count(&first, 5), (3, 1));
    let reason = "status 400: document_parsing_exception: [1:2] failed to parse field [serial]";
    assert_eq!(first.reasons(), [(2, reason.to_owned())]);
    let mut done = first;
    sink.deliver(&parcel(5), &mut done, &Patience::of(Duration::from_secs(2))).unwrap();
    assert_eq!((count(&done, 5), pairs(&stub.seen()[1]).len()), ((4, 1), 1));
}

#[test]
fn a_batch_that_comes_again_makes_no_doubles() {
    let stub = cluster(|_| created());
    let mut sink = open(&settings(&stub, "oyez"));
    for _ in 0..2 {
        let (done, result) = once(&mut *sink, &parcel(10));
        assert!(result.is_ok() && count(&done, 10) == (10, 0));
    }
}

#[test]
fn faults_of_the_set_up_keep_documents() {
    for (status, kind) in
        [(403, "cluster_block_exception"), (404, "index_not_found_exception"), (503, "unavailable_shards_exception")]
    {
        let stub = cluster(move |_| json!({"status": status, "error": {"type": kind, "reason": "x"}}));
        let (done, result) = once(&mut *open(&settings(&stub, "oyez")), &parcel(5));
        assert!(result.is_err() && count(&done, 5) == (0, 0), "{kind}");
    }
    let stub = cluster(
        |_| json!({"status": 400, "error": {"type": "illegal_argument_exception", "reason": "pipeline with id [x] does not exist"}}),
    );
    let (done, result) = once(&mut *open(&settings(&stub, "oyez")), &parcel(50));
    assert_eq!((count(&done, 50), result.unwrap_err().wait()), ((0, 0), Some(Duration::from_mins(1))));
}

#[test]
fn an_answer_that_fits_no_request_acknowledges_nothing() {
    for answer in
        ["", "{}", "[]", "{\"items\":[{\"create\":{\"status\":201}}]}", "{\"items\":[{\"create\":{}},{\"create\":{}}]}"]
    {
        let stub = Stub::start(move |_| Reply::of(200, answer)).unwrap();
        let (done, result) = once(&mut *open(&settings(&stub, "oyez")), &parcel(2));
        assert!(result.is_err() && count(&done, 2) == (0, 0), "{answer}");
    }
}

#[test]
fn a_key_from_a_file_and_gzip_go_with_requests() {
    let dir = TempDir::new().unwrap();
    let stub = Stub::start(|_| Reply::of(200, "{\"items\":[{\"create\":{\"status\":201}}]}")).unwrap();
    let mut settings = settings(&stub, "oyez");
    settings.endpoint.auth = Auth::Scheme("ApiKey", secret(&dir.join("key"), "aWQ6a2V5\n"));
    settings.endpoint.compression = Compression::Gzip;
    assert!(once(&mut *open(&settings), &parcel_of(&[event(0)])).1.is_ok());
    let request = &stub.seen()[0];
    assert_eq!(request.header("authorization"), Some("ApiKey aWQ6a2V5"));
    assert_eq!(request.header("content-encoding"), Some("gzip"));
}

#[test]
fn a_cluster_that_starts_anew_gets_what_it_did_not_have() {
    let mut calls = 0;
    let stub = Stub::start(move |request| {
        calls += 1;
        match calls {
            1 => Reply::Close,
            2 => Reply::of(503, "{\"error\":\"no master\"}").with("Retry-After", "1"),
            _ => {
                let items: Vec<_> = pairs(request).iter().map(|_| json!({ "create": created() })).collect();
                Reply::of(200, json!({ "items": items }).to_string())
            }
        }
    })
    .unwrap();
    let (done, told) = until_done(&mut *open(&settings(&stub, "oyez")), &parcel(4), 3);
    assert_eq!((count(&done, 4), told.len()), ((4, 0), 2));
}

#[test]
fn the_cluster_is_asked_who_it_is_and_nothing_is_sent() {
    for (status, fits) in [(200, true), (403, true), (401, false), (503, false)] {
        let stub = Stub::start(move |_| Reply::of(status, "{}")).unwrap();
        let asked = open(&settings(&stub, "oyez")).connect(&Patience::of(Duration::from_secs(2)));
        assert_eq!(asked.is_ok(), fits, "{status}");
        assert_eq!((stub.seen()[0].method.as_str(), stub.seen()[0].target.as_str()), ("GET", "/"));
    }
}
