//! Grafana Loki: a stub written from "Ingest logs" of Loki's HTTP API reference 3, and its words for entries that it does not
//! take (`pkg/validation/validate.go`, `pkg/ingester/stream.go`); no real one can be had here.

use std::collections::BTreeMap;
use std::time::Duration;

use oyez_output::Patience;
use oyez_output::http::loki::Settings;
use oyez_testkit::http_stub::{Reply, Request, Stub};
use serde_json::{Value, json};

use super::common::{TIME, count, endpoint, event, json, once, open, parcel, parcel_of, until_done};

fn settings(stub: &Stub) -> Settings {
    let labels = BTreeMap::from([("job".to_owned(), "oyez".to_owned())]);
    Settings { endpoint: endpoint(&stub.url()), labels, level: false, tenant: None }
}

/// Times and lines of all streams.
fn values(request: &Request) -> Vec<(u64, String)> {
    let body = json(&request.body);
    let streams = body["streams"].as_array().unwrap().clone();
    let values = streams.iter().flat_map(|stream| stream["values"].as_array().unwrap().clone());
    values.map(|pair| (pair[0].as_str().unwrap().parse().unwrap(), pair[1].as_str().unwrap().to_owned())).collect()
}

#[test]
fn lines_go_to_one_stream_with_the_labels_that_were_set() {
    let stub = Stub::start(|_| Reply::of(204, "")).unwrap();
    let mut settings = settings(&stub);
    settings.tenant = Some("blue".to_owned());
    let (done, result) = once(&mut *open(&settings), &parcel_of(&[event(0), "a \"b\"\ttype".to_owned()]));
    assert!(result.is_ok() && count(&done, 2) == (2, 0));
    let request = &stub.seen()[0];
    assert_eq!((request.path(), request.header("x-scope-orgid")), ("/loki/api/v1/push", Some("blue")));
    let stream = json!({"streams": [{"stream": {"job": "oyez", "host": "web-1"}, "values": [
        [format!("{TIME}348500"), event(0)], [format!("{}348501", TIME + 1000), "a \"b\"\ttype"]]}]});
    assert_eq!(json(&request.body), stream);
}

#[test]
fn with_levels_there_is_a_stream_for_each_that_occurs() {
    let stub = Stub::start(|_| Reply::of(204, "")).unwrap();
    let mut settings = settings(&stub);
    settings.level = true;
    settings.labels.insert("host".to_owned(), "other".to_owned());
    assert!(once(&mut *open(&settings), &parcel(4)).1.is_ok());
    let body = json(&stub.seen()[0].body);
    let streams = body["streams"].as_array().unwrap();
    let shown: Vec<_> =
        streams.iter().map(|stream| (stream["stream"].clone(), stream["values"].as_array().unwrap().len())).collect();
    let labels = |level: &str| json!({"job": "oyez", "host": "other", "level": level});
    assert_eq!(shown, [(labels("critical"), 1), (labels("info"), 3)]);
}

/// Takes what is not too far behind, says how much was not, and forgets what it has already.
fn strict(oldest_ms: u64) -> Stub {
    let mut known = Vec::new();
    Stub::start(move |request| {
        let values = values(request);
        let (all, mut bad) = (values.len(), 0);
        for value in values {
            if value.0 < oldest_ms * 1_000_000 {
                bad += 1;
            } else if !known.contains(&value) {
                known.push(value);
            }
        }
        if bad == 0 {
            return Reply::of(204, "");
        }
        let told = format!("entry with timestamp 2026-11-22 ignored, reason: 'entry too far behind, entry timestamp is: …',\nuser 'fake', total ignored: {bad} out of {all} for stream: {{job=\"oyez\"}}");
        Reply::of(400, told)
    })
    .unwrap()
}

#[test]
fn what_is_too_far_behind_is_refused_and_the_rest_is_kept() {
    let stub = strict(TIME + 3000);
    let (done, result) = once(&mut *open(&settings(&stub)), &parcel(32));
    assert!(result.is_ok() && count(&done, 32) == (29, 3), "{result:?}");
    assert!((0..3).all(|index| done.is_refused(index)) && done.reasons()[0].1.contains("too far behind"));
    // Those that came twice came with the same time, by which Loki knows them.
    let mut taken: Vec<_> = stub.seen().iter().flat_map(values).collect();
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 32);
}

#[test]
fn a_batch_that_is_all_too_old_is_refused_at_once() {
    let stub = strict(u64::MAX / 1_000_000);
    let (done, result) = once(&mut *open(&settings(&stub)), &parcel(500));
    assert!(result.is_ok());
    assert_eq!((count(&done, 500), stub.seen().len()), ((0, 500), 1));
}

#[test]
fn labels_that_are_not_taken_keep_messages() {
    let stub = Stub::start(|_| Reply::of(400, "stream '{}' has 20 label names; limit 15")).unwrap();
    let (done, result) = once(&mut *open(&settings(&stub)), &parcel(50));
    assert_eq!((count(&done, 50), result.unwrap_err().wait()), ((0, 0), Some(Duration::from_mins(1))));
}

#[test]
fn a_rate_limit_and_a_restart_lose_nothing() {
    let mut calls = 0;
    let stub = Stub::start(move |_| {
        calls += 1;
        match calls {
            1 => Reply::of(429, "Ingestion rate limit exceeded for user fake"),
            2 => Reply::Close,
            3 => Reply::of(500, "rpc error: code = Unavailable"),
            _ => Reply::of(204, ""),
        }
    })
    .unwrap();
    let (done, told) = until_done(&mut *open(&settings(&stub)), &parcel(4), 4);
    assert_eq!((count(&done, 4), told.len()), ((4, 0), 3));
}

#[test]
fn it_is_asked_whether_it_is_ready() {
    for (status, fits) in [(200, true), (404, true), (503, false), (401, false)] {
        let stub = Stub::start(move |_| Reply::of(status, Value::Null.to_string())).unwrap();
        assert_eq!(open(&settings(&stub)).connect(&Patience::of(Duration::from_secs(2))).is_ok(), fits, "{status}");
        assert_eq!((stub.seen()[0].method.as_str(), stub.seen()[0].path()), ("GET", "/ready"));
    }
}
