//! Splunk's HTTP Event Collector: a stub written from "HTTP Event Collector REST API endpoints", "About HTTP Event Collector
//! Indexer Acknowledgment" and the table of codes in "Troubleshoot HTTP Event Collector" (Splunk 9); no real one can be had here.

use std::collections::HashMap;
use std::time::Duration;

use oyez_output::http::Auth;
use oyez_output::http::splunk::Settings;
use oyez_output::{Kind as _, Patience};
use oyez_testkit::TempDir;
use oyez_testkit::http_stub::{Reply, Request, Stub};
use serde_json::{Value, json};

use super::common::{count, endpoint, event, json, once, open, parcel, parcel_of, secret, site, until_done};

fn settings(stub: &Stub) -> Settings {
    Settings::new(endpoint(&stub.url()))
}

fn events(request: &Request) -> Vec<Value> {
    request.lines().iter().map(json).collect()
}

fn said(status: u16, code: u32, text: &str) -> Reply {
    Reply::of(status, json!({"text": text, "code": code}).to_string())
}

fn success() -> Reply {
    said(200, 0, "Success")
}

#[test]
fn events_have_time_host_source_and_index() {
    let dir = TempDir::new().unwrap();
    let stub = Stub::start(|_| success()).unwrap();
    let mut settings = settings(&stub);
    settings.index = Some("audit".to_owned());
    settings.endpoint.auth = Auth::Scheme("Splunk", secret(&dir.join("token"), "0f0f\n"));
    let (done, result) = once(&mut *open(&settings), &parcel_of(&[event(0), "type=CWD\ntype=PATH".to_owned()]));
    assert!(result.is_ok() && count(&done, 2) == (2, 0));
    let request = &stub.seen()[0];
    assert_eq!((request.path(), request.header("authorization")), ("/services/collector/event", Some("Splunk 0f0f")));
    assert!(request.header("x-splunk-request-channel").is_none());
    let events = events(request);
    let meta = json!({"host": "web-1", "source": "oyez", "sourcetype": "_json", "index": "audit", "time": 1_795_321_200.101,
        "event": {"v": 1, "serial": 0, "action": "executed"}});
    assert_eq!((&events[0], &events[1]["event"]), (&meta, &json!("type=CWD\ntype=PATH")));
}

/// Refuses the request because of the first event with one of these numbers, and names it as `number` says.
fn picky(bad: &'static [u64], number: fn(usize) -> Option<usize>) -> Stub {
    Stub::start(move |request| {
        let place = events(request).iter().position(|event| bad.contains(&event["event"]["serial"].as_u64().unwrap()));
        match place {
            None => success(),
            Some(place) => {
                let mut body = json!({"text": "Invalid data format", "code": 6});
                if let Some(number) = number(place) {
                    body["invalid-event-number"] = json!(number);
                }
                Reply::of(400, body.to_string())
            }
        }
    })
    .unwrap()
}

#[test]
fn the_event_that_is_named_is_refused_however_it_is_counted() {
    for number in
        [(|place| Some(place)) as fn(usize) -> Option<usize>, |place| Some(place + 1), |_| None, |_| Some(9999)]
    {
        let stub = picky(&[2, 40], number);
        let (done, result) = once(&mut *open(&settings(&stub)), &parcel(64));
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(count(&done, 64), (62, 2));
        assert!(done.is_refused(2) && done.is_refused(40) && stub.seen().len() < 32, "{}", stub.seen().len());
    }
}

#[test]
fn codes_mean_what_the_table_says() {
    for (status, code, told) in [
        (503, 9, "the receiver does not take messages now: "),
        (500, 8, "the receiver does not take messages now: "),
        (429, 26, "the receiver does not take messages now: "),
        (403, 4, "the receiver does not let us in: "),
        (401, 2, "the receiver does not let us in: "),
        (400, 7, "the receiver does not take messages there: "),
        (400, 10, "the receiver does not take messages there: "),
        (400, 14, "the receiver does not take messages there: "),
    ] {
        let stub = Stub::start(move |_| said(status, code, "why")).unwrap();
        let (done, result) = once(&mut *open(&settings(&stub)), &parcel(3));
        let failure = result.unwrap_err();
        assert!(failure.told().starts_with(told) && failure.told().contains("why"), "{}", failure.told());
        assert_eq!((count(&done, 3), stub.seen().len()), ((0, 0), 1));
    }
}

/// With acknowledgements: ticket N is indexed when it was asked for often enough.
fn indexer(polls: u32) -> Stub {
    let (mut next, mut asked) = (0_u64, HashMap::new());
    Stub::start(move |request| {
        assert_eq!(request.header("x-splunk-request-channel").unwrap().len(), 36);
        if request.path() == "/services/collector/event" {
            next += 1;
            return Reply::of(200, json!({"text": "Success", "code": 0, "ackId": next - 1}).to_string());
        }
        assert_eq!(request.path(), "/services/collector/ack");
        let acks: HashMap<_, _> = json(&request.body)["acks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|ticket| {
                let count = asked.entry(ticket.to_string()).or_insert(0);
                *count += 1;
                (ticket.to_string(), *count >= polls)
            })
            .collect();
        Reply::of(200, json!({ "acks": acks }).to_string())
    })
    .unwrap()
}

#[test]
fn with_ack_a_batch_is_done_when_it_is_indexed() {
    let stub = indexer(2);
    let mut settings = settings(&stub);
    settings.ack = true;
    let mut sink = open(&settings);
    let (done, result) = once(&mut *sink, &parcel(3));
    assert!(result.is_ok() && count(&done, 3) == (3, 0), "{result:?}");
    assert_eq!(stub.seen().iter().filter(|request| request.path().ends_with("/ack")).count(), 2);
    let channels: Vec<_> =
        stub.seen().iter().map(|request| request.header("x-splunk-request-channel").map(str::to_owned)).collect();
    assert!(channels.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn what_is_not_indexed_in_time_comes_again() {
    let stub = indexer(u32::MAX);
    let mut settings = settings(&stub);
    settings.ack = true;
    let (done, result) = once(&mut *open(&settings), &parcel(3));
    assert_eq!(result.unwrap_err().told(), "1 requests are not yet acknowledged by the indexers");
    assert_eq!(count(&done, 3), (0, 0));
}

#[test]
fn a_token_without_acknowledgements_acknowledges_nothing() {
    let stub = Stub::start(|_| success()).unwrap();
    let mut settings = settings(&stub);
    settings.ack = true;
    let (done, result) = once(&mut *open(&settings), &parcel(3));
    assert!(result.unwrap_err().told().starts_with("the token does not allow acknowledgements of indexers"));
    assert_eq!(count(&done, 3), (0, 0));
}

#[test]
fn a_collector_that_starts_anew_gets_everything() {
    let mut calls = 0;
    let stub = Stub::start(move |_| {
        calls += 1;
        match calls {
            1 => Reply::Close,
            2 => said(503, 23, "Server is shutting down"),
            _ => success(),
        }
    })
    .unwrap();
    let (done, told) = until_done(&mut *open(&settings(&stub)), &parcel(4), 3);
    assert_eq!((count(&done, 4), told.len()), ((4, 0), 2));
}

#[test]
fn a_token_is_tried_without_an_event() {
    for (status, code, fits) in
        [(400, 5, true), (200, 0, true), (403, 4, false), (401, 2, false), (503, 9, false), (400, 10, false)]
    {
        let stub = Stub::start(move |_| said(status, code, "x")).unwrap();
        let mut sink = settings(&stub).open(&site()).unwrap();
        assert_eq!(sink.connect(&Patience::of(Duration::from_secs(2))).is_ok(), fits, "{code}");
        assert!(stub.seen()[0].body.is_empty());
    }
}
