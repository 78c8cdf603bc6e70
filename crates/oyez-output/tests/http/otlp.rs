//! OTLP over HTTP: a stub written from "OTLP Specification 1.8", which reads requests by OpenTelemetry's own protobuf
//! definitions; no collector can be had here.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use oyez_output::Patience;
use oyez_output::http::Compression;
use oyez_output::otlp::Settings;
use oyez_testkit::http_stub::{Reply, Request, Stub};
use prost::Message as _;

use super::common::{TIME, count, endpoint, event, id, once, open, parcel, until_done};

fn settings(stub: &Stub) -> Settings {
    Settings { endpoint: endpoint(&stub.url()), resource: Vec::new() }
}

fn export(request: &Request) -> ExportLogsServiceRequest {
    ExportLogsServiceRequest::decode(&*request.body).unwrap()
}

fn records(request: &Request) -> Vec<LogRecord> {
    let logs = export(request).resource_logs;
    logs.into_iter().flat_map(|logs| logs.scope_logs).flat_map(|logs| logs.log_records).collect()
}

fn text(value: Option<&AnyValue>) -> &str {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn shown(attributes: &[KeyValue]) -> Vec<(&str, &str)> {
    attributes.iter().map(|pair| (pair.key.as_str(), text(pair.value.as_ref()))).collect()
}

fn success(rejected: i64, why: &str) -> Reply {
    let partial_success =
        Some(ExportLogsPartialSuccess { rejected_log_records: rejected, error_message: why.to_owned() });
    Reply::of(200, ExportLogsServiceResponse { partial_success }.encode_to_vec())
}

#[test]
fn a_message_is_a_log_record() {
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let mut settings = settings(&stub);
    settings.resource = vec![
        ("deployment.environment.name".to_owned(), "prod".to_owned()),
        ("service.name".to_owned(), "audit".to_owned()),
    ];
    let (done, result) = once(&mut *open(&settings), &parcel(2));
    assert!(result.is_ok() && count(&done, 2) == (2, 0));
    let request = &stub.seen()[0];
    assert_eq!((request.path(), request.header("content-type")), ("/v1/logs", Some("application/x-protobuf")));
    let export = export(request);
    let logs = &export.resource_logs[0];
    let resource = [("host.name", "web-1"), ("deployment.environment.name", "prod"), ("service.name", "audit")];
    assert_eq!(shown(&logs.resource.as_ref().unwrap().attributes), resource);
    assert_eq!(logs.scope_logs[0].scope.as_ref().unwrap().name, "oyez");
    let records = records(request);
    let first = &records[0];
    assert_eq!((first.time_unix_nano, first.observed_time_unix_nano), (TIME * 1_000_000, (TIME + 7) * 1_000_000));
    assert_eq!(
        (text(first.body.as_ref()), shown(&first.attributes)),
        (event(0).as_str(), vec![("log.record.uid", id(0).as_str())])
    );
    let severities: Vec<_> =
        records.iter().map(|record| (record.severity_number, record.severity_text.as_str())).collect();
    assert_eq!(severities, [(9, "INFO"), (19, "ALERT")]);
}

#[test]
fn a_url_with_a_path_is_taken_as_it_is() {
    let stub = Stub::start(|_| Reply::of(200, "")).unwrap();
    let mut settings = settings(&stub);
    settings.endpoint = endpoint(&format!("{}/otlp/logs", stub.url()));
    settings.endpoint.compression = Compression::Gzip;
    assert!(once(&mut *open(&settings), &parcel(1)).1.is_ok());
    assert_eq!((stub.seen()[0].path(), stub.seen()[0].header("content-encoding")), ("/otlp/logs", Some("gzip")));
}

#[test]
fn of_a_partial_success_as_many_are_refused_as_were_rejected() {
    let stub = Stub::start(|_| success(2, "too\nold")).unwrap();
    let (done, result) = once(&mut *open(&settings(&stub)), &parcel(5));
    assert!(result.is_ok() && count(&done, 5) == (3, 2) && stub.seen().len() == 1);
    assert_eq!(done.reasons()[0].1, "2 of 5 rejected, which ones is not said: too old");
    for rejected in [0, -1, i64::MAX] {
        let stub = Stub::start(move |_| success(rejected, "a warning")).unwrap();
        let (done, _) = once(&mut *open(&settings(&stub)), &parcel(5));
        assert_eq!(count(&done, 5), if rejected == i64::MAX { (0, 5) } else { (5, 0) });
    }
}

#[test]
fn what_comes_again_is_what_the_specification_says() {
    for (status, wait) in
        [(429, Some(3)), (502, None), (503, Some(3)), (504, None), (500, Some(60)), (401, Some(60)), (404, Some(60))]
    {
        let reply = Reply::of(status, "");
        let reply = if wait == Some(3) { reply.with("Retry-After", "3") } else { reply };
        let stub = Stub::start(move |_| reply.clone()).unwrap();
        let (done, result) = once(&mut *open(&settings(&stub)), &parcel(3));
        assert_eq!((count(&done, 3), result.unwrap_err().wait()), ((0, 0), wait.map(Duration::from_secs)), "{status}");
    }
}

#[test]
fn a_bad_record_is_found_and_the_reason_is_read() {
    let stub = Stub::start(|request| {
        let is_bad = records(request).iter().any(|record| text(record.body.as_ref()) == event(2));
        // google.rpc.Status: field 1 the code, field 2 the message.
        if is_bad { Reply::of(400, b"\x08\x03\x12\x04ugly".to_vec()) } else { Reply::of(200, "") }
    })
    .unwrap();
    let (done, result) = once(&mut *open(&settings(&stub)), &parcel(5));
    assert!(result.is_ok() && count(&done, 5) == (4, 1));
    assert_eq!(done.reasons(), [(2, "status 400: ugly".to_owned())]);
}

#[test]
fn a_collector_that_starts_anew_gets_everything() {
    let mut calls = 0;
    let stub = Stub::start(move |_| {
        calls += 1;
        if calls == 1 { Reply::Close } else { Reply::of(200, "") }
    })
    .unwrap();
    let (done, told) = until_done(&mut *open(&settings(&stub)), &parcel(4), 3);
    assert_eq!((count(&done, 4), told.len()), ((4, 0), 1));
}

#[test]
fn a_collector_is_asked_with_no_records() {
    for (status, fits) in [(200, true), (400, true), (401, false), (404, false), (503, false)] {
        let stub = Stub::start(move |_| Reply::of(status, "")).unwrap();
        assert_eq!(open(&settings(&stub)).connect(&Patience::of(Duration::from_secs(2))).is_ok(), fits, "{status}");
        assert!(stub.seen()[0].body.is_empty());
    }
}
